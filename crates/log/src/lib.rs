//! An event log on disk that a crash does not tear, and that says what was lost when something was.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use tenon_log::{Durability, Group, Log, NewEvent, Options, Outcome, Range};
//!
//! let directory = tempfile::tempdir()?;
//! let log = Log::open(directory.path(), &Options::default())?;
//! let mut group = Group::new();
//! assert!(group.push(&NewEvent { stream: "chat", data: b"hello", ..NewEvent::default() }, false));
//! let outcomes = log.commit(&group.bytes, &group.heads, Durability::Disk)?;
//! assert_eq!(outcomes, [Outcome::Appended { seq: 0, stream_seq: 0 }]);
//!
//! let never = AtomicBool::new(false);
//! let packet = log.cursor(Range::default()).next(100, 1 << 20, &never)?.expect("an event");
//! assert_eq!(packet.bytes, b"hello");
//! assert_eq!(packet.name(packet.events[0].stream), b"chat");
//! log.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The files are described in `docs/log-format.md`. A directory has one writer at a time and any number of readers, in
//! this process and in others. A commit costs a write, and with [`Durability::Disk`] a sync; commits of several threads
//! come one after the other, so that whoever has many events at once had better make one [`Group`] of them. Readers do
//! not wait for writers: what is being synced is not shown yet. A log that is opened reads its last segment whole.
//!
//! It is not for data that is looked up by key, nor for more than one writer at a time.

pub mod checkpoint;
mod copy;
mod cursor;
pub mod disk;
mod error;
mod event;
mod fork;
pub mod layout;
mod lock;
mod log;
mod prune;
pub mod record;
mod salvage;
pub mod scan;
mod upkeep;
mod verify;

pub use checkpoint::{CheckpointInfo, CheckpointOptions, StateKind};
pub use cursor::{Cursor, Event, Packet, Range};
pub use disk::{Disk, RealDisk};
pub use error::Error;
pub use event::{Durability, Group, Head, NewEvent, Outcome};
pub use lock::Owner;
pub use log::{Compression, Info, Log, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES, Options, Recovery};
pub use prune::{PruneOptions, PruneReport};
pub use record::Kind;
pub use salvage::{Lost, SalvageReport};
pub use upkeep::{Stats, salvage, salvage_on};
pub use verify::{Problem, VerifyReport};
