//! What a person wants: an answer, a deed, or only to be read.

use std::sync::LazyLock;

use regex::Regex;

use super::view::{View, pattern, shown};
use super::{Finding, Kind, day};
use crate::action::Flag;

/// Recipients beyond which nobody waits for the answer of one.
const RECIPIENTS_MAX: usize = 15;
/// Sentences looked at.
const SENTENCES_MAX: usize = 200;

static ASK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        \b(?:could|can|would|will)\syou\b
        | (?:^|[,;:]\s|\band\s|\byou\s)please\s(?:send|let|reply|respond|confirm|advise|answer|tell|call|get\sback|share|forward|provide|give|write)\b
        | \blet\s(?:me|us)\sknow\b | \bget\sback\sto\s(?:me|us)\b | \bi(?:'m|\sam)\swaiting\sfor\syour\b
        | \b(?:looking\sforward\sto|awaiting)\syour\s(?:reply|answer|response)\b
        | \b(?:kannst|könntest|würdest)\sdu\b | \b(?:können|könnten|würden)\ssie\b
        | \bbitte\s(?:sende|schick|antworte|bestätig|melde|teile|gib|geben|um\s(?:antwort|rückmeldung))
        | \b(?:gib|geben\ssie)\s(?:mir|uns)\s(?:bitte\s)?bescheid
        | \b(?:peux-tu|pouvez-vous|pourriez-vous|pourrais-tu)\b | \bmerci\sde\s(?:me|nous)\s
        | \bmerci\sde\s(?:répondre|confirmer|envoyer) | \b(?:tenez|tiens)-moi\sau\scourant
        | \b(?:puedes|podrías|podría|puede)\s(?:\w+r(?:me|nos)?|usted)\b
        | \bpor\sfavor,?\s(?:env[ií]|resp|conf|dime|díga) | \bav[ií]s(?:a|e)me\b
        | ^(?:(?:hi|hey|hello|and|so|but)[\s,]+(?:\w+,\s)?)?(?:do|did|have|are|were|is|can|could|should|shall|would|will|may)\s(?:you|we|i|it)\b
        | \b(?:i\swould|i['’]d|ich\swürde\s?(?:mich\s)?gern[e]?|ich\swüsste\sgern[e]?)\s(?:like\sto\sknow|wissen)\b
        | \b(?:rückmeldung|antwort)\s(?:würde|wäre|bin|freue|von\sihnen)\b
        | \bmi\sf(?:a|ai|accia)\ssapere\b | \b(?:potresti|potrebbe|puoi)\s\p{L}+r(?:mi|ci|e)\b
        | \bkun(?:t)?\s(?:je|u|jullie)\b | \bzou(?:den)?\s(?:je|u|jullie)\b | \blaat\s(?:het\s)?(?:me|mij|ons)\s(?:even\s)?weten\b
        | \b(?:você|vocês)\s(?:pode|podem|poderia|consegue)\b | \bme\s(?:avise|diga|diz)\b
        | \bproszę\so\s(?:odpowiedź|informację|potwierdzenie)\b | \bczy\s(?:możesz|może|mógłby|mogłaby)\b
        | \b(?:не\sмогли\sбы|можете\sли|сообщите|дайте\sзнать|дай\sзнать)\b
        | \bkan\sdu\b | \bhör\sav\sdig\b
        | (?:でしょうか|ますか|ですか|ください|くださいませ)。?$ | (?:请(?:问|告知|告诉|回复|确认))",
    )
});

static DO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        (?:^|[,;:]\s|\byou\s)please\s(?:review|approve|sign|submit|complete|fill|pay|check|update|return|upload|register|prepare|finish|read|renew|book|bring)\b
        | \baction\srequired\b | \bdon['’]t\sforget\sto\b | \b(?:remember|you\sneed|you\shave)\sto\b
        | \bbitte\s(?:prüfe|unterschreib|ausfüll|fülle|überweis|bezahl|lies|lesen|beacht|einreich|reiche|denk)
        | \b(?:veuillez|merci\sde)\s(?:vérifier|signer|remplir|compléter|payer|valider|lire)
        | \bpor\sfavor,?\s(?:revis|firm|complet|rellen|pag) | \bhandlungsbedarf\b
        | \bsi\sprega\sdi\b | \bper\sfavore\s(?:firm|compil|pag) | \bricordat[ei]vi?\sdi\b
        | \bvergeet\sniet\b | \bgelieve\b | \bnão\sse\sesqueça\b | \bpor\sfavor,?\s(?:assin|preench)
        | \bn['’]oubliez\spas\b | \bno\solvid(?:e|es|éis)\b | \bprosimy\so\b",
    )
});

static NO_ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bno (?:need to (?:reply|answer|respond)|(?:reply|answer|response|action) (?:is )?(?:needed|required|necessary))|\bjust (?:an? )?fyi\b|^\s*fyi\b|\bfor your information only\b|keine antwort (?:nötig|erforderlich)|zur kenntnis|pas besoin de répondre|aucune réponse|no (?:hace falta|es necesario) responder|para tu información",
    )
});

static MEETING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:meet|meeting|call|lunch|coffee|appointment|available|free on|catch up|treffen|termin|besprechung|telefonieren|réunion|rencontrer|rendez-vous|reunión|reunirnos|vernos|cita)\b",
    )
});

/// Judges a message that no other rule knew: it is from a person.
pub(super) fn find(view: &View<'_>) -> Finding {
    let who = view.who();
    let personal = |reason: String, evidence: &str| Finding::new(Kind::Personal, reason, evidence);
    if view.message.envelope.flags.contains(&Flag::Answered) {
        return personal(
            format!("You have answered {who} already"),
            "the flag \\Answered",
        );
    }
    if let Some(when) = view.answered() {
        return personal(
            format!("You have answered {who} already"),
            &format!("your mail of {when}"),
        );
    }
    if view.is_own(&view.sender) {
        return personal(
            "You wrote it yourself".to_owned(),
            "your own address in From",
        );
    }
    if let Some(found) = NO_ANSWER.find(view.text) {
        let words = format!("the words “{}”", shown(found.as_str()));
        return personal(format!("{who} says that no answer is needed"), &words);
    }
    if let Some(why) = not_meant(view) {
        return personal(format!("{who} wrote it {why}"), "To and Cc");
    }
    if let Some(found) = request(view) {
        return found;
    }
    let mut found = if view.answers_user() {
        personal(
            format!("{who} answers a mail of yours and asks nothing"),
            "References",
        )
    } else {
        personal(
            format!("{who} writes and asks nothing"),
            "no question or request in its text",
        )
    };
    found.left = true;
    found
}

/// Says why an answer of the user is not waited for, by the addresses.
fn not_meant(view: &View<'_>) -> Option<&'static str> {
    let envelope = &view.message.envelope;
    if envelope.to.len() + envelope.cc.len() > RECIPIENTS_MAX {
        return Some("to many people at once");
    }
    let to_user = envelope.to.iter().any(|a| view.is_own(&a.email));
    let copied = envelope.cc.iter().any(|a| view.is_own(&a.email));
    (copied && !to_user).then_some("to others, with a copy to you")
}

fn request(view: &View<'_>) -> Option<Finding> {
    let sentences = sentences(view.text);
    let asks = |s: &&&str| is_question(s) || ASK.is_match(s);
    let asked = sentences.iter().find(asks);
    let to_do = sentences.iter().find(|s| DO.is_match(s));
    let (kind, what, sentence) = match (asked, to_do) {
        (Some(sentence), _) => (Kind::NeedsReply, "asks", sentence),
        (None, Some(sentence)) => (Kind::ToDo, "wants something done", sentence),
        (None, None) => return None,
    };
    let quoted = shown(sentence);
    let reason = format!("{} {what}: “{quoted}”", view.who());
    let mut found = Finding::new(kind, reason, format!("the sentence “{quoted}”"));
    if kind == Kind::NeedsReply {
        found.details.waits_since = Some(view.message.envelope.date);
    }
    if view.answers_user() {
        found.evidence.push("it answers a mail of yours".to_owned());
    }
    if let Some(count) = view.profile.written_to.get(&view.sender) {
        found
            .evidence
            .push(format!("you have written to them {count} times"));
    }
    let named = day::first(sentence, view.day);
    if MEETING.is_match(sentence) || MEETING.is_match(view.subject()) {
        found.details.meeting_day = named.or_else(|| day::first(view.text, view.day));
    } else {
        found.details.due = named;
    }
    Some(found)
}

/// Cuts a text at the ends of its sentences and paragraphs. A mark inside a word, as in an address
/// of the web, ends nothing.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for paragraph in text.split("\n\n") {
        let mut begin = 0;
        for (at, mark) in paragraph.match_indices(['.', '!', '?', '?', '。', '!']) {
            let end = at + mark.len();
            let next = paragraph.get(end..).and_then(|rest| rest.chars().next());
            if !mark.is_ascii() || next.is_none_or(|c| c.is_whitespace() || "\"”»')".contains(c))
            {
                found.extend(paragraph.get(begin..end));
                begin = end;
            }
        }
        found.extend(paragraph.get(begin..));
    }
    let trimmed = found.into_iter().map(str::trim).filter(|s| !s.is_empty());
    trimmed.take(SENTENCES_MAX).collect()
}

/// A question mark behind an address of the web, or alone, asks nothing.
fn is_question(sentence: &str) -> bool {
    let last = sentence.split_whitespace().last().unwrap_or_default();
    let in_link = last.contains("://") || last.starts_with("www.");
    let words = sentence.split_whitespace().count();
    sentence.ends_with('?') || (sentence.ends_with('?') && words >= 2 && !in_link)
}
