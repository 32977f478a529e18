//! Signs of deceit: a false sender, a false link, orders to programs, threats, and plain junk.
//!
//! Each sign has a weight; three together, or one strong one, are enough. A mail judged so is
//! never opened by the browser and only ever moved.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::view::{View, domain_of, pattern, shown, start};
use super::{Finding, Kind};

/// Weight from which a mail is suspicious.
const ENOUGH: u32 = 3;
/// Links looked at.
const LINKS_MAX: usize = 200;
/// Text looked at, in bytes.
const TEXT_BYTES_MAX: usize = 20_000;

static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        \b(?:ignore|disregard|forget|override)\s(?:\w+\s){0,3}(?:previous|prior|above|earlier|system|your)\s(?:\w+\s)?(?:instructions?|prompts?|rules|guidelines|directions)\b
        | \b(?:ai|llm|virtual|email|mail|inbox)[\s-](?:assistant|agent|model|bot)s?\s*[:,]\s*(?:please\s)?\p{L}+
        | \b(?:if\syou\sare|as)\san?\s(?:ai|llm|language\smodel|automated)\b
        | \b(?:attention|note\sto|message\sfor|instructions?\sfor)\s(?:the\s|any\s|all\s)?(?:ai|llm|assistant|language\smodel|agent)s?\b
        | (?:^|\n|[.:]\s)\s*(?:system|assistant)\s?(?:prompt|message|note)?\s?:\s*(?:please\s)?(?:forward|send|delete|ignore|reply|transfer|you)\b
        | \bdo\snot\s(?:tell|inform|notify|alert|mention\s(?:this|it)\sto)\sthe\suser\b
        | <\|?(?:im_start|system|endoftext)\|?> | \[/?INST\]
        | \b(?:ignoriere|vergiss)\s(?:\w+\s){0,3}(?:anweisungen|instruktionen|regeln)\b
        | \bignore[rz]?\s(?:\w+\s){0,3}instructions\b | \bignora\s(?:\w+\s){0,3}instrucciones\b",
    )
});

static THREAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:account|mailbox|card|access|profile|konto|zugang|karte|compte|carte|cuenta|tarjeta)\b.{0,60}\b(?:locked|suspend\w*|limited|restricted|blocked|disabled|deactivat\w*|terminat\w*|closed|expires?|compromised|gesperrt|eingeschränkt|deaktiviert|suspendue?|bloquée?|limitée?|bloqueada|suspendida)\b|unusual (?:activity|sign-?in)|unauthori[sz]ed (?:access|transaction)|final (?:warning|notice)|legal action",
    )
});

static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:verify|confirm|validate|update|restore|unlock|log ?in|sign in)\b|password|credentials|card (?:number|details)|bank (?:details|account)|\b(?:bestätigen|verifizieren|anmelden|passwort|zugangsdaten|vérifie[rz]|confirme[rz]|mot de passe|identifiants|verifi(?:car|que)|contraseña)\b",
    )
});

static HURRY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bwithin \d+ (?:hours?|hrs|minutes|days?)\b|\b(?:immediately|urgent(?:ly)?|right away|act now|asap|today only)\b|innerhalb von \d+|umgehend|sofort|dringend|immédiatement|sous \d+ ?h|dans les \d+ heures|inmediatamente|en \d+ horas|urgente",
    )
});

static PAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bgift ?cards?\b|\bwire (?:transfer|the)\b|\b(?:new|changed|updated) bank (?:details|account)|\bbitcoin\b|\bcrypto\w* (?:wallet|payment)|western union|geänderte bankverbindung|nouveau rib|carte cadeau|tarjetas? regalo",
    )
});

static JUNK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\byou(?:'ve| have)? won\b|\bwinners?\b|free money|\bcasino\b|\bpills?\b|\bno (?:rx|prescription)\b|make \$ ?\d+|\$\$\$|click (?:now|here)!|\bviagra\b|\blottery\b|\binheritance\b|\bjackpot\b|100% free|work from home|miracle|hot singles|lose weight|gewonnen!|félicitations,? vous avez gagné|has ganado",
    )
});

static HOST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(?:https?://)?((?:[a-z0-9_-]+\.)+[a-z]{2,24})(?:[:/?#]\S*)?$"));

static DANGEROUS_FILE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\.(?:exe|scr|com|pif|bat|cmd|vbs|vbe|js|jse|wsf|hta|lnk|iso|img|jar|msi|ps1|one|chm)$|\.(?:pdf|docx?|xlsx?|jpe?g|png|txt)\.[a-z0-9]{2,4}$",
    )
});

/// Names that deceivers borrow, and the domains that bear them rightly.
const BRANDS: [(&str, &str); 12] = [
    ("paypal", "paypal."),
    ("amazon", "amazon."),
    ("apple", "apple."),
    ("microsoft", "microsoft."),
    ("google", "google."),
    ("netflix", "netflix."),
    ("facebook", "facebook"),
    ("instagram", "instagram."),
    ("dhl", "dhl."),
    ("fedex", "fedex."),
    ("docusign", "docusign."),
    ("linkedin", "linkedin."),
];

struct Sign {
    weight: u32,
    what: String,
}

/// Finds deceit.
pub(super) fn find(view: &View<'_>) -> Option<Finding> {
    let rules = [orders, sender, links, authentication, pressure, junk, files];
    let mut signs: Vec<Sign> = rules.iter().flat_map(|rule| rule(view)).collect();
    let weight: u32 = signs.iter().map(|sign| sign.weight).sum();
    if weight < ENOUGH {
        return None;
    }
    signs.sort_by_key(|sign| std::cmp::Reverse(sign.weight));
    let first = signs.first().map_or("", |sign| sign.what.as_str());
    let reason = format!("Do not trust this mail from {}: {first}", view.who());
    let mut found = Finding::new(Kind::Suspicious, reason, "");
    found.evidence = signs.into_iter().map(|sign| sign.what).collect();
    Some(found)
}

fn sign(weight: u32, what: impl Into<String>) -> Sign {
    Sign {
        weight,
        what: what.into(),
    }
}

/// Orders to a program that reads mail; no honest person writes them, least of all hidden.
fn orders(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    let hidden = start(&view.message.hidden_text, TEXT_BYTES_MAX);
    let visible = start(&view.message.text, TEXT_BYTES_MAX);
    if let Some(found) = ORDER.find(hidden) {
        let words = shown(found.as_str());
        signs.push(sign(
            4,
            format!("its hidden text gives orders to a program: “{words}”"),
        ));
    }
    let shown_order = ORDER.find(visible).or_else(|| ORDER.find(view.subject()));
    if let Some(found) = shown_order {
        let words = shown(found.as_str());
        signs.push(sign(3, format!("it gives orders to a program: “{words}”")));
    }
    signs
}

/// A sender who is not whom the name says.
fn sender(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    let name = view.message.envelope.from.name.to_lowercase();
    let own = site(&view.domain);
    for word in name.split(|c: char| c.is_whitespace() || "<>()\"',;".contains(c)) {
        let host = if word.contains('@') {
            domain_of(word)
        } else {
            word
        };
        if HOST.is_match(host) && site(host) != own {
            let weight = if word.contains('@') { 3 } else { 2 };
            signs.push(sign(
                weight,
                format!(
                    "its name says {} but it comes from {}",
                    shown(word),
                    view.domain
                ),
            ));
        }
    }
    if let Some(brand) = borrowed_brand(view) {
        signs.push(sign(
            2,
            format!("its name says {brand} but it comes from {}", view.domain),
        ));
    }
    if let Some(like) = look_alike(view) {
        signs.push(sign(
            3,
            format!("its domain {} looks like {like}", view.domain),
        ));
    }
    if view
        .domain
        .split('.')
        .any(|label| label.starts_with("xn--"))
        || !view.domain.is_ascii()
    {
        signs.push(sign(
            1,
            format!("its domain {} has foreign letters", view.domain),
        ));
    }
    let other = view
        .message
        .reply_to
        .iter()
        .find(|a| site(domain_of(&a.email)) != own);
    if let Some(other) = other.filter(|_| !view.is_bulk()) {
        signs.push(sign(
            1,
            format!("answers would go to {}", shown(&other.email)),
        ));
    }
    signs
}

/// A well-known name that the sender bears without its domain.
fn borrowed_brand(view: &View<'_>) -> Option<&'static str> {
    let name = view.message.envelope.from.name.to_lowercase();
    let own = site(&view.domain);
    let borrowed = |(brand, domain): &&(&'static str, &str)| {
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word == *brand) && !own.starts_with(domain.trim_end_matches('.'))
    };
    BRANDS.iter().find(borrowed).map(|(brand, _)| *brand)
}

/// Finds a domain the user writes to that the sender's domain imitates.
fn look_alike(view: &View<'_>) -> Option<String> {
    let own = site(&view.domain);
    let known = view.profile.written_to.keys().map(String::as_str);
    let addresses = view.profile.addresses.iter().map(String::as_str);
    let mut domains = known.chain(addresses).map(|email| site(domain_of(email)));
    if own.is_empty() || domains.clone().any(|domain| domain == own) {
        return None;
    }
    domains.find(|domain| imitates(&own, domain))
}

/// One letter off, letters that look alike swapped, or the name with something added.
fn imitates(own: &str, known: &str) -> bool {
    let name = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
    let (ours, theirs) = (name(own), name(known));
    if theirs.chars().count() < 4 || ours.is_empty() {
        return false;
    }
    let plain = |text: &str| {
        let text = text.replace("rn", "m").replace("vv", "w");
        let swap = |c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '3' => 'e',
            other => other,
        };
        text.chars().map(swap).collect::<String>()
    };
    let added = ours
        .strip_prefix(theirs.as_str())
        .is_some_and(|rest| rest.starts_with('-'))
        || ours
            .strip_suffix(theirs.as_str())
            .is_some_and(|rest| rest.ends_with('-'));
    let near = theirs.chars().count() >= 6 && strsim::damerau_levenshtein(&ours, &theirs) == 1;
    added || near || (ours != theirs && plain(&ours) == plain(&theirs))
}

/// Links that go elsewhere than they say.
fn links(view: &View<'_>) -> Vec<Sign> {
    for link in view.message.links.iter().take(LINKS_MAX) {
        let said = HOST
            .captures(link.text.trim())
            .and_then(|c| c.get(1))
            .map(|m| m.as_str());
        let target = Url::parse(&link.url).ok();
        let target = target.as_ref().and_then(Url::host_str);
        let (Some(said), Some(target)) = (said, target) else {
            continue;
        };
        let (said, target) = (site(&said.to_lowercase()), site(target));
        if said != target && target != site(&view.domain) {
            // Mass mailers count clicks on a host of their own.
            let weight = if view.is_bulk() { 1 } else { 3 };
            return vec![sign(
                weight,
                format!("a link says {said} but goes to {target}"),
            )];
        }
    }
    Vec::new()
}

/// What the receiving server found (RFC 8601); lists break some of it honestly.
fn authentication(view: &View<'_>) -> Vec<Sign> {
    let results = view.header("authentication-results");
    let failed = |what: &str| results.contains(what);
    let weight = if failed("dmarc=fail") {
        3
    } else if (failed("spf=fail") || failed("dkim=fail")) && !failed("dkim=pass") {
        2
    } else {
        return Vec::new();
    };
    let weight = if view.is_bulk() { 1 } else { weight };
    vec![sign(
        weight,
        format!("the server could not confirm that {} sent it", view.domain),
    )]
}

/// Haste and threats, to make one act before thinking.
fn pressure(view: &View<'_>) -> Vec<Sign> {
    if view.is_known() || view.answers_user() {
        return Vec::new();
    }
    let words = view.words();
    let mut signs = Vec::new();
    let confirmed = view.header("authentication-results").contains("dmarc=pass");
    if let Some(found) = THREAT.find(&words)
        && SECRET.is_match(&words)
        && !confirmed
    {
        let weight = if HURRY.is_match(&words) { 3 } else { 1 };
        signs.push(sign(
            weight,
            format!("it threatens: “{}”", shown(found.as_str())),
        ));
    }
    // Who borrows a name and wants a secret or a payment in haste, deceives.
    if HURRY.is_match(&words) && SECRET.is_match(&words) && borrowed_brand(view).is_some() {
        signs.push(sign(1, "it wants something secret in a hurry"));
    }
    if let Some(found) = PAY.find(&words) {
        let weight = if HURRY.is_match(&words) { 3 } else { 1 };
        signs.push(sign(
            weight,
            format!(
                "it asks for money in an odd way: “{}”",
                shown(found.as_str())
            ),
        ));
    }
    signs
}

/// What nobody asked for.
fn junk(view: &View<'_>) -> Vec<Sign> {
    if view.is_known() || view.answers_user() || view.has("list-id") {
        return Vec::new();
    }
    let words = view.words();
    let mut found: Vec<String> = JUNK
        .find_iter(&words)
        .map(|m| m.as_str().to_lowercase())
        .collect();
    found.sort();
    found.dedup();
    let Some(first) = found.first() else {
        return Vec::new();
    };
    let letters: Vec<char> = view
        .subject()
        .chars()
        .filter(|c| c.is_alphabetic())
        .collect();
    let shouts = letters.len() > 5 && letters.iter().all(|c| c.is_uppercase());
    let loud = shouts || words.contains("!!!") || words.contains("$$$");
    let weight = u32::try_from(found.len()).unwrap_or(ENOUGH) + u32::from(loud);
    vec![sign(
        weight.min(ENOUGH),
        format!(
            "it reads like an unwanted advertisement: “{}”",
            shown(first)
        ),
    )]
}

/// Files that run when opened.
fn files(view: &View<'_>) -> Vec<Sign> {
    let mut files = view.message.attachments.iter();
    let file = files.find(|a| DANGEROUS_FILE.is_match(&a.name));
    let warn = |name: &str| {
        sign(
            3,
            format!("its attachment {} can run a program", shown(name)),
        )
    };
    file.map(|a| warn(&a.name)).into_iter().collect()
}

/// Returns the part of a host name that somebody registered: `bank.co.uk` of `www.bank.co.uk`.
fn site(host: &str) -> String {
    const SECOND: [&str; 8] = ["co", "com", "org", "net", "ac", "gov", "edu", "or"];
    let host = host.trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let count = match labels.as_slice() {
        [.., second, top] if top.len() == 2 && SECOND.contains(second) => 3,
        _ => 2,
    };
    let from = labels.len().saturating_sub(count);
    labels.get(from..).unwrap_or_default().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_that_imitate_are_told_from_others() {
        for own in [
            "paypa1.com",
            "partner-verify.test",
            "parnter.test",
            "rnailhouse.test",
        ] {
            let known = [
                "paypal.com",
                "partner.test",
                "partner.test",
                "mailhouse.test",
            ];
            assert!(known.iter().any(|known| imitates(own, known)), "{own}");
        }
        for (own, known) in [
            ("friends.test", "partner.test"),
            ("board.test", "bored.test"),
            ("mail.test", "main.test"),
        ] {
            assert!(!imitates(own, known), "{own}");
        }
        assert_eq!(site("www.shop.example.co.uk"), "example.co.uk");
        assert_eq!(site("a.b.example.com"), "example.com");
    }
}
