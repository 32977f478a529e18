//! Finding the servers of a mail address: what its provider publishes (autoconfig at the
//! well-known addresses), what the DNS says (RFC 6186, RFC 8314), and then the usual names.
//!
//! Sends nothing but the address's domain to anyone but that domain, and takes nothing that would
//! send a password unencrypted.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use url::Url;

use crate::config::{MailServer, MailTls, is_this_machine};
use crate::deadline::Deadline;
use crate::mail::Error;

/// Longest time for one page or one question to the DNS.
const ASK_TIME: Duration = Duration::from_secs(6);
/// Longest page read, in bytes; real ones have three thousand.
const PAGE_BYTES_MAX: usize = 256 * 1024;
/// Proposals kept.
const PROPOSALS_MAX: usize = 12;

/// Where settings are looked for.
#[derive(Debug, Clone)]
pub struct Finder {
    address: String,
    domain: String,
    /// Pages that may hold them; `http` only on this machine.
    pub pages: Vec<Url>,
    /// A name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
}

/// Settings that may be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Where mail is read.
    pub imap: MailServer,
    /// Where mail is handed over.
    pub smtp: Option<MailServer>,
    /// User name; the address without.
    pub user: Option<String>,
    /// Who says so.
    pub source: String,
}

impl Finder {
    /// Looks for the settings of `address` at the usual places.
    ///
    /// # Errors
    /// [`Error::BadName`] when it is no address of a host.
    pub fn of(address: &str) -> Result<Self, Error> {
        let bad = || Error::BadName {
            what: "the address",
            name: crate::untrusted::line(address, 100),
            reason: "it is not local@domain",
        };
        let (local, domain) = address.rsplit_once('@').ok_or_else(bad)?;
        let host = url::Host::parse(domain).map_err(|_| bad())?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',');
        let url::Host::Domain(domain) = host else {
            return Err(bad());
        };
        if local.is_empty() || address.contains(odd) {
            return Err(bad());
        }
        let pages = [
            format!("https://autoconfig.{domain}/mail/config-v1.1.xml"),
            format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
        ];
        Ok(Self {
            address: address.to_owned(),
            pages: pages.iter().filter_map(|page| page.parse().ok()).collect(),
            domain,
            dns: None,
        })
    }

    /// Collects what may be right, the most trustworthy first.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the user asked to stop; a place that says nothing is passed over.
    ///
    /// # Cancellation
    /// Only reads.
    pub async fn find(&self, deadline: &Deadline) -> Result<Vec<Proposal>, Error> {
        let mut found = Vec::new();
        for page in &self.pages {
            let limit = deadline.child(ASK_TIME);
            let text = limit.bound("the provider's page", text(page)).await;
            if deadline.is_over() {
                return Err(Error::Stopped(crate::deadline::Ended::Stopped));
            }
            found.extend(text.ok().flatten().and_then(|text| self.read(&text, page)));
        }
        let limit = deadline.child(ASK_TIME);
        let told = limit.bound("the name server", self.dns()).await;
        found.extend(told.ok().flatten());
        if deadline.is_over() {
            return Err(Error::Stopped(crate::deadline::Ended::Stopped));
        }
        found.extend(self.guesses());
        found.truncate(PROPOSALS_MAX);
        Ok(found)
    }

    /// Reads a page in the format of Thunderbird's autoconfig.
    fn read(&self, text: &str, page: &Url) -> Option<Proposal> {
        let document = roxmltree::Document::parse(text).ok()?;
        let server = |kind: &str, wanted: &str| {
            let mut servers = document
                .descendants()
                .filter(|node| node.has_tag_name(kind));
            servers.find_map(|node| {
                let is_wanted = node.attribute("type") == Some(wanted);
                let field = |name: &str| {
                    let field = node.children().find(|child| child.has_tag_name(name))?;
                    Some(self.filled(field.text()?.trim()))
                };
                let tls = match field("socketType")?.to_ascii_uppercase().as_str() {
                    "SSL" => MailTls::Implicit,
                    "STARTTLS" => MailTls::Starttls,
                    _ => return None,
                };
                let server = MailServer {
                    host: field("hostname")?,
                    port: Some(field("port")?.parse().ok()?),
                    tls,
                };
                let is_host = url::Host::parse(&server.host).is_ok();
                (is_wanted && is_host).then(|| (server, field("username")))
            })
        };
        let (imap, user) = server("incomingServer", "imap")?;
        Some(Proposal {
            imap,
            smtp: server("outgoingServer", "smtp").map(|(smtp, _)| smtp),
            user: user.filter(|user| *user != self.address && !user.contains(char::is_control)),
            source: page.host_str().unwrap_or_default().to_owned(),
        })
    }

    fn filled(&self, text: &str) -> String {
        let local = self.address.rsplit_once('@').map_or("", |(local, _)| local);
        text.replace("%EMAILADDRESS%", &self.address)
            .replace("%EMAILLOCALPART%", local)
            .replace("%EMAILDOMAIN%", &self.domain)
    }

    /// Asks the DNS which servers the domain names.
    async fn dns(&self) -> Option<Proposal> {
        let builder = match self.dns {
            Some(address) => {
                let mut connection = ConnectionConfig::udp();
                connection.port = address.port();
                let server = NameServerConfig::new(address.ip(), true, vec![connection]);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                Resolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => Resolver::builder_tokio().ok()?,
        };
        let resolver = builder.build().ok()?;
        let mut servers = Vec::new();
        for (service, tls) in [
            ("_imaps._tcp", MailTls::Implicit),
            ("_imap._tcp", MailTls::Starttls),
            ("_submissions._tcp", MailTls::Implicit),
            ("_submission._tcp", MailTls::Starttls),
        ] {
            let name = format!("{service}.{}.", self.domain);
            let answer = resolver.lookup(name, RecordType::SRV).await.ok();
            let records = answer.iter().flat_map(Lookup::answers);
            let mut named: Vec<(u16, u16, String)> = records
                .filter_map(|record| {
                    let RData::SRV(srv) = &record.data else {
                        return None;
                    };
                    Some((srv.priority, srv.port, srv.target.to_ascii()))
                })
                .collect();
            named.sort();
            let first = named
                .into_iter()
                .next()
                .map(|(_, port, target)| MailServer {
                    host: target.trim_end_matches('.').to_owned(),
                    port: Some(port),
                    tls,
                });
            // A single dot says that there is no such service (RFC 2782).
            servers.push(first.filter(|server| !server.host.is_empty()));
        }
        let mut servers = servers.into_iter();
        let mut either = || {
            let (implicit, starttls) = (servers.next().flatten(), servers.next().flatten());
            implicit.or(starttls)
        };
        let (imap, smtp) = (either(), either());
        Some(Proposal {
            imap: imap?,
            smtp,
            user: None,
            source: format!("the DNS of {}", self.domain),
        })
    }

    /// The names that most providers use.
    fn guesses(&self) -> Vec<Proposal> {
        let server = |host: &str, tls| MailServer {
            host: format!("{host}.{}", self.domain),
            port: None,
            tls,
        };
        let pairs = [
            ("imap", "smtp", MailTls::Implicit),
            ("mail", "mail", MailTls::Implicit),
            ("imap", "smtp", MailTls::Starttls),
            ("mail", "mail", MailTls::Starttls),
        ];
        let proposal = |(imap, smtp, tls)| Proposal {
            imap: server(imap, tls),
            smtp: Some(server(smtp, tls)),
            user: None,
            source: "the usual names".to_owned(),
        };
        pairs.into_iter().map(proposal).collect()
    }
}

/// Fetches a page; `None` when there is none, or it is no page of this kind.
async fn text(page: &Url) -> Option<String> {
    let is_here = page.host_str().is_some_and(is_this_machine);
    if page.scheme() != "https" && !is_here {
        return None;
    }
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .https_only(!is_here)
        .timeout(ASK_TIME)
        .user_agent(concat!("legwork/", env!("CARGO_PKG_VERSION")));
    if is_here {
        builder = builder.no_proxy();
    }
    let mut response = builder.build().ok()?.get(page.clone()).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > PAGE_BYTES_MAX {
            return None;
        }
    }
    String::from_utf8(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<clientConfig version='1.1'><emailProvider id='x'>\
        <incomingServer type='pop3'><hostname>pop.x.test</hostname><port>995</port>\
        <socketType>SSL</socketType></incomingServer>\
        <incomingServer type='imap'><hostname>plain.x.test</hostname><port>143</port>\
        <socketType>plain</socketType></incomingServer>\
        <incomingServer type='imap'><hostname>imap.%EMAILDOMAIN%</hostname><port>143</port>\
        <socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username></incomingServer>\
        <outgoingServer type='smtp'><hostname>smtp.x.test</hostname><port>465</port>\
        <socketType>SSL</socketType></outgoingServer></emailProvider></clientConfig>";

    fn read(text: &str) -> Option<Proposal> {
        let page = "https://autoconfig.x.test/a.xml".parse().unwrap();
        Finder::of("ada@x.test").unwrap().read(text, &page)
    }

    #[test]
    fn a_page_of_the_provider_is_read_and_what_is_unencrypted_passed_over() {
        let found = read(PAGE).unwrap();
        let want = MailServer {
            host: "imap.x.test".to_owned(),
            port: Some(143),
            tls: MailTls::Starttls,
        };
        assert_eq!((found.imap, found.user.as_deref()), (want, Some("ada")));
        assert_eq!(found.smtp.unwrap().port, Some(465));
        for bad in [
            "",
            "<a",
            "<clientConfig/>",
            &PAGE.replace("imap.%EMAILDOMAIN%", "a b/c"),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "ada",
            "@x.test",
            "ada@",
            "ada@1.2.3.4",
            "a b@x.test",
            "ada@x test",
            "a@x\r\n",
        ] {
            assert!(Finder::of(bad).is_err(), "{bad:?}");
        }
        let pages = Finder::of("ada@Bücher.test").unwrap().pages;
        assert!(
            pages[0]
                .as_str()
                .starts_with("https://autoconfig.xn--bcher-kva.test/")
        );
    }
}
