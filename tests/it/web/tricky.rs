//! Pages that report their own success, worked by ref only, as a planner would: each step looks
//! once, acts once, and never waits or tries again.

use std::fmt::Write as _;

use legwork::action::{
    Action, AnswerDialog, Button, Check, Click, Download, Drag, Hover, Open, Outcome, Press,
    RawPage, Ref, Scroll, Select, SwitchTab, TypeText, Upload, Way,
};

use super::Rig;

/// One step; elements are named by role and name.
enum Step {
    Click(&'static str, &'static str),
    /// The click is refused, and the page never felt it.
    Refused(&'static str, &'static str),
    /// Clicks the element of that name in the row that says the third word.
    InRow(&'static str, &'static str, &'static str),
    Double(&'static str, &'static str),
    Right(&'static str, &'static str),
    Fill(&'static str, &'static str, &'static str),
    Type(&'static str, &'static str, &'static str),
    Select(&'static str, &'static str, &'static [&'static str]),
    Check(&'static str, &'static str, bool),
    Press(&'static str),
    Hover(&'static str, &'static str),
    Drag((&'static str, &'static str), (&'static str, &'static str)),
    Until(&'static str, &'static str, &'static str),
    Upload(&'static str, &'static str, &'static str),
    Download(&'static str, &'static str),
    Dialog(bool, Option<&'static str>),
    Tab(u32),
    /// Remembers the ref of an element.
    Keep(&'static str, &'static str),
    /// Clicks the remembered ref.
    Kept,
}

use Step::{Dialog, Double, Fill, InRow, Keep, Kept, Refused, Right, Tab, Type, Until};

/// What is expected of a page in the end.
#[derive(PartialEq)]
enum End {
    /// It says that the right thing happened.
    Pass,
    /// Nothing may happen at all.
    Untouched,
}

type Case = (&'static str, End, &'static [Step]);

fn named(page: &RawPage, role: &str, name: &str) -> Result<Ref, String> {
    let of_role = |exact: bool| {
        page.nodes.iter().find(move |node| {
            let is_named = node.name == name || (!exact && node.name.contains(name));
            node.r#ref.is_some() && (role == "*" || node.role == role) && is_named
        })
    };
    let found = of_role(true).or_else(|| of_role(false));
    found.and_then(|node| node.r#ref).ok_or_else(|| {
        let lines = super::shape(page).join("\n    ");
        format!("no {role} '{name}' in\n    {lines}")
    })
}

/// The element of that name in the same table row or list item as `word`.
fn in_row(page: &RawPage, role: &str, name: &str, word: &str) -> Result<Ref, String> {
    let rows = page.nodes.iter().enumerate();
    let rows = rows.filter(|(_, node)| matches!(node.role.as_str(), "row" | "listitem"));
    for (index, _) in rows {
        let is_inside = |mut at: usize| loop {
            match page.nodes[at].parent {
                Some(parent) if parent as usize == index => return true,
                Some(parent) => at = parent as usize,
                None => return false,
            }
        };
        let inside = || (0..page.nodes.len()).filter(|&at| is_inside(at));
        if inside().any(|at| page.nodes[at].name.contains(word)) {
            let is = |at: &usize| page.nodes[*at].role == role && page.nodes[*at].name == name;
            return inside()
                .find(is)
                .and_then(|at| page.nodes[at].r#ref)
                .ok_or_else(|| format!("no {role} '{name}' beside '{word}'"));
        }
    }
    Err(format!("no row says '{word}'"))
}

impl Rig {
    async fn step(&mut self, step: &Step, kept: &mut Option<Ref>) -> Result<(), String> {
        let page = self.look().await;
        if let Keep(role, name) = *step {
            *kept = Some(named(&page, role, name)?);
            return Ok(());
        }
        let action = self.action(step, &page, *kept)?;
        let outcome = self.act(action).await;
        match (outcome.is_done(), matches!(step, Refused(..))) {
            (true, true) => Err(format!("not refused: {}", outcome.summary)),
            (false, false) => Err(format!("refused: {}", short(&outcome))),
            _ => Ok(()),
        }
    }

    /// What a step does on the page that was just seen.
    fn action(&self, step: &Step, page: &RawPage, kept: Option<Ref>) -> Result<Action, String> {
        let click = |target| Action::Click(Click::on(target));
        Ok(match *step {
            Step::Click(role, name) | Refused(role, name) => click(named(page, role, name)?),
            InRow(role, name, word) => click(in_row(page, role, name, word)?),
            Double(role, name) => Action::Click(Click {
                times: 2,
                ..Click::on(named(page, role, name)?)
            }),
            Right(role, name) => Action::Click(Click {
                button: Button::Right,
                ..Click::on(named(page, role, name)?)
            }),
            Fill(role, name, text) => Action::Fill(legwork::action::Fill {
                target: named(page, role, name)?,
                text: text.to_owned(),
            }),
            Type(role, name, text) => Action::Type(TypeText {
                target: named(page, role, name)?,
                text: text.to_owned(),
            }),
            Step::Select(role, name, options) => Action::Select(Select {
                target: named(page, role, name)?,
                options: options.iter().map(|&one| one.to_owned()).collect(),
            }),
            Step::Check(role, name, on) => Action::Check(Check {
                target: named(page, role, name)?,
                on,
            }),
            Step::Press(key) => Action::Press(Press::once(key)),
            Step::Hover(role, name) => Action::Hover(Hover {
                target: named(page, role, name)?,
            }),
            Step::Drag(what, onto) => Action::Drag(Drag {
                target: named(page, what.0, what.1)?,
                to: named(page, onto.0, onto.1)?,
            }),
            Until(role, name, text) => {
                let target = match role {
                    "" => None,
                    _ => Some(named(page, role, name)?),
                };
                Action::Scroll(Scroll {
                    until: Some(text.to_owned()),
                    ..Scroll::new(target, Way::Down)
                })
            }
            Step::Upload(role, name, text) => {
                let file = self.downloads.path().join("cv.txt");
                std::fs::write(&file, text).unwrap();
                Action::Upload(Upload {
                    target: named(page, role, name)?,
                    files: vec![file.display().to_string()],
                })
            }
            Step::Download(role, name) => Action::Download(Download {
                target: named(page, role, name)?,
            }),
            Dialog(accept, text) => Action::Dialog(AnswerDialog {
                accept,
                text: text.map(str::to_owned),
            }),
            Tab(number) => Action::SwitchTab(SwitchTab { number }),
            Kept => click(kept.ok_or("nothing was kept")?),
            Keep(..) => return Err("an element is kept, not worked".to_owned()),
        })
    }

    /// Works one page; what went wrong, if anything.
    async fn solve(&mut self, (page, end, steps): &Case) -> Result<(), String> {
        let url = self.site.url(&format!("tricky/{page}.html"));
        let opened = self.act(Action::Open(Open { url })).await;
        if !opened.is_done() {
            return Err(format!("did not open: {}", short(&opened)));
        }
        let mut kept = None;
        for (at, step) in steps.iter().enumerate() {
            if let Err(reason) = self.step(step, &mut kept).await {
                let said = self.text().await;
                return Err(format!("step {}: {reason}; the page says: {said}", at + 1));
            }
        }
        let said = self.text().await;
        match (said.contains("FAIL"), said.contains("PASS"), end) {
            (true, ..) => Err(format!("WRONG ACT: {said}")),
            (false, false, Pass) => Err(format!("nothing came of it: {said}")),
            _ => Ok(()),
        }
    }
}

fn short(outcome: &Outcome) -> String {
    format!("{:?}: {}", outcome.status, outcome.summary)
}

async fn all(cases: &[Case]) {
    let mut rig = Rig::start().await;
    let mut wrong = String::new();
    for case in cases {
        if let Err(reason) = rig.solve(case).await {
            writeln!(wrong, "{}: {reason}", case.0).unwrap();
        }
        // What a case opened beside is not the next one's matter.
        while rig.look().await.tabs.len() > 1 {
            rig.act(Action::CloseTab {}).await;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

use End::{Pass, Untouched};

const FRAMES: &[Case] = &[
    (
        "frames-deep",
        Pass,
        &[
            Fill("textbox", "Card name", "Ada"),
            Step::Click("button", "Pay now"),
        ],
    ),
    (
        "frame-late",
        Pass,
        &[
            Step::Click("button", "Pay by card"),
            Fill("textbox", "Card name", "Ada"),
            Step::Click("button", "Pay now"),
        ],
    ),
    (
        "shadows",
        Pass,
        &[
            Fill("textbox", "Code", "X7"),
            Step::Click("button", "Redeem"),
        ],
    ),
    ("slots", Pass, &[Step::Click("button", "Slotted")]),
    (
        "dials",
        Pass,
        &[
            Fill("slider", "Volume", "75"),
            Fill("spinbutton", "Guests", "4"),
            Step::Click("button", "Check"),
        ],
    ),
    ("hydration", Pass, &[Step::Click("button", "Add")]),
    ("drawn-late", Pass, &[Step::Click("button", "Begin")]),
    (
        "alive-late",
        Pass,
        &[
            Step::Click("link", "Note"),
            Step::Click("button", "Add"),
            Step::Click("button", "Wrap"),
        ],
    ),
    (
        "alive-late-frame",
        Pass,
        &[
            Step::Click("button", "Wrap"),
            Step::Click("button", "Add"),
            Step::Click("link", "Note"),
        ],
    ),
    (
        "hydration-anew",
        Pass,
        &[Step::Click("button", "Order tea")],
    ),
    (
        "xhr-chain",
        Pass,
        &[
            Step::Click("button", "Load"),
            Step::Click("button", "Result 7"),
        ],
    ),
    (
        "timer",
        Pass,
        &[
            Step::Click("button", "Quote"),
            Step::Click("button", "Accept 12 EUR"),
        ],
    ),
    (
        "pushed",
        Pass,
        &[
            Step::Click("link", "Orders"),
            Step::Click("button", "Pay order 7"),
        ],
    ),
    (
        "tabs",
        Pass,
        &[Step::Click("tab", "Two"), Step::Click("button", "Activate")],
    ),
    ("delegated", Pass, &[Step::Click("*", "Pro")]),
    (
        "listener-only",
        Pass,
        &[
            Step::Click("*", "Unfold details"),
            Step::Click("*", "Reveal"),
        ],
    ),
];

#[tokio::test]
async fn frames_shadows_and_late_scripts_are_no_obstacle() {
    all(FRAMES).await;
}

const MOVING: &[Case] = &[
    ("hover-swap", Pass, &[Step::Click("button", "Like")]),
    ("hover-trap", Untouched, &[Refused("button", "Open letter")]),
    (
        "overlay",
        Pass,
        &[
            Refused("button", "Checkout"),
            Step::Click("button", "Reject all"),
            Step::Click("button", "Checkout"),
        ],
    ),
    ("veil-through", Pass, &[Step::Click("button", "Go on")]),
    ("sticky", Pass, &[Step::Click("button", "Down here")]),
    (
        "moving",
        Pass,
        &[
            Step::Click("button", "Start"),
            Step::Click("button", "Catch me"),
        ],
    ),
    (
        "shift",
        Pass,
        &[
            Fill("textbox", "Mail", "a@x.test"),
            Step::Click("button", "Send"),
        ],
    ),
    (
        "shift-down",
        Pass,
        &[
            Fill("textbox", "Mail", "a@x.test"),
            Step::Click("button", "Send"),
        ],
    ),
    (
        "reorder",
        Pass,
        &[
            Keep("button", "Buy Bread"),
            Step::Click("button", "Sort by price"),
            Kept,
        ],
    ),
    ("same-names", Pass, &[InRow("button", "Remove", "Ink")]),
    (
        "virtual",
        Pass,
        &[
            Until("list", "Contacts", "Person 250"),
            Step::Click("button", "Call 250"),
        ],
    ),
    ("recycled", Untouched, &[Refused("button", "Call Bob")]),
    (
        "endless",
        Pass,
        &[Until("", "", "Entry 57"), Step::Click("button", "Open 57")],
    ),
    ("canvas", Pass, &[Step::Click("button", "Wheel of fortune")]),
    (
        "nested-scroll",
        Pass,
        &[Step::Click("button", "Bottom of it")],
    ),
    (
        "terms",
        Pass,
        &[
            Until("generic", "", "The last word"),
            Step::Click("button", "Accept the terms"),
        ],
    ),
    (
        "app-shell",
        Pass,
        &[
            Until("", "", "Take entry 180"),
            Step::Click("button", "Take entry 180"),
        ],
    ),
    (
        "context",
        Pass,
        &[Right("*", "report.pdf"), Step::Click("menuitem", "Rename")],
    ),
    (
        "wrapped",
        Pass,
        &[Step::Click("link", "the long conditions of use")],
    ),
    (
        "label-link",
        Pass,
        &[
            Step::Check("checkbox", "I accept", true),
            Step::Click("button", "Join"),
        ],
    ),
    (
        "modal",
        Pass,
        &[
            Refused("button", "Buy"),
            Step::Click("button", "No thanks"),
            Step::Click("button", "Finish"),
        ],
    ),
    ("aria-off", Untouched, &[Refused("button", "Pay")]),
    ("area", Pass, &[Step::Click("link", "East wing")]),
    (
        "hover-menu",
        Pass,
        &[
            Step::Hover("listitem", "Account"),
            Step::Click("link", "Invoices"),
        ],
    ),
    (
        "drag",
        Pass,
        &[Step::Drag(("*", "Write tests"), ("generic", "Done"))],
    ),
];

#[tokio::test]
async fn what_moves_covers_or_changes_places_is_hit_or_refused() {
    all(MOVING).await;
}

const FIELDS: &[Case] = &[
    (
        "react",
        Pass,
        &[
            Fill("textbox", "Name", "Ada L"),
            Step::Click("button", "Save"),
        ],
    ),
    (
        "typeahead",
        Pass,
        &[
            Fill("combobox", "City", "Ber"),
            Step::Click("option", "Bern"),
            Step::Click("button", "Search"),
        ],
    ),
    (
        "combobox",
        Pass,
        &[Step::Select("combobox", "Size", &["Large"])],
    ),
    (
        "bare-options",
        Pass,
        &[Step::Select("combobox", "Country", &["Finland"])],
    ),
    (
        "chained",
        Pass,
        &[
            Step::Select("combobox", "Land", &["Portugal"]),
            Step::Select("combobox", "Town", &["Faro"]),
        ],
    ),
    (
        "native",
        Pass,
        &[
            Fill("textbox", "Day", "2027-03-14"),
            Fill("textbox", "Hour", "09:30"),
            Fill("textbox", "Paint", "#ff8800"),
            Fill("slider", "Level", "7"),
            Fill("textbox", "Month", "2027-04"),
            Step::Click("button", "Save"),
        ],
    ),
    (
        "picker",
        Pass,
        &[
            Step::Click("textbox", "Date"),
            Step::Click("button", "Next month"),
            Step::Click("gridcell", "18 March 2027"),
        ],
    ),
    (
        "editor",
        Pass,
        &[
            Fill("textbox", "Body", "Hello world"),
            Step::Click("button", "Publish"),
        ],
    ),
    (
        "toggle",
        Pass,
        &[
            Step::Check("checkbox", "Newsletter", false),
            Step::Click("button", "Save"),
        ],
    ),
    (
        "radios",
        Pass,
        &[
            Step::Check("radio", "Team", true),
            Step::Click("button", "Buy"),
        ],
    ),
    (
        "enabled-late",
        Pass,
        &[
            Fill("textbox", "Code", "1234"),
            Step::Click("button", "Verify"),
        ],
    ),
    (
        "several",
        Pass,
        &[
            Step::Select("listbox", "Toppings", &["Ham", "Corn"]),
            Step::Click("button", "Order"),
        ],
    ),
    (
        "double",
        Pass,
        &[
            Double("button", "Price"),
            Type("textbox", "New price", "15"),
            Step::Press("Enter"),
        ],
    ),
    (
        "menu",
        Pass,
        &[
            Right("button", "report.txt"),
            Step::Click("menuitem", "Rename"),
        ],
    ),
    (
        "keys",
        Pass,
        &[
            Step::Click("listbox", "Files"),
            Step::Press("ArrowDown"),
            Step::Press("ArrowDown"),
            Step::Press("Enter"),
            Step::Press("Control+s"),
        ],
    ),
    (
        "enter",
        Pass,
        &[Fill("textbox", "Search", "tea"), Step::Press("Enter")],
    ),
    (
        "upload",
        Pass,
        &[Step::Upload("button", "Attach a file", "resume of Ada")],
    ),
    (
        "dropzone",
        Pass,
        &[Step::Upload("button", "Drop files here", "any words")],
    ),
];

#[tokio::test]
async fn fields_of_every_make_hold_what_was_meant() {
    all(FIELDS).await;
}

const WINDOWS: &[Case] = &[
    (
        "popup",
        Pass,
        &[
            Step::Click("button", "Log in with Example"),
            Tab(2),
            Step::Click("button", "Allow"),
        ],
    ),
    (
        "blank",
        Pass,
        &[
            Step::Click("link", "Terms"),
            Tab(2),
            Step::Click("button", "Agree"),
        ],
    ),
    (
        "confirm",
        Pass,
        &[Step::Click("button", "Delete"), Dialog(true, None)],
    ),
    (
        "prompt",
        Pass,
        &[Step::Click("button", "Rename"), Dialog(true, Some("Ada"))],
    ),
    (
        "leave",
        Pass,
        &[
            Fill("textbox", "Note", "x"),
            Step::Click("link", "Away"),
            Dialog(true, None),
        ],
    ),
    ("download", Pass, &[Step::Download("button", "Export")]),
    ("left", Pass, &[]),
];

#[tokio::test]
async fn windows_dialogs_and_files_are_answered_where_they_come() {
    all(WINDOWS).await;
}

const LIBRARIES: &[Case] = &[
    (
        "menu-bare",
        Pass,
        &[
            Fill("textbox", "City", "ber"),
            Step::Click("listitem", "Bergen"),
        ],
    ),
    (
        "reader-options",
        Pass,
        &[
            Step::Select("combobox", "Colours", &["green"]),
            Step::Select("combobox", "Colours", &["blue"]),
        ],
    ),
    (
        "searched-list",
        Pass,
        &[Step::Select("combobox", "City", &["Bern"])],
    ),
    (
        "many-list",
        Pass,
        &[Step::Select("combobox", "Tags", &["red", "blue"])],
    ),
    (
        "own-drag",
        Pass,
        &[Step::Drag(("listitem", "Shop"), ("listitem", "Wash"))],
    ),
    (
        "frame-drag",
        Pass,
        &[Step::Drag(("generic", "Cook"), ("generic", "Shop"))],
    ),
    (
        "editor-sink",
        Pass,
        &[
            Fill("textbox", "Editor", "let x = 1;\nlet y = 2;"),
            Step::Click("button", "Run"),
        ],
    ),
    (
        "switch-keeps",
        Pass,
        &[
            Step::Check("switch", "Express", true),
            Step::Click("button", "Save"),
        ],
    ),
    (
        "handle",
        Pass,
        &[Step::Drag(("generic", "Move Shop"), ("generic", "Wash"))],
    ),
    ("clipped-radio", Pass, &[Step::Check("radio", "Week", true)]),
    ("grid-listens", Pass, &[Step::Click("gridcell", "May 14")]),
    (
        "framed-list",
        Pass,
        &[Step::Select("combobox", "Colour", &["green"])],
    ),
    (
        "edit-context",
        Pass,
        &[
            Fill("textbox", "Code", "let z = 3;"),
            Step::Click("button", "Run"),
        ],
    ),
];

#[tokio::test]
async fn what_libraries_make_of_lists_boxes_and_drags_works_as_for_a_person() {
    all(LIBRARIES).await;
}
