//! Any bytes as the records of a log's last segment, some of them with the checksums put right: an error, or a log that is
//! read and written on, never a panic or memory that a header claims; what was cut off is reported.
#![no_main]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use tenon_log::disk::{Access, Disk, DiskFile};
use tenon_log::layout::SegmentHeader;
use tenon_log::record::{RECORD_HEADER_BYTES, RecordHeader};
use tenon_log::{Durability, Head, Log, Options, Range};

type Content = Arc<Mutex<Vec<u8>>>;

#[derive(Default)]
struct Memory(Mutex<BTreeMap<PathBuf, Content>>);

struct File(Content);

impl Disk for Memory {
    type File = File;

    fn create_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, _directory: &Path) -> io::Result<Vec<OsString>> {
        let files = self.0.lock().expect("one thread");
        Ok(files.keys().filter_map(|path| path.file_name().map(OsString::from)).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<File> {
        let mut files = self.0.lock().expect("one thread");
        match access {
            Access::Read | Access::Write => {
                files.get(path).cloned().map(File).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Access::Create | Access::Replace => {
                let content = Content::default();
                files.insert(path.to_path_buf(), content.clone());
                Ok(File(content))
            }
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.0.lock().expect("one thread");
        let content = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_path_buf(), content);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().expect("one thread").remove(path);
        Ok(())
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().expect("one thread").len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.0.lock().expect("one thread");
        let rest = content.get(offset as usize..).unwrap_or_default();
        let read = rest.len().min(bytes.len());
        bytes[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.0.lock().expect("one thread");
        let end = offset as usize + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.lock().expect("one thread").resize(bytes as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Puts the checksums of records right, one after the other, as far as their lengths go.
fn seal(segment: &mut [u8], generation: u32, mut previous_crc: u32) {
    let mut at = 64;
    while let Some(header) = segment.get(at..at + RECORD_HEADER_BYTES) {
        let field = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let body_bytes = (field(4) & 0xff) as usize;
        let start = at + RECORD_HEADER_BYTES;
        let Some(body) = segment.get(start..start + body_bytes) else { return };
        let mut hasher = crc32fast::Hasher::new_with_initial(previous_crc);
        hasher.update(body);
        let body_crc = hasher.finalize();
        let record = RecordHeader {
            body_bytes: body_bytes as u32,
            seq_offset: field(8),
            unsynced: field(12),
            stream_seq: 0,
            time_ms: 0,
            previous_crc,
            body_crc,
            flags: header[36],
            stream_bytes: header[37],
            type_bytes: header[38],
            key_bytes: header[39],
        };
        let Some(bytes) = segment[at..].first_chunk_mut() else { return };
        record.encode(generation, bytes);
        previous_crc = body_crc;
        at = start + body_bytes.next_multiple_of(8);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&control, data)) = data.split_first() else { return };
    let header =
        SegmentHeader { log_id: [1; 16], first_seq: 0, previous_first_seq: None, previous_crc: 0, dictionary: 0 };
    let start = header.encode();
    let mut segment = start.to_vec();
    if control & 1 == 0 {
        segment.extend_from_slice(data);
        let crc = u32::from_le_bytes([start[60], start[61], start[62], start[63]]);
        seal(&mut segment, header.generation(), crc);
    } else {
        segment = data.to_vec();
    }
    let disk = Arc::new(Memory::default());
    let path = Path::new("log").join("00000000000000000000.segment");
    disk.0.lock().expect("one thread").insert(path, Arc::new(Mutex::new(segment)));
    let options = Options { read_only: control & 2 == 0, ..Options::default() };
    let Ok(log) = Log::open_on(disk, "log", &options) else { return };
    let never = AtomicBool::new(false);
    let next_seq = log.info().next_seq;
    for reverse in [false, true] {
        let mut cursor = log.cursor(Range { to: Some(next_seq), reverse, ..Range::default() });
        let mut events = 0;
        loop {
            match cursor.next(100, 1 << 16, &never) {
                Ok(Some(packet)) => events += packet.events.len() as u64,
                Ok(None) => {
                    assert_eq!(events, next_seq);
                    break;
                }
                // A frame that is none; its checksum was put right.
                Err(_) => break,
            }
        }
    }
    if !options.read_only {
        let outcomes = log.commit(b"x", &[Head { data_bytes: 1, ..Head::default() }], Durability::Disk);
        assert!(outcomes.is_ok());
        assert_eq!(log.info().next_seq, next_seq + 1);
        log.close().expect("a disk in memory");
    }
});
