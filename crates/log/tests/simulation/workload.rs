//! One random workload.

use std::collections::BTreeMap;
use std::path::Path;

use tenon_log::Error;
use tenon_log::disk::Disk;

use crate::disk::{Fault, SimulatedDisk};
use crate::model::{Event, Model, Safety};
use crate::subject::{Durability, NewBatch, NewCheckpoint, NewEvent, Outcome, Query, Subject};

/// What happened in all workloads of a thread: a test that never saw a crash proves nothing.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) durable_commits: u64,
    pub(crate) failed_commits: u64,
    pub(crate) poisoned: u64,
    pub(crate) crashes: u64,
    pub(crate) kills: u64,
    pub(crate) closes: u64,
    pub(crate) faults: u64,
    pub(crate) failed_opens: u64,
    pub(crate) torn_tails: u64,
    pub(crate) lost_events: u64,
    pub(crate) refused_that_came_back: u64,
    pub(crate) known_keys: u64,
    pub(crate) conflicts: u64,
    pub(crate) checkpoints: u64,
    pub(crate) deltas: u64,
    pub(crate) pruned_segments: u64,
    pub(crate) forks: u64,
    pub(crate) forks_again: u64,
    pub(crate) salvages: u64,
    pub(crate) failed_opens_without_room: u64,
    pub(crate) reads_elsewhere: u64,
}

impl Counts {
    fn all(&mut self) -> [&mut u64; 22] {
        [
            &mut self.events,
            &mut self.durable_commits,
            &mut self.failed_commits,
            &mut self.poisoned,
            &mut self.crashes,
            &mut self.kills,
            &mut self.closes,
            &mut self.faults,
            &mut self.failed_opens,
            &mut self.torn_tails,
            &mut self.lost_events,
            &mut self.refused_that_came_back,
            &mut self.known_keys,
            &mut self.conflicts,
            &mut self.checkpoints,
            &mut self.deltas,
            &mut self.pruned_segments,
            &mut self.forks,
            &mut self.forks_again,
            &mut self.salvages,
            &mut self.failed_opens_without_room,
            &mut self.reads_elsewhere,
        ]
    }

    pub(crate) fn add(&mut self, more: &Self) {
        let mut more = more.clone();
        for (count, more) in self.all().into_iter().zip(more.all()) {
            *count += *more;
        }
    }

    pub(crate) fn assert_everything_happened(mut self) {
        let counts = format!("{self:?}");
        // Whether what was refused comes back is the disk's luck.
        self.refused_that_came_back += 1;
        assert!(self.all().into_iter().all(|count| *count > 0), "{counts}");
    }
}

/// A checkpoint that may be there.
struct Remembered {
    /// What its state may be.
    states: Vec<Vec<u8>>,
    /// Whether it must be there.
    owed: bool,
}

pub(crate) struct Workload<'a> {
    random: fastrand::Rng,
    disk: SimulatedDisk,
    log: Option<Subject>,
    model: Model,
    checkpoints: BTreeMap<(String, u64), Remembered>,
    next_number: u64,
    time_ms: u64,
    segment_bytes: u64,
    compress: bool,
    full: bool,
    /// What of the log the next open must find.
    least: Safety,
    /// A reader of another process, which stays open while the writer goes on.
    reader: Option<Subject>,
    fired: u64,
    traced: bool,
    counts: &'a mut Counts,
}

impl<'a> Workload<'a> {
    pub(crate) fn new(seed: u64, traced: bool, counts: &'a mut Counts) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = SimulatedDisk::new(random.u64(..));
        if traced {
            disk.trace();
        }
        Self {
            disk,
            log: None,
            model: Model::new(),
            checkpoints: BTreeMap::new(),
            next_number: 0,
            time_ms: 1_700_000_000_000,
            segment_bytes: random.u64(1024..8192),
            compress: random.u8(..4) == 0,
            full: false,
            least: Safety::Durable,
            reader: None,
            fired: 0,
            traced,
            counts,
            random,
        }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.traced {
            for line in self.disk.take_trace() {
                println!("    {line}");
            }
            println!("{}", what());
        }
    }

    pub(crate) fn run(mut self) {
        self.plan_fault();
        self.reopen();
        for _ in 0..self.random.usize(5..40) {
            self.step();
        }
        // In the end all is well, and stays well.
        self.release();
        self.disk.heal();
        match self.random.u8(..3) {
            0 => self.crash(),
            1 => self.kill(),
            _ => self.close(),
        }
        self.disk.heal();
        self.reopen();
        self.append();
        self.disk.heal();
        self.verify();
        if self.log.is_some() && self.random.bool() {
            self.fork();
        }
        if self.random.u8(..4) == 0 {
            self.salvage();
        }
        self.close();
        self.reopen();
        self.check_events();
        self.check_checkpoints();
        self.counts.faults += self.disk.fired();
    }

    fn step(&mut self) {
        match self.random.u8(..32) {
            0..14 => self.append(),
            14 => self.check_events(),
            15 => self.check_reader(),
            16 => self.query(),
            17..20 => self.checkpoint(),
            20 => self.check_checkpoints(),
            21 => self.prune(),
            22 => self.flush(),
            23 => self.close(),
            24 => self.kill(),
            25..27 => self.crash(),
            27..29 => self.plan_fault(),
            29 => self.fill(),
            _ => self.release(),
        }
        if self.log.is_none() {
            self.reopen();
        }
    }

    fn plan_fault(&mut self) {
        let at = self.disk.operations() + self.random.u64(..60);
        let fault = match self.random.u8(..4) {
            0 => Fault::Io,
            1 => Fault::Full,
            _ => Fault::PowerOff,
        };
        self.say(|| format!("plan {fault:?} at {at}"));
        self.disk.fail_at(at, fault);
    }

    fn fill(&mut self) {
        let bytes = self.disk.used_bytes() + self.random.u64(..6000);
        self.say(|| format!("the disk has {bytes} bytes"));
        self.disk.set_capacity(bytes);
        self.full = true;
    }

    fn release(&mut self) {
        self.disk.set_capacity(u64::MAX);
        self.full = false;
    }

    fn log(&self) -> &Subject {
        self.log.as_ref().expect("the log is open")
    }

    /// Whether something failed that may fail: a fault came true, the disk is full or the log had failed before.
    fn is_excused(&mut self, error: &Error) -> bool {
        self.say(|| format!("  failed: {error}"));
        let fired = self.disk.fired();
        let excused = fired > self.fired
            || self.disk.is_off()
            || self.full
            || self.log.as_ref().is_some_and(Subject::is_poisoned);
        self.fired = fired;
        // What an earlier sync failed for may be gone, without a crash.
        self.least = Safety::Durable;
        excused && matches!(error, Error::Io { .. } | Error::Poisoned { .. })
    }

    /// After an operation failed: the power comes back, or a log that takes no more is opened again.
    fn go_on(&mut self) {
        if self.disk.is_off() {
            self.crash();
        } else if self.log.as_ref().is_some_and(Subject::is_poisoned) {
            self.counts.poisoned += 1;
            if self.random.bool() {
                self.append();
            }
            if self.log.is_some() {
                match self.random.u8(..3) {
                    0 => self.crash(),
                    1 => self.kill(),
                    _ => self.close(),
                }
            }
        }
    }

    fn crash(&mut self) {
        self.say(|| "crash".to_owned());
        self.disk.crash();
        self.log = None;
        self.reader = None;
        self.fired = self.disk.fired();
        self.least = Safety::Durable;
        self.counts.crashes += 1;
    }

    fn kill(&mut self) {
        self.say(|| "kill".to_owned());
        self.disk.kill();
        self.log = None;
        self.reader = None;
        self.counts.kills += 1;
    }

    fn close(&mut self) {
        self.say(|| "close".to_owned());
        let Some(log) = self.log.take() else { return };
        let poisoned = log.is_poisoned();
        match log.close() {
            Ok(()) if poisoned => {}
            Ok(()) => {
                self.model.secure(Safety::Durable);
                self.counts.closes += 1;
            }
            Err(error) => {
                assert!(self.is_excused(&error), "close: {error}");
                self.go_on();
            }
        }
        drop(log);
        // Pages that a failed sync dropped may be read from the disk again.
        self.disk.kill();
        self.reader = None;
    }

    fn reopen(&mut self) {
        for attempt in 0.. {
            self.say(|| "open".to_owned());
            let opened = Subject::open(&self.disk, self.segment_bytes, self.compress)
                .and_then(|log| log.read(&Query::ALL).map(|events| (log, events)));
            match opened {
                Ok((log, events)) => {
                    let next = self.model.next();
                    self.counts.torn_tails += u64::from(log.had_torn_tail());
                    let first = log.first_seq();
                    if let Err(what) = self.model.recover(first, &events, self.least) {
                        panic!("opened, the log {what}");
                    }
                    assert_eq!(log.next_seq(), self.model.next());
                    self.counts.lost_events += next.saturating_sub(self.model.next());
                    self.counts.refused_that_came_back += self.model.next().saturating_sub(next);
                    self.log = Some(log);
                    self.least = Safety::Written;
                    // Events that a checkpoint has in its state are gone: so must it be.
                    let next = self.model.next();
                    for ((_, seq), remembered) in &mut self.checkpoints {
                        if *seq > next {
                            assert!(
                                !remembered.owed,
                                "a checkpoint at {seq} outlived its events, up to {next}"
                            );
                            remembered.states.clear();
                        }
                    }
                    return;
                }
                Err(error) => {
                    let full = self.full;
                    if full && self.disk.fired() == self.fired {
                        // There is no room for the copy of what has to be cut off. Who only reads needs none.
                        let read = Subject::open_to_read(&self.disk).and_then(|log| log.read(&Query::ALL));
                        if self.disk.fired() == self.fired {
                            let read = read.expect("a full disk can be read");
                            let end = read.last().map_or(self.model.first, |event| event.seq + 1);
                            assert!(end >= self.model.durable_end().min(self.model.next()));
                        }
                        self.counts.failed_opens_without_room += 1;
                    }
                    assert!(self.is_excused(&error), "open: {error}");
                    self.counts.failed_opens += 1;
                    if self.disk.is_off() {
                        self.crash();
                    } else {
                        self.disk.kill();
                    }
                    if full {
                        self.release();
                    }
                    if attempt > 2 {
                        self.disk.heal();
                    }
                }
            }
        }
    }

    fn new_event(&mut self) -> NewEvent {
        let bytes = match self.random.u8(..16) {
            0 => self.random.usize(..6000),
            1..4 => self.random.usize(..1000),
            _ => self.random.usize(..100),
        };
        self.next_number += 1;
        self.time_ms += self.random.u64(..100);
        let mut data = format!("event {} ", self.next_number).into_bytes();
        let alphabet = if self.random.bool() { 2 } else { 255 };
        data.extend((0..bytes).map(|_| self.random.u8(..alphabet)));
        NewEvent {
            stream: ["", "a", "b", "a longer name"][self.random.usize(..4)].to_owned(),
            kind: ["", "message", "tool"][self.random.usize(..3)].to_owned(),
            time_ms: self.time_ms,
            code: self.random.u8(..3),
            data,
        }
    }

    fn new_batch(&mut self) -> NewBatch {
        let events: Vec<_> = (0..self.random.usize(1..4)).map(|_| self.new_event()).collect();
        let key = match self.random.u8(..8) {
            0 => Some(format!("key {}", self.next_number)),
            1 => {
                let keys = self.model.keys();
                (!keys.is_empty()).then(|| keys[self.random.usize(..keys.len())].to_owned())
            }
            _ => None,
        };
        let expected = match self.random.u8(..8) {
            0 => Some(self.model.stream_next(&events[0].stream)),
            1 => Some(self.random.u64(..20)),
            _ => None,
        };
        NewBatch { events, key, expected }
    }

    fn append(&mut self) {
        if self.log.is_none() {
            return;
        }
        let batches: Vec<_> = (0..self.random.usize(1..4)).map(|_| self.new_batch()).collect();
        let durability =
            [Durability::Memory, Durability::Os, Durability::Disk, Durability::Disk][self.random.usize(..4)];
        self.say(|| {
            let sizes: Vec<Vec<usize>> = batches
                .iter()
                .map(|batch| batch.events.iter().map(|event| event.data.len()).collect())
                .collect();
            format!("commit {durability:?} {sizes:?}")
        });
        let before = self.model.tip();
        let poisoned = self.log().is_poisoned();
        let mut expected = Vec::new();
        let mut appended = 0;
        for batch in &batches {
            let outcome = self.model_append(batch);
            if let Outcome::Appended { .. } = outcome[0] {
                appended += outcome.len() as u64;
            }
            expected.extend(outcome);
        }
        match self.log().commit(&batches, durability) {
            Ok(outcomes) => {
                assert!(!poisoned, "a poisoned log took a commit");
                assert_eq!(outcomes, expected);
                self.counts.events += appended;
                let promised =
                    |outcome: &Outcome| matches!(outcome, Outcome::Appended { .. } | Outcome::Known { .. });
                for outcome in &expected {
                    self.counts.known_keys += u64::from(matches!(outcome, Outcome::Known { .. }));
                    self.counts.conflicts += u64::from(matches!(outcome, Outcome::Conflict { .. }));
                }
                if expected.iter().any(promised) {
                    match durability {
                        Durability::Memory => {}
                        Durability::Os => self.model.secure(Safety::Written),
                        Durability::Disk => {
                            self.model.secure(Safety::Durable);
                            self.counts.durable_commits += 1;
                        }
                    }
                }
            }
            Err(error) => {
                let goes_on = !self.disk.is_off() && !self.log().is_poisoned();
                // A poisoned log looked at nothing; another that goes on has taken back what it did.
                self.model.undo(before, poisoned || goes_on);
                self.counts.failed_commits += 1;
                let fired = self.disk.fired() > self.fired;
                assert!(
                    goes_on || poisoned || fired || self.disk.is_off(),
                    "a full disk is no reason to stop"
                );
                assert!(poisoned || self.is_excused(&error), "commit: {error}");
                if !poisoned {
                    self.go_on();
                }
            }
        }
    }

    /// What a commit of a batch must say; the model has it then.
    fn model_append(&mut self, batch: &NewBatch) -> Vec<Outcome> {
        if let Some((first, events)) = batch.key.as_ref().and_then(|key| self.model.key(key)) {
            return (0..batch.events.len())
                .map(|index| match events == batch.events.len() {
                    true => Outcome::Known { seq: first.seq + index as u64 },
                    false => Outcome::OtherSize { events: events as u64 },
                })
                .collect();
        }
        let next = self.model.stream_next(&batch.events[0].stream);
        if batch.expected.is_some_and(|expected| expected != next) {
            return batch.events.iter().map(|_| Outcome::Conflict { next }).collect();
        }
        let mut events: Vec<Event> = Vec::new();
        for (event, seq) in batch.events.iter().zip(self.model.next()..) {
            let earlier = events.iter().rev().find(|earlier| earlier.stream == event.stream);
            let stream_seq = earlier
                .map_or_else(|| self.model.stream_next(&event.stream), |earlier| earlier.stream_seq + 1);
            events.push(Event {
                seq,
                stream_seq,
                stream: event.stream.clone(),
                kind: event.kind.clone(),
                time_ms: event.time_ms,
                code: event.code,
                data: event.data.clone(),
            });
        }
        let outcomes = events
            .iter()
            .map(|event| Outcome::Appended { seq: event.seq, stream_seq: event.stream_seq })
            .collect();
        self.model.append(events, batch.key.clone());
        outcomes
    }

    fn flush(&mut self) {
        self.say(|| "flush".to_owned());
        match self.log().flush() {
            Ok(()) => self.model.secure(Safety::Durable),
            Err(error) => {
                assert!(self.is_excused(&error), "flush: {error}");
                self.go_on();
            }
        }
    }

    fn read(&mut self, query: &Query) -> Option<Vec<Event>> {
        if self.log().is_poisoned() {
            return None;
        }
        match self.log().read(query) {
            Ok(events) => Some(events),
            Err(error) => {
                assert!(self.is_excused(&error), "read: {error}");
                self.go_on();
                None
            }
        }
    }

    fn check_events(&mut self) {
        self.say(|| "read".to_owned());
        if let Some(events) = self.read(&Query::ALL) {
            let first = self.log().first_seq();
            let expected: Vec<_> =
                self.model.events().into_iter().filter(|event| event.seq >= first).cloned().collect();
            assert_eq!(events.len(), expected.len());
            assert!(events == expected, "the log reads otherwise than it was written");
        }
    }

    /// A reader in another process sees what was acknowledged, whatever it saw before.
    fn check_reader(&mut self) {
        if self.log().is_poisoned() {
            return;
        }
        self.say(|| "read in another process".to_owned());
        let opened = match self.reader.take() {
            Some(reader) => Ok(reader),
            None => Subject::open_to_read(&self.disk),
        };
        match opened.and_then(|reader| Ok((reader.read(&Query::ALL)?, reader))) {
            Ok((events, reader)) => {
                let first = reader.first_seq();
                assert!(first >= self.model.first && first <= self.model.pruned.max(self.log().first_seq()));
                let expected: Vec<_> =
                    self.model.events().into_iter().filter(|event| event.seq >= first).cloned().collect();
                assert_eq!(events.len(), expected.len());
                assert!(events == expected, "a reader reads otherwise than it was written");
                self.reader = Some(reader);
                self.counts.reads_elsewhere += 1;
            }
            Err(error) => {
                assert!(self.is_excused(&error), "read in another process: {error}");
                self.go_on();
            }
        }
    }

    fn query(&mut self) {
        let next = self.model.next();
        let mut query = Query { from: self.random.u64(..=next), to: u64::MAX, ..Query::ALL };
        if self.random.bool() {
            query.to = self.random.u64(..=next + 2);
        }
        query.reverse = self.random.bool();
        query.stream = self.random.bool().then(|| "a".to_owned());
        if self.random.bool() {
            query.kinds = Some(vec!["tool".to_owned(), "missing".to_owned()]);
        }
        query.limit = self.random.bool().then(|| self.random.u64(1..5));
        self.say(|| format!("{query:?}"));
        let Some(events) = self.read(&query) else { return };
        let first = self.log().first_seq();
        let mut expected: Vec<_> = self
            .model
            .events()
            .into_iter()
            .filter(|event| event.seq >= first.max(query.from) && event.seq < query.to)
            .filter(|event| query.stream.as_ref().is_none_or(|stream| *stream == event.stream))
            .filter(|event| query.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind)))
            .cloned()
            .collect();
        if query.reverse {
            expected.reverse();
        }
        expected
            .truncate(query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).expect("a small limit")));
        assert!(events == expected, "{query:?}: {} events instead of {}", events.len(), expected.len());
    }

    fn checkpoint(&mut self) {
        let next = self.model.next();
        let seq = if self.random.bool() { next } else { self.random.u64(..=next) };
        let name = ["a", "B"][self.random.usize(..2)].to_owned();
        let bases: Vec<u64> =
            self.checkpoints.keys().filter(|key| key.0 == name && key.1 < seq).map(|key| key.1).collect();
        let base = (!bases.is_empty() && self.random.bool()).then(|| bases[self.random.usize(..bases.len())]);
        self.next_number += 1;
        let mut state = base
            .and_then(|base| self.checkpoints[&(name.clone(), base)].states.last().cloned())
            .unwrap_or_else(|| vec![7; self.random.usize(..2000)]);
        state.extend_from_slice(format!("state {}", self.next_number).as_bytes());
        let new = NewCheckpoint {
            level: (base.is_some() || self.random.bool()).then_some(1),
            base,
            sync: self.random.bool(),
            time_ms: self.time_ms,
        };
        self.say(|| format!("checkpoint {name} {seq} {new:?}"));
        let written = self.log().write_checkpoint(&name, seq, &state, &new);
        let key = (name, seq);
        match written {
            Ok(()) => {
                self.counts.checkpoints += 1;
                self.counts.deltas += u64::from(base.is_some());
                if new.sync {
                    self.model.secure(Safety::Durable);
                }
                let before = self.checkpoints.remove(&key);
                // One that was owed must not be lost because another takes its place.
                let owed = new.sync || before.as_ref().is_some_and(|before| before.owed);
                let mut states = before.filter(|_| !new.sync).map_or_else(Vec::new, |before| before.states);
                states.push(state);
                self.checkpoints.insert(key, Remembered { states, owed });
            }
            // Its base may be gone, be damaged by a crash, or others stand on what it would replace.
            Err(Error::InvalidArgument(_) | Error::Corrupt { .. }) => {}
            Err(error) => {
                let remembered =
                    self.checkpoints.entry(key).or_insert(Remembered { states: Vec::new(), owed: false });
                remembered.states.push(state);
                assert!(self.is_excused(&error), "checkpoint: {error}");
                self.go_on();
            }
        }
    }

    fn list_checkpoints(&mut self) -> Option<Vec<(String, u64, bool)>> {
        match self.log().checkpoints() {
            Ok(listed) => Some(listed),
            Err(error) => {
                assert!(self.is_excused(&error), "checkpoints: {error}");
                self.go_on();
                None
            }
        }
    }

    fn check_checkpoints(&mut self) {
        self.say(|| "read checkpoints".to_owned());
        let Some(listed) = self.list_checkpoints() else { return };
        for ((name, seq), remembered) in &self.checkpoints {
            let is_listed = listed.iter().any(|(found, at, _)| found == name && at == seq);
            assert!(is_listed || !remembered.owed, "the checkpoint {name} at {seq} is lost");
        }
        for (name, seq, _) in listed {
            match self.log().read_checkpoint(&name, seq) {
                Ok(state) => {
                    let remembered = self.checkpoints.get(&(name.clone(), seq));
                    let known = remembered.is_some_and(|remembered| remembered.states.contains(&state));
                    assert!(known, "the checkpoint {name} at {seq} has a state that it was not given");
                }
                Err(Error::Corrupt { reason, .. }) => {
                    let owed =
                        self.checkpoints.get(&(name.clone(), seq)).is_some_and(|remembered| remembered.owed);
                    assert!(!owed, "the checkpoint {name} at {seq} is lost: {reason}");
                }
                Err(error) => {
                    assert!(self.is_excused(&error), "read checkpoint: {error}");
                    return self.go_on();
                }
            }
        }
    }

    fn prune(&mut self) {
        let next = self.model.next();
        let before = self.random.u64(..=next + 1);
        let keep = self.random.bool().then(|| self.random.usize(..3));
        self.say(|| format!("prune {before} {keep:?}"));
        let Some(listed) = self.list_checkpoints() else { return };
        let mut stays: Vec<(String, u64)> = Vec::new();
        for name in ["a", "B"] {
            let mut good = Vec::new();
            for (_, seq, _) in listed.iter().filter(|(found, _, _)| found == name).rev() {
                match self.log().read_checkpoint(name, *seq) {
                    Ok(_) => good.push((name.to_owned(), *seq)),
                    Err(Error::Corrupt { .. }) => {}
                    Err(error) => {
                        assert!(self.is_excused(&error), "read checkpoint: {error}");
                        return self.go_on();
                    }
                }
            }
            good.truncate(keep.unwrap_or(usize::MAX));
            stays.extend(good);
        }
        let least = stays.iter().map(|(_, seq)| *seq).min().unwrap_or(u64::MAX).min(before).min(next);
        let first = self.log().first_seq();
        let pruned = self.log().prune(before, keep);
        let mut failed = false;
        match pruned {
            Ok((first_after, segments)) => {
                assert!(
                    first_after == first || first_after <= least,
                    "pruned up to {first_after} of {least}"
                );
                self.model.first = self.model.first.max(first_after);
                self.model.pruned = self.model.pruned.max(first_after);
                self.counts.pruned_segments += segments;
            }
            Err(error) => {
                failed = true;
                self.model.pruned = self.model.pruned.max(least);
                assert!(self.is_excused(&error), "prune: {error}");
            }
        }
        for (key, remembered) in &mut self.checkpoints {
            if !stays.contains(key) {
                remembered.owed = false;
            }
        }
        if failed {
            return self.go_on();
        }
        self.check_events();
        if self.log.is_some() {
            self.check_checkpoints();
        }
    }

    fn verify(&mut self) {
        if self.log.is_none() {
            return;
        }
        let problems = self.log().verify().expect("no fault is left");
        let unexplained: Vec<_> =
            problems.into_iter().filter(|(file, _)| !file.ends_with(".checkpoint")).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
    }

    /// A fork anywhere reads as the log does up to there; one that failed is not there, or whole.
    fn fork(&mut self) {
        let target = Path::new("/logs/fork");
        if self.random.bool() {
            self.plan_fault();
        }
        let first = self.log().first_seq();
        let mut at = self.random.u64(first..=self.model.next());
        self.say(|| format!("fork at {at}"));
        let up_to = |model: &Model, at| -> Vec<Event> {
            model.events().into_iter().filter(|event| event.seq < at).cloned().collect()
        };
        // The fork may have events on the disk that the log itself loses.
        let mut expected = up_to(&self.model, at);
        let forked = self.log().fork(at);
        self.disk.heal();
        if let Err(error) = forked {
            assert!(self.is_excused(&error), "fork: {error}");
            if self.disk.is_off() {
                self.crash();
                self.reopen();
            }
            if self.disk.list(target).is_err() {
                at = at.min(self.model.next());
                self.say(|| format!("fork at {at} again"));
                self.log().fork(at).expect("no fault is left");
                expected = up_to(&self.model, at);
                self.counts.forks_again += 1;
            }
        }
        let fork =
            Subject::open_at(&self.disk, "/logs/fork", self.segment_bytes, self.compress).expect("a log");
        let events = fork.read(&Query::ALL).expect("events");
        assert!(events == expected, "a fork of {} events instead of {}", events.len(), expected.len());
        assert_eq!(fork.next_seq(), at);
        let problems = fork.verify().expect("no fault is left");
        assert!(problems.iter().all(|(file, _)| file.ends_with(".checkpoint")), "{problems:?}");
        let batch = self.new_batch();
        let batch = NewBatch { key: None, expected: None, ..batch };
        fork.commit(&[batch], Durability::Disk).expect("room");
        fork.close().expect("no fault is left");
        self.counts.forks += 1;
    }

    /// Nothing is lost of a log that is whole.
    fn salvage(&mut self) {
        if self.log.is_none() {
            return;
        }
        self.say(|| "salvage".to_owned());
        let report = Subject::salvage(&self.disk).expect("no fault is left");
        let expected: Vec<_> = self.model.events().into_iter().cloned().collect();
        assert_eq!((report.events, report.lost.len()), (expected.len() as u64, 0), "{report:?}");
        let salvaged = Subject::open_at(&self.disk, "/logs/salvaged", self.segment_bytes, self.compress);
        let salvaged = salvaged.expect("a log");
        let events = salvaged.read(&Query::ALL).expect("events");
        let first = expected.first().map_or(0, |event| event.seq);
        for (event, expected) in events.iter().zip(&expected) {
            assert_eq!(event, expected);
        }
        assert!(expected.is_empty() || salvaged.first_seq() == first);
        assert_eq!(events.len(), expected.len());
        let problems = salvaged.verify().expect("no fault is left");
        assert_eq!(problems, []);
        salvaged.close().expect("no fault is left");
        self.counts.salvages += 1;
    }
}
