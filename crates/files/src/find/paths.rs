//! The paths to search, packed.

use super::fold::{BEYOND_ASCII, bit};
use super::wtf8;

/// Paths in one piece of memory, which many searches can share.
///
/// There are at most 2³² − 1 bytes of them, so many as any JavaScript string has room for.
#[derive(Clone, Debug, Default)]
pub struct PathSet {
    /// WTF-8, each path with a NUL behind it.
    packed: Vec<u8>,
    /// Where the NUL of each path is.
    ends: Vec<u32>,
    /// The bits of each path's characters; empty as long as they have not been asked for.
    masks: Vec<u64>,
}

impl PathSet {
    /// The paths in a text, with a NUL between them; an empty text is one empty path. `None` for more than 2³² − 2 bytes.
    #[must_use]
    pub fn new(packed: String) -> Option<PathSet> {
        PathSet::from_wtf8(packed.into_bytes())
    }

    /// As [`PathSet::new`], of a text in which surrogates may stand alone.
    #[must_use]
    pub fn from_utf16(packed: impl IntoIterator<Item = u16>) -> Option<PathSet> {
        PathSet::from_wtf8(wtf8::from_utf16(packed))
    }

    /// As [`PathSet::new`], of the bytes of names: one that is not UTF-8 counts as the character U+DC00 + the byte.
    #[must_use]
    pub fn from_names(packed: Vec<u8>) -> Option<PathSet> {
        PathSet::from_wtf8(wtf8::from_names(packed))
    }

    /// As [`PathSet::new`], of WTF-8: UTF-8 in which a lone surrogate may stand too, in the three bytes that it would
    /// have. Of other bytes the characters mean nothing.
    #[must_use]
    pub fn from_wtf8(mut packed: Vec<u8>) -> Option<PathSet> {
        u32::try_from(packed.len() + 1).ok()?;
        packed.push(0);
        let ends = memchr::memchr_iter(0, &packed).filter_map(|end| u32::try_from(end).ok()).collect();
        Some(PathSet { packed, ends, masks: Vec::new() })
    }

    /// Works out the bits that make many searches faster than one.
    #[must_use]
    pub fn prepared(mut self) -> PathSet {
        let mut bits = [0; 256];
        for (byte, slot) in (0_u32..).zip(&mut bits) {
            *slot = if byte < 0x80 { bit(byte) } else { BEYOND_ASCII };
        }
        self.masks = (0..self.len())
            .map(|index| {
                let path = self.path(index);
                let mask = path.iter().fold(0, |mask, &byte| mask | bits[usize::from(byte)]);
                if mask & BEYOND_ASCII == 0 {
                    return mask;
                }
                wtf8::decode(path).filter(|&it| it > 0x7F).fold(mask, |mask, it| mask | bit(it))
            })
            .collect();
        self.packed.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }

    /// The number of paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no path.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The memory that the paths take.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.packed.capacity() + 4 * self.ends.capacity() + 8 * self.masks.capacity()
    }

    /// A path as UTF-8, but that a lone surrogate has the three bytes that it would have (WTF-8).
    ///
    /// # Panics
    /// If there are not so many paths.
    #[must_use]
    pub fn path(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 };
        &self.packed[start..self.ends[index] as usize]
    }

    /// A path as UTF-16 code units.
    ///
    /// # Panics
    /// If there are not so many paths.
    #[must_use]
    pub fn units(&self, index: usize) -> Vec<u32> {
        wtf8::to_units(self.path(index))
    }

    /// The bits of a path's characters, if they have been worked out.
    pub(super) fn mask(&self, index: usize) -> Option<u64> {
        self.masks.get(index).copied()
    }
}
