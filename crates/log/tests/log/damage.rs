//! Whatever happens to the bytes of a log: an error or a report, or the events as they were.

use crate::support::{Memory, Plain, append, event, options, read, read_all};
use tenon_log::{Durability, Error, NewEvent, Options, Range};

const SEGMENT: &str = "00000000000000000000.segment";

/// Three batches, of one, three and one event; the ends of the records after each.
fn small(durability: Durability) -> (Memory, Vec<Plain>, Vec<usize>) {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    let mut ends = vec![disk.bytes(SEGMENT).len()];
    let mut note = |bytes: usize| ends.push(ends.last().unwrap() + bytes);
    append(&log, &[event("a", "first")], durability);
    note(48);
    append(
        &log,
        &[NewEvent { key: "k", ..event("a", "b1") }, event("b", "b2"), event("a", "b3")],
        durability,
    );
    note(3 * 48);
    append(&log, &[event("", "the last one")], durability);
    note(56);
    let events = read_all(&log);
    log.close().unwrap();
    assert_eq!(disk.bytes(SEGMENT).len(), *ends.last().unwrap());
    (disk, events, ends)
}

/// How many events stand when the batches up to `batches` do.
const EVENTS: [usize; 4] = [0, 1, 4, 5];

#[test]
fn every_length_is_a_prefix_of_batches_that_says_what_was_cut() {
    for durability in [Durability::Os, Durability::Disk] {
        let (disk, events, ends) = small(durability);
        let whole = disk.bytes(SEGMENT);
        for length in 0..=whole.len() {
            for zeros in [0, 4096] {
                let copy = disk.copy();
                let mut bytes = whole[..length].to_vec();
                bytes.resize(length + zeros, 0);
                copy.put(SEGMENT, &bytes);
                // What ends with zeros of its own is as long as it was before.
                let content = whole[..length].iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
                match copy.open_log(&options()) {
                    Ok(log) => {
                        let batches = ends.iter().filter(|&&end| end <= length).count().saturating_sub(1);
                        let found = read_all(&log);
                        let kept = [EVENTS[batches], EVENTS[3.min(batches + 1)]];
                        assert!(kept.contains(&found.len()), "{length}");
                        assert_eq!(found, events[..found.len()]);
                        let at = ends[EVENTS.iter().position(|&count| count == found.len()).unwrap()];
                        assert_eq!(log.recovery().is_some(), content > at, "{length} {zeros}");
                        if let Some(recovery) = log.recovery() {
                            assert_eq!(recovery.offset_bytes as usize, at);
                            let lost = copy.bytes(&recovery.lost_file);
                            assert_eq!(recovery.lost_bytes as usize, lost.len());
                            // The zeros that whole records end with are theirs.
                            assert!([content, content.next_multiple_of(8)].contains(&(at + lost.len())));
                            assert_eq!(lost[..content - at], whole[at..content]);
                            assert_eq!(recovery.next_seq as usize, found.len());
                        }
                        let more = append(&log, &[event("a", "more")], Durability::Disk);
                        log.close().unwrap();
                        let again = copy.open_log(&options()).unwrap();
                        assert_eq!(again.recovery(), None);
                        assert_eq!(read_all(&again).len(), found.len() + more.len());
                    }
                    Err(error) => {
                        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
                        assert!(length < ends[0], "{length}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_an_error_or_a_report() {
    for durability in [Durability::Os, Durability::Disk] {
        let (disk, events, ends) = small(durability);
        let whole = disk.bytes(SEGMENT);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let copy = disk.copy();
            copy.put(SEGMENT, &bytes);
            let batch = ends.iter().filter(|&&end| end <= bit / 8).count();
            let good = EVENTS[batch.saturating_sub(1)];
            match copy.open_log(&options()) {
                Ok(log) => {
                    let recovery = log.recovery().expect("a report");
                    assert_eq!(recovery.next_seq as usize, good, "{bit}");
                    let lost = &bytes[recovery.offset_bytes as usize..];
                    let content = lost.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
                    assert_eq!(copy.bytes(&recovery.lost_file), lost[..content]);
                    assert_eq!(read_all(&log), events[..good]);
                    // Only the last batch had not been seen synced by a later one.
                    assert!(durability == Durability::Os || batch == 3, "{bit}");
                }
                Err(Error::Corrupt { last_good_seq, next_good_seq, .. }) => {
                    assert_eq!(copy.bytes(SEGMENT), bytes, "nothing is cut");
                    assert!(batch == 0 || durability == Durability::Disk && batch < 3, "{bit}");
                    if batch > 0 {
                        let bad = last_good_seq.map_or(0, |seq| seq + 1);
                        assert!((good as u64..EVENTS[batch] as u64).contains(&bad), "{bit}");
                        assert_eq!(next_good_seq, Some(bad + 1), "{bit}");
                    }
                }
                Err(error) => panic!("{bit}: {error}"),
            }
            // A reader shows what is before, and no more.
            match copy.copy().open_log(&Options { read_only: true, ..options() }) {
                Ok(log) => {
                    let (found, _) = read(&log, Range::default(), 2);
                    assert_eq!(found, events[..found.len()]);
                }
                Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
            }
        }
    }
}

#[test]
fn a_flipped_bit_of_a_segment_before_the_last_is_found_by_who_reads_it() {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    for index in 0..5 {
        append(&log, &[event("a", &format!("{index}"))], Durability::Os);
    }
    append(&log, &[event("b", &"x".repeat(70_000))], Durability::Os);
    append(&log, &[event("a", "in the third")], Durability::Os);
    let events = read_all(&log);
    log.close().unwrap();
    assert_eq!(disk.names().len(), 3);
    let whole = disk.bytes(SEGMENT);
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let copy = disk.copy();
        copy.put(SEGMENT, &bytes);
        let log = match copy.open_log(&options()) {
            Ok(log) => log,
            Err(error) => {
                assert!(bit < 64 * 8 && matches!(error, Error::Corrupt { .. }), "{error}");
                continue;
            }
        };
        for reverse in [false, true] {
            let (found, error) = read(&log, Range { reverse, ..Range::default() }, 3);
            match error {
                Some(Error::Corrupt { next_good_seq, .. }) => {
                    assert!(next_good_seq.is_some() || bit / 8 < 112, "{bit}");
                }
                // The body of the state record is not asked by who reads all events.
                None => assert!((104..112).contains(&(bit / 8)) && found.len() == events.len(), "{bit}"),
                Some(error) => panic!("{bit}: {error:?}"),
            }
            if reverse {
                assert!(found.iter().eq(events.iter().rev().take(found.len())));
            } else {
                assert_eq!(found, events[..found.len()]);
            }
        }
        // The stream is not in that segment: a reader of it need not see the damage, and sees no other events.
        let (found, error) = read(&log, Range { stream: Some(b"b".to_vec()), ..Range::default() }, 9);
        assert!(error.is_some() || found == events[5..6]);
    }
}

#[test]
fn what_was_cut_twice_at_one_place_is_kept_twice() {
    let (disk, _, ends) = small(Durability::Os);
    for lost in ["00000000000000000000-112.lost", "00000000000000000000-112-2.lost"] {
        let mut bytes = disk.bytes(SEGMENT)[..ends[0]].to_vec();
        bytes.extend([7; 16]);
        disk.put(SEGMENT, &bytes);
        let log = disk.open_log(&options()).unwrap();
        let recovery = log.recovery().unwrap().clone();
        assert_eq!(recovery.lost_bytes, 16);
        assert_eq!(recovery.lost_file, lost);
    }
}

#[test]
fn a_segment_that_is_missing_is_damage() {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    for _ in 0..4 {
        append(&log, &[event("a", &"x".repeat(60_000))], Durability::Os);
    }
    log.close().unwrap();
    let names = disk.names();
    assert_eq!(names.len(), 4);
    for name in &names {
        let copy = disk.copy();
        copy.files.lock().unwrap().remove(&std::path::Path::new("log").join(name));
        match copy.open_log(&options()) {
            Ok(log) if name == &names[0] => assert_eq!(log.info().first_seq, 1),
            // Nothing says that there was another.
            Ok(log) => assert!(name == &names[3] && log.info().next_seq == 3),
            Err(error) => assert!(matches!(error, Error::Corrupt { .. })),
        }
    }
}
