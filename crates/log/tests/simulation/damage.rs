//! What verification says of damaged logs, and what salvage gets out of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenon_log::disk::Disk;

use crate::disk::SimulatedDisk;
use crate::model::Event;
use crate::subject::{Durability, NewBatch, NewCheckpoint, NewEvent, Query, Subject};

const SEGMENT_BYTES: u64 = 1024;

struct Damaged {
    disk: SimulatedDisk,
    batches: Vec<Vec<Event>>,
    segments: Vec<PathBuf>,
}

fn path_of(name: &str) -> PathBuf {
    Path::new("/logs/log").join(name)
}

/// A closed log of several segments, with checkpoints.
fn log() -> Damaged {
    let mut random = fastrand::Rng::with_seed(3);
    let disk = SimulatedDisk::new(3);
    let log = Subject::open(&disk, SEGMENT_BYTES, false).unwrap();
    let mut sizes = Vec::new();
    for number in 0..24_u64 {
        let event = |index: usize, random: &mut fastrand::Rng| NewEvent {
            stream: ["a", "b"][random.usize(..2)].to_owned(),
            kind: "message".to_owned(),
            time_ms: number,
            code: 1,
            data: format!("batch {number}, event {index}: {}", "x".repeat(random.usize(..60))).into_bytes(),
        };
        let size = [1, 1, 3][random.usize(..3)];
        let events = (0..size).map(|index| event(index, &mut random)).collect();
        let key = (number % 5 == 0).then(|| format!("key {number}"));
        log.commit(&[NewBatch { events, key, expected: None }], Durability::Disk).unwrap();
        sizes.push(size);
        if number % 8 == 3 {
            let base = (number > 3).then(|| log.checkpoints().unwrap().last().unwrap().1);
            let options = NewCheckpoint { level: Some(1), base, sync: true, time_ms: 0 };
            let state = [&b"to and fro ".repeat(20)[..], format!("{number}").as_bytes()].concat();
            log.write_checkpoint("state", log.next_seq(), &state, &options).unwrap();
        }
    }
    let mut events = log.read(&Query::ALL).unwrap().into_iter();
    let batches: Vec<Vec<Event>> = sizes.iter().map(|&size| events.by_ref().take(size).collect()).collect();
    assert_eq!(log.verify().unwrap(), []);
    log.close().unwrap();
    let mut names = disk.list(Path::new("/logs/log")).unwrap();
    names.sort();
    let segments: Vec<_> = names
        .iter()
        .filter_map(|name| name.to_str().filter(|name| name.ends_with(".segment")))
        .map(path_of)
        .collect();
    assert!(segments.len() >= 4, "{segments:?}");
    Damaged { disk, batches, segments }
}

/// Salvages, and holds what comes out to whole batches in their order; the places of those that are missing.
fn salvage(damaged: &Damaged, what: &str) -> Vec<usize> {
    let report = Subject::salvage(&damaged.disk).unwrap();
    let salvaged = Subject::open_at(&damaged.disk, "/logs/salvaged", SEGMENT_BYTES, false).unwrap();
    let events = salvaged.read(&Query::ALL).unwrap();
    assert_eq!(report.events, events.len() as u64, "{what}");
    let mut rest = &events[..];
    let mut missing = Vec::new();
    let mut streams: BTreeMap<&str, u64> = BTreeMap::new();
    for (index, batch) in damaged.batches.iter().enumerate() {
        let is_there = rest.len() >= batch.len()
            && rest
                .iter()
                .zip(batch)
                .all(|(found, event)| found.data == event.data && found.stream == event.stream);
        if is_there {
            rest = &rest[batch.len()..];
        } else {
            missing.push(index);
        }
    }
    assert_eq!(rest, [], "{what}: something that was never a batch");
    // Without its first segments it is as if they had been pruned.
    let first = salvaged.first_seq();
    for (found, seq) in events.iter().zip(first..) {
        let start = if first == 0 { 0 } else { found.stream_seq };
        let stream_seq = streams.entry(&found.stream).or_insert(start);
        assert_eq!((found.seq, found.stream_seq), (seq, *stream_seq), "{what}");
        *stream_seq += 1;
    }
    // Nobody can tell a first segment that is missing from one that was pruned, or that there was another last one.
    assert!(missing.is_empty() || !report.lost.is_empty() || what == "no file", "{what}: {report:?}");
    assert!(!missing.is_empty() || report.checkpoints == 3, "{what}: {report:?}");
    assert_eq!(salvaged.verify().unwrap(), [], "{what}");
    let lost = missing.iter().map(|&batch| damaged.batches[batch][0].seq);
    let lost_before = lost.filter(|&seq| seq >= first).min().unwrap_or(u64::MAX);
    for (name, seq, is_good) in salvaged.checkpoints().unwrap() {
        assert!(is_good && seq <= lost_before, "{what}: {name} {seq} of {lost_before}");
        salvaged.read_checkpoint(&name, seq).unwrap();
    }
    for loss in &report.lost {
        assert!(
            loss.after_seq.is_none_or(|after| loss.before_seq.is_none_or(|before| after < before)),
            "{what}"
        );
    }
    salvaged.close().unwrap();
    let names = damaged.disk.list(Path::new("/logs/salvaged")).unwrap();
    for name in names {
        damaged.disk.remove(&Path::new("/logs/salvaged").join(name)).unwrap();
    }
    missing
}

#[test]
fn salvage_loses_only_what_is_damaged() {
    let damaged = log();
    assert_eq!(salvage(&damaged, "nothing"), [0; 0]);
    let mut random = fastrand::Rng::with_seed(5);
    for segment in &damaged.segments {
        let good = damaged.disk.contents(segment);
        for _ in 0..150 {
            let bit = random.usize(..good.len() * 8);
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            damaged.disk.put(segment, &bytes);
            let what = format!("{} bit {bit}", segment.display());
            // The batch with the damage, and the next if the damage may have been in its beginning.
            let missing = salvage(&damaged, &what);
            assert!(
                missing.len() <= 2 && missing.windows(2).all(|pair| pair[1] == pair[0] + 1),
                "{what}: {missing:?}"
            );
        }
        let from = random.usize(..good.len()) / 64 * 64;
        let mut bytes = good.clone();
        let to = (from + 64).min(good.len());
        bytes[from..to].fill(0);
        damaged.disk.put(segment, &bytes);
        assert!(salvage(&damaged, "a block of zeros").len() <= 4);
        damaged.disk.put(segment, &good[..from]);
        salvage(&damaged, "a cut");
        damaged.disk.put(segment, b"");
        salvage(&damaged, "an empty file");
        damaged.disk.remove(segment).unwrap();
        salvage(&damaged, "no file");
        damaged.disk.put(segment, &good);
        assert_eq!(salvage(&damaged, "nothing"), [0; 0]);
    }
}

#[test]
fn verification_finds_every_flipped_bit() {
    let damaged = log();
    let log = Subject::open(&damaged.disk, SEGMENT_BYTES, false).unwrap();
    assert_eq!(log.verify().unwrap(), []);
    let mut names = damaged.disk.list(Path::new("/logs/log")).unwrap();
    names.sort();
    for name in names {
        let name = name.to_str().unwrap();
        if !name.ends_with(".segment") && !name.ends_with(".checkpoint") {
            continue;
        }
        let path = path_of(name);
        let good = damaged.disk.contents(&path);
        for bit in (0..good.len() * 8).step_by(3) {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            damaged.disk.put(&path, &bytes);
            let problems = log.verify().unwrap();
            assert!(problems.iter().any(|(file, _)| file == name), "{name} bit {bit}: {problems:?}");
        }
        damaged.disk.put(&path, &good);
        assert_eq!(log.verify().unwrap(), []);
    }
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_checkpoint_is_an_error() {
    let disk = SimulatedDisk::new(1);
    let log = Subject::open(&disk, SEGMENT_BYTES, false).unwrap();
    let events: Vec<NewEvent> = (0..5)
        .map(|_| NewEvent {
            stream: String::new(),
            kind: String::new(),
            time_ms: 0,
            code: 0,
            data: Vec::new(),
        })
        .collect();
    log.commit(&[NewBatch { events, key: None, expected: None }], Durability::Disk).unwrap();
    let first = b"to and fro and to and fro and to and fro and to and fro".repeat(2);
    let second = [&first[..], b"!"].concat();
    let options = |level, base| NewCheckpoint { level, base, sync: true, time_ms: 7 };
    log.write_checkpoint("plain", 4, b"some bytes", &options(None, None)).unwrap();
    log.write_checkpoint("whole", 4, &first, &options(Some(1), None)).unwrap();
    log.write_checkpoint("whole", 5, &second, &options(Some(1), Some(4))).unwrap();
    for (name, seq, reader) in [("plain", 4, 4), ("whole", 4, 4), ("whole", 5, 5), ("whole", 4, 5)] {
        let path = path_of(&format!("{name}.{seq:020}.checkpoint"));
        let good = disk.contents(&path);
        assert!(log.read_checkpoint(name, reader).is_ok());
        let is_refused = |bytes: &[u8], what: String| {
            disk.put(&path, bytes);
            let read = log.read_checkpoint(name, reader);
            let is_error =
                matches!(read, Err(tenon_log::Error::Corrupt { .. } | tenon_log::Error::Unsupported { .. }));
            assert!(is_error, "{name} {seq} {what}: {read:?}");
        };
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            is_refused(&bytes, format!("bit {bit}"));
        }
        for length in 0..good.len() {
            is_refused(&good[..length], format!("cut to {length}"));
            let mut zeros = good[..length].to_vec();
            zeros.resize(good.len(), 0);
            if zeros != good {
                is_refused(&zeros, format!("zeros from {length}"));
            }
        }
        is_refused(&[&good[..], &[0]].concat(), "longer".to_owned());
        disk.put(&path, &good);
        assert!(log.read_checkpoint(name, reader).is_ok());
    }
}
