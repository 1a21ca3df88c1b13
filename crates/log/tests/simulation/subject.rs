//! The log, as a workload uses it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_log::checkpoint::{CheckpointOptions, StateKind};
use tenon_log::cursor::Range;
use tenon_log::event::Group;
use tenon_log::log::{Compression, Log, Options};
use tenon_log::prune::PruneOptions;
use tenon_log::record::Kind;
use tenon_log::salvage::SalvageReport;
use tenon_log::upkeep::salvage_on;
use tenon_log::{Error, event};

pub use tenon_log::event::Durability;

use crate::disk::SimulatedDisk;
use crate::model::Event;

static GO_ON: AtomicBool = AtomicBool::new(false);

pub struct NewEvent {
    pub stream: String,
    pub kind: String,
    pub time_ms: u64,
    pub code: u8,
    pub data: Vec<u8>,
}

pub struct NewBatch {
    pub events: Vec<NewEvent>,
    pub key: Option<String>,
    pub expected: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Appended { seq: u64, stream_seq: u64 },
    Known { seq: u64 },
    Conflict { next: u64 },
    OtherSize { events: u64 },
}

#[derive(Debug, Clone)]
pub struct Query {
    pub from: u64,
    pub to: u64,
    pub reverse: bool,
    pub stream: Option<String>,
    pub kinds: Option<Vec<String>>,
    pub limit: Option<u64>,
}

impl Query {
    pub const ALL: Self =
        Self { from: 0, to: u64::MAX, reverse: false, stream: None, kinds: None, limit: None };
}

#[derive(Debug)]
pub struct NewCheckpoint {
    pub level: Option<i32>,
    pub base: Option<u64>,
    pub sync: bool,
    pub time_ms: u64,
}

pub struct Subject {
    log: Log<SimulatedDisk>,
}

impl Subject {
    pub fn open(disk: &SimulatedDisk, segment_bytes: u64, compress: bool) -> Result<Self, Error> {
        Self::open_at(disk, "/logs/log", segment_bytes, compress)
    }

    pub fn open_at(
        disk: &SimulatedDisk,
        directory: &str,
        segment_bytes: u64,
        compress: bool,
    ) -> Result<Self, Error> {
        let dictionary = b"event message tool".repeat(4);
        let options = Options {
            segment_bytes,
            compression: compress.then_some(Compression { level: 1, dictionary: Some(dictionary) }),
            log_id: Some(*b"simulated log id"),
            ..Options::default()
        };
        Ok(Self { log: Log::open_on(Arc::new(disk.clone()), directory, &options)? })
    }

    /// A reader of another process.
    pub fn open_to_read(disk: &SimulatedDisk) -> Result<Self, Error> {
        let options = Options { read_only: true, ..Options::default() };
        Ok(Self { log: Log::open_on(Arc::new(disk.clone()), "/logs/log", &options)? })
    }

    pub fn is_poisoned(&self) -> bool {
        self.log.info().poisoned.is_some()
    }

    pub fn first_seq(&self) -> u64 {
        self.log.info().first_seq
    }

    pub fn next_seq(&self) -> u64 {
        self.log.info().next_seq
    }

    pub fn had_torn_tail(&self) -> bool {
        self.log.recovery().is_some()
    }

    pub fn commit(&self, batches: &[NewBatch], durability: Durability) -> Result<Vec<Outcome>, Error> {
        let mut group = Group::new();
        for batch in batches {
            for (index, event) in batch.events.iter().enumerate() {
                let new = event::NewEvent {
                    stream: &event.stream,
                    kind: &event.kind,
                    key: batch.key.as_deref().filter(|_| index == 0).unwrap_or(""),
                    data: &event.data,
                    data_kind: Kind::of(event.code).expect("a kind"),
                    time_ms: event.time_ms,
                    expected_seq: batch.expected.filter(|_| index == 0),
                };
                assert!(group.push(&new, index + 1 < batch.events.len()));
            }
        }
        let outcomes = self.log.commit(&group.bytes, &group.heads, durability)?;
        let plain = |outcome| match outcome {
            event::Outcome::Appended { seq, stream_seq } => Outcome::Appended { seq, stream_seq },
            event::Outcome::Known { seq, .. } => Outcome::Known { seq },
            event::Outcome::Conflict { stream_seq } => Outcome::Conflict { next: stream_seq },
            event::Outcome::OtherSize { events } => Outcome::OtherSize { events: u64::from(events) },
        };
        Ok(outcomes.into_iter().map(plain).collect())
    }

    pub fn read(&self, query: &Query) -> Result<Vec<Event>, Error> {
        let range = Range {
            from: query.from,
            to: (query.to != u64::MAX).then_some(query.to),
            reverse: query.reverse,
            stream: query.stream.as_ref().map(|stream| stream.clone().into_bytes()),
            types: query
                .kinds
                .as_ref()
                .map(|kinds| kinds.iter().map(|kind| kind.clone().into_bytes()).collect()),
            limit: query.limit.unwrap_or(u64::MAX),
        };
        let mut cursor = self.log.cursor(range);
        let mut events = Vec::new();
        while let Some(packet) = cursor.next(7, 5000, &GO_ON)? {
            let name = |place| String::from_utf8(packet.name(place).to_vec()).expect("UTF-8");
            for (event, data) in packet.iter() {
                events.push(Event {
                    seq: event.seq,
                    stream_seq: event.stream_seq,
                    stream: name(event.stream),
                    kind: name(event.type_name),
                    time_ms: event.time_ms,
                    code: event.kind.number(),
                    data: data.to_vec(),
                });
            }
        }
        Ok(events)
    }

    pub fn flush(&self) -> Result<(), Error> {
        self.log.flush()
    }

    pub fn close(&self) -> Result<(), Error> {
        self.log.close()
    }

    pub fn write_checkpoint(
        &self,
        name: &str,
        seq: u64,
        state: &[u8],
        new: &NewCheckpoint,
    ) -> Result<(), Error> {
        let options = CheckpointOptions {
            kind: StateKind::Bytes,
            level: new.level,
            base: new.base,
            time_ms: new.time_ms,
            sync: new.sync,
        };
        self.log.write_checkpoint(name, seq, state, &options).map(|_| ())
    }

    /// Name, seq, and whether the header is good.
    pub fn checkpoints(&self) -> Result<Vec<(String, u64, bool)>, Error> {
        let infos = self.log.checkpoints(None)?;
        Ok(infos.into_iter().map(|info| (info.name, info.seq, info.fault.is_none())).collect())
    }

    pub fn read_checkpoint(&self, name: &str, seq: u64) -> Result<Vec<u8>, Error> {
        self.log.read_checkpoint(name, seq).map(|state| state.bytes)
    }

    /// The first seq that is left, and how many segments went.
    pub fn prune(&self, before: u64, keep_checkpoints: Option<usize>) -> Result<(u64, u64), Error> {
        let report = self.log.prune(&PruneOptions { before, keep_checkpoints })?;
        assert_eq!(report.first_seq, self.first_seq());
        Ok((report.first_seq, report.segments_removed))
    }

    /// File and reason of each problem.
    pub fn verify(&self) -> Result<Vec<(String, String)>, Error> {
        let report = self.log.verify(None)?;
        let events = self.next_seq() - self.first_seq();
        if report.problems.is_empty() {
            assert_eq!(report.events, events);
        }
        Ok(report.problems.into_iter().map(|problem| (problem.file, problem.reason)).collect())
    }

    pub fn fork(&self, at: u64) -> Result<u64, Error> {
        self.log.fork(Path::new("/logs/fork"), at, None)
    }

    pub fn salvage(disk: &SimulatedDisk) -> Result<SalvageReport, Error> {
        salvage_on(disk, Path::new("/logs/log"), Path::new("/logs/salvaged"), None)
    }
}
