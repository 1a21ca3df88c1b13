//! Searching the files of a tree, as ripgrep does it, in the order of their paths.
//!
//! Lines end with LF; the CR of a CRLF belongs to the end too. A pattern is one of the `regex` crate, and one with
//! look-around or back-references one of `fancy-regex`. Nothing is left out in silence: [`Summary::skipped`] counts it.

mod found;
mod left_out;
mod pattern;
mod probe;
mod read;
mod run;
mod search;
mod skipped;
mod source;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tenon_ignore::Environment;

use crate::error::Error;
use crate::glob::{Globs, PatternOptions as GlobOptions};
use crate::path::without_slash;
use crate::walk::{Kind, Select, WalkOptions};
use left_out::SecondPass;
use pattern::Pattern;
use run::{Plan, Run};
use search::Shape;
use source::Source;
use text::Checks;

pub use found::Found;
pub use pattern::{Case, Engine, PatternOptions};
pub use probe::find_from_each;
pub use run::StepLimits;
pub use skipped::{IgnoredBy, Kind as SkipKind, Matching, Sample, Skipped};

/// What is searched, for what, and what is given of it.
#[derive(Clone, Debug)]
pub struct GrepOptions {
    /// What to look for.
    pub pattern: PatternOptions,
    /// The lines that do not match instead.
    pub invert: bool,
    /// Lines of context in front of a match.
    pub before: usize,
    /// Lines of context behind a match.
    pub after: usize,
    /// Which folders and files, by their paths from the root; with none, the root. An empty path is the root too.
    pub places: Vec<Vec<u8>>,
    /// Glob patterns of the paths that count, as those of [`Globs`]; with none, all do.
    pub globs: Vec<Vec<u8>>,
    /// Glob patterns of which a path must match one too; with none, it need not.
    pub kinds: Vec<Vec<u8>>,
    /// Whether hidden names count.
    pub hidden: bool,
    /// Whether what git ignores is searched too.
    pub ignored: bool,
    /// Where git's configuration is.
    pub environment: Environment,
    /// The encoding of files without a byte order mark, by a label of the Encoding Standard; UTF-8 by default.
    pub encoding: Option<String>,
    /// Whether files with a NUL in them are searched too.
    pub binary: bool,
    /// The most matches.
    pub max_results: usize,
    /// The most matches of one file.
    pub max_per_file: usize,
    /// The size of the largest file that is searched.
    pub max_file_bytes: usize,
    /// The longest line, in UTF-16 code units, that is given whole.
    pub max_line_units: usize,
    /// The most text, in UTF-16 code units, that is given.
    pub max_units: usize,
    /// How long to search.
    pub time_budget: Option<Duration>,
    /// Texts that stand for files, by path.
    pub overlay: BTreeMap<Vec<u8>, Arc<[u8]>>,
    /// The most threads; 0, the default, chooses.
    pub threads: usize,
}

impl Default for GrepOptions {
    fn default() -> GrepOptions {
        GrepOptions {
            pattern: PatternOptions { crlf: true, ..PatternOptions::default() },
            invert: false,
            before: 0,
            after: 0,
            places: Vec::new(),
            globs: Vec::new(),
            kinds: Vec::new(),
            hidden: true,
            ignored: false,
            environment: Environment::default(),
            encoding: None,
            binary: false,
            max_results: usize::MAX,
            max_per_file: usize::MAX,
            max_file_bytes: 16 << 20,
            max_line_units: usize::MAX,
            max_units: usize::MAX,
            time_budget: None,
            overlay: BTreeMap::new(),
            threads: 0,
        }
    }
}

/// The matches of a file, or some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMatches {
    /// The path, `/` between its components.
    pub path: Vec<u8>,
    /// The matches.
    pub found: Found,
}

/// What one step of a search gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The files that match, in the order of their paths.
    pub files: Vec<FileMatches>,
    /// All so far; `skipped` is filled in at the end.
    pub summary: Summary,
    /// Whether this was the last step.
    pub done: bool,
}

/// Why a search ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncation {
    /// There are more matches than `max_results`.
    MaxResults,
    /// The time was up.
    TimeBudget,
    /// The text of the matches was too much.
    ResultSize,
}

/// What was searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The files that were searched, up to the one in which the search ended.
    pub files_searched: u64,
    /// The files of the matches given.
    pub files_matched: u64,
    /// The files that have more matches than `max_per_file`.
    pub files_limited: u64,
    /// The matches given.
    pub matches: u64,
    /// Why the search ended early, if it did.
    pub truncation: Option<Truncation>,
    /// What was not searched.
    pub skipped: Skipped,
}

/// A search that goes on step by step. Between two steps no thread of it runs.
pub struct Grep {
    run: Run,
    engine: Engine,
    root: PathBuf,
    environment: Environment,
}

impl Grep {
    /// Makes a search ready; reads the folders that were asked for.
    ///
    /// # Errors
    /// [`Error::Pattern`], [`Error::PatternSize`], [`Error::LineEnd`], [`Error::Encoding`], [`Error::Glob`];
    /// [`Error::Io`] for a place that is not there.
    pub fn open(root: impl AsRef<Path>, options: GrepOptions, cancelled: &AtomicBool) -> Result<Grep, Error> {
        let root = root.as_ref();
        let pattern = Pattern::compile(&options.pattern)?;
        let encoding = match &options.encoding {
            None => None,
            Some(label) => Some(text::encoding_named(label).ok_or_else(|| Error::Encoding(label.clone()))?),
        };
        let walk = WalkOptions {
            hidden: options.hidden,
            ignore: !options.ignored,
            environment: options.environment.clone(),
            ..WalkOptions::default()
        };
        let select: Arc<dyn Select + Send + Sync> =
            Arc::new(Chosen { globs: globs(&options.globs)?, kinds: globs(&options.kinds)? });
        let mut places = options.places;
        if places.is_empty() {
            places.push(Vec::new());
        }
        let source = Source::open(root, &places, &options.overlay, &walk, &select, cancelled)?;
        let second = SecondPass::new(root.to_owned(), places, options.overlay, &walk, select);
        let plan = Plan {
            pattern,
            shape: Shape {
                invert: options.invert,
                before: options.before,
                after: options.after,
                max_per_file: options.max_per_file,
                max_line_units: options.max_line_units,
            },
            encoding,
            checks: if options.binary { Checks::Utf8 } else { Checks::All },
            max_file_bytes: options.max_file_bytes,
            max_results: options.max_results,
            max_units: options.max_units,
            time_budget: options.time_budget,
            threads: options.threads,
        };
        let engine = plan.engine();
        let run = Run::new(plan, source, second);
        Ok(Grep { run, engine, root: root.to_owned(), environment: options.environment })
    }

    /// Which engine finds the matches.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Searches on, until the limits of the step or the end.
    ///
    /// # Errors
    /// [`Error::Aborted`] soon after `cancelled` is set: the search is over then.
    pub fn step(&mut self, limits: StepLimits, cancelled: &AtomicBool) -> Result<Batch, Error> {
        let mut batch = self.run.step(limits, cancelled)?;
        if batch.done {
            batch.summary.skipped.explain(&self.root, &self.environment);
        }
        Ok(batch)
    }
}

/// The globs of a list that is not empty.
fn globs(patterns: &[Vec<u8>]) -> Result<Option<Globs>, Error> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let options = GlobOptions { dot: true, ..GlobOptions::default() };
    Ok(Some(Globs::new(patterns, &[] as &[&[u8]], options)?))
}

/// Wants the files that the globs take; links are told of.
struct Chosen {
    globs: Option<Globs>,
    kinds: Option<Globs>,
}

impl Select for Chosen {
    fn enters(&self, path: &[u8]) -> bool {
        self.globs.as_ref().is_none_or(|globs| globs.enters(without_slash(path)))
    }

    fn takes(&self, path: &[u8], kind: Kind) -> bool {
        let taken = |globs: &Option<Globs>| globs.as_ref().is_none_or(|globs| globs.takes(path, false));
        kind != Kind::Directory && taken(&self.globs) && taken(&self.kinds)
    }
}
