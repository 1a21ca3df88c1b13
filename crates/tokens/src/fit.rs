//! What fits a number of tokens: counts that stop early, texts made shorter, texts in parts, and counts of texts that
//! grow. `lib/tokens/fit.js` is the same over UTF-16.

use crate::{Error, Tokenizer};
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

impl Tokenizer {
    /// The number of tokens of `text`, or `limit + 1` as soon as there are more than `limit`.
    pub fn count_until(&mut self, text: &str, limit: usize, allowed: &[u32]) -> usize {
        let mut total = 0;
        self.units(text, allowed, |unit| {
            total += unit.ids.len();
            if total > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        total.min(limit.saturating_add(1))
    }

    /// The token ids of `text`, and where each starts, in bytes; the end of the text follows as one more. With special
    /// tokens not allowed, they are those of [`Tokenizer::encode`] without.
    pub fn encode_with_offsets(&mut self, text: &str, allowed: &[u32]) -> (Vec<u32>, Vec<usize>) {
        let mut ids = Vec::with_capacity(text.len() / 3);
        let mut starts = Vec::new();
        self.units(text, allowed, |unit| {
            ids.extend_from_slice(unit.ids);
            starts.resize(ids.len(), unit.start);
            ControlFlow::Continue(())
        });
        // Each unit's tokens have its start so far; together they are its bytes.
        let mut at = 0;
        for (start, &id) in starts.iter_mut().zip(&ids) {
            *start = at;
            at += self.length(id);
        }
        starts.push(text.len());
        (ids, starts)
    }

    /// Where the first tokens of `text` end, in bytes: of at most `most`, in whole pretokens.
    fn token_ends(&mut self, text: &str, most: usize) -> Vec<usize> {
        let mut ids = Vec::new();
        self.units(text, &[], |unit| {
            ids.extend_from_slice(unit.ids);
            if ids.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let mut end = 0;
        ids.iter()
            .map(|&id| {
                end += self.length(id);
                end
            })
            .collect()
    }

    /// Makes `text` shorter until it has at most `most` tokens, the marker included. Cuts are between tokens and between
    /// characters; the count is that of the result itself, which may have other tokens where it was joined.
    pub fn truncate(&mut self, text: &str, most: usize, keep: Keep, marker: &str) -> Truncation {
        let tokens = self.count_until(text, most, &[]);
        if tokens <= most {
            return Truncation {
                head_end: text.len(),
                tail_start: text.len(),
                marked: false,
                tokens,
                truncated: false,
            };
        }
        let ends = self.token_ends(text, if keep == Keep::Start { most } else { usize::MAX });
        let marker_tokens = self.count(marker, &[]);
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
            let tokens = self.count(&[&text[..head_end], marker, &text[tail_start..]].concat(), &[]);
            if tokens <= most {
                return Truncation { head_end, tail_start, marked, tokens, truncated: true };
            }
            // Only the marker is left when the budget is used up, and the marker fits.
            budget -= (tokens - most).min(budget);
        }
    }

    /// Cuts `text` into parts of at most `most` tokens each, between tokens and between characters. Each part but the
    /// first begins about `overlap` tokens before the end of the one before; without overlap the parts are the text.
    ///
    /// # Errors
    /// [`Error::TooFewTokens`] where one character has more than `most` tokens.
    pub fn split(&mut self, text: &str, most: usize, overlap: usize) -> Result<Vec<Part>, Error> {
        let mut parts: Vec<Part> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            // A pretoken may be as long as the text; what is far behind the part need not be looked at for each of them.
            let window = most.saturating_add(1).saturating_mul(WINDOW_CHARACTERS);
            let rest = rest.char_indices().nth(window).map_or(rest, |(end, _)| &rest[..end]);
            let last = start + rest.len() == text.len();
            let ends = self.token_ends(rest, most);
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
                let tokens = self.count(&rest[..length], &[]);
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
    pub fn count_growing(&mut self, text: &str, allowed: &[u32]) -> GrowingCount {
        // Where a special token may begin whose end is still to come.
        let special = if allowed.is_empty() { 0 } else { self.longest_special() - 1 };
        let safe_end = text.len().saturating_sub(special);
        let mut units = vec![(0, 0)];
        let mut tokens = 0;
        self.units(text, allowed, |unit| {
            tokens += unit.ids.len();
            if unit.end <= safe_end {
                units.push((unit.end, tokens));
            }
            ControlFlow::Continue(())
        });
        let (stable_end, stable_tokens) = units[units.len().saturating_sub(UNSTABLE_PRETOKENS + 1)];
        GrowingCount { tokens, stable_end, stable_tokens }
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
