//! The table of patches that the JavaScript tests read too, what patches of any kind come to, and what hostile ones cost.
//!
//! `TENON_FUZZ_RUNS` sets the number of rounds and `TENON_FUZZ_SEED` repeats a run; both are printed on failure.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Map, Value, json};
use tenon_diff::patch::{
    Applied, ApplyOptions, Direction, FilePatch, LineEndings, Reason, apply_patch, format_patch,
    one_file_patch, parse_patch, reverse_patch,
};

/// Text as the table shows it: a byte that is no UTF-8 is U+DC00 + byte, which JSON reads and Rust's strings do not have.
const LONE: &str = "\\udcff";

fn table() -> Value {
    let text = include_str!("../../../__test__/fixtures/diff/patch.json");
    serde_json::from_str(&text.replace(LONE, "<invalid>")).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    value.as_str().expect("a string").as_bytes().to_vec()
}

fn shown(text: &[u8]) -> String {
    text.utf8_chunks().fold(String::new(), |shown, chunk| {
        shown + chunk.valid() + if chunk.invalid().is_empty() { "" } else { "<invalid>" }
    })
}

fn options_of(value: &Value) -> ApplyOptions {
    let number = |name: &str| value[name].as_u64().map(|number| usize::try_from(number).expect("small"));
    ApplyOptions {
        fuzz: number("fuzz").unwrap_or(0),
        max_offset: number("maxOffset").unwrap_or(usize::MAX),
        partial: value["partial"] == true,
        direction: match &value["reverse"] {
            Value::Bool(true) => Direction::Reverse,
            Value::String(_) => Direction::Auto,
            _ => Direction::Forward,
        },
        line_endings: if value["lineEndings"] == "exact" { LineEndings::Exact } else { LineEndings::Auto },
    }
}

fn applied(result: &Applied) -> Value {
    let hunks: Vec<Value> = result
        .hunks
        .iter()
        .map(|hunk| {
            let mut shown = json!({
                "applied": hunk.applied, "line": hunk.line, "offset": hunk.offset, "fuzz": hunk.fuzz
            });
            if let Some(reason) = hunk.reason {
                shown["reason"] = json!(reason.as_str());
            }
            if !hunk.closest.is_empty() {
                let candidates = hunk.closest.iter().map(|candidate| {
                    json!({ "startLine": candidate.start_line, "endLine": candidate.end_line, "score": candidate.score })
                });
                shown["closest"] = candidates.collect();
            }
            if !hunk.others.is_empty() {
                shown["others"] = json!(hunk.others);
            }
            shown
        })
        .collect();
    json!({
        "text": result.text.as_deref().map(shown), "hunks": hunks,
        "alreadyApplied": result.already_applied, "reversed": result.reversed
    })
}

fn described(file: &FilePatch<'_>) -> Value {
    let name = |name: &Option<Cow<'_, [u8]>>| json!(name.as_ref().map(|name| shown(name)));
    let mut object = Map::new();
    object.insert("oldName".into(), name(&file.old_name));
    object.insert("newName".into(), name(&file.new_name));
    object.insert("operation".into(), json!(file.operation.as_str()));
    let values = [
        ("oldMode", file.old_mode),
        ("newMode", file.new_mode),
        ("oldHash", file.old_hash),
        ("newHash", file.new_hash),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            object.insert(name.into(), json!(shown(value)));
        }
    }
    if let Some(percent) = file.similarity {
        object.insert("similarity".into(), json!(percent));
    }
    if let Some(prefixes) = &file.prefixes {
        object.insert("prefixes".into(), prefixes.iter().map(|prefix| shown(prefix)).collect());
    }
    if file.escaped {
        object.insert("escaped".into(), json!(true));
    }
    object.insert("binary".into(), json!(file.binary));
    let lines = |lines: &[Cow<'_, [u8]>]| lines.iter().map(|line| shown(line)).collect::<Vec<_>>();
    if !file.binary_blocks.is_empty() {
        object.insert("binaryBlocks".into(), json!(lines(&file.binary_blocks)));
    }
    object.insert("line".into(), json!(file.line));
    let hunks = file.hunks.iter().map(|hunk| {
        let mut shown_hunk = json!({
            "oldStart": hunk.old_start, "oldLines": hunk.old_lines,
            "newStart": hunk.new_start, "newLines": hunk.new_lines, "lines": lines(&hunk.lines)
        });
        if !hunk.heading.is_empty() {
            shown_hunk["heading"] = json!(shown(hunk.heading));
        }
        shown_hunk
    });
    object.insert("hunks".into(), hunks.collect());
    Value::Object(object)
}

fn failed(error: &tenon_diff::Error) -> Value {
    json!({ "error": error.to_string() })
}

#[test]
fn every_row_of_the_table_holds() {
    let table = table();
    let rows = |name: &str| table[name].as_array().expect("a list").clone();
    assert!(rows("apply").len() >= 65 && rows("parse").len() >= 60);
    for row in rows("apply") {
        let (source, patch) = (bytes(&row["source"]), bytes(&row["patch"]));
        let result = one_file_patch(&patch)
            .and_then(|file| apply_patch(&source, &file, &options_of(&row["options"])))
            .map_or_else(|error| failed(&error), |result| applied(&result));
        assert_eq!(result, row["result"], "{}", row["name"]);
    }
    for row in rows("parse") {
        let text = bytes(&row["text"]);
        let strip = usize::try_from(row["strip"].as_u64().expect("a number")).expect("small");
        let files = parse_patch(&text, strip)
            .map_or_else(|error| failed(&error), |files| files.iter().map(described).collect());
        assert_eq!(files, row["files"], "{}", row["name"]);
        let reversed = reverse_patch(&text).map_or_else(|error| failed(&error), |text| json!(shown(&text)));
        assert_eq!(reversed, row["reversed"], "{}", row["name"]);
    }
}

/// What holds for any bytes as a patch and any bytes as a source.
fn check(patch: &[u8], source: &[u8]) {
    for strip in 0..2 {
        let Ok(files) = parse_patch(patch, strip) else { continue };
        let text = format_patch(&files);
        let again = parse_patch(&text, 0);
        assert!(again.is_ok(), "{again:?}\n{}", shown(&text));
        let mut again = again.expect("as asserted");
        for (again, file) in again.iter_mut().zip(&files) {
            again.line = file.line;
            // An empty name is one that a header lacks or strips bare, and what a name needs is not written twice.
            assert_eq!(again.hunks, file.hunks, "{}", shown(&text));
            assert_eq!((again.operation, again.binary), (file.operation, file.binary), "{}", shown(&text));
        }
        if let Ok(reversed) = reverse_patch(patch) {
            assert!(reverse_patch(&reversed).is_ok(), "{}", shown(&reversed));
        }
        for file in &files {
            for (direction, partial, fuzz) in
                [(Direction::Forward, false, 0), (Direction::Reverse, true, 2), (Direction::Auto, true, 9)]
            {
                let options = ApplyOptions { fuzz, partial, direction, ..ApplyOptions::default() };
                let Ok(applied) = apply_patch(source, file, &options) else { continue };
                assert_eq!(applied.hunks.len(), file.hunks.len());
                assert!(applied.text.is_some() || !partial);
                if let (Some(text), Direction::Forward, false) =
                    (&applied.text, direction, applied.already_applied)
                {
                    let back = ApplyOptions { direction: Direction::Reverse, ..options };
                    let back = apply_patch(text, file, &back).expect("it is text");
                    let exact = |applied: &Applied| {
                        applied.hunks.iter().all(|hunk| hunk.offset == 0 && hunk.fuzz == 0)
                    };
                    let apart = file.hunks.windows(2).all(|pair| {
                        pair[0].old_start + pair[0].old_lines <= pair[1].old_start
                            && pair[0].new_start + pair[0].new_lines <= pair[1].new_start
                    });
                    if apart
                        && exact(&applied)
                        && exact(&back)
                        && back.text.is_some()
                        && !back.already_applied
                    {
                        assert_eq!(back.text.as_deref().map(shown), Some(shown(source)), "{}", shown(patch));
                    }
                }
            }
        }
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    let rounds = std::env::var("TENON_FUZZ_RUNS").map_or(3000, |runs| runs.parse::<u64>().expect("a number"));
    let seed = std::env::var("TENON_FUZZ_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse::<u64>().expect("a number"));
    println!("TENON_FUZZ_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let table = table();
    let rows: Vec<(Vec<u8>, Vec<u8>)> = table["apply"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| (bytes(&row["patch"]), bytes(&row["source"])))
        .chain(
            table["parse"].as_array().into_iter().flatten().map(|row| (bytes(&row["text"]), b"a\n".to_vec())),
        )
        .collect();
    for (patch, source) in &rows {
        check(patch, source);
    }
    for _ in 0..rounds {
        let (mut patch, source) = rows[random.usize(..rows.len())].clone();
        let (other, other_source) = &rows[random.usize(..rows.len())];
        for _ in 0..random.usize(1..5) {
            let at = random.usize(..=patch.len());
            let end = patch.len().min(at + random.usize(..20));
            match random.u8(..5) {
                0 => drop(patch.drain(at..end)),
                1 => patch.insert(at, *b"\n-+ \\@\r\"9\xFF\0"[random.usize(..11)..].first().expect("one")),
                2 => drop(patch.splice(at..end, other.iter().copied().take(random.usize(..200)))),
                3 if at < patch.len() => patch[at] = random.u8(..),
                _ => patch.truncate(at),
            }
        }
        check(&patch, &source);
        check(&patch, other_source);
    }
    for _ in 0..rounds / 10 {
        let some: Vec<u8> = (0..random.usize(..80)).map(|_| random.u8(..)).collect();
        check(&some, &some);
    }
}

fn patch_of(count: usize, lines: impl Fn(usize) -> Vec<String>) -> Vec<u8> {
    let mut text = String::from("--- a\n+++ b\n");
    for number in 0..count {
        let lines = lines(number);
        let count = |other: &str| lines.iter().filter(|line| !line.starts_with(other)).count();
        let at = 1 + number * 3;
        writeln!(text, "@@ -{at},{} +{at},{} @@", count("+"), count("-")).expect("a String takes everything");
        text += &lines.join("\n");
        text += "\n";
    }
    text.into_bytes()
}

#[test]
fn hostile_patches_cost_little() {
    let words = |text: &str| text.split('|').map(String::from).collect::<Vec<_>>();
    let alternating = |number: usize| {
        let mut lines = [" a", " b"].repeat(30).iter().map(|line| (*line).to_string()).collect::<Vec<_>>();
        lines.extend([format!("-{}", if number == 0 { "b" } else { "a" }), "+c".into()]);
        lines.extend(words(" a| b| b"));
        lines
    };
    let period = b"a\nb\n".repeat(20_000);
    let one = "x\n".repeat(40_000).into_bytes();
    let numbered = (0..40_000).fold(String::new(), |text, number| text + &format!("line {number}\n"));
    for (name, source, patch, fuzz) in [
        ("one line again and again", &one, patch_of(3000, |_| words(" x| x|-x|+y| x|-z")), 0),
        ("two lines in turn", &period, patch_of(2000, alternating), 0),
        ("two lines in turn, with fuzz", &period, patch_of(2000, alternating), 1000),
        (
            "lines that are nowhere",
            &numbered.into_bytes(),
            patch_of(3000, |number| words(&format!(" line {number}|-no {number}|+x| y"))),
            3,
        ),
    ] {
        let file = one_file_patch(&patch).expect("a patch");
        let options = ApplyOptions { fuzz, direction: Direction::Auto, ..ApplyOptions::default() };
        let applied = apply_patch(source, &file, &options).expect("it is text");
        let refused = applied.hunks.iter().filter(|hunk| hunk.reason.is_some()).count();
        println!("{name}: {refused} of {}", applied.hunks.len());
        assert!(applied.text.is_none() && refused > 0, "{name}");
    }
    // So many equal places are tried that the steps are used up.
    let source = [&b"a\n".repeat(30_000)[..], b"b\n"].concat();
    let mut lines = vec![" a".to_string(); 10_000];
    lines.extend(words("-b|+c| a| b"));
    let patch = patch_of(4, |_| lines.clone());
    let file = one_file_patch(&patch).expect("a patch");
    let options = ApplyOptions { fuzz: 10_000, ..ApplyOptions::default() };
    let applied = apply_patch(&source, &file, &options).expect("it is text");
    assert!(applied.hunks.iter().any(|hunk| hunk.reason == Some(Reason::Limit)), "{:?}", applied.hunks);
    // Numbers that a header claims are not believed.
    assert!(parse_patch(b"--- a\n+++ b\n@@ -1,2147483647 +1,2147483647 @@\n a\n", 0).is_err());
}
