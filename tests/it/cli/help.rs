//! Help, usage errors, completions and the configuration's errors.

use super::TestEnv;

#[test]
fn every_command_has_help_with_examples() {
    let env = TestEnv::new();
    for (command, _) in legwork::cli::surface() {
        if ["journal", "mail", "cal", "web serve"].contains(&command.as_str()) {
            continue;
        }
        let mut words: Vec<&str> = command.split(' ').collect();
        words.push("--help");
        let ran = env.run(&words);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert!(
            ran.stdout.contains("Examples:\n"),
            "{command}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains(&format!("  legwork {command}")),
            "{command} shows no example of itself: {}",
            ran.stdout
        );
    }
}

#[test]
fn the_exit_codes_are_in_the_help_of_run() {
    let help = TestEnv::new().run(&["run", "--help"]).stdout;
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"] {
        assert!(
            help.contains(&format!("\n  {code:<4} ")),
            "{code} in {help}"
        );
    }
}

#[test]
fn a_wrong_command_line_exits_2_and_says_so_on_stderr() {
    let env = TestEnv::new();
    for words in [
        &["fly"][..],
        &["run"],
        &["run", "a goal", "--yes", "everything"],
        &["run", "a goal", "--planner", "oracle"],
        &["setup", "--yes", "--no-install"],
    ] {
        let ran = env.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
}

#[test]
fn a_bad_configuration_exits_3_with_file_line_and_mend() {
    let env = TestEnv::new();
    std::fs::write(
        env.home().join("config.toml"),
        "[me]\nname = 'Ada'\nemial = 1\n",
    )
    .unwrap();
    let ran = env.run(&["setup", "--no-install"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert_eq!(
        ran.stderr,
        "error: [HOME]/config.toml: line 3: there is no key 'emial'\n\
         hint: did you mean 'emails'?\n"
    );
}

#[test]
fn an_error_is_one_json_object_where_json_is_asked_for() {
    let ran = TestEnv::new().run(&["journal", "show", "nope", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!((ran.code, &error["error"]["kind"]), (2, &"user".into()));
}

#[test]
fn completions_are_printed_for_each_shell() {
    let env = TestEnv::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = env.run(&["completions", shell]);
        assert_eq!(ran.code, 0, "{shell}");
        assert!(ran.stdout.contains("dry-run"), "{shell}: {}", ran.stdout);
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let env = TestEnv::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = env.command(&["completions", "bash"]);
    let ran = env.ran(&command.stdout(writer).output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_bad_log_filter_is_named() {
    let env = TestEnv::new();
    let mut command = env.command(&["journal", "list"]);
    let ran = env.ran(&command.env("LEGWORK_LOG", "legwork=loud").output().unwrap());
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr
            .starts_with("error: LEGWORK_LOG is not a log filter: 'legwork=loud'\n"),
        "{}",
        ran.stderr
    );
}
