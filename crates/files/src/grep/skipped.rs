//! What was not searched, or not whole: counts, and the first of each kind.

use std::fs;
use std::path::{Path, PathBuf};

use tenon_ignore::{Decision, Environment, IgnoreTree, TreeOptions, errno_name};

use crate::path::below;
use crate::walk::{LeftOut, Reason};

/// How many samples of each kind are kept.
const SAMPLES: usize = 5;

/// Why something was not searched, or not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A rule of git's ignores it.
    Ignored,
    /// Its name, or that of a folder it lies in, starts with a dot.
    Hidden,
    /// It has a NUL in it.
    Binary,
    /// It is larger than the limit.
    TooLarge,
    /// The operating system refused, or a file of rules could not be used.
    Unreadable,
    /// It was searched and is not UTF-8.
    NotUtf8,
    /// The pattern needed too many steps: what is behind that place was not searched.
    OutsideBudget,
    /// A pipe, a socket or a device.
    Special,
    /// A symbolic link.
    Symlink,
    /// A repository inside the repository.
    NestedRepository,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 10;

/// Something that was not searched, or not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// As the paths of matches are.
    pub path: Vec<u8>,
    /// Why.
    pub kind: Kind,
    /// What the operating system said, or what is wrong with a file of rules; else empty.
    pub detail: String,
    /// Of what is ignored, the rule that does it, where it can be told.
    pub rule: Option<IgnoredBy>,
}

/// A rule of git's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredBy {
    /// The file it is in: relative to the root where it lies below it.
    pub file: Vec<u8>,
    /// Its line, from 1.
    pub line: usize,
    /// The pattern as written.
    pub pattern: Vec<u8>,
}

/// How many were not searched, or not whole, and some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// By kind, in the order of [`Kind`]. A folder counts as one, whatever is in it.
    pub counts: [u64; KINDS],
    /// The first of each kind, in the order in which they were met.
    pub samples: Vec<Sample>,
    /// How many of the ignored and of the hidden files match: where nothing else did.
    pub matching: Option<Matching>,
}

/// What a look at the files that were left out found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The ignored files that match.
    pub ignored: u64,
    /// The hidden files that match.
    pub hidden: u64,
    /// Whether all of them were looked at.
    pub complete: bool,
}

impl Skipped {
    pub(crate) fn add(&mut self, path: &[u8], kind: Kind, detail: &str) {
        let count = &mut self.counts[kind as usize];
        *count += 1;
        if *count <= SAMPLES as u64 {
            let (path, detail) = (path.to_owned(), detail.to_owned());
            self.samples.push(Sample { path, kind, detail, rule: None });
        }
    }

    pub(crate) fn add_left_out(&mut self, LeftOut { path, reason }: &LeftOut) {
        match reason {
            Reason::Ignored => self.add(path, Kind::Ignored, ""),
            Reason::Hidden => self.add(path, Kind::Hidden, ""),
            Reason::Special => self.add(path, Kind::Special, ""),
            Reason::NestedRepository => self.add(path, Kind::NestedRepository, ""),
            Reason::RootIgnored => self.add(path, Kind::Ignored, reason.report().unwrap_or_default()),
            Reason::Unreadable(detail) | Reason::RuleFile(detail) => self.add(path, Kind::Unreadable, detail),
            // Links are not followed: of the others there is none.
            _ => self.add(path, Kind::Symlink, ""),
        }
    }

    /// Looks up the rules that ignore the samples of what is ignored.
    pub(crate) fn explain(&mut self, root: &Path, environment: &Environment) {
        let mut ignored = self.samples.iter_mut().filter(|sample| sample.kind == Kind::Ignored).peekable();
        if ignored.peek().is_none() {
            return;
        }
        // The walk has asked git's index already. Where a rule cannot be told, there is none in the sample.
        let environment = environment.clone();
        let options = TreeOptions { tracked: false, environment, ..TreeOptions::default() };
        let Ok(tree) = IgnoreTree::open(root, options.clone()) else { return };
        for sample in ignored {
            let rule = rule_of(&tree, &sample.path).or_else(|| {
                // The root itself, what lies outside of it, or is reached by a link.
                let location = sample.location(root)?;
                let tree = IgnoreTree::open(location.parent()?, options.clone()).ok()?;
                rule_of(&tree, location.file_name()?.as_encoded_bytes())
            });
            sample.rule = rule.map(|rule| IgnoredBy {
                file: tree.name_of(&rule.source),
                line: rule.line,
                pattern: rule.pattern,
            });
        }
    }

    /// Whether rules or names left something out.
    pub(crate) fn any_left_out(&self) -> bool {
        self.counts[Kind::Ignored as usize] + self.counts[Kind::Hidden as usize] > 0
    }
}

impl Sample {
    /// Where it is on the disk.
    fn location(&self, root: &Path) -> Option<PathBuf> {
        let location = below(root, &self.path);
        // A folder that is searched, in which nothing counts.
        if self.detail.is_empty() { Some(location) } else { fs::canonicalize(location).ok() }
    }
}

fn rule_of(tree: &IgnoreTree, path: &[u8]) -> Option<Decision> {
    tree.explain(path, None).ok()??.rule.filter(|rule| !rule.negated)
}

pub(crate) fn errno(error: &std::io::Error) -> String {
    errno_name(error)
}
