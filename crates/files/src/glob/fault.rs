//! What is wrong with a pattern.

/// Why a pattern cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GlobFault {
    /// The pattern is empty.
    Empty,
    /// A pattern among those that leave out starts with `!`.
    Negated,
    /// The pattern starts with a slash, where patterns are relative.
    Absolute,
    /// The pattern has a name `..`.
    Parent,
    /// A slash inside `*(…)`, `+(…)` or `!(…)`.
    Slash {
        /// The character before the parenthesis.
        kind: char,
    },
    /// Groups in groups, too deep.
    Depth,
    /// Braces that stand for too many alternatives.
    Alternatives,
    /// The patterns stand for too much together.
    Nodes,
    /// Too many groups that repeat or exclude.
    Repeats,
}

impl std::fmt::Display for GlobFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use super::{expand::MAX_NODES, expand::MAX_REPEATS, parse::MAX_ALTERNATIVES, parse::MAX_DEPTH};
        match self {
            GlobFault::Empty => formatter.write_str("is empty"),
            GlobFault::Negated => formatter.write_str("cannot be negated"),
            GlobFault::Absolute => formatter.write_str("is absolute: patterns are relative to cwd"),
            GlobFault::Parent => formatter.write_str("leads out of cwd by ..: set cwd instead"),
            GlobFault::Slash { kind } => write!(formatter, "has a slash inside {kind}(…)"),
            GlobFault::Depth => write!(formatter, "has more than {MAX_DEPTH} groups in each other"),
            GlobFault::Alternatives => {
                write!(formatter, "stands for more than {MAX_ALTERNATIVES} alternatives")
            }
            GlobFault::Nodes => write!(formatter, "makes the list stand for more than {MAX_NODES} nodes"),
            GlobFault::Repeats => {
                write!(formatter, "makes the list have more than {MAX_REPEATS} groups *(…), +(…) and !(…)")
            }
        }
    }
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}[{index}] {fault}", if *excluding { "options.ignore" } else { "patterns" })]
pub struct GlobError {
    /// Whether the pattern is one of those that leave out.
    pub excluding: bool,
    /// The place of the pattern in its list.
    pub index: usize,
    /// What is wrong with it.
    pub fault: GlobFault,
}
