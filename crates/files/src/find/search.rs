//! The search itself: which paths match, and the best of them.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::atomic::{self, AtomicBool, AtomicUsize};
use std::thread;

use memchr::{memchr2, memrchr2};

use super::align::Aligner;
use super::fold::{BEYOND_ASCII, fold};
use super::paths::PathSet;
use super::query::{Kind, Query, Term};
use super::score::{Characters, LAST_NAME, score};
use super::wtf8;
use crate::Error;

/// The most characters of a path that are looked at: the last ones.
pub const MAX_PATH_CHARACTERS: usize = 4096;

/// What one thread takes at a time.
const PATHS_A_BLOCK: usize = 2048;
/// With fewer paths for each, another thread costs more than it saves: starting one takes some 50 µs.
const MIN_PATHS_A_THREAD: usize = 8192;
const MAX_THREADS: usize = 8;
/// How much is done between two looks at the flag, about a millisecond: a path counts as one, and so do
/// so many cells of an alignment or comparisons of characters.
const PATHS_A_LOOK: usize = 1024;
const STEPS_A_PATH: usize = 64;

/// How to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindOptions {
    /// The most paths to return.
    pub limit: usize,
    /// The most threads to use; 0, the default, chooses.
    pub threads: usize,
}

impl Default for FindOptions {
    fn default() -> FindOptions {
        FindOptions { limit: 50, threads: 0 }
    }
}

/// A path that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which of the paths it is.
    pub index: usize,
    /// The sum of the terms' scores.
    pub score: i32,
    /// Where the characters of the terms are, ascending, in UTF-16 code units; of a character of two, the first.
    pub positions: Vec<u32>,
}

/// The paths that match best, the best first. The result does not depend on the number of threads.
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use tenon_files::find::{Case, FindOptions, PathSet, Query, find};
///
/// let paths = PathSet::new("crates/files/src/lib.rs\0crates/files/Cargo.toml\0index.d.ts".to_owned()).expect("few");
/// let query = Query::new("flib", Case::Smart, 0)?;
/// let found = find(&query, &paths, &FindOptions::default(), &AtomicBool::new(false))?;
/// assert_eq!((found[0].index, found[0].score), (0, 96));
/// assert_eq!(found[0].positions, [7, 17, 18, 19]);
/// # Ok::<(), tenon_files::Error>(())
/// ```
///
/// # Errors
/// [`Error::Aborted`] soon after `cancelled` is set.
pub fn find(
    query: &Query,
    paths: &PathSet,
    options: &FindOptions,
    cancelled: &AtomicBool,
) -> Result<Vec<Found>, Error> {
    let most = if options.threads > 0 {
        options.threads
    } else {
        let available = thread::available_parallelism().map_or(1, usize::from);
        available.min(MAX_THREADS).min(paths.len() / MIN_PATHS_A_THREAD)
    };
    let next = AtomicUsize::new(0);
    let search = || {
        let mut search = Search::new(query, paths, options.limit, cancelled);
        search.run(&next).map(|()| search.best.into_vec())
    };
    let mut best = thread::scope(|scope| {
        // Where the system gives no more threads, those that there are do it all.
        let others: Vec<_> =
            (1..most).map_while(|_| thread::Builder::new().spawn_scoped(scope, search).ok()).collect();
        let mut best = search()?;
        for other in others {
            best.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok::<_, Error>(best)
    })?;
    best.sort_unstable();
    best.truncate(options.limit);

    let mut matcher = Matcher::default();
    let mut found = Vec::with_capacity(best.len());
    for Candidate { index, score, .. } in best {
        matcher.look(cancelled)?;
        found.push(Found { index, score, positions: matcher.positions(query, paths.path(index)) });
    }
    Ok(found)
}

/// A path that matches, in the order of the results: the best is the least.
struct Candidate<'a> {
    score: i32,
    units: usize,
    path: &'a [u8],
    index: usize,
}

impl Candidate<'_> {
    fn key(&self) -> (Reverse<i32>, usize, &[u8], usize) {
        (Reverse(self.score), self.units, self.path, self.index)
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

/// What one thread does.
struct Search<'a> {
    query: &'a Query,
    paths: &'a PathSet,
    limit: usize,
    cancelled: &'a AtomicBool,
    matcher: Matcher,
    /// The best so far, the worst of them on top.
    best: BinaryHeap<Candidate<'a>>,
}

impl<'a> Search<'a> {
    fn new(query: &'a Query, paths: &'a PathSet, limit: usize, cancelled: &'a AtomicBool) -> Search<'a> {
        Search { query, paths, limit, cancelled, matcher: Matcher::default(), best: BinaryHeap::new() }
    }

    /// Takes blocks of paths until there are no more.
    fn run(&mut self, next: &AtomicUsize) -> Result<(), Error> {
        loop {
            let start = next.fetch_add(PATHS_A_BLOCK, atomic::Ordering::Relaxed);
            if start >= self.paths.len() {
                return Ok(());
            }
            for index in start..self.paths.len().min(start + PATHS_A_BLOCK) {
                self.matcher.look(self.cancelled)?;
                self.consider(index);
            }
        }
    }

    fn consider(&mut self, index: usize) {
        let mask = self.paths.mask(index);
        if mask.is_some_and(|mask| !may_match(self.query, mask)) {
            return;
        }
        let path = self.paths.path(index);
        let is_ascii = mask.map_or_else(|| path.is_ascii(), |mask| mask & BEYOND_ASCII == 0);
        let worst = if self.best.len() < self.limit { None } else { self.best.peek() };
        let least = worst.map_or(i32::MIN, |worst| worst.score);
        let Some(score) = self.matcher.score(self.query, path, is_ascii, least) else { return };
        if self.limit == 0 || score < least {
            return;
        }
        let units = if is_ascii { path.len() } else { wtf8::count_units(path) };
        let candidate = Candidate { score, units, path, index };
        match worst {
            None => self.best.push(candidate),
            Some(worst) if candidate < *worst => {
                self.best.pop();
                self.best.push(candidate);
            }
            Some(_) => {}
        }
    }
}

/// Whether a path with these bits can match.
fn may_match(query: &Query, mask: u64) -> bool {
    query.mask & !mask == 0
        && query
            .terms
            .iter()
            .all(|term| term.typos == 0 || (term.mask & !mask).count_ones() as usize <= term.typos)
}

/// What is known of a fuzzy term before it is aligned: where its alignments lie, and the most that they score.
struct Chance {
    window: Range<usize>,
    most: i32,
}

/// Matches one path after the other, in memory that it keeps.
#[derive(Default)]
struct Matcher {
    aligner: Aligner,
    characters: Vec<u32>,
    chances: Vec<Chance>,
    /// What was done since the flag was looked at.
    done: usize,
}

impl Matcher {
    fn look(&mut self, cancelled: &AtomicBool) -> Result<(), Error> {
        self.done += 1 + self.aligner.cells / STEPS_A_PATH;
        self.aligner.cells = 0;
        if self.done >= PATHS_A_LOOK {
            self.done = 0;
            if cancelled.load(atomic::Ordering::Relaxed) {
                return Err(Error::Aborted);
            }
        }
        Ok(())
    }

    /// The score of a path; `None` if it does not match, and perhaps if the score is less than `least`.
    fn score(&mut self, query: &Query, path: &[u8], is_ascii: bool, least: i32) -> Option<i32> {
        if is_ascii {
            let start = path.len().saturating_sub(MAX_PATH_CHARACTERS);
            return self.score_of(query, &path[start..], least, &mut None);
        }
        let mut characters = std::mem::take(&mut self.characters);
        characters.clear();
        characters.extend(wtf8::decode(path));
        let start = characters.len().saturating_sub(MAX_PATH_CHARACTERS);
        let score = self.score_of(query, &characters[start..], least, &mut None);
        self.characters = characters;
        score
    }

    /// The positions of a path that matches, in UTF-16 code units.
    fn positions(&mut self, query: &Query, path: &[u8]) -> Vec<u32> {
        let characters: Vec<u32> = wtf8::decode(path).collect();
        let start = characters.len().saturating_sub(MAX_PATH_CHARACTERS);
        let mut positions = Some(Vec::new());
        self.score_of(query, &characters[start..], i32::MIN, &mut positions);
        let mut positions = positions.unwrap_or_default();
        positions.sort_unstable();
        positions.dedup();
        let mut characters = characters.iter().map(|&character| wtf8::units(character)).enumerate();
        let mut units = 0;
        for position in &mut positions {
            for (at, width) in characters.by_ref() {
                units += width;
                if at == start + *position as usize {
                    *position = units - width;
                    break;
                }
            }
        }
        positions
    }

    /// The score, and if they are asked for the positions, in no order; perhaps `None` if it is less than `least`.
    fn score_of<T: Text>(
        &mut self,
        query: &Query,
        text: T,
        least: i32,
        positions: &mut Option<Vec<u32>>,
    ) -> Option<i32> {
        let last_name = text.last_name();
        let mut sum = 0;
        self.done += text.len() * query.terms.len() / STEPS_A_PATH;
        // Aligning costs the most, so everything that can exclude the path comes before.
        for term in query.terms.iter().filter(|term| term.kind != Kind::Fuzzy) {
            self.done += text.len() * term.characters.len() / STEPS_A_PATH;
            match (place(term, text, last_name), term.negated) {
                (None, true) => {}
                (Some((score, start)), false) => {
                    sum += score;
                    if let Some(positions) = positions {
                        let places = start..start + term.characters.len();
                        positions.extend(places.filter_map(|it| u32::try_from(it).ok()));
                    }
                }
                _ => return None,
            }
        }
        let fuzzy = || query.terms.iter().filter(|term| term.kind == Kind::Fuzzy);
        self.chances.clear();
        for term in fuzzy() {
            self.chances.push(Chance { window: text.window(term)?, most: term.most });
        }
        let mut possible = sum + self.chances.iter().map(|chance| chance.most).sum::<i32>();
        for (term, chance) in fuzzy().zip(&mut self.chances) {
            if possible >= least && !text.may_hold(term, last_name) {
                chance.most -= LAST_NAME;
                possible -= LAST_NAME;
            }
        }
        for (term, Chance { window, most }) in fuzzy().zip(&self.chances) {
            if possible < least {
                return None;
            }
            let score = self.aligner.align(term, text, last_name, window.clone())?;
            possible -= most - score;
            sum += score;
            if let Some(positions) = positions {
                self.aligner.trace(term, positions);
            }
        }
        Some(sum)
    }
}

/// The score of the best place of a term that is not fuzzy, and the place.
fn place<T: Text>(term: &Term, text: T, last_name: usize) -> Option<(i32, usize)> {
    let length = term.characters.len();
    let last = text.len().checked_sub(length)?;
    let starts = match term.kind {
        Kind::Start => 0..1,
        Kind::End => last..last + 1,
        Kind::Whole if last > 0 => return None,
        Kind::Fuzzy | Kind::Within | Kind::Whole => 0..last + 1,
    };
    let mut best = None;
    let mut from = starts.start;
    while let Some(start) = text.next_place(term, from..starts.end) {
        let score = if term.negated { 0 } else { score(text, last_name, start..start + length) };
        best = best.max(Some((score, start)));
        if term.negated {
            break;
        }
        from = start + 1;
    }
    best
}

/// Characters in which terms are looked for.
trait Text: Characters {
    /// Where all alignments of a fuzzy term lie; `None` where there is certainly none.
    fn window(self, term: &Term) -> Option<Range<usize>>;

    /// Whether a fuzzy term may be aligned within what begins there.
    fn may_hold(self, term: &Term, start: usize) -> bool;

    /// The first of these places at which the term stands.
    fn next_place(self, term: &Term, starts: Range<usize>) -> Option<usize> {
        let same = |(position, &wanted): (usize, &u32)| {
            let character = self.at(position);
            wanted == if term.any_case { fold(character) } else { character }
        };
        starts.into_iter().find(|&start| (start..).zip(&term.characters).all(same))
    }
}

impl Text for &[u32] {
    fn window(self, _: &Term) -> Option<Range<usize>> {
        Some(0..self.len())
    }

    fn may_hold(self, _: &Term, _: usize) -> bool {
        true
    }
}

impl Text for &[u8] {
    fn window(self, term: &Term) -> Option<Range<usize>> {
        if term.typos > 0 {
            return Some(0..self.len());
        }
        let wanted = term.bytes.as_deref()?;
        let mut start = None;
        let mut from = 0;
        for &[small, capital] in wanted {
            let at = from + memchr2(small, capital, &self[from..])?;
            start.get_or_insert(at);
            from = at + 1;
        }
        let [small, capital] = *wanted.last()?;
        let last = from - 1 + memrchr2(small, capital, &self[from - 1..])?;
        Some(start?..last + 1)
    }

    fn may_hold(self, term: &Term, start: usize) -> bool {
        if term.typos > 0 {
            return true;
        }
        let mut rest = self[start..].iter();
        let mut wanted = term.bytes.as_deref().unwrap_or_default().iter();
        wanted.all(|both| rest.any(|byte| both.contains(byte)))
    }

    fn next_place(self, term: &Term, starts: Range<usize>) -> Option<usize> {
        let wanted = term.bytes.as_deref()?;
        let [small, capital] = *wanted.first()?;
        let mut from = starts.start;
        while from < starts.end {
            let at = from + memchr2(small, capital, &self[from..starts.end])?;
            let same = |(byte, both): (&u8, &[u8; 2])| both.contains(byte);
            if self[at..].iter().zip(wanted).all(same) {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::Case;

    #[test]
    fn an_aborted_search_ends() {
        let set = PathSet::new("a\0".repeat(5000)).expect("few").prepared();
        let query = Query::new("a", Case::Smart, 0).expect("short");
        let error = find(&query, &set, &FindOptions::default(), &AtomicBool::new(true)).expect_err("aborted");
        assert!(matches!(error, Error::Aborted));
    }
}
