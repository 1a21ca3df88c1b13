use crate::{
    Encoding, Error,
    memo::{Key, MAX_IDS, MAX_LONG_BYTES, MAX_SHORT_BYTES, Memo},
    merge::Merger,
    pretoken::Pretokens,
    special::SpecialTokens,
    vocabulary::Vocabulary,
};
use std::ops::ControlFlow;

/// The ids that are gathered before they are appended.
const GATHERED_IDS: usize = 256;

/// After so many pretokens a caller may end the work.
const PRETOKENS_BETWEEN_LOOKS: usize = 1 << 14;

/// Turns text into the tokens of one encoding, and remembers the pretokens it met, in one to two megabytes.
///
/// A tokenizer belongs to one thread and gets faster with use; the answers do not depend on what it remembers.
///
/// `allowed` are positions in [`Tokenizer::special_tokens`]: of those whose text stands for them. With none, all text is
/// ordinary, as in tiktoken's `encode_ordinary`.
pub struct Tokenizer {
    encoding: Encoding,
    vocabulary: &'static Vocabulary,
    special: SpecialTokens,
    memo: Memo,
    merger: Merger,
    scratch: Vec<u32>,
}

/// A pretoken or a special token, and its tokens.
pub(crate) struct Unit<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) ids: &'a [u32],
}

impl Tokenizer {
    /// A tokenizer that has met no text yet.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            vocabulary: encoding.vocabulary(),
            special: SpecialTokens::new(encoding),
            memo: Memo::new(),
            merger: Merger::new(),
            scratch: Vec::new(),
        }
    }

    /// The encoding.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The special tokens with their ids, in the order of ids, then of texts.
    #[must_use]
    pub fn special_tokens(&self) -> &[(String, u32)] {
        self.special.list()
    }

    /// The number of tokens of `text`.
    #[must_use]
    pub fn count(&mut self, text: &str, allowed: &[u32]) -> usize {
        if allowed.is_empty() {
            return self.count_some(&mut Pretokens::new(text.as_bytes(), self.encoding.cutter()), usize::MAX);
        }
        self.count_while(text, allowed, || true).expect("nothing ends the work")
    }

    /// The number of tokens of `text`; nothing where `go_on`, which is asked every few milliseconds, says no.
    pub fn count_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        mut go_on: impl FnMut() -> bool,
    ) -> Option<usize> {
        let mut total = 0;
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            if segment.special.is_some() {
                total += 1;
                continue;
            }
            let bytes = text[segment.start..segment.end].as_bytes();
            let mut pretokens = Pretokens::new(bytes, self.encoding.cutter());
            while !pretokens.is_done() {
                if !go_on() {
                    return None;
                }
                total += self.count_some(&mut pretokens, PRETOKENS_BETWEEN_LOOKS);
            }
        }
        Some(total)
    }

    #[inline]
    fn count_some(&mut self, pretokens: &mut Pretokens<'_>, most: usize) -> usize {
        let text = pretokens.text();
        let mut total = 0;
        for (start, end) in pretokens.take(most) {
            if end - start > MAX_SHORT_BYTES {
                total += self.long(&text[start..end]).len();
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
    pub fn encode(&mut self, text: &str, allowed: &[u32]) -> Vec<u32> {
        self.encode_while(text, allowed, || true).expect("nothing ends the work")
    }

    /// The token ids of `text`; nothing where `go_on`, which is asked every few milliseconds, says no.
    pub fn encode_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        mut go_on: impl FnMut() -> bool,
    ) -> Option<Vec<u32>> {
        // Source text has three to four bytes a token.
        let mut ids = Vec::with_capacity(text.len() / 3);
        if allowed.is_empty() {
            self.encode_ordinary(text.as_bytes(), &mut ids, &mut go_on)?;
            return Some(ids);
        }
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            match segment.special {
                Some(id) => ids.push(id),
                None => {
                    let bytes = text[segment.start..segment.end].as_bytes();
                    self.encode_ordinary(bytes, &mut ids, &mut go_on)?;
                }
            }
        }
        Some(ids)
    }

    fn encode_ordinary(
        &mut self,
        text: &[u8],
        ids: &mut Vec<u32>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<()> {
        // Gathered here first: a copy of fixed size a pretoken costs less than one of as many ids as it has.
        let mut gathered = [0; GATHERED_IDS + MAX_IDS];
        let mut count = 0;
        let mut pretokens = Pretokens::new(text, self.encoding.cutter());
        while !pretokens.is_done() {
            if !go_on() {
                return None;
            }
            for (start, end) in pretokens.by_ref().take(PRETOKENS_BETWEEN_LOOKS) {
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
                let found = self.pretoken(text, start, end);
                ids.extend_from_slice(found);
            }
        }
        ids.extend_from_slice(&gathered[..count]);
        Some(())
    }

    /// Calls `visit` with each pretoken and special token in order, until it says to stop.
    pub(crate) fn units(
        &mut self,
        text: &str,
        allowed: &[u32],
        mut visit: impl FnMut(Unit<'_>) -> ControlFlow<()>,
    ) {
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            if let Some(id) = segment.special {
                if visit(Unit { start: segment.start, end: segment.end, ids: &[id] }).is_break() {
                    return;
                }
                continue;
            }
            let bytes = text[segment.start..segment.end].as_bytes();
            for (start, end) in Pretokens::new(bytes, self.encoding.cutter()) {
                let ids = self.pretoken(bytes, start, end);
                let unit = Unit { start: segment.start + start, end: segment.start + end, ids };
                if visit(unit).is_break() {
                    return;
                }
            }
        }
    }

    /// The number of bytes that the token `id`, one of this encoding, stands for.
    pub(crate) fn length(&self, id: u32) -> usize {
        self.bytes(id).map_or(0, <[u8]>::len)
    }

    fn bytes(&self, id: u32) -> Option<&[u8]> {
        self.vocabulary.token(id).or_else(|| self.special.text(id).map(str::as_bytes))
    }

    /// The length of the longest special token, in bytes.
    pub(crate) fn longest_special(&self) -> usize {
        self.special.longest()
    }

    /// The bytes that `ids` stand for, special tokens included. They need not be UTF-8: a token may end inside a
    /// character.
    ///
    /// # Errors
    /// [`Error::UnknownId`] for an id the encoding does not have; [`Error::TooLong`] for more than `limit_bytes`.
    pub fn decode(&self, ids: &[u32], limit_bytes: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(ids.len().min(limit_bytes).saturating_mul(4));
        for (index, &id) in ids.iter().enumerate() {
            let token = self.bytes(id).ok_or_else(|| {
                let encoding = self.encoding.name().to_owned();
                Error::UnknownId { id, index, encoding }
            })?;
            bytes.extend_from_slice(token);
            if bytes.len() > limit_bytes {
                return Err(Error::TooLong { limit_bytes });
            }
        }
        Ok(bytes)
    }

    /// The tokens of the pretoken from `start` to `end`.
    #[inline(never)]
    fn pretoken(&mut self, text: &[u8], start: usize, end: usize) -> &[u32] {
        let pretoken = &text[start..end];
        if pretoken.len() > MAX_SHORT_BYTES {
            return self.long(pretoken);
        }
        let key = Key::new(text, start, end);
        if let Some(entry) = self.memo.short(key)
            && entry.count as usize <= MAX_IDS
        {
            self.scratch.clear();
            self.scratch.extend_from_slice(&entry.ids[..entry.count as usize]);
            return &self.scratch;
        }
        self.learn(key, pretoken)
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

    /// The tokens of a pretoken that is not short.
    #[inline(never)]
    fn long(&mut self, pretoken: &[u8]) -> &[u32] {
        let Self { vocabulary, memo, merger, scratch, .. } = self;
        if pretoken.len() <= MAX_LONG_BYTES {
            return memo.long(pretoken, |ids| encode_pretoken(pretoken, vocabulary, merger, ids));
        }
        scratch.clear();
        scratch.shrink_to(MAX_KEPT_IDS);
        encode_pretoken(pretoken, vocabulary, merger, scratch);
        scratch
    }
}

/// What stays allocated for the next long pretoken.
const MAX_KEPT_IDS: usize = 1 << 14;

#[inline]
fn encode_pretoken(pretoken: &[u8], vocabulary: &Vocabulary, merger: &mut Merger, ids: &mut Vec<u32>) {
    match vocabulary.rank(pretoken) {
        Some(rank) => ids.push(rank),
        None => merger.encode(pretoken, vocabulary, ids),
    }
}
