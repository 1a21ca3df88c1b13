//! What fits a number of tokens: counts that stop early, texts made shorter, texts in parts, and counts of texts that
//! grow. `lib/tokens/fit.js` is the same over UTF-16.

use crate::Error;
use std::ops::ControlFlow;

/// Of a text to be split, so many characters a token are looked at: more than nearly any token has.
const WINDOW_CHARACTERS: usize = 128;

/// So many pretokens at the end of a text may be others when more text follows: a word may go on, a contraction may
/// follow it, and a run of white space is up to three pretokens.
const UNSTABLE_PRETOKENS: usize = 3;

/// Which part of a text that is too long is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The beginning.
    Start,
    /// The end.
    End,
    /// The beginning and the end, half each.
    Both,
}

/// A text made shorter: its first bytes, a marker, and its last bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// Where the kept beginning ends.
    pub head_end: usize,
    /// Where the kept end starts; the end of the text where all of it is kept.
    pub tail_start: usize,
    /// Whether the marker is between them; it is left out where it does not fit.
    pub marked: bool,
    /// The number of tokens of the result.
    pub tokens: usize,
    /// Whether anything was cut.
    pub truncated: bool,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// Its number of tokens by itself.
    pub tokens: usize,
}

/// The count of a text that may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowingCount {
    /// The tokens of the whole text.
    pub tokens: usize,
    /// Where what more text cannot change ends, in bytes.
    pub stable_end: usize,
    /// The tokens up to there.
    pub stable_tokens: usize,
}

/// A pretoken or a special token, and its tokens. Positions are bytes of the text.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its tokens.
    pub ids: &'a [u32],
}

/// A tokenizer of whatever vocabulary. `allowed` are positions in `special_tokens`: of those whose text stands for them.
///
/// The functions that tell where tokens are in a text fail with [`Error::Unaligned`] where the tokens do not stand for the
/// text itself, as those of a tokenizer that normalizes.
pub trait Encode {
    /// The special tokens with their ids, in the order of ids, then of texts.
    fn special_tokens(&self) -> &[(String, u32)];

    /// The number of bytes that a token stands for; 0 for an id that is none.
    fn token_length(&self, id: u32) -> usize;

    /// Calls `visit` with each pretoken and special token in order, until it says to stop.
    ///
    /// # Errors
    /// Those of the vocabulary's rules.
    fn units(
        &mut self,
        text: &str,
        allowed: &[u32],
        visit: &mut dyn FnMut(Unit<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// The number of tokens of `text`; nothing where `go_on`, which is asked every few milliseconds, says no.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn count_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<usize>, Error>;

    /// The token ids of `text`; nothing where `go_on` says no.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn encode_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<u32>>, Error>;

    /// The bytes that `ids` stand for, special tokens included. They need not be UTF-8: a token may end inside a
    /// character.
    ///
    /// # Errors
    /// [`Error::UnknownId`] for an id the encoding does not have; [`Error::TooLong`] for more than `limit_bytes`.
    fn decode(&self, ids: &[u32], limit_bytes: usize) -> Result<Vec<u8>, Error>;

    /// The number of tokens of `text`.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn count(&mut self, text: &str, allowed: &[u32]) -> Result<usize, Error> {
        Ok(self.count_while(text, allowed, &mut || true)?.expect("nothing ends the work"))
    }
    /// The token ids of `text`.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn encode(&mut self, text: &str, allowed: &[u32]) -> Result<Vec<u32>, Error> {
        Ok(self.encode_while(text, allowed, &mut || true)?.expect("nothing ends the work"))
    }

    /// The number of tokens of `text`, or `limit + 1` as soon as there are more than `limit`.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn count_until(&mut self, text: &str, limit: usize, allowed: &[u32]) -> Result<usize, Error> {
        let mut total = 0;
        self.units(text, allowed, &mut |unit| {
            total += unit.ids.len();
            if total > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(total.min(limit.saturating_add(1)))
    }

    /// The token ids of `text`, and where each starts, in bytes; the end of the text follows as one more. With special
    /// tokens not allowed, they are those of `encode` without.
    ///
    /// # Errors
    /// As [`units`](Self::units); [`Error::Unaligned`].
    fn encode_with_offsets(&mut self, text: &str, allowed: &[u32]) -> Result<(Vec<u32>, Vec<usize>), Error> {
        let mut ids = Vec::with_capacity(text.len() / 3);
        let mut alone = Vec::new();
        self.units(text, allowed, &mut |unit| {
            if unit.ids.len() == 1 && !allowed.is_empty() {
                alone.push((ids.len(), unit.start..unit.end));
            }
            ids.extend_from_slice(unit.ids);
            ControlFlow::Continue(())
        })?;
        // An id may have two special tokens, of which the text has either.
        let mut lengths: Vec<usize> = ids.iter().map(|&id| self.token_length(id)).collect();
        for (index, place) in alone {
            let length = place.len();
            if lengths[index] != length
                && self
                    .special_tokens()
                    .iter()
                    .any(|(name, id)| *id == ids[index] && text[place.clone()] == **name)
            {
                lengths[index] = length;
            }
        }
        let mut starts = Vec::with_capacity(ids.len() + 1);
        let mut at = 0;
        starts.push(at);
        for length in lengths {
            at += length;
            starts.push(at);
        }
        if at == text.len() { Ok((ids, starts)) } else { Err(Error::Unaligned) }
    }

    /// Where the first tokens of `text` end, in bytes: of at most `most`, in whole pretokens.
    ///
    /// # Errors
    /// As [`units`](Self::units); [`Error::Unaligned`].
    fn token_ends(&mut self, text: &str, most: usize) -> Result<Vec<usize>, Error> {
        let mut ids = Vec::new();
        let mut end = 0;
        self.units(text, &[], &mut |unit| {
            ids.extend_from_slice(unit.ids);
            end = unit.end;
            if ids.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let mut at = 0;
        let mut ends = Vec::with_capacity(ids.len());
        for &id in &ids {
            at += self.token_length(id);
            ends.push(at);
        }
        if at == end { Ok(ends) } else { Err(Error::Unaligned) }
    }

    /// Makes `text` shorter until it has at most `most` tokens, the marker included. Cuts are between tokens and between
    /// characters; the count is that of the result itself, which may have other tokens where it was joined.
    ///
    /// # Errors
    /// As [`units`](Self::units); [`Error::Unaligned`].
    fn truncate(&mut self, text: &str, most: usize, keep: Keep, marker: &str) -> Result<Truncation, Error> {
        let tokens = self.count_until(text, most, &[])?;
        if tokens <= most {
            return Ok(Truncation {
                head_end: text.len(),
                tail_start: text.len(),
                marked: false,
                tokens,
                truncated: false,
            });
        }
        let ends = self.token_ends(text, if keep == Keep::Start { most } else { usize::MAX })?;
        let marker_tokens = self.count(marker, &[])?;
        let marked = !marker.is_empty() && marker_tokens <= most;
        let marker = if marked { marker } else { "" };
        let mut budget = if marked { most - marker_tokens } else { most };
        loop {
            let tail_tokens = match keep {
                Keep::Start => 0,
                Keep::End => budget,
                Keep::Both => budget / 2,
            };
            let head_tokens = budget - tail_tokens;
            let head_end = if head_tokens == 0 { 0 } else { border_before(text, ends[head_tokens - 1]) };
            let tail_start = if tail_tokens == 0 {
                text.len()
            } else {
                border_behind(text, ends[ends.len() - tail_tokens - 1])
            };
            let tokens = self.count(&[&text[..head_end], marker, &text[tail_start..]].concat(), &[])?;
            if tokens <= most {
                return Ok(Truncation { head_end, tail_start, marked, tokens, truncated: true });
            }
            // Only the marker is left when the budget is used up, and the marker fits.
            budget -= (tokens - most).min(budget);
        }
    }

    /// Cuts `text` into parts of at most `most` tokens each, between tokens and between characters. Each part but the
    /// first begins about `overlap` tokens before the end of the one before; without overlap the parts are the text.
    ///
    /// # Errors
    /// As [`units`](Self::units); [`Error::Unaligned`]; [`Error::TooFewTokens`] where one character has more than `most` tokens.
    fn split(&mut self, text: &str, most: usize, overlap: usize) -> Result<Vec<Part>, Error> {
        let mut parts: Vec<Part> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            // A pretoken may be as long as the text; what is far behind the part need not be looked at for each of them.
            let window = most.saturating_add(1).saturating_mul(WINDOW_CHARACTERS);
            let rest = rest.char_indices().nth(window).map_or(rest, |(end, _)| &rest[..end]);
            let last = start + rest.len() == text.len();
            let ends = self.token_ends(rest, most)?;
            if last && ends.len() <= most {
                parts.push(Part { start, end: text.len(), tokens: ends.len() });
                break;
            }
            let mut taken = most.min(ends.len());
            let (length, tokens) = loop {
                let length = if taken == 0 { 0 } else { border_before(rest, ends[taken - 1]) };
                if length == 0 {
                    return Err(Error::TooFewTokens { most, at: start });
                }
                let tokens = self.count(&rest[..length], &[])?;
                if tokens <= most {
                    break (length, tokens);
                }
                taken -= (tokens - most).min(taken);
            };
            if let Some(before) = parts.last()
                && start + length <= before.end
            {
                // The overlap leaves no room for what follows it: this part does without.
                start = before.end;
                continue;
            }
            parts.push(Part { start, end: start + length, tokens });
            if start + length == text.len() {
                break;
            }
            let overlap_start =
                if overlap >= taken { 0 } else { border_behind(rest, ends[taken - overlap - 1]) };
            // A part must begin behind the one before.
            start += if overlap_start == 0 { length } else { overlap_start.min(length) };
        }
        Ok(parts)
    }

    /// Counts a text to which more will be appended: from `stable_end` on it has to be counted again with what follows,
    /// and only from there.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    fn count_growing(&mut self, text: &str, allowed: &[u32]) -> Result<GrowingCount, Error> {
        // Where a special token may begin whose end is still to come.
        let longest = self.special_tokens().iter().map(|(text, _)| text.len()).max().unwrap_or(0);
        let special = if allowed.is_empty() { 0 } else { longest.saturating_sub(1) };
        let safe_end = text.len().saturating_sub(special);
        let mut units = vec![(0, 0)];
        let mut tokens = 0;
        self.units(text, allowed, &mut |unit| {
            tokens += unit.ids.len();
            if unit.end <= safe_end {
                units.push((unit.end, tokens));
            }
            ControlFlow::Continue(())
        })?;
        let (stable_end, stable_tokens) = units[units.len().saturating_sub(UNSTABLE_PRETOKENS + 1)];
        Ok(GrowingCount { tokens, stable_end, stable_tokens })
    }
}

/// The last border between characters at or before `at`.
fn border_before(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first border between characters at or behind `at`.
fn border_behind(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
