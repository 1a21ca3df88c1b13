use crate::{
    Encoding,
    memo::{MAX_LONG_BYTES, MAX_SHORT_BYTES, Memo},
    merge::Merger,
    pretokens,
    vocabulary::Vocabulary,
};

/// Turns text into the tokens of one encoding, and remembers the pretokens it met, in one to two megabytes.
///
/// A tokenizer belongs to one thread and gets faster with use; the answers do not depend on what it remembers.
pub struct Tokenizer {
    encoding: Encoding,
    vocabulary: &'static Vocabulary,
    memo: Memo,
    merger: Merger,
    scratch: Vec<u32>,
}

impl Tokenizer {
    /// A tokenizer that has met no text yet.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            vocabulary: encoding.vocabulary(),
            memo: Memo::new(),
            merger: Merger::default(),
            scratch: Vec::new(),
        }
    }

    /// The number of tokens of `text`.
    #[must_use]
    pub fn count(&mut self, text: &str) -> usize {
        let mut total = 0;
        for pretoken in pretokens(text, self.encoding) {
            let pretoken = pretoken.as_bytes();
            if pretoken.len() > MAX_LONG_BYTES {
                total += self.merger.count(pretoken, self.vocabulary);
                continue;
            }
            if pretoken.len() > MAX_SHORT_BYTES {
                let encode = |ids: &mut _| encode_pretoken(pretoken, self.vocabulary, &mut self.merger, ids);
                total += self.memo.long(pretoken, encode).len();
                continue;
            }
            let (entry, found) = self.memo.short(pretoken);
            if !found {
                self.scratch.clear();
                encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut self.scratch);
                entry.set(pretoken, &self.scratch);
            }
            total += entry.count();
        }
        total
    }

    /// The token ids of `text`.
    #[must_use]
    pub fn encode(&mut self, text: &str) -> Vec<u32> {
        // Source text has three to four bytes a token.
        let mut ids = Vec::with_capacity(text.len() / 3);
        for pretoken in pretokens(text, self.encoding) {
            let pretoken = pretoken.as_bytes();
            if pretoken.len() > MAX_LONG_BYTES {
                encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut ids);
                continue;
            }
            if pretoken.len() > MAX_SHORT_BYTES {
                let encode = |ids: &mut _| encode_pretoken(pretoken, self.vocabulary, &mut self.merger, ids);
                ids.extend_from_slice(self.memo.long(pretoken, encode));
                continue;
            }
            let (entry, found) = self.memo.short(pretoken);
            if let Some(known) = entry.ids().filter(|_| found) {
                ids.extend_from_slice(known);
                continue;
            }
            let start = ids.len();
            encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut ids);
            entry.set(pretoken, &ids[start..]);
        }
        ids
    }
}

#[inline]
fn encode_pretoken(pretoken: &[u8], vocabulary: &Vocabulary, merger: &mut Merger, ids: &mut Vec<u32>) {
    match vocabulary.rank(pretoken) {
        Some(rank) => ids.push(rank),
        None => merger.encode(pretoken, vocabulary, ids),
    }
}
