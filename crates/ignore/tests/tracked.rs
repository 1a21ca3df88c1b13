//! The index: what git writes is found, and nothing else brings the reader down.

use std::fs;
use std::process::Command;

use tenon_ignore::Tracked;

/// The index git writes for these files, in the format version asked for.
fn index_of(files: &[&str], version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let git = |arguments: &[&str]| {
        let status = Command::new("git").current_dir(folder.path()).args(arguments).status().expect("git");
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "-q"]);
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, "").expect("a file");
    }
    git(&["add", "-f", "."]);
    git(&["update-index", "--index-version", version]);
    fs::read(folder.path().join(".git/index")).expect("an index")
}

#[test]
fn tracked_paths_and_folders_are_found() {
    for version in ["2", "4"] {
        let index = index_of(&["a", "b/c", "b/d/e", "b.x", "long/name/of/a/file"], version);
        let tracked = Tracked::parse(&index, 20, false).unwrap();
        for path in ["a", "b/c", "b/d/e", "b.x", "long/name/of/a/file"] {
            assert!(tracked.contains(path.as_bytes()), "{path}");
        }
        for path in ["", "A", "b", "b/", "b/d", "c", "b/cc"] {
            assert!(!tracked.contains(path.as_bytes()), "{path}");
        }
        for (folder, expected) in [("b/", true), ("b/d/", true), ("a/", false), ("c/", false), ("B/", false)]
        {
            assert_eq!(tracked.contains_below(folder.as_bytes()), expected, "{folder}");
        }
        let folded = Tracked::parse(&index, 20, true).unwrap();
        assert!(folded.contains(b"B/C") && folded.contains_below(b"LONG/"));
    }
}

#[test]
fn no_prefix_and_no_single_byte_change_panics() {
    for version in ["2", "4"] {
        let index = index_of(&["a", "b/c", "b/d"], version);
        for length in 0..index.len() {
            let _ = Tracked::parse(&index[..length], 20, false).map_err(|reason| {
                assert!(reason.starts_with("corrupt index: "), "{reason}");
            });
        }
        for at in 0..index.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = index.clone();
                changed[at] = value;
                let _ = Tracked::parse(&changed, 20, false);
            }
        }
    }
}

#[test]
fn a_claimed_count_allocates_nothing() {
    let mut index = b"DIRC\0\0\0\x02\xff\xff\xff\xff".to_vec();
    index.extend_from_slice(&[0; 20]);
    let reason = Tracked::parse(&index, 20, false).unwrap_err();
    assert_eq!(reason, "corrupt index: it ends too early");
}

/// A version 4 index of entries of this mode: one of a million bytes, and `more` that each add a byte to the one before.
fn long_paths(mode: u32, more: u32) -> Vec<u8> {
    let mut index = b"DIRC\0\0\0\x04".to_vec();
    index.extend_from_slice(&(more + 1).to_be_bytes());
    let mut entry = |name: &[u8]| {
        index.extend_from_slice(&[0; 24]);
        index.extend_from_slice(&mode.to_be_bytes());
        // Sizes, id and flags, then nothing to strip.
        index.extend_from_slice(&[0; 12 + 20 + 2 + 1]);
        index.extend_from_slice(name);
        index.push(0);
    };
    entry(&vec![b'a'; 1_000_000]);
    (0..more).for_each(|_| entry(b"a"));
    index.extend_from_slice(&[0; 20]);
    index
}

#[test]
fn paths_that_expand_without_bound_are_refused_whatever_the_entries_are() {
    for mode in [0o100_644, 0o160_000, 0o040_000] {
        let tracked = Tracked::parse(&long_paths(mode, 10), 20, false).expect("a small index");
        assert_eq!(tracked.is_gitlink(&vec![b'a'; 1_000_010]), mode == 0o160_000);
        let reason = Tracked::parse(&long_paths(mode, 16_000), 20, false).unwrap_err();
        assert_eq!(reason, "corrupt index: its paths are too long");
    }
}
