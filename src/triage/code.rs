//! Codes to sign in or confirm with. Finds them to show them to the user alone.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::view::{View, pattern, start};
use super::{Finding, Kind};

/// A mail with a code is short; a long one mentions a code in passing.
const TEXT_BYTES_MAX: usize = 3_000;
/// How far the word may stand from the code, in bytes.
const NEAR_BYTES: usize = 80;

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:[A-Z]{1,3}-)?(?:\d{4,8}|\d{3}[ -]\d{3}|[A-Z0-9]{4}-[A-Z0-9]{4})\b")
});

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:verification|security|sign-?in|log-?in|access|confirmation|one-?time|authenti\w+|single-use|2fa|activation)[\s-]*(?:code|pin|pass\w*)|\botp\b|\bpasscode\b|\b(?:your|use|enter|the)(?: \w+)? code\b|\bcode (?:is|:)|(?:bestätigungs|sicherheits|anmelde|einmal|zugangs|verifizierungs)-?(?:code|passwort|kennwort)|\btan\b|\b(?:ihr|dein) code\b|code d(?:e |')(?:vérification|sécurité|confirmation|connexion|accès)|\bvotre code\b|código de (?:verificación|seguridad|acceso|confirmación)|\b(?:tu|su) código\b|codice di verifica|verificatiecode|验证码|確認コード|認証コード|код подтверждения",
    )
});

static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:promo\w*|discount|coupon|voucher|gift|zip|postal|area|error|qr|dress|source|status|booking|reservation|rabatt|gutschein|postleit|fehler|promotion|réduction|descuento)[\s-]?(?:code|código|number)|code promo",
    )
});

/// Finds a code.
pub(super) fn find(view: &View<'_>) -> Option<Finding> {
    if view.text.len() > TEXT_BYTES_MAX || view.has("list-id") {
        return None;
    }
    let words = view.words();
    let text = start(&words, TEXT_BYTES_MAX);
    if OTHER.is_match(text) {
        return None;
    }
    let marks: Vec<Range<usize>> = WORD.find_iter(text).map(|m| m.range()).collect();
    let near = |code: &Range<usize>| {
        marks.iter().any(|word| {
            let gap = code
                .start
                .max(word.start)
                .saturating_sub(code.end.min(word.end));
            gap <= NEAR_BYTES
        })
    };
    let mut codes = CODE.find_iter(text).filter(|m| near(&m.range()));
    let code = codes.find(|m| !is_year(m.as_str()))?.as_str().to_owned();
    let word = marks
        .first()
        .and_then(|range| text.get(range.clone()))
        .unwrap_or_default();
    let reason = format!(
        "{} sent you a code; use it yourself and pass it to nobody",
        view.who()
    );
    let mut found = Finding::new(Kind::Code, reason, format!("the words “{word}”"));
    found.details.code = Some(code);
    Some(found)
}

fn is_year(code: &str) -> bool {
    code.len() == 4 && (code.starts_with("19") || code.starts_with("20"))
}
