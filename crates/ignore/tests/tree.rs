//! Trees on the disk: what decides, what may be pruned, and what is kept.

use std::fs;
use std::path::Path;

use tenon_ignore::{Error, IgnoreFile, IgnoreTree, TreeOptions};

fn plant(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = root.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a tree");
        fs::write(file, text).expect("a tree");
    }
}

fn repository(at: &Path) {
    fs::create_dir_all(at.join(".git/objects")).expect("a tree");
    fs::create_dir_all(at.join(".git/refs")).expect("a tree");
    fs::write(at.join(".git/HEAD"), "ref: refs/heads/main\n").expect("a tree");
}

fn open(root: &Path) -> IgnoreTree {
    IgnoreTree::open(root, TreeOptions::default()).expect("a tree")
}

#[test]
fn an_excluded_folder_decides_for_what_is_below() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    plant(
        folder.path(),
        &[(".gitignore", "/out/\n*.log\n"), ("out/.gitignore", "!*\n"), ("sub/.gitignore", "!a.log\n")],
    );
    let tree = open(folder.path());
    let rule = tree.explain(b"out/x/y", None).unwrap().unwrap().rule.unwrap();
    assert_eq!((rule.line, &*rule.pattern), (1, &b"/out/"[..]));
    assert_eq!(tree.name_of(&rule.source), b".gitignore");
    assert!(!tree.ignores(b"sub/a.log", None).unwrap());
    let paths: [&[u8]; 4] = [b"a.log", b"sub/a.log", b"sub/b.log", b"out/"];
    assert_eq!(tree.check(paths).unwrap(), [true, false, true, true]);
    assert!(
        tree.can_prune(b"out").unwrap()
            && !tree.can_prune(b"sub").unwrap()
            && tree.can_prune(b".git").unwrap()
    );
    // What starts inside of an excluded folder is excluded.
    assert!(open(&folder.path().join("out")).ignores(b"x", None).unwrap());
}

#[test]
fn a_nested_repository_is_opaque_inside_of_another() {
    let folder = tempfile::tempdir().unwrap();
    repository(&folder.path().join("inner"));
    plant(folder.path(), &[("inner/.gitignore", "x\n"), (".gitignore", "y\n")]);
    let alone = open(folder.path());
    assert!(alone.ignores(b"inner/x", None).unwrap() && !alone.ignores(b"inner/y", None).unwrap());
    repository(folder.path());
    let tree = open(folder.path());
    assert_eq!(tree.explain(b"inner/x", None).unwrap(), None);
    assert!(tree.can_prune(b"inner").unwrap() && !alone.can_prune(b"inner").unwrap());
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tree = open(folder.path());
    let file = IgnoreFile::parse(b"x", b"", false).unwrap();
    let long = b"x/".repeat(20_000);
    for path in [&b"../x"[..], b"a/../x", b"/x", b"a//x", b"./x", b"x//", b"..", &long] {
        assert!(matches!(tree.ignores(path, None), Err(Error::Path)), "{}", path.escape_ascii());
        assert!(matches!(file.ignores(path, None), Err(Error::Path)), "{}", path.escape_ascii());
    }
    assert!(matches!(
        IgnoreTree::open(&folder.path().join("no"), TreeOptions::default()),
        Err(Error::Io { .. })
    ));
}

#[test]
fn threads_may_share_a_tree() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), &[("a/.gitignore", "x\n"), ("b/.gitignore", "y\n")]);
    let tree = open(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert!(tree.ignores(b"a/x", None).unwrap() && !tree.ignores(b"b/x", None).unwrap());
                    tree.reload(None).unwrap();
                }
            });
        }
    });
}
