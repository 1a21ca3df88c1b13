//! One rule file: its lines, and the last of them that decides a path.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::wildmatch::Glob;

/// One line of a rule file that holds a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    line: usize,
    text: Box<[u8]>,
    negated: bool,
    directory_only: bool,
    anchored: bool,
    matcher: Matcher,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Matcher {
    /// Nothing: an empty pattern or a glob that cannot match.
    Nothing,
    /// The bytes themselves.
    Literal(Box<[u8]>),
    /// `*` and these bytes, in a basename.
    Suffix(Box<[u8]>),
    /// These bytes, in front of what a glob matches: most paths fail here already.
    Glob(Box<[u8]>, Glob),
}

impl Rule {
    /// The line the rule stands on, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The pattern as written, without the line's ending and its trailing spaces.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether the rule starts with `!`: what it matches is not ignored.
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The rule on this line, its trailing spaces already gone.
    fn parse(text: &[u8], line: usize, fold_case: bool) -> Rule {
        let negated = text.first() == Some(&b'!');
        let mut pattern = &text[usize::from(negated)..];
        let directory_only = pattern.last() == Some(&b'/');
        if directory_only {
            pattern = &pattern[..pattern.len() - 1];
        }
        let anchored = pattern.contains(&b'/');
        if anchored && pattern[0] == b'/' {
            pattern = &pattern[1..];
        }
        let matcher = Matcher::new(pattern, anchored, fold_case);
        Rule { line, text: text.into(), negated, directory_only, anchored, matcher }
    }
}

impl Matcher {
    fn new(pattern: &[u8], anchored: bool, fold_case: bool) -> Matcher {
        let fold = |bytes: &[u8]| -> Box<[u8]> {
            if fold_case { bytes.to_ascii_lowercase().into() } else { bytes.into() }
        };
        let plain = pattern.iter().take_while(|&&byte| !is_special(byte)).count();
        if pattern.is_empty() {
            Matcher::Nothing
        } else if plain == pattern.len() {
            Matcher::Literal(fold(pattern))
        } else if !anchored && pattern[0] == b'*' && !pattern[1..].iter().any(|&byte| is_special(byte)) {
            Matcher::Suffix(fold(&pattern[1..]))
        } else {
            match Glob::compile(pattern, fold_case) {
                Some(glob) => Matcher::Glob(fold(&pattern[..plain]), glob),
                None => Matcher::Nothing,
            }
        }
    }

    /// The signature of the bytes a text must hold.
    fn signature(&self) -> u64 {
        match self {
            Matcher::Nothing => 0,
            Matcher::Literal(bytes) | Matcher::Suffix(bytes) => signature(bytes.iter().copied()),
            Matcher::Glob(_, glob) => signature(glob.required_bytes()),
        }
    }

    /// Whether the matcher takes `text`, whose case is folded already where that is asked for.
    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Nothing => false,
            Matcher::Literal(bytes) => **bytes == *text,
            Matcher::Suffix(bytes) => text.ends_with(bytes),
            Matcher::Glob(prefix, glob) => text.starts_with(prefix) && glob.matches(text),
        }
    }
}

/// Which bytes occur, four of them to a bit: a text can only match when it has every bit of the pattern.
fn signature(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, |signature, byte| signature | 1 << (byte & 63))
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

/// The rules of one file, compiled so that most paths cost two or three hash lookups whatever the number of lines.
///
/// Basenames without wildcards, `*.extension` and anchored paths without wildcards are found by hash; only the other
/// rules are tried one by one, from the last, and only those behind the best found so far whose bytes all occur.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    rules: Vec<Rule>,
    fold_case: bool,
    names: Table,
    extensions: Table,
    paths: Table,
    /// The rules no table holds, ascending.
    others: Vec<Other>,
}

/// A rule to be tried by itself.
#[derive(Clone, Copy, Debug)]
struct Other {
    index: usize,
    signature: u64,
}

/// For a key, the rules that hold it, ascending.
type Table = HashMap<Box<[u8]>, Vec<usize>, BuildHasherDefault<Fnv>>;

impl RuleFile {
    /// The rules in the text of one ignore file. Every input is valid: what git cannot use is a rule that matches
    /// nothing. With `fold_case`, ASCII letters match in either case, as under `core.ignorecase`.
    pub fn parse(text: &[u8], fold_case: bool) -> RuleFile {
        RuleFile::parse_at_most(usize::MAX, text, fold_case).expect("no file has so many rules")
    }

    /// As [`RuleFile::parse`], or `None` when there are more than `max_rules`.
    pub(crate) fn parse_at_most(max_rules: usize, text: &[u8], fold_case: bool) -> Option<RuleFile> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut file = RuleFile { fold_case, ..RuleFile::default() };
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.split(|&byte| byte == 0).next().unwrap_or_default();
            let line = without_trailing_spaces(line);
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            if file.rules.len() == max_rules {
                return None;
            }
            file.push(Rule::parse(line, index + 1, fold_case));
        }
        Some(file)
    }

    fn push(&mut self, rule: Rule) {
        let index = self.rules.len();
        let (table, key): (&mut Table, &[u8]) = match &rule.matcher {
            Matcher::Nothing => {
                self.rules.push(rule);
                return;
            }
            Matcher::Literal(path) if rule.anchored => (&mut self.paths, path),
            Matcher::Literal(name) => (&mut self.names, name),
            Matcher::Suffix(suffix) if is_extension(suffix) => (&mut self.extensions, &suffix[1..]),
            _ => {
                self.others.push(Other { index, signature: rule.matcher.signature() });
                self.rules.push(rule);
                return;
            }
        };
        table.entry(key.into()).or_default().push(index);
        self.rules.push(rule);
    }

    /// Whether the file holds no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The last rule that matches `path`, or `None` when the file does not decide it.
    ///
    /// `path` is relative to the folder the file applies to, with `/` between its components. Its parents are not
    /// considered: whether one of them is excluded is the question of [`RuleStack::verdict`](crate::RuleStack::verdict).
    pub fn last_match(&self, path: &[u8], is_directory: bool) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        let folded;
        let path = if self.fold_case {
            folded = path.to_ascii_lowercase();
            &folded
        } else {
            path
        };
        let name = &path[path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1)..];
        let applies = |&&index: &&usize| is_directory || !self.rules[index].directory_only;
        let last_in = |table: &Table, key: &[u8]| -> Option<usize> {
            if table.is_empty() {
                return None;
            }
            table.get(key)?.iter().rev().find(applies).copied()
        };
        let extension = name.iter().rposition(|&byte| byte == b'.').map(|dot| &name[dot + 1..]);
        let best = last_in(&self.names, name)
            .max(extension.and_then(|extension| last_in(&self.extensions, extension)))
            .max(last_in(&self.paths, path));
        // An anchored rule sees the whole path, which holds far more different bytes than a name.
        let present = signature(name.iter().copied());
        let folders = &path[..path.len() - name.len()];
        let in_path = OnceCell::new();
        let holds = |other: &&Other| {
            let missing = other.signature & !present;
            missing == 0
                || self.rules[other.index].anchored
                    && missing & !in_path.get_or_init(|| signature(folders.iter().copied())) == 0
        };
        let other = self
            .others
            .iter()
            .rev()
            .take_while(|other| best.is_none_or(|best| other.index > best))
            .filter(|other| holds(other) && applies(&&other.index))
            .map(|other| other.index)
            .find(|&index| {
                let rule = &self.rules[index];
                rule.matcher.matches(if rule.anchored { path } else { name })
            });
        other.or(best).map(|index| &self.rules[index])
    }
}

/// Whether a suffix is a dot and a name without one, so that a file's last extension finds it.
fn is_extension(suffix: &[u8]) -> bool {
    suffix.first() == Some(&b'.') && !suffix[1..].contains(&b'.')
}

/// The line without the spaces at its end; a backslash keeps the space behind it.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let spaces = line.iter().rev().take_while(|&&byte| byte == b' ').count();
    let text = &line[..line.len() - spaces];
    let backslashes = text.iter().rev().take_while(|&&byte| byte == b'\\').count();
    if spaces > 0 && backslashes % 2 == 1 { &line[..=text.len()] } else { text }
}

/// FNV-1a. Names are short, and a collision costs a comparison, never a wrong answer.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, _length: usize) {
        // The length prefix of a slice: keys are alone in their hash, so it would only cost time.
    }
}
