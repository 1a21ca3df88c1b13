//! Vocabularies that are not built in: their files, what they define, and what runs a definition.

mod added_tokens;
mod definition;
mod pair_merge;
pub mod pattern;
mod properties;
mod tiktoken_file;
mod tokenizer_json;

pub use definition::{
    AddedToken, Behavior, Definition, DefinitionError, DefinitionErrorKind, MAX_ADDED_BYTES,
    MAX_ADDED_TOKEN_BYTES, MAX_FILE_BYTES, MAX_ID, MAX_STEPS, MAX_TOKEN_BYTES, MAX_TOKENS, MergePair, Merges,
    Normalizer, Step, Token,
};
pub use tiktoken_file::parse_tiktoken;

use crate::{Encode, Error, Unit};
use added_tokens::{AddedTokens, Segment};
use pair_merge::{Merge, PairMerger};
use pattern::{Cursor, Matcher, Pattern};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};
use unicode_normalization::UnicodeNormalization as _;

/// The longest text, as it is and normalized.
const MAX_TEXT_BYTES: usize = 1 << 29;

/// Pretokens whose ids are remembered within a text: up to so many of up to so many bytes.
const MAX_KNOWN: usize = 1 << 16;
const MAX_KNOWN_BYTES: usize = 64;

/// After so many pretokens a caller may end the work.
const PIECES_BETWEEN_LOOKS: usize = 1 << 12;

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
    /// The special ones, in the order of ids, then of texts.
    special: Vec<(String, u32)>,
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
        let normal: Vec<String> = late
            .iter()
            .map(|token| Ok(normalize(&token.text, &normalizers)?.into_owned()))
            .collect::<Result<_, _>>()?;
        let mut special: Vec<(String, u32)> =
            added.iter().filter(|token| token.special).map(|token| (token.text.clone(), token.id)).collect();
        special
            .sort_unstable_by(|(text, id), (other_text, other_id)| (id, text).cmp(&(other_id, other_text)));
        Ok(Self {
            special,
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
    /// `Limit` for a text of more than 536870912 bytes, and where a pattern takes too many steps.
    pub fn encode(&self, text: &str, allowed: AllowedSpecial<'_>) -> Result<Vec<u32>, DefinitionError> {
        Ok(self.encode_unless(text, allowed, &mut || false)?.expect("nothing ends the work"))
    }

    /// The ids of a text; nothing where `ended`, which is asked between pretokens, says so.
    fn encode_unless(
        &self,
        text: &str,
        allowed: AllowedSpecial<'_>,
        ended: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<u32>>, DefinitionError> {
        let mut ids: Vec<u32> = Vec::new();
        let mut merger = PairMerger::default();
        // Text repeats its words: where the ids of each begin and end.
        let mut known: HashMap<Box<str>, (usize, usize)> = HashMap::new();
        let mut pieces = 0_usize;
        let result = self.cut(text, allowed, &mut |piece| {
            if pieces.is_multiple_of(PIECES_BETWEEN_LOOKS) && ended() {
                return Err(Stop::Ended);
            }
            pieces += 1;
            match piece {
                Piece::Token(id) => ids.push(id),
                Piece::Text(text) => match known.get(text) {
                    Some(&(start, end)) => ids.extend_from_within(start..end),
                    None => {
                        let start = ids.len();
                        self.model.encode(text.as_bytes(), &mut merger, &mut ids);
                        if text.len() <= MAX_KNOWN_BYTES && known.len() < MAX_KNOWN {
                            known.insert(text.into(), (start, ids.len()));
                        }
                    }
                },
            }
            Ok(())
        });
        match result {
            Ok(()) => Ok(Some(ids)),
            Err(Stop::Ended) => Ok(None),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// The pretokens of a text, and the texts of its added tokens.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn pretokens(&self, text: &str, allowed: AllowedSpecial<'_>) -> Result<Vec<String>, DefinitionError> {
        let mut pretokens = Vec::new();
        let result = self.cut(text, allowed, &mut |piece| {
            pretokens.push(match piece {
                Piece::Token(id) => self.added.get(&id).map_or_else(String::new, |token| token.text.clone()),
                Piece::Text(text) => text.to_owned(),
            });
            Ok(())
        });
        match result {
            Err(Stop::Fault(fault)) => Err(fault),
            Ok(()) | Err(Stop::Ended) => Ok(pretokens),
        }
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

    /// The texts of special tokens by their positions.
    fn texts(&self, positions: &[u32]) -> HashSet<&str> {
        let special = positions.iter().filter_map(|&position| self.special.get(position as usize));
        special.map(|(text, _)| text.as_str()).collect()
    }

    fn cut(
        &self,
        text: &str,
        allowed: AllowedSpecial<'_>,
        emit: &mut dyn FnMut(Piece<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(DefinitionError::limit("text", MAX_TEXT_BYTES as u64, "bytes").into());
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
                    emit(Piece::Token(id))?;
                    continue;
                }
                Segment::Text(start, end) => normalize(&text[start..end], &self.normalizers)?,
            };
            for segment in self.normalized.segments(&text, allowed) {
                match segment {
                    Segment::Token(id) => emit(Piece::Token(id))?,
                    Segment::Text(start, end) => take(&self.steps, &text[start..end], &mut matcher, emit)?,
                }
            }
        }
        Ok(())
    }
}

/// Of a text as a whole: what a definition does to it may leave no place for each of its tokens.
impl Encode for &CustomTokenizer {
    fn special_tokens(&self) -> &[(String, u32)] {
        &self.special
    }

    fn token_length(&self, id: u32) -> usize {
        self.token(id).map_or(0, <[u8]>::len)
    }

    fn units(
        &mut self,
        text: &str,
        allowed: &[u32],
        visit: &mut dyn FnMut(Unit<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let ids = CustomTokenizer::encode(self, text, AllowedSpecial::Only(&self.texts(allowed)))?;
        let _ = visit(Unit { start: 0, end: text.len(), ids: &ids });
        Ok(())
    }

    fn count_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<usize>, Error> {
        Ok(self.encode_while(text, allowed, go_on)?.map(|ids| ids.len()))
    }

    fn encode_while(
        &mut self,
        text: &str,
        allowed: &[u32],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<u32>>, Error> {
        let texts = self.texts(allowed);
        Ok(self.encode_unless(text, AllowedSpecial::Only(&texts), &mut || !go_on())?)
    }

    fn decode(&self, ids: &[u32], limit_bytes: usize) -> Result<Vec<u8>, Error> {
        Ok(CustomTokenizer::decode(self, ids, limit_bytes)?)
    }
}

/// Why cutting stops before the end of the text.
enum Stop {
    /// The caller has enough.
    Ended,
    Fault(DefinitionError),
}

impl From<DefinitionError> for Stop {
    fn from(fault: DefinitionError) -> Self {
        Self::Fault(fault)
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
    emit: &mut dyn FnMut(Piece<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    if piece.is_empty() {
        return Ok(());
    }
    let Some((step, steps)) = steps.split_first() else {
        return emit(Piece::Text(piece));
    };
    match step {
        Step::PrefixSpace if piece.starts_with(' ') => take(steps, piece, matcher, emit),
        Step::PrefixSpace => take(steps, &format!(" {piece}"), matcher, emit),
        Step::Matches(pattern) => {
            let mut cursor = Cursor::default();
            while let Some((start, end)) = cursor.next(pattern, piece, matcher)? {
                take(steps, &piece[start..end], matcher, emit)?;
            }
            Ok(())
        }
        Step::Split { pattern, behavior, invert } => {
            let mut pieces = Pieces::new(pattern, *behavior, *invert, piece);
            while let Some((start, end)) = pieces.next(matcher)? {
                take(steps, &piece[start..end], matcher, emit)?;
            }
            Ok(())
        }
    }
}

/// The pieces into which matches split a text, one after the other; some may be empty.
struct Pieces<'a> {
    pattern: &'a Pattern,
    behavior: Behavior,
    invert: bool,
    text: &'a str,
    cursor: Cursor,
    /// Where the parts that were given end.
    behind: usize,
    /// A match whose turn comes after the part before it.
    found: Option<(usize, usize)>,
    /// A piece that may become longer.
    open: Option<(usize, usize)>,
    /// Whether the part before was a match.
    before: bool,
}

impl<'a> Pieces<'a> {
    fn new(pattern: &'a Pattern, behavior: Behavior, invert: bool, text: &'a str) -> Self {
        let cursor = Cursor::default();
        Self { pattern, behavior, invert, text, cursor, behind: 0, found: None, open: None, before: false }
    }

    /// The next match, or what is between two, with whether it counts as a match.
    fn part(&mut self, matcher: &mut Matcher) -> Result<Option<(usize, usize, bool)>, DefinitionError> {
        let found = match self.found.take() {
            Some(found) => Some(found),
            None => self.cursor.next(self.pattern, self.text, matcher)?,
        };
        let start = self.behind;
        let next = found.map_or(self.text.len(), |found| found.0);
        if start < next {
            self.found = found;
            self.behind = next;
            return Ok(Some((start, next, self.invert)));
        }
        self.behind = found.map_or(next, |found| found.1);
        Ok(found.map(|(start, end)| (start, end, !self.invert)))
    }

    fn next(&mut self, matcher: &mut Matcher) -> Result<Option<(usize, usize)>, DefinitionError> {
        while let Some((start, end, matched)) = self.part(matcher)? {
            let before = std::mem::replace(&mut self.before, matched);
            match (self.behavior, self.open) {
                (Behavior::Removed, _) if matched => {}
                (Behavior::Removed | Behavior::Isolated, _) => return Ok(Some((start, end))),
                (Behavior::MergedWithPrevious, Some(open)) if matched && !before => {
                    self.open = Some((open.0, end));
                }
                (Behavior::Contiguous, Some(open)) if matched == before => self.open = Some((open.0, end)),
                (Behavior::MergedWithNext, Some(open)) if !matched => {
                    self.open = None;
                    return Ok(Some((open.0, end)));
                }
                (Behavior::MergedWithNext, None) if !matched => return Ok(Some((start, end))),
                (_, open) => {
                    self.open = Some((start, end));
                    if open.is_some() {
                        return Ok(open);
                    }
                }
            }
        }
        Ok(self.open.take())
    }
}

/// The text in its normalization forms, one after the other, as Unicode 16 has them: what is not assigned there stays as
/// it is, so that the tables of newer versions make no difference.
fn normalize<'a>(text: &'a str, normalizers: &[Normalizer]) -> Result<Cow<'a, str>, DefinitionError> {
    let mut text = Cow::Borrowed(text);
    if text.is_ascii() {
        return Ok(text);
    }
    for normalizer in normalizers {
        let mut normal = String::new();
        let mut start = 0;
        for (at, character) in
            text.char_indices().filter(|&(_, character)| !properties::is_assigned(character))
        {
            push_normalized(&mut normal, &text[start..at], *normalizer)?;
            normal.push(character);
            start = at + character.len_utf8();
        }
        push_normalized(&mut normal, &text[start..], *normalizer)?;
        text = Cow::Owned(normal);
    }
    Ok(text)
}

fn push_normalized(normal: &mut String, text: &str, normalizer: Normalizer) -> Result<(), DefinitionError> {
    match normalizer {
        Normalizer::Nfc => push_bounded(normal, text.nfc()),
        Normalizer::Nfd => push_bounded(normal, text.nfd()),
        Normalizer::Nfkc => push_bounded(normal, text.nfkc()),
        Normalizer::Nfkd => push_bounded(normal, text.nfkd()),
    }
}

/// One character may become eighteen.
fn push_bounded(normal: &mut String, characters: impl Iterator<Item = char>) -> Result<(), DefinitionError> {
    for character in characters {
        normal.push(character);
        if normal.len() > MAX_TEXT_BYTES {
            return Err(DefinitionError::limit("text", MAX_TEXT_BYTES as u64, "bytes when it is normalized"));
        }
    }
    Ok(())
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
    fn new(tokens: Vec<Token>, merges: Merges) -> Self {
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
