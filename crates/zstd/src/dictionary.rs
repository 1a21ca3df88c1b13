use crate::Error;
use std::sync::OnceLock;
use zstd_safe::{CDict, DDict};

/// A dictionary ready for use, by any thread. Each direction is prepared when it is first asked for.
pub struct Dictionary {
    bytes: Vec<u8>,
    level: i32,
    id: u32,
    for_compression: OnceLock<Option<CDict<'static>>>,
    for_decompression: OnceLock<Option<DDict<'static>>>,
}

impl Dictionary {
    /// The dictionary in `bytes`: one that was trained, or any bytes that the data have much in common with. It
    /// compresses at `level`.
    pub fn new(bytes: Vec<u8>, level: i32) -> Self {
        let id = zstd_safe::get_dict_id(&bytes).map_or(0, |id| id.get());
        Self { bytes, level, id, for_compression: OnceLock::new(), for_decompression: OnceLock::new() }
    }

    /// Prepares both directions.
    ///
    /// # Errors
    /// [`Error::Dictionary`] where the tables of a trained dictionary are wrong.
    pub fn prepare(&self) -> Result<(), Error> {
        self.compression().and(self.decompression()).map(|_| ())
    }

    /// The id that frames name it by; 0 where it has none.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The level at which it compresses.
    pub fn level(&self) -> i32 {
        self.level
    }

    /// The bytes it was made from.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How much memory it holds.
    pub fn size_bytes(&self) -> usize {
        let compression = self.for_compression.get().and_then(Option::as_ref).map_or(0, CDict::sizeof);
        let decompression = self.for_decompression.get().and_then(Option::as_ref).map_or(0, DDict::sizeof);
        self.bytes.len() + compression + decompression
    }

    // zstd says only that it could not; short of memory, the host is about to hear of it anyway.
    pub(crate) fn compression(&self) -> Result<&CDict<'static>, Error> {
        let made = self.for_compression.get_or_init(|| CDict::try_create(&self.bytes, self.level));
        made.as_ref().ok_or(Error::Dictionary)
    }

    pub(crate) fn decompression(&self) -> Result<&DDict<'static>, Error> {
        let made = self.for_decompression.get_or_init(|| DDict::try_create(&self.bytes));
        made.as_ref().ok_or(Error::Dictionary)
    }
}

/// A dictionary of at most `max_bytes` trained from samples, which lie one after the other in `samples`.
///
/// # Errors
/// [`Error::Samples`] where there is too little to learn from.
pub fn train(samples: &[u8], sizes: &[usize], max_bytes: usize) -> Result<Vec<u8>, Error> {
    if u32::try_from(sizes.len()).is_err() {
        return Err(Error::Samples { max_bytes });
    }
    let mut dictionary = Vec::with_capacity(max_bytes);
    zstd_safe::train_from_buffer(&mut dictionary, samples, sizes).map_err(|code| match Error::of_library(
        code,
    ) {
        Error::Memory => Error::Memory,
        _ => Error::Samples { max_bytes },
    })?;
    dictionary.truncate(max_bytes);
    dictionary.shrink_to_fit();
    Ok(dictionary)
}
