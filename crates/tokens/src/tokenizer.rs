use crate::{
    Encode, Encoding, Error, Unit,
    memo::{Key, MAX_LONG_BYTES, MAX_MEDIUM_BYTES, MAX_SHORT_BYTES, Memo, Table, key},
    merge::Merger,
    pretoken::Pretokens,
    special::SpecialTokens,
    vocabulary::Vocabulary,
};
use std::ops::ControlFlow;

/// The ids that are gathered before they are appended.
const GATHERED_IDS: usize = 256;

/// And the bytes that are.
const GATHERED_BYTES: usize = 1024;

const MAX_SHORT_IDS: usize = Table::<2, 4>::MAX_IDS;

/// After so many pretokens a caller may end the work.
const PRETOKENS_BETWEEN_LOOKS: usize = 1 << 14;

/// Turns text into the tokens of one encoding, and remembers the pretokens it met, in two to three megabytes;
/// texts of long pretokens, such as sentences in scripts without spaces, take up to five more.
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

    /// The number of tokens of `text`.
    #[must_use]
    pub fn count(&mut self, text: &str, allowed: &[u32]) -> usize {
        if allowed.is_empty() {
            return self.count_some(&mut Pretokens::new(text.as_bytes(), self.encoding.cutter()), usize::MAX);
        }
        self.count_segments(text, allowed, &mut || true).expect("nothing ends the work")
    }

    fn count_segments(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<usize> {
        let mut total = 0;
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            if segment.special.is_some() {
                total += 1;
                continue;
            }
            let bytes = &text.as_bytes()[segment.start..segment.end];
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
            total += if end - start <= MAX_SHORT_BYTES {
                let key = key(text, start, end);
                match self.memo.short.get(&key) {
                    Some(remembered) => remembered.count(),
                    None => self.learn_short(&key, &text[start..end]).len(),
                }
            } else if end - start <= MAX_MEDIUM_BYTES {
                let key = key(text, start, end);
                match self.memo.medium.get(&key) {
                    Some(remembered) => remembered.count(),
                    None => self.learn_medium(&key, &text[start..end]).len(),
                }
            } else {
                self.long(&text[start..end]).len()
            };
        }
        total
    }

    /// The token ids of `text`.
    #[must_use]
    pub fn encode(&mut self, text: &str, allowed: &[u32]) -> Vec<u32> {
        self.encode_segments(text, allowed, &mut || true).expect("nothing ends the work")
    }

    fn encode_segments(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<u32>> {
        // Source text has three to four bytes a token.
        let mut ids = Vec::with_capacity(text.len() / 3);
        if allowed.is_empty() {
            self.encode_ordinary(text.as_bytes(), &mut ids, go_on)?;
            return Some(ids);
        }
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            match segment.special {
                Some(id) => ids.push(id),
                None => {
                    let bytes = &text.as_bytes()[segment.start..segment.end];
                    self.encode_ordinary(bytes, &mut ids, go_on)?;
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
        let mut gathered = [0; GATHERED_IDS + MAX_SHORT_IDS];
        let mut count = 0;
        let mut pretokens = Pretokens::new(text, self.encoding.cutter());
        while !pretokens.is_done() {
            if !go_on() {
                return None;
            }
            for (start, end) in pretokens.by_ref().take(PRETOKENS_BETWEEN_LOOKS) {
                if end - start <= MAX_SHORT_BYTES {
                    let key = key(text, start, end);
                    if let Some(remembered) = self.memo.short.get(&key)
                        && remembered.count() <= MAX_SHORT_IDS
                    {
                        for index in 0..MAX_SHORT_IDS {
                            gathered[count + index] = remembered.id(index);
                        }
                        count += remembered.count();
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

    fn bytes(&self, id: u32) -> Option<&[u8]> {
        self.vocabulary.token(id).or_else(|| self.special.text(id).map(str::as_bytes))
    }

    /// The tokens of the pretoken from `start` to `end`.
    #[inline(never)]
    fn pretoken(&mut self, text: &[u8], start: usize, end: usize) -> &[u32] {
        let pretoken = &text[start..end];
        if pretoken.len() <= MAX_SHORT_BYTES {
            let key = key(text, start, end);
            if recall(&self.memo.short, &key, &mut self.scratch) {
                return &self.scratch;
            }
            return self.learn_short(&key, pretoken);
        }
        if pretoken.len() <= MAX_MEDIUM_BYTES {
            let key = key(text, start, end);
            if recall(&self.memo.medium, &key, &mut self.scratch) {
                return &self.scratch;
            }
            return self.learn_medium(&key, pretoken);
        }
        self.long(pretoken)
    }

    /// The tokens of a short pretoken that is not remembered, and is from now on.
    #[cold]
    #[inline(never)]
    fn learn_short(&mut self, key: &Key<2>, pretoken: &[u8]) -> &[u32] {
        self.scratch.clear();
        encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut self.scratch);
        self.memo.short.set(key, &self.scratch);
        &self.scratch
    }

    #[cold]
    #[inline(never)]
    fn learn_medium(&mut self, key: &Key<4>, pretoken: &[u8]) -> &[u32] {
        self.scratch.clear();
        encode_pretoken(pretoken, self.vocabulary, &mut self.merger, &mut self.scratch);
        self.memo.medium.set(key, &self.scratch);
        &self.scratch
    }

    /// The tokens of a pretoken that is neither short nor medium.
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

impl Encode for Tokenizer {
    fn special_tokens(&self) -> &[(String, u32)] {
        self.special.list()
    }

    fn token_length(&self, id: u32) -> usize {
        self.bytes(id).map_or(0, <[u8]>::len)
    }

    fn units(
        &mut self,
        text: &str,
        allowed: &[u32],
        visit: &mut dyn FnMut(Unit<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let segments: Vec<_> = self.special.segments(text, allowed).collect();
        for segment in segments {
            if let Some(id) = segment.special {
                if visit(Unit { start: segment.start, end: segment.end, ids: &[id] }).is_break() {
                    return Ok(());
                }
                continue;
            }
            let bytes = &text.as_bytes()[segment.start..segment.end];
            for (start, end) in Pretokens::new(bytes, self.encoding.cutter()) {
                let ids = self.pretoken(bytes, start, end);
                let unit = Unit { start: segment.start + start, end: segment.start + end, ids };
                if visit(unit).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn count_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<usize>, Error> {
        Ok(self.count_segments(text, allowed, go_on))
    }

    fn encode_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<u32>>, Error> {
        Ok(self.encode_segments(text, allowed, go_on))
    }

    fn count(&mut self, text: &str, allowed: &[u32]) -> Result<usize, Error> {
        Ok(Self::count(self, text, allowed))
    }

    fn encode(&mut self, text: &str, allowed: &[u32]) -> Result<Vec<u32>, Error> {
        Ok(Self::encode(self, text, allowed))
    }

    fn decode(&self, ids: &[u32], limit_bytes: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(ids.len().min(limit_bytes).saturating_mul(4));
        // As for ids: gathered here first.
        let mut gathered = [0; GATHERED_BYTES + 16];
        let mut count = 0;
        for (index, &id) in ids.iter().enumerate() {
            if let Some((token, length)) = self.vocabulary.short_token(id) {
                gathered[count..count + 16].copy_from_slice(token);
                count += length;
                if count < GATHERED_BYTES {
                    continue;
                }
            }
            bytes.extend_from_slice(&gathered[..count]);
            if count < GATHERED_BYTES && bytes.len() <= limit_bytes {
                let token = self.bytes(id).ok_or_else(|| {
                    let encoding = self.encoding.name().to_owned();
                    Error::UnknownId { id, index, encoding }
                })?;
                bytes.extend_from_slice(token);
            }
            count = 0;
            if bytes.len() > limit_bytes {
                return Err(Error::TooLong { limit_bytes });
            }
        }
        bytes.extend_from_slice(&gathered[..count]);
        if bytes.len() > limit_bytes {
            return Err(Error::TooLong { limit_bytes });
        }
        Ok(bytes)
    }
}

/// Puts the tokens of a pretoken into `ids` where all of them are remembered.
fn recall<const KEY: usize, const WORDS: usize>(
    table: &Table<KEY, WORDS>,
    key: &Key<KEY>,
    ids: &mut Vec<u32>,
) -> bool {
    let Some(remembered) = table.get(key).filter(|found| found.count() <= Table::<KEY, WORDS>::MAX_IDS)
    else {
        return false;
    };
    ids.clear();
    ids.extend((0..remembered.count()).map(|index| remembered.id(index)));
    true
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
