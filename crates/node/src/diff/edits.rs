//! The edits that models write, and how alike texts are.

use super::{json::Json, output};
use crate::{
    bytes::{Input, NewBytes, Text, Utf8},
    error,
};
use napi::{
    Env,
    bindgen_prelude::{Array, Either},
};
use napi_derive::napi;
use tenon_diff::edits::{Edit, Hunk, Near, Options, Report, Texts, apply, parse};

/// What is in the number of an edit; the same as in `lib/diff/edits/requests.js`.
const HUNK: u32 = 1;
const ALL: u32 = 2;
const WHOLE_LINES: u32 = 4;
const AT_END: u32 = 8;
const FIRST: u32 = 16;
const ANCHORS: u32 = 32;

/// A text with its edits.
#[napi(object, object_from_js = false)]
pub struct DiffEdited {
    /// Of the kind of the texts that were given; none where an edit is refused.
    #[napi(ts_type = "string | Uint8Array | undefined")]
    pub text: Option<Either<Utf8, NewBytes>>,
    /// JSON: an array of reports, one for each edit.
    #[napi(ts_type = "string")]
    pub edits: Utf8,
}

/// Applies edits to a text. There are two texts for each edit: the old and the new one, or the lines and the anchors of a
/// hunk, each with LF between them. A negative `fuzzy` turns that grade off.
#[napi(
    catch_unwind,
    ts_args_type = "source: string | Uint8Array, texts: Array<string | Uint8Array>, kinds: Array<number>, fuzzy: number, partial: boolean"
)]
pub fn diff_apply_edits(
    env: Env,
    source: Input,
    texts: Array<'_>,
    kinds: Vec<u32>,
    fuzzy: f64,
    partial: bool,
) -> napi::Result<DiffEdited> {
    let text = |index: u32| {
        let missing = || error::internal("an edit has two texts");
        texts.get::<Text>(index)?.map(|text| text.bytes().to_vec()).ok_or_else(missing)
    };
    let mut edits = Vec::with_capacity(kinds.len());
    for (kind, index) in kinds.into_iter().zip((0..).step_by(2)) {
        let (first, second) = (text(index)?, text(index + 1)?);
        let lines = |text: &[u8]| text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        edits.push(if kind & HUNK == 0 {
            let (all, whole_lines) = (kind & ALL != 0, kind & WHOLE_LINES != 0);
            Edit::Texts(Texts { old_text: first, new_text: second, all, whole_lines })
        } else {
            Edit::Hunk(Hunk {
                lines: lines(&first),
                anchors: if kind & ANCHORS == 0 { Vec::new() } else { lines(&second) },
                at_end: kind & AT_END != 0,
                first: kind & FIRST != 0,
                hint: None,
            })
        });
    }
    let options = Options { fuzzy: (fuzzy >= 0.0).then_some(fuzzy), partial };
    let outcome = apply(source.as_slice(), &edits, &options);
    Ok(DiffEdited {
        text: outcome.text.map(|text| output(&env, text, source.is_string())).transpose()?,
        edits: Utf8(Json::of_array(&outcome.edits, report)),
    })
}

fn report(json: &mut Json, report: &Report) {
    json.object(|json| {
        json.name("applied").boolean(report.applied);
        if let Some(grade) = report.matched_with {
            json.name("matchedWith").text(grade.name().as_bytes());
        }
        let numbers = [("line", report.line), ("endLine", report.end_line), ("count", report.count)];
        for (name, number) in numbers {
            if let Some(number) = number {
                json.name(name).number(number);
            }
        }
        if let Some(score) = report.score {
            json.name("score").float(score);
        }
        if let Some(reason) = report.reason {
            json.name("reason").text(reason.name().as_bytes());
        }
        if let Some(candidates) = &report.candidates {
            json.name("candidates").array(candidates, |json, &line| json.number(line));
        }
        if let Some(closest) = &report.closest {
            json.name("closest").array(closest, near);
        }
    });
}

fn near(json: &mut Json, near: &Near) {
    json.object(|json| {
        json.name("startLine").number(near.start_line);
        json.name("endLine").number(near.end_line);
        json.name("score").float(near.score);
        json.name("text").text(&near.text);
    });
}

/// The edits in a model's text as JSON: an object with the format and the files.
#[napi(catch_unwind, ts_args_type = "text: string | Uint8Array", ts_return_type = "string")]
pub fn diff_parse_edits(text: Input) -> napi::Result<Utf8> {
    let edits = parse(text.as_slice()).map_err(error::diff)?;
    Ok(Utf8(Json::of_object(|json| {
        json.name("format").text(edits.format.name().as_bytes());
        json.name("files").array(&edits.files, |json, file| {
            json.object(|json| {
                match &file.path {
                    Some(path) => json.name("path").text(path),
                    None => json.name("path").null(),
                }
                json.name("operation").text(file.operation.name().as_bytes());
                if let Some(path) = &file.new_path {
                    json.name("newPath").text(path);
                }
                json.name("edits").array(&file.edits, |json, edit| parsed(json, edit.line, &edit.edit));
                json.name("line").number(file.line);
            });
        });
    })))
}

fn parsed(json: &mut Json, line: usize, edit: &Edit) {
    json.object(|json| {
        json.name("line").number(line);
        match edit {
            Edit::Texts(texts) => {
                json.name("oldText").text(&texts.old_text);
                json.name("newText").text(&texts.new_text);
                json.name("wholeLines").boolean(texts.whole_lines);
            }
            Edit::Hunk(hunk) => {
                json.name("lines").array(&hunk.lines, |json, line| json.text(line));
                json.name("anchors").array(&hunk.anchors, |json, anchor| json.text(anchor));
                json.name("atEnd").boolean(hunk.at_end);
                json.name("first").boolean(hunk.first);
                if let Some(hint) = hunk.hint {
                    json.name("hint").number(usize::try_from(hint).unwrap_or(usize::MAX));
                }
            }
        }
    });
}

/// How alike two texts are, from 0 to 1.
#[napi(catch_unwind, ts_args_type = "a: string | Uint8Array, b: string | Uint8Array")]
pub fn diff_similarity(a: Input, b: Input) -> f64 {
    tenon_diff::similarity(a.as_slice(), b.as_slice())
}

/// The places most like another text: the first line, the last line and the score of each.
#[napi(
    catch_unwind,
    ts_args_type = "haystack: string | Uint8Array, needle: string | Uint8Array, limit: number, minScore: number"
)]
pub fn diff_closest(haystack: Input, needle: Input, limit: u32, min_score: f64) -> Vec<f64> {
    let found = tenon_diff::closest(haystack.as_slice(), needle.as_slice(), limit as usize, min_score);
    #[expect(clippy::cast_precision_loss, reason = "no text has 2^53 lines")]
    let numbers = found.iter().flat_map(|it| [it.start_line as f64, it.end_line as f64, it.score]);
    numbers.collect()
}
