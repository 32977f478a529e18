//! Rules by which requests are blocked or answered without their server, by a pattern of addresses.
//!
//! `DevTools` protocol, Fetch domain: only requests that fit a pattern are held up at all, and each
//! one held up is answered at once by the driver. A person's doing only: no planner sets a rule.

use std::collections::VecDeque;

use chromiumoxide::cdp::browser_protocol::{fetch, network};
use serde::{Deserialize, Serialize};

use super::Browser;
use super::error::Error;
use super::set_up::{Ready, ready};
use crate::deadline::Deadline;
use crate::untrusted;

/// Rules at one time.
const RULES_MAX: usize = 100;
/// Longest pattern, in characters.
const PATTERN_CHARS_MAX: usize = 1_000;
/// Longest body of an answer, in bytes of base64.
const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Requests answered by a rule that are remembered.
const ANSWERED_MAX: usize = 1_000;

/// What happens to requests whose address fits a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `*` stands for anything, `?` for one character; the whole address must fit.
    pub pattern: String,
    /// What they get.
    pub answer: RuleAnswer,
    /// Requests it was applied to so far.
    #[serde(default)]
    pub applied: u32,
}

/// What a request gets instead of its server's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleAnswer {
    /// Nothing: it fails as if an extension had blocked it.
    Block {},
    /// A made-up answer.
    Mock {
        /// HTTP status.
        status: u16,
        /// Media type.
        mime: String,
        /// The body, base64.
        body: String,
    },
}

impl Rule {
    /// Makes a rule of what a person typed: words without a `*` and a scheme may stand anywhere.
    ///
    /// # Errors
    /// One sentence about a pattern or an answer that makes no rule.
    pub fn new(pattern: &str, answer: RuleAnswer) -> Result<Self, String> {
        let pattern = pattern.trim();
        if pattern.is_empty() || pattern.chars().count() > PATTERN_CHARS_MAX {
            return Err(format!(
                "a pattern has 1 to {PATTERN_CHARS_MAX} characters, such as '*/ads/*'"
            ));
        }
        if let RuleAnswer::Mock { status, body, .. } = &answer {
            if !(200..=599).contains(status) {
                return Err(format!("an answer's status is 200 to 599, not {status}"));
            }
            if body.len() > BODY_BYTES_MAX {
                return Err("an answer's body has at most 2 MB".to_owned());
            }
        }
        let pattern = if pattern.contains('*') || pattern.contains("://") {
            pattern.to_owned()
        } else {
            format!("*{pattern}*")
        };
        Ok(Self {
            pattern,
            answer,
            applied: 0,
        })
    }

    /// Says in words what it does, for the journal and the user.
    pub fn words(&self) -> String {
        let pattern = untrusted::line(&self.pattern, 200);
        match &self.answer {
            RuleAnswer::Block {} => format!("block requests to {pattern}"),
            RuleAnswer::Mock { status, .. } => {
                format!("answer requests to {pattern} with your own {status}")
            }
        }
    }
}

/// The rules that the driver applies.
#[derive(Debug, Default)]
pub(super) struct Rules {
    list: Vec<Rule>,
    /// Sessions whose every request gets an empty page: no server is to hear of them.
    blank: Vec<String>,
    /// Ids of requests that were answered here.
    answered: VecDeque<String>,
}

/// A request that waits for its answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paused {
    request_id: String,
    #[serde(default)]
    network_id: Option<String>,
    request: Asked,
}

#[derive(Debug, Deserialize)]
struct Asked {
    url: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
}

impl Rules {
    /// Adds a rule; the newest that fits is applied.
    fn add(&mut self, rule: Rule) -> Result<(), String> {
        self.list.retain(|known| known.pattern != rule.pattern);
        if self.list.len() >= RULES_MAX {
            return Err(format!("a session has at most {RULES_MAX} rules"));
        }
        self.list.push(rule);
        Ok(())
    }

    /// The commands that put the rules to work in a session; none when there are no rules.
    pub(super) fn commands(&self, session: &str) -> Vec<Ready> {
        let blank = self.is_blank(session);
        let mut patterns: Vec<&str> = self.list.iter().map(|r| r.pattern.as_str()).collect();
        if blank {
            patterns = vec!["*"];
        }
        if patterns.is_empty() {
            return Vec::new();
        }
        let patterns = patterns.into_iter().map(|pattern| fetch::RequestPattern {
            url_pattern: Some(pattern.to_owned()),
            resource_type: None,
            request_stage: None,
        });
        let enable = fetch::EnableParams {
            patterns: Some(patterns.collect()),
            handle_auth_requests: None,
        };
        // What a service worker answers would never come by here.
        let bypass = network::SetBypassServiceWorkerParams::new(true);
        [ready(&enable), ready(&bypass)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The commands after the last rule was taken away.
    fn end() -> Vec<Ready> {
        let bypass = network::SetBypassServiceWorkerParams::new(false);
        [ready(&fetch::DisableParams::default()), ready(&bypass)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Returns the command that answers the request which `params` tells of.
    pub(super) fn answer(&mut self, params: &str, session: &str) -> Option<Ready> {
        let paused: Paused = match serde_json::from_str(params) {
            Ok(paused) => paused,
            Err(error) => {
                tracing::warn!(%error, "a request that waits can't be read");
                return None;
            }
        };
        let blank = self.is_blank(session);
        let fits = |rule: &&mut Rule| fits(&rule.pattern, &paused.request.url);
        let rule = self.list.iter_mut().rev().find(fits);
        let command = match (blank, rule) {
            (true, _) => fulfil(&paused, 200, "text/html", String::new()),
            (false, None) => ready(&fetch::ContinueRequestParams::new(
                paused.request_id.clone(),
            )),
            (false, Some(rule)) => {
                rule.applied = rule.applied.saturating_add(1);
                match &rule.answer {
                    RuleAnswer::Block {} => ready(&fetch::FailRequestParams::new(
                        paused.request_id.clone(),
                        network::ErrorReason::BlockedByClient,
                    )),
                    RuleAnswer::Mock { status, mime, body } => {
                        fulfil(&paused, *status, mime, body.clone())
                    }
                }
            }
        };
        if let Some(id) = paused.network_id.filter(|_| !blank) {
            if self.answered.len() >= ANSWERED_MAX {
                self.answered.pop_front();
            }
            self.answered.push_back(id);
        }
        command
    }

    /// Says whether every request of `session` gets an empty page.
    pub(super) fn is_blank(&self, session: &str) -> bool {
        self.blank.iter().any(|one| one == session)
    }

    /// The ids of requests that were answered here.
    pub(super) fn answered(&self) -> Vec<String> {
        self.answered.iter().cloned().collect()
    }
}

/// Makes up an answer, one that a page of another origin may read too.
fn fulfil(paused: &Paused, status: u16, mime: &str, body: String) -> Option<Ready> {
    let field = |name: &str| {
        let mut fields = paused.request.headers.iter();
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .and_then(|(_, value)| value.as_str())
            .map(str::to_owned)
    };
    let mut headers = vec![fetch::HeaderEntry::new("content-type", mime)];
    if let Some(origin) = field("origin") {
        headers.push(fetch::HeaderEntry::new(
            "access-control-allow-origin",
            origin,
        ));
        headers.push(fetch::HeaderEntry::new(
            "access-control-allow-credentials",
            "true",
        ));
        headers.push(fetch::HeaderEntry::new("vary", "Origin"));
    }
    // The question that goes before some requests to another origin (Fetch standard, "CORS-preflight").
    let wanted = field("access-control-request-method");
    let asks_first = paused.request.method == "OPTIONS" && wanted.is_some();
    if asks_first {
        let methods = wanted.unwrap_or_default();
        headers.push(fetch::HeaderEntry::new(
            "access-control-allow-methods",
            methods,
        ));
        let names = field("access-control-request-headers").unwrap_or_default();
        headers.push(fetch::HeaderEntry::new(
            "access-control-allow-headers",
            names,
        ));
    }
    let mut params = fetch::FulfillRequestParams::new(
        paused.request_id.clone(),
        if asks_first { 204 } else { i64::from(status) },
    );
    params.response_headers = Some(headers);
    params.body = (!asks_first).then(|| body.into());
    ready(&params)
}

/// Says whether the whole of `text` fits `pattern`, where `*` is anything and `?` one character.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on when a star must take one more character.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => (p, t) = (p + 1, t + 1),
            Some(byte) if text.get(t) == Some(byte) => (p, t) = (p + 1, t + 1),
            Some(_) | None => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

impl Browser {
    /// Applies `rule` to all pages from now on.
    ///
    /// # Errors
    /// A sentence when there are too many rules; [`Error::Gone`] or [`Error::Ended`].
    pub async fn add_rule(
        &mut self,
        rule: Rule,
        deadline: &Deadline,
    ) -> Result<Result<(), String>, Error> {
        let added = self.driver.with_rules(|rules| rules.add(rule)).await?;
        if added.is_ok() {
            self.renew_rules(deadline).await?;
        }
        Ok(added)
    }

    /// Returns the rules, oldest first.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub async fn rules(&self) -> Result<Vec<Rule>, Error> {
        self.driver.with_rules(|rules| rules.list.clone()).await
    }

    /// Takes all rules away.
    ///
    /// # Errors
    /// [`Error::Gone`] or [`Error::Ended`].
    pub async fn clear_rules(&mut self, deadline: &Deadline) -> Result<(), Error> {
        self.driver.with_rules(|rules| rules.list.clear()).await?;
        self.renew_rules(deadline).await
    }

    /// Has each request of `session` answered with an empty page.
    pub(super) async fn blank(&self, session: &str, deadline: &Deadline) -> Result<(), Error> {
        let name = session.to_owned();
        let blank = move |rules: &mut Rules| {
            rules.blank.push(name.clone());
            rules.commands(&name)
        };
        let commands = self.driver.with_rules(blank).await?;
        self.driver.order(session, commands, deadline).await
    }

    /// Forgets the sessions that get empty pages.
    pub(super) async fn forget_blank(&self) -> Result<(), Error> {
        self.driver.with_rules(|rules| rules.blank.clear()).await
    }

    async fn renew_rules(&self, deadline: &Deadline) -> Result<(), Error> {
        for session in self.sessions() {
            let name = session.clone();
            let commands = move |rules: &mut Rules| {
                let commands = rules.commands(&name);
                if commands.is_empty() {
                    Rules::end()
                } else {
                    commands
                }
            };
            let commands = self.driver.with_rules(commands).await?;
            self.driver.order(&session, commands, deadline).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mock(body: &str) -> RuleAnswer {
        RuleAnswer::Mock {
            status: 200,
            mime: "application/json".to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_pattern_fits_the_whole_address() {
        for (pattern, url, want) in [
            ("*/ads/*", "http://a/ads/1", true),
            ("*/ads/*", "http://a/ad/1", false),
            ("http://a/?.js", "http://a/x.js", true),
            ("http://a/?.js", "http://a/xy.js", false),
            ("*a*b*c", "http://aXbXc", true),
            ("*a*b*c", "http://aXbXcX", false),
            ("**", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, url), want, "{pattern} {url}");
        }
        let long = format!("{}b", "a".repeat(20_000));
        assert!(!fits(&"a*".repeat(400), &format!("c{long}")));
    }

    #[test]
    fn words_stand_anywhere_and_senseless_rules_are_refused() {
        let rule = |pattern: &str, answer| Rule::new(pattern, answer);
        let pattern = |text: &str| rule(text, RuleAnswer::Block {}).unwrap().pattern;
        assert_eq!(pattern("ads.example"), "*ads.example*");
        assert_eq!(pattern("https://a.example/x"), "https://a.example/x");
        assert!(rule(" ", RuleAnswer::Block {}).is_err());
        assert!(rule(&"x".repeat(1_001), RuleAnswer::Block {}).is_err());
        let odd = RuleAnswer::Mock {
            status: 99,
            mime: String::new(),
            body: String::new(),
        };
        assert!(rule("x", odd).is_err());
    }

    #[test]
    fn the_newest_rule_that_fits_is_applied_and_counted() {
        let mut rules = Rules::default();
        rules
            .add(Rule::new("*", RuleAnswer::Block {}).unwrap())
            .unwrap();
        rules.add(Rule::new("api", mock("e30=")).unwrap()).unwrap();
        let paused = |url: &str| {
            format!(
                r#"{{"requestId":"i","networkId":"n","request":{{"url":"{url}","method":"GET",
                "headers":{{"Origin":"http://b"}}}}}}"#
            )
        };
        let (method, params) = rules.answer(&paused("http://a/api"), "S").unwrap();
        assert_eq!(method, "Fetch.fulfillRequest");
        assert!(params.get().contains("\"http://b\""), "{}", params.get());
        let (method, _) = rules.answer(&paused("http://a/x"), "S").unwrap();
        assert_eq!(method, "Fetch.failRequest");
        assert_eq!(rules.list[0].applied + rules.list[1].applied, 2);
        assert_eq!(rules.answered(), ["n", "n"]);
        rules.blank.push("B".to_owned());
        let (method, _) = rules.answer(&paused("http://a/x"), "B").unwrap();
        assert_eq!(method, "Fetch.fulfillRequest");
        assert!(rules.answer("]", "S").is_none());
    }

    #[test]
    fn a_request_without_a_rule_goes_on() {
        let mut rules = Rules::default();
        let paused = r#"{"requestId":"i","request":{"url":"http://a/"}}"#;
        let (method, _) = rules.answer(paused, "S").unwrap();
        assert_eq!(method, "Fetch.continueRequest");
        assert!(rules.commands("S").is_empty());
    }
}
