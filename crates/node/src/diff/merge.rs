//! Merges, and the conflicts in merged texts.

use super::{json::Json, options, output};
use crate::{
    bytes::{Input, NewBytes, Numbers, Utf8},
    error,
};
use napi::{Env, bindgen_prelude::Either};
use napi_derive::napi;
use tenon_diff::{
    conflicts::{LineSpan, parse_conflicts},
    merge::{Favor, LineRange, MergeOptions, Style, merge},
};

/// A merged text.
#[napi(object, object_from_js = false)]
pub struct DiffMerge {
    /// Of the kind of the texts that were given.
    #[napi(ts_type = "string | Uint8Array")]
    pub text: Either<Utf8, NewBytes>,
    /// Whether no conflict is left.
    pub clean: bool,
    /// Whether the steps were used up.
    pub coarse: bool,
    /// Eight numbers a conflict: its first and its last line, and for ours, the base and theirs the first line and how
    /// many there are.
    #[napi(ts_type = "Uint32Array")]
    pub conflicts: Numbers,
}

/// Merges three texts. `labels` are three, with an LF between them. From bit 8 of the settings the style, from bit 12 the
/// side that is taken, from bit 16 the size of the markers.
#[napi(
    catch_unwind,
    ts_args_type = "base: string | Uint8Array, ours: string | Uint8Array, theirs: string | Uint8Array, labels: string | Uint8Array, settings: number, maxSteps: number"
)]
pub fn diff_merge(
    env: Env,
    base: Input,
    ours: Input,
    theirs: Input,
    labels: Input,
    settings: u32,
    max_steps: f64,
) -> napi::Result<DiffMerge> {
    let compare = options(settings, max_steps);
    let mut labels = labels.as_slice().split(|&byte| byte == b'\n');
    let options = MergeOptions {
        style: match settings >> 8 & 0xF {
            0 => Style::Merge,
            1 => Style::Diff3,
            2 => Style::Zdiff3,
            _ => Style::Union,
        },
        favor: match settings >> 12 & 0xF {
            0 => None,
            1 => Some(Favor::Ours),
            _ => Some(Favor::Theirs),
        },
        labels: [(); 3].map(|()| labels.next().unwrap_or_default()),
        marker_size: (settings >> 16) as usize,
        algorithm: compare.algorithm,
        max_steps: compare.max_steps,
    };
    let merged = merge(base.as_slice(), ours.as_slice(), theirs.as_slice(), &options);
    let lines = |LineRange { start_line, line_count }| [start_line, line_count];
    let conflicts = merged.conflicts.iter().flat_map(|conflict| {
        let own = [conflict.start_line, conflict.end_line];
        own.into_iter().chain([conflict.ours, conflict.base, conflict.theirs].into_iter().flat_map(lines))
    });
    let conflicts: Result<Vec<u32>, _> = conflicts.map(u32::try_from).collect();
    Ok(DiffMerge {
        text: output(&env, merged.text, base.is_string())?,
        clean: merged.clean,
        coarse: merged.coarse,
        conflicts: Numbers(conflicts.map_err(|_| error::internal("a text of more than 2^32 lines"))?),
    })
}

/// The conflicts in a text as JSON: an array of objects.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, markerSize: number",
    ts_return_type = "string"
)]
pub fn diff_parse_conflicts(text: Input, marker_size: u32) -> napi::Result<Utf8> {
    let conflicts = parse_conflicts(text.as_slice(), marker_size as usize).map_err(error::diff)?;
    Ok(Utf8(Json::of_array(&conflicts, |json, conflict| {
        json.object(|json| {
            lines(json, conflict.lines);
            for (name, side) in
                [("ours", Some(conflict.ours)), ("base", conflict.base), ("theirs", Some(conflict.theirs))]
            {
                if let Some(side) = side {
                    json.name(name).object(|json| lines(json, side.lines));
                }
            }
            json.name("labels").object(|json| {
                json.name("ours").text(conflict.ours.label);
                if let Some(base) = conflict.base {
                    json.name("base").text(base.label);
                }
                json.name("theirs").text(conflict.theirs.label);
            });
        });
    })))
}

fn lines(json: &mut Json, LineSpan { start_line, end_line }: LineSpan) {
    json.name("startLine").number(start_line);
    json.name("endLine").number(end_line);
}
