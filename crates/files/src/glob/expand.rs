//! The alternatives that a pattern stands for, each a list of segments: what may stand between two slashes.
//!
//! Braces and `@(…)`, `?(…)` with a slash or a `**` inside are multiplied out; what is left of groups matches within
//! one segment.

use std::collections::HashSet;
use std::sync::Arc;

use super::class::Class;
use super::fault::GlobFault;
use super::parse::{Group, MAX_ALTERNATIVES, Node};

/// The most nodes and bytes of literal text that a list of patterns may stand for.
pub(super) const MAX_NODES: usize = 1 << 20;
/// The most groups `*(…)`, `+(…)` and `!(…)` in a list of patterns: each costs the square of a name's length.
pub(super) const MAX_REPEATS: usize = 64;

/// A part of a segment.
#[derive(Debug)]
pub(super) enum Piece {
    Literal(Vec<u8>),
    /// One character.
    Any,
    /// Any number of characters.
    Star,
    Class(Class),
    /// Each of these texts.
    Words(Words),
    /// One of the alternatives.
    Choice {
        optional: bool,
        alternatives: Vec<Vec<Arc<Piece>>>,
    },
    /// A group that repeats or excludes.
    Repeat {
        kind: Repeat,
        alternatives: Vec<Vec<Arc<Piece>>>,
        id: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Any number of times.
    Any,
    /// Once or more.
    Some,
    /// Whatever the alternatives do not match.
    Except,
}

/// Texts of which one has to be there.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) set: HashSet<Vec<u8>>,
    pub(super) lengths: Vec<usize>,
}

impl Words {
    pub(super) fn new(texts: impl IntoIterator<Item = Vec<u8>>) -> Words {
        let set: HashSet<Vec<u8>> = texts.into_iter().collect();
        let mut lengths: Vec<usize> = set.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Words { set, lengths }
    }
}

/// What may stand between two slashes.
pub(super) enum Segment {
    /// `**`: any number of names.
    Names,
    Name(Vec<Arc<Piece>>),
}

pub(super) struct Alternative {
    pub(super) segments: Vec<Segment>,
    /// It ends in a slash.
    pub(super) folder_only: bool,
}

/// What is left for the patterns of one list, and what they have in common.
pub(super) struct Budget {
    nodes: usize,
    repeats: usize,
    fold: bool,
}

impl Budget {
    /// A whole one; with `fold` literal text is put in lower case.
    pub(super) fn new(fold: bool) -> Budget {
        Budget { nodes: MAX_NODES, repeats: MAX_REPEATS, fold }
    }

    pub(super) fn take(&mut self, nodes: usize) -> Result<(), GlobFault> {
        self.nodes = self.nodes.checked_sub(nodes).ok_or(GlobFault::Nodes)?;
        Ok(())
    }

    /// A number for a group that repeats or excludes.
    fn repeat(&mut self) -> Result<usize, GlobFault> {
        self.repeats = self.repeats.checked_sub(1).ok_or(GlobFault::Repeats)?;
        Ok(self.repeats)
    }

    fn literal(&self, text: &[u8]) -> Vec<u8> {
        if self.fold { text.to_ascii_lowercase() } else { text.to_vec() }
    }
}

pub(super) fn expand(nodes: &[Node], budget: &mut Budget) -> Result<Vec<Alternative>, GlobFault> {
    product(nodes, budget)?.into_iter().map(|flat| alternative(flat, budget)).collect()
}

#[derive(Clone)]
enum Flat {
    Slash,
    Stars(usize),
    Piece(Arc<Piece>),
}

impl Flat {
    /// A run of stars is one star, unless it is a whole segment.
    fn piece(self) -> Arc<Piece> {
        match self {
            Flat::Piece(piece) => piece,
            Flat::Slash | Flat::Stars(_) => Arc::new(Piece::Star),
        }
    }
}

/// Every choice of alternatives of the groups that may reach over slashes.
fn product(nodes: &[Node], budget: &mut Budget) -> Result<Vec<Vec<Flat>>, GlobFault> {
    let mut results: Vec<Vec<Flat>> = vec![Vec::new()];
    for node in nodes {
        match node {
            Node::Group(Group { kind: kind @ (b'{' | b'@' | b'?'), alternatives, wide: true, .. }) => {
                let mut choices = Vec::new();
                for alternative in alternatives {
                    choices.extend(product(alternative, budget)?);
                }
                if *kind == b'?' {
                    choices.push(Vec::new());
                }
                if results.len() * choices.len() > MAX_ALTERNATIVES {
                    return Err(GlobFault::Alternatives);
                }
                let mut longer = Vec::with_capacity(results.len() * choices.len());
                for before in &results {
                    for choice in &choices {
                        budget.take(before.len() + choice.len())?;
                        longer.push([&before[..], &choice[..]].concat());
                    }
                }
                results = longer;
            }
            node => {
                budget.take(results.len())?;
                let flat = flat(node, budget)?;
                for result in &mut results {
                    result.push(flat.clone());
                }
            }
        }
    }
    Ok(results)
}

/// A node that stays within its segment.
fn flat(node: &Node, budget: &mut Budget) -> Result<Flat, GlobFault> {
    let piece = match node {
        Node::Slash => return Ok(Flat::Slash),
        Node::Stars(count) => return Ok(Flat::Stars(*count)),
        Node::Any => Piece::Any,
        Node::Literal(text) => Piece::Literal(budget.literal(text)),
        Node::Class(class) => Piece::Class(class.clone()),
        Node::Words(words) => {
            for word in words {
                budget.take(1 + word.len())?;
            }
            Piece::Words(Words::new(words.iter().map(|word| budget.literal(word))))
        }
        Node::Group(group) => groups(group, budget)?,
    };
    Ok(Flat::Piece(Arc::new(piece)))
}

fn groups(group: &Group, budget: &mut Budget) -> Result<Piece, GlobFault> {
    if group.slash {
        return Err(GlobFault::Slash { kind: char::from(group.kind) });
    }
    let mut alternatives = Vec::with_capacity(group.alternatives.len());
    for nodes in &group.alternatives {
        let mut pieces = Vec::with_capacity(nodes.len());
        for node in nodes {
            let literal = if let Node::Literal(text) = node { text.len() } else { 0 };
            budget.take(1 + literal)?;
            pieces.push(flat(node, budget)?.piece());
        }
        alternatives.push(pieces);
    }
    let kind = match group.kind {
        b'*' => Repeat::Any,
        b'+' => Repeat::Some,
        b'!' => Repeat::Except,
        kind => {
            let optional = kind == b'?';
            let Some(mut texts) =
                alternatives.iter().map(|pieces| literal_of(pieces)).collect::<Option<Vec<_>>>()
            else {
                return Ok(Piece::Choice { optional, alternatives });
            };
            if optional {
                texts.push(Vec::new());
            }
            return Ok(Piece::Words(Words::new(texts)));
        }
    };
    Ok(Piece::Repeat { kind, alternatives, id: budget.repeat()? })
}

/// The text of an alternative that is nothing else.
fn literal_of(pieces: &[Arc<Piece>]) -> Option<Vec<u8>> {
    match pieces {
        [] => Some(Vec::new()),
        [piece] => match &**piece {
            Piece::Literal(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn alternative(nodes: Vec<Flat>, budget: &mut Budget) -> Result<Alternative, GlobFault> {
    let mut parts: Vec<Vec<Flat>> = vec![Vec::new()];
    for node in nodes {
        match (node, parts.last_mut()) {
            (Flat::Slash, _) | (_, None) => parts.push(Vec::new()),
            (node, Some(part)) => part.push(node),
        }
    }
    let folder_only = parts.len() > 1 && parts.last().is_some_and(Vec::is_empty);
    if folder_only {
        parts.pop();
    }
    let mut segments = Vec::with_capacity(parts.len());
    for part in parts {
        if matches!(part[..], [Flat::Stars(2)]) {
            // A second one would stand for nothing more.
            if !matches!(segments.last(), Some(Segment::Names)) {
                segments.push(Segment::Names);
            }
        } else {
            segments.push(Segment::Name(joined(part, budget)?));
        }
    }
    Ok(Alternative { segments, folder_only })
}

/// The pieces of a segment; literal text that comes together is one piece.
fn joined(nodes: Vec<Flat>, budget: &mut Budget) -> Result<Vec<Arc<Piece>>, GlobFault> {
    let mut pieces: Vec<Arc<Piece>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let stars = matches!(node, Flat::Stars(_));
        let piece = node.piece();
        if let Piece::Literal(text) = &*piece {
            budget.take(text.len())?;
        }
        match (pieces.last().map(|last| &**last), &*piece) {
            (Some(Piece::Literal(last)), Piece::Literal(text)) => {
                let joined = Arc::new(Piece::Literal([&last[..], text].concat()));
                pieces.pop();
                pieces.push(joined);
            }
            (Some(Piece::Star), _) if stars => {}
            _ => pieces.push(piece),
        }
    }
    Ok(pieces)
}
