/// What can be wrong with the arguments or the bytes. A `frame` is where the frame begins, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that begin neither a zstd frame nor a skippable one, or no bytes at all.
    #[error("there is no zstd frame at byte {byte}")]
    NoFrame {
        /// Where a frame should begin.
        byte: u64,
    },
    /// The bytes end before the frame does.
    #[error("the frame at byte {frame} is cut off")]
    Truncated {
        /// Where the frame begins.
        frame: u64,
    },
    /// The frame contradicts itself or its checksum.
    #[error("the frame at byte {frame} is damaged")]
    Damaged {
        /// Where the frame begins.
        frame: u64,
    },
    /// The frame needs more memory for its window than the caller grants.
    #[error("the frame at byte {frame} needs a window of more than 2^{max_window_log} bytes")]
    Window {
        /// Where the frame begins.
        frame: u64,
        /// What the caller grants.
        max_window_log: u32,
    },
    /// The frame names a dictionary, and there is none.
    #[error("the frame at byte {frame} needs the dictionary with id {id}, and there is no dictionary")]
    NoDictionary {
        /// Where the frame begins.
        frame: u64,
        /// The dictionary's id.
        id: u32,
    },
    /// The frame names another dictionary.
    #[error("the frame at byte {frame} needs the dictionary with id {id}, and the dictionary has id {given}")]
    OtherDictionary {
        /// Where the frame begins.
        frame: u64,
        /// The id of the dictionary that is needed.
        id: u32,
        /// The id of the one that was given; 0 where it has none.
        given: u32,
    },
    /// The frames decompress to more than the caller takes.
    #[error("there are more than {max_output_bytes} bytes of content")]
    Output {
        /// What the caller takes.
        max_output_bytes: u64,
    },
    /// The dictionary begins as a trained one and its tables are wrong.
    #[error("the dictionary is damaged")]
    Dictionary,
    /// There is too little in the samples to train a dictionary from.
    #[error("the samples are too few or too small to train a dictionary of at most {max_bytes} bytes")]
    Samples {
        /// The largest dictionary allowed.
        max_bytes: usize,
    },
    /// A stream ended with another size than it had announced.
    #[error("the stream does not have the size that was pledged, {pledged} bytes")]
    Pledged {
        /// The announced size in bytes.
        pledged: u64,
    },
    /// The system gave no memory.
    #[error("there is not enough memory")]
    Memory,
    /// The caller raised the flag.
    #[error("the operation was aborted")]
    Aborted,
    /// What zstd reports though the arguments were checked.
    #[error("zstd reports: {0}")]
    Library(&'static str),
}

use zstd_safe::zstd_sys::ZSTD_ErrorCode as Kind;

impl Error {
    /// The error for a code of zstd that is none of the caller's doing.
    pub(crate) fn of_library(code: zstd_safe::ErrorCode) -> Self {
        if zstd_safe::is_error_kind(code, Kind::ZSTD_error_memory_allocation) {
            Self::Memory
        } else {
            Self::Library(zstd_safe::get_error_name(code))
        }
    }

    /// The error for a code that decompressing the frame at `frame` gave.
    pub(crate) fn of_frame(code: zstd_safe::ErrorCode, frame: u64) -> Self {
        if zstd_safe::is_error_kind(code, Kind::ZSTD_error_memory_allocation) {
            Self::Memory
        } else {
            Self::Damaged { frame }
        }
    }
}
