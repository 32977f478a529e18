//! Headers as senders write them, and as deceivers would.

use super::*;

const SIGNED: &str = "Authentication-Results: mx.home.test (checked by us; really)\r\n\
    \t1; spf=pass smtp.mailfrom=b@shop.co.uk;\r\n\
    \tdkim=pass (2048-bit key) header.d=mail.shop.co.uk header.s=k1 header.b=AbCd\r\n\
    Received: from out.shop.co.uk by mx.home.test; Mon, 15 Mar 2027 11:00:00 +0000\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; d=mail.shop.co.uk; s=k1;\r\n\
    \th=From:To:Subject: List-Unsubscribe :List-Unsubscribe-Post;\r\n\
    \tbh=x=; b=Ab\r\n\tCdEf\r\n\
    From: News <news@shop.co.uk>\r\nTo: me@home.test\r\nSubject: Sale\r\n\
    List-Unsubscribe: <mailto:off@shop.co.uk?subject=off+me%20please>,\r\n\
    \t<https://lists.shop.co.uk/u?id=1>\r\n\
    List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nSale!\r\n";

fn found(message: &str) -> (Exit, String) {
    exit(message.as_bytes(), &["mx.home.test".to_owned()])
}

fn why(from: &str, to: &str) -> String {
    let changed = SIGNED.replace(from, to);
    assert_ne!(changed, SIGNED, "{from}");
    let (exit, why) = found(&changed);
    assert!(!matches!(exit, Exit::Click { .. }), "{from} -> {to}");
    why
}

#[test]
fn one_click_is_for_what_the_own_server_vouches_for_on_the_senders_own_domain() {
    let url = "https://lists.shop.co.uk/u?id=1".to_owned();
    assert_eq!(found(SIGNED), (Exit::Click { url }, String::new()));
    // Without version, comments and marks, with the identity in place of the domain.
    let bare = SIGNED
        .replace(" (checked by us; really)\r\n\t1;", ";")
        .replace(" header.s=k1 header.b=AbCd", "")
        .replace("header.d=mail.shop.co.uk", "header.i = @mail.shop.co.uk");
    assert!(
        matches!(found(&bare).0, Exit::Click { .. }),
        "{:?}",
        found(&bare)
    );
}

#[test]
fn whatever_is_not_vouched_for_is_left_to_a_person() {
    for (from, to, said) in [
        ("dkim=pass", "dkim=fail", "vouches for no signature"),
        ("dkim=pass", "x=\"dkim=pass\"", "says nothing"),
        (
            "dkim=pass (2048-bit key)",
            "arc=pass; (dkim=pass) dmarc=pass",
            "says nothing",
        ),
        (
            "mx.home.test (checked",
            "mx.evil.test (checked",
            "says nothing",
        ),
        (
            "header.d=mail.shop.co.uk",
            "header.d=other.co.uk",
            "vouches for no signature",
        ),
        (": List-Unsubscribe :", ":X:", "does not cover"),
        (":List-Unsubscribe-Post;", ";", "does not cover"),
        ("h=From:To", "h=To", "does not cover"),
        ("header.b=AbCd", "header.b=XbCd", "does not cover"),
        ("header.s=k1", "header.s=k2", "does not cover"),
        (
            "lists.shop.co.uk",
            "lists.shop.co.uk.evil.test",
            "not a place of",
        ),
        ("lists.shop.co.uk", "other.co.uk", "not a place of"),
        ("lists.shop.co.uk", "co.uk", "not a place of"),
        ("lists.shop.co.uk", "10.0.0.1", "names no domain"),
        (
            "lists.shop.co.uk",
            "u:p@lists.shop.co.uk",
            "holds a password",
        ),
        ("https://", "http://", "no secure address"),
        ("=One-Click", "=One-Click&x=1", "RFC 8058"),
        ("List-Unsubscribe-Post: ", "X-Post: ", "does not offer"),
        (
            "From: News <news@shop.co.uk>",
            "From: a@shop.co.uk, b@shop.co.uk",
            "can't be told",
        ),
        ("To: me@", "From: x@evil.test\r\nTo: me@", "can't be told"),
        (
            "To: me@",
            "List-Unsubscribe: <https://lists.shop.co.uk/u?id=2>\r\nTo: me@",
            "more than one List-Unsubscribe",
        ),
        (
            "To: me@",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nTo: me@",
            "more than one List-Unsubscribe-Post",
        ),
    ] {
        let why = why(from, to);
        assert!(why.contains(said), "{from} -> {to}: {why}");
    }
}

#[test]
fn only_the_topmost_word_of_the_own_server_counts() {
    let forged = "Authentication-Results: mx.home.test; dkim=none\r\n";
    let (exit, why) = found(&format!("{forged}{SIGNED}"));
    assert!(!matches!(exit, Exit::Click { .. }), "{why}");
    let foreign = "Authentication-Results: mx.evil.test; dkim=fail\r\n";
    assert!(matches!(
        found(&format!("{foreign}{SIGNED}")).0,
        Exit::Click { .. }
    ));
    assert!(matches!(exit_without(SIGNED), Exit::Letter { .. }));
}

/// Nobody is trusted to vouch.
fn exit_without(message: &str) -> Exit {
    exit(message.as_bytes(), &[]).0
}

#[test]
fn two_signatures_of_a_domain_count_only_when_both_cover() {
    let second = "DKIM-Signature: v=1; d=mail.shop.co.uk; s=k2; h=From:Subject; b=Zz\r\n";
    let both = format!("{second}{SIGNED}");
    assert!(
        matches!(found(&both).0, Exit::Click { .. }),
        "the server names which"
    );
    let unnamed = both.replace(" header.s=k1 header.b=AbCd", "");
    assert!(found(&unnamed).1.contains("does not cover"));
}

#[test]
fn else_a_letter_is_written_or_a_page_shown() {
    let (exit, _) = found(&SIGNED.replace("dkim=pass", "dkim=fail"));
    let want = Exit::Letter {
        to: "off@shop.co.uk".to_owned(),
        subject: "off+me please".to_owned(),
        body: "unsubscribe".to_owned(),
    };
    assert_eq!(exit, want);
    let of = |field: &str| {
        let message = format!("From: a@x.test\r\nList-Unsubscribe: {field}\r\n\r\n");
        found(&message).0
    };
    let url = "https://x.test/u".to_owned();
    assert_eq!(of("<https://x.test/u>"), Exit::Page { url: url.clone() });
    assert_eq!(
        of("<http://x.test/u>, <https://x.test/u>"),
        Exit::Page { url }
    );
    for none in [
        "",
        "https://x.test/u",
        "<javascript:alert(1)>",
        "<mailto:nobody>",
        "<>",
        "<<",
    ] {
        assert_eq!(of(none), Exit::None {}, "{none}");
    }
    let smuggled =
        of("<mailto:a@x.test,b@y.test?bcc=c@z.test&subject=a%0D%0ABcc:%20d@z.test&body=x>");
    let want = Exit::Letter {
        to: "a@x.test".to_owned(),
        subject: "a Bcc: d@z.test".to_owned(),
        body: "x".to_owned(),
    };
    assert_eq!(smuggled, want);
    assert_eq!(found("From: a@x.test\r\n\r\n").0, Exit::None {});
}

proptest::proptest! {
    #[test]
    fn no_header_makes_it_panic_or_click_unvouched(
        results in "[ -~]{0,80}", field in "[ -~]{0,80}", signature in "[ -~]{0,60}",
    ) {
        let message = format!(
            "Authentication-Results: {results}\r\nFrom: a@x.test\r\nDKIM-Signature: {signature}\r\n\
             List-Unsubscribe: {field}\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
        );
        let (exit, _) = found(&message);
        let clicks = matches!(exit, Exit::Click { .. });
        proptest::prop_assert!(!clicks || results.contains("dkim"));
    }
}
