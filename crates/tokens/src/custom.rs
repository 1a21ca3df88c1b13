//! Runs a definition.

use crate::{
    added_tokens::{AddedTokens, Segment},
    definition::{AddedToken, Behavior, Definition, DefinitionError, Merges, Normalizer, Step},
    pair_merge::{Merge, PairMerger},
    pattern::{Matcher, Pattern},
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};
use unicode_normalization::{UnicodeNormalization as _, is_nfc, is_nfd, is_nfkc, is_nfkd};

/// The longest text, with room for what normalization adds.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// Encodes and decodes with a vocabulary that is not built in. It is made from a [`Definition`] once, and shared freely.
///
/// ```
/// use tenon_tokens::{AllowedSpecial, CustomTokenizer, Definition, pattern::{Pattern, Syntax}};
/// # let mut ranks: String = (0..=u8::MAX).map(|byte| {
/// #     use base64::Engine as _;
/// #     format!("{} {byte}\n", base64::engine::general_purpose::STANDARD.encode([byte]))
/// # }).collect();
/// # ranks += "YWI= 256\n";
///
/// let pattern = Pattern::new("gpt2", Syntax::Rust, "pattern")?;
/// let definition = Definition::from_tiktoken(ranks.as_bytes(), pattern, &[("<|end|>", 300)])?;
/// let tokenizer = CustomTokenizer::new(definition)?;
/// assert_eq!(tokenizer.encode("ab<|end|>", AllowedSpecial::All)?, [256, 300]);
/// assert_eq!(tokenizer.decode(&[256, 300], 100)?, b"ab<|end|>");
/// # Ok::<(), tenon_tokens::DefinitionError>(())
/// ```
///
/// Time is `O(n log n)` in the longest piece and linear in the text, but for patterns that are slow by themselves, whose
/// steps are bounded.
#[derive(Debug)]
pub struct CustomTokenizer {
    model: Model,
    normalizers: Vec<Normalizer>,
    steps: Vec<Step>,
    /// Those looked for in the text as it is, and those looked for in normalized text.
    raw: AddedTokens,
    normalized: AddedTokens,
    added: HashMap<u32, AddedToken>,
}

/// Which special tokens `encode` finds in a text.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AllowedSpecial<'a> {
    /// None: they are text like any other.
    None,
    /// All.
    All,
    /// Those with one of these texts.
    Only(&'a HashSet<&'a str>),
}

impl CustomTokenizer {
    /// The tokenizer of a definition.
    ///
    /// # Errors
    /// `Invalid` where two added tokens are the same when they are normalized.
    pub fn new(definition: Definition) -> Result<Self, DefinitionError> {
        let Definition { tokens, merges, normalizers, steps, added } = definition;
        let (late, early): (Vec<_>, Vec<_>) = added.iter().cloned().partition(|token| token.normalized);
        let as_they_are: Vec<String> = early.iter().map(|token| token.text.clone()).collect();
        let normal: Vec<String> =
            late.iter().map(|token| normalize(&token.text, &normalizers).into_owned()).collect();
        Ok(Self {
            model: Model::new(tokens, merges),
            raw: AddedTokens::new(early, &as_they_are)?,
            normalized: AddedTokens::new(late, &normal)?,
            normalizers,
            steps,
            added: added.into_iter().map(|token| (token.id, token)).collect(),
        })
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// `Limit` for a text of more than a gigabyte, and where a pattern takes too many steps.
    pub fn encode(&self, text: &str, allowed: AllowedSpecial<'_>) -> Result<Vec<u32>, DefinitionError> {
        let mut ids = Vec::new();
        let mut merger = PairMerger::default();
        self.cut(text, allowed, &mut |piece| match piece {
            Piece::Token(id) => ids.push(id),
            Piece::Text(text) => self.model.encode(text.as_bytes(), &mut merger, &mut ids),
        })?;
        Ok(ids)
    }

    /// The pretokens of a text, and the texts of its added tokens.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn pretokens(&self, text: &str, allowed: AllowedSpecial<'_>) -> Result<Vec<String>, DefinitionError> {
        let mut pretokens = Vec::new();
        self.cut(text, allowed, &mut |piece| {
            pretokens.push(match piece {
                Piece::Token(id) => self.added.get(&id).map_or_else(String::new, |token| token.text.clone()),
                Piece::Text(text) => text.to_owned(),
            });
        })?;
        Ok(pretokens)
    }

    /// The bytes of ids, those of added tokens included.
    ///
    /// # Errors
    /// `Invalid` for an id that is no token, with its position; `Limit` for more than `limit_bytes`.
    pub fn decode(&self, ids: &[u32], limit_bytes: usize) -> Result<Vec<u8>, DefinitionError> {
        let mut bytes = Vec::new();
        for (index, &id) in ids.iter().enumerate() {
            let token = self.token(id).ok_or_else(|| {
                DefinitionError::invalid(format!("ids[{index}]"), format!("{id} is no token of the encoding"))
            })?;
            bytes.extend_from_slice(token);
            if bytes.len() > limit_bytes {
                return Err(DefinitionError::limit("ids", limit_bytes as u64, "bytes"));
            }
        }
        Ok(bytes)
    }

    /// The bytes of a token.
    #[must_use]
    pub fn token(&self, id: u32) -> Option<&[u8]> {
        self.added.get(&id).map(|token| token.text.as_bytes()).or_else(|| self.model.token(id))
    }

    /// The added tokens, in no order.
    pub fn added_tokens(&self) -> impl Iterator<Item = &AddedToken> {
        self.added.values()
    }

    fn cut(
        &self,
        text: &str,
        allowed: AllowedSpecial<'_>,
        emit: &mut dyn FnMut(Piece<'_>),
    ) -> Result<(), DefinitionError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(DefinitionError::limit("text", MAX_TEXT_BYTES as u64, "bytes"));
        }
        let allowed = |token: &AddedToken| match allowed {
            AllowedSpecial::None => false,
            AllowedSpecial::All => true,
            AllowedSpecial::Only(texts) => texts.contains(token.text.as_str()),
        };
        let mut matcher = Matcher::new(text.chars().count());
        for segment in self.raw.segments(text, allowed) {
            let text = match segment {
                Segment::Token(id) => {
                    emit(Piece::Token(id));
                    continue;
                }
                Segment::Text(start, end) => normalize(&text[start..end], &self.normalizers),
            };
            for segment in self.normalized.segments(&text, allowed) {
                match segment {
                    Segment::Token(id) => emit(Piece::Token(id)),
                    Segment::Text(start, end) => take(&self.steps, &text[start..end], &mut matcher, emit)?,
                }
            }
        }
        Ok(())
    }
}

/// A pretoken, or the id of an added token.
enum Piece<'a> {
    Token(u32),
    Text(&'a str),
}

/// Takes a piece through the steps; there are at most `MAX_STEPS`, which bounds the recursion.
fn take(
    steps: &[Step],
    piece: &str,
    matcher: &mut Matcher,
    emit: &mut dyn FnMut(Piece<'_>),
) -> Result<(), DefinitionError> {
    if piece.is_empty() {
        return Ok(());
    }
    let Some((step, steps)) = steps.split_first() else {
        emit(Piece::Text(piece));
        return Ok(());
    };
    match step {
        Step::PrefixSpace if piece.starts_with(' ') => take(steps, piece, matcher, emit),
        Step::PrefixSpace => take(steps, &format!(" {piece}"), matcher, emit),
        Step::Matches(pattern) => {
            for (start, end) in pattern.matches(piece, matcher)? {
                take(steps, &piece[start..end], matcher, emit)?;
            }
            Ok(())
        }
        Step::Split { pattern, behavior, invert } => {
            for (start, end) in split(pattern, *behavior, *invert, piece, matcher)? {
                take(steps, &piece[start..end], matcher, emit)?;
            }
            Ok(())
        }
    }
}

/// The pieces into which matches split a text; some may be empty.
fn split(
    pattern: &Pattern,
    behavior: Behavior,
    invert: bool,
    text: &str,
    matcher: &mut Matcher,
) -> Result<Vec<(usize, usize)>, DefinitionError> {
    // Every part with whether it is a match.
    let mut parts: Vec<(usize, usize, bool)> = Vec::new();
    let mut behind = 0;
    for (start, end) in pattern.matches(text, matcher)? {
        if behind < start {
            parts.push((behind, start, invert));
        }
        parts.push((start, end, !invert));
        behind = end;
    }
    if behind < text.len() {
        parts.push((behind, text.len(), invert));
    }
    let mut pieces: Vec<(usize, usize)> = Vec::with_capacity(parts.len());
    let mut before = false;
    match behavior {
        Behavior::Removed => pieces.extend(parts.iter().filter(|part| !part.2).map(|part| (part.0, part.1))),
        Behavior::Isolated => pieces.extend(parts.iter().map(|part| (part.0, part.1))),
        Behavior::MergedWithPrevious => {
            for (start, end, matched) in parts {
                match pieces.last_mut() {
                    Some(last) if matched && !before => last.1 = end,
                    _ => pieces.push((start, end)),
                }
                before = matched;
            }
        }
        Behavior::MergedWithNext => {
            for (start, end, matched) in parts.into_iter().rev() {
                match pieces.last_mut() {
                    Some(last) if matched && !before => last.0 = start,
                    _ => pieces.push((start, end)),
                }
                before = matched;
            }
            pieces.reverse();
        }
        Behavior::Contiguous => {
            for (start, end, matched) in parts {
                match pieces.last_mut() {
                    Some(last) if matched == before => last.1 = end,
                    _ => pieces.push((start, end)),
                }
                before = matched;
            }
        }
    }
    Ok(pieces)
}

fn normalize<'a>(text: &'a str, normalizers: &[Normalizer]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for normalizer in normalizers {
        let normal = match normalizer {
            Normalizer::Nfc => is_nfc(&text),
            Normalizer::Nfd => is_nfd(&text),
            Normalizer::Nfkc => is_nfkc(&text),
            Normalizer::Nfkd => is_nfkd(&text),
        };
        if normal {
            continue;
        }
        text = Cow::Owned(match normalizer {
            Normalizer::Nfc => text.nfc().collect(),
            Normalizer::Nfd => text.nfd().collect(),
            Normalizer::Nfkc => text.nfkc().collect(),
            Normalizer::Nfkd => text.nfkd().collect(),
        });
    }
    text
}

/// The vocabulary and its merges. Tokens are named by their position, in the order of their ids.
#[derive(Debug)]
struct Model {
    ids: Vec<u32>,
    bytes: Vec<Vec<u8>>,
    /// The position of each token that text can become.
    positions: HashMap<Vec<u8>, u32>,
    longest: usize,
    single: [u32; 256],
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    ByRank,
    Listed { merges: HashMap<(u32, u32), Merge>, whole_first: bool },
}

impl Model {
    fn new(tokens: Vec<crate::Token>, merges: Merges) -> Self {
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let positions: HashMap<Vec<u8>, u32> = (0..)
            .zip(&tokens)
            .filter(|(_, token)| token.reachable)
            .map(|(at, token)| (token.bytes.clone(), at))
            .collect();
        let mut single = [0; 256];
        for byte in 0..=u8::MAX {
            // Those that are missing occur in no UTF-8.
            single[usize::from(byte)] = positions.get([byte].as_slice()).copied().unwrap_or(0);
        }
        let rule = match merges {
            Merges::ByRank => Rule::ByRank,
            Merges::Listed { pairs, whole_first } => {
                let position = |id: u32| ids.binary_search(&id).ok().and_then(|at| u32::try_from(at).ok());
                let mut merges = HashMap::with_capacity(pairs.len());
                for (priority, pair) in (0..).zip(pairs) {
                    if let (Some(left), Some(right), Some(merged)) =
                        (position(pair.left), position(pair.right), position(pair.merged))
                    {
                        merges.insert((left, right), Merge { priority, merged });
                    }
                }
                Rule::Listed { merges, whole_first }
            }
        };
        Self {
            longest: tokens.iter().map(|token| token.bytes.len()).max().unwrap_or(0),
            bytes: tokens.into_iter().map(|token| token.bytes).collect(),
            ids,
            positions,
            single,
            rule,
        }
    }

    fn token(&self, id: u32) -> Option<&[u8]> {
        self.ids.binary_search(&id).ok().map(|at| self.bytes[at].as_slice())
    }

    fn position(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() > self.longest { None } else { self.positions.get(bytes).copied() }
    }

    fn encode(&self, piece: &[u8], merger: &mut PairMerger, ids: &mut Vec<u32>) {
        let whole_first = matches!(self.rule, Rule::ByRank | Rule::Listed { whole_first: true, .. });
        if whole_first && let Some(at) = self.position(piece) {
            ids.push(self.ids[at as usize]);
            return;
        }
        let tokens = piece.iter().map(|&byte| self.single[usize::from(byte)]);
        let emit = |at: u32| ids.push(self.ids[at as usize]);
        match &self.rule {
            Rule::ByRank => merger.merge(
                tokens,
                |left, right| {
                    let at = self.position(&piece[left.start as usize..right.end as usize])?;
                    Some(Merge { priority: at, merged: at })
                },
                emit,
            ),
            Rule::Listed { merges, .. } => {
                merger.merge(tokens, |left, right| merges.get(&(left.token, right.token)).copied(), emit);
            }
        }
    }
}
