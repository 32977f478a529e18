//! Keys and chords as the protocol wants them: `KeyboardEvent.key` values (W3C UI Events) with modifiers joined by `+`.

use chromiumoxide::cdp::browser_protocol::input::{DispatchKeyEventParams, DispatchKeyEventType};

/// A key with its modifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chord {
    modifiers: Vec<Modifier>,
    last: Key,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    value: String,
    code: String,
    number: i64,
    text: Option<String>,
    /// Whether Shift is held for it, without a press of its own.
    is_shifted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    Alt,
    Control,
    Meta,
    Shift,
}

impl Modifier {
    const ALL: [Self; 4] = [Self::Alt, Self::Control, Self::Meta, Self::Shift];

    fn name(self) -> &'static str {
        match self {
            Self::Alt => "Alt",
            Self::Control => "Control",
            Self::Meta => "Meta",
            Self::Shift => "Shift",
        }
    }

    /// The protocol's bit.
    fn bit(self) -> i64 {
        match self {
            Self::Alt => 1,
            Self::Control => 2,
            Self::Meta => 4,
            Self::Shift => 8,
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Shift => 16,
            Self::Control => 17,
            Self::Alt => 18,
            Self::Meta => 91,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let word = match word.to_ascii_lowercase().as_str() {
            "ctrl" => "control",
            "cmd" | "command" | "super" | "win" => "meta",
            "option" => "alt",
            other => {
                return Self::ALL
                    .into_iter()
                    .find(|m| m.name().eq_ignore_ascii_case(other));
            }
        };
        Self::parse(word)
    }
}

/// Named keys: name, Windows virtual key code, the text it types.
const NAMED: [(&str, i64, &str); 19] = [
    ("Enter", 13, "\r"),
    ("Tab", 9, ""),
    ("Escape", 27, ""),
    ("Backspace", 8, ""),
    ("Delete", 46, ""),
    ("Insert", 45, ""),
    ("Space", 32, " "),
    ("ArrowLeft", 37, ""),
    ("ArrowUp", 38, ""),
    ("ArrowRight", 39, ""),
    ("ArrowDown", 40, ""),
    ("Home", 36, ""),
    ("End", 35, ""),
    ("PageUp", 33, ""),
    ("PageDown", 34, ""),
    ("ContextMenu", 93, ""),
    ("CapsLock", 20, ""),
    ("Pause", 19, ""),
    ("PrintScreen", 44, ""),
];

/// Other names people give to keys.
const ALIASES: [(&str, &str); 10] = [
    ("Return", "Enter"),
    ("Esc", "Escape"),
    ("Del", "Delete"),
    ("Left", "ArrowLeft"),
    ("Right", "ArrowRight"),
    ("Up", "ArrowUp"),
    ("Down", "ArrowDown"),
    ("PgUp", "PageUp"),
    ("PgDn", "PageDown"),
    ("Spacebar", "Space"),
];

impl Chord {
    /// Reads a chord such as `Enter`, `Control+a`, `Shift+Tab` or `+`.
    ///
    /// # Errors
    /// One sentence that names the word that is no key.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (before, last) = match text.strip_suffix('+') {
            // The plus key itself, alone or after modifiers.
            Some(rest) if rest.is_empty() || rest.ends_with('+') => {
                (rest.trim_end_matches('+'), "+")
            }
            Some(_) => return Err(format!("'{text}' ends before its key")),
            None => text.rsplit_once('+').unwrap_or(("", text)),
        };
        let mut modifiers = Vec::new();
        for word in before.split('+').filter(|word| !word.is_empty()) {
            let modifier = Modifier::parse(word.trim());
            modifiers.push(modifier.ok_or_else(|| format!("'{word}' is no modifier key"))?);
        }
        let key = Key::parse(last).ok_or_else(|| format!("'{last}' is no key"))?;
        Ok(Self {
            modifiers,
            last: key,
        })
    }

    /// The key that types `c`; none when no key of a common keyboard does.
    pub(super) fn of_char(c: char) -> Option<Self> {
        let is_keyed = c == ' ' || c.is_ascii_graphic();
        let needs_shift = c.is_ascii_uppercase() || "~!@#$%^&*()_+{}|:\"<>?".contains(c);
        is_keyed.then(|| Self {
            modifiers: Vec::new(),
            last: Key {
                is_shifted: needs_shift,
                ..Key::of_char(c)
            },
        })
    }

    /// The chord that selects all.
    pub(super) fn all() -> Self {
        Self {
            modifiers: vec![Modifier::Control],
            last: Key::of_char('a'),
        }
    }

    /// The key that removes what is selected.
    pub(super) fn delete() -> Self {
        Self {
            modifiers: Vec::new(),
            last: Key::new("Delete", "Delete", 46, ""),
        }
    }

    /// Returns the events that press and release it, in order.
    pub(super) fn events(&self) -> Vec<DispatchKeyEventParams> {
        let mut held = 0;
        let mut events = Vec::new();
        for modifier in &self.modifiers {
            held |= modifier.bit();
            events.push(modifier_event(
                *modifier,
                DispatchKeyEventType::RawKeyDown,
                held,
            ));
        }
        // With Control, Alt or Meta a key commands and types nothing.
        let types = self.modifiers.iter().all(|m| *m == Modifier::Shift);
        let text = self.last.text.clone().filter(|_| types);
        let kind = if text.is_some() {
            DispatchKeyEventType::KeyDown
        } else {
            DispatchKeyEventType::RawKeyDown
        };
        let mut down = self.last.event(kind, held);
        down.text.clone_from(&text);
        down.unmodified_text = text;
        if self.modifiers == [Modifier::Control] || self.modifiers == [Modifier::Meta] {
            down.commands =
                editing_command(&self.last.value).map(|command| vec![command.to_owned()]);
        }
        events.push(down);
        events.push(self.last.event(DispatchKeyEventType::KeyUp, held));
        for modifier in self.modifiers.iter().rev() {
            held &= !modifier.bit();
            events.push(modifier_event(*modifier, DispatchKeyEventType::KeyUp, held));
        }
        events
    }
}

impl Key {
    fn new(key: &str, code: &str, number: i64, text: &str) -> Self {
        Self {
            value: key.to_owned(),
            code: code.to_owned(),
            number,
            text: (!text.is_empty()).then(|| text.to_owned()),
            is_shifted: false,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let mut chars = word.chars();
        if let (Some(only), None) = (chars.next(), chars.next()) {
            return Some(Self::of_char(only));
        }
        let word = ALIASES
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(word))
            .map_or(word, |(_, name)| name);
        if let Some((name, number, text)) = NAMED
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(word))
        {
            let key = if *name == "Space" { " " } else { name };
            return Some(Self::new(key, name, *number, text));
        }
        if let Some(modifier) = Modifier::parse(word) {
            let code = format!("{}Left", modifier.name());
            return Some(Self::new(modifier.name(), &code, modifier.number(), ""));
        }
        let function: i64 = word.strip_prefix(['F', 'f'])?.parse().ok()?;
        let name = format!("F{function}");
        (1..=24)
            .contains(&function)
            .then(|| Self::new(&name, &name, 111 + function, ""))
    }

    fn of_char(only: char) -> Self {
        let text = only.to_string();
        let upper = only.to_ascii_uppercase();
        let (code, number) = match upper {
            'A'..='Z' => (format!("Key{upper}"), i64::from(u32::from(upper))),
            '0'..='9' => (format!("Digit{upper}"), i64::from(u32::from(upper))),
            ' ' => ("Space".to_owned(), 32),
            _ => (String::new(), 0),
        };
        Self::new(&text, &code, number, &text)
    }

    fn event(&self, kind: DispatchKeyEventType, modifiers: i64) -> DispatchKeyEventParams {
        let mut event = DispatchKeyEventParams::new(kind);
        let shift = if self.is_shifted {
            Modifier::Shift.bit()
        } else {
            0
        };
        event.modifiers = Some(modifiers | shift);
        event.key = Some(self.value.clone());
        event.code = Some(self.code.clone()).filter(|code| !code.is_empty());
        event.windows_virtual_key_code = Some(self.number);
        event
    }
}

fn modifier_event(
    modifier: Modifier,
    kind: DispatchKeyEventType,
    modifiers: i64,
) -> DispatchKeyEventParams {
    let code = format!("{}Left", modifier.name());
    Key::new(modifier.name(), &code, modifier.number(), "").event(kind, modifiers)
}

/// The editing command a browser runs for Control and a letter; keys alone do not start it.
fn editing_command(key: &str) -> Option<&'static str> {
    match key.to_ascii_lowercase().as_str() {
        "a" => Some("selectAll"),
        "z" => Some("undo"),
        "y" => Some("redo"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(chord: &str) -> Vec<(DispatchKeyEventType, String, i64)> {
        let events = Chord::parse(chord).unwrap().events();
        let shape = |e: DispatchKeyEventParams| (e.r#type, e.key.unwrap(), e.modifiers.unwrap());
        events.into_iter().map(shape).collect()
    }

    #[test]
    fn a_chord_holds_its_modifiers_around_the_key() {
        use DispatchKeyEventType::{KeyUp, RawKeyDown};
        assert_eq!(
            shape("Control+a"),
            [
                (RawKeyDown, "Control".to_owned(), 2),
                (RawKeyDown, "a".to_owned(), 2),
                (KeyUp, "a".to_owned(), 2),
                (KeyUp, "Control".to_owned(), 0),
            ]
        );
    }

    #[test]
    fn keys_that_type_carry_their_text() {
        for (chord, text) in [("Enter", "\r"), ("x", "x"), ("Shift+X", "X"), ("+", "+")] {
            let events = Chord::parse(chord).unwrap().events();
            let typed = events.iter().find_map(|event| event.text.clone());
            assert_eq!(typed.as_deref(), Some(text), "{chord}");
        }
        for chord in ["Escape", "Control+x", "F5", "Shift"] {
            let events = Chord::parse(chord).unwrap().events();
            assert!(events.iter().all(|event| event.text.is_none()), "{chord}");
        }
    }

    #[test]
    fn other_names_are_understood_and_nonsense_is_named() {
        assert_eq!(Chord::parse("ctrl+esc"), Chord::parse("Control+Escape"));
        assert_eq!(
            Chord::parse("Hyper+x").unwrap_err(),
            "'Hyper' is no modifier key"
        );
        assert_eq!(Chord::parse("Entr").unwrap_err(), "'Entr' is no key");
        assert_eq!(
            Chord::parse("Control+").unwrap_err(),
            "'Control+' ends before its key"
        );
        assert!(Chord::parse("").is_err());
    }
}
