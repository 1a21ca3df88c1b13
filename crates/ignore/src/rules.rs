//! One rule file: its lines, and the last of them that decides a path.

use crate::subject::{Subject, first_word, hash_of, last_word, signature_of};
use crate::wildmatch::{ByteSet, Glob};

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

    /// Whether the rule ends with `/`: it matches directories alone.
    pub fn is_directory_only(&self) -> bool {
        self.directory_only
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
            Matcher::Literal(bytes) | Matcher::Suffix(bytes) => signature_of(bytes.iter().copied()),
            Matcher::Glob(_, glob) => signature_of(glob.required_bytes()),
        }
    }

    /// The bytes every text it takes starts with, and those it ends with.
    fn plain_ends(&self) -> (&[u8], Vec<u8>) {
        match self {
            Matcher::Nothing => (&[], Vec::new()),
            Matcher::Literal(bytes) => (bytes, bytes.to_vec()),
            Matcher::Suffix(bytes) => (&[], bytes.to_vec()),
            Matcher::Glob(prefix, glob) => (prefix, glob.plain_end()),
        }
    }

    /// The bytes a text it takes can start with, and those it can end with.
    fn edges(&self) -> (ByteSet, ByteSet) {
        let one = |byte: Option<&u8>| byte.map_or(ByteSet::ALL, |&byte| ByteSet::of(byte));
        match self {
            Matcher::Nothing => (ByteSet::EMPTY, ByteSet::EMPTY),
            Matcher::Literal(bytes) => (one(bytes.first()), one(bytes.last())),
            Matcher::Suffix(bytes) => (ByteSet::ALL, one(bytes.last())),
            Matcher::Glob(_, glob) => (glob.first_bytes(), glob.last_bytes()),
        }
    }

    /// The bytes by whose hash the rule is found: the basename, or the extension behind its dot.
    fn key(&self) -> Option<&[u8]> {
        match self {
            Matcher::Literal(path) => {
                Some(&path[path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1)..])
            }
            Matcher::Suffix(suffix) if is_extension(suffix) => Some(&suffix[1..]),
            _ => None,
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

fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

/// The rules of one file, compiled so that most paths cost two lookups whatever the number of lines.
///
/// Names and paths without wildcards are found by the hash of their basename, `*.extension` by that of the extension.
/// Only the other rules are tried one by one, from the last: those whose first and last byte fit, whose bytes all occur,
/// and that stand behind the best found so far.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    rules: Vec<Rule>,
    fold_case: bool,
    table: Table,
    /// The rules the table does not hold, ascending.
    others: Vec<Other>,
    /// Which of 64 others each may match, by the ends of the text; none where they are few.
    blocks: Vec<Block>,
}

/// A rule to be tried by itself, with what rules most texts out.
#[derive(Clone, Copy, Debug)]
struct Other {
    index: usize,
    anchored: bool,
    directory_only: bool,
    signature: u64,
    /// The plain bytes it starts and ends with, up to four.
    head: Edge,
    tail: Edge,
}

/// Up to four bytes of a text as a number, and which of its bits count.
#[derive(Clone, Copy, Debug)]
struct Edge {
    bits: u32,
    mask: u32,
}

impl Edge {
    fn start(plain: &[u8]) -> Edge {
        let bits = first_word(plain);
        Edge { bits, mask: u32::MAX.checked_shr(32 - 8 * length(plain)).unwrap_or(0) }
    }

    fn end(plain: &[u8]) -> Edge {
        let bits = last_word(plain);
        Edge { bits, mask: u32::MAX.checked_shl(32 - 8 * length(plain)).unwrap_or(0) }
    }

    fn fits(self, word: u32) -> bool {
        word & self.mask == self.bits
    }
}

/// How many bytes of an edge count.
fn length(plain: &[u8]) -> u32 {
    u32::try_from(plain.len().min(4)).unwrap_or(4)
}

impl Other {
    fn of(index: usize, rule: &Rule) -> Other {
        let (head, tail) = rule.matcher.plain_ends();
        Other {
            index,
            anchored: rule.anchored,
            directory_only: rule.directory_only,
            signature: rule.matcher.signature(),
            head: Edge::start(head),
            tail: Edge::end(&tail),
        }
    }
}

/// So few others are tried sooner than sorted out.
const MAX_UNSORTED: usize = 4;

/// For each byte, the rules among 64 whose text can start or end with it.
#[derive(Clone, Debug)]
struct Block {
    first: Box<[u64; 256]>,
    last: Box<[u64; 256]>,
    anchored: u64,
}

impl Block {
    fn of(others: &[Other], rules: &[Rule]) -> Block {
        let mut block = Block { first: Box::new([0; 256]), last: Box::new([0; 256]), anchored: 0 };
        for (position, other) in others.iter().enumerate() {
            let rule = &rules[other.index];
            let bit = 1 << position;
            block.anchored |= if rule.anchored { bit } else { 0 };
            let (first, last) = rule.matcher.edges();
            for byte in 0..=u8::MAX {
                block.first[usize::from(byte)] |= if first.contains(byte) { bit } else { 0 };
                block.last[usize::from(byte)] |= if last.contains(byte) { bit } else { 0 };
            }
        }
        block
    }

    /// The rules that may match a text in front of whose last byte anything stands.
    fn candidates(&self, path: &[u8], name: &[u8]) -> u64 {
        let ([path_first, ..], [name_first, ..], [.., last]) = (path, name, name) else { return u64::MAX };
        let first = self.first[usize::from(*name_first)] & !self.anchored
            | self.first[usize::from(*path_first)] & self.anchored;
        first & self.last[usize::from(*last)]
    }
}

/// Rules by the hash of their key, each chain from the last rule to the first. A position is that of the rule, from 1.
#[derive(Clone, Debug, Default)]
struct Table {
    /// A power of two of chains, or none.
    chains: Vec<u32>,
    /// For each rule of the file.
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    hash: u32,
    before: u32,
}

impl Table {
    fn of(rules: &[Rule]) -> Table {
        let keys = || rules.iter().map(|rule| rule.matcher.key());
        let count = keys().flatten().count();
        if count == 0 {
            return Table::default();
        }
        let mut table = Table {
            chains: vec![0; (4 * count).next_power_of_two()],
            links: Vec::with_capacity(rules.len()),
        };
        for (position, key) in (1..).zip(keys()) {
            let mut link = Link { hash: 0, before: 0 };
            if let Some(key) = key {
                link.hash = hash_of(key);
                let chain = link.hash as usize & (table.chains.len() - 1);
                link.before = std::mem::replace(&mut table.chains[chain], position);
            }
            table.links.push(link);
        }
        table
    }

    /// The last rule behind the position `best` that has the hash and is `taken`, or `best`.
    fn last(&self, hash: u32, best: u32, taken: impl Fn(usize) -> bool) -> u32 {
        let mut position = self.chains[hash as usize & (self.chains.len() - 1)];
        while position > best {
            let index = position as usize - 1;
            let link = self.links[index];
            if link.hash == hash && taken(index) {
                return position;
            }
            position = link.before;
        }
        best
    }
}

impl RuleFile {
    /// The rules in the text of one ignore file. Every input is valid: what git cannot use is a rule that matches
    /// nothing. With `fold_case`, ASCII letters match in either case, as under `core.ignorecase`.
    pub fn parse(text: &[u8], fold_case: bool) -> RuleFile {
        RuleFile::parse_at_most(usize::MAX, text, fold_case).expect("no file has so many rules")
    }

    /// As [`RuleFile::parse`], or `None` when there are more than `max_rules`.
    pub(crate) fn parse_at_most(max_rules: usize, text: &[u8], fold_case: bool) -> Option<RuleFile> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut rules = Vec::new();
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.split(|&byte| byte == 0).next().unwrap_or_default();
            let line = without_trailing_spaces(line);
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            if rules.len() == max_rules {
                return None;
            }
            rules.push(Rule::parse(line, index + 1, fold_case));
        }
        Some(RuleFile::of(rules, fold_case))
    }

    /// The rules that `patterns` are, one each, whatever they start or end with: line breaks, spaces and `#` are theirs.
    /// The line of a rule is the pattern's place, from 1.
    pub fn from_patterns<'a>(patterns: impl IntoIterator<Item = &'a [u8]>, fold_case: bool) -> RuleFile {
        let numbered = (1..).zip(patterns).filter(|(_, pattern)| !pattern.is_empty());
        RuleFile::of(
            numbered.map(|(line, pattern)| Rule::parse(pattern, line, fold_case)).collect(),
            fold_case,
        )
    }

    fn of(rules: Vec<Rule>, fold_case: bool) -> RuleFile {
        let others: Vec<Other> = (0..rules.len())
            .filter(|&index| rules[index].matcher != Matcher::Nothing && rules[index].matcher.key().is_none())
            .map(|index| Other::of(index, &rules[index]))
            .collect();
        let blocks = if others.len() > MAX_UNSORTED {
            others.chunks(64).map(|chunk| Block::of(chunk, &rules)).collect()
        } else {
            Vec::new()
        };
        RuleFile { table: Table::of(&rules), fold_case, others, blocks, rules }
    }

    /// Whether the file holds no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many rules the file holds.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether ASCII letters match in either case.
    pub(crate) fn folds_case(&self) -> bool {
        self.fold_case
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
        self.decide(&Subject::of(path), 0, is_directory)
    }

    /// As [`RuleFile::last_match`], for a subject whose case is folded where the file asks for it; the file applies to
    /// the folder whose path, with its slash, is `base_bytes` long.
    pub(crate) fn decide(
        &self,
        subject: &Subject<'_>,
        base_bytes: usize,
        is_directory: bool,
    ) -> Option<&Rule> {
        let path = subject.path.get(base_bytes..)?;
        let name = subject.name();
        let applies = |index: usize| is_directory || !self.rules[index].directory_only;
        let matches = |index: usize| {
            let rule = &self.rules[index];
            rule.matcher.matches(if rule.anchored { path } else { name })
        };
        let mut best = 0;
        if !self.table.chains.is_empty() {
            let taken = |index: usize| applies(index) && matches(index);
            best = self.table.last(subject.name_hash, best, taken);
            if let Some(hash) = subject.extension_hash {
                best = self.table.last(hash, best, taken);
            }
        }
        let best = best as usize;
        if self.others.is_empty() {
            return best.checked_sub(1).map(|index| &self.rules[index]);
        }
        let path_head = first_word(path);
        let may_match = |other: &Other| {
            let missing = other.signature & !subject.name_signature;
            other.tail.fits(subject.tail)
                && other.head.fits(if other.anchored { path_head } else { subject.name_head })
                && (is_directory || !other.directory_only)
                // An anchored rule sees the whole path, which holds far more different bytes than a name.
                && (missing == 0 || other.anchored && missing & !subject.path_signature() == 0)
        };
        let wins = |other: &&Other| may_match(other) && matches(other.index);
        let mut found = None;
        if self.blocks.is_empty() {
            found = self.others.iter().rev().take_while(|other| other.index >= best).find(wins);
        } else {
            for (block, others) in self.blocks.iter().zip(self.others.chunks(64)).rev() {
                if others.last().is_none_or(|last| last.index < best) {
                    break;
                }
                let mut candidates = block.candidates(path, name);
                while candidates != 0 && found.is_none() {
                    let position = candidates.ilog2();
                    candidates ^= 1 << position;
                    found = others.get(position as usize).filter(|other| other.index >= best).filter(wins);
                }
                if found.is_some() {
                    break;
                }
            }
        }
        let position = found.map_or(best, |other| other.index + 1);
        position.checked_sub(1).map(|index| &self.rules[index])
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
