#![allow(missing_docs, clippy::all, clippy::print_stdout)]
use serde_json::{Value, json};
use std::io::BufRead;
use tenon_diff::patch::*;
fn bytes(v: &Value) -> Vec<u8> {
    let h = v.as_str().unwrap();
    (0..h.len() / 2).map(|i| u8::from_str_radix(&h[2 * i..2 * i + 2], 16).unwrap()).collect()
}
fn hex(b: &[u8]) -> String {
    b.iter().map(|x| format!("{x:02x}")).collect()
}
fn err(e: tenon_diff::Error) -> Value {
    json!({"error": e.to_string()})
}
fn file(f: &FilePatch<'_>) -> Value {
    let n = |x: &Option<std::borrow::Cow<'_, [u8]>>| x.as_ref().map(|x| hex(x));
    let s = |x: Option<&[u8]>| x.map(|x| String::from_utf8_lossy(x).into_owned());
    json!({"oldName": n(&f.old_name), "newName": n(&f.new_name), "operation": f.operation.as_str(), "oldMode": s(f.old_mode), "newMode": s(f.new_mode),
     "similarity": f.similarity, "oldHash": s(f.old_hash), "newHash": s(f.new_hash), "prefixes": f.prefixes.as_ref().map(|p| [hex(&p[0]), hex(&p[1])]),
     "escaped": f.escaped, "binary": f.binary, "binaryBlocks": f.binary_blocks.iter().map(|b| hex(b)).collect::<Vec<_>>(), "line": f.line,
     "hunks": f.hunks.iter().map(|h| json!({"oldStart":h.old_start,"oldLines":h.old_lines,"newStart":h.new_start,"newLines":h.new_lines,"heading":hex(h.heading),"lines":h.lines.iter().map(|l| hex(l)).collect::<Vec<_>>()})).collect::<Vec<_>>() })
}
fn main() {
    for line in std::io::stdin().lock().lines() {
        let v: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let patch = bytes(&v["patch"]);
        let parsed = match parse_patch(&patch, v["strip"].as_u64().unwrap() as usize) {
            Ok(f) => json!(f.iter().map(file).collect::<Vec<_>>()),
            Err(e) => err(e),
        };
        let reversed = match reverse_patch(&patch) {
            Ok(t) => json!(hex(&t)),
            Err(e) => err(e),
        };
        let mut applied = vec![];
        if let Some(source) = v.get("source") {
            let source = bytes(source);
            let o = &v["options"];
            let options = ApplyOptions {
                fuzz: o["fuzz"].as_u64().unwrap() as usize,
                max_offset: o["maxOffset"].as_u64().map_or(usize::MAX, |x| x as usize),
                partial: o["partial"] == true,
                direction: if o["reverse"] == true {
                    Direction::Reverse
                } else if o["reverse"] == "auto" {
                    Direction::Auto
                } else {
                    Direction::Forward
                },
                line_endings: if o["lineEndings"] == "auto" { LineEndings::Auto } else { LineEndings::Exact },
            };
            let one = one_file_patch(&patch).and_then(|f| apply_patch(&source, &f, &options));
            applied.push(match one { Err(e) => err(e), Ok(a) => json!({"text": a.text.map(|t| hex(&t)), "alreadyApplied": a.already_applied, "reversed": a.reversed,
              "hunks": a.hunks.iter().map(|h| json!({"applied":h.applied,"line":h.line,"offset":h.offset,"fuzz":h.fuzz,"reason":h.reason.map(|r| r.as_str()),"others":h.others,"closest":h.closest.iter().map(|c| json!([c.start_line,c.end_line,c.score])).collect::<Vec<_>>()})).collect::<Vec<_>>()}) });
        }
        println!("{}", json!({"parsed": parsed, "reversed": reversed, "applied": applied}));
    }
}
