//! `zstd`: bytes in, bytes out. The settings of a compression are one number: bit 0 checksum, bit 1 long distance,
//! from bit 8 the window log.

use crate::{
    bytes::{Input, NewBytes, Numbers},
    error,
    handle::Owned,
    work::{Cancellation, Work},
};
use napi::{
    Env,
    bindgen_prelude::{Array, AsyncTask, ObjectFinalize, Uint8Array},
};
use napi_derive::napi;
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
};
use tenon_zstd::{
    CompressOptions, Compressor, Decoder, DecompressOptions, Decompressor, Dictionary, Encoder, Error,
};

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor>> = const { RefCell::new(None) };
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What is kept between calls for the next call's result.
const MAX_KEPT_BYTES: usize = 1 << 20;
/// A piece of a decompressed stream has no more bytes than about this.
const PIECE_BYTES: usize = 128 << 10;

/// A prepared dictionary.
#[napi(custom_finalize)]
pub struct ZstdDictionary(Owned<Dictionary>);

#[napi]
impl ZstdDictionary {
    /// With `both`, ready for both directions; else a direction is prepared by the first call that needs it.
    #[napi(constructor, catch_unwind, ts_args_type = "bytes: Uint8Array, level: number, both: boolean")]
    pub fn new(env: Env, bytes: Input, level: i32, both: bool) -> napi::Result<Self> {
        let dictionary = Dictionary::new(bytes.as_slice().to_vec(), level);
        if both {
            dictionary.prepare().map_err(|error| error::zstd(error, None))?;
        }
        let size = dictionary.size_bytes();
        let owned = Owned::new(dictionary, "the dictionary");
        owned.report(&env, size)?;
        Ok(Self(owned))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for ZstdDictionary {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

fn opened(dictionary: Option<&ZstdDictionary>) -> napi::Result<Option<Arc<Dictionary>>> {
    dictionary.map(|ZstdDictionary(owned)| owned.get()).transpose()
}

fn compress_options(level: i32, settings: u32) -> CompressOptions {
    CompressOptions {
        level,
        checksum: settings & 1 != 0,
        long_distance: settings & 2 != 0,
        window_log: settings >> 8,
    }
}

fn decompress_options(max_output_bytes: u32, max_window_log: u32) -> DecompressOptions {
    DecompressOptions { max_output_bytes: max_output_bytes.into(), max_window_log }
}

fn with_compressor<T>(run: impl FnOnce(&mut Compressor) -> Result<T, Error>) -> Result<T, Error> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new()?),
        };
        run(compressor)
    })
}

fn with_decompressor<T>(run: impl FnOnce(&mut Decompressor) -> Result<T, Error>) -> Result<T, Error> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        run(decompressor)
    })
}

/// Runs with an empty buffer that is kept from call to call unless it grows large.
fn with_scratch<T>(run: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.clear();
        let result = run(scratch);
        if scratch.capacity() > MAX_KEPT_BYTES {
            *scratch = Vec::new();
        }
        result
    })
}

/// One frame of the data.
#[napi(
    catch_unwind,
    ts_args_type = "data: string | Uint8Array, level: number, settings: number, dictionary?: ZstdDictionary | undefined",
    ts_return_type = "Uint8Array"
)]
pub fn zstd_compress(
    env: Env,
    data: Input,
    level: i32,
    settings: u32,
    dictionary: Option<&ZstdDictionary>,
) -> napi::Result<NewBytes> {
    let dictionary = opened(dictionary)?;
    let dictionary = dictionary.as_deref();
    let options = compress_options(level, settings);
    with_scratch(|frame| {
        with_compressor(|compressor| compressor.compress(data.as_slice(), &options, dictionary, None, frame))
            .map_err(|error| error::zstd(error, None))?;
        NewBytes::copy(&env, frame)
    })
}

/// One frame of the data, made on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "data: string | Uint8Array, level: number, settings: number, dictionary: ZstdDictionary | undefined, cancellation: Cancellation",
    ts_return_type = "Promise<Uint8Array>"
)]
pub fn zstd_compress_async(
    data: Input,
    level: i32,
    settings: u32,
    dictionary: Option<&ZstdDictionary>,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Uint8Array>>> {
    let dictionary = opened(dictionary)?;
    let (data, cancelled) = (data.as_slice().to_vec(), cancellation.flag());
    let options = compress_options(level, settings);
    Ok(AsyncTask::new(Work::new(move || {
        let mut frame = Vec::new();
        with_compressor(|compressor| {
            compressor.compress(&data, &options, dictionary.as_deref(), Some(&cancelled), &mut frame)
        })
        .map_err(|error| error::zstd(error, None))?;
        frame.shrink_to_fit();
        Ok(Uint8Array::new(frame))
    })))
}

/// The results of a batch, one after the other.
#[napi(object, object_from_js = false)]
pub struct ZstdBatch {
    /// All of them.
    #[napi(ts_type = "Uint8Array")]
    pub bytes: NewBytes,
    /// Where each ends.
    #[napi(ts_type = "Uint32Array")]
    pub ends: Numbers,
}

/// Runs over each record with its position; `run` appends to the buffer.
fn batch(
    env: &Env,
    records: &Array<'_>,
    mut run: impl FnMut(&[u8], &mut Vec<u8>) -> Result<(), Error>,
) -> napi::Result<ZstdBatch> {
    let mut ends = Vec::with_capacity(records.len() as usize);
    with_scratch(|results| {
        for index in 0..records.len() {
            let record = records.get::<Input>(index)?;
            let record = record.ok_or_else(|| error::internal("an array changed while it was read"))?;
            run(record.as_slice(), results).map_err(|error| error::zstd(error, Some(index)))?;
            ends.push(u32::try_from(results.len()).map_err(|_| error::batch_too_large())?);
        }
        Ok(ZstdBatch { bytes: NewBytes::copy(env, results)?, ends: Numbers(ends) })
    })
}

/// One frame for each record.
#[napi(
    catch_unwind,
    ts_args_type = "records: Array<string | Uint8Array>, level: number, settings: number, dictionary?: ZstdDictionary | undefined"
)]
pub fn zstd_compress_batch(
    env: Env,
    records: Array<'_>,
    level: i32,
    settings: u32,
    dictionary: Option<&ZstdDictionary>,
) -> napi::Result<ZstdBatch> {
    let dictionary = opened(dictionary)?;
    let dictionary = dictionary.as_deref();
    let options = compress_options(level, settings);
    batch(&env, &records, |record, frames| {
        with_compressor(|compressor| compressor.compress(record, &options, dictionary, None, frames))
    })
}

/// The content of the frames.
#[napi(
    catch_unwind,
    ts_args_type = "data: Uint8Array, maxOutputBytes: number, maxWindowLog: number, dictionary?: ZstdDictionary | undefined",
    ts_return_type = "Uint8Array"
)]
pub fn zstd_decompress(
    env: Env,
    data: Input,
    max_output_bytes: u32,
    max_window_log: u32,
    dictionary: Option<&ZstdDictionary>,
) -> napi::Result<NewBytes> {
    let dictionary = opened(dictionary)?;
    let dictionary = dictionary.as_deref();
    let options = decompress_options(max_output_bytes, max_window_log);
    let data = data.as_slice();
    let fail = |error| error::zstd(error, None);
    let frames = tenon_zstd::scan(data, &options, dictionary).map_err(fail)?;
    if let Some(size) = frames.exact_size(data) {
        let mut content = NewBytes::zeros(&env, size)?;
        with_decompressor(|decompressor| {
            decompressor.decompress_exact(data, &frames, dictionary, content.as_mut_slice())
        })
        .map_err(fail)?;
        return Ok(content);
    }
    with_scratch(|content| {
        with_decompressor(|decompressor| {
            decompressor.decompress(data, &frames, &options, dictionary, None, content)
        })
        .map_err(fail)?;
        NewBytes::copy(&env, content)
    })
}

/// The content of the frames, made on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "data: Uint8Array, maxOutputBytes: number, maxWindowLog: number, dictionary: ZstdDictionary | undefined, cancellation: Cancellation",
    ts_return_type = "Promise<Uint8Array>"
)]
pub fn zstd_decompress_async(
    data: Input,
    max_output_bytes: u32,
    max_window_log: u32,
    dictionary: Option<&ZstdDictionary>,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Uint8Array>>> {
    let dictionary = opened(dictionary)?;
    let (data, cancelled) = (data.as_slice().to_vec(), cancellation.flag());
    let options = decompress_options(max_output_bytes, max_window_log);
    Ok(AsyncTask::new(Work::new(move || {
        let mut content = Vec::new();
        with_decompressor(|decompressor| {
            let frames = tenon_zstd::scan(&data, &options, dictionary.as_deref())?;
            let dictionary = dictionary.as_deref();
            decompressor.decompress(&data, &frames, &options, dictionary, Some(&cancelled), &mut content)
        })
        .map_err(|error| error::zstd(error, None))?;
        content.shrink_to_fit();
        Ok(Uint8Array::new(content))
    })))
}

/// The content of each record's frames; the limit is that of all together.
#[napi(
    catch_unwind,
    ts_args_type = "records: Array<Uint8Array>, maxOutputBytes: number, maxWindowLog: number, dictionary?: ZstdDictionary | undefined"
)]
pub fn zstd_decompress_batch(
    env: Env,
    records: Array<'_>,
    max_output_bytes: u32,
    max_window_log: u32,
    dictionary: Option<&ZstdDictionary>,
) -> napi::Result<ZstdBatch> {
    let dictionary = opened(dictionary)?;
    let dictionary = dictionary.as_deref();
    let limit = u64::from(max_output_bytes);
    batch(&env, &records, |record, contents| {
        // Each may have what those before it have left.
        let options = DecompressOptions { max_output_bytes: limit - contents.len() as u64, max_window_log };
        with_decompressor(|decompressor| {
            let frames = tenon_zstd::scan(record, &options, dictionary)?;
            decompressor.decompress_into(record, &frames, &options, dictionary, contents)
        })
        .map_err(|error| match error {
            Error::Output { .. } => Error::Output { max_output_bytes: limit },
            other => other,
        })
    })
}

/// Samples one after the other, and their sizes.
fn joined(samples: &Array<'_>) -> napi::Result<(Vec<u8>, Vec<usize>)> {
    let (mut bytes, mut sizes) = (Vec::new(), Vec::with_capacity(samples.len() as usize));
    for index in 0..samples.len() {
        let sample = samples.get::<Input>(index)?;
        let sample = sample.ok_or_else(|| error::internal("an array changed while it was read"))?;
        bytes.extend_from_slice(sample.as_slice());
        sizes.push(sample.as_slice().len());
    }
    Ok((bytes, sizes))
}

/// A dictionary trained from samples.
#[napi(
    catch_unwind,
    ts_args_type = "samples: Array<string | Uint8Array>, maxBytes: number",
    ts_return_type = "Uint8Array"
)]
pub fn zstd_train_dictionary(env: Env, samples: Array<'_>, max_bytes: u32) -> napi::Result<NewBytes> {
    let (bytes, sizes) = joined(&samples)?;
    let trained = tenon_zstd::train(&bytes, &sizes, max_bytes as usize);
    NewBytes::copy(&env, &trained.map_err(|error| error::zstd(error, None))?)
}

/// A dictionary trained from samples on the thread pool. It cannot be stopped while it runs.
#[napi(
    catch_unwind,
    ts_args_type = "samples: Array<string | Uint8Array>, maxBytes: number, cancellation: Cancellation",
    ts_return_type = "Promise<Uint8Array>"
)]
pub fn zstd_train_dictionary_async(
    samples: Array<'_>,
    max_bytes: u32,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Uint8Array>>> {
    let (bytes, sizes) = joined(&samples)?;
    let cancelled = cancellation.flag();
    Ok(AsyncTask::new(Work::new(move || {
        let aborted = || cancelled.load(std::sync::atomic::Ordering::Relaxed);
        let trained = if aborted() {
            Err(Error::Aborted)
        } else {
            tenon_zstd::train(&bytes, &sizes, max_bytes as usize)
        };
        let trained = if aborted() { Err(Error::Aborted) } else { trained };
        trained.map(Uint8Array::new).map_err(|error| error::zstd(error, None))
    })))
}

/// Compresses a stream of pieces into one frame.
#[napi(custom_finalize)]
pub struct ZstdEncoder(Owned<Mutex<Encoder>>);

#[napi]
impl ZstdEncoder {
    /// `pledged` is the size of the stream; negative where nobody knows.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "level: number, settings: number, dictionary: Uint8Array | undefined, pledged: number"
    )]
    pub fn new(level: i32, settings: u32, dictionary: Option<Input>, pledged: f64) -> napi::Result<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number below 2^53"
        )]
        let pledged = (pledged >= 0.0).then_some(pledged as u64);
        let dictionary = dictionary.as_ref().map(Input::as_slice);
        let encoder = Encoder::new(&compress_options(level, settings), dictionary, pledged)
            .map_err(|error| error::zstd(error, None))?;
        Ok(Self(Owned::new(Mutex::new(encoder), "the stream")))
    }

    /// What the next piece adds to the frame; with `end`, up to its end.
    #[napi(
        catch_unwind,
        ts_args_type = "piece: Uint8Array, end: boolean",
        ts_return_type = "Promise<Uint8Array>"
    )]
    pub fn push(&self, env: Env, piece: Input, end: bool) -> napi::Result<AsyncTask<Work<Uint8Array>>> {
        let encoder = self.0.get()?;
        let piece = piece.as_slice().to_vec();
        let held = lock(&encoder).size_bytes();
        self.0.report(&env, held)?;
        Ok(AsyncTask::new(Work::new(move || {
            let pushed = lock(&encoder).push(&piece, end);
            pushed.map(Uint8Array::new).map_err(|error| error::zstd(error, None))
        })))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for ZstdEncoder {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

/// A piece of a decompressed stream.
#[napi(object, object_from_js = false)]
pub struct ZstdPiece {
    /// The content.
    pub bytes: Uint8Array,
    /// Whether there may be more before the next piece of input.
    pub more: bool,
}

/// Decompresses a stream of pieces.
#[napi(custom_finalize)]
pub struct ZstdDecoder(Owned<Mutex<Decoder>>);

#[napi]
impl ZstdDecoder {
    /// `max_output_bytes` is negative where there is no limit.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "maxOutputBytes: number, maxWindowLog: number, dictionary: Uint8Array | undefined"
    )]
    pub fn new(max_output_bytes: f64, max_window_log: u32, dictionary: Option<Input>) -> napi::Result<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number below 2^53"
        )]
        let max_output_bytes = if max_output_bytes < 0.0 { u64::MAX } else { max_output_bytes as u64 };
        let options = DecompressOptions { max_output_bytes, max_window_log };
        let decoder = Decoder::new(&options, dictionary.as_ref().map(Input::as_slice))
            .map_err(|error| error::zstd(error, None))?;
        Ok(Self(Owned::new(Mutex::new(decoder), "the stream")))
    }

    /// Takes the next piece of the stream, when all content of those before it has been pulled.
    #[napi(catch_unwind, ts_args_type = "piece: Uint8Array")]
    pub fn push(&self, env: Env, piece: Input) -> napi::Result<()> {
        let decoder = self.0.get()?;
        lock(&decoder).push(piece.as_slice());
        let held = lock(&decoder).size_bytes();
        self.0.report(&env, held)
    }

    /// The next content.
    #[napi(catch_unwind, ts_return_type = "Promise<ZstdPiece>")]
    pub fn pull(&self) -> napi::Result<AsyncTask<Work<ZstdPiece>>> {
        let decoder = self.0.get()?;
        Ok(AsyncTask::new(Work::new(move || {
            let pulled = lock(&decoder).pull(PIECE_BYTES);
            let (content, more) = pulled.map_err(|error| error::zstd(error, None))?;
            Ok(ZstdPiece { bytes: Uint8Array::new(content), more })
        })))
    }

    /// Throws where the stream may not end here.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> napi::Result<()> {
        let decoder = self.0.get()?;
        let finished = lock(&decoder).finish();
        finished.map_err(|error| error::zstd(error, None))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for ZstdDecoder {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

/// The state behind a lock. A panic leaves zstd's state whole, since it happens outside of zstd.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
