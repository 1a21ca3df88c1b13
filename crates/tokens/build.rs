//! Lays out the tables of `data/` as they are searched, so that a process pays nothing to build them at run time.

use base64::Engine as _;
use std::{
    collections::BTreeSet,
    env, fs,
    io::Read,
    path::{Path, PathBuf},
};

#[path = "src/layout.rs"]
#[expect(dead_code, reason = "what only a search needs")]
mod layout;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/layout.rs");
    for name in ["o200k_base", "cl100k_base", "p50k_base"] {
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

/// `count: u32`, a length byte for each token in rank order, then all bytes, become the tables of `Vocabulary`.
fn lay_out_vocabulary(name: &str, payload: &[u8], out: &Path) {
    let (count, rest) = payload.split_at(4);
    let count = u32::from_le_bytes(count.try_into().expect("four bytes")) as usize;
    let (lengths, bytes) = rest.split_at(count);
    let tables = Tables::new(lengths, bytes);

    let left_lengths: Vec<u8> = (0..count).map(|rank| left_length(tables.token(rank), &tables)).collect();
    let mut lengths_after_2 = vec![0u8; layout::PREFIXES];
    let mut lengths_after_4 = vec![0u8; layout::PREFIXES];
    let mut lengths_after_8 = vec![0u32; layout::PREFIXES];
    let mut long_lengths = BTreeSet::new();
    for (rank, &left_length) in left_lengths.iter().enumerate() {
        let token = tables.token(rank);
        // Tokens that no merge makes are never part of a longer pretoken.
        if left_length == 0 {
            continue;
        }
        lengths_after_2[layout::prefix_2(token)] |= layout::bit_after_2(token.len());
        if token.len() >= 4 {
            lengths_after_4[layout::prefix_4(token)] |= layout::bit_after_4(token.len());
        }
        if token.len() > 8 {
            lengths_after_8[layout::prefix_8(token)] |= layout::bit_after_8(token.len());
        }
        if token.len() >= layout::LONG_BYTES {
            long_lengths.insert(u8::try_from(token.len()).expect("a length is a byte in the data"));
        }
    }

    let write = |extension: &str, bytes: &[u8]| {
        fs::write(out.join(name).with_extension(extension), bytes).expect("OUT_DIR is writable");
    };
    write("bytes", bytes);
    write("starts", &little_endian(&tables.starts));
    write("slots", &little_endian(&tables.slots));
    write("left", &left_lengths);
    write("after2", &lengths_after_2);
    write("after4", &lengths_after_4);
    write("after8", &little_endian(&lengths_after_8));
    write("long", &long_lengths.into_iter().rev().collect::<Vec<u8>>());
}

struct Tables<'a> {
    bytes: &'a [u8],
    starts: Vec<u32>,
    slots: Vec<u32>,
}

impl<'a> Tables<'a> {
    fn new(lengths: &[u8], bytes: &'a [u8]) -> Self {
        let mut starts = vec![0u32];
        for &length in lengths {
            starts.push(starts[starts.len() - 1] + u32::from(length));
        }
        assert_eq!(starts[lengths.len()] as usize, bytes.len(), "the lengths add up to the bytes");
        // Less than half full: a lookup that fails, the common case inside a merge, ends after one or two slots.
        let slots_len = (lengths.len() * 2).next_power_of_two();
        let mut tables = Self { bytes, starts, slots: vec![layout::NO_TOKEN; slots_len] };
        // A rank that no token has is there with no bytes.
        for rank in (0..lengths.len()).filter(|&rank| lengths[rank] > 0) {
            let hash = layout::hash(tables.token(rank));
            let mut slot = layout::slot(hash, slots_len);
            while tables.slots[slot] != layout::NO_TOKEN {
                slot = (slot + 1) & (slots_len - 1);
            }
            tables.slots[slot] = layout::tagged(hash, u32::try_from(rank).expect("ranks fit 32 bits"));
        }
        tables
    }

    fn token(&self, rank: usize) -> &'a [u8] {
        &self.bytes[self.starts[rank] as usize..self.starts[rank + 1] as usize]
    }

    fn rank(&self, bytes: &[u8]) -> Option<usize> {
        let hash = layout::hash(bytes);
        let mut slot = layout::slot(hash, self.slots.len());
        while self.slots[slot] != layout::NO_TOKEN {
            let rank = layout::rank(self.slots[slot]) as usize;
            if self.token(rank) == bytes {
                return Some(rank);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }
}

/// The length of the left one of the two tokens that byte-pair merging makes `token` of in the end; 0 where it ends with
/// more than one, and for a single byte.
fn left_length(token: &[u8], tables: &Tables) -> u8 {
    let mut starts: Vec<usize> = (0..=token.len()).collect();
    let rank = |starts: &[usize], left: usize| match starts.get(left + 2) {
        Some(&end) => tables.rank(&token[starts[left]..end]).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut ranks: Vec<usize> = (0..token.len()).map(|left| rank(&starts, left)).collect();
    let mut last = 0;
    while let Some((left, _)) =
        ranks.iter().enumerate().filter(|(_, rank)| **rank != usize::MAX).min_by_key(|(_, rank)| **rank)
    {
        last = starts[left + 1] - starts[left];
        starts.remove(left + 1);
        ranks.remove(left + 1);
        ranks[left] = rank(&starts, left);
        if left > 0 {
            ranks[left - 1] = rank(&starts, left - 1);
        }
    }
    if starts.len() == 2 { u8::try_from(last).expect("a token has at most 255 bytes") } else { 0 }
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
