//! Byte-pair merging by a table of any kind, through a heap: `O(n log n)`, whatever the piece.

use std::{cmp::Reverse, collections::BinaryHeap};

/// No pair, and no part.
const NONE: u32 = u32::MAX;

/// What two adjacent parts become: which pair comes first, and the part of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) priority: u32,
    pub(crate) merged: u32,
}

/// A part of the piece, in a doubly linked list. `token` is `NONE` once it has become part of the one before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) token: u32,
    /// Its first byte; parts are named by it.
    pub(crate) start: u32,
    /// The part behind it, which is where it ends.
    pub(crate) end: u32,
    previous: u32,
    /// What it becomes with the part behind it.
    merged: u32,
}

/// Scratch space that pieces share.
#[derive(Debug, Default)]
pub(crate) struct PairMerger {
    parts: Vec<Part>,
    heap: BinaryHeap<Reverse<(u32, u32, u32)>>,
}

impl PairMerger {
    /// Merges parts of one byte each, and calls `emit` with the token of each part that is left. The pair of the lowest
    /// priority is merged first, the leftmost of equals.
    ///
    /// An entry of the heap counts as long as the pair that is now there makes the same token, even where it is another
    /// pair than the one queued: so do Hugging Face's tokenizers.
    pub(crate) fn merge(
        &mut self,
        tokens: impl ExactSizeIterator<Item = u32>,
        pair: impl Fn(&Part, &Part) -> Option<Merge>,
        mut emit: impl FnMut(u32),
    ) {
        let Self { parts, heap } = self;
        let end = u32::try_from(tokens.len()).expect("the tokenizer takes no text of 4 GiB");
        parts.clear();
        heap.clear();
        parts.extend((0..end).zip(tokens).map(|(start, token)| Part {
            token,
            start,
            end: start + 1,
            previous: start.wrapping_sub(1),
            merged: NONE,
        }));
        // Looks at `left` and the part behind it, and queues the pair.
        let look = |parts: &mut [Part], heap: &mut BinaryHeap<Reverse<(u32, u32, u32)>>, left: u32| {
            let part = parts[left as usize];
            let found = if part.end == end { None } else { pair(&part, &parts[part.end as usize]) };
            parts[left as usize].merged = found.map_or(NONE, |merge| merge.merged);
            if let Some(Merge { priority, merged }) = found {
                heap.push(Reverse((priority, left, merged)));
            }
        };
        for left in 0..end {
            look(parts, heap, left);
        }
        while let Some(Reverse((_, left, merged))) = heap.pop() {
            let part = parts[left as usize];
            if part.token == NONE || part.merged != merged {
                continue;
            }
            let right = part.end;
            let behind = parts[right as usize].end;
            parts[right as usize].token = NONE;
            parts[left as usize].token = merged;
            parts[left as usize].end = behind;
            if behind != end {
                parts[behind as usize].previous = left;
            }
            if part.previous != NONE {
                look(parts, heap, part.previous);
            }
            look(parts, heap, left);
        }
        let mut at = 0;
        while at != end {
            let part = &parts[at as usize];
            emit(part.token);
            at = part.end;
        }
    }
}
