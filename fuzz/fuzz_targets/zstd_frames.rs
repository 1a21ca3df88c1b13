//! Any bytes as frames, whole and as a stream: an error or content within the limits, never a panic or memory that a
//! header claims; and any bytes as data: they come back from a frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_zstd::{CompressOptions, Compressor, Decoder, DecompressOptions, Decompressor, Dictionary, scan};

const LIMIT: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let limits = DecompressOptions { max_output_bytes: LIMIT, max_window_log: 22 };
    let dictionary = Dictionary::new(b"a dictionary of content alone".to_vec(), 1);
    let mut decompressor = Decompressor::new().expect("memory");
    for dictionary in [None, Some(&dictionary)] {
        let Ok(frames) = scan(data, &limits, dictionary) else { continue };
        let mut content = Vec::new();
        let whole = decompressor.decompress(data, &frames, &limits, dictionary, None, &mut content);
        let mut exact = Vec::new();
        let direct = decompressor.decompress_into(data, &frames, &limits, dictionary, &mut exact);
        assert!(content.len() as u64 <= LIMIT + (128 << 10));
        assert_eq!(whole, direct);
        if whole.is_ok() {
            assert_eq!(content, exact);
        }
    }
    let mut decoder = Decoder::new(&limits, None).expect("memory");
    for piece in data.chunks(7) {
        decoder.push(piece);
        loop {
            match decoder.pull(1 << 16) {
                Ok((_, true)) => {}
                Ok((_, false)) => break,
                Err(_) => return,
            }
        }
    }
    let mut frame = Vec::new();
    let options = CompressOptions { checksum: true, ..CompressOptions::default() };
    Compressor::new().expect("memory").compress(data, &options, None, None, &mut frame).expect("memory");
    let frames = scan(&frame, &DecompressOptions::default(), None).expect("our own frame");
    let mut content = Vec::new();
    decompressor
        .decompress_into(&frame, &frames, &DecompressOptions::default(), None, &mut content)
        .expect("our own frame");
    assert_eq!(content, data);
});
