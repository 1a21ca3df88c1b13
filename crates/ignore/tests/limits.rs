//! Files that would grow without bound when they are read.

use std::fs;
use std::sync::atomic::AtomicBool;

use tenon_ignore::{Environment, RuleFile, Settings, Tracked, read_rules};

#[test]
fn a_file_of_rules_has_a_limit_in_rules_and_in_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules");
    let reason = |content: &[u8]| {
        fs::write(&file, content).unwrap();
        read_rules(&file, false).map(|_| ()).map_err(|unread| unread.reason)
    };
    assert_eq!(reason(&b"a\n#\n".repeat(100_000)), Ok(()));
    assert_eq!(reason(&b"a\n".repeat(100_001)), Err("more than 100000 rules".to_owned()));
    assert_eq!(reason(&b"[a]".repeat(1_400_000)), Err("larger than 4194304 bytes".to_owned()));
}

#[test]
fn a_configuration_has_a_limit_in_files_and_in_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let global = folder.path().join("global");
    let environment = Environment {
        git_config_global: Some(global.clone()),
        git_config_nosystem: Some("1".to_owned()),
        ..Environment::default()
    };
    let reasons = |text: &str| {
        fs::write(&global, text).unwrap();
        let mut unread = Vec::new();
        let settings = Settings::read(None, folder.path(), &environment, &mut unread);
        assert!(settings.ignore_case);
        unread.into_iter().map(|it| it.reason).collect::<Vec<_>>()
    };
    let set = "[core]\nignoreCase\n[include]\n";
    assert_eq!(
        reasons(&(set.to_owned() + &"path = none\n".repeat(150))),
        ["more than 100 configuration files"]
    );
    fs::write(folder.path().join("long"), "#".repeat(3_000_000)).unwrap();
    assert_eq!(
        reasons(&(set.to_owned() + "path = long\npath = long\n")),
        ["more than 4194304 bytes of configuration"]
    );
    // A name of a million bytes in front of a million variables.
    let section = format!("{set}[a \"{}\"]\n{}", "x".repeat(1_000_000), "b\n".repeat(1_000_000));
    assert_eq!(reasons(&section), [""; 0]);
}

#[test]
fn names_of_classes_that_never_end_take_linear_time() {
    let pattern = ["[[:", &"[:".repeat(2_000_000), "x]"].concat();
    let rules = RuleFile::parse(pattern.as_bytes(), false);
    assert!(rules.last_match(b"x", false).is_some() && rules.last_match(b"a", false).is_none());
}

#[test]
fn reading_an_index_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index");
    fs::write(&file, [&b"DIRC\0\0\0\x02\0\0\0\x01"[..], &[0; 100]].concat()).unwrap();
    let read = |cancelled| Tracked::read(&file, 20, false, &AtomicBool::new(cancelled)).map(|_| ());
    assert_eq!(read(true), Err("cancelled".to_owned()));
    assert_ne!(read(false), Err("cancelled".to_owned()));
}
