//! What can be done with an open log besides appending and reading.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::checkpoint::{CheckpointInfo, CheckpointOptions, Checkpoints, State};
use crate::disk::{Access, Disk, DiskFile, RealDisk};
use crate::error::Error;
use crate::layout::checkpoint_name;
use crate::log::{Log, Shared, guard, random_id};
use crate::prune::{PruneOptions, PruneReport};
use crate::salvage::SalvageReport;
use crate::verify::VerifyReport;

/// How large a log is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// How many segments there are.
    pub segments: u64,
    /// The bytes of all segments and checkpoints.
    pub bytes: u64,
    /// How many streams; 0 for a log that is open for reading.
    pub streams: u64,
    /// How many idempotency keys are remembered; 0 for a log that is open for reading.
    pub keys: u64,
    /// How many checkpoints there are.
    pub checkpoints: u64,
}

impl<D: Disk> Shared<D> {
    fn with_checkpoints<T>(
        &self,
        work: impl FnOnce(&Checkpoints<'_, D>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let id = guard(&self.view).id;
        work(&Checkpoints { disk: &*self.disk, directory: &self.directory, id: &id })
    }

    /// Puts checkpoints of events that the log lost out of the way, before others get these events' seqs.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn set_checkpoints_aside(&self, next_seq: u64) -> Result<(), Error> {
        self.with_checkpoints(|checkpoints| {
            let mut any = false;
            for (name, seq) in checkpoints.names()? {
                if seq > next_seq {
                    let file = checkpoint_name(name.as_bytes(), seq);
                    let path = self.directory.join(&file);
                    let aside = self.directory.join(format!("{file}.lost"));
                    self.disk.rename(&path, &aside).map_err(Error::io("rename", &path))?;
                    any = true;
                }
            }
            if any {
                self.disk.sync_directory(&self.directory).map_err(Error::io("sync", &self.directory))?;
            }
            Ok(())
        })
    }
}

impl<D: Disk> Log<D> {
    /// Writes a checkpoint: a state in which the events below `seq` are. One of the same name and seq is replaced. Says how
    /// many bytes its file has.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a seq the log does not have, a base that is not there, or where others stand on the
    /// one that would be replaced; [`Error::Corrupt`] for a base that is damaged; [`Error::Limit`] for a state that is too
    /// large; [`Error::Io`], after which the checkpoint is not there, or there without being on the disk.
    pub fn write_checkpoint(
        &self,
        name: &str,
        seq: u64,
        state: &[u8],
        options: &CheckpointOptions,
    ) -> Result<u64, Error> {
        let _open = self.keep_open();
        self.with_writer(|writer| writer.check_usable())?;
        let (first_seq, next_seq) = {
            let view = guard(&self.shared.view);
            (view.first_seq(), view.next_seq)
        };
        if seq < first_seq || seq > next_seq {
            return Err(Error::InvalidArgument(format!(
                "the log has no place {seq}: it begins at {first_seq} and ends at {next_seq}"
            )));
        }
        let mut synced = guard(&self.shared.synced);
        self.shared.with_checkpoints(|checkpoints| {
            // It must not be on the disk without its events, where it may be at any time: after a crash, others would have
            // their seqs.
            let flush = |sync| {
                let is_ahead = seq > guard(&self.shared.view).durable_seq;
                if sync || is_ahead { self.with_writer(crate::log::Writer::flush) } else { Ok(()) }
            };
            checkpoints.write(name, seq, state, options, &mut synced, flush)
        })
    }

    /// The checkpoints of a name, or all, in the order of names and seqs, by what their headers say.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn checkpoints(&self, name: Option<&str>) -> Result<Vec<CheckpointInfo>, Error> {
        self.shared.with_checkpoints(|checkpoints| checkpoints.list(name))
    }

    /// A checkpoint's state.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where there is none, [`Error::Corrupt`] where it or one that it stands on is damaged or
    /// missing, [`Error::Io`]
    pub fn read_checkpoint(&self, name: &str, seq: u64) -> Result<State, Error> {
        let state = self.shared.with_checkpoints(|checkpoints| checkpoints.read(name, seq))?;
        state.ok_or_else(|| Error::InvalidArgument(format!("there is no checkpoint '{name}' at {seq}")))
    }

    /// Removes old checkpoints, and the segments whose events are all below `before` and below every checkpoint that stays.
    ///
    /// # Errors
    /// [`Error::Io`], after which some of it is done.
    pub fn prune(&self, options: &PruneOptions) -> Result<PruneReport, Error> {
        let _open = self.keep_open();
        self.with_writer(|writer| writer.check_usable())?;
        let mut synced = guard(&self.shared.synced);
        let segments = guard(&self.shared.view).segments.clone();
        self.shared.with_checkpoints(|checkpoints| {
            crate::prune::prune(checkpoints, &segments, options, &mut synced, |left| {
                let mut view = guard(&self.shared.view);
                // Others may have been added at the end.
                let added =
                    view.segments.iter().copied().filter(|first_seq| Some(first_seq) > segments.last());
                view.segments = left.iter().copied().chain(added).collect();
            })
        })
    }

    /// Writes the events below `at_seq` and the checkpoints up to it to a new log, with the same seqs; as a whole or not at
    /// all. A batch may be cut there. Says how many events.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a seq that the log does not have or a directory that is not empty, [`Error::Corrupt`]
    /// where the log is damaged, [`Error::Io`], [`Error::Aborted`]
    pub fn fork(&self, target: &Path, at_seq: u64, cancelled: Option<&AtomicBool>) -> Result<u64, Error> {
        let _open = self.keep_open();
        self.shared.refresh()?;
        self.shared.relist()?;
        let new_id = random_id()?;
        let (segments, next_seq) = self.extent();
        let forked = self.shared.with_checkpoints(|checkpoints| {
            crate::fork::fork(checkpoints, &segments, next_seq, target, (at_seq, new_id), cancelled)
        });
        match forked {
            // It may be pruned while it is read.
            Err(error) if error.is_not_found() => Err(self.pruned_since(&segments, 0)?.unwrap_or(error)),
            forked => forked,
        }
    }

    /// Reads all there is, and says what is wrong.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Aborted`]
    pub fn verify(&self, cancelled: Option<&AtomicBool>) -> Result<VerifyReport, Error> {
        let _open = self.keep_open();
        self.shared.refresh()?;
        self.shared.relist()?;
        let (segments, next_seq) = self.extent();
        self.shared.with_checkpoints(|checkpoints| {
            crate::verify::verify(checkpoints, &segments, next_seq, cancelled, |seq| {
                self.pruned_since(&segments, seq)
            })
        })
    }

    /// Looks at what another process has appended and pruned, where the log is open for reading; [`info`](Self::info) says
    /// where it stands after that.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`]
    pub fn refresh(&self) -> Result<(), Error> {
        self.shared.refresh()?;
        Ok(())
    }

    /// How large the log is.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn stats(&self) -> Result<Stats, Error> {
        self.shared.refresh()?;
        let (streams, keys) = match self.known() {
            Ok(known) => known,
            Err(Error::ReadOnly) => (0, 0),
            Err(error) => return Err(error),
        };
        let (segments, _) = self.extent();
        let checkpoints = self.checkpoints(None)?;
        let mut bytes: u64 = checkpoints.iter().map(|info| info.stored_bytes).sum();
        for &first_seq in &segments {
            let path = self.shared.segment_path(first_seq);
            let file = self.shared.disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
            bytes += file.len().map_err(Error::io("read", &path))?;
        }
        Ok(Stats {
            segments: segments.len() as u64,
            bytes,
            streams: streams as u64,
            keys: keys as u64,
            checkpoints: checkpoints.len() as u64,
        })
    }

    /// The error for segments that are gone since they were listed, from a seq on; none where the log has no other beginning
    /// than it had.
    fn pruned_since(&self, segments: &[u64], seq: u64) -> Result<Option<Error>, Error> {
        self.shared.relist()?;
        let first_seq = guard(&self.shared.view).first_seq();
        let from = seq.max(segments.first().copied().unwrap_or(0));
        Ok((from < first_seq).then(|| Error::Pruned { from, to: first_seq - 1 }))
    }

    fn extent(&self) -> (Vec<u64>, u64) {
        let view = guard(&self.shared.view);
        (view.segments.clone(), view.next_seq)
    }
}

/// Copies what is whole of a damaged log to a new one, as a whole or not at all. Events get new seqs, without holes, from where
/// the first one's was, and the events of a stream likewise.
///
/// # Errors
/// [`Error::InvalidArgument`] where there is no log or the target is not empty, [`Error::Unsupported`], [`Error::Io`],
/// [`Error::Aborted`]
pub fn salvage(
    directory: &Path,
    target: &Path,
    cancelled: Option<&AtomicBool>,
) -> Result<SalvageReport, Error> {
    salvage_on(&RealDisk, directory, target, cancelled)
}

/// As [`salvage`], on another disk.
///
/// # Errors
/// Those of [`salvage`].
pub fn salvage_on<D: Disk>(
    disk: &D,
    directory: &Path,
    target: &Path,
    cancelled: Option<&AtomicBool>,
) -> Result<SalvageReport, Error> {
    crate::salvage::salvage(disk, directory, target, random_id()?, cancelled)
}
