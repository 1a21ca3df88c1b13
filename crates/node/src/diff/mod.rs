//! `diff`: texts in, flat results out. Strings come and go as strings, bytes as bytes.

pub mod edits;
mod json;
pub mod merge;
pub mod patch;

use crate::{
    bytes::{Input, MAX_STRING_BYTES, NewBytes, Numbers, Utf8},
    error,
};
use napi::{
    Env,
    bindgen_prelude::{Either, Either3},
};
use napi_derive::napi;
use tenon_diff::{
    lines::{Options, Whitespace},
    pieces::{self, Unit, utf16_length},
    script::Algorithm,
    unified,
};

/// A text whose changes are larger than they could be. Others come without an object around them, which takes a quarter of
/// the time of a small call.
#[napi(object, object_from_js = false)]
pub struct CoarseText {
    /// Of the kind of the texts that were given.
    #[napi(ts_type = "string | Uint8Array")]
    pub text: Either<Utf8, NewBytes>,
}

/// The text as a string, or as bytes where bytes were given.
fn output(env: &Env, text: Vec<u8>, as_string: bool) -> napi::Result<Either<Utf8, NewBytes>> {
    if as_string {
        // Of UTF-8 there are at least as many bytes as code units.
        if text.len() > MAX_STRING_BYTES && utf16_length(&text) > MAX_STRING_BYTES {
            return Err(error::too_long("the lines of the result"));
        }
        let text = String::from_utf8(text).map_err(|_| error::internal("a string became no UTF-8"))?;
        return Ok(Either::A(Utf8(text)));
    }
    NewBytes::copy(env, &text).map(Either::B)
}

/// From bit 0 the algorithm, from bit 4 the white space; the numbers are those of `lib/diff`.
fn options(settings: u32, max_steps: f64) -> Options {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer below 2^53")]
    let max_steps = max_steps as u64;
    Options {
        algorithm: match settings & 0xF {
            0 => Algorithm::Histogram,
            1 => Algorithm::Myers,
            2 => Algorithm::Minimal,
            _ => Algorithm::Patience,
        },
        whitespace: match settings >> 4 & 0xF {
            0 => Whitespace::Exact,
            1 => Whitespace::IgnoreCarriageReturn,
            2 => Whitespace::IgnoreAtEnd,
            3 => Whitespace::IgnoreChange,
            _ => Whitespace::IgnoreAll,
        },
        max_steps,
    }
}

/// The unified patch from one text to another. `names` are two, with a NUL between them. Bit 8 of the settings asks for
/// headings.
#[napi(
    catch_unwind,
    ts_args_type = "before: string | Uint8Array, after: string | Uint8Array, names: string | Uint8Array, context: number, settings: number, maxSteps: number",
    ts_return_type = "string | Uint8Array | CoarseText"
)]
pub fn diff_create_patch(
    env: Env,
    before: Input,
    after: Input,
    names: Input,
    context: u32,
    settings: u32,
    max_steps: f64,
) -> napi::Result<Either3<Utf8, NewBytes, CoarseText>> {
    let mut names = names.as_slice().split(|&byte| byte == 0);
    let options = unified::PatchOptions {
        old_name: names.next().unwrap_or_default(),
        new_name: names.next().unwrap_or_default(),
        context: context as usize,
        heading: settings & 0x100 != 0,
        compare: options(settings, max_steps),
    };
    let patch = unified::create_patch(before.as_slice(), after.as_slice(), &options);
    let text = output(&env, patch.text, before.is_string())?;
    Ok(match text {
        text if patch.coarse => Either3::C(CoarseText { text }),
        Either::A(text) => Either3::A(text),
        Either::B(bytes) => Either3::B(bytes),
    })
}

/// The changes between two texts in pieces of a unit: 1 where they are coarse, else 0; the pieces of the new text; then
/// eight numbers a change: from which to which piece of the old text and of the new one, and the same in positions, which
/// are UTF-16 in strings.
#[napi(
    catch_unwind,
    ts_args_type = "before: string | Uint8Array, after: string | Uint8Array, unit: number, settings: number, maxSteps: number",
    ts_return_type = "Uint32Array"
)]
pub fn diff_changes(before: Input, after: Input, unit: u32, settings: u32, max_steps: f64) -> Numbers {
    let unit = match unit {
        0 => Unit::Lines,
        1 => Unit::Words,
        2 => Unit::Characters,
        _ => Unit::Sentences,
    };
    let diff = pieces::diff_pieces(before.as_slice(), after.as_slice(), unit, &options(settings, max_steps));
    Numbers(diff.table(before.is_string()))
}
