//! A search over many files, in steps: several threads take blocks of files in their order, and what they find is put
//! together in that order.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::mem;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use encoding_rs::Encoding;

use super::found::Found;
use super::left_out::SecondPass;
use super::pattern::{Engine, Pattern};
use super::read::{LARGE_BYTES, Outcome, Room, open as open_file};
use super::search::{Search, Searcher, Shape, Stop};
use super::skipped::{Kind, Skipped, errno};
use super::source::{Origin, Source, Step};
use super::text::{Checks, Content, Text, decode};
use super::{Batch, FileMatches, Summary, Truncation};
use crate::error::Error;
use crate::walk::{LeftOut, Reason, Turn};

/// More threads than this gain little beside one walk.
const MAX_THREADS: usize = 8;
/// Files searched by the first thread alone before others are started.
const FILES_BEFORE_THREADS: usize = 16;
/// Files taken at once: few at first, so that the first matches come soon.
const FIRST_BLOCK_FILES: usize = 4;
const MOST_BLOCK_FILES: usize = 64;
/// How many blocks may be searched ahead of the first that is not finished.
const WINDOW: usize = 64;
/// What of one file is kept before it is handed on: the rest follows.
const PART_MATCHES: usize = 16 * 1024;
const PART_UNITS: usize = 4 << 20;
/// The same, of a block whose turn has not come.
const WAITING_PART_UNITS: usize = 1 << 20;
/// What may wait for its turn before no further block is taken.
const WAITING_BYTES: usize = 16 << 20;
/// A block with a file in it ends after so much walking: what was found does not wait for what is far away.
const BLOCK_WALK: Duration = Duration::from_millis(5);

/// What is the same for all files.
pub(crate) struct Plan {
    pub(crate) pattern: Pattern,
    pub(crate) shape: Shape,
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) checks: Checks,
    pub(crate) max_file_bytes: usize,
    pub(crate) max_results: usize,
    pub(crate) max_units: usize,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) threads: usize,
}

/// How much one step gives.
#[derive(Clone, Copy, Debug)]
pub struct StepLimits {
    /// It ends soon after so many matches.
    pub matches: usize,
    /// It ends soon after this time.
    pub time: Option<Duration>,
}

/// A search that goes on where it stopped.
pub(crate) struct Run {
    plan: Plan,
    source: Mutex<Blocks>,
    progress: Mutex<Progress>,
    /// A block was finished, or the search ends.
    changed: Condvar,
    /// Room for large files, each for two threads.
    large: [Mutex<Room>; MAX_THREADS / 2],
    spent: Duration,
    second: Option<SecondPass>,
    ended: bool,
}

struct Blocks {
    source: Source,
    /// The number of the next block.
    next: usize,
    files: usize,
    exhausted: bool,
}

/// A block of files, or what is left of it.
struct Block {
    number: usize,
    steps: VecDeque<Step>,
    /// The file at the front of `steps` is searched up to there.
    open: Option<OpenFile>,
}

struct OpenFile {
    content: Room,
    search: Search,
    valid: bool,
}

/// What was found in a block, or in a part of it.
#[derive(Default)]
struct Part {
    events: Vec<Event>,
    matches: usize,
    /// The memory of what was found.
    bytes: usize,
    rest: Option<Block>,
}

enum Event {
    File { path: Vec<u8>, found: Found, flaw: Option<(Kind, String)>, whole: bool, limited: bool },
    LeftOut(LeftOut),
}

#[derive(Default)]
struct Progress {
    /// The first block that is not finished.
    head: usize,
    parts: BTreeMap<usize, Part>,
    /// The memory of `parts`.
    waiting_bytes: usize,
    /// What is left of the block at `head`, to be searched next.
    resume: Option<Block>,
    /// Blocks being searched.
    busy: usize,
    exhausted: Option<usize>,
    failure: Option<Error>,
    batch: Vec<FileMatches>,
    batch_matches: usize,
    matches: usize,
    units: usize,
    files_searched: u64,
    files_matched: u64,
    files_limited: u64,
    /// The last file that matched: its parts count once.
    last_matched: Option<Vec<u8>>,
    skipped: Skipped,
    /// Files of rules that could not be used.
    rule_files: HashSet<Vec<u8>>,
    /// As [`LeftOut::is_refused`] has it.
    refused: u64,
    truncation: Option<Truncation>,
}

impl Run {
    pub(crate) fn new(plan: Plan, source: Source, second: SecondPass) -> Run {
        Run {
            plan,
            source: Mutex::new(Blocks { source, next: 0, files: 0, exhausted: false }),
            progress: Mutex::new(Progress::default()),
            changed: Condvar::new(),
            large: Default::default(),
            spent: Duration::ZERO,
            second: Some(second),
            ended: false,
        }
    }

    /// Searches on, until the limits of a step or the end.
    ///
    /// # Errors
    /// [`Error::Aborted`]: the search is over then.
    pub(crate) fn step(&mut self, limits: StepLimits, cancelled: &AtomicBool) -> Result<Batch, Error> {
        let start = Instant::now();
        if self.ended {
            return Ok(self.batch(true));
        }
        let budget = self.plan.time_budget.map(|budget| budget.saturating_sub(self.spent));
        let time = match (limits.time, budget) {
            (Some(time), Some(budget)) => Some(time.min(budget)),
            (time, budget) => time.or(budget),
        };
        let deadline = time.and_then(|time| start.checked_add(time));
        if !self.lock().is_over() {
            let end = budget.and_then(|budget| start.checked_add(budget));
            self.work_together(limits, deadline, end, cancelled);
        }
        let failure = self.lock().failure.take();
        if let Some(error) = failure {
            self.ended = true;
            return Err(error);
        }
        let mut over = self.lock().is_over();
        if !over && budget.is_some_and(|budget| start.elapsed() >= budget) {
            self.lock().truncation = Some(Truncation::TimeBudget);
            over = true;
        }
        if over {
            over = self.look_at_left_out(deadline, budget.map(|budget| (start, budget)), cancelled)?;
        }
        self.spent += start.elapsed();
        self.ended = over;
        Ok(self.batch(over))
    }

    /// Where nothing matched and something was left out, how much of that would have. True at its end.
    fn look_at_left_out(
        &mut self,
        deadline: Option<Instant>,
        budget: Option<(Instant, Duration)>,
        cancelled: &AtomicBool,
    ) -> Result<bool, Error> {
        let progress = self.lock();
        let wanted =
            progress.matches == 0 && progress.truncation.is_none() && progress.skipped.any_left_out();
        let refused = progress.refused;
        drop(progress);
        let Some(mut second) = self.second.take().filter(|_| wanted) else { return Ok(true) };
        let end = budget.and_then(|(start, budget)| start.checked_add(budget));
        let mut done = second.search(&self.plan, refused, deadline, end, cancelled)?;
        if !done && budget.is_some_and(|(start, budget)| start.elapsed() >= budget) {
            done = true;
        }
        if done {
            self.lock().skipped.matching = Some(second.matching());
        } else {
            self.second = Some(second);
        }
        Ok(done)
    }

    fn batch(&self, done: bool) -> Batch {
        let mut progress = self.lock();
        progress.batch_matches = 0;
        let files = mem::take(&mut progress.batch);
        let summary = Summary {
            files_searched: progress.files_searched,
            files_matched: progress.files_matched,
            files_limited: progress.files_limited,
            matches: progress.matches as u64,
            truncation: progress.truncation,
            skipped: if done { progress.skipped.clone() } else { Skipped::default() },
        };
        Batch { files, summary, done }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        // The state is whole between any two statements that hold the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `deadline` is that of the step, `end` that of the whole search.
    fn work_together(
        &self,
        limits: StepLimits,
        deadline: Option<Instant>,
        end: Option<Instant>,
        cancelled: &AtomicBool,
    ) {
        let threads = match self.plan.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS),
            threads => threads,
        };
        let number = AtomicUsize::new(0);
        let worker = |most_files: usize| {
            let pattern = self.plan.pattern.clone();
            let number = number.fetch_add(1, Ordering::Relaxed);
            let worker = Worker { run: self, number, pattern, limits, deadline, end, cancelled };
            worker.work(most_files);
        };
        worker(FILES_BEFORE_THREADS);
        if self.lock().is_full(limits, deadline) {
            return;
        }
        thread::scope(|scope| {
            let mut workers = Vec::new();
            for _ in 1..threads {
                // Where the system has no more threads, those there are do the work.
                match thread::Builder::new().spawn_scoped(scope, || worker(usize::MAX)) {
                    Ok(handle) => workers.push(handle),
                    Err(_) => break,
                }
            }
            worker(usize::MAX);
            for handle in workers {
                if let Err(panic) = handle.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
    }
}

impl Progress {
    /// Whether there is nothing left to do.
    fn is_over(&self) -> bool {
        self.truncation.is_some()
            || self.failure.is_some()
            || self.exhausted.is_some_and(|end| self.head >= end)
    }

    fn is_full(&self, limits: StepLimits, deadline: Option<Instant>) -> bool {
        self.is_over()
            || self.batch_matches >= limits.matches
            || deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Puts together what has come in its turn.
    fn merge(&mut self, plan: &Plan) {
        while self.resume.is_none() && self.truncation.is_none() {
            let Some(part) = self.parts.remove(&self.head) else { return };
            self.waiting_bytes -= part.bytes;
            for event in part.events {
                self.take(event, plan);
                if self.truncation.is_some() {
                    self.parts.clear();
                    self.waiting_bytes = 0;
                    return;
                }
            }
            self.resume = part.rest;
            if self.resume.is_none() {
                self.head += 1;
            }
        }
    }

    fn take(&mut self, event: Event, plan: &Plan) {
        let (path, mut found, flaw, whole, limited) = match event {
            Event::LeftOut(left_out) => {
                self.refused += u64::from(left_out.is_refused());
                if matches!(left_out.reason, Reason::RuleFile(_)) {
                    self.rule_files.insert(left_out.path.clone());
                }
                return self.skipped.add_left_out(&left_out);
            }
            Event::File { path, found, flaw, whole, limited } => (path, found, flaw, whole, limited),
        };
        // What could not be read as rules is counted already.
        if let Some((kind, detail)) = flaw
            && !(kind == Kind::Unreadable && self.rule_files.contains(&path))
        {
            self.skipped.add(&path, kind, &detail);
        }
        let room = plan.max_results - self.matches;
        let fitting = found.fitting(plan.max_units - self.units);
        if found.matches > room.min(fitting) {
            self.truncation =
                Some(if room <= fitting { Truncation::MaxResults } else { Truncation::ResultSize });
            found.keep(room.min(fitting));
        }
        self.files_searched += u64::from(whole || self.truncation.is_some());
        self.files_limited += u64::from(limited && self.truncation.is_none());
        if found.matches == 0 {
            return;
        }
        self.matches += found.matches;
        self.batch_matches += found.matches;
        self.units += found.units;
        if self.last_matched.as_ref() != Some(&path) {
            self.files_matched += 1;
            self.last_matched = Some(path.clone());
        }
        self.batch.push(FileMatches { path, found });
    }
}

/// One thread's part.
struct Worker<'a> {
    run: &'a Run,
    number: usize,
    pattern: Pattern,
    limits: StepLimits,
    deadline: Option<Instant>,
    end: Option<Instant>,
    cancelled: &'a AtomicBool,
}

/// Gives a block back: on every way out, a panic included, the other threads must not wait for this one.
struct Finish<'a> {
    run: &'a Run,
    number: usize,
    result: Option<Result<Part, Error>>,
}

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        let mut progress = self.run.lock();
        progress.busy -= 1;
        match self.result.take() {
            Some(Ok(part)) => {
                progress.waiting_bytes += part.bytes;
                progress.parts.insert(self.number, part);
                progress.merge(&self.run.plan);
            }
            Some(Err(error)) => progress.failure = Some(error),
            None => progress.failure = Some(Error::Aborted),
        }
        drop(progress);
        self.run.changed.notify_all();
    }
}

/// A block that is being put together: on every way out, a panic included, nobody waits for it any more.
struct Taking<'a> {
    run: &'a Run,
    failure: Option<Error>,
}

impl Drop for Taking<'_> {
    fn drop(&mut self) {
        let mut progress = self.run.lock();
        progress.busy -= 1;
        if let Some(failure) = self.failure.take() {
            progress.failure = Some(failure);
        }
        drop(progress);
        self.run.changed.notify_all();
    }
}

impl Worker<'_> {
    /// Searches blocks until there are none, the step is full, or so many files are searched.
    fn work(&self, most_files: usize) {
        let mut room = Room::default();
        let mut decoded = String::new();
        let mut files = 0;
        while files < most_files {
            let Some(block) = self.take_block() else { return };
            files += block.steps.len();
            let mut finish = Finish { run: self.run, number: block.number, result: None };
            finish.result = Some(self.search_block(block, &mut room, &mut decoded));
        }
    }

    /// The next block; waits while another thread may still bring some.
    fn take_block(&self) -> Option<Block> {
        loop {
            let mut progress = self.run.lock();
            if progress.is_full(self.limits, self.deadline) {
                return None;
            }
            if let Some(block) = progress.resume.take() {
                progress.busy += 1;
                return Some(block);
            }
            let waits = progress.exhausted.is_some()
                || progress.parts.len() + progress.busy >= WINDOW
                || progress.waiting_bytes >= WAITING_BYTES;
            if waits {
                if progress.busy == 0 {
                    return None;
                }
                drop(self.run.changed.wait(progress).unwrap_or_else(PoisonError::into_inner));
                continue;
            }
            // Counted before it is taken: others must not think that there is nothing to wait for.
            progress.busy += 1;
            drop(progress);
            let mut taking = Taking { run: self.run, failure: Some(Error::Aborted) };
            match self.next_block() {
                Ok(Some(block)) => {
                    // Busy until it is given back.
                    mem::forget(taking);
                    return Some(block);
                }
                Ok(None) => taking.failure = None,
                Err(error) => {
                    taking.failure = Some(error);
                    return None;
                }
            }
        }
    }

    /// A block of files that nobody has; `None` at the end.
    fn next_block(&self) -> Result<Option<Block>, Error> {
        let mut blocks = self.run.source.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (FIRST_BLOCK_FILES + blocks.files / 8).min(MOST_BLOCK_FILES);
        let mut steps = VecDeque::with_capacity(wanted);
        let mut deadline = self.deadline;
        let mut has_file = false;
        let begun = Instant::now();
        while steps.len() < wanted && !blocks.exhausted {
            match blocks.source.next(deadline, self.cancelled)? {
                Turn::Next(step) => {
                    if !has_file && matches!(step, Step::File { .. }) {
                        has_file = true;
                        let soon = begun + BLOCK_WALK;
                        deadline = Some(deadline.map_or(soon, |deadline| deadline.min(soon)));
                    }
                    steps.push_back(step);
                }
                Turn::Late if steps.is_empty() => return Ok(None),
                Turn::Late => break,
                Turn::End => blocks.exhausted = true,
            }
        }
        if steps.is_empty() {
            self.run.lock().exhausted = Some(blocks.next);
            return Ok(None);
        }
        blocks.files += steps.len();
        let number = blocks.next;
        blocks.next += 1;
        Ok(Some(Block { number, steps, open: None }))
    }

    fn search_block(&self, mut block: Block, room: &mut Room, decoded: &mut String) -> Result<Part, Error> {
        let plan = &self.run.plan;
        let mut part = Part::default();
        let mut units = 0;
        let number = block.number;
        // Once its turn has come it stays so.
        let mut has_turn = false;
        let mut has_turn = move || {
            has_turn = has_turn || self.run.lock().head == number;
            has_turn
        };
        let most = PART_MATCHES.min(plan.max_results.saturating_add(1));
        while let Some(step) = block.steps.pop_front() {
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(Error::Aborted);
            }
            let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if late && !part.events.is_empty() || part.matches >= most || is_much(units, &mut has_turn) {
                block.steps.push_front(step);
                part.rest = Some(block);
                return Ok(part);
            }
            let (path, origin) = match step {
                Step::LeftOut(left_out) => {
                    part.events.push(Event::LeftOut(left_out));
                    continue;
                }
                Step::File { path, origin, .. } => (path, origin),
            };
            let open = block.open.take();
            let is_first = open.is_none();
            let mut search = Search::default();
            let mut flaw = None;
            let mut large = None;
            let room = &mut *room;
            let known_valid = open.as_ref().map(|open| open.valid);
            let content: &[u8] = match (&origin, open) {
                (_, Some(open)) => {
                    search = open.search;
                    *room = open.content;
                    match &origin {
                        Origin::Overlay(text) => text,
                        Origin::Disk { .. } => room.content(),
                    }
                }
                (Origin::Overlay(text), None) => {
                    if text.len() > plan.max_file_bytes {
                        flaw = Some((Kind::TooLarge, String::new()));
                    }
                    text
                }
                (Origin::Disk { location, follows }, None) => {
                    let mut content: &[u8] = &[];
                    let outcome = match open_file(location, *follows, plan.max_file_bytes) {
                        Ok((file, size)) => {
                            let room = if size > LARGE_BYTES {
                                let shared = &self.run.large[self.number / 2 % self.run.large.len()];
                                &mut **large.insert(shared.lock().unwrap_or_else(PoisonError::into_inner))
                            } else {
                                &mut *room
                            };
                            let outcome = room.fill(file, size, plan.max_file_bytes);
                            content = room.content();
                            outcome
                        }
                        Err(outcome) => outcome,
                    };
                    match outcome {
                        Outcome::Read => {}
                        Outcome::TooLarge => flaw = Some((Kind::TooLarge, String::new())),
                        Outcome::Special => flaw = Some((Kind::Special, String::new())),
                        Outcome::Gone => continue,
                        Outcome::Failed(error) => flaw = Some((Kind::Unreadable, errno(&error))),
                    }
                    content
                }
            };
            if flaw.is_some() {
                part.events.push(Event::File {
                    path,
                    found: Found::default(),
                    flaw,
                    whole: false,
                    limited: false,
                });
                continue;
            }
            let encoding = match origin {
                Origin::Overlay(_) => None,
                Origin::Disk { .. } => plan.encoding,
            };
            let checks = if is_first { plan.checks } else { Checks::None };
            let Content::Text(text) = decode(content, encoding, checks, decoded) else {
                let flaw = Some((Kind::Binary, String::new()));
                part.events.push(Event::File {
                    path,
                    found: Found::default(),
                    flaw,
                    whole: false,
                    limited: false,
                });
                continue;
            };
            let text = Text { valid: known_valid.unwrap_or(text.valid), ..text };
            if is_first && text.ill_formed {
                flaw = Some((Kind::NotUtf8, String::new()));
            }
            let searcher = Searcher {
                pattern: &self.pattern,
                shape: plan.shape,
                deadline: self.deadline,
                end: self.end,
                cancelled: self.cancelled,
            };
            let mut found = Found::default();
            let (mut unfinished, mut out_of_steps) = (false, false);
            loop {
                if part.matches + found.matches >= most || is_much(units + found.units, &mut has_turn) {
                    unfinished = true;
                    break;
                }
                match searcher.next(&mut search, &text, &mut found) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(Stop::Late) => {
                        unfinished = true;
                        break;
                    }
                    Err(Stop::OutOfSteps) => {
                        out_of_steps = true;
                        break;
                    }
                    Err(Stop::Cancelled) => return Err(Error::Aborted),
                }
            }
            let valid = text.valid;
            // Nothing of a file is kept until its turn comes: it is searched again then, unless that is too much anyway.
            if unfinished && part.matches + found.matches <= plan.max_results && !has_turn() {
                block.steps.push_front(Step::File { path, origin, left_out: None });
                part.rest = Some(block);
                return Ok(part);
            }
            part.matches += found.matches;
            part.bytes += found.bytes();
            units += found.units;
            let limited = search.limited;
            part.events.push(Event::File { path: path.clone(), found, flaw, whole: !unfinished, limited });
            if unfinished {
                block.steps.push_front(Step::File { path, origin, left_out: None });
                if has_turn() {
                    let content = mem::take(large.as_deref_mut().unwrap_or(room));
                    block.open = Some(OpenFile { content, search, valid });
                }
                part.rest = Some(block);
                return Ok(part);
            }
            if out_of_steps {
                let flaw = Some((Kind::OutsideBudget, String::new()));
                part.events.push(Event::File {
                    path,
                    found: Found::default(),
                    flaw,
                    whole: false,
                    limited: false,
                });
            }
        }
        Ok(part)
    }
}

/// Whether a part has so much text that it is to be handed on.
fn is_much(units: usize, has_turn: &mut impl FnMut() -> bool) -> bool {
    units >= PART_UNITS || units >= WAITING_PART_UNITS && !has_turn()
}

impl Plan {
    pub(crate) fn engine(&self) -> Engine {
        self.pattern.engine()
    }
}
