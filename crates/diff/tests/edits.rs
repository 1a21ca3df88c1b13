//! Edits: the table that the JavaScript tests read too, real source files with edits that are disturbed in known ways, of
//! which none may land in the wrong place, and anything at all.
//!
//! `TENON_FUZZ_RUNS` sets how many edits each disturbance gets and `TENON_FUZZ_SEED` repeats a run; both are printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use serde_json::{Map, Value, json};
use tenon_diff::edits::{Edit, Edits, Hunk, Near, Options, Outcome, Report, Texts, apply, parse};

fn bytes(value: &Value) -> Vec<u8> {
    value.as_str().expect("a string").as_bytes().to_vec()
}

fn string(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("UTF-8")
}

fn strings(list: &[Vec<u8>]) -> Vec<&str> {
    list.iter().map(|text| string(text)).collect()
}

fn edit_of(value: &Value) -> Edit {
    let list = |name: &str| value[name].as_array().expect("a list").iter().map(bytes).collect();
    let flag = |name: &str| value[name] == true;
    if value["lines"].is_null() {
        let (old_text, new_text) = (bytes(&value["oldText"]), bytes(&value["newText"]));
        return Edit::Texts(Texts { old_text, new_text, all: flag("all"), whole_lines: flag("wholeLines") });
    }
    let (lines, anchors) = (list("lines"), list("anchors"));
    Edit::Hunk(Hunk { lines, anchors, at_end: flag("atEnd"), first: flag("first"), hint: None })
}

fn edits_json(edits: &Edits) -> Value {
    let files = edits.files.iter().map(|file| {
        let edits: Vec<Value> = file
            .edits
            .iter()
            .map(|parsed| match &parsed.edit {
                Edit::Texts(it) => json!({
                    "line": parsed.line,
                    "oldText": string(&it.old_text),
                    "newText": string(&it.new_text),
                    "wholeLines": it.whole_lines,
                }),
                Edit::Hunk(it) => with(
                    json!({
                        "line": parsed.line,
                        "lines": strings(&it.lines),
                        "anchors": strings(&it.anchors),
                        "atEnd": it.at_end,
                        "first": it.first,
                    }),
                    [("hint", it.hint.map(Value::from))],
                ),
            })
            .collect();
        let path = file.path.as_deref().map(string);
        let own =
            json!({ "path": path, "operation": file.operation.name(), "edits": edits, "line": file.line });
        with(own, [("newPath", file.new_path.as_deref().map(string).map(Value::from))])
    });
    json!({ "format": edits.format.name(), "files": files.collect::<Vec<_>>() })
}

fn report_json(report: &Report) -> Value {
    let near = |it: &Near| json!({ "startLine": it.start_line, "endLine": it.end_line, "score": it.score, "text": string(&it.text) });
    let closest = report.closest.as_ref().map(|closest| closest.iter().map(near).collect());
    let score = report.score.map(Value::from);
    with(
        json!({ "applied": report.applied }),
        [
            ("matchedWith", report.matched_with.map(|grade| grade.name().into())),
            ("line", report.line.map(Value::from)),
            ("endLine", report.end_line.map(Value::from)),
            ("count", report.count.map(Value::from)),
            ("score", score),
            ("reason", report.reason.map(|reason| reason.name().into())),
            ("candidates", report.candidates.clone().map(Value::from)),
            ("closest", closest),
        ],
    )
}

/// With numbers to nine digits: the last ones of a fraction are lost where JSON is read.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(format!("{:.9}", number.as_f64().expect("a float"))),
        Value::Array(list) => list.iter().map(rounded).collect(),
        Value::Object(own) => {
            Value::Object(own.iter().map(|(name, value)| (name.clone(), rounded(value))).collect())
        }
        other => other.clone(),
    }
}

/// An object with the properties that there are.
fn with(own: Value, more: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let Value::Object(own) = own else { return own };
    let more = more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(own.into_iter().chain(more).collect::<Map<_, _>>())
}

#[test]
fn every_row_of_the_table_holds() {
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/diff/edits.json")).expect("JSON");
    let rows = |name: &str| table[name].as_array().expect("a list").clone();
    assert!(rows("parse").len() >= 50 && rows("apply").len() >= 70);
    for case in rows("parse") {
        match parse(&bytes(&case["text"])) {
            Ok(edits) => assert_eq!(edits_json(&edits), case["edits"], "{}", case["name"]),
            Err(error) => assert_eq!(error.to_string(), case["error"], "{}", case["name"]),
        }
    }
    for case in rows("apply") {
        let edits: Vec<Edit> = case["edits"].as_array().expect("a list").iter().map(edit_of).collect();
        let asked = &case["options"];
        let fuzzy = if asked["fuzzy"] == false { None } else { asked["fuzzy"].as_f64().or(Some(0.95)) };
        let options = Options { fuzzy, partial: asked["partial"] == true };
        let outcome = apply(&bytes(&case["source"]), &edits, &options);
        assert_eq!(json!(outcome.text.as_deref().map(string)), case["text"], "{}", case["name"]);
        let reports: Vec<Value> = outcome.edits.iter().map(report_json).collect();
        assert_eq!(rounded(&json!(reports)), rounded(&case["reports"]), "{}", case["name"]);
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The lines of the project's own sources.
fn source_files() -> Vec<Vec<String>> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() && !entry.ends_with("target") && !entry.ends_with("node_modules") {
                collect(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs" || extension == "js") {
                found.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    for folder in ["crates", "lib"] {
        collect(&root.join(folder), &mut paths);
    }
    paths.sort();
    let texts = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    let lines = texts.map(|text| text.replace('\r', "").lines().map(str::to_owned).collect::<Vec<_>>());
    lines.filter(|lines| (60..3000).contains(&lines.len())).collect()
}

#[derive(Clone)]
enum Line {
    Kept(String),
    Lost(String),
    Gained(String),
}

impl Line {
    fn text(&self) -> &str {
        match self {
            Self::Kept(text) | Self::Lost(text) | Self::Gained(text) => text,
        }
    }

    fn text_mut(&mut self) -> &mut String {
        match self {
            Self::Kept(text) | Self::Lost(text) | Self::Gained(text) => text,
        }
    }

    fn is_old(&self) -> bool {
        !matches!(self, Self::Gained(_))
    }

    fn is_new(&self) -> bool {
        !matches!(self, Self::Lost(_))
    }
}

/// An edit of the lines of a file that begins at `at`.
#[derive(Clone)]
struct Case {
    file: Vec<String>,
    at: usize,
    lines: Vec<Line>,
}

impl Case {
    fn old(&self) -> Vec<String> {
        self.lines.iter().filter(|line| line.is_old()).map(|line| line.text().to_owned()).collect()
    }

    fn end(&self) -> usize {
        self.at + self.old().len()
    }

    /// Whether the old lines are there word for word, and only where they were not meant: then nobody can tell.
    fn is_elsewhere(&self) -> bool {
        let old = self.old();
        let windows = self.file.windows(old.len()).enumerate();
        let places: Vec<usize> = windows.filter(|(_, window)| *window == old).map(|(at, _)| at).collect();
        matches!(places[..], [place] if !(self.at..=self.at + 1).contains(&place))
    }

    /// What the file should be: its own lines where they are kept.
    fn expected(&self) -> Vec<String> {
        let mut expected = self.file[..self.at].to_vec();
        let mut next = self.at;
        for line in &self.lines {
            match line {
                Line::Kept(_) => expected.push(self.file[next].clone()),
                Line::Lost(_) => {}
                Line::Gained(text) => expected.push(text.clone()),
            }
            next += usize::from(line.is_old());
        }
        expected.extend_from_slice(&self.file[next..]);
        expected
    }

    fn generate(files: &[Vec<String>], random: &mut Rng) -> Self {
        loop {
            let file = random.choice(files).expect("files").clone();
            let (before, after) = (random.usize(1..4), random.usize(1..4));
            let changed = random.usize(1..4);
            let at = random.usize(..file.len() - before - after - changed);
            let mut lines: Vec<Line> =
                file[at..at + before].iter().map(|text| Line::Kept(text.clone())).collect();
            let target = &file[at + before..at + before + changed];
            if target.iter().all(|line| line.trim().is_empty()) {
                continue;
            }
            match random.u8(..4) {
                0 => {
                    lines.push(Line::Gained(invented(&target[0], random)));
                    lines.extend(target.iter().cloned().map(Line::Kept));
                }
                1 => lines.extend(target.iter().cloned().map(Line::Lost)),
                _ => {
                    lines.extend(target.iter().cloned().map(Line::Lost));
                    lines.extend(target.iter().map(|line| Line::Gained(invented(line, random))));
                }
            }
            let rest = &file[at + before + changed..at + before + changed + after];
            lines.extend(rest.iter().cloned().map(Line::Kept));
            let case = Self { file, at, lines };
            // Only an edit of one place, however indented, can be told apart at all once its block is gone; and only one
            // whose ends say something.
            let old = case.old();
            let alike = |window: &&[String]| window.iter().zip(&old).all(|(a, b)| a.trim() == b.trim());
            let places = case.file.windows(old.len()).filter(alike).count();
            let ends = [&old[0], &old[old.len() - 1]];
            if places == 1 && ends.iter().all(|line| line.trim().len() > 3) && weight(&old) >= 40 {
                return case;
            }
        }
    }

    /// The edit in one of the forms in which a model may write it.
    fn edits(&self, random: &mut Rng) -> Vec<Edit> {
        let join = |lines: Vec<&str>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let old = join(self.lines.iter().filter(|line| line.is_old()).map(Line::text).collect());
        let new = join(self.lines.iter().filter(|line| line.is_new()).map(Line::text).collect());
        let sign = |line: &Line| match line {
            Line::Kept(text) => format!(" {text}"),
            Line::Lost(text) => format!("-{text}"),
            Line::Gained(text) => format!("+{text}"),
        };
        let signed: Vec<String> = self.lines.iter().map(sign).collect();
        let parsed = |text: String| -> Vec<Edit> {
            let files = parse(text.as_bytes()).expect(&text).files;
            files.into_iter().flat_map(|file| file.edits).map(|edit| edit.edit).collect()
        };
        match random.u8(..6) {
            0 => {
                let (old_text, new_text) = (old.into_bytes(), new.into_bytes());
                vec![Edit::Texts(Texts { old_text, new_text, ..Texts::default() })]
            }
            1 => {
                let (mut old_text, mut new_text) = (old.into_bytes(), new.into_bytes());
                old_text.pop();
                new_text.pop();
                vec![Edit::Texts(Texts { old_text, new_text, ..Texts::default() })]
            }
            2 => parsed(format!("a.js\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n")),
            3 => {
                let lines = signed.join("\n");
                parsed(format!("*** Begin Patch\n*** Update File: a.js\n@@\n{lines}\n*** End Patch\n"))
            }
            4 => {
                let (start, lines) = (random.usize(1..999), signed.join("\n"));
                parsed(format!("```\n--- a/a.js\n+++ b/a.js\n@@ -{start},9 +{start},9 @@\n{lines}\n```\n"))
            }
            _ => {
                let lines = signed.into_iter().map(String::into_bytes).collect();
                vec![Edit::Hunk(Hunk { lines, first: true, ..Hunk::default() })]
            }
        }
    }
}

fn weight(lines: &[String]) -> usize {
    lines.concat().chars().filter(|character| character.is_alphanumeric()).count()
}

fn width(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A line indented as another one, and nowhere else.
fn invented(line: &str, random: &mut Rng) -> String {
    format!("{}invented_{}(value);", &line[..width(line)], random.u32(..))
}

fn change_word(line: &str) -> String {
    let start = line.find(|character: char| character.is_ascii_alphabetic());
    // A line without words is another line, so that it is not there word for word and something else besides.
    start.map_or_else(|| "other".to_owned(), |start| format!("{}other{}", &line[..start], &line[start..]))
}

/// The edit's old lines that are of a kind and not the first or the last, by their lines in the file.
fn one_of(case: &Case, random: &mut Rng, is: fn(&Line) -> bool) -> Option<usize> {
    let old: Vec<&Line> = case.lines.iter().filter(|line| line.is_old()).collect();
    let found: Vec<usize> = (1..old.len() - 1).filter(|&index| is(old[index])).collect();
    random.choice(found).map(|index| case.at + index)
}

fn inner_kept(case: &Case, random: &mut Rng) -> Option<usize> {
    one_of(case, random, |line| matches!(line, Line::Kept(text) if text.trim().len() > 3))
}

fn lost(case: &Case, random: &mut Rng) -> Option<usize> {
    one_of(case, random, |line| matches!(line, Line::Lost(_)))
}

/// The index in the edit of one of the lines it keeps.
fn kept(case: &Case, random: &mut Rng) -> usize {
    let found: Vec<usize> =
        (0..case.lines.len()).filter(|&index| matches!(case.lines[index], Line::Kept(_))).collect();
    random.choice(found).expect("kept lines")
}

/// Puts lines into the file where the edit is not.
fn insert_elsewhere(case: &mut Case, random: &mut Rng, lines: Vec<String>) {
    let before = random.bool();
    let at = if before { random.usize(..=case.at) } else { random.usize(case.end()..=case.file.len()) };
    let count = lines.len();
    case.file.splice(at..at, lines);
    if before {
        case.at += count;
    }
}

fn reindent_edit(case: &mut Case, change: impl Fn(&str) -> String) {
    for line in &mut case.lines {
        if !line.text().trim().is_empty() {
            *line.text_mut() = change(line.text());
        }
    }
}

/// What is done to a case. It says what has to come out, or none where nothing may be applied.
type Disturb = fn(&mut Case, &mut Rng) -> Option<Vec<String>>;

const BENIGN: [(&str, Disturb); 12] = [
    ("nothing", |case, _| Some(case.expected())),
    ("blanks at the ends of the file's lines", |case, random| {
        for line in &mut case.file {
            line.push_str(["", "", " ", "\t", "  "][random.usize(..5)]);
        }
        Some(case.expected())
    }),
    ("blanks at the ends of the edit's old lines", |case, random| {
        let expected = case.expected();
        for line in &mut case.lines {
            if line.is_old() {
                line.text_mut().push_str(["", " ", "\t"][random.usize(..3)]);
            }
        }
        Some(expected)
    }),
    ("an edit without the common indentation", |case, _| {
        let expected = case.expected();
        let lines = case.lines.iter().filter(|line| !line.text().trim().is_empty());
        let common = lines.map(|line| width(line.text())).min().unwrap_or(0);
        reindent_edit(case, |text| text[common..].to_owned());
        Some(expected)
    }),
    ("an edit with more indentation", |case, random| {
        let expected = case.expected();
        let more = ["  ", "    ", "\t"][random.usize(..3)];
        reindent_edit(case, |text| format!("{more}{text}"));
        Some(expected)
    }),
    ("an edit with tabs for spaces", |case, _| {
        let expected = case.expected();
        let two = case.file.iter().any(|line| line.starts_with("  ") && !line.starts_with("   "));
        let unit = if two { 2 } else { 4 };
        if case.lines.iter().all(|line| width(line.text()).is_multiple_of(unit)) {
            reindent_edit(case, |text| format!("{}{}", "\t".repeat(width(text) / unit), text.trim_start()));
        }
        Some(expected)
    }),
    ("typographic punctuation in the file", |case, _| {
        let end = case.end();
        for line in &mut case.file[case.at..end] {
            let other =
                line.replace('\'', "\u{2019}").replace('"', "\u{201d}").replace(" - ", "\u{a0}\u{2013} ");
            *line = other;
        }
        Some(case.expected())
    }),
    ("lines put in elsewhere", |case, random| {
        for _ in 0..random.usize(1..40) {
            let line = invented("    x", random);
            insert_elsewhere(case, random, vec![line]);
        }
        Some(case.expected())
    }),
    ("more blanks in a kept line", |case, random| {
        if let Some(line) = inner_kept(case, random) {
            case.file[line] = case.file[line].replacen(", ", ",  ", 1).replacen(" = ", "  =  ", 1);
        }
        Some(case.expected())
    }),
    ("blanks inside the parentheses of a kept line", |case, random| {
        if let Some(line) = inner_kept(case, random) {
            case.file[line] = case.file[line].replacen('(', "( ", 1).replacen(')', " )", 1);
        }
        Some(case.expected())
    }),
    ("other quotes in a kept line", |case, random| {
        if let Some(line) = inner_kept(case, random) {
            case.file[line] = case.file[line].replace('\'', "\"");
        }
        Some(case.expected())
    }),
    ("a blank line between kept lines", |case, random| {
        let gaps: Vec<usize> = (1..case.lines.len())
            .filter(|&index| {
                let kept = |line: &Line| matches!(line, Line::Kept(text) if !text.trim().is_empty());
                kept(&case.lines[index - 1]) && kept(&case.lines[index])
            })
            .collect();
        let mut expected = case.expected();
        if let Some(gap) = random.choice(gaps) {
            let old = case.lines[..gap].iter().filter(|line| line.is_old()).count();
            let new = case.lines[..gap].iter().filter(|line| line.is_new()).count();
            expected.insert(case.at + new, String::new());
            case.file.insert(case.at + old, String::new());
        }
        Some(expected)
    }),
];

/// Where nothing but the right place or a refusal will do.
const HAZARDS: [(&str, Disturb); 15] = [
    ("another word in a kept line", |case, random| {
        let index = kept(case, random);
        let line = case.at + case.lines[..index].iter().filter(|line| line.is_old()).count();
        case.file[line] = change_word(&case.file[line]);
        Some(case.expected())
    }),
    ("a kept line that the edit leaves out", |case, random| {
        let expected = case.expected();
        let index = kept(case, random);
        case.lines.remove(index);
        Some(expected)
    }),
    ("a line that the edit has and the file has not", |case, random| {
        let expected = case.expected();
        let index = random.usize(1..case.lines.len());
        case.lines.insert(index, Line::Kept(invented("", random)));
        Some(expected)
    }),
    ("a kept line that is twice in the file", |case, random| {
        let index = kept(case, random);
        let old = case.lines[..index].iter().filter(|line| line.is_old()).count();
        let new = case.lines[..index].iter().filter(|line| line.is_new()).count();
        let line = case.file[case.at + old].clone();
        let mut expected = case.expected();
        expected.insert(case.at + new, line.clone());
        case.file.insert(case.at + old, line);
        Some(expected)
    }),
    ("the block twice", |case, random| {
        let block = case.old();
        insert_elsewhere(case, random, block);
        None
    }),
    ("the block twice, with other blanks at the ends of lines", |case, random| {
        let block = case.old().iter().map(|line| format!("{line} ")).collect();
        let end = case.end();
        for line in &mut case.file[case.at..end] {
            line.push('\t');
        }
        insert_elsewhere(case, random, block);
        None
    }),
    ("the block twice, indented in two ways, and the edit in a third", |case, random| {
        let block = case.old().iter().map(|line| format!("  {line}")).collect();
        insert_elsewhere(case, random, block);
        reindent_edit(case, |text| format!("    {text}"));
        None
    }),
    ("another word in a lost line", |case, random| {
        let Some(line) = lost(case, random) else { return Some(case.expected()) };
        case.file[line] = change_word(&case.file[line]);
        None
    }),
    ("a lost line that is gone", |case, random| {
        let Some(line) = lost(case, random) else { return Some(case.expected()) };
        case.file.remove(line);
        None
    }),
    ("a block that is gone", |case, _| {
        case.file.drain(case.at..case.end());
        None
    }),
    ("a block that is gone, and one like it with another word in each line", |case, random| {
        let near = case.old().iter().map(|line| change_word(line)).collect::<Vec<_>>();
        case.file.drain(case.at..case.end());
        let at = random.usize(..=case.file.len());
        case.file.splice(at..at, near);
        None
    }),
    ("a block that is gone, and one like it with another word in one line", |case, random| {
        let mut near = case.old();
        let index = random.usize(..near.len());
        near[index] = change_word(&near[index]);
        case.file.drain(case.at..case.end());
        let at = random.usize(..=case.file.len());
        case.file.splice(at..at, near);
        None
    }),
    ("another word in a lost line, and the block as it was elsewhere, indented", |case, random| {
        let Some(line) = lost(case, random) else { return Some(case.expected()) };
        let block = case.old().iter().map(|line| format!("    {line}")).collect();
        case.file[line] = change_word(&case.file[line]);
        insert_elsewhere(case, random, block);
        None
    }),
    (
        "another word in a lost line, and the block as it was elsewhere, with other punctuation",
        |case, random| {
            let Some(line) = lost(case, random) else { return Some(case.expected()) };
            let other = |line: &String| line.replace(['\'', '"'], "\u{2019}").replace('-', "\u{2013}");
            let block: Vec<String> = case.old().iter().map(other).collect();
            // Otherwise it is there word for word.
            if block == case.old() {
                return Some(case.expected());
            }
            case.file[line] = change_word(&case.file[line]);
            insert_elsewhere(case, random, block);
            None
        },
    ),
    ("an edit that is applied already", |case, _| {
        case.file = case.expected();
        None
    }),
];

#[derive(Default)]
struct Counts {
    right: usize,
    refused: usize,
    wrong: usize,
    outcomes: BTreeMap<&'static str, usize>,
    shown: Vec<String>,
}

/// Applies the case's edit to its file with line ends of a random kind, and says whether the result is right.
fn judge(case: &Case, expected: Option<&Vec<String>>, random: &mut Rng, counts: &mut Counts) {
    let ending = ["\n", "\n", "\r\n", "\r"][random.usize(..4)];
    let start = ["", "", "", "\u{feff}"][random.usize(..4)];
    let end = ["", ending][random.usize(..2)];
    let text = |lines: &[String]| format!("{start}{}{end}", lines.join(ending)).into_bytes();
    let edits = case.edits(random);
    let Outcome { text: result, edits: reports } = apply(&text(&case.file), &edits, &Options::default());
    let report = &reports[0];
    let Some(result) = result else {
        counts.refused += 1;
        *counts.outcomes.entry(report.reason.expect("a reason").name()).or_default() += 1;
        return;
    };
    // Which of two lines goes that are equal but for blanks cannot be told from a text before and one after.
    let without_blanks = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).replace(ending, "\n");
        text.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    let wanted = expected.map(|lines| text(lines));
    if wanted.is_some_and(|wanted| result == wanted || without_blanks(&result) == without_blanks(&wanted)) {
        counts.right += 1;
        *counts.outcomes.entry(report.matched_with.expect("a grade").name()).or_default() += 1;
        return;
    }
    counts.wrong += 1;
    if counts.wrong > 2 {
        return;
    }
    counts.shown.push(format!("wrong: {report:?}\n{edits:?}"));
    let result = String::from_utf8_lossy(&result).replace(ending, "\n");
    let expected = expected.map_or("(nothing)".to_owned(), |lines| lines.join("\n"));
    for (name, text) in [("file", case.file.join("\n")), ("expected", expected), ("result", result)] {
        let lines: Vec<&str> = text.lines().collect();
        let from = case.at.saturating_sub(4).min(lines.len());
        counts.shown.push(format!("--- {name}\n{}", lines[from..lines.len().min(from + 20)].join("\n")));
    }
}

#[test]
fn no_disturbed_edit_lands_in_the_wrong_place() {
    let seed = from_environment("TENON_FUZZ_SEED").unwrap_or(4);
    let runs = from_environment("TENON_FUZZ_RUNS").unwrap_or(300);
    println!("TENON_FUZZ_SEED={seed} TENON_FUZZ_RUNS={runs}");
    let files = source_files();
    assert!(files.len() > 20);
    let mut random = Rng::with_seed(seed);
    let mut wrong = 0;
    let (mut applied, mut tried) = (0, 0);
    println!("right refused wrong");
    for (index, (name, disturb)) in BENIGN.iter().chain(&HAZARDS).enumerate() {
        let mut counts = Counts::default();
        for _ in 0..runs {
            let (case, expected) = loop {
                let mut case = Case::generate(&files, &mut random);
                let expected = disturb(&mut case, &mut random);
                if !case.is_elsewhere() {
                    break (case, expected);
                }
            };
            judge(&case, expected.as_ref(), &mut random, &mut counts);
        }
        println!("{:5} {:7} {:5}  {name} {:?}", counts.right, counts.refused, counts.wrong, counts.outcomes);
        for line in counts.shown {
            println!("{line}");
        }
        wrong += counts.wrong;
        if index < BENIGN.len() {
            applied += counts.right;
            tried += runs;
        }
    }
    println!("{applied} of {tried} benign edits are applied");
    assert_eq!(wrong, 0);
    assert!(applied as u64 * 100 >= tried * 90);
}

#[test]
fn anything_is_read_or_refused_with_a_line() {
    let seed = from_environment("TENON_FUZZ_SEED").unwrap_or(5);
    let runs = from_environment("TENON_FUZZ_RUNS").map_or(20_000, |runs| runs * 100);
    println!("TENON_FUZZ_SEED={seed} TENON_FUZZ_RUNS={}", runs / 100);
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/diff/edits.json")).expect("JSON");
    let texts: Vec<Vec<u8>> =
        table["parse"].as_array().expect("a list").iter().map(|case| bytes(&case["text"])).collect();
    let mut random = Rng::with_seed(seed);
    for _ in 0..runs {
        let mut text = random.choice(&texts).expect("texts").clone();
        for _ in 0..random.usize(..4) {
            let other = random.choice(&texts).expect("texts");
            let (from, at) = (random.usize(..=other.len()), random.usize(..=text.len()));
            let part = other[from..random.usize(from..=other.len().min(from + 60))].to_vec();
            let end = random.usize(at..=text.len().min(at + 30));
            match random.u8(..5) {
                0 => drop(text.splice(at..end, part)),
                1 => drop(text.drain(at..end)),
                2 => text.insert(at, random.u8(..)),
                3 => text.truncate(at),
                _ => drop(text.splice(at..at, b"\n".iter().copied().chain(part))),
            }
        }
        let lines = text.split(|&byte| byte == b'\n').count();
        match parse(&text) {
            Err(tenon_diff::Error::Invalid { line, .. }) => assert!((1..=lines).contains(&line), "{text:?}"),
            Err(error) => assert_eq!(error.to_string(), "", "{text:?}"),
            Ok(edits) => {
                for file in &edits.files {
                    assert!(!file.edits.is_empty() || !matches!(file.operation.name(), "update" | "create"));
                    // Whatever it is, it can be applied to anything.
                    let edits: Vec<Edit> = file.edits.iter().map(|edit| edit.edit.clone()).collect();
                    let outcome = apply(&text, &edits, &Options { partial: true, ..Options::default() });
                    assert_eq!(outcome.edits.len(), edits.len());
                }
            }
        }
    }
}

#[test]
fn hostile_texts_take_bounded_work() {
    let mega = 1 << 20;
    let equal = "a\n".repeat(mega / 2).into_bytes();
    let texts = |old: &[u8], new: &[u8], all, whole_lines| {
        Edit::Texts(Texts { old_text: old.to_vec(), new_text: new.to_vec(), all, whole_lines })
    };
    let half = &equal[..mega / 2];
    let indented = "  a\n".repeat(mega / 8).into_bytes();
    let word = vec![b'a'; mega];
    let late = [&word[..mega / 2], b"b"].concat();
    let early = [b"b", &word[..mega / 2]].concat();
    let signed: Vec<Vec<u8>> = (0..mega / 4).map(|_| b" a".to_vec()).chain([b"+b".to_vec()]).collect();
    let anchors = vec![b"a".to_vec(); 30];
    let hunk = |lines: &[Vec<u8>]| {
        Edit::Hunk(Hunk { lines: lines.to_vec(), anchors: anchors.clone(), ..Hunk::default() })
    };
    let cases = [
        (&equal, texts(half, b"b\n", false, false)),
        (&equal, texts(half, b"b\n", true, true)),
        (&equal, texts(&indented, b"b\n", false, true)),
        (&equal, texts(&indented, b"b\n", true, true)),
        (&equal, texts(b"a", b"b", true, false)),
        (&equal, texts(&equal, half, false, true)),
        (&equal, texts(&indented, &equal, false, true)),
        (&word, texts(&word[..mega / 2], b"b", false, false)),
        (&word, texts(&late, b"b", false, false)),
        (&word, texts(&early, b"b", false, false)),
        (&word, texts(b"a", b"bb", true, false)),
        (&equal, hunk(&signed)),
        (&indented, hunk(&signed)),
    ];
    for (source, edit) in cases {
        let outcome = apply(source, &[edit], &Options { partial: true, ..Options::default() });
        assert_eq!(outcome.edits.len(), 1);
    }
    let openings = "<<<<<<< SEARCH\n=======\n".repeat(mega / 24);
    let hunks = "*** Begin Patch\n*** Update File: a\n".to_owned() + &"@@ x\n-a\n".repeat(mega / 8);
    for text in [
        openings,
        hunks,
        "`".repeat(mega),
        " ".repeat(mega) + "x",
        "@@\n".repeat(mega / 3),
        "\n".repeat(mega),
    ] {
        assert!(parse(text.as_bytes()).is_err());
    }
}
