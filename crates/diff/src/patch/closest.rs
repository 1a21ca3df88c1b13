//! The places in a source that are most like the lines of a hunk that are nowhere in it.

/// The share of lines in common below which a place is not worth showing.
const MIN_SCORE: f64 = 0.3;
const MAX_CANDIDATES: usize = 3;

/// Lines of the source that are like those of a hunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The first of the lines, counted from 1.
    pub start_line: usize,
    /// The last of them.
    pub end_line: usize,
    /// How alike they are, from 0 to 1: the share of lines in common.
    pub score: f64,
}

/// Up to three groups of lines of `source` that do not overlap and have most lines of `wanted`, the most similar first,
/// and of equally similar ones the nearest to `expected`. The lines are ids below `ids`, or above for those not known.
/// It takes about four steps for each line.
pub(super) fn closest(source: &[u32], wanted: &[u32], ids: usize, expected: isize) -> Vec<Candidate> {
    let width = wanted.len().min(source.len());
    if width == 0 {
        return Vec::new();
    }
    let mut missing = vec![0_isize; ids];
    let mut known = vec![false; ids];
    for &id in wanted.iter().filter(|&&id| (id as usize) < ids) {
        missing[id as usize] += 1;
        known[id as usize] = true;
    }
    let is_known = |id: u32| known.get(id as usize) == Some(&true);
    // The number of lines in common of the lines from each start on.
    let mut common = Vec::with_capacity(source.len() + 1 - width);
    let mut equal = 0_usize;
    for (end, &id) in source.iter().enumerate() {
        if is_known(id) {
            let missing = &mut missing[id as usize];
            equal += usize::from(*missing > 0);
            *missing -= 1;
        }
        if end + 1 < width {
            continue;
        }
        let start = end + 1 - width;
        common.push(equal);
        let id = source[start];
        if is_known(id) {
            let missing = &mut missing[id as usize];
            *missing += 1;
            equal -= usize::from(*missing > 0);
        }
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    while candidates.len() < MAX_CANDIDATES {
        let mut best: Option<(usize, usize)> = None;
        for (start, &equal) in common.iter().enumerate() {
            let overlaps =
                |candidate: &Candidate| start + width >= candidate.start_line && start < candidate.end_line;
            let far = |start: usize| (start.cast_signed() - expected).unsigned_abs();
            let better =
                best.is_none_or(|(at, most)| equal > most || (equal == most && far(start) < far(at)));
            if better && !candidates.iter().any(overlaps) {
                best = Some((start, equal));
            }
        }
        let Some((start, equal)) = best else { break };
        #[expect(clippy::cast_precision_loss, reason = "a text has fewer than 2^52 lines")]
        let score = (2 * equal) as f64 / (width + wanted.len()) as f64;
        if score < MIN_SCORE {
            break;
        }
        candidates.push(Candidate { start_line: start + 1, end_line: start + width, score });
    }
    candidates
}
