//! The places of a text that are most like another: windows of whole lines. Every window is measured by the pairs of code
//! points it shares with what is sought, a sum that moves along with the window; the best few are then compared in full.
//! `lib/diff/closest.js` does the same.

use std::cell::OnceCell;

use crate::similarity::{float, similarity_of_points};
use crate::text::code_points;

/// Pairs of code points are counted in so many buckets.
const BUCKETS: usize = 1 << 12;
/// Bounds the comparisons of the windows' code points with the needle's, by pairs.
const MAX_CELLS: f64 = (1 << 26) as f64;
/// How many lines more or fewer than the needle a window may have at each end.
const SLACK: usize = 2;
const MOVES: usize = 4 * SLACK;
/// More windows are never returned.
const MAX_LIMIT: usize = 100;

/// Lines of a text that are like another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closest {
    /// The first, counted from 1. A line ends in LF, CRLF or CR.
    pub start_line: usize,
    /// The last.
    pub end_line: usize,
    /// Their `similarity` to what was sought, the ends of lines as LF and the last without one.
    pub score: f64,
}

/// The windows of whole lines of `haystack` that are most like `needle`: at most `limit` and never more than 100, with
/// `min_score` or more, best first, equal ones in the order of their lines. None overlaps another.
///
/// ```
/// let found = tenon_diff::closest(b"one\ntwo\nthree\n", b"twoo\n", 1, 0.0);
/// assert_eq!((found[0].start_line, found[0].end_line), (2, 2));
/// ```
pub fn closest(haystack: &[u8], needle: &[u8], limit: usize, min_score: f64) -> Vec<Closest> {
    closest_in(&Lines::new(haystack), needle, limit, min_score)
}

/// The same for a haystack that is searched more than once.
pub(crate) fn closest_in(lines: &Lines, needle: &[u8], limit: usize, min_score: f64) -> Vec<Closest> {
    let limit = limit.min(MAX_LIMIT);
    let sought = Lines::new(needle);
    if lines.count == 0 || sought.count == 0 || limit == 0 {
        return Vec::new();
    }
    let height = sought.count.min(lines.count);
    let points = sought.window(0, sought.count);
    let height_in_points = (float(lines.points.len()) / float(lines.count) * float(height)).ceil();
    let affordable = whole((MAX_CELLS / (float(points.len()) * height_in_points).max(1.0)).floor());
    let starts = best_apart(lines, &sought, limit.max(affordable.min(2 * limit + 2)));
    let measure = |from: usize, to: usize| Window {
        from,
        to,
        score: similarity_of_points(points, lines.window(from, to)),
    };
    let mut measured: Vec<Window> = starts.iter().map(|&from| measure(from, from + height)).collect();
    measured.sort_by(Window::order);
    let mut refinements = affordable.saturating_sub(starts.len());
    let mut found: Vec<Window> = Vec::new();
    for window in measured {
        if found.len() == limit {
            break;
        }
        let mut best = window;
        if refinements >= MOVES && best.score < 1.0 {
            refinements -= MOVES;
            best = refine(best, lines.count, measure);
        }
        let overlaps = found.iter().any(|other| best.from < other.to && other.from < best.to);
        if best.score >= min_score && !overlaps {
            found.push(best);
        }
    }
    found.sort_by(Window::order);
    found.iter().map(|it| Closest { start_line: it.from + 1, end_line: it.to, score: it.score }).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to MAX_CELLS")]
fn whole(number: f64) -> usize {
    number as usize
}

/// Lines from 0, without `to`.
#[derive(Clone, Copy)]
struct Window {
    from: usize,
    to: usize,
    score: f64,
}

impl Window {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(self.from.cmp(&other.from))
    }
}

/// Moves the window's start, then its end, to where it is most alike.
fn refine(window: Window, count: usize, measure: impl Fn(usize, usize) -> Window) -> Window {
    let mut best = window;
    for end in [false, true] {
        let Window { from, to, .. } = best;
        for step in 1..=SLACK {
            for back in [true, false] {
                let moved = |line: usize| if back { line.checked_sub(step) } else { Some(line + step) };
                let (start, stop) = if end { (Some(from), moved(to)) } else { (moved(from), Some(to)) };
                let (Some(start), Some(stop)) = (start, stop) else { continue };
                if stop > count || start >= stop {
                    continue;
                }
                let moved = measure(start, stop);
                if moved.score > best.score {
                    best = moved;
                }
            }
        }
    }
    best
}

/// The starts of at most `limit` windows as high as `sought` that share the most pairs of neighbouring code points with it,
/// none of which overlaps another. Windows around one may have the same lines in another order, so of those that overlap it
/// the one is taken whose first and last lines are like the first and the last of `sought` too.
fn best_apart(lines: &Lines, sought: &Lines, limit: usize) -> Vec<usize> {
    let height = sought.count.min(lines.count);
    let mut estimates = estimate(lines, sought, height);
    let (lines, sought) = (lines.pairs(), sought.pairs());
    let mut first = Counts::new(sought.of(0));
    let mut last = Counts::new(sought.of(sought.ends.len() - 1));
    let mut starts = Vec::new();
    while starts.len() < limit {
        let mut peak: Option<usize> = None;
        for (at, &estimate) in estimates.iter().enumerate() {
            if estimate > peak.map_or(0.0, |peak| estimates[peak]) {
                peak = Some(at);
            }
        }
        let Some(peak) = peak else { break };
        let mut best = peak;
        let mut most = 0.0;
        let around = (peak + 1).saturating_sub(height)..estimates.len().min(peak + height);
        for (at, &estimate) in estimates.iter().enumerate().take(around.end).skip(around.start) {
            if estimate > 0.0 {
                let ends = first.likeness(lines.of(at)) + last.likeness(lines.of(at + height - 1));
                if estimate + ends / 4.0 > most {
                    best = at;
                    most = estimate + ends / 4.0;
                }
            }
        }
        starts.push(best);
        let end = estimates.len().min(best + height);
        estimates[(best + 1).saturating_sub(height)..end].fill(0.0);
    }
    starts
}

/// For each window of `height` lines, from 0 to 1, how many pairs of neighbouring code points it shares with `sought`.
/// Blanks at the ends of lines do not count.
fn estimate(lines: &Lines, sought: &Lines, height: usize) -> Vec<f64> {
    let own = lines.pairs();
    let wanted = &sought.pairs().pairs;
    let Counts { mut counts, .. } = Counts::new(wanted);
    let mut estimates = vec![0.0; lines.count - height + 1];
    let mut shared = 0;
    for (line, end) in own.ends.iter().enumerate() {
        for &pair in own.of(line) {
            let count = &mut counts[usize::from(pair)];
            shared += usize::from(*count > 0);
            *count -= 1;
        }
        let Some(from) = (line + 1).checked_sub(height) else { continue };
        if shared > 0 {
            estimates[from] = float(2 * shared) / float(wanted.len() + end - own.start(from));
        }
        for &pair in own.of(from) {
            let count = &mut counts[usize::from(pair)];
            *count += 1;
            shared -= usize::from(*count > 0);
        }
    }
    estimates
}

/// How often there is each pair.
struct Counts {
    counts: Vec<i32>,
    length: usize,
}

impl Counts {
    fn new(pairs: &[u16]) -> Self {
        let mut counts = vec![0; BUCKETS];
        for &pair in pairs {
            counts[usize::from(pair)] += 1;
        }
        Self { counts, length: pairs.len() }
    }

    /// The part of two lines' pairs that they share.
    fn likeness(&mut self, pairs: &[u16]) -> f64 {
        let mut shared = 0;
        for &pair in pairs {
            shared += usize::from(self.counts[usize::from(pair)] > 0);
            self.counts[usize::from(pair)] -= 1;
        }
        for &pair in pairs {
            self.counts[usize::from(pair)] += 1;
        }
        if shared > 0 { float(2 * shared) / float(self.length + pairs.len()) } else { 0.0 }
    }
}

/// A text's code points by lines, which end in LF, CRLF or CR.
pub(crate) struct Lines {
    points: Vec<u32>,
    /// Where each line begins, and where one after the last would.
    starts: Vec<usize>,
    count: usize,
    pairs: OnceCell<Pairs>,
}

/// The buckets of the pairs of code points, and where each line's end.
struct Pairs {
    pairs: Vec<u16>,
    ends: Vec<usize>,
}

impl Pairs {
    fn start(&self, line: usize) -> usize {
        if line == 0 { 0 } else { self.ends[line - 1] }
    }

    fn of(&self, line: usize) -> &[u16] {
        &self.pairs[self.start(line)..self.ends[line]]
    }
}

impl Lines {
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut points = Vec::with_capacity(text.len());
        let mut starts = vec![0];
        let mut after_return = false;
        for point in code_points(text) {
            let line_feed = point == 10 || point == 13;
            if !(after_return && point == 10) {
                points.push(if line_feed { 10 } else { point });
                if line_feed {
                    starts.push(points.len());
                }
            }
            after_return = point == 13;
        }
        if starts.last().is_some_and(|&start| start < points.len()) {
            starts.push(points.len() + 1);
        }
        let count = starts.len() - 1;
        Self { points, starts, count, pairs: OnceCell::new() }
    }

    /// The code points of lines, without the last line's end.
    fn window(&self, from: usize, to: usize) -> &[u32] {
        &self.points[self.starts[from]..self.starts[to] - 1]
    }

    fn pairs(&self) -> &Pairs {
        self.pairs.get_or_init(|| self.find_pairs())
    }

    fn find_pairs(&self) -> Pairs {
        let mut pairs = Vec::with_capacity(self.points.len());
        let mut ends = Vec::with_capacity(self.count);
        for line in 0..self.count {
            let mut content = self.window(line, line + 1);
            while let [32 | 9, rest @ ..] = content {
                content = rest;
            }
            while let [rest @ .., 32 | 9] = content {
                content = rest;
            }
            let mut previous = 10_u32;
            for &point in content {
                let bucket = previous.wrapping_mul(61).wrapping_add(point) & 0xfff;
                pairs.push(u16::try_from(bucket).unwrap_or_default());
                previous = point;
            }
            ends.push(pairs.len());
        }
        Pairs { pairs, ends }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LIMIT, closest};

    fn found(haystack: &str, needle: &str, limit: usize) -> Vec<(usize, usize)> {
        closest(haystack.as_bytes(), needle.as_bytes(), limit, 0.0)
            .iter()
            .map(|it| (it.start_line, it.end_line))
            .collect()
    }

    #[test]
    fn the_best_is_first_and_none_overlaps() {
        let text = "a = 1\nb = 2\nfunction x() {\n  return 1\n}\nfunction y() {\n  return 2\n}\n";
        assert_eq!(found(text, "function y() {\n  return 3\n}\n", 3)[..2], [(6, 8), (3, 5)]);
        assert_eq!(found(text, "function y() {\n", 1), [(6, 6)]);
        assert_eq!(found("x\r\nabc\rabd", "abd", 2), [(3, 3), (2, 2)]);
    }

    #[test]
    fn a_window_may_have_some_lines_more_or_fewer() {
        let text = "one\nalpha beta\ngamma delta\nnew line here\nepsilon zeta\nlast\n";
        assert_eq!(found(text, "alpha beta\ngamma delta\nepsilon zeta\n", 1), [(2, 5)]);
    }

    #[test]
    fn there_may_be_nothing() {
        assert_eq!(found("", "a", 3), []);
        assert_eq!(found("a", "", 3), []);
        assert_eq!(found("a", "b", 3), []);
        assert_eq!(found("a", "a", 0), []);
        assert_eq!(found("\n\n", " ", 3), []);
        assert!(closest(b"abc", b"abd", 1, 0.9).is_empty());
    }

    #[test]
    fn hostile_texts_cost_little() {
        let long = "a".repeat(1 << 20);
        assert_eq!(found(&long, &"b".repeat(1 << 20), 3), []);
        let lines = "a\n".repeat(1 << 19);
        assert_eq!(found(&lines, &lines, 3), [(1, 1 << 19)]);
        assert_eq!(found(&lines, "a", usize::MAX).len(), MAX_LIMIT);
    }
}
