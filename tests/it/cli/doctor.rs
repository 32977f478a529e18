//! `legwork setup` and `legwork doctor`, without installing anything.

use super::TestEnv;

fn checks(env: &TestEnv) -> (i32, serde_json::Value) {
    let ran = env.run(&["doctor", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    (ran.code, value)
}

fn state<'a>(value: &'a serde_json::Value, name: &str) -> &'a str {
    let checks = value["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap()["state"].as_str().unwrap()
}

#[test]
fn after_setup_the_doctor_is_content_with_the_home() {
    let env = TestEnv::new();
    let setup = env.run(&["setup", "--no-install", "--json"]);
    assert_eq!(setup.code, 0, "no browser? {}", setup.stderr);
    let said: serde_json::Value = serde_json::from_str(&setup.stdout).unwrap();
    assert!(
        said["version"].as_str().unwrap().contains("Chrom"),
        "{said}"
    );
    let (_, value) = checks(&env);
    for name in [
        "configuration",
        "home folder",
        "mailbox",
        "calendar",
        "skills",
        "browser",
    ] {
        assert_eq!(state(&value, name), "good", "{value}");
    }
}

#[test]
fn the_doctor_goes_on_after_a_bad_configuration() {
    let env = TestEnv::new();
    std::fs::write(env.home().join("config.toml"), "[limits\n").unwrap();
    let (code, value) = checks(&env);
    assert_eq!((code, &value["fine"]), (3, &false.into()));
    assert_eq!(state(&value, "configuration"), "bad");
    assert_eq!(state(&value, "browser"), "good");
}

#[test]
fn a_browser_that_is_not_there_exits_5_with_the_mend() {
    let env = TestEnv::new();
    for words in [
        &["doctor"][..],
        &["setup", "--no-install"],
        &["setup", "--yes"],
    ] {
        let mut command = env.command(words);
        let ran = env.ran(
            &command
                .env("LEGWORK_CHROMIUM", "/no/chromium")
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, 5, "{words:?}: {}", ran.stderr);
        let said = ran.stdout + &ran.stderr;
        assert!(
            said.contains("there is no browser at /no/chromium"),
            "{said}"
        );
        assert!(said.contains("LEGWORK_CHROMIUM"), "{said}");
    }
}

#[test]
fn without_a_browser_and_without_leave_to_install_the_sentence_to_type_is_said() {
    let env = TestEnv::new();
    let mut command = env.command(&["setup", "--no-install"]);
    let ran = env.ran(&command.env("PATH", env.home()).output().unwrap());
    // Browsers outside the PATH may still be found in the usual places.
    if ran.code == 0 {
        assert!(ran.stdout.starts_with("browser: "), "{}", ran.stdout);
        return;
    }
    assert_eq!(ran.code, 5);
    assert!(
        ran.stderr.contains("hint: install a Chromium"),
        "{}",
        ran.stderr
    );
}
