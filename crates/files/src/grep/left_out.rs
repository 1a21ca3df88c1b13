//! A second look, at what rules and names left out, where nothing else matched.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::read::{Outcome, Room, open};
use super::run::Plan;
use super::search::{Searcher, Stop};
use super::skipped::Matching;
use super::source::{Origin, Overlay, Source, Step};
use super::text::{Content, decode};
use crate::error::Error;
use crate::walk::{LeftOut, Reason, Select, Turn, WalkOptions};

/// The files that are looked at.
const MOST_FILES: usize = 10_000;
/// The entries that are walked over: those that were searched are among them.
const MOST_ENTRIES: usize = 1_000_000;
const MOST_BYTES: usize = 256 << 20;

impl LeftOut {
    /// Whether it may hold matches, and is left out by neither rules nor names.
    pub(super) fn is_refused(&self) -> bool {
        !matches!(self.reason, Reason::Ignored | Reason::Hidden | Reason::RootIgnored | Reason::RuleFile(_))
    }
}

/// The files that were left out, and how far the look at them has come.
pub(crate) struct SecondPass {
    root: PathBuf,
    places: Vec<Vec<u8>>,
    overlay: Overlay,
    options: WalkOptions,
    select: Arc<dyn Select + Send + Sync>,
    source: Option<Source>,
    entries: usize,
    files: usize,
    bytes: usize,
    /// Each file so far was searched whole.
    whole: bool,
    /// As [`LeftOut::is_refused`] has it.
    refused: u64,
    matching: Matching,
}

impl SecondPass {
    pub(crate) fn new(
        root: PathBuf,
        places: Vec<Vec<u8>>,
        overlay: Overlay,
        options: &WalkOptions,
        select: Arc<dyn Select + Send + Sync>,
    ) -> SecondPass {
        let options = WalkOptions { include_left_out: true, ..options.clone() };
        let matching = Matching::default();
        SecondPass {
            root,
            places,
            overlay,
            options,
            select,
            source: None,
            entries: 0,
            files: 0,
            bytes: 0,
            whole: true,
            refused: 0,
            matching,
        }
    }

    pub(crate) fn matching(&self) -> Matching {
        self.matching
    }

    /// Goes on until the deadline; true at the end. In the middle of a file it ends at `end`, and does not go on.
    /// `refused`: what the walk could not enter or take elsewhere, and meets again.
    pub(crate) fn search(
        &mut self,
        plan: &Plan,
        refused: u64,
        deadline: Option<Instant>,
        end: Option<Instant>,
        cancelled: &AtomicBool,
    ) -> Result<bool, Error> {
        let mut source = match self.source.take() {
            Some(source) => source,
            None => {
                Source::open(&self.root, &self.places, &self.overlay, &self.options, &self.select, cancelled)?
            }
        };
        let (mut room, mut decoded) = (Room::default(), String::new());
        let searcher = Searcher { pattern: &plan.pattern, shape: plan.shape, deadline: None, end, cancelled };
        loop {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.source = Some(source);
                return Ok(false);
            }
            let step = match source.next(deadline, cancelled)? {
                Turn::Next(step) => step,
                // Looked at above.
                Turn::Late => continue,
                Turn::End => {
                    self.matching.complete = self.whole && self.refused == refused;
                    return Ok(true);
                }
            };
            self.entries += 1;
            if let Step::LeftOut(left_out) = &step {
                self.refused += u64::from(left_out.is_refused());
            }
            let Step::File { origin: Origin::Disk { location, follows }, left_out: Some(reason), .. } = step
            else {
                if self.entries == MOST_ENTRIES {
                    return Ok(true);
                }
                continue;
            };
            if self.files == MOST_FILES || self.bytes >= MOST_BYTES || self.entries >= MOST_ENTRIES {
                return Ok(true);
            }
            self.files += 1;
            let outcome = match open(&location, follows, plan.max_file_bytes) {
                Ok((file, size)) => room.fill(file, size, plan.max_file_bytes),
                Err(outcome) => outcome,
            };
            match outcome {
                Outcome::Read => {}
                Outcome::Gone => continue,
                _ => {
                    self.whole = false;
                    continue;
                }
            }
            self.bytes += room.content().len();
            let Content::Text(text) = decode(room.content(), plan.encoding, plan.checks, &mut decoded) else {
                self.whole = false;
                continue;
            };
            let matches = match searcher.matches(&text) {
                Ok(matches) => u64::from(matches),
                Err(Stop::OutOfSteps) => {
                    self.whole = false;
                    0
                }
                Err(Stop::Late) => return Ok(true),
                Err(Stop::Cancelled) => return Err(Error::Aborted),
            };
            match reason {
                Reason::Hidden => self.matching.hidden += matches,
                _ => self.matching.ignored += matches,
            }
        }
    }
}
