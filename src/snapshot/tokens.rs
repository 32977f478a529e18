//! Estimates how many tokens a model makes of a text, without its vocabulary of 200,000 words.
//!
//! Follows the pieces that the `o200k` tokenizer cuts a text into, and charges each what it costs
//! at most, or on average where letters are drawn at random: rather too many than too few.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Letters that often follow each letter inside words; after them a word may split.
const FOLLOWERS: [&str; 26] = [
    "bcdgiklmnprstu",
    "aeilo",
    "aehikortu",
    "aeio",
    "acdegilmnrstx",
    "eio",
    "aer",
    "aeio",
    "acdeglmnorstv",
    "",
    "ae",
    "aeilouy",
    "aeiop",
    "acdeginost",
    "cdlmnoprstu",
    "aeilor",
    "u",
    "adeiostu",
    "acehiopstu",
    "aehiorstu",
    "eilmnrst",
    "aei",
    "ae",
    "",
    "",
    "",
];
/// The same for the Cyrillic letters of [`CYRILLIC`], in their order.
const CYRILLIC_FOLLOWERS: [&str; 37] = [
    "бвгдежзйклмнпрстуфхцчшщю",
    "аеиоруі",
    "аеиоруыі",
    "аеиоруі",
    "авежиоруяі",
    "бвгдежзйклмнпрстфхцчшщ",
    "аеиоу",
    "авдеиоуі",
    "абвгдежзйклмнопрстфхцчшщя",
    "нс",
    "аеилорстуі",
    "аеилоуыьюяі",
    "аеиноуыі",
    "агдеиоуыьюяі",
    "бвгдежзийклмнопрстуфхцчшщя",
    "аеиоруі",
    "адеиотушыюяі",
    "аеиклмоптуыьяі",
    "авеикоруыьяі",
    "бвгджзклмнпрстхчшю",
    "аи",
    "аиоу",
    "аеиьяі",
    "аеиу",
    "аеиту",
    "аеио",
    "р",
    "вйс",
    "",
    "",
    "тщ",
    "вгдзклмнрстчщ",
    "н",
    "",
    "бвгджзйклмнпрстчшя",
    "",
    "",
];
/// Small letters of Russian, Ukrainian, Bulgarian and their like.
const CYRILLIC: &str = "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґ";
/// Characters beyond ASCII that are one token each; any other costs at most its bytes.
const ONE_TOKEN_SIGNS: &str = include_str!("one-token-signs.txt");
/// Frequent words that are one token each, with a space or a sign before them, and capitalized.
const ONE_TOKEN_WORDS: &str = include_str!("one-token-words.txt");
/// The first character that is not in the set below.
const SET_END: u32 = 0x2_0000;

/// Costs of a word in hundredths of a token: by itself, for each letter, for each odd pair.
const WORD: usize = 40;
const LETTER: usize = 19;
const ODD_PAIR: usize = 60;
/// The same in Cyrillic, and for each capital.
const CYRILLIC_WORD: usize = 70;
const CYRILLIC_LETTER: usize = 36;
const CYRILLIC_ODD_PAIR: usize = 80;
const CYRILLIC_CAPITAL: usize = 50;
/// The same for a whole token.
const ONE: usize = 100;

/// Which letters follow which, a bit each.
static PAIRS: LazyLock<[u32; 26]> = LazyLock::new(|| {
    FOLLOWERS.map(|followers| {
        followers
            .bytes()
            .fold(0, |bits, letter| bits | 1 << (letter - b'a'))
    })
});

/// The characters of [`ONE_TOKEN_SIGNS`], a bit each.
static ONES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; SET_END as usize / 64];
    for c in ONE_TOKEN_SIGNS.chars().filter(|&c| c != '\n') {
        if let Some(word) = bits.get_mut(c as usize / 64) {
            *word |= 1 << (c as usize % 64);
        }
    }
    bits
});

/// The words of [`ONE_TOKEN_WORDS`].
static WORDS: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| {
    ONE_TOKEN_WORDS
        .split_whitespace()
        .map(str::as_bytes)
        .collect()
});

/// Estimates how many tokens a model makes of `text`, rather too many than too few.
pub fn tokens(text: &str) -> usize {
    let mut cost = 0;
    let mut rest = text;
    // One space belongs to the word or sign after it; more are a token of their own.
    let mut spaces = 0;
    while let Some(first) = rest.chars().next() {
        let cyrillic = cyrillic_run(rest);
        let is_joined = first.is_ascii_alphabetic() || first.is_ascii_punctuation() || cyrillic > 0;
        let length = match first {
            ' ' => {
                spaces = run(rest, |byte| byte == b' ');
                rest = rest.get(spaces..).unwrap_or_default();
                continue;
            }
            _ if first.is_ascii_alphabetic() => piece(rest.as_bytes()),
            _ if first.is_ascii_digit() => run(rest, |byte| byte.is_ascii_digit()),
            _ if first.is_ascii_punctuation() => run(rest, |byte| byte.is_ascii_punctuation()),
            _ if cyrillic > 0 => cyrillic,
            _ => first.len_utf8(),
        };
        if spaces > 1 || (spaces == 1 && !is_joined) {
            cost += ONE;
        }
        spaces = 0;
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        cost += match first {
            _ if first.is_ascii_alphabetic() => word(part),
            _ if first.is_ascii_digit() => ONE * part.len().div_ceil(3),
            _ if first.is_ascii_punctuation() => {
                // The end of a line joins these.
                let joins = matches!(part, "\"" | "]" | ")") && after.starts_with('\n');
                ONE * (part.len() - usize::from(joins))
            }
            _ if cyrillic > 0 => cyrillic_word(part),
            _ => other(first),
        };
        rest = after;
    }
    if spaces > 0 {
        cost += ONE;
    }
    cost.div_ceil(ONE)
}

/// How many of the first bytes of `text` are such.
fn run(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    let end = text.bytes().position(|byte| !is_such(byte));
    end.unwrap_or(text.len())
}

/// How long the word is: letters, up to a capital after a small one.
fn piece(text: &[u8]) -> usize {
    let mut was_small = false;
    let end = text.iter().position(|byte| {
        let ends = !byte.is_ascii_alphabetic() || (was_small && byte.is_ascii_uppercase());
        was_small = byte.is_ascii_lowercase();
        ends
    });
    end.unwrap_or(text.len())
}

fn word(word: &str) -> usize {
    let is_plain = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    let lower = word.to_ascii_lowercase();
    let letters = lower.as_bytes();
    if letters.len() <= 2 && is_plain {
        return ONE + ODD_PAIR / 4;
    }
    if is_plain && WORDS.contains(letters) {
        return ONE;
    }
    let followed = letters.windows(2).filter(|pair| match pair {
        [first, second] => is_usual(*first, *second),
        _ => true,
    });
    let odd = letters.len() - 1 - followed.count();
    // Words in capitals are split more often.
    let capitals = word.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    WORD + LETTER * (letters.len() + 2 + capitals) + ODD_PAIR * odd
}

fn is_usual(first: u8, second: u8) -> bool {
    let followers = PAIRS.get(usize::from(first.wrapping_sub(b'a')));
    followers.is_some_and(|bits| bits & 1 << second.wrapping_sub(b'a') != 0)
}

/// Which Cyrillic letters follow which, a bit each.
static CYRILLIC_PAIRS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let bits = |followers: &&str| {
        let places = followers.chars().filter_map(place);
        places.fold(0, |bits, place| bits | 1 << place)
    };
    CYRILLIC_FOLLOWERS.iter().map(bits).collect()
});

/// The place of a letter, small or capital, in [`CYRILLIC`].
fn place(letter: char) -> Option<usize> {
    if !('\u{400}'..'\u{500}').contains(&letter) {
        return None;
    }
    let small = letter.to_lowercase().next()?;
    CYRILLIC.chars().position(|c| c == small)
}

/// How many of the first bytes of `text` are Cyrillic letters.
fn cyrillic_run(text: &str) -> usize {
    let letters = text.chars().take_while(|&c| place(c).is_some());
    letters.map(char::len_utf8).sum()
}

fn cyrillic_word(word: &str) -> usize {
    let mut cost = CYRILLIC_WORD + CYRILLIC_LETTER * 2;
    let mut before: Option<usize> = None;
    for letter in word.chars() {
        let Some(now) = place(letter) else { continue };
        cost += CYRILLIC_LETTER;
        if letter.is_uppercase() {
            cost += CYRILLIC_CAPITAL;
        }
        let usual = before.and_then(|before| CYRILLIC_PAIRS.get(before));
        if usual.is_some_and(|bits| bits & (1 << now) == 0) {
            cost += CYRILLIC_ODD_PAIR;
        }
        before = Some(now);
    }
    cost
}

fn other(c: char) -> usize {
    let is_one = ONES
        .get(c as usize / 64)
        .is_some_and(|word| word & (1 << (c as usize % 64)) != 0);
    if is_one { ONE } else { ONE * c.len_utf8() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Texts of all kinds, each with its name.
    const TEXTS: &[(&str, &str)] = &[
        (
            "english",
            "The quick brown fox jumps over the lazy dog, doesn't it? It's 10:45 already.\n",
        ),
        (
            "german",
            "Die Donaudampfschifffahrtsgesellschaft bestätigt Ihren Termin für Überweisungsträger.\n",
        ),
        (
            "french",
            "L'hôpital a été rénové; où êtes-vous né, à Besançon ou à Nîmes ?\n",
        ),
        (
            "polish",
            "Zażółć gęślą jaźń, źdźbło, ślimak, pchnąć w tę łódź jeża.\n",
        ),
        (
            "russian",
            "Съешь же ещё этих мягких французских булок, да выпей чаю.\n",
        ),
        ("greek", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.\n"),
        (
            "arabic",
            "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر\n",
        ),
        ("hebrew", "דג סקרן שט בים מאוכזב ולפתע מצא חברה\n"),
        (
            "hindi",
            "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश\n",
        ),
        ("thai", "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน\n"),
        (
            "chinese",
            "敏捷的棕色狐狸跳过了懒狗。预约时间是星期二上午十点，请准时到达。\n",
        ),
        ("rare chinese", "龘靐齉爩麤灪龗厵爨癵驫麣纞虋讟钃鸜麷\n"),
        (
            "japanese",
            "いろはにほへと ちりぬるを。色は匂えど散りぬるを、我が世誰ぞ常ならむ。\n",
        ),
        (
            "korean",
            "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다.\n",
        ),
        ("emoji", "👩‍👩‍👧‍👦 🏳️‍🌈 🧑🏽‍🚀 🎉🔥💯 ✅❌ 🇩🇪🇫🇷\n"),
        ("symbols", "→ ← ↑ ↓ ✓ ✗ … • · © ® ™ € £ ¥ ½ ² µ ∑ ∫ ≠ ≤ ≥\n"),
        (
            "address",
            "https://example.org/a/b?q=1&page=22#frag-3 /wp-content/uploads/2024/03/IMG_20240314.jpg\n",
        ),
        (
            "base64",
            "QmFzZTY0IGVuY29kZWQgdGV4dCB3aXRoIG5vIG1lYW5pbmc= dGhlcmUgYXJlIG1vcmUgd29yZHM=\n",
        ),
        (
            "hex",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
        ),
        (
            "code",
            "fn main() { let x: Vec<u8> = vec![0; 16]; println!(\"{x:?}\"); }\n",
        ),
        (
            "signs",
            "!!! ??? *** --- === ~~~ ^^^ {{{}}} [[[]]] <<<>>> ///\\\\\\ |||\n",
        ),
        (
            "snapshot",
            " button e12 \"Book row 3\" disabled\n link e121 \"Details 5\" -> /item/5\n",
        ),
        (
            "capitals",
            "PLEASE CONFIRM YOUR APPOINTMENT NOW OR IT WILL BE CANCELLED\n",
        ),
        (
            "zalgo",
            "h\u{300}\u{301}\u{302}e\u{303}\u{304}l\u{305}\u{306}l\u{307}o\u{308}\u{30a}\n",
        ),
        ("spaces", "a  b   c    d     e      f\n\n\n\n x\t\ty\r\n"),
    ];

    /// What the tokenizer itself makes of it.
    fn real(text: &str) -> usize {
        tiktoken_rs::o200k_base_singleton()
            .encode_ordinary(text)
            .len()
    }

    #[track_caller]
    fn check(what: &str, text: &str) {
        let (estimate, truth) = (tokens(text), real(text));
        assert!(estimate >= truth, "{what}: {estimate} of {truth}");
    }

    #[test]
    fn text_of_all_kinds_is_never_under_estimated() {
        for (what, text) in TEXTS {
            check(what, text);
            check(what, &text.repeat(50));
        }
    }

    #[test]
    fn plain_text_is_not_over_estimated_by_far() {
        let text = include_str!("../../LICENSE-APACHE");
        let (estimate, truth) = (tokens(text), real(text));
        assert!(
            estimate >= truth && estimate < truth * 3 / 2,
            "{estimate} of {truth}"
        );
    }

    #[test]
    fn cyrillic_text_is_estimated_by_its_words() {
        let text = "Запись на приём подтверждена: вторник, десять часов утра. Пожалуйста, придите \
            за пятнадцать минут до начала. Ваша посылка прибыла в отделение и ждёт вас до пятницы. \
            Запис на прийом підтверджено. Записването за преглед е потвърдено.";
        let (estimate, truth) = (tokens(text), real(text));
        assert!(
            estimate >= truth && estimate < truth * 3,
            "{estimate} of {truth}"
        );
    }

    #[test]
    fn the_lists_of_what_is_one_token_are_true() {
        let signs = ONE_TOKEN_SIGNS.chars().filter(|&c| c != '\n');
        for sign in signs {
            assert_eq!(real(&sign.to_string()), 1, "{sign}");
        }
        for word in ONE_TOKEN_WORDS.split_whitespace() {
            let (first, rest) = word.split_at(1);
            let capital = first.to_uppercase() + rest;
            for word in [word, &capital] {
                assert_eq!((real(word), real(&format!(" {word}"))), (1, 1), "{word}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn letters_drawn_at_random_are_not_under_estimated(
            lower in proptest::collection::vec("[a-z]{1,14}", 200),
            upper in proptest::collection::vec("[A-Z]{1,14}", 200),
            mixed in proptest::collection::vec("[A-Za-z0-9]{1,30}", 200),
            hex in proptest::collection::vec("[0-9a-f]{4,40}", 100),
            signs in proptest::collection::vec("[!-/:-@\\[-`{-~]{1,8}", 200),
            any in proptest::collection::vec("\\PC{1,12}", 200),
            cyrillic in proptest::collection::vec("[а-яё]{1,14}", 200),
            capitals in proptest::collection::vec("[А-ЯЁ]{1,14}", 200),
        ) {
            for words in [&lower, &upper, &mixed, &hex, &signs, &any, &cyrillic, &capitals] {
                let text = words.join(" ");
                let (estimate, truth) = (tokens(&text), real(&text));
                prop_assert!(estimate >= truth, "{} of {}: {}", estimate, truth, text);
            }
        }
    }
}
