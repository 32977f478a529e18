//! Finding the servers of an address: a provider's page and a name server, both on this machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use legwork::config::MailTls;
use legwork::deadline::Deadline;
use legwork::mail::discover::Finder;

/// Serves one page, and nothing at other paths.
fn page(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut first = String::new();
            BufReader::new(client.try_clone().unwrap())
                .read_line(&mut first)
                .unwrap();
            let answer = if first.contains("/good") {
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                )
            } else {
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()
            };
            drop(client.write_all(answer.as_bytes()));
        }
    });
    format!("http://{address}")
}

/// A name server that knows two services of `mx.x.test`: `_imaps._tcp` at port 1993 and
/// `_submissions._tcp` at 1465.
fn names() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            // The question ends after its name, type and class; an OPT record may follow.
            let name = question[12..length]
                .iter()
                .position(|byte| *byte == 0)
                .unwrap();
            let end = 12 + name + 5;
            let asked = &question[12..end];
            let port: Option<u16> = if asked.starts_with(b"\x06_imaps") {
                Some(1993)
            } else {
                asked.starts_with(b"\x0c_submissions").then_some(1465)
            };
            let known = port.is_some();
            let mut answer = question[..2].to_vec();
            answer.extend([
                0x84,
                if known { 0 } else { 3 },
                0,
                1,
                0,
                u8::from(known),
                0,
                0,
                0,
                0,
            ]);
            answer.extend(&question[12..end]);
            if let Some(port) = port {
                let target = b"\x02mx\x01x\x04test\x00";
                let length = u8::try_from(6 + target.len()).unwrap();
                answer.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, length]);
                answer.extend([0, 1, 0, 0]);
                answer.extend(port.to_be_bytes());
                answer.extend(target);
            }
            drop(socket.send_to(&answer, from));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_first_then_the_names_then_what_is_usual() {
    let base = page(
        "<clientConfig><emailProvider><incomingServer type='imap'><hostname>imap.x.test</hostname>\
         <port>993</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username>\
         </incomingServer><outgoingServer type='smtp'><hostname>smtp.%EMAILDOMAIN%</hostname>\
         <port>587</port><socketType>STARTTLS</socketType></outgoingServer></emailProvider></clientConfig>",
    );
    let mut finder = Finder::of("ada@x.test").unwrap();
    let pages = ["/none", "/good"].map(|path| format!("{base}{path}").parse().unwrap());
    finder.pages = pages.to_vec();
    finder.dns = Some(names());
    let limit = Deadline::after(Duration::from_mins(1));
    let found = finder.find(&limit).await.unwrap();
    let hosts: Vec<(&str, u16)> = found
        .iter()
        .map(|one| (one.imap.host.as_str(), one.imap.imap_port()))
        .collect();
    let want = [
        ("imap.x.test", 993),
        ("mx.x.test", 1993),
        ("imap.x.test", 993),
        ("mail.x.test", 993),
        ("imap.x.test", 143),
        ("mail.x.test", 143),
    ];
    assert_eq!(hosts, want);
    assert!(found.iter().all(|one| one.imap.tls != MailTls::None));
    assert_eq!(found[1].source, "the DNS of x.test");
    let ways: Vec<_> = found
        .iter()
        .take(2)
        .map(|one| one.smtp.as_ref().unwrap())
        .collect();
    let by = |at: usize| (ways[at].host.as_str(), ways[at].port, ways[at].tls);
    assert_eq!(by(0), ("smtp.x.test", Some(587), MailTls::Starttls));
    assert_eq!(by(1), ("mx.x.test", Some(1465), MailTls::Implicit));
    assert_eq!(found[0].user.as_deref(), Some("ada"));
    // A page that is not on this machine is never fetched unencrypted.
    finder.pages = vec!["http://autoconfig.x.test/good".parse().unwrap()];
    assert_eq!(finder.find(&limit).await.unwrap().len(), 5);
}
