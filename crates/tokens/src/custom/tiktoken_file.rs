//! `.tiktoken` files: a line a token, its bytes in base64 and its rank, which is its id.

use crate::custom::definition::{
    AddedToken, Definition, DefinitionError, MAX_ADDED_BYTES, MAX_ADDED_TOKEN_BYTES, MAX_FILE_BYTES, MAX_ID,
    MAX_TOKEN_BYTES, MAX_TOKENS, Merges, Step, Token,
};
use crate::custom::pattern::Pattern;
use std::collections::{HashMap, HashSet};

impl Definition {
    /// tiktoken's tokenizer of a `.tiktoken` file, of the pattern that cuts text, and of special tokens by text and id.
    ///
    /// # Errors
    /// `Invalid` with the line, and for a special token whose text or id is another's; `Limit`.
    pub fn from_tiktoken(
        ranks: &[u8],
        pattern: Pattern,
        special: &[(&str, u32)],
    ) -> Result<Self, DefinitionError> {
        let tokens = parse_tiktoken(ranks)?;
        let mut texts = HashSet::new();
        let mut ids = HashSet::new();
        if special.iter().map(|(text, _)| text.len()).sum::<usize>() > MAX_ADDED_BYTES {
            return Err(DefinitionError::limit("special", MAX_ADDED_BYTES as u64, "bytes"));
        }
        let mut added = Vec::with_capacity(special.len());
        for (index, &(text, id)) in special.iter().enumerate() {
            let place = || format!("special[{index}]");
            if text.is_empty() {
                return Err(DefinitionError::invalid(place(), "the text is empty"));
            }
            if text.len() > MAX_ADDED_TOKEN_BYTES {
                return Err(DefinitionError::limit(place(), MAX_ADDED_TOKEN_BYTES as u64, "bytes"));
            }
            if id >= MAX_ID {
                return Err(DefinitionError::invalid(place(), "the id is not below 2147483648"));
            }
            if !texts.insert(text) {
                return Err(DefinitionError::invalid(place(), "the text is another token's too"));
            }
            if !ids.insert(id) || tokens.binary_search_by_key(&id, |token| token.id).is_ok() {
                return Err(DefinitionError::invalid(place(), format!("the id {id} is another token's too")));
            }
            added.push(AddedToken::special(text, id));
        }
        Ok(Self {
            tokens,
            merges: Merges::ByRank,
            normalizers: Vec::new(),
            steps: vec![Step::Matches(pattern)],
            added,
        })
    }
}

/// The tokens of a `.tiktoken` file by ascending rank.
///
/// # Errors
/// `Invalid` for a line that is not base64, a space and a rank, for a token or a rank that is there twice, and for a file
/// without one of the 256 bytes; `Limit` for a file that is too large. Lines count from 1.
pub fn parse_tiktoken(file: &[u8]) -> Result<Vec<Token>, DefinitionError> {
    if file.len() > MAX_FILE_BYTES {
        return Err(DefinitionError::limit("ranks", MAX_FILE_BYTES as u64, "bytes"));
    }
    let mut ranks: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut seen = HashSet::new();
    for (index, line) in file.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let invalid =
            |fault: &str| DefinitionError::invalid(format!("ranks, line {}", index + 1), fault.to_owned());
        let space = line.iter().position(|&byte| byte == b' ');
        let (token, rank) = space
            .map(|space| (&line[..space], &line[space + 1..]))
            .ok_or_else(|| invalid("there is no token in base64, a space and a rank"))?;
        let token = base64(token).ok_or_else(|| invalid("the token is not base64"))?;
        if token.is_empty() {
            return Err(invalid("the token is empty"));
        }
        if token.len() > MAX_TOKEN_BYTES {
            let place = format!("ranks, line {}", index + 1);
            return Err(DefinitionError::limit(place, MAX_TOKEN_BYTES as u64, "bytes of a token"));
        }
        let rank = decimal(rank).ok_or_else(|| invalid("the rank is not a number below 2147483648"))?;
        if ranks.len() == MAX_TOKENS {
            return Err(DefinitionError::limit("ranks", MAX_TOKENS as u64, "tokens"));
        }
        if !seen.insert(rank) {
            return Err(invalid(&format!("the rank {rank} is another token's too")));
        }
        if let Some(other) = ranks.insert(token, rank) {
            return Err(invalid(&format!("the token has the rank {other} too")));
        }
    }
    if let Some(byte) = (0..=u8::MAX).find(|&byte| !ranks.contains_key([byte].as_slice())) {
        let fault = format!("the byte 0x{byte:02x} is no token, so that not every text has ids");
        return Err(DefinitionError::invalid("ranks", fault));
    }
    let mut tokens: Vec<Token> =
        ranks.into_iter().map(|(bytes, id)| Token { bytes, id, reachable: true }).collect();
    tokens.sort_unstable_by_key(|token| token.id);
    Ok(tokens)
}

/// Digits, and nothing else, of a number below `MAX_ID`.
fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 10 {
        return None;
    }
    let mut value: u64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
    }
    u32::try_from(value).ok().filter(|&value| value < MAX_ID)
}

/// The bytes of standard base64 with its padding; nothing where it is anything else.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0u32;
    let mut count = 0;
    for &character in &text[..text.len() - padding] {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., low] = (bits >> count).to_be_bytes();
            bytes.push(low);
            bits &= (1 << count) - 1;
        }
    }
    // What padding leaves over must be zero: a token has one way to be written.
    (bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn base64_is_that_of_the_crate() {
        let mut random = fastrand::Rng::with_seed(0xb64);
        let alphabet = b"ABCDxyz019+/=\n *-_";
        for _ in 0..100_000 {
            let text: Vec<u8> =
                (0..random.usize(0..10)).map(|_| alphabet[random.usize(0..alphabet.len())]).collect();
            assert_eq!(base64(&text), STANDARD.decode(&text).ok(), "{:?}", String::from_utf8_lossy(&text));
        }
    }
}
