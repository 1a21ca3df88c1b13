//! Searching: options in, and step by step what was found: numbers, and one text that they cut.

use crate::{
    bytes::{Numbers, Paths, Text, Utf8},
    error,
    files::list::GitEnvironment,
    work::{Cancellation, Work},
};
use napi::bindgen_prelude::{Array, AsyncTask};
use napi_derive::napi;
use std::{
    collections::BTreeMap,
    mem,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tenon_files::grep::{
    Batch, Case, Engine, Grep, GrepOptions, PatternOptions, Sample, SkipKind, StepLimits, Truncation,
};
use tenon_files::path_from_bytes;

/// Every option, with its default filled in; what is infinite is not there.
#[napi(object)]
pub struct FilesGrepOptions {
    /// The alternatives.
    pub patterns: Vec<String>,
    /// They are plain text.
    pub fixed: bool,
    /// `sensitive`, `insensitive` or `smart`.
    pub letter_case: String,
    /// A match begins and ends where a word may.
    pub word: bool,
    /// A match may reach over the end of a line.
    pub multiline: bool,
    /// `.` matches the end of a line too.
    pub dot_all: bool,
    /// A CR before a LF belongs to the end of the line.
    pub crlf: bool,
    /// The lines that do not match instead.
    pub invert: bool,
    /// Lines of context in front.
    pub before: u32,
    /// Lines of context behind.
    pub after: u32,
    /// Whether hidden names count.
    pub hidden: bool,
    /// Whether ignored files are searched.
    pub ignored: bool,
    /// The encoding of files without a byte order mark.
    pub encoding: Option<String>,
    /// Whether files with a NUL in them are searched.
    pub binary: bool,
    /// The most matches.
    pub max_results: Option<u32>,
    /// The most matches of a file.
    pub max_per_file: Option<u32>,
    /// The size of the largest file.
    pub max_file_bytes: u32,
    /// The longest line that is given whole.
    pub max_line_length: Option<u32>,
    /// The most text that is given.
    pub max_text_length: Option<u32>,
    /// How long to search.
    pub time_budget_ms: Option<f64>,
    /// What git reads from the process environment.
    pub environment: GitEnvironment,
}

/// What one step found.
#[napi(object, object_from_js = false)]
pub struct FilesGrepBatch {
    /// The paths of the files that match, joined by NUL.
    #[napi(ts_type = "string")]
    pub paths: Paths,
    /// The matches of each file.
    #[napi(ts_type = "Uint32Array")]
    pub counts: Numbers,
    /// What cuts the text: see `Found` in crates/files.
    #[napi(ts_type = "Uint32Array")]
    pub numbers: Numbers,
    /// The texts, one behind the other.
    #[napi(ts_type = "string")]
    pub text: Utf8,
    /// So far: the files searched, those that match, and the matches.
    pub totals: Vec<f64>,
    /// `maxResults`, `timeBudget`, `resultSize`, or nothing.
    pub truncated: Option<String>,
    /// How many were skipped, in the order of `SkipKind`; at the end.
    pub skipped: Vec<f64>,
    /// Path, kind, detail, and of a rule its file, line and pattern in turn, joined by NUL.
    #[napi(ts_type = "string")]
    pub samples: Paths,
    /// Of what was left out, the ignored files that match, the hidden ones, and 1 where all were looked at; or nothing.
    pub matching: Vec<f64>,
    /// `regex` or `fancy-regex`.
    pub engine: String,
    /// Whether this was the last step.
    pub done: bool,
}

/// A search that goes on step by step.
#[napi]
pub struct FilesGrep(Arc<Search>);

struct Search {
    state: Mutex<State>,
    /// A step that runs does not put the search back.
    closed: AtomicBool,
}

enum State {
    /// Not begun.
    Ready(Box<(PathBuf, GrepOptions)>),
    Open(Box<Grep>),
    Closed,
}

#[napi]
impl FilesGrep {
    /// `globs` and `kinds`: patterns of which a path must match
    /// one each. `names` and `texts`: the buffers that stand for files. Lists are packed by NUL, but for the texts.
    #[napi(
        constructor,
        catch_unwind,
        ts_args_type = "root: string | Uint8Array, options: FilesGrepOptions, places: string | Uint8Array, globs: string | Uint8Array, kinds: string | Uint8Array, names: string | Uint8Array, texts: Array<string | Uint8Array>"
    )]
    pub fn new(
        root: Text,
        options: FilesGrepOptions,
        places: Text,
        globs: Text,
        kinds: Text,
        names: Text,
        texts: Array<'_>,
    ) -> napi::Result<Self> {
        let places = places.bytes().split(|&byte| byte == 0).map(<[u8]>::to_vec).collect();
        let texts = all_bytes(&texts)?.into_iter().map(Arc::from);
        let names = names.bytes().split(|&byte| byte == 0).map(<[u8]>::to_vec);
        let mut options = options_of(options, places, names.zip(texts).collect());
        options.globs = list_of(&globs);
        options.kinds = list_of(&kinds);
        let state = State::Ready(Box::new((path_from_bytes(root.bytes()), options)));
        Ok(Self(Arc::new(Search { state: Mutex::new(state), closed: AtomicBool::new(false) })))
    }

    /// Searches on: until about so many matches are found, or so long; without these, to the end.
    #[napi(catch_unwind, ts_return_type = "Promise<FilesGrepBatch>")]
    pub fn next(
        &self,
        matches: Option<u32>,
        time_ms: Option<f64>,
        cancellation: &Cancellation,
    ) -> AsyncTask<Work<FilesGrepBatch>> {
        let search = Arc::clone(&self.0);
        let cancelled = cancellation.flag();
        let limits = StepLimits { matches: most(matches), time: time_ms.map(milliseconds) };
        AsyncTask::new(Work::new(move || {
            let mut state = lock(&search.state);
            let mut grep = match mem::replace(&mut *state, State::Closed) {
                State::Ready(ready) => {
                    let (root, options) = *ready;
                    Box::new(Grep::open(root, options, &cancelled).map_err(error::files)?)
                }
                State::Open(grep) => grep,
                State::Closed => return Err(error::closed("the search")),
            };
            let batch = grep.step(limits, &cancelled).map_err(error::files)?;
            let packed = pack(batch, grep.engine());
            *state = State::Open(grep);
            drop(state);
            // Looked at without the lock: until then a call of `close` could not take it.
            if search.closed.load(Ordering::SeqCst) {
                *lock(&search.state) = State::Closed;
            }
            packed
        }))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        // A step that runs has the state, and gives it up at its end.
        if let Ok(mut state) = self.0.state.try_lock() {
            *state = State::Closed;
        }
    }
}

fn options_of(
    options: FilesGrepOptions,
    places: Vec<Vec<u8>>,
    overlay: BTreeMap<Vec<u8>, Arc<[u8]>>,
) -> GrepOptions {
    GrepOptions {
        pattern: PatternOptions {
            patterns: options.patterns,
            fixed: options.fixed,
            case: match options.letter_case.as_str() {
                "insensitive" => Case::Insensitive,
                "smart" => Case::Smart,
                _ => Case::Sensitive,
            },
            word: options.word,
            multiline: options.multiline,
            dot_all: options.dot_all,
            crlf: options.crlf,
        },
        invert: options.invert,
        before: options.before as usize,
        after: options.after as usize,
        places,
        globs: Vec::new(),
        kinds: Vec::new(),
        hidden: options.hidden,
        ignored: options.ignored,
        environment: options.environment.into(),
        encoding: options.encoding,
        binary: options.binary,
        max_results: most(options.max_results),
        max_per_file: most(options.max_per_file),
        max_file_bytes: options.max_file_bytes as usize,
        max_line_units: most(options.max_line_length),
        max_units: most(options.max_text_length),
        time_budget: options.time_budget_ms.map(milliseconds),
        overlay,
        threads: 0,
    }
}

fn pack(batch: Batch, engine: Engine) -> napi::Result<FilesGrepBatch> {
    let Batch { files, summary, done } = batch;
    let (mut paths, mut counts) = (Vec::new(), Vec::new());
    let (mut numbers, mut text) = (Vec::new(), String::new());
    for file in files {
        if !counts.is_empty() {
            paths.push(0);
        }
        paths.extend_from_slice(&file.path);
        counts.push(u32::try_from(file.found.matches).map_err(|_| error::internal("too many matches"))?);
        numbers.extend_from_slice(&file.found.numbers);
        text.push_str(&file.found.text);
    }
    let mut samples = Vec::new();
    for Sample { path, kind, detail, rule } in &summary.skipped.samples {
        samples.push(path.clone());
        samples.push(kind_name(*kind).as_bytes().to_vec());
        samples.push(detail.clone().into_bytes());
        let rule = rule.as_ref();
        samples.push(rule.map_or(Vec::new(), |rule| rule.file.clone()));
        samples.push(rule.map_or(Vec::new(), |rule| rule.line.to_string().into_bytes()));
        samples.push(rule.map_or(Vec::new(), |rule| rule.pattern.clone()));
    }
    let matching = summary.skipped.matching.map_or(Vec::new(), |matching| {
        vec![matching.ignored as f64, matching.hidden as f64, f64::from(u8::from(matching.complete))]
    });
    Ok(FilesGrepBatch {
        paths: Paths(paths),
        counts: Numbers(counts),
        numbers: Numbers(numbers),
        text: Utf8(text),
        totals: [summary.files_searched, summary.files_matched, summary.matches, summary.files_limited]
            .map(|total| total as f64)
            .to_vec(),
        truncated: summary.truncation.map(|truncation| {
            match truncation {
                Truncation::MaxResults => "maxResults",
                Truncation::TimeBudget => "timeBudget",
                Truncation::ResultSize => "resultSize",
            }
            .to_owned()
        }),
        samples: Paths(samples.join(&0)),
        skipped: summary.skipped.counts.map(|count| count as f64).to_vec(),
        matching,
        engine: match engine {
            Engine::Regex => "regex",
            Engine::FancyRegex => "fancy-regex",
        }
        .to_owned(),
        done,
    })
}

/// The names that JavaScript has for them.
fn kind_name(kind: SkipKind) -> &'static str {
    match kind {
        SkipKind::Ignored => "ignored",
        SkipKind::Hidden => "hidden",
        SkipKind::Binary => "binary",
        SkipKind::TooLarge => "tooLarge",
        SkipKind::Unreadable => "unreadable",
        SkipKind::NotUtf8 => "notUtf8",
        SkipKind::OutsideBudget => "outsideBudget",
        SkipKind::Special => "special",
        SkipKind::Symlink => "symlinks",
        SkipKind::NestedRepository => "nestedRepositories",
    }
}

/// The texts of a list packed by NUL, none of which is empty.
fn list_of(packed: &Text) -> Vec<Vec<u8>> {
    packed.bytes().split(|&byte| byte == 0).filter(|text| !text.is_empty()).map(<[u8]>::to_vec).collect()
}

fn all_bytes(values: &Array<'_>) -> napi::Result<Vec<Vec<u8>>> {
    let mut all = Vec::with_capacity(values.len() as usize);
    for index in 0..values.len() {
        let value = values.get::<Text>(index)?;
        let value = value.ok_or_else(|| error::internal("an array changed while it was read"))?;
        all.push(value.bytes().to_vec());
    }
    Ok(all)
}

fn most(limit: Option<u32>) -> usize {
    limit.map_or(usize::MAX, |limit| limit as usize)
}

fn milliseconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time / 1000.0).unwrap_or(Duration::MAX)
}

/// The state behind a lock. A panic leaves it closed.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
