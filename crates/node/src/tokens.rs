//! `tokens`: text in, numbers out. An encoding is its position in `tokens_encodings`.

use crate::{
    bytes::{MAX_STRING_BYTES, Numbers, Text, Utf8},
    error,
};
use napi::bindgen_prelude::{Array, Uint32Array};
use napi_derive::napi;
use std::cell::RefCell;
use tenon_tokens::{Encoding, Tokenizer};

thread_local! {
    /// A tokenizer an encoding, made when it is first used: what it remembers makes the next call faster.
    static TOKENIZERS: RefCell<[Option<Tokenizer>; Encoding::ALL.len()]> = const { RefCell::new([const { None }; Encoding::ALL.len()]) };
}

/// The names of the encodings.
#[napi(catch_unwind)]
pub fn tokens_encodings() -> Vec<&'static str> {
    Encoding::ALL.iter().map(|encoding| encoding.name()).collect()
}

/// The number of tokens.
#[napi(catch_unwind, ts_args_type = "text: string | Uint8Array, encoding: number")]
pub fn tokens_count(text: Text, encoding: u32) -> napi::Result<u32> {
    with_tokenizer(encoding, |tokenizer| count_as_u32(tokenizer, &text))
}

/// The number of tokens of each text.
#[napi(
    catch_unwind,
    ts_args_type = "texts: Array<string | Uint8Array>, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_count_batch(texts: Array<'_>, encoding: u32) -> napi::Result<Numbers> {
    let mut counts = Vec::with_capacity(texts.len() as usize);
    for index in 0..texts.len() {
        // One at a time: each text uses the buffer of the one before.
        let text =
            texts.get::<Text>(index)?.ok_or_else(|| error::internal("an array changed while it was read"))?;
        counts.push(with_tokenizer(encoding, |tokenizer| count_as_u32(tokenizer, &text))?);
    }
    Ok(Numbers(counts))
}

/// The token ids.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_encode(text: Text, encoding: u32) -> napi::Result<Numbers> {
    with_tokenizer(encoding, |tokenizer| Ok(Numbers(tokenizer.encode(&text.to_str()))))
}

/// The text of the ids. Bytes that are not UTF-8 become U+FFFD, as `TextDecoder` does it.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn tokens_decode(ids: Uint32Array, encoding: u32) -> napi::Result<Utf8> {
    let bytes = tenon_tokens::decode(&ids, Encoding::ALL[position(encoding)?], MAX_STRING_BYTES)
        .map_err(error::tokens)?;
    let text = String::from_utf8(bytes);
    Ok(Utf8(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
}

/// Where an encoding is in `Encoding::ALL`.
fn position(encoding: u32) -> napi::Result<usize> {
    let position = encoding as usize;
    let known = position < Encoding::ALL.len();
    known.then_some(position).ok_or_else(|| error::internal(&format!("there is no encoding {encoding}")))
}

fn with_tokenizer<T>(encoding: u32, run: impl FnOnce(&mut Tokenizer) -> napi::Result<T>) -> napi::Result<T> {
    let position = position(encoding)?;
    TOKENIZERS.with_borrow_mut(|tokenizers| {
        run(tokenizers[position].get_or_insert_with(|| Tokenizer::new(Encoding::ALL[position])))
    })
}

fn count_as_u32(tokenizer: &mut Tokenizer, text: &Text) -> napi::Result<u32> {
    u32::try_from(tokenizer.count(&text.to_str()))
        .map_err(|_| error::internal("a text has more than 2^32 tokens"))
}
