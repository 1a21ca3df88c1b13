//! Appending, reading, rolling over, sharing; and all of it at random beside a model.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_log::{
    Compression, Cursor, Durability, Error, Group, Kind, Log, NewEvent, Options, Outcome, Owner,
    PruneOptions, Range, RealDisk,
};

use crate::support::{Memory, NEVER, Plain, append, event, options, plain, read, read_all};

fn read_only() -> Options {
    Options { read_only: true, ..options() }
}

#[test]
fn a_batch_is_appended_once_a_key_and_where_it_is_expected() {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    let keyed = NewEvent { key: "k", expected_seq: Some(0), ..event("a", "1") };
    assert_eq!(
        append(&log, &[keyed, event("b", "2"), event("a", "3")], Durability::Os),
        [(0, 0), (1, 0), (2, 1)].map(|(seq, stream_seq)| Outcome::Appended { seq, stream_seq })
    );
    let known =
        [(0, Some(0)), (1, None), (2, Some(1))].map(|(seq, stream_seq)| Outcome::Known { seq, stream_seq });
    let conflict = [Outcome::Conflict { stream_seq: 2 }];
    let check = |log: &Log<Memory>| {
        assert_eq!(append(log, &[keyed, event("b", "2"), event("a", "3")], Durability::Os), known);
        assert_eq!(append(log, &[keyed], Durability::Os), [Outcome::OtherSize { events: 3 }]);
        assert_eq!(append(log, &[NewEvent { key: "", ..keyed }], Durability::Os), conflict);
    };
    check(&log);
    let mut group = Group::new();
    assert!(group.push(&NewEvent { expected_seq: Some(9), ..event("a", "no") }, true));
    assert!(group.push(&event("c", "no"), false));
    assert!(group.push(&NewEvent { key: "k2", expected_seq: Some(2), ..event("a", "yes") }, false));
    assert!(group.push(&NewEvent { key: "k2", ..event("a", "again") }, false));
    assert_eq!(
        log.commit(&group.bytes, &group.heads, Durability::Os).unwrap(),
        [
            Outcome::Conflict { stream_seq: 2 },
            Outcome::Conflict { stream_seq: 2 },
            Outcome::Appended { seq: 3, stream_seq: 2 },
            Outcome::Known { seq: 3, stream_seq: Some(2) },
        ]
    );
    let conflict = [Outcome::Conflict { stream_seq: 3 }];
    let check = |log: &Log<Memory>| {
        assert_eq!(append(log, &[keyed, event("b", "2"), event("a", "3")], Durability::Os), known);
        assert_eq!(append(log, &[NewEvent { key: "", ..keyed }], Durability::Os), conflict);
    };
    // Known from the records, and then from a state record.
    log.close().unwrap();
    let log = disk.open_log(&options()).unwrap();
    check(&log);
    append(&log, &[event("x", &"x".repeat(70_000))], Durability::Os);
    log.close().unwrap();
    let log = disk.open_log(&options()).unwrap();
    assert_eq!(disk.names().len(), 2);
    check(&log);
    assert_eq!(log.known().unwrap(), (3, 2));
    assert!(matches!(log.commit(b"", &[], Durability::Disk), Ok(outcomes) if outcomes.is_empty()));
}

#[test]
fn what_cannot_be_is_refused() {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    let mut group = Group::new();
    assert!(group.push(&event("a", "1"), true));
    let refused = |group: &Group| log.commit(&group.bytes, &group.heads, Durability::Os).unwrap_err();
    assert!(matches!(refused(&group), Error::InvalidArgument(_)));
    assert!(group.push(&NewEvent { key: "k", ..event("a", "1") }, false));
    assert!(matches!(refused(&group), Error::InvalidArgument(_)));
    group.heads.pop();
    assert!(matches!(refused(&group), Error::InvalidArgument(_)));
    group.heads[0].data_bytes = (256 << 20) + 1;
    assert!(matches!(refused(&group), Error::Limit { .. }));
    // Two that fit alone, and without their headers.
    group.heads[0].data_bytes = 256 << 20;
    group.heads.push(group.heads[0]);
    group.heads[1].more = false;
    assert!(matches!(refused(&group), Error::Limit { .. }));
    assert!(!group.push(&event(&"x".repeat(256), "1"), false));
    assert_eq!(log.info().next_seq, 0);
    assert!(matches!(
        disk.open_log(&Options { segment_bytes: 1, ..options() }),
        Err(Error::InvalidArgument(_))
    ));
    let reader = disk.open_log(&read_only()).unwrap();
    assert!(matches!(reader.flush(), Err(Error::ReadOnly)));
    log.close().unwrap();
    log.close().unwrap();
    assert!(matches!(log.flush(), Err(Error::Closed)));
    let raised = AtomicBool::new(true);
    assert!(matches!(log.cursor(Range::default()).next(1, 1, &raised), Err(Error::Aborted)));
}

#[test]
fn a_reader_beside_the_writer_sees_whole_batches_and_follows_into_new_segments() {
    let disk = Memory::default();
    let reader = disk.open_log(&read_only()).unwrap();
    let mut cursor = reader.cursor(Range::default());
    assert_eq!(cursor.next(9, 9, &NEVER).unwrap(), None);
    let log = disk.open_log(&options()).unwrap();
    let mut own = log.cursor(Range::default());
    assert_eq!(cursor.next(9, 9, &NEVER).unwrap(), None);
    let mut seen = Vec::new();
    let mut seen_by_own = Vec::new();
    for round in 0..40 {
        let filler = "x".repeat(if round % 3 == 0 { 30_000 } else { 3 });
        let durability = if round % 2 == 0 { Durability::Os } else { Durability::Disk };
        append(&log, &[event("a", &filler), event("b", "2")], durability);
        for (cursor, seen) in [(&mut cursor, &mut seen), (&mut own, &mut seen_by_own)] {
            while let Some(packet) = cursor.next(9, 100_000, &NEVER).unwrap() {
                seen.extend(plain(&packet));
            }
        }
        assert_eq!(seen.len(), 2 * (round + 1));
    }
    assert_eq!(seen, read_all(&log));
    assert_eq!(seen, seen_by_own);
    assert!(disk.names().len() > 3);
    // A batch that is written half is not shown, and it is no damage.
    log.close().unwrap();
    let last = disk.names().pop().unwrap();
    let whole = disk.bytes(&last);
    let log = disk.open_log(&options()).unwrap();
    append(&log, &[event("a", "1"), event("b", "2")], Durability::Os);
    let grown = disk.bytes(&last);
    for length in whole.len()..grown.len() {
        let copy = disk.copy();
        copy.put(&last, &grown[..length]);
        let reader = copy.open_log(&read_only()).unwrap();
        assert_eq!(reader.info().next_seq, 80);
        assert_eq!(copy.bytes(&last).len(), length, "nothing is changed");
        copy.put(&last, &whole);
    }
}

#[test]
fn streams_and_dictionaries_change_from_segment_to_segment() {
    let disk = Memory::default();
    let json = r#"{"role":"user","content":"What is a tenon, and what is a mortise?"}"#;
    let with = |compression| Options { compression, ..options() };
    let dictionary = Some(json.as_bytes().to_vec());
    let compressions = [
        None,
        Some(Compression { level: 3, dictionary: None }),
        Some(Compression { level: 3, dictionary }),
        Some(Compression { level: 3, dictionary: Some(b"something else".to_vec()) }),
        None,
    ];
    for compression in compressions.clone() {
        // Opened and closed without an event, whatever the dictionary of the one before.
        disk.open_log(&with(compression.clone())).unwrap().close().unwrap();
        let log = disk.open_log(&with(compression)).unwrap();
        append(&log, &[event("a", json), event("a", &json.repeat(9)), event("", "")], Durability::Os);
        log.close().unwrap();
    }
    let log = disk.open_log(&read_only()).unwrap();
    let events = read_all(&log);
    assert_eq!(events.len(), 15);
    for (index, event) in events.iter().enumerate() {
        let expected = [json.to_owned(), json.repeat(9), String::new()][index % 3].clone();
        assert_eq!(event.data, expected.into_bytes());
    }
    let (back, _) = read(&log, Range { reverse: true, ..Range::default() }, 2);
    assert!(back.iter().eq(events.iter().rev()));
    let dictionaries: Vec<_> = disk.names().into_iter().filter(|name| name.ends_with("dictionary")).collect();
    assert_eq!(dictionaries.len(), 2);
    for name in dictionaries {
        disk.files.lock().unwrap().remove(&std::path::Path::new("log").join(name));
    }
    let log = disk.open_log(&read_only()).unwrap();
    let (found, error) = read(&log, Range::default(), 100);
    assert!(matches!(error, Some(Error::Corrupt { .. })));
    assert_eq!(found, events[..found.len()]);
}

#[test]
fn one_writer_at_a_time_whatever_is_left_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Log::open(directory.path().join("a/b"), &Options::default());
    let log = open().unwrap();
    let owner = match open() {
        Err(Error::Locked { owner, .. }) => *owner.unwrap(),
        _ => panic!("two writers"),
    };
    assert_eq!((owner.pid, owner.engine.as_str()), (std::process::id(), "native"));
    assert!(
        Log::open(directory.path().join("a/b"), &Options { read_only: true, ..Options::default() }).is_ok()
    );
    log.close().unwrap();
    drop(open().unwrap());

    let us = Owner::current();
    let write = |name: &str, pid: u32, start: Option<&str>, boot: Option<&str>, host: &str, engine: &str| {
        let text = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("{text:?}"));
        let json = format!(
            r#"{{"pid":{pid},"start":{},"boot":{},"namespace":{},"host":{host:?},"engine":{engine:?},"openedMs":1}}"#,
            text(start),
            text(boot),
            text(us.namespace.as_deref())
        );
        std::fs::write(directory.path().join("a/b").join(name), json).unwrap();
    };
    let (start, boot) = (us.start.as_deref(), us.boot.as_deref());
    let dead = [
        (us.pid, Some("1"), boot, us.host.as_str(), "fallback"),
        (us.pid, start, Some("another boot"), us.host.as_str(), "fallback"),
        (i32::MAX as u32, None, boot, us.host.as_str(), "fallback"),
        (us.pid, start, boot, us.host.as_str(), "native"),
    ];
    if cfg!(target_os = "linux") {
        for (pid, start, boot, host, engine) in dead {
            write("LOCK.7", pid, start, boot, host, engine);
            let log = open().unwrap();
            assert!(!directory.path().join("a/b/LOCK.7").exists());
            assert!(directory.path().join("a/b/LOCK.8").exists());
            log.close().unwrap();
            assert!(!directory.path().join("a/b/LOCK.8").exists());
        }
    }
    if boot.is_some() {
        // A container that begins again has another name.
        write("LOCK.7", us.pid, None, boot, "another host", "native");
        open().unwrap().close().unwrap();
        write("LOCK.7", us.pid, None, Some("another boot"), &us.host.to_uppercase(), "fallback");
        open().unwrap().close().unwrap();
        write("LOCK.7", us.pid, None, Some("another boot"), "another host", "native");
        assert!(matches!(open(), Err(Error::Locked { .. })));
        std::fs::remove_file(directory.path().join("a/b/LOCK.7")).unwrap();
    }
    for host in [us.host.as_str(), "another host"] {
        write("LOCK.3", us.pid, start, boot, host, "fallback");
        assert!(
            matches!(open(), Err(Error::Locked { owner: Some(owner), .. }) if owner.engine == "fallback")
        );
    }
    std::fs::remove_file(directory.path().join("a/b/LOCK.3")).unwrap();
    std::fs::write(directory.path().join("a/b/LOCK.4"), "{").unwrap();
    open().unwrap().close().unwrap();
}

/// What a log should be, as plain as can be.
#[derive(Default)]
struct Model {
    events: Vec<Plain>,
    keys: HashMap<String, (usize, usize)>,
}

fn pick<'a>(random: &mut fastrand::Rng, words: &[&'a str]) -> &'a str {
    words[random.usize(..words.len())]
}

impl Model {
    fn commit(&mut self, random: &mut fastrand::Rng, log: &Log<Memory>) {
        let mut group = Group::new();
        let mut expected = Vec::new();
        for _ in 0..random.usize(1..6) {
            let key = if random.u8(..4) == 0 { format!("k{}", random.u8(..30)) } else { String::new() };
            let size = [1, 1, 2, 5][random.usize(..4)];
            let mut batch = Vec::new();
            let mut expected_seq = None;
            for index in 0..size {
                let stream = pick(random, &["", "a", "b", "rare", "ö"]).to_owned();
                let stream_seq =
                    |events: &[Plain]| events.iter().filter(|event| event.stream == stream).count();
                let next = stream_seq(&self.events) + stream_seq(&batch);
                if index == 0 && random.bool() {
                    expected_seq = Some((next as u64).saturating_sub(u64::from(random.u8(..5) == 0)));
                }
                let bytes = [0, 3, 200, 6000][random.usize(..4)];
                batch.push(Plain {
                    seq: (self.events.len() + index) as u64,
                    stream_seq: next as u64,
                    stream,
                    kind: pick(random, &["", "x", "y"]).to_owned(),
                    time_ms: random.u64(..1 << 48),
                    data_kind: [Kind::Bytes, Kind::Text, Kind::Json][random.usize(..3)],
                    data: (0..bytes).map(|_| random.u8(b'a'..b'e')).collect(),
                });
            }
            for (index, plain) in batch.iter().enumerate() {
                let event = NewEvent {
                    stream: &plain.stream,
                    kind: &plain.kind,
                    key: if index == 0 { &key } else { "" },
                    data: &plain.data,
                    data_kind: plain.data_kind,
                    time_ms: plain.time_ms,
                    expected_seq: expected_seq.filter(|_| index == 0),
                };
                assert!(group.push(&event, index + 1 < size));
            }
            let next = batch[0].stream_seq;
            match self.keys.get(&key) {
                Some(&(_, known)) if known != size => {
                    expected.extend((0..size).map(|_| Outcome::OtherSize { events: known as u32 }));
                }
                Some(&(first, _)) => {
                    for (index, said) in batch.iter().enumerate() {
                        let was = &self.events[first + index];
                        // The second time may name other streams.
                        let _ = said;
                        expected.push(Outcome::Known { seq: was.seq, stream_seq: None });
                    }
                }
                None if expected_seq.is_some_and(|expected| expected != next) => {
                    expected.extend(batch.iter().map(|_| Outcome::Conflict { stream_seq: next }));
                }
                None => {
                    if !key.is_empty() {
                        self.keys.insert(key, (self.events.len(), size));
                    }
                    let appended =
                        |event: &Plain| Outcome::Appended { seq: event.seq, stream_seq: event.stream_seq };
                    expected.extend(batch.iter().map(appended));
                    self.events.extend(batch);
                }
            }
        }
        let durability = [Durability::Memory, Durability::Os, Durability::Disk][random.usize(..3)];
        let mut outcomes = log.commit(&group.bytes, &group.heads, durability).unwrap();
        for outcome in &mut outcomes {
            if let Outcome::Known { stream_seq, .. } = outcome {
                *stream_seq = None;
            }
        }
        assert_eq!(outcomes, expected);
    }

    fn check(&self, random: &mut fastrand::Rng, log: &Log<Memory>) {
        let count = self.events.len() as u64;
        let range = Range {
            from: if random.bool() { 0 } else { random.u64(..=count) },
            to: if random.bool() { None } else { Some(random.u64(..=count + 2)) },
            reverse: random.bool(),
            stream: random.bool().then(|| pick(random, &["", "a", "rare", "none"]).into()),
            types: random.bool().then(|| vec![b"x".to_vec(), pick(random, &["", "z"]).into()]),
            limit: if random.bool() { u64::MAX } else { random.u64(..20) },
        };
        let wanted = |event: &&Plain| {
            range.from <= event.seq
                && range.to.is_none_or(|to| event.seq < to)
                && range.stream.as_ref().is_none_or(|stream| stream == event.stream.as_bytes())
                && range.types.as_ref().is_none_or(|types| types.contains(&event.kind.clone().into_bytes()))
        };
        let mut expected: Vec<Plain> = self.events.iter().filter(wanted).cloned().collect();
        if range.reverse {
            expected.reverse();
        }
        expected.truncate(usize::try_from(range.limit).unwrap_or(usize::MAX));
        let (found, error) = read(log, range.clone(), random.usize(1..50));
        assert!(error.is_none(), "{error:?}");
        assert!(found == expected, "{range:?}: {} events, not {}", found.len(), expected.len());
    }
}

#[test]
fn a_log_is_what_a_model_of_it_is() {
    for seed in 0..60 {
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = Memory::default();
        let mut model = Model::default();
        let reader = disk.open_log(&read_only()).unwrap();
        for _ in 0..random.usize(1..8) {
            let compression = match random.u8(..3) {
                0 => None,
                1 => Some(Compression { level: 1, dictionary: None }),
                _ => Some(Compression { level: 1, dictionary: Some(b"abcdabcdaaaabbbb".to_vec()) }),
            };
            let log = disk.open_log(&Options { compression, ..options() }).unwrap();
            assert_eq!(log.recovery(), None);
            for _ in 0..random.usize(..20) {
                model.commit(&mut random, &log);
                assert_eq!(log.info().next_seq, model.events.len() as u64);
            }
            for _ in 0..4 {
                model.check(&mut random, &log);
            }
            assert_eq!(read_all(&reader), model.events);
            model.check(&mut random, &reader);
            if random.bool() {
                log.flush().unwrap();
                assert_eq!(log.info().durable_seq, log.info().next_seq);
            }
            if random.bool() {
                log.close().unwrap();
            }
        }
    }
}

#[test]
fn readers_and_a_writer_at_once_on_a_real_disk() {
    const ROUNDS: u64 = 300;
    let directory = tempfile::tempdir().unwrap();
    let log = Arc::new(Log::open(directory.path(), &options()).unwrap());
    let follow = |log: &Log| {
        let mut cursor = log.cursor(Range { to: Some(3 * ROUNDS), ..Range::default() });
        let mut next = 0;
        while !cursor.is_done() {
            match cursor.next(1000, 1 << 20, &NEVER).unwrap() {
                Some(packet) => {
                    for (event, data) in packet.iter() {
                        assert_eq!(event.seq, next);
                        assert_eq!(data[0], (next / 3 % 251) as u8);
                        next += 1;
                    }
                }
                None => std::thread::yield_now(),
            }
            assert_eq!(next % 3, 0, "whole batches");
        }
        assert_eq!(next, 3 * ROUNDS);
    };
    let other = Log::open(directory.path(), &read_only()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| follow(&log));
        scope.spawn(|| follow(&other));
        for round in 0..ROUNDS {
            let data = vec![(round % 251) as u8; 700];
            let one = NewEvent { data: &data, ..NewEvent::default() };
            let durability = if round % 10 == 0 { Durability::Disk } else { Durability::Os };
            append(&log, &[one, one, one], durability);
        }
    });
    log.close().unwrap();
}

/// Appends events that fill a segment each.
fn fill(log: &Log, count: usize) {
    for _ in 0..count {
        append(log, &[event("a", &"x".repeat(60_000))], Durability::Os);
    }
}

fn prune(log: &Log, before: u64) {
    assert_eq!(log.prune(&PruneOptions { before, keep_checkpoints: None }).unwrap().first_seq, before);
}

#[test]
fn a_cursor_begins_at_its_first_look_and_misses_what_is_pruned_after_that() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::open(directory.path(), &options()).unwrap();
    fill(&log, 10);
    let other = Log::open(directory.path(), &read_only()).unwrap();
    for (reader, first_seq) in [(&log, 0), (&other, 12)] {
        let next_seq = log.info().next_seq;
        let at = |from: u64, reverse: bool| reader.cursor(Range { from, reverse, ..Range::default() });
        let (mut up, mut down, mut end) = (at(0, false), at(0, true), at(next_seq, false));
        let (mut late, mut late_down) = (at(0, false), at(0, true));
        let step = |cursor: &mut Cursor<RealDisk>| match cursor.next(1, 1, &NEVER) {
            Ok(packet) => Ok(packet.map(|packet| packet.events[0].seq)),
            Err(Error::Pruned { from, to }) => Err((from, to)),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(step(&mut up), Ok(Some(first_seq)));
        assert_eq!(step(&mut down), Ok(Some(next_seq - 1)));
        assert_eq!(step(&mut end), Ok(None));
        fill(&log, 5);
        let pruned = next_seq + 2;
        prune(&log, pruned);
        // The next segment is open already.
        assert_eq!((step(&mut up), step(&mut down)), (Ok(Some(first_seq + 1)), Ok(Some(next_seq - 2))));
        for (cursor, missing) in [
            (&mut up, (first_seq + 2, pruned - 1)),
            (&mut down, (first_seq, next_seq - 3)),
            (&mut end, (next_seq, pruned - 1)),
        ] {
            assert_eq!(step(cursor), Err(missing));
            assert_eq!(step(cursor), Err(missing));
        }
        assert_eq!(step(&mut late), Ok(Some(pruned)));
        for seq in (pruned..next_seq + 5).rev() {
            assert_eq!(step(&mut late_down), Ok(Some(seq)));
        }
        assert_eq!(step(&mut late_down), Ok(None));
    }
}

#[test]
fn closing_waits_for_what_runs() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("log"), directory.path().join("fork"));
    let log = Log::open(&from, &options()).unwrap();
    fill(&log, 30);
    std::thread::scope(|scope| {
        let fork = scope.spawn(|| log.fork(&to, 30, None));
        // It has begun when there is something beside the log.
        while !fork.is_finished() && std::fs::read_dir(directory.path()).unwrap().count() == 1 {
            std::thread::yield_now();
        }
        log.close().unwrap();
        assert!(to.exists(), "closed before the fork was there");
        assert_eq!(fork.join().unwrap().unwrap(), 30);
    });
    assert!(matches!(log.prune(&PruneOptions { before: 3, keep_checkpoints: None }), Err(Error::Closed)));
}
