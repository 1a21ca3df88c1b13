//! Frames of the `zstd` command and of the `zstd` crate, both ways; damage; limits; streams.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{io::Write, sync::atomic::AtomicBool};
use tenon_zstd::{
    CompressOptions, Compressor, Decoder, DecompressOptions, Decompressor, Dictionary, Encoder, Error, scan,
    train,
};

fn table(name: &str) -> Value {
    let path = format!("{}/../../__test__/fixtures/zstd/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("the fixture")).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("a string")).expect("base64")
}

fn decompress(
    data: &[u8],
    limits: &DecompressOptions,
    dictionary: Option<&Dictionary>,
) -> Result<Vec<u8>, Error> {
    let frames = scan(data, limits, dictionary)?;
    let mut decompressor = Decompressor::new()?;
    let (mut content, mut by_blocks) = (Vec::new(), Vec::new());
    let whole = decompressor.decompress_into(data, &frames, limits, dictionary, &mut content);
    let blocks = decompressor.decompress(data, &frames, limits, dictionary, None, &mut by_blocks);
    assert_eq!(whole, blocks, "at once and block by block");
    whole?;
    assert_eq!(content, by_blocks);
    Ok(content)
}

fn compress(data: &[u8], options: &CompressOptions, dictionary: Option<&Dictionary>) -> Vec<u8> {
    let mut frame = Vec::new();
    let mut compressor = Compressor::new().expect("memory");
    compressor.compress(data, options, dictionary, None, &mut frame).expect("valid options");
    frame
}

#[test]
fn frames_of_the_command_have_their_content() {
    let table = table("frames.json");
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let dictionary =
            case["dictionary"].as_str().map(|name| Dictionary::new(bytes(&table["dictionaries"][name]), 3));
        let frame = bytes(&case["frame"]);
        let content = decompress(&frame, &DecompressOptions::default(), dictionary.as_ref());
        let length = content.unwrap().len();
        assert_eq!(length as u64, case["bytes"].as_u64().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn damage_is_found_and_said() {
    let frames = table("frames.json");
    let table = table("errors.json");
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 25);
    for case in cases {
        let options = &case["options"];
        let usual = DecompressOptions::default();
        let limits = DecompressOptions {
            max_output_bytes: options["maxOutputBytes"].as_u64().unwrap_or(usual.max_output_bytes),
            max_window_log: options["maxWindowLog"]
                .as_u64()
                .map_or(usual.max_window_log, |log| u32::try_from(log).unwrap()),
        };
        let dictionary = options["dictionary"]
            .as_str()
            .map(|name| Dictionary::new(bytes(&frames["dictionaries"][name]), 3));
        let error = decompress(&bytes(&case["data"]), &limits, dictionary.as_ref()).unwrap_err();
        assert_eq!(error.to_string(), case["message"].as_str().unwrap(), "{}", case["name"]);
    }
}

fn random_data(random: &mut fastrand::Rng) -> Vec<u8> {
    let most = [1, 100, 5000, 300_000][random.usize(..4)];
    let length = random.usize(..most);
    let symbols = [1, 4, 60, 255][random.usize(..4)];
    (0..length).map(|index| if index % 7 < 3 { b'a' } else { random.u8(..=symbols) }).collect()
}

#[test]
fn the_zstd_crate_and_we_read_each_other() {
    let mut random = fastrand::Rng::with_seed(20_261_121);
    for run in 0..150 {
        let data = random_data(&mut random);
        let options = CompressOptions {
            level: random.i32(-5..=12),
            checksum: random.bool(),
            long_distance: random.u8(..4) == 0,
            window_log: if random.bool() { 0 } else { random.u32(10..=22) },
        };
        let frame = compress(&data, &options, None);
        assert_eq!(zstd::decode_all(frame.as_slice()).unwrap(), data, "run {run}");
        let theirs = zstd::encode_all(data.as_slice(), options.level).unwrap();
        assert_eq!(decompress(&theirs, &DecompressOptions::default(), None).unwrap(), data, "run {run}");
    }
}

#[test]
fn a_stream_is_the_frame_of_its_pieces() {
    let mut random = fastrand::Rng::with_seed(7);
    for run in 0..60 {
        let data = random_data(&mut random);
        let pledged = random.bool().then_some(data.len() as u64);
        let mut encoder = Encoder::new(&CompressOptions::default(), None, pledged).unwrap();
        let mut frame = Vec::new();
        for piece in data.chunks(1 + random.usize(..50_000)) {
            frame.write_all(&encoder.push(piece, false).unwrap()).unwrap();
        }
        frame.write_all(&encoder.push(&[], true).unwrap()).unwrap();
        assert_eq!(decompress(&frame, &DecompressOptions::default(), None).unwrap(), data, "run {run}");
        let mut decoder = Decoder::new(&DecompressOptions::default(), None).unwrap();
        let mut content = Vec::new();
        for piece in frame.chunks(1 + random.usize(..5000)) {
            decoder.push(piece);
            loop {
                let (part, more) = decoder.pull(10_000).unwrap();
                content.extend_from_slice(&part);
                if !more {
                    break;
                }
            }
        }
        decoder.finish().unwrap();
        assert_eq!(content, data, "run {run}");
    }
    let mut encoder = Encoder::new(&CompressOptions::default(), None, Some(4)).unwrap();
    assert_eq!(encoder.push(b"hello", true), Err(Error::Pledged { pledged: 4 }));
}

#[test]
fn a_trained_dictionary_makes_small_records_smaller() {
    let records: Vec<String> = (0..2000)
        .map(|id| {
            format!("{{\"id\":{id},\"kind\":\"click\",\"user\":{},\"tags\":[\"alpha\",\"beta\"]}}", id % 97)
        })
        .collect();
    let sizes: Vec<usize> = records.iter().map(String::len).collect();
    let trained = train(records.concat().as_bytes(), &sizes, 4096).unwrap();
    let dictionary = Dictionary::new(trained, 3);
    dictionary.prepare().unwrap();
    assert!(dictionary.id() != 0 && dictionary.size_bytes() > 4096);
    for options in [CompressOptions::default(), CompressOptions { checksum: true, ..Default::default() }] {
        let record = records[77].as_bytes();
        let frame = compress(record, &options, Some(&dictionary));
        assert!(frame.len() * 2 < compress(record, &options, None).len());
        assert_eq!(decompress(&frame, &DecompressOptions::default(), Some(&dictionary)).unwrap(), record);
        let missing = decompress(&frame, &DecompressOptions::default(), None);
        assert_eq!(missing, Err(Error::NoDictionary { frame: 0, id: dictionary.id() }));
    }
    assert_eq!(train(b"a", &[1], 4096), Err(Error::Samples { max_bytes: 4096 }));
}

#[test]
fn work_that_is_cancelled_ends() {
    let data = vec![7; 3 << 20];
    let raised = AtomicBool::new(true);
    let mut compressor = Compressor::new().unwrap();
    let mut out = Vec::new();
    let options = CompressOptions::default();
    assert_eq!(compressor.compress(&data, &options, None, Some(&raised), &mut out), Err(Error::Aborted));
    let frame = compress(&data, &options, None);
    let limits = DecompressOptions::default();
    let frames = scan(&frame, &limits, None).unwrap();
    let mut decompressor = Decompressor::new().unwrap();
    let aborted = decompressor.decompress(&frame, &frames, &limits, None, Some(&raised), &mut out);
    assert_eq!(aborted, Err(Error::Aborted));
    assert_eq!(decompress(&frame, &limits, None).unwrap(), data);
}
