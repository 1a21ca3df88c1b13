//! `tokens`: text in, numbers out. An encoding is its position in `tokens_encodings`.

use crate::{
    bytes::{Numbers, Text},
    error,
};
use napi::bindgen_prelude::Uint32Array;
use napi_derive::napi;
use tenon_tokens::Encoding;

/// The names of the encodings.
#[napi(catch_unwind)]
pub fn tokens_encodings() -> Vec<&'static str> {
    Encoding::ALL.iter().map(|encoding| encoding.name()).collect()
}

/// The number of tokens.
#[napi(catch_unwind, ts_args_type = "text: string | Uint8Array, encoding: number")]
pub fn tokens_count(text: Text, encoding: u32) -> napi::Result<u32> {
    count_as_u32(&text, encoding_at(encoding)?)
}

/// The number of tokens of each text.
#[napi(
    catch_unwind,
    ts_args_type = "texts: Array<string | Uint8Array>, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_count_batch(texts: Vec<Text>, encoding: u32) -> napi::Result<Numbers> {
    let encoding = encoding_at(encoding)?;
    texts.iter().map(|text| count_as_u32(text, encoding)).collect::<napi::Result<_>>().map(Numbers)
}

/// The token ids.
#[napi(
    catch_unwind,
    ts_args_type = "text: string | Uint8Array, encoding: number",
    ts_return_type = "Uint32Array"
)]
pub fn tokens_encode(text: Text, encoding: u32) -> napi::Result<Numbers> {
    Ok(Numbers(tenon_tokens::encode(&text.to_str(), encoding_at(encoding)?)))
}

/// The text of the ids. Bytes that are not UTF-8 become U+FFFD, as `TextDecoder` does it.
#[napi(catch_unwind)]
pub fn tokens_decode(ids: Uint32Array, encoding: u32) -> napi::Result<String> {
    let bytes = tenon_tokens::decode(&ids, encoding_at(encoding)?).map_err(error::tokens)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn encoding_at(index: u32) -> napi::Result<Encoding> {
    let encoding = Encoding::ALL.get(index as usize).copied();
    encoding.ok_or_else(|| error::internal(&format!("there is no encoding {index}")))
}

fn count_as_u32(text: &Text, encoding: Encoding) -> napi::Result<u32> {
    u32::try_from(tenon_tokens::count(&text.to_str(), encoding))
        .map_err(|_| error::internal("a text has more than 2^32 tokens"))
}
