use crate::{
    Encoding,
    memo::{Key, MAX_IDS, MAX_LONG_BYTES, MAX_SHORT_BYTES, Memo},
    merge::Merger,
    pretoken::Pretokens,
    vocabulary::Vocabulary,
};

/// The ids that are gathered before they are appended.
const GATHERED_IDS: usize = 256;

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
            merger: Merger::new(),
            scratch: Vec::new(),
        }
    }

    /// The number of tokens of `text`.
    #[must_use]
    pub fn count(&mut self, text: &str) -> usize {
        let text = text.as_bytes();
        let mut total = 0;
        for (start, end) in Pretokens::new(text, self.encoding.cutter()) {
            if end - start > MAX_SHORT_BYTES {
                total += self.count_long(&text[start..end]);
                continue;
            }
            let key = Key::new(text, start, end);
            total += match self.memo.short(key) {
                Some(entry) => entry.count as usize,
                None => self.learn(key, &text[start..end]).len(),
            };
        }
        total
    }

    /// The token ids of `text`.
    #[must_use]
    pub fn encode(&mut self, text: &str) -> Vec<u32> {
        let text = text.as_bytes();
        // Source text has three to four bytes a token.
        let mut ids = Vec::with_capacity(text.len() / 3);
        // Gathered here first: a copy of fixed size a pretoken costs less than one of as many ids as it has.
        let mut gathered = [0; GATHERED_IDS + MAX_IDS];
        let mut count = 0;
        for (start, end) in Pretokens::new(text, self.encoding.cutter()) {
            if end - start <= MAX_SHORT_BYTES {
                let key = Key::new(text, start, end);
                if let Some(entry) = self.memo.short(key)
                    && entry.count as usize <= MAX_IDS
                {
                    gathered[count..count + MAX_IDS].copy_from_slice(&entry.ids);
                    count += entry.count as usize;
                    if count >= GATHERED_IDS {
                        ids.extend_from_slice(&gathered[..count]);
                        count = 0;
                    }
                    continue;
                }
            }
            ids.extend_from_slice(&gathered[..count]);
            count = 0;
            self.encode_rare(text, start, end, &mut ids);
        }
        ids.extend_from_slice(&gathered[..count]);
        ids
    }

    /// The tokens of a short pretoken that is not remembered, and is from now on.
    #[cold]
    #[inline(never)]
    fn learn(&mut self, key: Key, pretoken: &[u8]) -> &[u32] {
        self.scratch.clear();
        encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut self.scratch);
        self.memo.remember(key, &self.scratch);
        &self.scratch
    }

    #[inline(never)]
    fn count_long(&mut self, pretoken: &[u8]) -> usize {
        if pretoken.len() > MAX_LONG_BYTES {
            return self.merger.count(pretoken, self.vocabulary);
        }
        let encode = |ids: &mut _| encode_pretoken(pretoken, self.vocabulary, &mut self.merger, ids);
        self.memo.long(pretoken, encode).len()
    }

    /// Appends the tokens of a pretoken that is long, not remembered, or of many tokens.
    #[inline(never)]
    fn encode_rare(&mut self, text: &[u8], start: usize, end: usize, ids: &mut Vec<u32>) {
        let pretoken = &text[start..end];
        if pretoken.len() <= MAX_SHORT_BYTES {
            let learnt = self.learn(Key::new(text, start, end), pretoken);
            ids.extend_from_slice(learnt);
        } else if pretoken.len() <= MAX_LONG_BYTES {
            let encode = |ids: &mut _| encode_pretoken(pretoken, self.vocabulary, &mut self.merger, ids);
            ids.extend_from_slice(self.memo.long(pretoken, encode));
        } else {
            encode_pretoken(pretoken, self.vocabulary, &mut self.merger, ids);
        }
    }
}

#[inline]
fn encode_pretoken(pretoken: &[u8], vocabulary: &Vocabulary, merger: &mut Merger, ids: &mut Vec<u32>) {
    match vocabulary.rank(pretoken) {
        Some(rank) => ids.push(rank),
        None => merger.encode(pretoken, vocabulary, ids),
    }
}
