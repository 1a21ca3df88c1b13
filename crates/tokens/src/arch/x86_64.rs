#![expect(unsafe_code, reason = "an instruction set is entered by an unsafe call")]

use super::{Masks, WINDOW_BYTES};
use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    _mm_sub_epi8,
};

#[inline]
pub(crate) fn classify(bytes: &[u8; WINDOW_BYTES]) -> Masks {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { by_sse2(bytes) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn by_sse2(bytes: &[u8; WINDOW_BYTES]) -> Masks {
    let mut masks = Masks::default();
    let (vectors, _) = bytes.as_chunks::<16>();
    for (index, vector) in vectors.iter().enumerate() {
        let [low, high] = halves(vector);
        let vector = _mm_set_epi64x(high, low);
        let equal = |byte: u8| _mm_cmpeq_epi8(vector, _mm_set1_epi8(byte.cast_signed()));
        // `byte - first <= last - first`, unsigned.
        let range = |first: u8, last: u8| {
            let offset = _mm_sub_epi8(vector, _mm_set1_epi8(first.cast_signed()));
            let limit = _mm_set1_epi8((last - first).cast_signed());
            _mm_cmpeq_epi8(_mm_min_epu8(offset, limit), offset)
        };
        let shift = 16 * index;
        masks.upper |= bits(range(b'A', b'Z')) << shift;
        masks.lower |= bits(range(b'a', b'z')) << shift;
        masks.digit |= bits(range(b'0', b'9')) << shift;
        masks.space |= bits(equal(b' ')) << shift;
        masks.newline |= bits(_mm_or_si128(equal(b'\n'), equal(b'\r'))) << shift;
        masks.control_space |= bits(range(9, 13)) << shift;
        masks.apostrophe |= bits(equal(b'\'')) << shift;
        masks.slash |= bits(equal(b'/')) << shift;
        masks.beyond_ascii |= bits(vector) << shift;
    }
    masks
}

#[inline]
fn halves(vector: &[u8; 16]) -> [i64; 2] {
    let (words, _) = vector.as_chunks::<8>();
    [i64::from_le_bytes(words[0]), i64::from_le_bytes(words[1])]
}

#[inline]
#[target_feature(enable = "sse2")]
fn bits(vector: __m128i) -> u64 {
    u64::from(_mm_movemask_epi8(vector).cast_unsigned())
}
