//! Patches against git and GNU patch: what git writes is read, applied and reversed; and where a patch does not fit as it
//! is written, it goes where GNU patch puts it or nowhere.
//!
//! `TENON_FUZZ_RUNS` sets the number of rounds and `TENON_FUZZ_SEED` repeats a run; both are printed on failure.
#![cfg(unix)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tenon_diff::patch::{
    self, ApplyOptions, Direction, FilePatch, Hunk, LineEndings, Operation, Reason, format_patch,
    parse_patch, reverse_patch,
};

const FILES_A_ROUND: usize = 60;

type Files = BTreeMap<String, Vec<u8>>;

fn rounds(default: u64) -> u64 {
    std::env::var("TENON_FUZZ_RUNS")
        .map_or(default, |runs| runs.parse().expect("TENON_FUZZ_RUNS is a number"))
}

fn seed() -> u64 {
    std::env::var("TENON_FUZZ_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"))
}

fn run(directory: &Path, program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A program that ends early closes the pipe.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().expect("the program ran");
    writer.join().expect("the writer ended");
    output
}

fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut all = vec!["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"];
    all.extend(arguments);
    let output = run(directory, "git", &all, b"");
    assert!(output.status.success(), "git {arguments:?}: {}", show(&output.stderr));
    output.stdout
}

fn write(directory: &Path, name: &str, text: &[u8]) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    fs::write(path, text).expect("the file is written");
}

fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Texts of few different lines, so that many places look alike.
struct Texts {
    random: fastrand::Rng,
}

impl Texts {
    fn line(&mut self, variety: usize) -> Vec<u8> {
        let number = self.random.usize(..variety);
        match number {
            0 => Vec::new(),
            1 => b"}".to_vec(),
            2 => b"-- dashes".to_vec(),
            3 => b"++ signs".to_vec(),
            4 => b"\\ No newline at end of file".to_vec(),
            5 => b"@@ -1 +1 @@".to_vec(),
            6 => vec![b'x', 0xE9, 0xFF],
            _ => format!("line {number}").into_bytes(),
        }
    }

    fn lines(&mut self, most: usize, variety: usize) -> Vec<Vec<u8>> {
        (0..self.random.usize(..=most)).map(|_| self.line(variety)).collect()
    }

    fn edit(&mut self, lines: &mut Vec<Vec<u8>>, edits: usize, variety: usize) {
        for _ in 0..edits {
            let at = self.random.usize(..=lines.len());
            match self.random.u8(..3) {
                0 => {
                    for _ in 0..self.random.usize(1..4) {
                        let line = self.line(variety);
                        lines.insert(at, line);
                    }
                }
                1 => {
                    let end = lines.len().min(at + self.random.usize(1..4));
                    lines.drain(at..end);
                }
                _ if at < lines.len() => lines[at] = self.line(variety),
                _ => {}
            }
        }
    }
}

fn join(lines: &[Vec<u8>], ending: &[u8], ended: bool) -> Vec<u8> {
    let mut text = lines.join(ending);
    if ended && !lines.is_empty() {
        text.extend(ending);
    }
    text
}

const NAMES: [&str; 8] =
    ["plain", "with space", "t\tab", "quo\"te", "b\\ack", "\u{e4}\u{1f600}", "dir/x y/z", "b/a"];

#[test]
fn what_git_writes_is_read_applied_and_reversed() {
    let seed = seed();
    let mut texts = Texts { random: fastrand::Rng::with_seed(seed) };
    for round in 0..rounds(6) {
        let mut place = format!("TENON_FUZZ_SEED={seed}, round {round}");
        let folder = tempfile::tempdir().expect("a directory");
        let at = folder.path();
        git(at, &["init", "-q"]);
        let before = first_files(&mut texts);
        for (name, text) in &before {
            write(at, name, text);
        }
        git(at, &["add", "-A"]);
        git(at, &["commit", "-qm", "before"]);
        let after = change_files(&mut texts, at, &before);
        git(at, &["add", "-A"]);
        let context = format!("-U{}", [1, 2, 3, 10][texts.random.usize(..4)]);
        let mut options = vec!["diff", "--cached", "-M", &context];
        for option in ["--binary", "--full-index", "-B", "--minimal", "--no-prefix", "-C"] {
            if texts.random.u8(..3) == 0 {
                options.push(option);
            }
        }
        place += &format!(", {options:?}");
        let components = usize::from(!options.contains(&"--no-prefix"));
        let text = git(at, &options);
        check_patch(&text, components, &before, &after, &place);
        if options.contains(&"-C") && show(&text).contains("\ncopy from ") {
            assert!(reverse_patch(&text).is_err(), "{place}: a copy cannot be reversed");
        } else {
            let reversed =
                reverse_patch(&text).unwrap_or_else(|error| panic!("{place}: {error}\n{}", show(&text)));
            check_patch(&reversed, components, &after, &before, &place);
            let again = reverse_patch(&reversed).expect("ours");
            let (again, text) = (show(&again), show(&text));
            if let Some((ours, theirs)) = again.lines().zip(text.lines()).find(|(one, other)| one != other) {
                panic!("{place}: {ours:?} and not {theirs:?}\n{text}");
            }
            assert_eq!(again, text, "{place}");
            let strip = format!("-p{components}");
            let taken = run(at, "git", &["apply", "--cached", "--check", &strip, "-"], &reversed);
            let binary = text.contains("Binary files ");
            assert!(
                taken.status.success() || binary,
                "{place}: {}\n{}",
                show(&taken.stderr),
                show(&reversed)
            );
        }
        // The same in a mail, with a message before it and a signature behind it.
        git(at, &["commit", "-qm", "after\n\n--- words\n @@ and so on\n-- \nsigned"]);
        let mail = git(at, &["format-patch", "-M", "-1", "--stdout"]);
        check_patch(&mail, 1, &before, &after, &place);
        let mail = git(at, &["format-patch", "-M", "-1", "--stdout", "--attach"]);
        check_patch(&mail, 1, &before, &after, &place);
        let log = git(at, &["log", "-p", "-M", "-1"]);
        check_patch(&log, 1, &before, &after, &place);
    }
}

fn first_files(texts: &mut Texts) -> Files {
    let mut files = Files::new();
    for number in 0..FILES_A_ROUND {
        let name = format!("{}{number}", NAMES[texts.random.usize(..NAMES.len())]);
        let lines = texts.lines(40, 30);
        let ending: &[u8] = if texts.random.u8(..4) == 0 { b"\r\n" } else { b"\n" };
        let ended = texts.random.u8(..3) > 0;
        let mut text = join(&lines, ending, ended);
        if texts.random.u8(..12) == 0 {
            text.push(0);
        }
        files.insert(name, text);
    }
    files
}

/// Changes the files in the directory, some of them; what they are then.
fn change_files(texts: &mut Texts, at: &Path, before: &Files) -> Files {
    let mut after = before.clone();
    for (name, text) in before {
        let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        let ended = lines.last().is_some_and(Vec::is_empty) && lines.pop().is_some();
        let edits = texts.random.usize(1..5);
        match texts.random.u8(..11) {
            0 => {
                after.remove(name);
            }
            1 => {
                let text = after.remove(name).expect("it is there");
                after.insert(format!("moved/{name}"), text);
            }
            2 => {
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(at.join(name), mode).expect("its mode is set");
            }
            3 => {
                let text = texts.lines(9, 200).join(&b'\n');
                after.insert(format!("new {name}"), text);
            }
            4 => {
                after.remove(name);
                texts.edit(&mut lines, 1, 30);
                after.insert(format!("{name}-moved"), join(&lines, b"\n", ended));
            }
            5 => {}
            6 => {
                after.insert(name.clone(), texts.lines(30, 90).join(&b'\n'));
            }
            _ => {
                texts.edit(&mut lines, edits, 30);
                let ended = ended ^ (texts.random.u8(..5) == 0);
                after.insert(name.clone(), join(&lines, b"\n", ended));
            }
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        fs::remove_file(at.join(name)).expect("removed");
    }
    for (name, text) in after.iter().filter(|(name, text)| before.get(*name) != Some(text)) {
        write(at, name, text);
    }
    after
}

fn read<'a>(text: &'a [u8], components: usize, place: &str) -> Vec<FilePatch<'a>> {
    let files = parse_patch(text, components);
    assert!(files.is_ok(), "{place}: {files:?}\n{}", show(text));
    files.expect("as asserted")
}

fn name_of(name: &Option<Cow<'_, [u8]>>) -> Option<String> {
    name.as_ref().map(|name| String::from_utf8(name.to_vec()).expect("the names are UTF-8"))
}

/// The files of a patch make `after` of `before`.
fn check_patch(text: &[u8], components: usize, before: &Files, after: &Files, place: &str) {
    let files = read(text, components, place);
    let mut result = before.clone();
    for file in files.iter().filter(|file| file.operation != Operation::Copy) {
        if let Some(old) = name_of(&file.old_name) {
            assert!(result.remove(&old).is_some(), "{place}: {old:?} twice or never there\n{}", show(text));
        }
    }
    for file in &files {
        let (old, new) = (name_of(&file.old_name), name_of(&file.new_name));
        let source = old.as_ref().map_or_else(Vec::new, |name| before[name].clone());
        assert_eq!(old.is_none(), file.operation == Operation::Create, "{place}");
        assert_eq!(new.is_none(), file.operation == Operation::Delete, "{place}");
        let target = new.as_ref().map_or_else(Vec::new, |name| after[name].clone());
        if let Some(new) = new {
            result.insert(new, target.clone());
        }
        if file.binary || (file.operation == Operation::Delete && file.hunks.is_empty()) {
            continue;
        }
        let exact = ApplyOptions { line_endings: LineEndings::Exact, ..ApplyOptions::default() };
        let (back, auto) = (Direction::Reverse, Direction::Auto);
        for (direction, source, target) in
            [(Direction::Forward, &source, &target), (auto, &source, &target), (back, &target, &source)]
        {
            let applied =
                patch::apply_patch(source, file, &ApplyOptions { direction, ..exact }).expect("it is text");
            let case =
                || format!("{place} {direction:?} {}", show(&format_patch(std::slice::from_ref(file))));
            assert_eq!(applied.text.as_deref().map(show), Some(show(target)), "{}", case());
            assert!(
                applied.hunks.iter().all(|hunk| hunk.applied && hunk.offset == 0 && hunk.fuzz == 0),
                "{}",
                case()
            );
            assert_eq!(applied.reversed, direction == back, "{}", case());
        }
    }
    assert_eq!(result.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{place}: the names");
    assert!(result == *after, "{place}: a change is missing");
    let same = parse_patch(text, 0).expect("as before");
    let again = format_patch(&same);
    let mut written = read(&again, 0, place);
    for (one, other) in same.iter().zip(&mut written) {
        other.line = one.line;
    }
    assert_eq!(same, written, "{place}");
}

/// What came of the comparisons with GNU patch.
#[derive(Debug, Default)]
struct Counts {
    same: usize,
    both_refused: usize,
    refused: BTreeMap<&'static str, usize>,
    already: usize,
}

#[test]
fn patches_go_where_gnu_patch_puts_them_or_nowhere() {
    let version =
        Command::new("patch").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    if !version.starts_with(b"GNU patch") {
        println!("not run: patch is not GNU patch");
        return;
    }
    let seed = seed();
    let mut texts = Texts { random: fastrand::Rng::with_seed(seed) };
    let mut counts = Counts::default();
    for round in 0..rounds(25) {
        let folder = tempfile::tempdir().expect("a directory");
        let at = folder.path();
        let variety = [12, 40, 1000][texts.random.usize(..3)];
        let mut sources = Vec::new();
        for number in 0..FILES_A_ROUND {
            let name = format!("f{number}");
            let old = texts.lines(30, variety);
            let (mut new, mut source) = (old.clone(), old.clone());
            let (edits, drifts) = (texts.random.usize(1..4), texts.random.usize(0..4));
            texts.edit(&mut new, edits, variety);
            texts.edit(&mut source, drifts, variety);
            let ended = texts.random.u8(..6) > 0;
            write(at, &format!("old/{name}"), &join(&old, b"\n", ended));
            write(at, &format!("new/{name}"), &join(&new, b"\n", ended));
            sources.push(join(&source, b"\n", ended));
            write(at, &format!("out/{name}"), &join(&source, b"\n", ended));
        }
        let context = [0, 1, 2, 3, 3][texts.random.usize(..5)];
        let fuzz = texts.random.usize(..4);
        let place = format!("TENON_FUZZ_SEED={seed}, round {round}, -U{context} -F{fuzz}");
        let text = run(at, "diff", &["-r", &format!("-U{context}"), "old", "new"], b"").stdout;
        let fuzz_option = format!("-F{fuzz}");
        run(at, "patch", &["-f", "-p1", "-d", "out", "--no-backup-if-mismatch", &fuzz_option], &text);
        let files = read(&text, 1, &place);
        for file in files.iter().filter(|file| !file.binary) {
            let name = name_of(&file.new_name).expect("a name");
            let number: usize = name[1..].parse().expect("our name");
            let theirs = fs::read(at.join("out").join(&name)).unwrap_or_default();
            let rejected = at.join("out").join(format!("{name}.rej")).exists();
            compare(&sources[number], file, fuzz, context, (&theirs, rejected), &place, &mut counts);
        }
    }
    println!("{counts:?}");
    assert!(counts.same > 100 && counts.both_refused > 10, "{counts:?}");
}

fn compare(
    source: &[u8],
    file: &FilePatch<'_>,
    fuzz: usize,
    context: usize,
    (theirs, rejected): (&[u8], bool),
    place: &str,
    counts: &mut Counts,
) {
    let options = ApplyOptions { fuzz, ..ApplyOptions::default() };
    let ours = patch::apply_patch(source, file, &options).expect("it is text");
    let shown = || {
        let patch = show(&format_patch(std::slice::from_ref(file)));
        format!("{place}\n{patch}\n--- source\n{}\n{ours:?}\n--- theirs\n{}", show(source), show(theirs))
    };
    match &ours.text {
        Some(_) if ours.already_applied => counts.already += 1,
        Some(text) if !rejected => {
            assert_eq!(show(text), show(theirs), "{}", shown());
            counts.same += 1;
        }
        Some(_) => assert!(!rejected, "GNU patch refuses what fits: {}", shown()),
        None if rejected => counts.both_refused += 1,
        None => {
            let reason = ours.hunks.iter().find_map(|hunk| hunk.reason).expect("a reason");
            // GNU patch takes a hunk for found when fuzz leaves nothing of it to compare, and gives a line a newline.
            let bare = |hunk: &Hunk<'_>| {
                hunk.old_lines <= 2 * fuzz || hunk.lines.iter().any(|line| line.starts_with(b"\\"))
            };
            let bare = context == 0 || file.hunks.iter().any(bare);
            assert!(bare || !matches!(reason, Reason::ContextNotFound), "{}", shown());
            *counts.refused.entry(reason.as_str()).or_default() += 1;
        }
    }
}
