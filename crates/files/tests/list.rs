//! Listings of real trees: against git, by any number of threads, cut short, cancelled, and from roots that fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;
use tenon_files::{Error, ListOptions, Listing, errno_name, list};
use tenon_ignore::Environment;

/// A folder of these files, whose parents are made too.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}

fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .output()
        .expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Options that see none of the machine's configuration.
fn isolated() -> ListOptions {
    let environment = Environment { git_config_nosystem: Some("1".to_owned()), ..Environment::default() };
    ListOptions { environment, ..ListOptions::default() }
}

fn listed(root: impl AsRef<Path>, options: &ListOptions) -> Listing {
    list(root, options, &AtomicBool::new(false)).expect("a listing")
}

/// The paths, which are UTF-8 where this is asked.
fn paths(listing: &Listing) -> Vec<&str> {
    listing.paths().map(text).collect()
}

fn text(path: &[u8]) -> &str {
    std::str::from_utf8(path).expect("UTF-8")
}

fn reports(listing: &Listing) -> Vec<(&str, &str)> {
    listing.skipped.iter().map(|skip| (text(&skip.path), &*skip.reason)).collect()
}

/// A tree with every kind of rule in it, some thousand files, and tracked files that are ignored.
fn busy_tree() -> TempDir {
    let folder = tree(&[
        (".gitignore", "*.o\n/out/\n!keep.o\n[a-c]9.txt\n"),
        ("b/.gitignore", "!*.o\nf1*/\n"),
        ("b/x.o", ""),
        ("out/tracked", ""),
        ("out/deep/tracked", ""),
        ("out/deep/lost", ""),
        ("keep.o", ""),
        ("a-b", ""),
        ("a.b", ""),
        ("a/b", ""),
        ("a0", ""),
    ]);
    for outer in ["a", "b", "c"] {
        for inner in 0..40 {
            let path = folder.path().join(outer).join(format!("f{inner}"));
            fs::create_dir_all(&path).expect("a folder");
            for file in 0..10 {
                fs::write(path.join(format!("a{file}.txt")), "").expect("a file");
                fs::write(path.join(format!("a{file}.o")), "").expect("a file");
            }
        }
    }
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-f", "out/tracked", "out/deep/tracked", "c/f3/a3.o"]);
    folder
}

#[test]
fn a_busy_tree_lists_as_in_git_with_any_number_of_threads() {
    let folder = busy_tree();
    for (name, ignored) in
        [("", false), ("b", false), ("b/f2", false), ("b/f1", true), ("out", true), ("out/deep", true)]
    {
        let root = folder.path().join(name);
        let output = git(&root, &["ls-files", "-co", "--exclude-standard", "-z"]);
        let mut expected: Vec<&str> =
            output.split(|&byte| byte == 0).map(|path| std::str::from_utf8(path).expect("UTF-8")).collect();
        expected.retain(|path| !path.is_empty());
        expected.sort_unstable();
        for threads in [0, 1, 2, 7] {
            let listing = listed(&root, &ListOptions { threads, ..isolated() });
            assert_eq!(paths(&listing), expected, "{root:?}");
            assert_eq!((listing.count, listing.truncated), (expected.len(), false));
            let skipped = reports(&listing);
            let expected = (".", "the root itself is ignored: only tracked files are listed");
            assert_eq!(skipped, if ignored { vec![expected] } else { vec![] }, "{root:?}");
        }
    }
}

#[test]
fn a_limit_keeps_the_first_paths_and_says_so() {
    let folder = busy_tree();
    let whole = listed(folder.path(), &isolated());
    for max_files in [0, 1, 2, 100, whole.count - 1, whole.count, whole.count + 1] {
        for threads in [1, 3] {
            let options = ListOptions { max_files, threads, ..isolated() };
            let listing = listed(folder.path(), &options);
            assert_eq!(paths(&listing), paths(&whole)[..max_files.min(whole.count)]);
            assert_eq!(listing.truncated, max_files < whole.count);
        }
    }
}

#[test]
fn hidden_names_and_rules_can_be_left_out() {
    let folder = tree(&[(".gitignore", "x\n"), (".h/a", ""), ("b/.c", ""), ("x", ""), (".git/HEAD", "")]);
    let without_hidden = listed(folder.path(), &ListOptions { hidden: false, ..isolated() });
    assert_eq!(paths(&without_hidden), [""; 0]);
    let without_rules = listed(folder.path(), &ListOptions { ignore: false, ..isolated() });
    assert_eq!(paths(&without_rules), [".gitignore", ".h/a", "b/.c", "x"]);
}

#[test]
fn a_repository_inside_another_is_opaque_and_reported() {
    let folder = tree(&[("a", ""), ("sub/b", ""), ("sub/c.o", ""), ("sub/.gitignore", "*.o\n")]);
    git(&folder.path().join("sub"), &["init", "-q"]);
    let outside = listed(folder.path(), &isolated());
    assert_eq!(paths(&outside), ["a", "sub/.gitignore", "sub/b"]);
    assert_eq!(outside.skipped, []);
    git(folder.path(), &["init", "-q"]);
    let inside = listed(folder.path(), &isolated());
    assert_eq!(paths(&inside), ["a"]);
    assert_eq!(reports(&inside), [("sub", "nested git repository")]);
}

#[test]
fn an_index_that_cannot_be_used_is_reported() {
    let folder = tree(&[(".gitignore", "*.o\n"), ("a.o", ""), ("b", "")]);
    git(folder.path(), &["init", "-q"]);
    fs::write(folder.path().join(".git/index"), "not an index, but longer than one must be").unwrap();
    let listing = listed(folder.path(), &isolated());
    assert_eq!(paths(&listing), [".gitignore", "b"]);
    assert_eq!(reports(&listing), [(".git/index", "corrupt index: no DIRC signature")]);
}

#[test]
fn a_root_that_fails_is_an_error_with_its_path() {
    let folder = tree(&[("file", "")]);
    for (name, errno) in [("missing", "ENOENT"), ("file", "ENOTDIR")] {
        let root = folder.path().join(name);
        let error = list(&root, &isolated(), &AtomicBool::new(false)).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read directory '{}': {errno}", root.display()));
        let Error::Io { path, source, .. } = error else { panic!("an I/O error") };
        assert_eq!((path, errno_name(&source)), (root, errno.to_owned()));
    }
}

#[test]
fn a_cancelled_listing_ends() {
    let folder = tree(&[("a", "")]);
    let error = list(folder.path(), &isolated(), &AtomicBool::new(true)).unwrap_err();
    assert!(matches!(error, Error::Aborted));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_but_for_the_root_itself() {
    use std::os::unix::fs::symlink;
    let folder = tree(&[("real/a", ""), ("rules", "a\n")]);
    symlink("real", folder.path().join("link")).unwrap();
    symlink("..", folder.path().join("real/loop")).unwrap();
    symlink("../rules", folder.path().join("real/.gitignore")).unwrap();
    assert_eq!(paths(&listed(folder.path(), &isolated())), ["real/a", "rules"]);
    assert_eq!(paths(&listed(folder.path().join("link"), &isolated())), ["a"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_names() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tree(&[(".gitignore", "*.o\n")]);
    fs::create_dir(folder.path().join(OsStr::from_bytes(b"d\xfe"))).unwrap();
    for name in [&b"a\xff"[..], b"b\xff.o", b"c\xc3\xa9", b"d\xfe/x"] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let listing = listed(folder.path(), &isolated());
    let expected = [&b".gitignore"[..], b"a\xff", b"c\xc3\xa9", b"d\xfe/x"];
    assert_eq!(listing.paths().collect::<Vec<_>>(), expected);
    assert_eq!((listing.left_out.ignored, listing.skipped.len()), (1, 0));
}

#[test]
fn configuration_comes_from_the_environment_it_is_given() {
    let home = tree(&[(".gitconfig", "[core]\n\texcludesFile = ~/rules\n"), ("rules", "/a\n")]);
    let folder = tree(&[("a", ""), ("b", ""), ("sub/a", "")]);
    assert_eq!(paths(&listed(folder.path(), &isolated())), ["a", "b", "sub/a"]);
    let mut options = isolated();
    options.environment.home = Some(home.path().to_owned());
    assert_eq!(paths(&listed(folder.path(), &options)), ["b", "sub/a"]);
    options.environment.git_config_global = Some(PathBuf::new());
    assert_eq!(paths(&listed(folder.path(), &options)), ["a", "b", "sub/a"]);
}
