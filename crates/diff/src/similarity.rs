//! How alike two texts are. `lib/diff/similarity.js` does the same; its words have 30 bits.

use std::collections::HashMap;

use crate::text::code_points;

/// Above so many pairs of code points whole lines are compared instead.
const MAX_CELLS: usize = 1 << 28;
const LINE_FEED: u32 = 10;

/// How alike two texts are, from 0, nothing in common, to 1, equal: twice the length of their longest common subsequence of
/// code points, divided by the code points of both.
///
/// Where what remains between their common start and end has more than 2^28 pairs of code points, the code points in the
/// lines that both have, wherever they are, count in place of the subsequence.
///
/// ```
/// assert_eq!(tenon_diff::similarity(b"kitten", b"sitting"), 8.0 / 13.0);
/// ```
pub fn similarity(a: &[u8], b: &[u8]) -> f64 {
    if a == b {
        return 1.0;
    }
    similarity_of_points(&code_points(a).collect::<Vec<_>>(), &code_points(b).collect::<Vec<_>>())
}

pub(crate) fn similarity_of_points(a: &[u32], b: &[u32]) -> f64 {
    let total = a.len() + b.len();
    if total == 0 {
        return 1.0;
    }
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[start..], &b[start..]);
    let end = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&rest_a[..rest_a.len() - end], &rest_b[..rest_b.len() - end]);
    let (shorter, longer) = if rest_a.len() <= rest_b.len() { (rest_a, rest_b) } else { (rest_b, rest_a) };
    let common = if shorter.len().saturating_mul(longer.len()) > MAX_CELLS {
        common_in_lines(shorter, longer)
    } else {
        longest_common(shorter, longer)
    };
    float(2 * (start + end + common)) / float(total)
}

#[expect(clippy::cast_precision_loss, reason = "no text has 2^53 code points")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// The length of the longest common subsequence, by Hyyrö's bit-parallel algorithm ("Bit-parallel LCS-length computation
/// revisited", 2004): one bit of the shorter text for each step along the longer.
fn longest_common(shorter: &[u32], longer: &[u32]) -> usize {
    let mut ids = Ids::default();
    let rows: Vec<usize> = shorter.iter().map(|&point| ids.add(point)).collect();
    // A code point that only the longer text has changes nothing.
    let columns: Vec<usize> = longer.iter().filter_map(|&point| ids.get(point)).collect();
    let mut carries = vec![false; columns.len()];
    let mut masks = vec![0_u64; ids.count];
    let mut length = 0;
    for block in rows.chunks(64) {
        for (bit, &id) in block.iter().enumerate() {
            masks[id] |= 1 << bit;
        }
        let mut word = u64::MAX;
        for (&id, carry) in columns.iter().zip(&mut carries) {
            let matches = word & masks[id];
            let (sum, first) = word.overflowing_add(matches);
            let (sum, second) = sum.overflowing_add(u64::from(*carry));
            *carry = first || second;
            word = sum | (word ^ matches);
        }
        length += word.count_zeros() as usize;
        for &id in block {
            masks[id] = 0;
        }
    }
    length
}

/// Numbers for code points; the ones of ASCII in an array.
struct Ids {
    ascii: [usize; 128],
    others: HashMap<u32, usize>,
    count: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self { ascii: [usize::MAX; 128], others: HashMap::new(), count: 0 }
    }
}

impl Ids {
    fn add(&mut self, point: u32) -> usize {
        let id = match self.ascii.get_mut(point as usize) {
            Some(id) => id,
            None => self.others.entry(point).or_insert(usize::MAX),
        };
        if *id == usize::MAX {
            *id = self.count;
            self.count += 1;
        }
        *id
    }

    fn get(&self, point: u32) -> Option<usize> {
        let id = self.ascii.get(point as usize).or_else(|| self.others.get(&point));
        id.copied().filter(|&id| id != usize::MAX)
    }
}

/// The code points in the lines that both have, wherever they are: a coarser measure, for long texts.
fn common_in_lines(shorter: &[u32], longer: &[u32]) -> usize {
    let mut counts: HashMap<&[u32], usize> = HashMap::new();
    for line in shorter.split_inclusive(|&point| point == LINE_FEED) {
        *counts.entry(line).or_default() += 1;
    }
    let mut common = 0;
    for line in longer.split_inclusive(|&point| point == LINE_FEED) {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            common += line.len();
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::{Ids, common_in_lines, longest_common, similarity};

    fn longest_common_by_table(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut next = vec![0];
            for (at, y) in b.iter().enumerate() {
                next.push(if x == y { row[at] + 1 } else { row[at + 1].max(next[at]) });
            }
            row = next;
        }
        row[b.len()]
    }

    #[test]
    fn the_length_equals_that_of_the_table() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let mut text = || {
                let length = random.usize(..200);
                let spread = random.u32(1..6);
                (0..length).map(|_| 97 + random.u32(..spread)).collect::<Vec<_>>()
            };
            let (a, b) = (text(), text());
            assert_eq!(longest_common(&a, &b), longest_common_by_table(&a, &b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn empty_texts_are_equal_and_nothing_in_common_is_nothing() {
        assert!((similarity(b"", b"") - 1.0).abs() < f64::EPSILON);
        assert!(similarity(b"a", b"").abs() < f64::EPSILON);
        assert!(similarity(b"abc", b"xyz").abs() < f64::EPSILON);
        assert!((similarity("é".as_bytes(), b"\xc3\xa9") - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn long_texts_are_measured_in_lines() {
        let lines = |range: std::ops::Range<usize>| {
            range.flat_map(|line| format!("line {line}\n").into_bytes()).collect::<Vec<_>>()
        };
        let (a, b) = (lines(1000..6000), lines(3000..8000));
        assert!((similarity(&a, &b) - 0.6).abs() < 1e-3);
        assert_eq!(common_in_lines(&[97, 10, 98], &[98, 10, 97, 10]), 2);
    }

    #[test]
    fn ids_are_counted_from_zero() {
        let mut ids = Ids::default();
        assert_eq!([ids.add(97), ids.add(0x1_f600), ids.add(97)], [0, 1, 0]);
        assert_eq!([ids.get(97), ids.get(98), ids.get(0x1_f600)], [Some(0), None, Some(1)]);
    }
}
