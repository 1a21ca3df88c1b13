//! Runs a program over text: backtracking with a stack of its own.

use super::{
    parse::{Mode, Place, UNBOUNDED},
    program::{Instruction, Program},
};
use crate::custom::definition::DefinitionError;

/// Steps that a text of no length may take, and that each character adds. Patterns in use take some twenty a character.
const STEPS: u64 = 100_000;
const STEPS_PER_CHARACTER: u64 = 200;
/// Choices that can be open at once: a repeated group leaves one behind each time.
const MAX_FRAMES: usize = 1 << 20;

/// What matching a text may still cost, and the stack that matches share.
#[derive(Debug, Default)]
pub struct Matcher {
    stack: Vec<Frame>,
    steps: u64,
    limit: u64,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    kind: Kind,
    /// The instruction to go on with.
    next: usize,
    /// The position to go on at; of a greedy run its end so far.
    at: usize,
    /// Of a greedy run the first position it must not give back behind; of a lazy one how many may follow.
    bound: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Choice,
    Greedy,
    Lazy,
    Atomic,
    Ahead,
    NotAhead,
}

impl Matcher {
    /// For a text of so many characters.
    #[must_use]
    pub fn new(characters: usize) -> Self {
        let limit = STEPS + STEPS_PER_CHARACTER * characters as u64;
        Self { stack: Vec::new(), steps: 0, limit }
    }

    /// How many steps have been taken: the same number in both engines.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The leftmost match that starts at `from` or behind it.
    pub(super) fn find(
        &mut self,
        program: &Program,
        text: &str,
        from: usize,
    ) -> Result<Option<(usize, usize)>, DefinitionError> {
        let mut start = from;
        loop {
            if let Some(set) = program.first {
                let set = &program.sets[set];
                while let Some(character) = character_at(text, start) {
                    if set.contains(character as u32) {
                        break;
                    }
                    start += character.len_utf8();
                    self.steps += 1;
                }
                if start >= text.len() {
                    self.check()?;
                    return Ok(None);
                }
            }
            if let Some(end) = self.match_at(program, text, start)? {
                return Ok(Some((start, end)));
            }
            match character_at(text, start) {
                Some(character) => start += character.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    fn check(&self) -> Result<(), DefinitionError> {
        if self.steps > self.limit {
            return Err(DefinitionError::limit("text", self.limit, "steps to match the pattern"));
        }
        Ok(())
    }

    fn push(&mut self, frame: Frame) -> Result<(), DefinitionError> {
        if self.stack.len() == MAX_FRAMES {
            return Err(DefinitionError::limit(
                "text",
                MAX_FRAMES as u64,
                "open choices while matching the pattern",
            ));
        }
        self.stack.push(frame);
        Ok(())
    }

    /// Takes the frames down to the innermost of a kind, that one too, and returns its position.
    fn cut(&mut self, kind: Kind) -> usize {
        loop {
            let frame = self.stack.pop().expect("a group is left only after it was entered");
            if frame.kind == kind {
                return frame.at;
            }
        }
    }

    /// Where the match that starts at `start` ends.
    pub(super) fn match_at(
        &mut self,
        program: &Program,
        text: &str,
        start: usize,
    ) -> Result<Option<usize>, DefinitionError> {
        self.stack.clear();
        let mut at = start;
        let mut next = 0;
        loop {
            self.steps += 1;
            self.check()?;
            let matched = match program.code[next] {
                Instruction::Set(set) => match character_at(text, at) {
                    Some(character) if program.sets[set].contains(character as u32) => {
                        at += character.len_utf8();
                        next += 1;
                        true
                    }
                    _ => false,
                },
                Instruction::Run { set, min, max, mode } => {
                    let set = &program.sets[set];
                    let most = if mode == Mode::Lazy { min } else { max };
                    let mut count = 0;
                    let mut least = at;
                    let mut end = at;
                    while count < most {
                        match character_at(text, end) {
                            Some(character) if set.contains(character as u32) => {
                                end += character.len_utf8();
                                count += 1;
                                if count == min {
                                    least = end;
                                }
                            }
                            _ => break,
                        }
                    }
                    self.steps += u64::from(count);
                    if count < min {
                        false
                    } else {
                        if mode == Mode::Greedy && end > least {
                            self.push(Frame { kind: Kind::Greedy, next: next + 1, at: end, bound: least })?;
                        } else if mode == Mode::Lazy && count < max {
                            let more = if max == UNBOUNDED { usize::MAX } else { (max - count) as usize };
                            self.push(Frame { kind: Kind::Lazy, next, at: end, bound: more })?;
                        }
                        at = end;
                        next += 1;
                        true
                    }
                }
                Instruction::Branch { guard, other } => {
                    let open = guard.is_none_or(|set| {
                        character_at(text, at)
                            .is_some_and(|character| program.sets[set].contains(character as u32))
                    });
                    if open {
                        self.push(Frame { kind: Kind::Choice, next: other, at, bound: 0 })?;
                        next += 1;
                    } else {
                        next = other;
                    }
                    true
                }
                Instruction::Loop { first } => {
                    self.push(Frame { kind: Kind::Choice, next: next + 1, at, bound: 0 })?;
                    next = first;
                    true
                }
                Instruction::Jump(target) => {
                    next = target;
                    true
                }
                Instruction::AtomicStart => {
                    self.push(Frame { kind: Kind::Atomic, next: 0, at, bound: 0 })?;
                    next += 1;
                    true
                }
                Instruction::AtomicEnd => {
                    self.cut(Kind::Atomic);
                    next += 1;
                    true
                }
                Instruction::AheadStart => {
                    self.push(Frame { kind: Kind::Ahead, next: 0, at, bound: 0 })?;
                    next += 1;
                    true
                }
                Instruction::AheadEnd => {
                    at = self.cut(Kind::Ahead);
                    next += 1;
                    true
                }
                Instruction::NotAheadStart { after } => {
                    self.push(Frame { kind: Kind::NotAhead, next: after, at, bound: 0 })?;
                    next += 1;
                    true
                }
                Instruction::NotAheadEnd => {
                    self.cut(Kind::NotAhead);
                    false
                }
                Instruction::Behind { set, negative } => {
                    let before = text[..at].chars().next_back();
                    let found = before.is_some_and(|character| program.sets[set].contains(character as u32));
                    next += 1;
                    found != negative
                }
                Instruction::Assert(place) => {
                    next += 1;
                    match place {
                        Place::TextStart => at == 0,
                        Place::TextEnd => at == text.len(),
                        Place::LineStart => at == 0 || text.as_bytes()[at - 1] == b'\n',
                        Place::LineStartBeforeEnd => {
                            at == 0 || at < text.len() && text.as_bytes()[at - 1] == b'\n'
                        }
                        Place::LineEnd => at == text.len() || text.as_bytes()[at] == b'\n',
                    }
                }
                Instruction::Match => return Ok(Some(at)),
            };
            if !matched {
                match self.backtrack(program, text)? {
                    Some(resumed) => (next, at) = resumed,
                    None => return Ok(None),
                }
            }
        }
    }

    /// Where to go on after a failure.
    fn backtrack(
        &mut self,
        program: &Program,
        text: &str,
    ) -> Result<Option<(usize, usize)>, DefinitionError> {
        while let Some(frame) = self.stack.pop() {
            self.steps += 1;
            match frame.kind {
                // A group whose inside has failed.
                Kind::Atomic | Kind::Ahead => {}
                Kind::Choice | Kind::NotAhead => return Ok(Some((frame.next, frame.at))),
                Kind::Greedy => {
                    let length = text[..frame.at].chars().next_back().map_or(0, char::len_utf8);
                    let at = frame.at - length;
                    if at > frame.bound {
                        self.stack.push(Frame { at, ..frame });
                    }
                    return Ok(Some((frame.next, at)));
                }
                Kind::Lazy => {
                    let Instruction::Run { set, .. } = program.code[frame.next] else { continue };
                    if let Some(character) = character_at(text, frame.at)
                        && program.sets[set].contains(character as u32)
                    {
                        let at = frame.at + character.len_utf8();
                        let bound = if frame.bound == usize::MAX { usize::MAX } else { frame.bound - 1 };
                        if bound > 0 {
                            self.stack.push(Frame { at, bound, ..frame });
                        }
                        return Ok(Some((frame.next + 1, at)));
                    }
                }
            }
        }
        Ok(None)
    }
}

#[inline]
fn character_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}
