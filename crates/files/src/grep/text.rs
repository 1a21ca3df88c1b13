//! The content of a file as text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::memchr;

/// The text of a file: UTF-8, mostly.
pub(crate) struct Text<'a> {
    pub(crate) bytes: &'a [u8],
    /// How many bytes of the file are in front of `bytes`.
    pub(crate) skipped_bytes: usize,
    /// Whether it is valid UTF-8.
    pub(crate) valid: bool,
    /// Whether the file is not what its encoding asks for: some of it became U+FFFD, or is shown so.
    pub(crate) ill_formed: bool,
}

/// What a file's bytes are.
pub(crate) enum Content<'a> {
    Text(Text<'a>),
    /// There is a NUL in it.
    Binary,
}

/// What is looked for in a content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checks {
    /// A NUL, and what is not UTF-8.
    All,
    /// What is not UTF-8.
    Utf8,
    /// It has been looked at.
    None,
}

/// Reads `content` in the encoding its byte order mark names, else in the one given; UTF-8 without either. `room` takes
/// what has to be decoded.
pub(crate) fn decode<'a>(
    content: &'a [u8],
    encoding: Option<&'static Encoding>,
    checks: Checks,
    room: &'a mut String,
) -> Content<'a> {
    let (encoding, mark_bytes) = Encoding::for_bom(content).unwrap_or((encoding.unwrap_or(UTF_8), 0));
    let rest = &content[mark_bytes..];
    let text = if encoding == UTF_8 {
        Text { bytes: rest, skipped_bytes: mark_bytes, valid: true, ill_formed: false }
    } else {
        let ill_formed = decode_into(rest, encoding, room);
        Text { bytes: room.as_bytes(), skipped_bytes: 0, valid: true, ill_formed }
    };
    if checks == Checks::All && memchr(0, text.bytes).is_some() {
        return Content::Binary;
    }
    let valid = checks == Checks::None || encoding != UTF_8 || simdutf8::basic::from_utf8(text.bytes).is_ok();
    Content::Text(Text { valid, ill_formed: text.ill_formed || !valid, ..text })
}

/// Gives whether something had to be replaced.
fn decode_into(bytes: &[u8], encoding: &'static Encoding, room: &mut String) -> bool {
    room.clear();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len());
    room.reserve(most.min(bytes.len().saturating_mul(3) + 16));
    let (mut at, mut replaced) = (0, false);
    loop {
        let (result, read, had_errors) = decoder.decode_to_string(&bytes[at..], room, true);
        at += read;
        replaced |= had_errors;
        match result {
            encoding_rs::CoderResult::InputEmpty => return replaced,
            encoding_rs::CoderResult::OutputFull => room.reserve(bytes.len() - at + 64),
        }
    }
}

/// Whether the encoding named by a label is one that both of Tenon's engines decode alike.
pub(crate) fn encoding_named(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.as_bytes())?;
    let known =
        encoding == UTF_8 || encoding == UTF_16LE || encoding == UTF_16BE || encoding.is_ascii_compatible();
    (known || encoding == encoding_rs::ISO_2022_JP).then_some(encoding)
}
