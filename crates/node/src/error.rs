//! The one map from the crates' errors to the codes of `lib/errors.js`.

use crate::bytes::MAX_STRING_BYTES;
use serde_json::json;

/// Packs a code, a message and details into the one string a `napi::Error` carries on every path. The NUL in front
/// tells it from messages that are not ours; `fromNative` in `lib/errors.js` unpacks it.
fn pack(code: &str, message: &str, details: &serde_json::Value) -> napi::Error {
    let packed = json!({ "code": code, "message": message, "details": details });
    napi::Error::from_reason(format!("\0{packed}"))
}

/// An argument that passed the checks of the facade and is still wrong.
pub(crate) fn invalid_argument(message: &str) -> napi::Error {
    pack("ERR_INVALID_ARG", message, &json!({}))
}

/// A panic that was caught, or a state that cannot be.
pub(crate) fn internal(message: &str) -> napi::Error {
    pack("ERR_INTERNAL", &format!("the native engine failed: {message}"), &json!({}))
}

/// A result that no JavaScript string holds.
pub(crate) fn too_long(what: &str) -> napi::Error {
    pack("ERR_LIMIT", &format!("{what} are more than {MAX_STRING_BYTES} bytes"), &json!({}))
}

/// Work that its caller cancelled.
pub(crate) fn aborted() -> napi::Error {
    pack("ERR_ABORTED", "the operation was aborted", &json!({}))
}

pub(crate) fn tokens(error: tenon_tokens::Error) -> napi::Error {
    tokens_at(error, 0)
}

/// As `tokens`, with the place in the text that JavaScript gave.
pub(crate) fn tokens_at(error: tenon_tokens::Error, at: usize) -> napi::Error {
    let message = error.to_string();
    match error {
        tenon_tokens::Error::UnknownId { .. } => {
            pack("ERR_INVALID_ARG", &message, &json!({ "argument": "ids" }))
        }
        tenon_tokens::Error::TooLong { .. } => pack("ERR_LIMIT", &message, &json!({ "argument": "ids" })),
        tenon_tokens::Error::Unaligned => pack("ERR_UNSUPPORTED", &message, &json!({ "argument": "text" })),
        tenon_tokens::Error::Definition(fault) => definition(&fault),
        tenon_tokens::Error::TooFewTokens { most, .. } => {
            let message = format!("the character at {at} has more than {most} tokens");
            pack("ERR_LIMIT", &message, &json!({ "argument": "maxTokens" }))
        }
        _ => internal(&message),
    }
}

/// What is wrong with a vocabulary, or with what it was given.
pub(crate) fn definition(error: &tenon_tokens::DefinitionError) -> napi::Error {
    let code = match error.kind() {
        tenon_tokens::DefinitionErrorKind::Invalid => "ERR_INVALID_ARG",
        tenon_tokens::DefinitionErrorKind::Unsupported => "ERR_UNSUPPORTED",
        tenon_tokens::DefinitionErrorKind::Limit => "ERR_LIMIT",
        _ => return internal(&error.to_string()),
    };
    pack(code, &error.to_string(), &json!({ "argument": error.argument() }))
}

pub(crate) fn diff(error: tenon_diff::Error) -> napi::Error {
    let message = error.to_string();
    match error {
        tenon_diff::Error::Invalid { line, .. } => {
            pack("ERR_PATCH_INVALID", &message, &json!({ "line": line }))
        }
        _ => internal(&message),
    }
}

pub(crate) fn ignore(error: tenon_ignore::Error) -> napi::Error {
    let message = error.to_string();
    match error {
        tenon_ignore::Error::Io { path, source, .. } => {
            let details =
                json!({ "errno": tenon_ignore::errno_name(&source), "path": path.to_string_lossy() });
            pack("ERR_IO", &message, &details)
        }
        tenon_ignore::Error::Path => pack("ERR_INVALID_ARG", &message, &json!({ "argument": "path" })),
        tenon_ignore::Error::TooManyRules { .. } => pack("ERR_LIMIT", &message, &json!({})),
        _ => internal(&message),
    }
}

pub(crate) fn files(error: tenon_files::Error) -> napi::Error {
    let message = error.to_string();
    match error {
        tenon_files::Error::Io { path, source, .. } => {
            let details =
                json!({ "errno": tenon_files::errno_name(&source), "path": path.to_string_lossy() });
            pack("ERR_IO", &message, &details)
        }
        tenon_files::Error::Glob(error) => glob(&error),
        tenon_files::Error::QueryTooLong { .. } => {
            pack("ERR_LIMIT", &message, &json!({ "argument": "query" }))
        }
        tenon_files::Error::Aborted => aborted(),
        tenon_files::Error::Pattern(_) | tenon_files::Error::LineEnd => {
            pack("ERR_INVALID_ARG", &message, &json!({ "argument": "options.pattern" }))
        }
        tenon_files::Error::Property(_) => {
            pack("ERR_UNSUPPORTED", &message, &json!({ "argument": "options.pattern" }))
        }
        tenon_files::Error::PatternSize => {
            pack("ERR_LIMIT", &message, &json!({ "argument": "options.pattern" }))
        }
        tenon_files::Error::Encoding(_) => {
            pack("ERR_INVALID_ARG", &message, &json!({ "argument": "options.encoding" }))
        }
        _ => internal(&message),
    }
}

/// A pattern that cannot be used.
pub(crate) fn glob(error: &tenon_files::GlobError) -> napi::Error {
    use tenon_files::GlobFault as F;
    let code = match error.fault {
        F::Empty | F::Negated | F::Absolute | F::Parent => "ERR_INVALID_ARG",
        F::Slash { .. } => "ERR_UNSUPPORTED",
        _ => "ERR_LIMIT",
    };
    let argument = if error.excluding { "options.ignore" } else { "patterns" };
    pack(code, &error.to_string(), &json!({ "argument": argument }))
}

/// `record` is the position in a batch.
pub(crate) fn zstd(error: tenon_zstd::Error, record: Option<u32>) -> napi::Error {
    use tenon_zstd::Error as E;
    let message = match record {
        Some(index) => format!("data[{index}]: {error}"),
        None => error.to_string(),
    };
    match error {
        E::NoFrame { .. } | E::Truncated { .. } | E::Damaged { .. } | E::Dictionary => {
            pack("ERR_CORRUPT", &message, &json!({}))
        }
        E::Window { .. } | E::Output { .. } | E::Memory => pack("ERR_LIMIT", &message, &json!({})),
        E::NoDictionary { .. } | E::OtherDictionary { .. } => {
            pack("ERR_INVALID_ARG", &message, &json!({ "argument": "options.dictionary" }))
        }
        E::Samples { .. } => pack("ERR_INVALID_ARG", &message, &json!({ "argument": "samples" })),
        E::Pledged { .. } => pack("ERR_INVALID_ARG", &message, &json!({ "argument": "options.pledgedSize" })),
        E::Aborted => pack("ERR_ABORTED", &message, &json!({})),
        _ => internal(&message),
    }
}

pub(crate) fn log(error: tenon_log::Error) -> napi::Error {
    use tenon_log::Error as E;
    let message = error.to_string();
    match error {
        E::Io { path, source, .. } => pack(
            "ERR_IO",
            &message,
            &json!({ "errno": tenon_files::errno_name(&source), "path": path.to_string_lossy() }),
        ),
        E::Poisoned { path, source, .. } => pack(
            "ERR_IO",
            &message,
            &json!({
                "errno": tenon_files::errno_name(&source),
                "path": path.to_string_lossy(),
                "poisoned": true,
            }),
        ),
        E::Corrupt { path, offset_bytes, last_good_seq, next_good_seq, reason: _ } => pack(
            "ERR_CORRUPT",
            &message,
            &json!({
                "segment": path.file_name().map(|name| name.to_string_lossy()),
                "offsetBytes": offset_bytes,
                "lastGoodSeq": last_good_seq.map_or_else(|| json!(-1), |seq| json!(seq)),
                "nextGoodSeq": next_good_seq,
                "path": path.to_string_lossy(),
            }),
        ),
        E::Locked { path, owner } => {
            let owner = owner.map(|owner| {
                json!({
                    "pid": owner.pid,
                    "host": owner.host,
                    "engine": owner.engine,
                    "openedMs": owner.opened_ms,
                })
            });
            pack("ERR_LOCKED", &message, &json!({ "owner": owner, "path": path.to_string_lossy() }))
        }
        E::InvalidArgument(_) | E::ReadOnly => pack("ERR_INVALID_ARG", &message, &json!({})),
        E::Closed => pack("ERR_CLOSED", &message, &json!({})),
        E::Limit { .. } => pack("ERR_LIMIT", &message, &json!({})),
        E::Unsupported { path, .. } => {
            pack("ERR_UNSUPPORTED", &message, &json!({ "path": path.to_string_lossy() }))
        }
        E::Pruned { .. } => pack("ERR_IO", &message, &json!({ "errno": "ENOENT" })),
        E::Compression(error) => zstd(error, None),
        E::Aborted => aborted(),
        _ => internal(&message),
    }
}

/// A handle that JavaScript has closed.
pub(crate) fn closed(what: &str) -> napi::Error {
    pack("ERR_CLOSED", &format!("{what} is closed"), &json!({}))
}

/// More bytes than a batch can tell the ends of.
pub(crate) fn batch_too_large() -> napi::Error {
    pack("ERR_LIMIT", &format!("the results are more than {} bytes together", u32::MAX), &json!({}))
}
