//! From a tree to instructions.

use super::{
    parse::{Mode, Node, Place, UNBOUNDED, matches_empty},
    set::CharSet,
};
use crate::custom::definition::DefinitionError;
use std::collections::HashMap;

/// Repetitions of groups are written out, so that a short pattern may become a long program.
const MAX_INSTRUCTIONS: usize = 1 << 14;

#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) code: Vec<Instruction>,
    pub(super) sets: Vec<CharSet>,
    /// What a match begins with, where it cannot be empty: the search passes over the rest.
    pub(super) first: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Instruction {
    /// One character of a set.
    Set(usize),
    /// Several characters of a set.
    Run {
        set: usize,
        min: u32,
        max: u32,
        mode: Mode,
    },
    /// Goes on here, and at `other` where that fails. Where the next character is not in `guard`, it can only fail.
    Branch {
        guard: Option<usize>,
        other: usize,
    },
    /// Goes on at `first`, and here where that fails.
    Loop {
        first: usize,
    },
    Jump(usize),
    AtomicStart,
    AtomicEnd,
    AheadStart,
    AheadEnd,
    NotAheadStart {
        after: usize,
    },
    NotAheadEnd,
    Behind {
        set: usize,
        negative: bool,
    },
    Assert(Place),
    Match,
}

struct Compiler<'a> {
    code: Vec<Instruction>,
    sets: Vec<CharSet>,
    numbers: HashMap<CharSet, usize>,
    place: &'a str,
}

pub(super) fn compile(node: &Node, place: &str) -> Result<Program, DefinitionError> {
    let mut compiler = Compiler { code: Vec::new(), sets: Vec::new(), numbers: HashMap::new(), place };
    compiler.node(node)?;
    compiler.push(Instruction::Match)?;
    let first = compiler.guard(node);
    Ok(Program { code: compiler.code, sets: compiler.sets, first })
}

impl Compiler<'_> {
    fn push(&mut self, instruction: Instruction) -> Result<usize, DefinitionError> {
        if self.code.len() == MAX_INSTRUCTIONS {
            return Err(DefinitionError::limit(self.place, MAX_INSTRUCTIONS as u64, "instructions"));
        }
        self.code.push(instruction);
        Ok(self.code.len() - 1)
    }

    fn set(&mut self, set: &CharSet) -> usize {
        if let Some(&number) = self.numbers.get(set) {
            return number;
        }
        self.sets.push(set.clone());
        self.numbers.insert(set.clone(), self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// The set that a match of the node begins with; nothing where it may be empty.
    fn guard(&mut self, node: &Node) -> Option<usize> {
        if matches_empty(node) {
            return None;
        }
        let mut ranges = Vec::new();
        firsts(node, &mut ranges);
        Some(self.set(&CharSet::of(ranges)))
    }

    fn node(&mut self, node: &Node) -> Result<(), DefinitionError> {
        match node {
            Node::Set(set) => {
                let set = self.set(set);
                self.push(Instruction::Set(set))?;
            }
            Node::Concat(items) => {
                for item in items {
                    self.node(item)?;
                }
            }
            Node::Alternate(branches) => self.alternate(branches)?,
            Node::Repeat { node, min, max, mode } => self.repeat(node, *min, *max, *mode)?,
            Node::Atomic(node) => {
                self.push(Instruction::AtomicStart)?;
                self.node(node)?;
                self.push(Instruction::AtomicEnd)?;
            }
            Node::Ahead { node, negative: false } => {
                self.push(Instruction::AheadStart)?;
                self.node(node)?;
                self.push(Instruction::AheadEnd)?;
            }
            Node::Ahead { node, negative: true } => {
                let start = self.push(Instruction::NotAheadStart { after: 0 })?;
                self.node(node)?;
                let after = self.push(Instruction::NotAheadEnd)? + 1;
                self.code[start] = Instruction::NotAheadStart { after };
            }
            Node::Behind { set, negative } => {
                let set = self.set(set);
                self.push(Instruction::Behind { set, negative: *negative })?;
            }
            Node::Assert(place) => {
                self.push(Instruction::Assert(*place))?;
            }
        }
        Ok(())
    }

    fn alternate(&mut self, branches: &[Node]) -> Result<(), DefinitionError> {
        let mut jumps = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            if index + 1 == branches.len() {
                self.node(branch)?;
                break;
            }
            let guard = self.guard(branch);
            let start = self.push(Instruction::Branch { guard, other: 0 })?;
            self.node(branch)?;
            jumps.push(self.push(Instruction::Jump(0))?);
            self.code[start] = Instruction::Branch { guard, other: self.code.len() };
        }
        for jump in jumps {
            self.code[jump] = Instruction::Jump(self.code.len());
        }
        Ok(())
    }

    fn repeat(&mut self, node: &Node, min: u32, max: u32, mode: Mode) -> Result<(), DefinitionError> {
        if let Node::Set(set) = node {
            let set = self.set(set);
            self.push(Instruction::Run { set, min, max, mode })?;
            return Ok(());
        }
        if mode == Mode::Possessive {
            self.push(Instruction::AtomicStart)?;
            self.repeat(node, min, max, Mode::Greedy)?;
            self.push(Instruction::AtomicEnd)?;
            return Ok(());
        }
        // The last of the copies that must be there is the loop, where it is endless.
        let looped = max == UNBOUNDED && min > 0;
        let mut start = self.code.len();
        for _ in 0..min {
            start = self.code.len();
            self.node(node)?;
        }
        if looped {
            if mode == Mode::Greedy {
                self.push(Instruction::Loop { first: start })?;
            } else {
                let other = self.code.len() + 2;
                // Lazy: behind the loop first, into it again where that fails.
                self.push(Instruction::Loop { first: other })?;
                self.push(Instruction::Jump(start))?;
            }
            return Ok(());
        }
        if max == UNBOUNDED {
            let enter = self.enter(node, mode)?;
            self.node(node)?;
            self.push(Instruction::Jump(enter.0))?;
            self.leave(&[enter], mode);
            return Ok(());
        }
        let mut entries = Vec::new();
        for _ in min..max {
            entries.push(self.enter(node, mode)?);
            self.node(node)?;
        }
        self.leave(&entries, mode);
        Ok(())
    }

    /// The choice whether to repeat once more, to be finished by `leave`.
    fn enter(&mut self, node: &Node, mode: Mode) -> Result<(usize, Option<usize>), DefinitionError> {
        if mode == Mode::Greedy {
            let guard = self.guard(node);
            return Ok((self.push(Instruction::Branch { guard, other: 0 })?, guard));
        }
        Ok((self.push(Instruction::Loop { first: 0 })?, None))
    }

    fn leave(&mut self, entries: &[(usize, Option<usize>)], mode: Mode) {
        let end = self.code.len();
        for &(entry, guard) in entries {
            self.code[entry] = if mode == Mode::Greedy {
                Instruction::Branch { guard, other: end }
            } else {
                Instruction::Loop { first: end }
            };
        }
    }
}

/// Adds what the node can begin with, and says whether it may be empty, so that what follows counts too.
fn firsts(node: &Node, ranges: &mut Vec<(u32, u32)>) {
    match node {
        Node::Set(set) => ranges.extend(set.clone().into_ranges()),
        Node::Concat(items) => {
            for item in items {
                firsts(item, ranges);
                if !matches_empty(item) {
                    break;
                }
            }
        }
        Node::Alternate(branches) => branches.iter().for_each(|branch| firsts(branch, ranges)),
        Node::Repeat { max: 0, .. } => {}
        Node::Repeat { node, .. } | Node::Atomic(node) => firsts(node, ranges),
        Node::Ahead { .. } | Node::Behind { .. } | Node::Assert(_) => {}
    }
}
