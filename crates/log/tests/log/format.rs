//! What is written is what `docs/log-format.md` says, byte for byte, and what is read is what was written then.
//!
//! `TENON_WRITE_FIXTURES=1 cargo test -p tenon-log --test log` writes the logs in `__test__/fixtures/log` anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{LOG_ID, Memory, append, event, options, plain, read_all};
use tenon_log::{Compression, Durability, Kind, Log, NewEvent, Options};

/// CRC-32 bit by bit, as a definition.
fn crc(bytes: &[u8], seed: u32) -> u32 {
    let mut crc = !seed;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

struct Written {
    bytes: Vec<u8>,
    generation: u32,
    previous_crc: u32,
}

impl Written {
    fn begin(first_seq: u64, previous: u64, previous_crc: u32) -> Self {
        let generation =
            crc(&[&LOG_ID[..], &first_seq.to_le_bytes(), &previous_crc.to_le_bytes()].concat(), 0);
        let mut bytes = [
            &b"TENONLOG"[..],
            &1_u32.to_le_bytes(),
            &generation.to_le_bytes(),
            &LOG_ID,
            &first_seq.to_le_bytes(),
            &previous.to_le_bytes(),
            &previous_crc.to_le_bytes(),
            &[0; 8],
        ]
        .concat();
        let header_crc = crc(&bytes, 0);
        bytes.extend(header_crc.to_le_bytes());
        assert_eq!(bytes.len(), 64);
        Self { bytes, generation, previous_crc: header_crc }
    }

    fn record(&mut self, numbers: [u32; 2], stream_seq: u64, time_ms: u64, flags: [u8; 4], body: &[u8]) {
        let body_crc = crc(body, self.previous_crc);
        let header = [
            &u32::try_from(body.len()).unwrap().to_le_bytes()[..],
            &numbers[0].to_le_bytes(),
            &numbers[1].to_le_bytes(),
            &stream_seq.to_le_bytes()[..6],
            &time_ms.to_le_bytes()[..6],
            &self.previous_crc.to_le_bytes(),
            &body_crc.to_le_bytes(),
            &flags,
        ]
        .concat();
        self.bytes.extend(crc(&header, self.generation).to_le_bytes());
        self.bytes.extend(header);
        self.bytes.extend(body);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.previous_crc = body_crc;
    }
}

#[test]
fn the_bytes_are_those_of_the_document() {
    let disk = Memory::default();
    let log = disk.open_log(&options()).unwrap();
    let time_ms = 0x0102_0304_0506;
    let first = NewEvent {
        stream: "s",
        kind: "type",
        key: "k1",
        data: b"{}",
        data_kind: Kind::Json,
        time_ms,
        expected_seq: Some(0),
    };
    append(&log, &[first, event("other", "12345678")], Durability::Os);
    append(&log, &[NewEvent { time_ms: 7, ..NewEvent::default() }], Durability::Disk);
    append(&log, &[event("s", &"x".repeat(70_000))], Durability::Os);
    log.close().unwrap();

    let mut expected = Written::begin(0, u64::MAX, 0);
    expected.record([0, 0], 0, 0, [16, 0, 0, 0], &[0; 8]);
    expected.record([0, 0], 0, time_ms, [2 | 4, 1, 4, 2], b"stypek1{}");
    expected.record([1, 1], 0, 1_700_000_000_000, [1, 5, 0, 0], b"other12345678");
    expected.record([2, 2], 0, 7, [0, 0, 0, 0], b"");
    assert_eq!(disk.bytes("00000000000000000000.segment"), expected.bytes);

    let mut second = Written::begin(3, 0, expected.previous_crc);
    let state = [
        &3_u32.to_le_bytes()[..],
        b"\x01s\x01\0\0\0\0\0",
        b"\x05other\x01\0\0\0\0\0",
        b"\x00\x01\0\0\0\0\0",
        &1_u32.to_le_bytes(),
        b"\x02k1\0\0\0\0\0\0\0\0\0\0\0\0",
        &2_u32.to_le_bytes(),
    ]
    .concat();
    second.record([0, 0], 0, 0, [16, 0, 0, 0], &state);
    second.record([0, 0], 1, 1_700_000_000_000, [1, 1, 0, 0], format!("s{}", "x".repeat(70_000)).as_bytes());
    assert_eq!(disk.bytes("00000000000000000003.segment"), second.bytes);
    assert_eq!(disk.names().len(), 2);
}

#[test]
fn room_is_made_for_what_must_be_synced_and_cut_at_close() {
    let disk = Memory::default();
    let log = disk.open_log(&Options { segment_bytes: 3 << 19, ..options() }).unwrap();
    let length = || disk.bytes("00000000000000000000.segment").len();
    append(&log, &[event("", "a")], Durability::Os);
    assert_eq!(length(), 160);
    append(&log, &[event("", "b")], Durability::Disk);
    assert_eq!(length(), 1 << 20);
    append(&log, &[event("", &"c".repeat(1 << 20))], Durability::Disk);
    assert_eq!(length(), 3 << 19);
    let events = read_all(&log);
    log.close().unwrap();
    assert_eq!(length(), 160 + 48 + 40 + (1 << 20));
    assert_eq!(read_all(&disk.open_log(&options()).unwrap()), events);
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/fixtures/log")
}

fn write_fixture(options: &Options) -> (Memory, Vec<crate::support::Plain>) {
    let disk = Memory::default();
    let log = disk.open_log(options).unwrap();
    let json = r#"{"role":"user","content":"What is a tenon?"}"#;
    let message = |kind, data| NewEvent { kind, data_kind: Kind::Json, ..event("chat/1", data) };
    append(&log, &[message("message", json)], Durability::Disk);
    let keyed = NewEvent { key: "call-1", expected_seq: Some(1), ..message("call", json) };
    append(
        &log,
        &[keyed, event("tööls", "ran"), NewEvent { data: &[0, 255, 128], ..NewEvent::default() }],
        Durability::Disk,
    );
    let filler = "0".repeat(64_000);
    append(&log, &[event("filler", &filler)], Durability::Os);
    append(&log, &[message("message", &json.repeat(40))], Durability::Disk);
    append(&log, &[event("", "")], Durability::Os);
    let events = read_all(&log);
    log.close().unwrap();
    (disk, events)
}

fn cases() -> [(&'static str, Options); 2] {
    let dictionary = br#"{"role":"user","content":"{"role":"assistant","content":"What is a "#.to_vec();
    let compression = Some(Compression { level: 3, dictionary: Some(dictionary) });
    [("plain", options()), ("compressed", Options { compression, ..options() })]
}

fn write_fixtures() {
    for (name, options) in cases() {
        let folder = fixtures().join(name);
        fs::create_dir_all(&folder).unwrap();
        let (disk, _) = write_fixture(&options);
        for file in disk.names() {
            fs::write(folder.join(&file), disk.bytes(&file)).unwrap();
        }
    }
}

#[test]
fn logs_of_the_repository_are_read_and_written_as_ever() {
    if std::env::var_os("TENON_WRITE_FIXTURES").is_some() {
        write_fixtures();
    }
    for (name, options) in cases() {
        let (disk, events) = write_fixture(&options);
        let folder = fixtures().join(name);
        let log = Log::open(&folder, &Options { read_only: true, ..Options::default() }).unwrap();
        assert_eq!(read_all(&log), events, "{name}");
        let packet = log.cursor(tenon_log::Range { from: 4, ..Default::default() });
        let mut packet = packet;
        assert_eq!(plain(&packet.next(1, 1, &crate::support::NEVER).unwrap().unwrap()), events[4..5]);
        let names: Vec<_> = disk.names();
        let mut found: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(names, found);
        for file in names {
            // A later zstd may compress in another way.
            if options.compression.is_none() || file.ends_with("dictionary") {
                assert_eq!(fs::read(folder.join(&file)).unwrap(), disk.bytes(&file), "{name}/{file}");
            }
        }
    }
}
