//! Byte-pair merging of a pretoken that is not a token: the adjacent pair whose concatenation has the lowest rank is
//! merged first, the leftmost of equals, until no pair is a token.

use crate::vocabulary::Vocabulary;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Up to this many bytes a scan over an array for the lowest pair is faster than a heap. Both give the same merges.
const MAX_SCAN_BYTES: usize = 96;

/// What stays allocated for the next pretoken: 24 bytes a part, so some 100 KB.
const MAX_KEPT_PARTS: usize = 4096;

const NO_RANK: u32 = u32::MAX;

/// Scratch space that pretokens share. What a very long one needed is given back.
#[derive(Default)]
pub(crate) struct Merger {
    parts: Vec<Part>,
    heap: BinaryHeap<Reverse<Pair>>,
}

/// A part of the piece, in a doubly linked list when the heap merges.
#[derive(Clone, Copy)]
struct Part {
    start: u32,
    /// The rank of this part merged with the next, or `NO_RANK`.
    rank: u32,
    previous: u32,
    /// The index of the next part; the number of parts at the end.
    next: u32,
}

/// A candidate merge. The order is the order of merging: by rank, then from left to right.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    rank: u32,
    left: u32,
}

impl Merger {
    pub(crate) fn count(&mut self, piece: &[u8], vocabulary: &Vocabulary) -> usize {
        let mut count = 0;
        self.merge(piece, vocabulary, |_| count += 1);
        count
    }

    pub(crate) fn encode(&mut self, piece: &[u8], vocabulary: &Vocabulary, ids: &mut Vec<u32>) {
        self.merge(piece, vocabulary, |token| {
            ids.push(
                vocabulary.rank(token).expect("every single byte is a token, and merges only make tokens"),
            );
        });
    }

    /// Calls `emit` with each token of the piece in order.
    fn merge<'a>(&mut self, piece: &'a [u8], vocabulary: &Vocabulary, emit: impl FnMut(&'a [u8])) {
        if piece.len() <= MAX_SCAN_BYTES {
            self.merge_by_scan(piece, vocabulary, emit);
        } else {
            self.merge_by_heap(piece, vocabulary, emit);
            self.parts.clear();
            self.parts.shrink_to(MAX_KEPT_PARTS);
            self.heap.clear();
            self.heap.shrink_to(MAX_KEPT_PARTS);
        }
    }

    fn merge_by_scan<'a>(
        &mut self,
        piece: &'a [u8],
        vocabulary: &Vocabulary,
        mut emit: impl FnMut(&'a [u8]),
    ) {
        let parts = &mut self.parts;
        parts.clear();
        // One past the last, so that `parts[i + 1].start` is always the end of part `i`.
        parts.extend((0..=length(piece)).map(|start| Part { start, rank: NO_RANK, previous: 0, next: 0 }));
        let rank_of = |parts: &[Part], left: usize| match parts.get(left + 2) {
            Some(end) => {
                vocabulary.rank(&piece[parts[left].start as usize..end.start as usize]).unwrap_or(NO_RANK)
            }
            None => NO_RANK,
        };
        for left in 0..parts.len() {
            parts[left].rank = rank_of(parts, left);
        }
        loop {
            let lowest = parts.iter().enumerate().min_by_key(|(_, part)| part.rank);
            let Some((left, _)) = lowest.filter(|(_, part)| part.rank != NO_RANK) else { break };
            parts.remove(left + 1);
            parts[left].rank = rank_of(parts, left);
            if left > 0 {
                parts[left - 1].rank = rank_of(parts, left - 1);
            }
        }
        for pair in parts.windows(2) {
            emit(&piece[pair[0].start as usize..pair[1].start as usize]);
        }
    }

    fn merge_by_heap<'a>(
        &mut self,
        piece: &'a [u8],
        vocabulary: &Vocabulary,
        mut emit: impl FnMut(&'a [u8]),
    ) {
        let Self { parts, heap } = self;
        let end = length(piece);
        parts.clear();
        heap.clear();
        parts.extend((0..end).map(|start| Part {
            start,
            rank: NO_RANK,
            previous: start.wrapping_sub(1),
            next: start + 1,
        }));
        let start_of = |parts: &[Part], index: u32| parts.get(index as usize).map_or(end, |part| part.start);
        // Ranks `left` with the part behind it and queues the pair.
        let rank = |parts: &mut [Part], heap: &mut BinaryHeap<Reverse<Pair>>, left: u32| {
            let part = parts[left as usize];
            let rank = if part.next == end {
                NO_RANK
            } else {
                let after = parts[part.next as usize].next;
                let bytes = &piece[part.start as usize..start_of(parts, after) as usize];
                vocabulary.rank(bytes).unwrap_or(NO_RANK)
            };
            parts[left as usize].rank = rank;
            if rank != NO_RANK {
                heap.push(Reverse(Pair { rank, left }));
            }
        };
        for left in 0..end {
            rank(parts, heap, left);
        }
        while let Some(Reverse(pair)) = heap.pop() {
            // A pair whose left part has since merged has another rank, or none: it is out of date.
            if parts[pair.left as usize].rank != pair.rank {
                continue;
            }
            let right = parts[pair.left as usize].next;
            let after = parts[right as usize].next;
            parts[right as usize].rank = NO_RANK;
            parts[pair.left as usize].next = after;
            if after != end {
                parts[after as usize].previous = pair.left;
            }
            rank(parts, heap, pair.left);
            let previous = parts[pair.left as usize].previous;
            if previous != u32::MAX {
                rank(parts, heap, previous);
            }
        }
        let mut at = 0;
        while at != end {
            let part = parts[at as usize];
            emit(&piece[part.start as usize..start_of(parts, part.next) as usize]);
            at = part.next;
        }
    }
}

/// A pretoken's length. A JavaScript string, the largest text that comes here, is below 2^30 code units.
fn length(piece: &[u8]) -> u32 {
    u32::try_from(piece.len()).expect("a pretoken is shorter than 4 GiB")
}
