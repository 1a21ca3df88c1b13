//! Lays out the tables of `data/` as they are searched, so that a process pays nothing to build them at run time.

use base64::Engine as _;
use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
};

#[path = "src/hash.rs"]
mod hash;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/hash.rs");
    for name in ["o200k_base", "cl100k_base"] {
        lay_out_vocabulary(name, &payload(name), &out);
    }
    lay_out_classes(&payload("classes"), &out);
    fs::write(out.join("properties"), payload("properties")).expect("OUT_DIR is writable");
}

/// The bytes that `data/<name>.js` carries: base64 of brotli, in quotes, as the JavaScript engine loads it.
fn payload(name: &str) -> Vec<u8> {
    let path = Path::new("data").join(name).with_extension("js");
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path).expect("the data file is part of the crate");
    let line =
        text.lines().find(|line| line.starts_with("module.exports")).expect("the file exports a string");
    let packed = line.split('\'').nth(1).expect("the string is in single quotes");
    let packed = base64::engine::general_purpose::STANDARD.decode(packed).expect("the string is base64");
    let mut bytes = Vec::new();
    brotli::Decompressor::new(packed.as_slice(), 1 << 16)
        .read_to_end(&mut bytes)
        .expect("the bytes are brotli");
    bytes
}

/// `count: u32`, a length byte for each token in rank order, then all bytes, become:
/// the bytes; where each token starts; and an open-addressing table of ranks.
fn lay_out_vocabulary(name: &str, payload: &[u8], out: &Path) {
    let (count, rest) = payload.split_at(4);
    let count = u32::from_le_bytes(count.try_into().expect("four bytes")) as usize;
    let (lengths, bytes) = rest.split_at(count);

    let mut starts = vec![0u32];
    for &length in lengths {
        starts.push(starts[starts.len() - 1] + u32::from(length));
    }
    assert_eq!(starts[count] as usize, bytes.len(), "{name}: the lengths add up to the bytes");

    // Less than half full: a lookup that fails, the common case inside a merge, ends after one or two slots.
    let slots_len = (count * 2).next_power_of_two();
    let mut slots = vec![u32::MAX; slots_len];
    for rank in 0..count {
        let token = &bytes[starts[rank] as usize..starts[rank + 1] as usize];
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the slot")]
        let mut slot = hash::hash(token) as usize & (slots_len - 1);
        while slots[slot] != u32::MAX {
            slot = (slot + 1) & (slots_len - 1);
        }
        slots[slot] = u32::try_from(rank).expect("ranks fit 32 bits");
    }

    let write = |extension: &str, bytes: &[u8]| {
        fs::write(out.join(name).with_extension(extension), bytes).expect("OUT_DIR is writable");
    };
    write("bytes", bytes);
    write("starts", &little_endian(&starts));
    write("slots", &little_endian(&slots));
}

/// Runs of `(gap: varint, length: varint, class: u8)` become a table in two stages: for each 256 code points the
/// number of a block, then the blocks.
fn lay_out_classes(payload: &[u8], out: &Path) {
    const CODE_POINTS: usize = 0x11_0000;
    let mut flat = vec![0u8; CODE_POINTS];
    let mut rest = payload;
    let mut at = 0;
    while !rest.is_empty() {
        at += varint(&mut rest);
        let length = varint(&mut rest);
        let (class, after) = rest.split_first().expect("a run has a class");
        flat[at..at + length].fill(*class);
        at += length;
        rest = after;
    }
    let mut blocks: Vec<&[u8]> = Vec::new();
    let mut stage = Vec::new();
    for block in flat.chunks(256) {
        let index = blocks.iter().position(|known| *known == block).unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        });
        stage.push(u8::try_from(index).expect("fewer than 256 distinct blocks"));
    }
    fs::write(out.join("classes.stage"), stage).expect("OUT_DIR is writable");
    fs::write(out.join("classes.blocks"), blocks.concat()).expect("OUT_DIR is writable");
}

fn varint(bytes: &mut &[u8]) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("a varint ends");
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn little_endian(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
