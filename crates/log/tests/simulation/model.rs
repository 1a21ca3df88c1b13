//! What a log may hold: the batches that were ever given to it, as a tree, since one that was lost or refused gives its
//! place to another.

use std::collections::HashMap;

/// An event as it must be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) stream_seq: u64,
    pub(crate) stream: String,
    pub(crate) kind: String,
    pub(crate) time_ms: u64,
    pub(crate) code: u8,
    pub(crate) data: Vec<u8>,
}

struct Batch {
    parent: usize,
    events: Vec<Event>,
    key: Option<String>,
    /// The seq behind it.
    end: u64,
    /// Whether the log said that it has it not, and went on.
    refused: bool,
}

/// What a log owes.
pub(crate) struct Model {
    batches: Vec<Batch>,
    /// The batch that the log ends with.
    tip: usize,
    /// The last batch that no crash may take.
    durable: usize,
    /// The last batch that the end of the process may not take.
    written: usize,
    /// The seq of the first event; a prune that failed leaves it somewhere up to `pruned`.
    pub(crate) first: u64,
    pub(crate) pruned: u64,
}

/// How safe a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Safety {
    Written,
    Durable,
}

impl Model {
    pub(crate) fn new() -> Self {
        let root = Batch { parent: 0, events: Vec::new(), key: None, end: 0, refused: false };
        Self { batches: vec![root], tip: 0, durable: 0, written: 0, first: 0, pruned: 0 }
    }

    fn path(&self, mut batch: usize) -> Vec<usize> {
        let mut path = Vec::new();
        while batch != 0 {
            path.push(batch);
            batch = self.batches[batch].parent;
        }
        path.reverse();
        path
    }

    pub(crate) fn next(&self) -> u64 {
        self.batches[self.tip].end
    }

    pub(crate) fn durable_end(&self) -> u64 {
        self.batches[self.durable].end
    }

    /// The events that the log has, pruned ones left out.
    pub(crate) fn events(&self) -> Vec<&Event> {
        self.path(self.tip)
            .into_iter()
            .flat_map(|batch| &self.batches[batch].events)
            .filter(|event| event.seq >= self.first)
            .collect()
    }

    pub(crate) fn stream_next(&self, stream: &str) -> u64 {
        let mut at = self.tip;
        while at != 0 {
            let batch = &self.batches[at];
            if let Some(event) = batch.events.iter().rev().find(|event| event.stream == stream) {
                return event.stream_seq + 1;
            }
            at = batch.parent;
        }
        0
    }

    /// The first event of the batch with a key, and how many it has.
    pub(crate) fn key(&self, key: &str) -> Option<(&Event, usize)> {
        let mut at = self.tip;
        while at != 0 {
            let batch = &self.batches[at];
            if batch.key.as_deref() == Some(key) {
                return Some((&batch.events[0], batch.events.len()));
            }
            at = batch.parent;
        }
        None
    }

    /// The keys of the log, first to last.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.path(self.tip).into_iter().filter_map(|batch| self.batches[batch].key.as_deref()).collect()
    }

    /// A batch at the log's end.
    pub(crate) fn append(&mut self, events: Vec<Event>, key: Option<String>) {
        let end = self.next() + events.len() as u64;
        self.batches.push(Batch { parent: self.tip, events, key, end, refused: false });
        self.tip = self.batches.len() - 1;
    }

    pub(crate) fn tip(&self) -> usize {
        self.tip
    }

    /// The log ends with an earlier batch again; what came after it may appear after a crash, unless it is refused for good.
    pub(crate) fn undo(&mut self, tip: usize, refused: bool) {
        let mut at = self.tip;
        while at != tip {
            self.batches[at].refused = refused;
            at = self.batches[at].parent;
        }
        self.tip = tip;
    }

    /// All that the log has is this safe.
    pub(crate) fn secure(&mut self, safety: Safety) {
        self.written = self.tip;
        if safety == Safety::Durable {
            self.durable = self.tip;
        }
    }

    /// Takes what a log holds after it was opened again, or says what is wrong with it.
    pub(crate) fn recover(&mut self, first: u64, held: &[Event], least: Safety) -> Result<(), String> {
        if first < self.first || first > self.pruned {
            return Err(format!("begins at {first}, pruned from {} to {}", self.first, self.pruned));
        }
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, batch) in self.batches.iter().enumerate().skip(1) {
            children.entry(batch.parent).or_default().push(index);
        }
        // Where events are pruned any batch is as good as another: those that lead to what must be there come first.
        let owed = if least == Safety::Durable { self.durable } else { self.written };
        let owed_path = self.path(owed);
        let mut waiting = vec![(0, 0)];
        let mut best = 0;
        while let Some((at, taken)) = waiting.pop() {
            if taken == held.len() && self.batches[at].end >= first {
                let path = self.path(at);
                if path.iter().any(|batch| self.batches[*batch].refused) {
                    return Err(format!("has events from {} on that it refused", self.batches[at].end));
                }
                if path.len() >= owed_path.len() && path[..owed_path.len()] == owed_path {
                    self.tip = at;
                    self.first = first;
                    self.pruned = first;
                    // What was lost is lost; what is there now was read from the disk or its cache.
                    self.written = owed;
                    return Ok(());
                }
            }
            best = best.max(taken);
            let mut next = children.get(&at).cloned().unwrap_or_default();
            next.sort_by_key(|child| owed_path.contains(child));
            for child in next {
                let events = &self.batches[child].events;
                let seen: Vec<_> = events.iter().filter(|event| event.seq >= first).collect();
                if held.len() >= taken + seen.len()
                    && held[taken..taken + seen.len()].iter().zip(&seen).all(|(held, seen)| held == *seen)
                {
                    waiting.push((child, taken + seen.len()));
                }
            }
        }
        let owed_events = self.batches[owed].end;
        Err(format!(
            "holds {} events from {first}, of which {best} are as they were; {owed_events} are owed: {:?}",
            held.len(),
            held.get(best).map(|event| (event.seq, event.stream_seq, event.data.len()))
        ))
    }
}
