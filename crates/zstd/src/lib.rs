//! Compresses and decompresses zstd frames (RFC 8878), with dictionaries and with limits on what untrusted bytes may
//! cost.
//!
//! ```
//! use tenon_zstd::{CompressOptions, Compressor, DecompressOptions, Decompressor, scan};
//!
//! let data = b"to and fro and to and fro and to".repeat(10);
//! let mut frame = Vec::new();
//! Compressor::new()?.compress(&data, &CompressOptions::default(), None, None, &mut frame)?;
//! assert!(frame.len() < data.len() / 4);
//!
//! let limits = DecompressOptions { max_output_bytes: 1 << 20, ..DecompressOptions::default() };
//! let frames = scan(&frame, &limits, None)?;
//! let mut content = Vec::new();
//! Decompressor::new()?.decompress(&frame, &frames, &limits, None, None, &mut content)?;
//! assert_eq!(content, data);
//! # Ok::<(), tenon_zstd::Error>(())
//! ```
//!
//! The work is zstd's own C library, built with this crate; [`scan`] reads headers in Rust before it gets to see them,
//! so that a frame that asks for too much is refused at the cost of a look at its block headers. A context is some
//! hundred kilobytes, and much more at high levels: keep a [`Compressor`] and a [`Decompressor`] a thread. For records
//! of less than a few kilobytes use a [`Dictionary`], prepared once.
//!
//! Frames in the formats of zstd before 0.8 are refused. For seekable archives and several worker threads use the `zstd` crate.

mod compress;
mod decompress;
mod delta;
mod dictionary;
mod error;
mod frame;

pub use compress::{CompressOptions, Compressor, Encoder};
pub use decompress::{Decoder, DecompressOptions, Decompressor, scan};
pub use delta::{compress_delta, decompress_delta, is_base};
pub use dictionary::{Dictionary, train};
pub use error::Error;
pub use frame::Frames;
