use crate::{Dictionary, Error};
use std::sync::atomic::{AtomicBool, Ordering};
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, zstd_sys::ZSTD_EndDirective};

/// How to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressOptions {
    /// From -131072, the fastest, to 22, the smallest. With a dictionary, the dictionary's level counts.
    pub level: i32,
    /// Whether the frame ends with a checksum of its content.
    pub checksum: bool,
    /// Whether to look for repetitions far back, in a window of 128 MiB unless `window_log` says otherwise.
    pub long_distance: bool,
    /// The binary logarithm of the window in bytes; 0 leaves the choice to the level.
    pub window_log: u32,
}

impl Default for CompressOptions {
    fn default() -> Self {
        Self { level: zstd_safe::CLEVEL_DEFAULT, checksum: false, long_distance: false, window_log: 0 }
    }
}

impl CompressOptions {
    /// Whether nothing but the level, which a dictionary brings along, is asked for.
    fn is_plain(&self) -> bool {
        !self.checksum && !self.long_distance && self.window_log == 0
    }

    pub(crate) fn apply(&self, context: &mut CCtx<'_>) -> Result<(), Error> {
        context.reset(ResetDirective::SessionAndParameters).map_err(Error::of_library)?;
        let mut set = |parameter| context.set_parameter(parameter).map_err(Error::of_library);
        set(CParameter::CompressionLevel(self.level))?;
        if self.checksum {
            set(CParameter::ChecksumFlag(true))?;
        }
        if self.long_distance {
            set(CParameter::EnableLongDistanceMatching(true))?;
        }
        if self.window_log != 0 {
            set(CParameter::WindowLog(self.window_log))?;
        }
        Ok(())
    }
}

/// More memory than this is given back after a call: the highest levels take some hundred times as much.
const MAX_KEPT_BYTES: usize = 16 << 20;
/// More data than this is compressed with a dictionary that is prepared for it alone.
const PREPARED_BYTES: usize = 32 << 10;
/// The most content of a block.
const BLOCK_BYTES: usize = 128 << 10;
/// A cancelled call ends after so many bytes of its input, a whole number of blocks.
const PIECE_BYTES: usize = 4 * BLOCK_BYTES;
const OUT_BYTES: usize = 16 << 10;

/// Compresses; its memory is used again by the next call.
pub struct Compressor {
    context: CCtx<'static>,
}

pub(crate) fn new_context<'a>() -> Result<CCtx<'a>, Error> {
    CCtx::try_create().ok_or(Error::Memory)
}

impl Compressor {
    /// A compressor that has not compressed yet.
    ///
    /// # Errors
    /// [`Error::Memory`]
    pub fn new() -> Result<Self, Error> {
        Ok(Self { context: new_context()? })
    }

    /// Appends the frame of `data` to `frame`. Ends early when `cancelled` is raised.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Dictionary`] where the dictionary cannot be used, [`Error::Aborted`]
    pub fn compress(
        &mut self,
        data: &[u8],
        options: &CompressOptions,
        dictionary: Option<&Dictionary>,
        cancelled: Option<&AtomicBool>,
        frame: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let compressed = self.compress_whole(data, options, dictionary, cancelled, frame);
        // Whatever came of it: a high level cancelled half way holds as much as one that ended.
        if self.context.sizeof() > MAX_KEPT_BYTES {
            self.context = new_context()?;
        }
        compressed
    }

    fn compress_whole(
        &mut self,
        data: &[u8],
        options: &CompressOptions,
        dictionary: Option<&Dictionary>,
        cancelled: Option<&AtomicBool>,
        frame: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if data.len() < BLOCK_BYTES {
            reserve(frame, zstd_safe::compress_bound(data.len()))?;
        }
        match dictionary {
            None => {
                options.apply(&mut self.context)?;
                compress_with(&mut self.context, data, options, cancelled, frame)?;
            }
            Some(dictionary) if options.is_plain() && data.len() <= PREPARED_BYTES => {
                let mut rest = rest_of(frame);
                self.context
                    .compress_using_cdict(&mut rest, data, dictionary.compression()?)
                    .map_err(Error::of_library)?;
            }
            Some(dictionary) => {
                // Parameters and a prepared dictionary come together only in a context that borrows the dictionary.
                let mut context = new_context()?;
                options.apply(&mut context)?;
                let prepared = dictionary.compression()?;
                if data.len() <= PREPARED_BYTES && options.window_log == 0 {
                    context.ref_cdict(prepared)
                } else {
                    // Over much data the preparation gains little, and Node's bytes come from an unprepared one.
                    context.load_dictionary(dictionary.bytes())
                }
                .map_err(Error::of_library)?;
                compress_with(&mut context, data, options, cancelled, frame)?;
            }
        }
        Ok(())
    }
}

/// zstd writes to the start of a buffer; a cursor is a buffer that starts elsewhere.
fn rest_of(buffer: &mut Vec<u8>) -> std::io::Cursor<&mut Vec<u8>> {
    let end = buffer.len() as u64;
    let mut rest = std::io::Cursor::new(buffer);
    rest.set_position(end);
    rest
}

/// What fills a block or may exceed the window goes through zstd's streaming interface, as in Node: given everything at once, zstd
/// would cut other blocks, and the frame would have other bytes than the fallback's.
fn compress_with(
    context: &mut CCtx<'_>,
    data: &[u8],
    options: &CompressOptions,
    cancelled: Option<&AtomicBool>,
    frame: &mut Vec<u8>,
) -> Result<(), Error> {
    if data.is_empty() || data.len() < BLOCK_BYTES && options.window_log == 0 {
        return context.compress2(&mut rest_of(frame), data).map(|_| ()).map_err(Error::of_library);
    }
    context.set_pledged_src_size(Some(data.len() as u64)).map_err(Error::of_library)?;
    let mut pieces = data.chunks(PIECE_BYTES).peekable();
    while let Some(piece) = pieces.next() {
        if cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Error::Aborted);
        }
        feed(context, piece, pieces.peek().is_none(), frame).map_err(Error::of_library)?;
    }
    Ok(())
}

/// Appends what `data` compresses to; with `end`, the end of the frame too.
fn feed(
    context: &mut CCtx<'_>,
    data: &[u8],
    end: bool,
    out: &mut Vec<u8>,
) -> Result<(), zstd_safe::ErrorCode> {
    let directive = if end { ZSTD_EndDirective::ZSTD_e_end } else { ZSTD_EndDirective::ZSTD_e_continue };
    let mut input = InBuffer::around(data);
    // As large as Node's: where there is room for all of the rest, zstd compresses it in one go.
    let mut part = [0; OUT_BYTES];
    loop {
        let mut output = OutBuffer::around(part.as_mut_slice());
        let left = context.compress_stream2(&mut output, &mut input, directive)?;
        out.extend_from_slice(output.as_slice());
        if input.pos() == data.len() && (left == 0 || !end) {
            return Ok(());
        }
    }
}

pub(crate) fn reserve(buffer: &mut Vec<u8>, bytes: usize) -> Result<(), Error> {
    buffer.try_reserve(bytes).map_err(|_| Error::Memory)
}

/// Compresses a stream of pieces into one frame.
pub struct Encoder {
    context: CCtx<'static>,
    pledged: Option<u64>,
    taken: u64,
}

impl Encoder {
    /// An encoder of a stream of `pledged` bytes, which the frame then declares; `None` where nobody knows. The level
    /// of the options counts, not the dictionary's.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Dictionary`]
    pub fn new(
        options: &CompressOptions,
        dictionary: Option<&[u8]>,
        pledged: Option<u64>,
    ) -> Result<Self, Error> {
        let mut context = new_context()?;
        options.apply(&mut context)?;
        if let Some(dictionary) = dictionary {
            context.load_dictionary(dictionary).map_err(Error::of_library)?;
            // zstd looks at a dictionary with the first piece; what is wrong with it is known here already.
            zstd_safe::CDict::try_create(dictionary, options.level).ok_or(Error::Dictionary)?;
        }
        context.set_pledged_src_size(pledged).map_err(Error::of_library)?;
        Ok(Self { context, pledged, taken: 0 })
    }

    /// What the next piece adds to the frame; with `end`, up to its end.
    ///
    /// # Errors
    /// [`Error::Pledged`] when the stream turns out to have another size, [`Error::Memory`]
    pub fn push(&mut self, piece: &[u8], end: bool) -> Result<Vec<u8>, Error> {
        self.taken += piece.len() as u64;
        // zstd itself forgets the size where the first piece is the last.
        match self.pledged {
            Some(pledged) if self.taken > pledged || (end && self.taken != pledged) => {
                return Err(Error::Pledged { pledged });
            }
            _ => {}
        }
        let mut out = Vec::new();
        feed(&mut self.context, piece, end, &mut out).map_err(Error::of_library)?;
        Ok(out)
    }

    /// How much memory it holds.
    pub fn size_bytes(&self) -> usize {
        self.context.sizeof()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, time::Duration};

    #[test]
    fn what_is_cancelled_half_way_keeps_no_memory() {
        let mut random = fastrand::Rng::with_seed(1);
        let data: Vec<u8> = (0..32 << 20).map(|_| random.u8(..4)).collect();
        let options = CompressOptions { level: 19, ..CompressOptions::default() };
        let cancelled = AtomicBool::new(false);
        let mut compressor = Compressor::new().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                cancelled.store(true, Ordering::Relaxed);
            });
            let compressed = compressor.compress(&data, &options, None, Some(&cancelled), &mut Vec::new());
            assert_eq!(compressed, Err(Error::Aborted));
        });
        assert!(compressor.context.sizeof() <= MAX_KEPT_BYTES);
    }
}
