//! From a pattern's text to a tree.

use super::{MAX_PATTERN_CHARACTERS, Syntax, set::CharSet};
use crate::{
    custom::definition::DefinitionError,
    custom::properties::{self, CODE_POINTS},
};

/// Groups and classes in each other.
const MAX_DEPTH: usize = 100;
/// The largest number in `{m,n}`.
const MAX_REPEAT: u32 = 1000;

/// The most characters of a pattern in a message.
const MAX_SHOWN: usize = 40;

/// No upper bound of a repetition.
pub(super) const UNBOUNDED: u32 = u32::MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Set(CharSet),
    Concat(Vec<Self>),
    Alternate(Vec<Self>),
    Repeat { node: Box<Self>, min: u32, max: u32, mode: Mode },
    Atomic(Box<Self>),
    Ahead { node: Box<Self>, negative: bool },
    Behind { set: CharSet, negative: bool },
    Assert(Place),
}

/// How a repetition gives back what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Greedy,
    Lazy,
    Possessive,
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    TextStart,
    TextEnd,
    LineStart,
    /// A line's start, but not the one behind the last newline.
    LineStartBeforeEnd,
    LineEnd,
}

#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
}

struct Parser<'a> {
    characters: Vec<char>,
    at: usize,
    depth: usize,
    syntax: Syntax,
    place: &'a str,
    /// The character read last, where it is one that case does not matter for, whatever groups are between.
    folded: Option<char>,
}

/// The tree of a pattern. `place` is where it stands, for errors.
pub(super) fn parse(pattern: &str, syntax: Syntax, place: &str) -> Result<Node, DefinitionError> {
    let characters: Vec<char> = pattern.chars().take(MAX_PATTERN_CHARACTERS + 1).collect();
    if characters.len() > MAX_PATTERN_CHARACTERS {
        return Err(DefinitionError::limit(place, MAX_PATTERN_CHARACTERS as u64, "characters"));
    }
    let mut parser = Parser { characters, at: 0, depth: 0, syntax, place, folded: None };
    let node = parser.alternation(Flags::default())?;
    if parser.peek().is_some() {
        return Err(parser.invalid(parser.at, "a ) without its ("));
    }
    Ok(node)
}

/// The tree that matches a text as it is.
pub(super) fn literal(text: &str) -> Node {
    Node::Concat(text.chars().map(|character| Node::Set(CharSet::one(character))).collect())
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, offset: usize) -> Option<char> {
        self.characters.get(self.at + offset).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek();
        self.at += usize::from(character.is_some());
        character
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Eats a text as a whole, or nothing.
    fn eat_all(&mut self, wanted: &str) -> bool {
        let length = wanted.chars().count();
        let found = wanted.chars().enumerate().all(|(index, one)| self.peek_at(index) == Some(one));
        self.at += if found { length } else { 0 };
        found
    }

    /// A position in UTF-16 code units, as both engines say it.
    fn position(&self, at: usize) -> String {
        let units: usize = self.characters[..at].iter().map(|character| character.len_utf16()).sum();
        format!("{}, position {units}", self.place)
    }

    fn invalid(&self, at: usize, fault: &str) -> DefinitionError {
        DefinitionError::invalid(self.position(at), fault)
    }

    /// What starts at `at` and has been read up to here is not supported.
    fn unsupported(&self, at: usize) -> DefinitionError {
        let part: String = self.characters[at..self.at].iter().take(MAX_SHOWN).collect();
        DefinitionError::unsupported(self.position(at), part)
    }

    fn unsupported_case(&self, at: usize) -> DefinitionError {
        DefinitionError::unsupported(self.position(at), "(?i) before this")
    }

    fn enter(&mut self) -> Result<(), DefinitionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(DefinitionError::limit(self.place, MAX_DEPTH as u64, "groups in each other"));
        }
        Ok(())
    }

    fn alternation(&mut self, mut flags: Flags) -> Result<Node, DefinitionError> {
        let mut branches = Vec::new();
        let group_start = self.at;
        loop {
            let mut items = Vec::new();
            while let Some(character) = self.peek() {
                if matches!(character, '|' | ')') {
                    break;
                }
                let start = self.at;
                if let Some(changed) = self.flags(flags, start == group_start)? {
                    flags = changed;
                    continue;
                }
                let atom = self.atom(flags)?;
                items.push(self.repetition(atom, start)?);
            }
            self.folded = None;
            branches.push(if items.len() == 1 { items.remove(0) } else { Node::Concat(items) });
            if !self.eat('|') {
                return Ok(alternate(branches));
            }
        }
    }

    /// `(?i)` and the like, which hold to the end of the pattern.
    fn flags(&mut self, flags: Flags, first: bool) -> Result<Option<Flags>, DefinitionError> {
        let start = self.at;
        if !self.eat_all("(?") {
            return Ok(None);
        }
        let changed = self.flag_letters(flags);
        match changed {
            Some(changed) if self.eat(')') => {
                // Oniguruma takes what follows for a group of its own, up to the end and over every `|`; the `fancy-regex`
                // crate lets the flags of a group go on behind it.
                if self.depth > 0 || self.syntax == Syntax::Oniguruma && !first {
                    return Err(self.unsupported(start));
                }
                Ok(Some(changed))
            }
            _ => {
                self.at = start;
                Ok(None)
            }
        }
    }

    /// Letters between `(?` and `:` or `)`; nothing where there are none, or others.
    fn flag_letters(&mut self, mut flags: Flags) -> Option<Flags> {
        let mut on = true;
        let mut some = false;
        while let Some(character) = self.peek() {
            match character {
                'i' => flags.ignore_case = on,
                'm' if self.syntax == Syntax::Rust => flags.multi_line = on,
                's' if self.syntax == Syntax::Rust => flags.dot_all = on,
                '-' if on => on = false,
                _ => break,
            }
            some |= character != '-';
            self.at += 1;
        }
        some.then_some(flags)
    }

    fn atom(&mut self, flags: Flags) -> Result<Node, DefinitionError> {
        let start = self.at;
        let folded = self.folded.take();
        match self.next() {
            Some('(') => {
                self.folded = folded;
                self.group(flags, start)
            }
            Some('[') => Ok(Node::Set(self.class(flags, start)?)),
            Some('.') => {
                let mut set = CharSet::of([(0, CODE_POINTS - 1)]);
                if !flags.dot_all {
                    set.subtract(&CharSet::one('\n'));
                }
                Ok(Node::Set(set))
            }
            Some('^') if self.syntax == Syntax::Oniguruma => Ok(Node::Assert(Place::LineStartBeforeEnd)),
            Some('^') if flags.multi_line => Ok(Node::Assert(Place::LineStart)),
            Some('^') => Ok(Node::Assert(Place::TextStart)),
            Some('$') if flags.multi_line || self.syntax == Syntax::Oniguruma => {
                Ok(Node::Assert(Place::LineEnd))
            }
            Some('$') => Ok(Node::Assert(Place::TextEnd)),
            Some('*' | '+' | '?' | '{') => Err(self.invalid(start, "there is nothing to repeat")),
            Some('\\') => match self.peek() {
                Some('A') => {
                    self.at += 1;
                    Ok(Node::Assert(Place::TextStart))
                }
                Some('z') => {
                    self.at += 1;
                    Ok(Node::Assert(Place::TextEnd))
                }
                _ => Ok(Node::Set(self.escape(flags, start, false)?)),
            },
            Some(character) => {
                let mut set = CharSet::one(character);
                if flags.ignore_case {
                    set.fold();
                    self.folded = Some(character.to_ascii_lowercase());
                    // Oniguruma takes ß for `ss`, and ligatures for their letters.
                    let several = matches!(
                        (folded, self.folded),
                        (Some('s'), Some('s' | 't')) | (Some('f'), Some('f' | 'i' | 'l'))
                    );
                    if self.syntax == Syntax::Oniguruma && (several || !character.is_ascii()) {
                        return Err(self.unsupported_case(start));
                    }
                }
                Ok(Node::Set(set))
            }
            None => Err(self.invalid(start, "the pattern ends too early")),
        }
    }

    /// Behind the `(`.
    fn group(&mut self, flags: Flags, start: usize) -> Result<Node, DefinitionError> {
        self.enter()?;
        let node = if self.eat_all("?<=") || self.eat_all("?<!") {
            let negative = self.characters[self.at - 1] == '!';
            let node = self.group_end(flags, start)?;
            match node {
                Node::Set(set) => Node::Behind { set, negative },
                _ => return Err(self.unsupported(start)),
            }
        } else if self.eat_all("?=") || self.eat_all("?!") {
            let negative = self.characters[self.at - 1] == '!';
            Node::Ahead { node: Box::new(self.group_end(flags, start)?), negative }
        } else if self.eat_all("?>") {
            Node::Atomic(Box::new(self.group_end(flags, start)?))
        } else if self.eat_all("?:") {
            self.group_end(flags, start)?
        } else if self.eat_all("?P<") || self.eat_all("?<") {
            let name = self.at;
            while self.peek().is_some_and(|character| character.is_ascii_alphanumeric() || character == '_') {
                self.at += 1;
            }
            if self.at == name || !self.eat('>') {
                return Err(self.invalid(start, "the name of a group is missing"));
            }
            self.group_end(flags, start)?
        } else if self.eat('?') {
            match self.flag_letters(flags) {
                Some(changed) if self.eat(':') => self.group_end(changed, start)?,
                _ => {
                    self.next();
                    return Err(self.unsupported(start));
                }
            }
        } else {
            self.group_end(flags, start)?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn group_end(&mut self, flags: Flags, start: usize) -> Result<Node, DefinitionError> {
        let node = self.alternation(flags)?;
        if self.eat(')') { Ok(node) } else { Err(self.invalid(start, "a ( without its )")) }
    }

    /// The atom with the quantifier behind it, if there is one.
    fn repetition(&mut self, atom: Node, start: usize) -> Result<Node, DefinitionError> {
        let quantifier = self.at;
        let (min, max) = match self.peek() {
            Some('*') => (0, UNBOUNDED),
            Some('+') => (1, UNBOUNDED),
            Some('?') => (0, 1),
            Some('{') => self.bounds()?,
            _ => return Ok(atom),
        };
        let braces = self.next() == Some('}');
        // `s{2}` is `ss` to Oniguruma.
        if self.syntax == Syntax::Oniguruma && braces && self.folded.is_some() {
            return Err(self.unsupported_case(start));
        }
        let mode = if self.eat('?') {
            Mode::Lazy
        } else if self.eat('+') {
            Mode::Possessive
        } else {
            Mode::Greedy
        };
        // Oniguruma repeats the repetition, or makes `{n}?` optional, where others have a possessive or a lazy one.
        if self.syntax == Syntax::Oniguruma && braces && mode != Mode::Greedy {
            return Err(self.unsupported(quantifier));
        }
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            self.next();
            return Err(self.unsupported(quantifier));
        }
        match &atom {
            Node::Concat(items) if items.is_empty() => {
                return Err(self.invalid(quantifier, "there is nothing to repeat"));
            }
            Node::Ahead { .. } | Node::Behind { .. } | Node::Assert(_) => {
                return Err(DefinitionError::unsupported(self.position(start), "a repetition of a place"));
            }
            _ => {}
        }
        if max == UNBOUNDED && matches_empty(&atom) {
            return Err(DefinitionError::unsupported(
                self.position(start),
                "an endless repetition of what may be empty",
            ));
        }
        Ok(Node::Repeat { node: Box::new(atom), min, max, mode })
    }

    /// `{m}`, `{m,}`, `{,n}` or `{m,n}`, up to the brace that ends it.
    fn bounds(&mut self) -> Result<(u32, u32), DefinitionError> {
        let start = self.at;
        self.at += 1;
        let min = self.number(start)?;
        let comma = self.eat(',');
        let max = if comma { self.number(start)? } else { min };
        let (min, max) = match (min, max) {
            (Some(min), Some(max)) => (min, max),
            (Some(min), None) => (min, UNBOUNDED),
            (None, Some(max)) => (0, max),
            (None, None) => return Err(self.invalid(start, "a repetition without its numbers")),
        };
        if self.peek() != Some('}') {
            return Err(self.invalid(start, "a { without its }"));
        }
        if min > max {
            return Err(self.invalid(start, "a repetition whose numbers are in the wrong order"));
        }
        Ok((min, max))
    }

    fn number(&mut self, start: usize) -> Result<Option<u32>, DefinitionError> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|character| character.to_digit(10)) {
            let value = number.unwrap_or(0) * 10 + digit;
            if value > MAX_REPEAT {
                return Err(DefinitionError::limit(self.position(start), MAX_REPEAT.into(), "repetitions"));
            }
            number = Some(value);
            self.at += 1;
        }
        Ok(number)
    }

    /// Behind the `[`.
    fn class(&mut self, flags: Flags, start: usize) -> Result<CharSet, DefinitionError> {
        self.enter()?;
        let negative = self.eat('^');
        let mut left: Option<(CharSet, SetOperator)> = None;
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        while self.eat('-') {
            ranges.push(('-' as u32, '-' as u32));
            if self.syntax == Syntax::Oniguruma && self.peek() == Some('-') {
                self.at += 1;
                return Err(self.unsupported(self.at - 2));
            }
        }
        if ranges.is_empty() && self.eat(']') {
            ranges.push((']' as u32, ']' as u32));
        }
        loop {
            let at = self.at;
            let operator = if self.eat_all("&&") {
                Some(SetOperator::And)
            } else if self.eat_all("--") {
                if self.syntax == Syntax::Oniguruma {
                    return Err(self.unsupported(at));
                }
                Some(SetOperator::Without)
            } else if self.eat_all("~~") {
                return Err(self.unsupported(at));
            } else {
                None
            };
            let ends = operator.is_none() && self.eat(']');
            if operator.is_some() || ends {
                let mut set = CharSet::of(std::mem::take(&mut ranges));
                let operated = operator.is_some() || left.is_some();
                if flags.ignore_case && operated {
                    set.fold();
                }
                if let Some((mut before, pending)) = left.take() {
                    match pending {
                        SetOperator::And => before.intersect(&set),
                        SetOperator::Without => before.subtract(&set),
                    }
                    set = before;
                }
                match operator {
                    Some(operator) => left = Some((set, operator)),
                    None => {
                        if flags.ignore_case {
                            // Oniguruma folds classes in ways of its own.
                            let plain = !negative && !operated && set.is_ascii();
                            if self.syntax == Syntax::Oniguruma && !plain {
                                return Err(self.unsupported_case(start));
                            }
                            set.fold();
                        }
                        if negative {
                            set.negate();
                        }
                        self.depth -= 1;
                        return Ok(set);
                    }
                }
                continue;
            }
            match self.next() {
                None => return Err(self.invalid(start, "a [ without its ]")),
                Some('[') if matches!(self.peek(), Some(':')) => {
                    self.at += 1;
                    return Err(self.unsupported(at));
                }
                Some('[') => ranges.extend(self.class(flags, at)?.into_ranges()),
                Some(character) => self.class_item(character, at, flags, start, &mut ranges)?,
            }
        }
    }

    /// A character or an escape in a class, and the range that it may begin.
    fn class_item(
        &mut self,
        character: char,
        at: usize,
        flags: Flags,
        class_start: usize,
        ranges: &mut Vec<(u32, u32)>,
    ) -> Result<(), DefinitionError> {
        let low = self.class_member(character, at, flags)?;
        let ranged = self.peek() == Some('-') && !matches!(self.peek_at(1), None | Some(']' | '-'));
        if !ranged {
            ranges.extend(low.into_ranges());
            return Ok(());
        }
        self.at += 1;
        let end = self.at;
        let Some(character) = self.next() else {
            return Err(self.invalid(class_start, "a [ without its ]"));
        };
        let low = low.into_ranges();
        if character == '[' {
            return Err(self.invalid(end, "a range that ends with a class"));
        }
        // Not folded: a range has two characters, whatever the case.
        let high = self.class_member(character, end, Flags::default())?.into_ranges();
        match (low.as_slice(), high.as_slice()) {
            (&[(low, same_low)], &[(high, same_high)]) if low == same_low && high == same_high => {
                if low > high {
                    return Err(self.invalid(at, "a range whose ends are in the wrong order"));
                }
                ranges.push((low, high));
                Ok(())
            }
            _ => Err(self.invalid(at, "a range with a class as an end")),
        }
    }

    fn class_member(&mut self, character: char, at: usize, flags: Flags) -> Result<CharSet, DefinitionError> {
        if character != '\\' {
            return Ok(CharSet::one(character));
        }
        // What has no case of its own is folded with the rest of the class.
        let single = !matches!(self.peek(), Some('p' | 'P'));
        self.escape(if single { Flags::default() } else { flags }, at, true)
    }

    /// Behind the backslash at `start`: the characters that the escape stands for.
    fn escape(&mut self, flags: Flags, start: usize, in_class: bool) -> Result<CharSet, DefinitionError> {
        let Some(character) = self.next() else {
            return Err(self.invalid(start, "the pattern ends with a backslash"));
        };
        let mut set = match character {
            'n' => CharSet::one('\n'),
            'r' => CharSet::one('\r'),
            't' => CharSet::one('\t'),
            'f' => CharSet::one('\u{c}'),
            'v' if self.syntax == Syntax::Rust => CharSet::one('\u{b}'),
            'a' => CharSet::one('\u{7}'),
            's' | 'S' => negated(properties::white_space(), character == 'S'),
            'd' | 'D' => negated(properties::digits(), character == 'D'),
            'w' | 'W' => negated(self.word(in_class), character == 'W'),
            'p' | 'P' => return self.property(flags, start, character == 'P'),
            'x' | 'u' => self.code_point(flags, start, character)?,
            _ if character.is_ascii_punctuation() && !matches!(character, '<' | '>') => {
                CharSet::one(character)
            }
            ' ' => CharSet::one(' '),
            _ => return Err(self.unsupported(start)),
        };
        if flags.ignore_case {
            set.fold();
        }
        Ok(set)
    }

    /// Oniguruma counts the joiners out, and outside of classes some numbers in.
    fn word(&self, in_class: bool) -> CharSet {
        let mut set = properties::word();
        if self.syntax == Syntax::Oniguruma {
            set.subtract(&CharSet::of([(0x200c, 0x200d)]));
            if !in_class {
                set.union(&CharSet::of([(0xb2, 0xb3), (0xb9, 0xb9), (0xbc, 0xbe)]));
            }
        }
        set
    }

    /// `\p{name}`, `\p{^name}` or `\pN`, behind the `p`.
    fn property(
        &mut self,
        flags: Flags,
        start: usize,
        mut negative: bool,
    ) -> Result<CharSet, DefinitionError> {
        let mut name = String::new();
        match self.next() {
            Some('{') => {
                if self.syntax == Syntax::Oniguruma && self.eat('^') {
                    negative = !negative;
                }
                loop {
                    match self.next() {
                        Some('}') => break,
                        Some(character) => name.push(character),
                        None => return Err(self.invalid(start, "a { without its }")),
                    }
                }
            }
            Some(letter) if self.syntax == Syntax::Rust => name.push(letter),
            Some(_) => return Err(self.unsupported(start)),
            None => return Err(self.invalid(start, "the name of a property is missing")),
        }
        let Some(mut set) = properties::property(&name) else { return Err(self.unsupported(start)) };
        if flags.ignore_case && self.syntax == Syntax::Oniguruma {
            return Err(self.unsupported_case(start));
        }
        if flags.ignore_case {
            set.fold();
        }
        Ok(negated(set, negative))
    }

    /// `\x7f`, `\x{10ffff}`, `\u00e9` or `\u{e9}`, behind the letter.
    fn code_point(&mut self, flags: Flags, start: usize, letter: char) -> Result<CharSet, DefinitionError> {
        let mut value = 0;
        let mut digits = 0;
        let braces = self.eat('{');
        if braces && letter == 'u' && self.syntax == Syntax::Oniguruma {
            return Err(self.unsupported(start));
        }
        let most = match (braces, letter) {
            (true, _) => 8,
            (false, 'x') => 2,
            (false, _) => 4,
        };
        while digits < most {
            let Some(digit) = self.peek().and_then(|character| character.to_digit(16)) else { break };
            value = value << 4 | digit;
            digits += 1;
            self.at += 1;
        }
        let whole = if braces { digits > 0 && self.eat('}') } else { digits == most };
        if flags.ignore_case && self.syntax == Syntax::Oniguruma {
            return Err(self.unsupported_case(start));
        }
        match char::from_u32(value) {
            Some(character) if whole => Ok(CharSet::one(character)),
            _ => Err(self.invalid(start, "the number of a character is wrong")),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum SetOperator {
    And,
    Without,
}

fn negated(mut set: CharSet, negative: bool) -> CharSet {
    if negative {
        set.negate();
    }
    set
}

/// Branches that are all one character are a set, which matches without trying one after the other.
fn alternate(mut branches: Vec<Node>) -> Node {
    if branches.len() == 1 {
        return branches.remove(0);
    }
    let sets: Vec<&CharSet> = branches
        .iter()
        .filter_map(|branch| if let Node::Set(set) = branch { Some(set) } else { None })
        .collect();
    if sets.len() == branches.len() {
        return Node::Set(CharSet::of(sets.into_iter().flat_map(|set| set.clone().into_ranges())));
    }
    Node::Alternate(branches)
}

/// Whether a node can match without taking a character.
pub(super) fn matches_empty(node: &Node) -> bool {
    match node {
        Node::Set(_) => false,
        Node::Concat(items) => items.iter().all(matches_empty),
        Node::Alternate(branches) => branches.iter().any(matches_empty),
        Node::Repeat { node, min, .. } => *min == 0 || matches_empty(node),
        Node::Atomic(node) => matches_empty(node),
        Node::Ahead { .. } | Node::Behind { .. } | Node::Assert(_) => true,
    }
}
