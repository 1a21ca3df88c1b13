#![expect(unsafe_code, reason = "an instruction set is entered by an unsafe call")]

use super::{Masks, WINDOW_BYTES};
use core::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcleq_u8, vcombine_u64, vcreate_u64, vdupq_n_u8, vgetq_lane_u64,
    vorrq_u8, vpaddq_u8, vreinterpretq_u8_u64, vreinterpretq_u64_u8, vsubq_u8,
};

#[inline]
pub(crate) fn classify(bytes: &[u8; WINDOW_BYTES]) -> Masks {
    // SAFETY: NEON is part of AArch64.
    unsafe { by_neon(bytes) }
}

#[inline]
#[target_feature(enable = "neon")]
fn by_neon(bytes: &[u8; WINDOW_BYTES]) -> Masks {
    let (words, _) = bytes.as_chunks::<8>();
    let vector = |index: usize| load(words[2 * index], words[2 * index + 1]);
    let vectors = [vector(0), vector(1), vector(2), vector(3)];
    let equal = |byte: u8| vectors.map(|vector| vceqq_u8(vector, vdupq_n_u8(byte)));
    let range = |first: u8, last: u8| {
        vectors.map(|vector| vcleq_u8(vsubq_u8(vector, vdupq_n_u8(first)), vdupq_n_u8(last - first)))
    };
    let [line_feed, carriage_return] = [equal(b'\n'), equal(b'\r')];
    let newline = [0, 1, 2, 3].map(|index| vorrq_u8(line_feed[index], carriage_return[index]));
    Masks {
        upper: bits(range(b'A', b'Z')),
        lower: bits(range(b'a', b'z')),
        digit: bits(range(b'0', b'9')),
        space: bits(equal(b' ')),
        newline: bits(newline),
        control_space: bits(range(9, 13)),
        apostrophe: bits(equal(b'\'')),
        slash: bits(equal(b'/')),
        beyond_ascii: bits(range(0x80, 0xff)),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(low: [u8; 8], high: [u8; 8]) -> uint8x16_t {
    vreinterpretq_u8_u64(vcombine_u64(
        vcreate_u64(u64::from_le_bytes(low)),
        vcreate_u64(u64::from_le_bytes(high)),
    ))
}

/// One bit of each of 64 bytes that are all ones or all zeros: each byte keeps the bit of its place among eight, and
/// three rounds of adding neighbours gather them.
#[inline]
#[target_feature(enable = "neon")]
fn bits([a, b, c, d]: [uint8x16_t; 4]) -> u64 {
    let places = load([1, 2, 4, 8, 16, 32, 64, 128], [1, 2, 4, 8, 16, 32, 64, 128]);
    let place = |vector| vandq_u8(vector, places);
    let pairs = [vpaddq_u8(place(a), place(b)), vpaddq_u8(place(c), place(d))];
    let fours = vpaddq_u8(pairs[0], pairs[1]);
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)))
}
