//! Lists of glob patterns: which paths they take, and which folders can hold some.
//!
//! The syntax is the common core of picomatch: `*`, `?`, `**`, classes, braces, extended groups and `!` in front. Time
//! and memory are bounded by the pattern's size, whatever the pattern is. `index.d.ts` has the differences from
//! picomatch.

mod character;
mod class;
mod expand;
mod fault;
mod parse;
mod segment;
mod walk;

use std::borrow::Cow;
use std::collections::HashSet;

use expand::{Alternative, Budget, Piece, Segment, expand};
use segment::{Comparison, Matcher, is_hidden};

pub use fault::{GlobError, GlobFault};
pub use walk::{GlobOptions, glob};

/// How patterns are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternOptions {
    /// Whether wildcards match names that start with a dot; off by default.
    pub dot: bool,
    /// Whether the case of ASCII letters counts; on by default. That of others always does.
    pub case_sensitive: bool,
    /// Whether patterns that lead out of the folder are refused: `..` and a slash in front. Off by default.
    pub inside: bool,
}

impl Default for PatternOptions {
    fn default() -> PatternOptions {
        PatternOptions { dot: false, case_sensitive: true, inside: false }
    }
}

/// Patterns of which one has to match, and patterns of which none may.
///
/// Paths are relative, with `/` between names and none at the end.
///
/// ```
/// use tenon_files::{Globs, PatternOptions};
///
/// let globs = Globs::new(&["src/**/*.{ts,tsx}", "!**/*.test.ts"], &[] as &[&str], PatternOptions::default())?;
/// assert!(globs.takes(b"src/a/b.tsx", false));
/// assert!(!globs.takes(b"src/a/b.test.ts", false));
/// assert!(globs.enters(b"src/a") && !globs.enters(b"docs"));
/// # Ok::<(), tenon_files::GlobError>(())
/// ```
pub struct Globs {
    fold: bool,
    taken: PatternSet,
    left: PatternSet,
}

impl Globs {
    /// The patterns, of which those that start with `!` leave out, and `exclude`, of which all do. Where all leave out,
    /// the rest is taken.
    ///
    /// # Errors
    /// [`GlobError`] names the pattern that cannot be used; one that is malformed stands for itself.
    pub fn new(
        patterns: &[impl AsRef<[u8]>],
        exclude: &[impl AsRef<[u8]>],
        options: PatternOptions,
    ) -> Result<Globs, GlobError> {
        let PatternOptions { dot, case_sensitive, inside } = options;
        let fold = !case_sensitive;
        let mut budget = Budget::new(fold);
        let mut taken = PatternSet::new(Comparison { dot, fold }, inside);
        // Something is left out although its name starts with a dot.
        let mut left = PatternSet::new(Comparison { dot: true, fold }, inside);
        let mut positive = false;
        for (index, pattern) in patterns.iter().enumerate() {
            let error = |fault| GlobError { excluding: false, index, fault };
            let (text, negated) = without_marks(pattern.as_ref()).map_err(error)?;
            positive |= !negated;
            let set = if negated { &mut left } else { &mut taken };
            set.add(text, &mut budget).map_err(error)?;
        }
        if !positive {
            let error = |fault| GlobError { excluding: false, index: 0, fault };
            taken.add(b"**", &mut budget).map_err(error)?;
        }
        for (index, pattern) in exclude.iter().enumerate() {
            let error = |fault| GlobError { excluding: true, index, fault };
            let (text, negated) = without_marks(pattern.as_ref()).map_err(error)?;
            if negated {
                return Err(error(GlobFault::Negated));
            }
            left.add(text, &mut budget).map_err(error)?;
        }
        Ok(Globs { fold, taken, left })
    }

    /// Whether a path is taken: not what lies in a folder that is left out.
    #[must_use]
    pub fn takes(&self, path: &[u8], is_folder: bool) -> bool {
        let path = &*self.folded(path);
        !path.is_empty()
            && self.taken.matches(path, is_folder)
            && !self.left.matches_or_holds(path, is_folder)
    }

    /// Whether something below a folder can be taken; its path has no slash at the end.
    #[must_use]
    pub fn enters(&self, folder: &[u8]) -> bool {
        let folder = &*self.folded(folder);
        self.taken.reaches_into(folder) && !self.left.matches_or_holds(folder, true)
    }

    fn folded<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        if self.fold { path.to_ascii_lowercase().into() } else { path.into() }
    }
}

struct Pattern {
    segments: Vec<Part>,
    /// It ends in a slash.
    folder_only: bool,
    /// Whether a `**` at its end stands for one name at least: it does behind a star.
    something: bool,
}

enum Part {
    /// `**`
    Names,
    Name(Matcher),
}

struct PatternSet {
    comparison: Comparison,
    inside: bool,
    patterns: Vec<Pattern>,
    /// Whole paths, of which there may be many.
    literals: HashSet<Vec<u8>>,
    literal_folders: HashSet<Vec<u8>>,
    /// The folders above them.
    above: HashSet<Vec<u8>>,
}

impl PatternSet {
    fn new(comparison: Comparison, inside: bool) -> PatternSet {
        PatternSet {
            comparison,
            inside,
            patterns: Vec::new(),
            literals: HashSet::new(),
            literal_folders: HashSet::new(),
            above: HashSet::new(),
        }
    }

    fn add(&mut self, text: &[u8], budget: &mut Budget) -> Result<(), GlobFault> {
        for Alternative { segments, folder_only } in expand(&parse::parse(text)?, budget)? {
            if self.inside {
                refuse_outside(&segments)?;
            }
            let something = match &segments[..] {
                [.., Segment::Name(pieces), Segment::Names] => {
                    matches!(pieces.last().map(|piece| &**piece), Some(Piece::Star))
                }
                _ => false,
            };
            let part = |segment| match segment {
                Segment::Names => Part::Names,
                Segment::Name(pieces) => Part::Name(Matcher::new(pieces)),
            };
            let pattern =
                Pattern { segments: segments.into_iter().map(part).collect(), folder_only, something };
            match literal_of(&pattern) {
                None => self.patterns.push(pattern),
                Some(literal) => self.add_literal(literal, folder_only, budget)?,
            }
        }
        // As in picomatch, what is spelled as the pattern is meant by it too.
        if text.iter().any(|byte| b"[{(\\".contains(byte)) {
            let literal = text.strip_suffix(b"/").unwrap_or(text);
            budget.take(literal.len())?;
            let folded = if self.comparison.fold { literal.to_ascii_lowercase() } else { literal.to_vec() };
            self.add_literal(folded, literal.len() < text.len(), budget)?;
        }
        Ok(())
    }

    fn add_literal(
        &mut self,
        literal: Vec<u8>,
        folder_only: bool,
        budget: &mut Budget,
    ) -> Result<(), GlobFault> {
        let slashes = literal.iter().enumerate().skip(1).rev().filter(|&(_, &byte)| byte == b'/');
        for (slash, _) in slashes {
            let folder = &literal[..slash];
            if self.above.contains(folder) {
                break;
            }
            budget.take(folder.len())?;
            self.above.insert(folder.to_vec());
        }
        let set = if folder_only { &mut self.literal_folders } else { &mut self.literals };
        set.insert(literal);
        Ok(())
    }

    fn matches(&self, path: &[u8], is_folder: bool) -> bool {
        self.literals.contains(path)
            || is_folder && self.literal_folders.contains(path)
            || self
                .patterns
                .iter()
                .any(|pattern| (is_folder || !pattern.folder_only) && self.ends(pattern, path, is_folder))
    }

    /// Whether the path or a folder above it is matched.
    fn matches_or_holds(&self, path: &[u8], is_folder: bool) -> bool {
        if self.patterns.is_empty() && self.literals.is_empty() && self.literal_folders.is_empty() {
            return false;
        }
        let slashes = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/');
        slashes.map(|(slash, _)| &path[..slash]).any(|folder| self.matches(folder, true))
            || self.matches(path, is_folder)
    }

    /// Whether a longer path than the folder's can be matched.
    fn reaches_into(&self, folder: &[u8]) -> bool {
        self.above.contains(folder)
            || self.patterns.iter().any(|pattern| {
                let reached = self.reached(pattern, folder);
                (0..pattern.segments.len()).any(|at| reached.has(at))
            })
    }

    fn ends(&self, pattern: &Pattern, path: &[u8], is_folder: bool) -> bool {
        if let [Part::Names, Part::Name(matcher)] = &pattern.segments[..] {
            // The usual one, `**/*.ts`: the name decides.
            let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            return matcher.matches(&path[start..], self.comparison)
                && (start == 0
                    || !path[..start - 1].split(is_slash).any(|name| is_hidden(name, self.comparison)));
        }
        let reached = self.reached(pattern, path);
        let length = pattern.segments.len();
        reached.has(length) || is_folder && pattern.something && reached.has(length - 1)
    }

    /// How much of a pattern the names of a path can have matched: a set of numbers of segments.
    fn reached(&self, pattern: &Pattern, path: &[u8]) -> Numbers {
        let Pattern { segments, something, .. } = pattern;
        let last = segments.len() - 1;
        // A `**` can be passed at once.
        let reach = |set: &mut Numbers, at: usize| {
            set.add(at);
            if matches!(segments.get(at), Some(Part::Names)) && !(at == last && *something) {
                set.add(at + 1);
            }
        };
        let mut reached = Numbers::up_to(segments.len());
        reach(&mut reached, 0);
        for name in path.split(is_slash) {
            let mut next = Numbers::up_to(segments.len());
            let mut any = false;
            for (at, segment) in segments.iter().enumerate() {
                if !reached.has(at) {
                    continue;
                }
                match segment {
                    Part::Names if is_hidden(name, self.comparison) => continue,
                    Part::Names => {
                        reach(&mut next, at);
                        if at == last {
                            next.add(at + 1);
                        }
                    }
                    Part::Name(matcher) if matcher.matches(name, self.comparison) => reach(&mut next, at + 1),
                    Part::Name(_) => continue,
                }
                any = true;
            }
            reached = next;
            if !any {
                break;
            }
        }
        reached
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

/// A set of small numbers.
struct Numbers {
    low: u64,
    /// Those from 64.
    high: Vec<bool>,
}

impl Numbers {
    /// An empty set for numbers up to `most`.
    fn up_to(most: usize) -> Numbers {
        Numbers { low: 0, high: vec![false; (most + 1).saturating_sub(64)] }
    }

    fn add(&mut self, number: usize) {
        match number.checked_sub(64) {
            None => self.low |= 1 << number,
            Some(high) => self.high[high] = true,
        }
    }

    fn has(&self, number: usize) -> bool {
        match number.checked_sub(64) {
            None => self.low >> number & 1 == 1,
            Some(high) => self.high[high],
        }
    }
}

/// The pattern without its marks, and whether it leaves out.
fn without_marks(pattern: &[u8]) -> Result<(&[u8], bool), GlobFault> {
    let mut text = pattern;
    let mut negated = false;
    while let [b'!', rest @ ..] = text
        && rest.first() != Some(&b'(')
    {
        negated = !negated;
        text = rest;
    }
    while let Some(rest) = text.strip_prefix(b"./") {
        text = rest;
    }
    if text.is_empty() { Err(GlobFault::Empty) } else { Ok((text, negated)) }
}

/// The path of a pattern without wildcards.
fn literal_of(pattern: &Pattern) -> Option<Vec<u8>> {
    let names: Option<Vec<&[u8]>> = pattern
        .segments
        .iter()
        .map(|segment| match segment {
            Part::Name(Matcher::Literal(text)) => Some(&text[..]),
            _ => None,
        })
        .collect();
    Some(names?.join(&b'/'))
}

fn refuse_outside(segments: &[Segment]) -> Result<(), GlobFault> {
    if matches!(segments, [Segment::Name(pieces), _, ..] if pieces.is_empty()) {
        return Err(GlobFault::Absolute);
    }
    for segment in segments {
        if let Segment::Name(pieces) = segment
            && let [piece] = &pieces[..]
            && let Piece::Literal(text) = &**piece
            && text == b".."
        {
            return Err(GlobFault::Parent);
        }
    }
    Ok(())
}
