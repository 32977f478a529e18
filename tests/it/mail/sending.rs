//! Letters sent through a real server by real processes that are killed on the way (tests/rig).

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Letters sent; each way in which a server can misbehave comes twice, undisturbed and cut off.
const ROUNDS: &str = "14";

#[test]
#[expect(clippy::disallowed_methods, reason = "the rig's own script runs it")]
fn no_letter_arrives_twice_and_none_is_lost_silently() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/send_storm.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(folder.path())
        .args(["--legwork", env!("CARGO_BIN_EXE_legwork")])
        .args(["--rounds", ROUNDS])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "on Debian: apt-get install python3 python3-venv openssl dovecot-imapd\n{said}\n{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for finding in ["duplicates", "silent_losses", "wrongly_told"] {
        assert_eq!(
            report[finding],
            serde_json::json!([]),
            "{finding}: {report}"
        );
    }
    // What arrived and what did not were both seen.
    assert!(report["ends"]["sent"].as_u64() >= Some(2), "{report}");
    assert!(report["arrived"].as_u64() < Some(14), "{report}");
}
