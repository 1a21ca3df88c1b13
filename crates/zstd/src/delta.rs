//! Frames that say what is new against other bytes, however many: what `zstd --patch-from` writes.

use crate::compress::{new_context, reserve};
use crate::{CompressOptions, Error};
use zstd_safe::{CParameter, DCtx, DParameter};

/// The magic number of a trained dictionary, which a reader that takes the base for a dictionary would look for tables
/// behind.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];
const MIN_WINDOW_LOG: u32 = 10;
/// Of a 32-bit system, so that each can read what the other wrote.
const MAX_WINDOW_LOG: u32 = 30;

/// Whether every reader takes `base` as it is: none that begins as a trained dictionary does.
pub fn is_base(base: &[u8]) -> bool {
    base.len() >= 8 && !base.starts_with(&DICTIONARY_MAGIC)
}

/// Appends a frame of `data` that refers to `base`. A reader needs the base as its dictionary.
///
/// # Errors
/// [`Error::Memory`]
pub fn compress_delta(data: &[u8], base: &[u8], level: i32, frame: &mut Vec<u8>) -> Result<(), Error> {
    let both = data.len().saturating_add(base.len()).max(1);
    let options = CompressOptions {
        level,
        checksum: false,
        // Without it only the end of a large base is found again: a level's own tables hold some 100,000 places.
        long_distance: true,
        // The base is in reach as long as the data are within the window.
        window_log: (both.ilog2() + 1).clamp(MIN_WINDOW_LOG, MAX_WINDOW_LOG),
    };
    let mut context = new_context()?;
    options.apply(&mut context)?;
    context.set_parameter(CParameter::ContentSizeFlag(true)).map_err(Error::of_library)?;
    context.ref_prefix(base).map_err(Error::of_library)?;
    reserve(frame, zstd_safe::compress_bound(data.len()))?;
    let end = frame.len() as u64;
    let mut rest = std::io::Cursor::new(frame);
    rest.set_position(end);
    context.compress2(&mut rest, data).map(|_| ()).map_err(Error::of_library)
}

/// The `bytes` of content of a frame that refers to `base`.
///
/// # Errors
/// [`Error::Damaged`] where the frame has not as much content, or is none; [`Error::Memory`]
pub fn decompress_delta(frame: &[u8], base: &[u8], bytes: usize) -> Result<Vec<u8>, Error> {
    let mut context = DCtx::try_create().ok_or(Error::Memory)?;
    context.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG)).map_err(Error::of_library)?;
    context.ref_prefix(base).map_err(Error::of_library)?;
    let mut content = Vec::new();
    reserve(&mut content, bytes)?;
    match context.decompress(&mut content, frame) {
        Ok(read) if read == bytes => Ok(content),
        Ok(_) => Err(Error::Damaged { frame: 0 }),
        Err(code) => Err(Error::of_frame(code, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_of_many_megabytes_is_as_large_as_what_changed() {
        let mut random = fastrand::Rng::with_seed(1);
        let base: Vec<u8> = (0..8 << 20).map(|_| random.u8(..)).collect();
        let mut data = base.clone();
        data.splice(100_000..100_100, b"another".iter().copied());
        data.extend_from_slice(&[7; 1000]);
        let mut frame = b"before".to_vec();
        compress_delta(&data, &base, 1, &mut frame).unwrap();
        assert!(frame.len() < 4096, "{}", frame.len());
        assert!(decompress_delta(&frame[6..], &base, data.len()).unwrap() == data);
        assert!(decompress_delta(&frame[6..], &base, data.len() - 1).is_err());
        assert!(decompress_delta(&frame[6..], &base, data.len() + 1).is_err());
    }

    #[test]
    fn anything_is_a_delta_against_anything() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..300 {
            let base: Vec<u8> = (0..random.usize(..3000)).map(|_| random.u8(..4)).collect();
            let mut data = base[random.usize(..=base.len())..].to_vec();
            data.extend((0..random.usize(..300)).map(|_| random.u8(..)));
            let mut frame = Vec::new();
            compress_delta(&data, &base, random.i32(-5..=9), &mut frame).unwrap();
            assert!(decompress_delta(&frame, &base, data.len()).unwrap() == data);
            // A dictionary of the same bytes does as well: Node's zlib has nothing else.
            if is_base(&base) {
                let limits = crate::DecompressOptions::default();
                let dictionary = crate::Dictionary::new(base, 1);
                let frames = crate::scan(&frame, &limits, Some(&dictionary)).unwrap();
                let mut content = Vec::new();
                crate::Decompressor::new()
                    .unwrap()
                    .decompress_into(&frame, &frames, &limits, Some(&dictionary), &mut content)
                    .unwrap();
                assert!(content == data);
            }
        }
    }
}
