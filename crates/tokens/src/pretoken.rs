//! Text cut into pretokens: windows of ASCII at a time where that is possible, else one by one.

use crate::{
    arch::WINDOW_BYTES,
    scan::{self, Scanner},
    window::{self, Rule},
};

/// Behind a window, so many bytes of text: the end of the text has rules of its own, and the memo reads a pretoken's
/// bytes sixteen at a time.
const MIN_BEHIND_WINDOW: usize = 16;

/// How an encoding cuts text.
#[derive(Clone, Copy)]
pub(crate) struct Cutter {
    pub(crate) scanner: Scanner,
    /// Windows are for the encodings in use; the others are scanned.
    pub(crate) rule: Option<Rule>,
}

impl Cutter {
    pub(crate) const O200K: Self = Self { scanner: scan::o200k, rule: Some(Rule::O200k) };
    pub(crate) const GPT2: Self = Self { scanner: scan::gpt2, rule: None };
    pub(crate) const CL100K: Self = Self { scanner: scan::cl100k, rule: Some(Rule::Cl100k) };
}

/// The pretokens of a text in order, as pairs of start and end. Together they are the whole text.
pub(crate) struct Pretokens<'t> {
    text: &'t [u8],
    cutter: Cutter,
    /// Where the next pretoken starts.
    start: usize,
    /// Where the known ends are counted from.
    base: usize,
    /// Bit `i` for an end at `base + i`.
    ends: u64,
}

impl<'t> Pretokens<'t> {
    /// `text` is UTF-8.
    #[inline]
    pub(crate) fn new(text: &'t [u8], cutter: Cutter) -> Self {
        Self { text, cutter, start: 0, base: 0, ends: 0 }
    }

    #[inline]
    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Whether no pretoken is left.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.start == self.text.len()
    }

    /// Finds the next ends, at least one where text is left.
    #[inline]
    fn advance(&mut self) {
        let rest = &self.text[self.start..];
        if let Some(rule) = self.cutter.rule
            && let Some(window) = rest.first_chunk::<{ WINDOW_BYTES + MIN_BEHIND_WINDOW }>()
            && window[..4].is_ascii()
        {
            let window = window.first_chunk::<WINDOW_BYTES>().expect("it is shorter");
            self.base = self.start;
            self.ends = window::ends(window, rule);
            if self.ends != 0 {
                return;
            }
        }
        if !rest.is_empty() {
            self.base = (self.cutter.scanner)(self.text, self.start);
            self.ends = 1;
        }
    }
}

impl Iterator for Pretokens<'_> {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.ends == 0 {
            self.advance();
            if self.ends == 0 {
                return None;
            }
        }
        let end = self.base + self.ends.trailing_zeros() as usize;
        self.ends &= self.ends - 1;
        let start = self.start;
        self.start = end;
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cutter, Pretokens};

    /// What the expressions tell apart, often enough to meet in every combination.
    const PARTS: [&str; 34] = [
        "a", "b", "s", "S", "ll", "re", "A", "B", "AB", "ab", " ", " ", "  ", "    ", "\t", "\n", "\n\n",
        "\r\n", "\x0b", "1", "22", "333", "4444444", "'", "'s", "'l", "/", "//", "(", "{\n", "_", "é", "ſ",
        "\u{a0}",
    ];

    #[test]
    fn windows_cut_where_the_scanners_do() {
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..20_000 {
            // Few kinds of parts in one text, so that runs get long.
            let kinds: Vec<&str> =
                (0..random.usize(1..12)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
            let text: String =
                (0..random.usize(60..200)).map(|_| kinds[random.usize(..kinds.len())]).collect();
            for cutter in [Cutter::O200K, Cutter::CL100K] {
                let by_window: Vec<_> = Pretokens::new(text.as_bytes(), cutter).collect();
                let by_scanner: Vec<_> =
                    Pretokens::new(text.as_bytes(), Cutter { rule: None, ..cutter }).collect();
                assert_eq!(by_window, by_scanner, "{:?}, seed {seed}: {text:?}", cutter.rule);
            }
        }
    }
}
