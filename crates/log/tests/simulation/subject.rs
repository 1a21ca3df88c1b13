//! The log, as a workload uses it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_log::{
    CheckpointOptions, Compression, Error, Group, Kind, Log, Options, PruneOptions, Range, SalvageReport,
    StateKind, salvage_on,
};

pub(crate) use tenon_log::Durability;

use crate::disk::SimulatedDisk;
use crate::model::Event;

static GO_ON: AtomicBool = AtomicBool::new(false);

pub(crate) struct NewEvent {
    pub(crate) stream: String,
    pub(crate) kind: String,
    pub(crate) time_ms: u64,
    pub(crate) code: u8,
    pub(crate) data: Vec<u8>,
}

pub(crate) struct NewBatch {
    pub(crate) events: Vec<NewEvent>,
    pub(crate) key: Option<String>,
    pub(crate) expected: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Appended { seq: u64, stream_seq: u64 },
    Known { seq: u64 },
    Conflict { next: u64 },
    OtherSize { events: u64 },
}

#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) reverse: bool,
    pub(crate) stream: Option<String>,
    pub(crate) kinds: Option<Vec<String>>,
    pub(crate) limit: Option<u64>,
}

impl Query {
    pub(crate) const ALL: Self =
        Self { from: 0, to: u64::MAX, reverse: false, stream: None, kinds: None, limit: None };
}

#[derive(Debug)]
pub(crate) struct NewCheckpoint {
    pub(crate) level: Option<i32>,
    pub(crate) base: Option<u64>,
    pub(crate) sync: bool,
    pub(crate) time_ms: u64,
}

pub(crate) struct Subject {
    log: Log<SimulatedDisk>,
}

impl Subject {
    pub(crate) fn open(disk: &SimulatedDisk, segment_bytes: u64, compress: bool) -> Result<Self, Error> {
        Self::open_at(disk, "/logs/log", segment_bytes, compress)
    }

    pub(crate) fn open_at(
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
    pub(crate) fn open_to_read(disk: &SimulatedDisk) -> Result<Self, Error> {
        let options = Options { read_only: true, ..Options::default() };
        Ok(Self { log: Log::open_on(Arc::new(disk.clone()), "/logs/log", &options)? })
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.log.info().poisoned.is_some()
    }

    pub(crate) fn first_seq(&self) -> u64 {
        self.log.info().first_seq
    }

    pub(crate) fn next_seq(&self) -> u64 {
        self.log.info().next_seq
    }

    pub(crate) fn had_torn_tail(&self) -> bool {
        self.log.recovery().is_some()
    }

    pub(crate) fn commit(&self, batches: &[NewBatch], durability: Durability) -> Result<Vec<Outcome>, Error> {
        let mut group = Group::new();
        for batch in batches {
            for (index, event) in batch.events.iter().enumerate() {
                let new = tenon_log::NewEvent {
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
            tenon_log::Outcome::Appended { seq, stream_seq } => Outcome::Appended { seq, stream_seq },
            tenon_log::Outcome::Known { seq, .. } => Outcome::Known { seq },
            tenon_log::Outcome::Conflict { stream_seq } => Outcome::Conflict { next: stream_seq },
            tenon_log::Outcome::OtherSize { events } => Outcome::OtherSize { events: u64::from(events) },
        };
        Ok(outcomes.into_iter().map(plain).collect())
    }

    pub(crate) fn read(&self, query: &Query) -> Result<Vec<Event>, Error> {
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

    pub(crate) fn flush(&self) -> Result<(), Error> {
        self.log.flush()
    }

    pub(crate) fn close(&self) -> Result<(), Error> {
        self.log.close()
    }

    pub(crate) fn write_checkpoint(
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
    pub(crate) fn checkpoints(&self) -> Result<Vec<(String, u64, bool)>, Error> {
        let infos = self.log.checkpoints(None)?;
        Ok(infos.into_iter().map(|info| (info.name, info.seq, info.fault.is_none())).collect())
    }

    pub(crate) fn read_checkpoint(&self, name: &str, seq: u64) -> Result<Vec<u8>, Error> {
        self.log.read_checkpoint(name, seq).map(|state| state.bytes)
    }

    /// The first seq that is left, and how many segments went.
    pub(crate) fn prune(&self, before: u64, keep_checkpoints: Option<usize>) -> Result<(u64, u64), Error> {
        let report = self.log.prune(&PruneOptions { before, keep_checkpoints })?;
        assert_eq!(report.first_seq, self.first_seq());
        Ok((report.first_seq, report.segments_removed))
    }

    /// File and reason of each problem.
    pub(crate) fn verify(&self) -> Result<Vec<(String, String)>, Error> {
        let report = self.log.verify(None)?;
        let events = self.next_seq() - self.first_seq();
        if report.problems.is_empty() {
            assert_eq!(report.events, events);
        }
        Ok(report.problems.into_iter().map(|problem| (problem.file, problem.reason)).collect())
    }

    pub(crate) fn fork(&self, at: u64) -> Result<u64, Error> {
        self.log.fork(Path::new("/logs/fork"), at, None)
    }

    pub(crate) fn salvage(disk: &SimulatedDisk) -> Result<SalvageReport, Error> {
        salvage_on(disk, Path::new("/logs/log"), Path::new("/logs/salvaged"), None)
    }
}
