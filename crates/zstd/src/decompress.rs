use crate::{
    Dictionary, Error,
    compress::reserve,
    frame::{self, Frames, Header, MAX_BLOCK_BYTES, Start},
};
use std::sync::atomic::{AtomicBool, Ordering};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// What untrusted frames may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecompressOptions {
    /// The most bytes of content.
    pub max_output_bytes: u64,
    /// The binary logarithm of the largest window in bytes, from 10 to 31.
    pub max_window_log: u32,
}

impl Default for DecompressOptions {
    fn default() -> Self {
        Self { max_output_bytes: 256 << 20, max_window_log: 27 }
    }
}

/// More memory than this is given back after a call.
const MAX_KEPT_BYTES: usize = 4 << 20;
/// What frames declare is allocated at once up to this size, and up to this many times their own size; what declares
/// more gets memory as its content comes.
const TRUSTED_BYTES: u64 = 1 << 20;
const TRUSTED_RATIO: u64 = 64;

/// The frames of `data`, held to the limits before anything is decompressed.
///
/// # Errors
/// All of [`Decompressor::decompress`], but damage inside of blocks and content that no header declares.
pub fn scan(
    data: &[u8],
    options: &DecompressOptions,
    dictionary: Option<&Dictionary>,
) -> Result<Frames, Error> {
    frame::scan(data, options, dictionary.map(Dictionary::id))
}

impl Frames {
    /// The size of the content, where the frames declare it and it is in proportion to `data`.
    pub fn exact_size(&self, data: &[u8]) -> Option<usize> {
        let trusted = TRUSTED_BYTES.max((data.len() as u64).saturating_mul(TRUSTED_RATIO));
        self.content.filter(|&content| content <= trusted).and_then(|content| usize::try_from(content).ok())
    }
}

fn new_context<'a>() -> Result<DCtx<'a>, Error> {
    DCtx::try_create().ok_or(Error::Memory)
}

/// Decompresses; its memory is used again by the next call.
pub struct Decompressor {
    context: DCtx<'static>,
}

impl Decompressor {
    /// A decompressor that has not decompressed yet.
    ///
    /// # Errors
    /// [`Error::Memory`]
    pub fn new() -> Result<Self, Error> {
        Ok(Self { context: new_context()? })
    }

    /// Fills `content`, which must have the [exact size](Frames::exact_size).
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Dictionary`]
    pub fn decompress_exact(
        &mut self,
        data: &[u8],
        frames: &Frames,
        dictionary: Option<&Dictionary>,
        content: &mut [u8],
    ) -> Result<(), Error> {
        let mut rest = content;
        let mut walk = frames.walk(data);
        while let Some(frame) = walk.advance()? {
            let size = usize::try_from(frame.content.unwrap_or(0)).map_err(|_| Error::Memory)?;
            let (target, after) = rest.split_at_mut(size.min(rest.len()));
            let bytes = &data[frame.start..frame.end];
            let start = frame.start as u64;
            let written = match dictionary {
                None => self.context.decompress(target, bytes),
                Some(dictionary) => {
                    self.context.decompress_using_ddict(target, bytes, dictionary.decompression()?)
                }
            }
            .map_err(|code| Error::of_frame(code, start))?;
            if written != size {
                return Err(Error::Damaged { frame: start });
            }
            rest = after;
        }
        Ok(())
    }

    /// Appends the content of the frames to `content`, in the shortest way for a record among many.
    ///
    /// # Errors
    /// Those of [`decompress`](Self::decompress).
    pub fn decompress_into(
        &mut self,
        data: &[u8],
        frames: &Frames,
        options: &DecompressOptions,
        dictionary: Option<&Dictionary>,
        content: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let Some(size) = frames.exact_size(data) else {
            return self.decompress(data, frames, options, dictionary, None, content);
        };
        reserve(content, size)?;
        let start = content.len();
        content.resize(start + size, 0);
        self.decompress_exact(data, frames, dictionary, &mut content[start..])
    }

    /// Appends the content of the frames to `content`, of which it allocates what really comes. Ends early when
    /// `cancelled` is raised.
    ///
    /// # Errors
    /// [`Error::Output`], [`Error::Damaged`], [`Error::Dictionary`], [`Error::Memory`], [`Error::Aborted`]
    pub fn decompress(
        &mut self,
        data: &[u8],
        frames: &Frames,
        options: &DecompressOptions,
        dictionary: Option<&Dictionary>,
        cancelled: Option<&AtomicBool>,
        content: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if let Some(dictionary) = dictionary {
            // A context that uses a dictionary borrows it, so it is not one of those that are kept.
            let mut context = new_context()?;
            context.ref_ddict(dictionary.decompression()?).map_err(Error::of_library)?;
            return decompress_with(&mut context, data, frames, options, cancelled, content);
        }
        self.context.reset(ResetDirective::SessionAndParameters).map_err(Error::of_library)?;
        let decompressed = decompress_with(&mut self.context, data, frames, options, cancelled, content);
        if self.context.sizeof() > MAX_KEPT_BYTES {
            self.context = new_context()?;
        }
        decompressed
    }
}

fn decompress_with(
    context: &mut DCtx<'_>,
    data: &[u8],
    frames: &Frames,
    options: &DecompressOptions,
    cancelled: Option<&AtomicBool>,
    content: &mut Vec<u8>,
) -> Result<(), Error> {
    context.set_parameter(DParameter::WindowLogMax(options.max_window_log)).map_err(Error::of_library)?;
    let before = content.len();
    if let Some(size) = frames.exact_size(data) {
        reserve(content, size)?;
    }
    let mut walk = frames.walk(data);
    while let Some(frame) = walk.advance()? {
        let start = frame.start as u64;
        let mut from = frame.start;
        let mut header_at = frame.start + frame.header_bytes;
        let content_at = content.len();
        loop {
            if cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                return Err(Error::Aborted);
            }
            let block = frame::block(data, header_at, start, MAX_BLOCK_BYTES)?;
            let end = if block.last { frame.end } else { block.end };
            let finished = step(context, &data[from..end], content)
                .map_err(|code| code.map_or(Error::Memory, |code| Error::of_frame(code, start)))?;
            if (content.len() - before) as u64 > options.max_output_bytes {
                return Err(Error::Output { max_output_bytes: options.max_output_bytes });
            }
            if block.last != finished {
                return Err(Error::Damaged { frame: start });
            }
            if block.last {
                // zstd does not look where the last block is empty.
                if frame.content.is_some_and(|declared| declared != (content.len() - content_at) as u64) {
                    return Err(Error::Damaged { frame: start });
                }
                break;
            }
            from = end;
            header_at = end;
        }
    }
    Ok(())
}

/// Decompresses a block; whether it ended the frame. `Err(None)` means that there is no memory.
fn step(
    context: &mut DCtx<'_>,
    data: &[u8],
    content: &mut Vec<u8>,
) -> Result<bool, Option<zstd_safe::ErrorCode>> {
    let mut input = InBuffer::around(data);
    loop {
        // A block has no more content than this, so one step takes all of it.
        content.try_reserve(128 << 10).map_err(|_| None)?;
        let at = content.len();
        let left = context.decompress_stream(&mut OutBuffer::around_pos(content, at), &mut input)?;
        if input.pos() == data.len() {
            return Ok(left == 0);
        }
        if left == 0 {
            return Ok(false);
        }
    }
}

enum State {
    Between,
    Inside,
    /// So many bytes of a skippable frame are still to come.
    Skipping(u64),
}

/// Decompresses a stream of pieces in pieces of bounded size.
pub struct Decoder {
    context: DCtx<'static>,
    options: DecompressOptions,
    dictionary: Option<u32>,
    state: State,
    pending: Vec<u8>,
    at: usize,
    /// Where in the stream `pending` begins, and where the frame does.
    base: u64,
    frame: u64,
    produced: u64,
    /// Where in the content the frame ends, if it says so.
    content_end: Option<u64>,
    any: bool,
}

impl Decoder {
    /// A decoder at the start of a stream.
    ///
    /// # Errors
    /// [`Error::Memory`], [`Error::Dictionary`]
    pub fn new(options: &DecompressOptions, dictionary: Option<&[u8]>) -> Result<Self, Error> {
        let mut context = new_context()?;
        context.set_parameter(DParameter::WindowLogMax(options.max_window_log)).map_err(Error::of_library)?;
        let mut id = None;
        if let Some(bytes) = dictionary {
            context.load_dictionary(bytes).map_err(|_| Error::Dictionary)?;
            id = Some(zstd_safe::get_dict_id(bytes).map_or(0, |id| id.get()));
        }
        Ok(Self {
            context,
            options: *options,
            dictionary: id,
            state: State::Between,
            pending: Vec::new(),
            at: 0,
            base: 0,
            frame: 0,
            produced: 0,
            content_end: None,
            any: false,
        })
    }

    /// Takes the next piece of the stream.
    pub fn push(&mut self, piece: &[u8]) {
        self.pending.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        self.pending.extend_from_slice(piece);
    }

    /// The next at most about `max_bytes` of content; whether there may be more without another piece.
    ///
    /// # Errors
    /// [`Error::NoFrame`], [`Error::Damaged`], [`Error::Window`], [`Error::NoDictionary`],
    /// [`Error::OtherDictionary`], [`Error::Output`], [`Error::Memory`]
    pub fn pull(&mut self, max_bytes: usize) -> Result<(Vec<u8>, bool), Error> {
        let mut content = Vec::new();
        reserve(&mut content, max_bytes)?;
        while content.len() < max_bytes {
            let rest = &self.pending[self.at..];
            match self.state {
                State::Skipping(left) => {
                    let skipped = left.min(rest.len() as u64);
                    self.at += usize::try_from(skipped).map_err(|_| Error::Memory)?;
                    self.state =
                        if skipped == left { State::Between } else { State::Skipping(left - skipped) };
                    if skipped < left {
                        return Ok((content, false));
                    }
                }
                State::Between => {
                    if rest.is_empty() {
                        return Ok((content, false));
                    }
                    self.frame = self.base + self.at as u64;
                    match frame::start(rest) {
                        Start::Short => return Ok((content, false)),
                        Start::Unknown => return Err(Error::NoFrame { byte: self.frame }),
                        Start::Reserved => return Err(Error::Damaged { frame: self.frame }),
                        Start::Skippable(bytes) => {
                            self.at += 8;
                            self.state = State::Skipping(u64::from(bytes));
                        }
                        Start::Frame(header) => {
                            self.enter(&header)?;
                            self.content_end = header.content.map(|content| self.produced + content);
                            self.state = State::Inside;
                        }
                    }
                    self.any = true;
                }
                State::Inside => {
                    let mut input = InBuffer::around(rest);
                    let before = content.len();
                    let left = self
                        .context
                        .decompress_stream(&mut OutBuffer::around_pos(&mut content, before), &mut input)
                        .map_err(|code| Error::of_frame(code, self.frame))?;
                    let read = input.pos();
                    self.at += read;
                    self.produced += (content.len() - before) as u64;
                    if self.produced > self.options.max_output_bytes {
                        return Err(self.too_much());
                    }
                    if left == 0 {
                        // zstd does not look where the last block is empty.
                        if self.content_end.is_some_and(|end| end != self.produced) {
                            return Err(Error::Damaged { frame: self.frame });
                        }
                        self.state = State::Between;
                    } else if read == 0 && content.len() == before {
                        return Ok((content, false));
                    }
                }
            }
        }
        Ok((content, true))
    }

    fn enter(&self, header: &Header) -> Result<(), Error> {
        header.check(self.frame, self.options.max_window_log, self.dictionary)?;
        match header.content {
            Some(content) if content > self.options.max_output_bytes - self.produced => Err(self.too_much()),
            _ => Ok(()),
        }
    }

    fn too_much(&self) -> Error {
        Error::Output { max_output_bytes: self.options.max_output_bytes }
    }

    /// Says whether the stream may end here.
    ///
    /// # Errors
    /// [`Error::Truncated`] inside of a frame, [`Error::NoFrame`] where there was none.
    pub fn finish(&self) -> Result<(), Error> {
        match self.state {
            State::Between if self.at < self.pending.len() => {
                Err(Error::Truncated { frame: self.base + self.at as u64 })
            }
            State::Between if self.any => Ok(()),
            State::Between => Err(Error::NoFrame { byte: 0 }),
            _ => Err(Error::Truncated { frame: self.frame }),
        }
    }

    /// How much memory it holds.
    pub fn size_bytes(&self) -> usize {
        self.context.sizeof() + self.pending.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CompressOptions, Encoder};

    #[test]
    fn what_is_damaged_keeps_no_memory() {
        let options = CompressOptions { window_log: 24, checksum: true, ..CompressOptions::default() };
        let mut encoder = Encoder::new(&options, None, None).unwrap();
        // In two pieces, or zstd knew the size and made the window as small.
        let mut frame = encoder.push(&[7; 1000], false).unwrap();
        frame.extend(encoder.push(&[7; 1000], true).unwrap());
        *frame.last_mut().unwrap() ^= 1;
        let limits = DecompressOptions::default();
        let frames = scan(&frame, &limits, None).unwrap();
        let mut decompressor = Decompressor::new().unwrap();
        let damaged = decompressor.decompress(&frame, &frames, &limits, None, None, &mut Vec::new());
        assert_eq!(damaged, Err(Error::Damaged { frame: 0 }));
        assert!(decompressor.context.sizeof() <= MAX_KEPT_BYTES);
    }
}
