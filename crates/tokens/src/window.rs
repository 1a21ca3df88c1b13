//! Where the pretokens of 64 bytes of ASCII end, all at once: the alternatives of the expressions become a few dozen
//! operations on bit masks. What a window cannot decide (a contraction, characters beyond ASCII, a run that reaches its
//! end) is left to the scanners of `scan.rs`, whose answers these are.

use crate::{
    arch::{Masks, WINDOW_BYTES, classify},
    scan::contraction,
};

/// The expressions that differ only in what a window can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// `cl100k_base`: a word is letters of any case, and a contraction starts a pretoken.
    Cl100k,
    /// `o200k_base`: a word ends before an upper-case letter behind a lower-case one, a contraction ends a word, and
    /// slashes may follow the newlines behind symbols.
    O200k,
}

/// Bit `i` for each pretoken that ends before byte `i`, of those that start at byte 0 or later and end within the
/// window; 0 where not even the first is decided. Byte 0 starts a pretoken, and more text follows the window.
#[inline]
pub(crate) fn ends(window: &[u8; WINDOW_BYTES], rule: Rule) -> u64 {
    let masks = classify(window);
    let Masks { upper, lower, digit, space, newline, control_space, .. } = masks;
    let letter = upper | lower;
    let blank = (space | control_space) & !newline;
    let white = blank | newline;
    let symbol = !(letter | digit | white);

    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`: newlines directly behind symbols belong to them. The addition carries through each
    // run of newlines that starts behind a symbol, which clears it.
    let taken = newline & !newline.wrapping_add(newline & behind(symbol));
    let free_newline = newline & !taken;
    let free_white = white & !taken;
    // A run of white space starts a pretoken, which ends behind the last newline of the run (`\s*[\r\n]+`) or before
    // its last blank (`\s+(?!\S)`), which is left to what follows.
    let white_start = free_white & !behind(free_white);
    let behind_newlines = blank & behind(free_newline);
    let last_blank = blank & !(white >> 1);
    // A symbol alone may be the first character of a word: `[^\r\n\p{L}\p{N}]?\p{L}+`; so may a blank. A space before
    // symbols belongs to them.
    let symbol_start = symbol & !behind(symbol) & !behind(space);
    let word_start = letter & behind(digit | newline | (symbol & !symbol_start));
    let mut number_starts = digit & !behind(digit);
    // `\p{N}{1,3}`: a pretoken at every third digit of a run.
    let three_digits_before = digit & behind(digit & behind(digit & behind(digit)));
    let mut third = number_starts;
    loop {
        third = third << 3 & three_digits_before;
        if third == 0 {
            break;
        }
        number_starts |= third;
    }
    let mut found = white_start | behind_newlines | last_blank | symbol_start | word_start | number_starts;

    // What follows is decided by the scanners: everything from the first of them on.
    let mut undecided = masks.beyond_ascii;
    // Blanks between newlines: where the run of white space is cut depends on what is behind it.
    undecided |= blank.wrapping_add(behind_newlines) & !blank & newline;
    // The last byte's successor is not known.
    let mut apostrophes = masks.apostrophe & ((letter | masks.beyond_ascii) >> 1 | 1 << (WINDOW_BYTES - 1));
    if rule == Rule::O200k {
        found |= upper & behind(lower);
        undecided |= masks.slash & behind(taken);
        apostrophes &= behind(letter);
    }
    while apostrophes != 0 {
        let at = apostrophes.trailing_zeros();
        // A letter at the end of the window may be the first of two.
        if at + 3 > u64::BITS || contraction(window, at as usize).is_some() {
            undecided |= 1 << at;
            break;
        }
        apostrophes &= apostrophes - 1;
    }
    let decided = below(undecided.trailing_zeros());
    // A run of white space that reaches what is undecided may go on there: of it, only the start is known.
    let solid = !white & decided;
    found & decided & below((65 - solid.leading_zeros()).min(64)) & !1
}

/// The places behind those of a mask.
#[inline]
fn behind(mask: u64) -> u64 {
    mask << 1
}

/// A mask of the first `count` places, of at most 64.
#[inline]
fn below(count: u32) -> u64 {
    u64::MAX.checked_shr(u64::BITS - count).unwrap_or(0)
}
