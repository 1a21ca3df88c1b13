//! `tokens`: text in, numbers out. An encoding is its position in `tokens_encodings`, or the number that registering it
//! gave; `allowed` are positions among its
//! special tokens, in the order of ids. Positions in a text are in the units that JavaScript gave it in.

use crate::{
    bytes::{MAX_STRING_BYTES, NewBytes, Numbers, Text, Utf8},
    error,
    work::{Cancellation, Work},
};
use napi::{
    Env,
    bindgen_prelude::{Array, AsyncTask, Uint32Array},
};
use napi_derive::napi;
use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tenon_tokens::{
    CustomTokenizer, Definition, Encode, Encoding, Keep, Tokenizer,
    pattern::{Pattern, Syntax},
    positions_before_replacement, utf16_positions,
};

thread_local! {
    /// A tokenizer an encoding, made when it is first used: what it remembers makes the next call faster.
    static TOKENIZERS: RefCell<[Option<Tokenizer>; Encoding::ALL.len()]> = const { RefCell::new([const { None }; Encoding::ALL.len()]) };
}

thread_local! {
    /// What was registered in this thread, in order.
    static REGISTERED: RefCell<Vec<Arc<CustomTokenizer>>> = const { RefCell::new(Vec::new()) };
}

/// Tokenizers of the thread pool that are not in use: at most as many as worked at once.
static IDLE: Mutex<Vec<Tokenizer>> = Mutex::new(Vec::new());
const MAX_IDLE: usize = 8;

/// The names of the encodings.
#[napi(catch_unwind)]
pub fn tokens_encodings() -> Vec<&'static str> {
    Encoding::ALL.iter().map(|encoding| encoding.name()).collect()
}

/// Makes an encoding of a `.tiktoken` file, a pattern, and special tokens by text and id; its number.
#[napi(
    catch_unwind,
    ts_args_type = "ranks: Uint8Array, pattern: string, texts: Array<string>, ids: Array<number>"
)]
pub fn tokens_register_ranks(
    ranks: Text,
    pattern: String,
    texts: Vec<String>,
    ids: Vec<u32>,
) -> napi::Result<u32> {
    let special: Vec<(&str, u32)> = texts.iter().map(String::as_str).zip(ids).collect();
    let pattern =
        Pattern::new(&pattern, Syntax::Rust, "pattern").map_err(|fault| error::definition(&fault))?;
    register(Definition::from_tiktoken(ranks.bytes(), pattern, &special))
}

/// Makes an encoding of a `tokenizer.json`; its number.
#[napi(catch_unwind, ts_args_type = "json: string | Uint8Array")]
pub fn tokens_register_json(json: Text) -> napi::Result<u32> {
    register(Definition::from_tokenizer_json(json.bytes()))
}

fn register(definition: Result<Definition, tenon_tokens::DefinitionError>) -> napi::Result<u32> {
    let tokenizer = definition.and_then(CustomTokenizer::new).map_err(|fault| error::definition(&fault))?;
    REGISTERED.with_borrow_mut(|registered| {
        registered.push(Arc::new(tokenizer));
        count_as_u32(Encoding::ALL.len() + registered.len() - 1)
    })
}

/// The special tokens' texts, in the order in which `allowed` counts them.
#[napi(catch_unwind)]
pub fn tokens_special_texts(encoding: u32) -> napi::Result<Vec<String>> {
    with_encoder(encoding, |encoder| {
        Ok(encoder.special_tokens().iter().map(|(text, _)| text.clone()).collect())
    })
}

/// The special tokens' ids, in the same order.
#[napi(catch_unwind)]
pub fn tokens_special_ids(encoding: u32) -> napi::Result<Vec<u32>> {
    with_encoder(encoding, |encoder| Ok(encoder.special_tokens().iter().map(|&(_, id)| id).collect()))
}

/// The number of tokens.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined"
)]
pub fn tokens_count(text: Text, encoding: u32, allowed: Option<Uint32Array>) -> napi::Result<u32> {
    with_encoder(encoding, |encoder| counted(encoder, &text, list(allowed.as_ref())))
}

/// The number of tokens of each text.
#[napi(
    catch_unwind,
    ts_args_type = "texts: Array<string | Uint8Array>, encoding: number, allowed?: Uint32Array | undefined",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_count_batch(
    texts: Array<'_>,
    encoding: u32,
    allowed: Option<Uint32Array>,
) -> napi::Result<Numbers> {
    let mut counts = Vec::with_capacity(texts.len() as usize);
    with_encoder(encoding, |encoder| {
        for index in 0..texts.len() {
            // One at a time: each text uses the buffer of the one before.
            let text = text_at(&texts, index)?;
            counts.push(counted(encoder, &text, list(allowed.as_ref()))?);
        }
        Ok(())
    })?;
    Ok(Numbers(counts))
}

/// The number of tokens, or `limit + 1` as soon as there are more.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, limit: number, encoding: number, allowed?: Uint32Array | undefined"
)]
pub fn tokens_count_until(
    text: Text,
    limit: u32,
    encoding: u32,
    allowed: Option<Uint32Array>,
) -> napi::Result<f64> {
    with_encoder(encoding, |tokenizer| {
        let count = tokenizer
            .count_until(&text.to_str(), limit as usize, list(allowed.as_ref()))
            .map_err(error::tokens)?;
        // The limit may be 2^32 - 1 itself.
        count_as_u32(count.saturating_sub(1)).map(|less| if count == 0 { 0.0 } else { f64::from(less) + 1.0 })
    })
}

/// `[tokens, end, tokens up to there]`: what a text that goes on does not change.
#[napi(
    catch_unwind,
    ts_args_type = "text: string, encoding: number, allowed?: Uint32Array | undefined",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_count_growing(
    text: Text,
    encoding: u32,
    allowed: Option<Uint32Array>,
) -> napi::Result<Numbers> {
    with_encoder(encoding, |tokenizer| {
        let text = text.to_str();
        let growing = tokenizer.count_growing(&text, list(allowed.as_ref())).map_err(error::tokens)?;
        let stable_end = utf16_positions(&text, &[growing.stable_end])[0];
        numbers([growing.tokens, stable_end, growing.stable_tokens])
    })
}

/// The token ids.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_encode(text: Text, encoding: u32, allowed: Option<Uint32Array>) -> napi::Result<Numbers> {
    with_encoder(encoding, |encoder| {
        encoder.encode(&text.to_str(), list(allowed.as_ref())).map(Numbers).map_err(error::tokens)
    })
}

/// The token ids, then where each starts, then the end of the text.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number, allowed?: Uint32Array | undefined",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_encode_with_offsets(
    text: Text,
    encoding: u32,
    allowed: Option<Uint32Array>,
) -> napi::Result<Numbers> {
    with_encoder(encoding, |tokenizer| {
        let utf8 = text.to_str();
        let (ids, starts) =
            tokenizer.encode_with_offsets(&utf8, list(allowed.as_ref())).map_err(error::tokens)?;
        let starts = if text.is_string() {
            utf16_positions(&utf8, &starts)
        } else {
            positions_before_replacement(text.bytes(), &starts)
        };
        let Numbers(starts) = numbers(starts)?;
        Ok(Numbers([ids, starts].concat()))
    })
}

/// `[end of the head, start of the tail, whether the marker is between them, tokens, whether anything was cut]`. `keep`
/// is 0 for the start, 1 for the end, 2 for both.
#[napi(
    catch_unwind,
    ts_args_type = "text: string, most: number, keep: number, marker: string, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_truncate(
    text: Text,
    most: u32,
    keep: u32,
    marker: Text,
    encoding: u32,
) -> napi::Result<Numbers> {
    let keep = match keep {
        0 => Keep::Start,
        1 => Keep::End,
        _ => Keep::Both,
    };
    with_encoder(encoding, |tokenizer| {
        let text = text.to_str();
        let found =
            tokenizer.truncate(&text, most as usize, keep, &marker.to_str()).map_err(error::tokens)?;
        let positions = utf16_positions(&text, &[found.head_end, found.tail_start]);
        numbers([positions[0], positions[1], found.marked.into(), found.tokens, found.truncated.into()])
    })
}

/// `start, end, tokens` of each part.
#[napi(
    catch_unwind,
    ts_args_type = "text: string, most: number, overlap: number, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_split(text: Text, most: u32, overlap: u32, encoding: u32) -> napi::Result<Numbers> {
    with_encoder(encoding, |tokenizer| {
        let text = text.to_str();
        let parts = tokenizer.split(&text, most as usize, overlap as usize).map_err(|error| {
            let at = if let tenon_tokens::Error::TooFewTokens { at, .. } = error { at } else { 0 };
            error::tokens_at(error, utf16_positions(&text, &[at])[0])
        })?;
        // Starts and ends rise each for themselves; together they may not.
        let starts = utf16_positions(&text, &parts.iter().map(|part| part.start).collect::<Vec<_>>());
        let ends = utf16_positions(&text, &parts.iter().map(|part| part.end).collect::<Vec<_>>());
        let flat = starts.iter().zip(&ends).zip(&parts);
        numbers(flat.flat_map(|((&start, &end), part)| [start, end, part.tokens]))
    })
}

/// The text of the ids. Bytes that are not UTF-8 become U+FFFD, as `TextDecoder` does it.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn tokens_decode(ids: Uint32Array, encoding: u32) -> napi::Result<Utf8> {
    let bytes = decoded(&ids, encoding)?;
    let text = String::from_utf8(bytes);
    Ok(Utf8(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
}

/// The bytes of the ids.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn tokens_decode_bytes(env: &Env, ids: Uint32Array, encoding: u32) -> napi::Result<NewBytes> {
    NewBytes::copy(env, &decoded(&ids, encoding)?)
}

/// The number of tokens of each text, on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "texts: Array<string | Uint8Array>, encoding: number, allowed: Uint32Array | undefined, cancellation: Cancellation",
    ts_return_type = "Promise<Uint32Array>"
)]
pub fn tokens_count_batch_async(
    texts: Array<'_>,
    encoding: u32,
    allowed: Option<Uint32Array>,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Numbers>>> {
    let texts = (0..texts.len())
        .map(|index| text_at(&texts, index).map(|text| text.to_str().into_owned()))
        .collect::<napi::Result<Vec<String>>>()?;
    in_background(encoding, allowed, cancellation, move |tokenizer, allowed, go_on| {
        let count = |text: &String| {
            let count = tokenizer.count_while(text, allowed, go_on).map_err(error::tokens)?;
            count_as_u32(count.ok_or_else(error::aborted)?)
        };
        texts.iter().map(count).collect()
    })
}

/// The token ids, on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number, allowed: Uint32Array | undefined, cancellation: Cancellation",
    ts_return_type = "Promise<Uint32Array>"
)]
pub fn tokens_encode_async(
    text: Text,
    encoding: u32,
    allowed: Option<Uint32Array>,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Numbers>>> {
    let text = text.to_str().into_owned();
    in_background(encoding, allowed, cancellation, move |tokenizer, allowed, go_on| {
        tokenizer.encode_while(&text, allowed, go_on).map_err(error::tokens)?.ok_or_else(error::aborted)
    })
}

/// Runs a job on the thread pool: with what is registered, or with a built-in tokenizer that is idle, or a new one.
fn in_background(
    encoding: u32,
    allowed: Option<Uint32Array>,
    cancellation: &Cancellation,
    job: impl FnOnce(&mut dyn Encode, &[u32], &mut dyn FnMut() -> bool) -> napi::Result<Vec<u32>> + Send + 'static,
) -> napi::Result<AsyncTask<Work<Numbers>>> {
    let allowed = list(allowed.as_ref()).to_vec();
    let flag: Arc<AtomicBool> = cancellation.flag();
    let mut go_on = move || !flag.load(Ordering::Relaxed);
    let Some(&encoding) = Encoding::ALL.get(encoding as usize) else {
        let tokenizer = registered(encoding)?;
        return Ok(AsyncTask::new(Work::new(move || {
            job(&mut &*tokenizer, &allowed, &mut go_on).map(Numbers)
        })));
    };
    Ok(AsyncTask::new(Work::new(move || {
        let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let known = {
            let mut idle = idle();
            let at = idle.iter().position(|tokenizer| tokenizer.encoding() == encoding);
            at.map(|at| idle.swap_remove(at))
        };
        let mut tokenizer = known.unwrap_or_else(|| Tokenizer::new(encoding));
        let result = job(&mut tokenizer, &allowed, &mut go_on);
        let mut idle = idle();
        if idle.len() == MAX_IDLE {
            // The one that was idle for longest: another encoding may be in use by now.
            idle.remove(0);
        }
        idle.push(tokenizer);
        result.map(Numbers)
    })))
}

fn text_at(texts: &Array<'_>, index: u32) -> napi::Result<Text> {
    texts.get::<Text>(index)?.ok_or_else(|| error::internal("an array changed while it was read"))
}

fn list(allowed: Option<&Uint32Array>) -> &[u32] {
    allowed.map_or(&[], |allowed| allowed)
}

/// Runs with the tokenizer of an encoding, built in or registered.
fn with_encoder<T>(encoding: u32, run: impl FnOnce(&mut dyn Encode) -> napi::Result<T>) -> napi::Result<T> {
    let position = encoding as usize;
    if position < Encoding::ALL.len() {
        return TOKENIZERS.with_borrow_mut(|tokenizers| {
            run(tokenizers[position].get_or_insert_with(|| Tokenizer::new(Encoding::ALL[position])))
        });
    }
    run(&mut &*registered(encoding)?)
}

fn registered(encoding: u32) -> napi::Result<Arc<CustomTokenizer>> {
    let position = (encoding as usize).checked_sub(Encoding::ALL.len());
    REGISTERED
        .with_borrow(|registered| position.and_then(|position| registered.get(position)).map(Arc::clone))
        .ok_or_else(|| error::internal(&format!("there is no encoding {encoding}")))
}

fn counted(encoder: &mut dyn Encode, text: &Text, allowed: &[u32]) -> napi::Result<u32> {
    encoder.count(&text.to_str(), allowed).map_err(error::tokens).and_then(count_as_u32)
}

fn decoded(ids: &[u32], encoding: u32) -> napi::Result<Vec<u8>> {
    with_encoder(encoding, |tokenizer| tokenizer.decode(ids, MAX_STRING_BYTES).map_err(error::tokens))
}

fn count_as_u32(count: usize) -> napi::Result<u32> {
    u32::try_from(count).map_err(|_| error::internal("a text has more than 2^32 tokens"))
}

/// Counts and positions as JavaScript takes them.
fn numbers(values: impl IntoIterator<Item = usize>) -> napi::Result<Numbers> {
    values.into_iter().map(count_as_u32).collect::<napi::Result<Vec<u32>>>().map(Numbers)
}
