//! Patches that are read, applied and reversed.

use super::{json::Json, output};
use crate::{
    bytes::{Input, NewBytes, Utf8},
    error,
};
use napi::{Env, bindgen_prelude::Either};
use napi_derive::napi;
use std::borrow::Cow;
use tenon_diff::patch::{
    self, Applied, AppliedHunk, ApplyOptions, Direction, FilePatch, Hunk, LineEndings, one_file_patch,
    parse_patch,
};

/// What came of a patch.
#[napi(object, object_from_js = false)]
pub struct DiffApplied {
    /// Of the kind of the texts that were given; missing where a hunk has no place.
    #[napi(ts_type = "string | Uint8Array")]
    pub text: Option<Either<Utf8, NewBytes>>,
    /// The rest as JSON: an object.
    #[napi(ts_type = "string")]
    pub report: Utf8,
}

/// The patches of single files as JSON: an array of objects. `strip` is how many leading components names lose.
#[napi(catch_unwind, ts_args_type = "patch: string | Uint8Array, strip: number", ts_return_type = "string")]
pub fn diff_parse_patch(patch: Input, strip: u32) -> napi::Result<Utf8> {
    let files = parse_patch(patch.as_slice(), strip as usize).map_err(error::diff)?;
    Ok(Utf8(Json::of_array(&files, |json, file| json.object(|json| write_file(json, file)))))
}

/// The patch that takes another back.
#[napi(catch_unwind, ts_args_type = "patch: string | Uint8Array", ts_return_type = "string | Uint8Array")]
pub fn diff_reverse_patch(env: Env, patch: Input) -> napi::Result<Either<Utf8, NewBytes>> {
    let text = patch::reverse_patch(patch.as_slice()).map_err(error::diff)?;
    output(&env, text, patch.is_string())
}

/// Applies the patch of one file. A negative `maxOffset` is no limit. From bit 0 of the settings the direction, which is 1
/// for the other way and 2 where it is found out; in bit 2 whether what can be applied is, in bit 3 whether line endings
/// are compared as they are.
#[napi(
    catch_unwind,
    ts_args_type = "source: string | Uint8Array, patch: string | Uint8Array, fuzz: number, maxOffset: number, settings: number"
)]
pub fn diff_apply_patch(
    env: Env,
    source: Input,
    patch: Input,
    fuzz: u32,
    max_offset: f64,
    settings: u32,
) -> napi::Result<DiffApplied> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a larger one is as good as none"
    )]
    let max_offset = if max_offset < 0.0 { usize::MAX } else { max_offset as usize };
    let options = ApplyOptions {
        fuzz: fuzz as usize,
        max_offset,
        partial: settings & 4 != 0,
        direction: match settings & 3 {
            0 => Direction::Forward,
            1 => Direction::Reverse,
            _ => Direction::Auto,
        },
        line_endings: if settings & 8 == 0 { LineEndings::Auto } else { LineEndings::Exact },
    };
    let file = one_file_patch(patch.as_slice()).map_err(error::diff)?;
    let Applied { text, hunks, already_applied, reversed } =
        patch::apply_patch(source.as_slice(), &file, &options).map_err(error::diff)?;
    let report = Json::of_object(|json| {
        json.name("hunks").array(&hunks, |json, hunk| json.object(|json| write_applied(json, hunk)));
        json.name("alreadyApplied").boolean(already_applied);
        json.name("reversed").boolean(reversed);
    });
    let text = text.map(|text| output(&env, text, source.is_string())).transpose()?;
    Ok(DiffApplied { text, report: Utf8(report) })
}

fn write_file(json: &mut Json, file: &FilePatch<'_>) {
    for (property, name) in [("oldName", &file.old_name), ("newName", &file.new_name)] {
        match name {
            Some(name) => json.name(property).text(name),
            None => json.name(property).null(),
        }
    }
    json.name("operation").text(file.operation.as_str().as_bytes());
    for (property, value) in [
        ("oldMode", file.old_mode),
        ("newMode", file.new_mode),
        ("oldHash", file.old_hash),
        ("newHash", file.new_hash),
    ] {
        if let Some(value) = value {
            json.name(property).text(value);
        }
    }
    if let Some(percent) = file.similarity {
        json.name("similarity").number(usize::from(percent));
    }
    if let Some(prefixes) = &file.prefixes {
        json.name("prefixes").array(prefixes, |json, prefix| json.text(prefix));
    }
    if file.escaped {
        json.name("escaped").boolean(true);
    }
    json.name("binary").boolean(file.binary);
    if !file.binary_blocks.is_empty() {
        write_lines(json, "binaryBlocks", &file.binary_blocks);
    }
    json.name("line").number(file.line);
    json.name("hunks").array(&file.hunks, |json, hunk| json.object(|json| write_hunk(json, hunk)));
}

fn write_hunk(json: &mut Json, hunk: &Hunk<'_>) {
    json.name("oldStart").number(hunk.old_start);
    json.name("oldLines").number(hunk.old_lines);
    json.name("newStart").number(hunk.new_start);
    json.name("newLines").number(hunk.new_lines);
    if !hunk.heading.is_empty() {
        json.name("heading").text(hunk.heading);
    }
    write_lines(json, "lines", &hunk.lines);
}

fn write_lines(json: &mut Json, property: &'static str, lines: &[Cow<'_, [u8]>]) {
    json.name(property).array(lines, |json, line| json.text(line));
}

fn write_applied(json: &mut Json, hunk: &AppliedHunk) {
    json.name("applied").boolean(hunk.applied);
    json.name("line").number(hunk.line);
    json.name("offset").integer(hunk.offset);
    json.name("fuzz").number(hunk.fuzz);
    if let Some(reason) = hunk.reason {
        json.name("reason").text(reason.as_str().as_bytes());
    }
    if !hunk.closest.is_empty() {
        json.name("closest").array(&hunk.closest, |json, candidate| {
            json.object(|json| {
                json.name("startLine").number(candidate.start_line);
                json.name("endLine").number(candidate.end_line);
                json.name("score").float(candidate.score);
            });
        });
    }
    if !hunk.others.is_empty() {
        json.name("others").array(&hunk.others, |json, &line| json.number(line));
    }
}
