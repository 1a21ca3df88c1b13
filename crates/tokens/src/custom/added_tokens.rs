//! Finds the texts that are tokens by themselves.

use crate::{
    custom::definition::{AddedToken, DefinitionError},
    custom::properties,
};
use std::collections::HashMap;

/// A set of added tokens, as a trie over their bytes.
#[derive(Debug, Default)]
pub(crate) struct AddedTokens {
    tokens: Vec<AddedToken>,
    /// From a node, by a byte, to a node; the first node is 0.
    children: HashMap<(u32, u8), u32>,
    /// The token that ends at a node.
    ends: HashMap<u32, usize>,
    /// The bytes a token begins with: most of a text is passed over by them.
    firsts: Vec<u8>,
}

/// A part of a text: an added token, or what is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    Token(u32),
    Text(usize, usize),
}

impl AddedTokens {
    /// `texts` are what is looked for, in step with the tokens.
    pub(crate) fn new(tokens: Vec<AddedToken>, texts: &[String]) -> Result<Self, DefinitionError> {
        let mut set = Self { tokens, ..Self::default() };
        let mut nodes = 1;
        for (index, text) in texts.iter().enumerate() {
            let mut node = 0;
            set.firsts.extend(text.as_bytes().first().filter(|first| !set.firsts.contains(first)));
            for &byte in text.as_bytes() {
                node = *set.children.entry((node, byte)).or_insert_with(|| {
                    nodes += 1;
                    nodes - 1
                });
            }
            if set.ends.insert(node, index).is_some() {
                let fault = "two tokens are the same when they are normalized";
                return Err(DefinitionError::invalid("tokenizerJson, added_tokens", fault));
            }
        }
        Ok(set)
    }

    /// The text in parts. A special token is found only where `allowed` says so.
    pub(crate) fn segments(&self, text: &str, allowed: impl Fn(&AddedToken) -> bool) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut behind = 0;
        let mut from = 0;
        while let Some((mut start, mut end, token)) = self.find(text, from, &allowed) {
            from = end;
            if token.single_word
                && (is_word(text[..start].chars().next_back()) || is_word(text[end..].chars().next()))
            {
                continue;
            }
            if token.left_strip {
                // Not further back than the token before: a text of such tokens would be walked again for each.
                start = behind + text[behind..start.max(behind)].trim_end_matches(char::is_whitespace).len();
            }
            if token.right_strip {
                end = text.len() - text[end..].trim_start_matches(char::is_whitespace).len();
            }
            if behind < start {
                segments.push(Segment::Text(behind, start));
            }
            segments.push(Segment::Token(token.id));
            behind = end;
        }
        if behind < text.len() {
            segments.push(Segment::Text(behind, text.len()));
        }
        segments
    }

    /// The leftmost token at `from` or behind it, the longest of those that start there.
    fn find(
        &self,
        text: &str,
        from: usize,
        allowed: impl Fn(&AddedToken) -> bool,
    ) -> Option<(usize, usize, &AddedToken)> {
        if self.tokens.is_empty() {
            return None;
        }
        for start in from..text.len() {
            if !self.firsts.contains(&text.as_bytes()[start]) {
                continue;
            }
            let mut node = 0;
            let mut longest = None;
            for (offset, &byte) in text.as_bytes()[start..].iter().enumerate() {
                let Some(&child) = self.children.get(&(node, byte)) else { break };
                node = child;
                if let Some(token) = self.ends.get(&node).map(|&index| &self.tokens[index])
                    && (!token.special || allowed(token))
                {
                    longest = Some((start, start + offset + 1, token));
                }
            }
            if longest.is_some() {
                return longest;
            }
        }
        None
    }
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(|character| properties::is_word(character as u32))
}
