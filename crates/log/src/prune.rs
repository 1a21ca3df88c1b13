//! Pruning: old checkpoints go, and the segments that nobody needs any more, so that a crash half way leaves a log.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use crate::checkpoint::{CheckpointInfo, Checkpoints};
use crate::disk::{Access, Disk, DiskFile};
use crate::error::Error;
use crate::layout::{checkpoint_name, segment_name};

/// What to prune.
#[derive(Debug, Clone, Copy)]
pub struct PruneOptions {
    /// Events below this seq may go.
    pub before: u64,
    /// How many checkpoints of each name stay, the newest, besides the bases they need; `None` for all.
    pub keep_checkpoints: Option<usize>,
}

/// What was pruned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// The seq of the first event that is still there.
    pub first_seq: u64,
    /// How many segments went.
    pub segments_removed: u64,
    /// How many events went.
    pub events_removed: u64,
    /// The bytes of all files that went.
    pub bytes_removed: u64,
    /// How many checkpoints went.
    pub checkpoints_removed: u64,
    /// The name of the checkpoint that needs events below `before`.
    pub held_by: Option<String>,
}

/// Prunes a log whose segments have these first seqs. `show` is called with the first seqs of
/// the segments that readers may look for, before a file goes, and where it could not go.
///
/// # Errors
/// [`Error::Io`], after which some of it is done.
pub(crate) fn prune<D: Disk>(
    checkpoints: &Checkpoints<'_, D>,
    segments: &[u64],
    options: &PruneOptions,
    synced: &mut HashSet<String>,
    mut show: impl FnMut(&[u64]),
) -> Result<PruneReport, Error> {
    let fates = decide(checkpoints, options.keep_checkpoints)?;
    let oldest = fates.kept.iter().min_by_key(|info| info.seq);
    let held = oldest.filter(|info| info.seq < options.before);
    let before = held.map_or(options.before, |info| info.seq);
    let gone = segments.windows(2).take_while(|pair| pair[1] <= before).count();
    let mut report = PruneReport {
        first_seq: segments.first().copied().unwrap_or(0),
        held_by: held.map(|info| info.name.clone()),
        ..PruneReport::default()
    };
    if gone == 0 && fates.removed.is_empty() {
        return Ok(report);
    }
    // What stays has to be there when the rest is gone.
    for info in fates.kept.iter().chain(&fates.bases).filter(|info| info.fault.is_none()) {
        checkpoints.sync(info.file.clone(), synced)?;
    }
    sync_directory(checkpoints)?;
    remove_checkpoints(checkpoints, fates.removed, synced, &mut report)?;
    for (index, pair) in segments.windows(2).take(gone).enumerate() {
        let (first_seq, next) = (pair[0], pair[1]);
        let name = segment_name(first_seq);
        let path = checkpoints.directory.join(&name);
        let length = match checkpoints.disk.open(&path, Access::Read).and_then(|file| file.len()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            length => length.map_err(Error::io("read", &path))?,
        };
        show(&segments[index + 1..]);
        if let Err(error) = remove(checkpoints, &name) {
            // The next call has to begin with this one.
            show(&segments[index..]);
            return Err(error);
        }
        report.bytes_removed += length;
        // Without this a crash could bring back this one and not the next: a log with a hole.
        sync_directory(checkpoints)?;
        report.segments_removed += 1;
        report.events_removed += next - first_seq;
        report.first_seq = next;
    }
    Ok(report)
}

struct Fates {
    kept: Vec<CheckpointInfo>,
    /// Older ones, which those that are kept stand on.
    bases: Vec<CheckpointInfo>,
    removed: Vec<CheckpointInfo>,
}

fn decide<D: Disk>(checkpoints: &Checkpoints<'_, D>, keep: Option<usize>) -> Result<Fates, Error> {
    let mut fates = Fates { kept: Vec::new(), bases: Vec::new(), removed: Vec::new() };
    let mut names: BTreeMap<String, Vec<CheckpointInfo>> = BTreeMap::new();
    for info in checkpoints.list(None)? {
        names.entry(info.name.clone()).or_default().push(info);
    }
    for (name, infos) in names {
        let keep = keep.unwrap_or(usize::MAX);
        if infos.len() <= keep {
            fates.kept.extend(infos);
            continue;
        }
        let mut good = 0;
        let mut needed = BTreeSet::new();
        for info in infos.into_iter().rev() {
            if good < keep {
                // A damaged one is no reason for an older one to go.
                if checkpoints.fault(&name, info.seq)?.is_none() {
                    good += 1;
                }
                needed.extend(info.base);
                fates.kept.push(info);
            } else if needed.contains(&info.seq) {
                needed.extend(info.base);
                fates.bases.push(info);
            } else {
                fates.removed.push(info);
            }
        }
    }
    Ok(fates)
}

/// Removes those that others stand on after those that stand on them.
fn remove_checkpoints<D: Disk>(
    checkpoints: &Checkpoints<'_, D>,
    mut removed: Vec<CheckpointInfo>,
    synced: &mut HashSet<String>,
    report: &mut PruneReport,
) -> Result<(), Error> {
    while !removed.is_empty() {
        let bases: HashSet<(String, u64)> =
            removed.iter().filter_map(|info| Some((info.name.clone(), info.base?))).collect();
        let (later, now): (Vec<_>, Vec<_>) =
            removed.into_iter().partition(|info| bases.contains(&(info.name.clone(), info.seq)));
        for info in now {
            let file = checkpoint_name(info.name.as_bytes(), info.seq);
            remove(checkpoints, &file)?;
            synced.remove(&file);
            report.checkpoints_removed += 1;
            report.bytes_removed += info.stored_bytes;
        }
        sync_directory(checkpoints)?;
        removed = later;
    }
    Ok(())
}

fn sync_directory<D: Disk>(checkpoints: &Checkpoints<'_, D>) -> Result<(), Error> {
    let directory = checkpoints.directory;
    checkpoints.disk.sync_directory(directory).map_err(Error::io("sync", directory))
}

fn remove<D: Disk>(checkpoints: &Checkpoints<'_, D>, file: &str) -> Result<(), Error> {
    let path = checkpoints.directory.join(file);
    match checkpoints.disk.remove(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", &path)(error)),
        _ => Ok(()),
    }
}
