//! `log`: batches in, places out; events out as bytes, and numbers that cut them.

use crate::{
    bytes::Text,
    error,
    work::{Cancellation, Work},
};
use napi::bindgen_prelude::{AsyncTask, Float64Array, Uint8Array};
use napi_derive::napi;
use std::{
    io,
    path::PathBuf,
    str,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tenon_log::{
    CheckpointInfo, CheckpointOptions, Compression, Cursor, Durability, Head, Kind, Log, Options, Outcome,
    Packet, PruneOptions, Range, RealDisk, StateKind,
};

/// Numbers of an event on its way in, and out.
const HEAD_NUMBERS: usize = 8;
const OUTCOME_NUMBERS: usize = 3;
const EVENT_NUMBERS: usize = 6;
/// What the place of a stream's name is multiplied with, to stand in one number with the type's.
const NAME_PLACES: f64 = 65536.0;

/// How to open a log.
#[napi(object)]
pub struct LogOptions {
    /// How long a segment becomes.
    pub segment_bytes: f64,
    /// For reading alone.
    pub read_only: bool,
    /// Where there is none, make one.
    pub create: bool,
    /// zstd's level, or 0.
    pub level: i32,
}

/// What opening cut off.
#[napi(object)]
pub struct LogRecovery {
    /// The segment's name.
    pub segment: String,
    /// Where it was cut.
    pub offset_bytes: f64,
    /// How much of it.
    pub lost_bytes: f64,
    /// Where that is now.
    pub lost_file: String,
    /// How many whole records were behind the torn one.
    pub later_records: f64,
    /// The next event's seq.
    pub next_seq: f64,
}

/// Where a log stands.
#[napi(object, use_nullable = true)]
pub struct LogInfo {
    /// The first event's seq.
    pub first_seq: f64,
    /// The next event's.
    pub next_seq: f64,
    /// All below were synced.
    pub durable_seq: f64,
    /// The log's id in hexadecimal digits.
    pub id: String,
    /// What ended writing.
    pub poisoned: Option<String>,
}

/// Events of one reading.
#[napi(object, object_from_js = false)]
pub struct LogPacket {
    /// The data, one after the other.
    pub bytes: Uint8Array,
    /// Six numbers an event: see lib/log/store.d.ts.
    pub meta: Float64Array,
    /// Names of streams and types.
    pub names: Vec<String>,
}

/// How to write a checkpoint.
#[napi(object)]
pub struct LogCheckpointSettings {
    /// By zstd.
    pub compress: bool,
    /// Its level.
    pub level: i32,
    /// The base's seq, or -1.
    pub base_seq: f64,
    /// Milliseconds since 1970.
    pub time_ms: f64,
    /// Whether to sync.
    pub disk: bool,
}

/// A checkpoint, by its header.
#[napi(object, use_nullable = true)]
pub struct LogCheckpoint {
    /// Its name.
    pub name: String,
    /// The first event it does not cover.
    pub seq: f64,
    /// Milliseconds since 1970.
    pub time_ms: f64,
    /// 0 bytes, 2 JSON.
    pub kind: u32,
    /// Of the state.
    pub bytes: f64,
    /// Of the file.
    pub stored_bytes: f64,
    /// The base's seq, or -1.
    pub base_seq: f64,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// A state.
#[napi(object, object_from_js = false)]
pub struct LogState {
    /// Its bytes.
    pub bytes: Uint8Array,
    /// 0 bytes, 2 JSON.
    pub kind: u32,
    /// Milliseconds since 1970.
    pub time_ms: f64,
}

/// What pruning removed.
#[napi(object, use_nullable = true)]
pub struct LogPruneReport {
    /// The first seq now.
    pub first_seq: f64,
    /// How many segments.
    pub segments_removed: f64,
    /// How many events.
    pub events_removed: f64,
    /// How many bytes.
    pub bytes_removed: f64,
    /// How many checkpoints.
    pub checkpoints_removed: f64,
    /// The checkpoint that held more.
    pub held_by: Option<String>,
}

/// Something damaged.
#[napi(object, use_nullable = true)]
pub struct LogProblem {
    /// The file's name.
    pub file: String,
    /// Where.
    pub offset_bytes: f64,
    /// What is wrong.
    pub reason: String,
    /// The last good seq before, or -1.
    pub last_good_seq: f64,
    /// The next good one behind.
    pub next_good_seq: Option<f64>,
}

/// What a whole reading found.
#[napi(object)]
pub struct LogVerifyReport {
    /// How many segments.
    pub segments: f64,
    /// How many events.
    pub events: f64,
    /// How many batches.
    pub batches: f64,
    /// How many bytes.
    pub bytes: f64,
    /// How many checkpoints.
    pub checkpoints: f64,
    /// What is damaged.
    pub problems: Vec<LogProblem>,
}

/// What was left behind.
#[napi(object, use_nullable = true)]
pub struct LogLost {
    /// The file's name.
    pub file: String,
    /// Where.
    pub offset_bytes: f64,
    /// How much.
    pub lost_bytes: f64,
    /// The seq before.
    pub after_seq: Option<f64>,
    /// The seq behind.
    pub before_seq: Option<f64>,
    /// Why.
    pub reason: String,
}

/// What salvaging copied.
#[napi(object)]
pub struct LogSalvageReport {
    /// How many events.
    pub events: f64,
    /// How many segments were read.
    pub segments: f64,
    /// What was left behind.
    pub lost: Vec<LogLost>,
    /// How many checkpoints.
    pub checkpoints: f64,
    /// How many were left behind.
    pub checkpoints_dropped: f64,
}

/// How large a log is.
#[napi(object)]
pub struct LogStats {
    /// How many segments.
    pub segments: f64,
    /// The bytes of segments and checkpoints.
    pub bytes: f64,
    /// How many streams.
    pub streams: f64,
    /// How many checkpoints.
    pub checkpoints: f64,
}

/// An open log.
#[napi]
pub struct LogStore(Arc<Log>);

/// Opens the log of a directory.
#[napi(
    catch_unwind,
    ts_args_type = "directory: string, options: LogOptions, dictionary?: Uint8Array | undefined",
    ts_return_type = "Promise<LogStore>"
)]
pub fn log_open(
    directory: String,
    options: LogOptions,
    dictionary: Option<Text>,
) -> AsyncTask<Work<LogStore>> {
    let compression = (options.level != 0)
        .then(|| Compression { level: options.level, dictionary: dictionary.map(Text::into_bytes) });
    let options = Options {
        segment_bytes: whole(options.segment_bytes),
        read_only: options.read_only,
        create: options.create,
        compression,
        ..Options::default()
    };
    AsyncTask::new(Work::new(move || {
        let path = PathBuf::from(directory);
        let log = Log::open(&path, &options).map_err(error::log)?;
        if options.read_only && log.info().id == [0; 16] {
            // No segment, and so no log.
            let source = io::ErrorKind::NotFound.into();
            return Err(error::log(tenon_log::Error::Io { operation: "read", path, source }));
        }
        Ok(LogStore(Arc::new(log)))
    }))
}

/// Copies what is whole of a damaged log.
#[napi(catch_unwind, ts_return_type = "Promise<LogSalvageReport>")]
pub fn log_salvage(
    directory: String,
    out_directory: String,
    cancellation: &Cancellation,
) -> AsyncTask<Work<LogSalvageReport>> {
    let cancelled = cancellation.flag();
    AsyncTask::new(Work::new(move || {
        let report = tenon_log::salvage(directory.as_ref(), out_directory.as_ref(), Some(&cancelled))
            .map_err(error::log)?;
        Ok(LogSalvageReport {
            events: number(report.events),
            segments: number(report.segments),
            lost: report
                .lost
                .into_iter()
                .map(|lost| LogLost {
                    file: lost.file,
                    offset_bytes: number(lost.offset_bytes),
                    lost_bytes: number(lost.lost_bytes),
                    after_seq: lost.after_seq.map(number),
                    before_seq: lost.before_seq.map(number),
                    reason: lost.reason,
                })
                .collect(),
            checkpoints: number(report.checkpoints),
            checkpoints_dropped: number(report.checkpoints_dropped),
        })
    }))
}

#[napi]
impl LogStore {
    /// What opening cut off.
    #[napi(catch_unwind)]
    pub fn recovery(&self) -> Option<LogRecovery> {
        self.0.recovery().map(|recovery| LogRecovery {
            segment: recovery.segment.clone(),
            offset_bytes: number(recovery.offset_bytes),
            lost_bytes: number(recovery.lost_bytes),
            lost_file: recovery.lost_file.clone(),
            later_records: number(recovery.later_records),
            next_seq: number(recovery.next_seq),
        })
    }

    /// Where the log stands.
    #[napi(catch_unwind)]
    pub fn info(&self) -> LogInfo {
        let info = self.0.info();
        LogInfo {
            first_seq: number(info.first_seq),
            next_seq: number(info.next_seq),
            durable_seq: number(info.durable_seq),
            id: info.id.iter().map(|byte| format!("{byte:02x}")).collect(),
            poisoned: info.poisoned,
        }
    }

    /// Appends batches. The bytes must not change until the promise is settled.
    #[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
    pub fn commit(
        &self,
        bytes: Uint8Array,
        meta: Float64Array,
        durability: u32,
    ) -> AsyncTask<Work<Float64Array>> {
        let log = Arc::clone(&self.0);
        AsyncTask::new(Work::new(move || {
            let heads = heads_of(&meta)?;
            let durability = match durability {
                0 => Durability::Memory,
                1 => Durability::Os,
                _ => Durability::Disk,
            };
            let outcomes = log.commit(&bytes, &heads, durability).map_err(error::log)?;
            let mut numbers = Vec::with_capacity(outcomes.len() * OUTCOME_NUMBERS);
            for outcome in outcomes {
                numbers.extend(match outcome {
                    Outcome::Appended { seq, stream_seq } => [0.0, number(seq), number(stream_seq)],
                    Outcome::Known { seq, stream_seq } => [1.0, number(seq), stream_seq.map_or(-1.0, number)],
                    Outcome::Conflict { stream_seq } => [2.0, -1.0, number(stream_seq)],
                    Outcome::OtherSize { events } => [3.0, -1.0, f64::from(events)],
                });
            }
            Ok(Float64Array::new(numbers))
        }))
    }

    /// Syncs what was appended.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn flush(&self) -> AsyncTask<Work<()>> {
        self.run(|log| log.flush().map_err(error::log))
    }

    /// Looks at what another process has done.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn refresh(&self) -> AsyncTask<Work<()>> {
        self.run(|log| log.refresh().map_err(error::log))
    }

    /// A reading; an infinite `to` goes on with the log.
    #[napi(
        catch_unwind,
        ts_args_type = "from: number, to: number, reverse: boolean, stream: string | null, types: Array<string> | null, limit: number"
    )]
    pub fn cursor(
        &self,
        from: f64,
        to: f64,
        reverse: bool,
        stream: Option<String>,
        types: Option<Vec<String>>,
        limit: f64,
    ) -> LogCursor {
        let cursor = self.0.cursor(Range {
            from: whole(from),
            to: to.is_finite().then(|| whole(to)),
            reverse,
            stream: stream.map(String::into_bytes),
            types: types.map(|types| types.into_iter().map(String::into_bytes).collect()),
            limit: if limit.is_finite() { whole(limit) } else { u64::MAX },
        });
        LogCursor(Arc::new(Mutex::new(cursor)))
    }

    /// Writes a checkpoint; how many bytes its file has. The bytes must not change until the promise is settled.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn write_checkpoint(
        &self,
        name: String,
        seq: f64,
        kind: u32,
        bytes: Uint8Array,
        settings: LogCheckpointSettings,
    ) -> AsyncTask<Work<f64>> {
        self.run(move |log| {
            let options = CheckpointOptions {
                kind: if kind == 2 { StateKind::Json } else { StateKind::Bytes },
                level: settings.compress.then_some(settings.level),
                base: (settings.base_seq >= 0.0).then(|| whole(settings.base_seq)),
                time_ms: whole(settings.time_ms),
                sync: settings.disk,
            };
            log.write_checkpoint(&name, whole(seq), &bytes, &options).map(number).map_err(error::log)
        })
    }

    /// The checkpoints of a name, or all.
    #[napi(
        catch_unwind,
        ts_args_type = "name: string | null",
        ts_return_type = "Promise<Array<LogCheckpoint>>"
    )]
    pub fn checkpoints(&self, name: Option<String>) -> AsyncTask<Work<Vec<LogCheckpoint>>> {
        self.run(move |log| {
            let found = log.checkpoints(name.as_deref()).map_err(error::log)?;
            Ok(found.into_iter().map(checkpoint).collect())
        })
    }

    /// A checkpoint's state.
    #[napi(catch_unwind, ts_return_type = "Promise<LogState>")]
    pub fn read_checkpoint(&self, name: String, seq: f64) -> AsyncTask<Work<LogState>> {
        self.run(move |log| {
            let state = log.read_checkpoint(&name, whole(seq)).map_err(error::log)?;
            Ok(LogState {
                bytes: Uint8Array::new(state.bytes),
                kind: kind_of(state.kind),
                time_ms: number(state.time_ms),
            })
        })
    }

    /// Removes events below `before` and all but so many checkpoints of a name; -1 keeps all.
    #[napi(catch_unwind, ts_return_type = "Promise<LogPruneReport>")]
    pub fn prune(&self, before: f64, keep_checkpoints: i32) -> AsyncTask<Work<LogPruneReport>> {
        self.run(move |log| {
            let options = PruneOptions {
                before: whole(before),
                keep_checkpoints: usize::try_from(keep_checkpoints).ok(),
            };
            let report = log.prune(&options).map_err(error::log)?;
            Ok(LogPruneReport {
                first_seq: number(report.first_seq),
                segments_removed: number(report.segments_removed),
                events_removed: number(report.events_removed),
                bytes_removed: number(report.bytes_removed),
                checkpoints_removed: number(report.checkpoints_removed),
                held_by: report.held_by,
            })
        })
    }

    /// A new log with the events below `at_seq`; how many.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn fork(
        &self,
        new_directory: String,
        at_seq: f64,
        cancellation: &Cancellation,
    ) -> AsyncTask<Work<f64>> {
        let cancelled = cancellation.flag();
        self.run(move |log| {
            log.fork(new_directory.as_ref(), whole(at_seq), Some(&cancelled)).map(number).map_err(error::log)
        })
    }

    /// Reads everything.
    #[napi(catch_unwind, ts_return_type = "Promise<LogVerifyReport>")]
    pub fn verify(&self, cancellation: &Cancellation) -> AsyncTask<Work<LogVerifyReport>> {
        let cancelled = cancellation.flag();
        self.run(move |log| {
            let report = log.verify(Some(&cancelled)).map_err(error::log)?;
            let problems = report.problems.into_iter().map(|problem| LogProblem {
                file: problem.file,
                offset_bytes: number(problem.offset_bytes),
                reason: problem.reason,
                last_good_seq: problem.last_good_seq.map_or(-1.0, number),
                next_good_seq: problem.next_good_seq.map(number),
            });
            Ok(LogVerifyReport {
                segments: number(report.segments),
                events: number(report.events),
                batches: number(report.batches),
                bytes: number(report.bytes),
                checkpoints: number(report.checkpoints),
                problems: problems.collect(),
            })
        })
    }

    /// How large the log is.
    #[napi(catch_unwind, ts_return_type = "Promise<LogStats>")]
    pub fn stats(&self) -> AsyncTask<Work<LogStats>> {
        self.run(|log| {
            let stats = log.stats().map_err(error::log)?;
            Ok(LogStats {
                segments: number(stats.segments),
                bytes: number(stats.bytes),
                streams: number(stats.streams),
                checkpoints: number(stats.checkpoints),
            })
        })
    }

    /// Syncs, and lets the next writer in.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Work<()>> {
        self.run(|log| log.close().map_err(error::log))
    }
}

impl LogStore {
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Log) -> napi::Result<T> + Send + 'static,
    ) -> AsyncTask<Work<T>>
    where
        Work<T>: napi::Task,
    {
        let log = Arc::clone(&self.0);
        AsyncTask::new(Work::new(move || work(&log)))
    }
}

/// A reading that goes on step by step.
#[napi]
pub struct LogCursor(Arc<Mutex<Cursor<RealDisk>>>);

#[napi]
impl LogCursor {
    /// The next events; nothing at the end as it is now.
    #[napi(catch_unwind, ts_return_type = "Promise<LogPacket | null>")]
    pub fn next(
        &self,
        max_events: u32,
        max_bytes: u32,
        cancellation: &Cancellation,
    ) -> AsyncTask<Work<Option<LogPacket>>> {
        let cursor = Arc::clone(&self.0);
        let cancelled = cancellation.flag();
        AsyncTask::new(Work::new(move || {
            let packet = lock(&cursor)
                .next(max_events as usize, max_bytes as usize, &cancelled)
                .map_err(error::log)?;
            packet.map(packed).transpose()
        }))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        // A step that runs ends with its own flag, and the memory with the last to hold it.
        if let Ok(mut cursor) = self.0.try_lock() {
            cursor.close();
        }
    }
}

fn packed(packet: Packet) -> napi::Result<LogPacket> {
    let mut meta = Vec::with_capacity(packet.events.len() * EVENT_NUMBERS);
    for event in &packet.events {
        meta.extend([
            number(event.seq),
            number(event.stream_seq),
            number(event.time_ms),
            match event.kind {
                Kind::Bytes => 0.0,
                Kind::Text => 1.0,
                Kind::Json => 2.0,
            },
            f64::from(event.data_bytes),
            f64::from(event.stream) * NAME_PLACES + f64::from(event.type_name),
        ]);
    }
    let names = packet.names.iter().map(|name| {
        str::from_utf8(name).map(str::to_owned).map_err(|_| error::internal("a name is no UTF-8"))
    });
    Ok(LogPacket {
        names: names.collect::<napi::Result<_>>()?,
        bytes: Uint8Array::new(packet.bytes),
        meta: Float64Array::new(meta),
    })
}

fn heads_of(meta: &[f64]) -> napi::Result<Vec<Head>> {
    let heads = meta.chunks_exact(HEAD_NUMBERS).map(|numbers| {
        let [stream, type_name, key, data, kind, time_ms, expected_seq, more] = numbers else { return None };
        Some(Head {
            stream_bytes: u8::try_from(whole(*stream)).ok()?,
            type_bytes: u8::try_from(whole(*type_name)).ok()?,
            key_bytes: u8::try_from(whole(*key)).ok()?,
            data_bytes: u32::try_from(whole(*data)).ok()?,
            kind: match whole(*kind) {
                0 => Kind::Bytes,
                1 => Kind::Text,
                _ => Kind::Json,
            },
            time_ms: whole(*time_ms),
            expected_seq: (*expected_seq >= 0.0).then(|| whole(*expected_seq)),
            more: *more != 0.0,
        })
    });
    heads.collect::<Option<_>>().ok_or_else(|| error::internal("a head of an event is none"))
}

fn checkpoint(info: CheckpointInfo) -> LogCheckpoint {
    LogCheckpoint {
        name: info.name,
        seq: number(info.seq),
        time_ms: number(info.time_ms),
        kind: kind_of(info.kind),
        bytes: number(info.bytes),
        stored_bytes: number(info.stored_bytes),
        base_seq: info.base.map_or(-1.0, number),
        fault: info.fault,
    }
}

fn kind_of(kind: StateKind) -> u32 {
    match kind {
        StateKind::Bytes => 0,
        StateKind::Json => 2,
    }
}

/// The facade has checked that it is one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^53")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "seqs, times and sizes are below 2^53")]
fn number(whole: u64) -> f64 {
    whole as f64
}

/// A panic during a step leaves nothing that a next one could not close.
fn lock(cursor: &Mutex<Cursor<RealDisk>>) -> MutexGuard<'_, Cursor<RealDisk>> {
    cursor.lock().unwrap_or_else(PoisonError::into_inner)
}
