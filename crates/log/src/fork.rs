//! Forks: a new log that has the same events up to a place.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checkpoint::Checkpoints;
use crate::copy::Copy;
use crate::disk::{Access, Disk};
use crate::error::Error;
use crate::layout::segment_name;
use crate::record::RecordHeader;
use crate::scan::{SegmentReader, Step};

/// Writes the events below `at_seq` and the checkpoints up to it to a new log at `target`; how many events. `segments` are
/// the first seqs of the segments, and `next_seq` is the end of the log.
///
/// # Errors
/// [`Error::InvalidArgument`] for a seq that the log does not have or a target that is not empty, [`Error::Corrupt`] where
/// the log is damaged, [`Error::Io`], [`Error::Aborted`]: nothing is left then.
pub(crate) fn fork<D: Disk>(
    checkpoints: &Checkpoints<'_, D>,
    segments: &[u64],
    next_seq: u64,
    target: &Path,
    (at_seq, new_id): (u64, [u8; 16]),
    cancelled: Option<&AtomicBool>,
) -> Result<u64, Error> {
    let first_seq = segments.first().copied().unwrap_or(0);
    if at_seq < first_seq || at_seq > next_seq {
        return Err(Error::InvalidArgument(format!(
            "the log has no place {at_seq}: it begins at {first_seq} and ends at {next_seq}"
        )));
    }
    let mut copy = Copy::begin(checkpoints.disk, target, new_id)?;
    match copy_events(checkpoints, segments, at_seq, &mut copy, cancelled) {
        Ok(()) => {}
        Err(error) => {
            copy.abandon();
            return Err(error);
        }
    }
    // A damaged checkpoint has no place in a log that is whole.
    let copied = copy.add_checkpoints(checkpoints, |name, seq| {
        Ok(seq <= at_seq && checkpoints.fault(name, seq)?.is_none())
    });
    if let Err(error) = copied {
        copy.abandon();
        return Err(error);
    }
    copy.finish(checkpoints.directory)?;
    Ok(at_seq - first_seq)
}

fn copy_events<D: Disk>(
    checkpoints: &Checkpoints<'_, D>,
    segments: &[u64],
    at_seq: u64,
    copy: &mut Copy<'_, D>,
    cancelled: Option<&AtomicBool>,
) -> Result<(), Error> {
    for (index, &first_seq) in segments.iter().enumerate() {
        if index > 0 && first_seq >= at_seq {
            break;
        }
        let end = segments.get(index + 1).map_or(at_seq, |next| at_seq.min(*next));
        let path = checkpoints.directory.join(segment_name(first_seq));
        let file = checkpoints.disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
        let following = segments.get(index + 1).copied();
        let mut reader = SegmentReader::open(file, &path).map_err(|error| error.before_good(following))?;
        let header = reader.header().clone();
        if header.first_seq != first_seq || header.log_id != *checkpoints.id {
            return Err(reader.corrupt(0, following, "the segment is of another log or place"));
        }
        let state = reader.state_body().map_err(|error| error.before_good(following))?.to_vec();
        let previous = copy.previous().or_else(|| Some((header.previous_first_seq?, header.previous_crc)));
        copy.begin_segment(first_seq, previous, header.dictionary, &state)?;
        // The last event of a batch that is cut has none after it.
        let mut waiting: Option<(RecordHeader, Vec<u8>)> = None;
        while reader.place().seq < end {
            if cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed)) {
                return Err(Error::Aborted);
            }
            let offset = reader.place().offset;
            let record = match reader.step().map_err(Error::io("read", &path))? {
                Step::Record(record) => record,
                Step::End => return Err(reader.corrupt(offset, following, "the segment ends too early")),
                Step::Bad(reason) => {
                    let survey = reader.survey().map_err(Error::io("read", &path))?;
                    return Err(reader.corrupt(offset, survey.first_later_seq.or(following), reason));
                }
            };
            if let Some((header, body)) = &waiting {
                copy.push(header, header.stream_seq, header.has_more(), body)?;
            }
            let (_, mut body) = waiting.take().unwrap_or((record.header, Vec::new()));
            body.clear();
            body.extend_from_slice(reader.body(&record));
            waiting = Some((record.header, body));
            reader.advance(&record);
        }
        if let Some((header, body)) = waiting {
            copy.push(&header, header.stream_seq, header.has_more() && end != at_seq, &body)?;
        }
    }
    Ok(())
}
