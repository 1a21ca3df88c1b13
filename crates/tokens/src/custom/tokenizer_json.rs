//! `tokenizer.json` of Hugging Face's tokenizers, as far as it is byte-level BPE. What would change the ids and is not
//! implemented is refused; truncation, padding and the post-processor are not applied, as with
//! `encode(…, add_special_tokens=False)`.

use crate::{
    custom::definition::{
        AddedToken, Behavior, Definition, DefinitionError, MAX_ADDED_BYTES, MAX_ADDED_TOKEN_BYTES,
        MAX_FILE_BYTES, MAX_ID, MAX_STEPS, MAX_TOKEN_BYTES, MAX_TOKENS, MergePair, Merges, Normalizer, Step,
        Token,
    },
    custom::pattern::{Pattern, Syntax},
};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

const ARGUMENT: &str = "tokenizerJson";

impl Definition {
    /// The tokenizer of a `tokenizer.json`.
    ///
    /// # Errors
    /// `Invalid` for what is no such file, `Unsupported` for what would change the ids and is not implemented, `Limit`.
    pub fn from_tokenizer_json(json: &[u8]) -> Result<Self, DefinitionError> {
        if json.len() > MAX_FILE_BYTES {
            return Err(DefinitionError::limit(ARGUMENT, MAX_FILE_BYTES as u64, "bytes"));
        }
        let value: Value = serde_json::from_slice(json)
            .map_err(|_| DefinitionError::invalid(ARGUMENT, "it is not JSON in UTF-8"))?;
        let root = Part { value: &value, place: ARGUMENT.to_owned() };
        root.object()?;
        let model = model(&root.field("model"))?;
        let mut normalizers = Vec::new();
        read_normalizers(&root.field("normalizer"), &mut normalizers)?;
        let mut steps = Vec::new();
        let pre_tokenizer = root.field("pre_tokenizer");
        let byte_level = read_steps(&pre_tokenizer, false, &mut steps)?;
        if !byte_level {
            return Err(pre_tokenizer.unsupported("a tokenizer without ByteLevel"));
        }
        decoder(&root.field("decoder"))?;
        let added = added_tokens(&root.field("added_tokens"), &model)?;
        Ok(Self { tokens: model.tokens, merges: model.merges, normalizers, steps, added })
    }
}

/// A value with its place, for errors.
struct Part<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Part<'a> {
    /// A field of an object; null where it is not there, or where this is no object.
    fn field(&self, name: &str) -> Part<'a> {
        let separator = if self.place == ARGUMENT { ", " } else { "." };
        Part {
            value: self.value.get(name).unwrap_or(&Value::Null),
            place: format!("{}{separator}{name}", self.place),
        }
    }

    fn item(&self, index: usize, value: &'a Value) -> Part<'a> {
        Part { value, place: format!("{}[{index}]", self.place) }
    }

    fn must_be(&self, what: &str) -> DefinitionError {
        DefinitionError::invalid(&self.place, format!("it is not {what}"))
    }

    fn unsupported(&self, part: &str) -> DefinitionError {
        DefinitionError::unsupported(&self.place, part)
    }

    fn object(&self) -> Result<&'a Map<String, Value>, DefinitionError> {
        self.value.as_object().ok_or_else(|| self.must_be("an object"))
    }

    fn array(&self) -> Result<&'a [Value], DefinitionError> {
        self.value.as_array().map(Vec::as_slice).ok_or_else(|| self.must_be("an array"))
    }

    fn string(&self) -> Result<&'a str, DefinitionError> {
        self.value.as_str().ok_or_else(|| self.must_be("a string"))
    }

    /// `default` where it is not there.
    fn boolean(&self, default: bool) -> Result<bool, DefinitionError> {
        match self.value {
            Value::Null => Ok(default),
            Value::Bool(value) => Ok(*value),
            _ => Err(self.must_be("true or false")),
        }
    }

    fn id(&self) -> Result<u32, DefinitionError> {
        id(self.value).ok_or_else(|| self.must_be("an integer from 0 to 2147483647"))
    }

    /// A string that is empty or not there; others are refused.
    fn no_text(&self) -> Result<(), DefinitionError> {
        match self.value {
            Value::Null => Ok(()),
            Value::String(text) if text.is_empty() => Ok(()),
            Value::String(_) => Err(self.unsupported("a text here")),
            _ => Err(self.must_be("a string")),
        }
    }

    fn kind(&self) -> Result<&'a str, DefinitionError> {
        self.object()?;
        self.field("type").string()
    }

    /// A type that is not among those implemented.
    fn unknown(&self, kind: &str) -> DefinitionError {
        let shown: String = kind.chars().take(40).collect();
        self.field("type").unsupported(&format!("\"{shown}\""))
    }
}

/// JSON has one kind of number: `5`, `5.0` and `5e0` are the same to JavaScript.
fn id(value: &Value) -> Option<u32> {
    let number = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is in range and has no fraction"
    )]
    (number >= 0.0 && number < f64::from(MAX_ID) && number.fract() == 0.0).then_some(number as u32)
}

struct Model {
    tokens: Vec<Token>,
    merges: Merges,
    ids: HashMap<String, u32>,
}

fn model(model: &Part<'_>) -> Result<Model, DefinitionError> {
    let fields = model.object()?;
    // Older files do not say it, and have merges.
    if model.field("type").value.is_null() && fields.contains_key("merges") {
    } else if model.kind()? != "BPE" {
        return Err(model.unknown(model.kind()?));
    }
    let dropout = model.field("dropout");
    if !dropout.value.is_null() && dropout.value.as_f64() != Some(0.0) {
        return Err(dropout.unsupported("dropout"));
    }
    model.field("continuing_subword_prefix").no_text()?;
    model.field("end_of_word_suffix").no_text()?;
    // What these say concerns bytes without a token, and every byte has one.
    model.field("byte_fallback").boolean(false)?;
    model.field("fuse_unk").boolean(false)?;
    let whole_first = model.field("ignore_merges").boolean(false)?;

    let vocab = model.field("vocab");
    let entries = vocab.object()?;
    if entries.len() > MAX_TOKENS {
        return Err(DefinitionError::limit(&vocab.place, MAX_TOKENS as u64, "tokens"));
    }
    let alphabet = ByteAlphabet::new();
    let mut ids = HashMap::with_capacity(entries.len());
    let mut tokens = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let id = id(value).ok_or_else(|| {
            DefinitionError::invalid(&vocab.place, "an id is not an integer from 0 to 2147483647")
        })?;
        let bytes = alphabet.bytes(name);
        let reachable = bytes.as_ref().is_some_and(|bytes| !bytes.is_empty());
        tokens.push(Token { bytes: bytes.unwrap_or_else(|| name.as_bytes().to_vec()), id, reachable });
        ids.insert(name.clone(), id);
    }
    if entries.keys().any(|name| name.len() > MAX_TOKEN_BYTES) {
        return Err(DefinitionError::limit(&vocab.place, MAX_TOKEN_BYTES as u64, "bytes of a token"));
    }
    tokens.sort_unstable_by_key(|token| token.id);
    if let Some(pair) = tokens.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(DefinitionError::invalid(&vocab.place, format!("two tokens have the id {}", pair[0].id)));
    }
    for byte in 0..=u8::MAX {
        // No UTF-8 has the others.
        let occurs = !matches!(byte, 0xc0 | 0xc1 | 0xf5..);
        if occurs && !ids.contains_key(alphabet.character(byte).encode_utf8(&mut [0; 4]) as &str) {
            let fault = format!("the byte 0x{byte:02x} is no token, so that not every text has ids");
            return Err(DefinitionError::invalid(&vocab.place, fault));
        }
    }

    let merges = model.field("merges");
    let list = merges.array()?;
    if list.len() > MAX_TOKENS {
        return Err(DefinitionError::limit(&merges.place, MAX_TOKENS as u64, "merges"));
    }
    let mut pairs = Vec::with_capacity(list.len());
    let mut both = String::new();
    for (index, value) in list.iter().enumerate() {
        let part = merges.item(index, value);
        let (left, right) = match value {
            Value::String(text) => {
                let parts = text.split_once(' ').filter(|(_, right)| !right.contains(' '));
                parts.ok_or_else(|| part.must_be("two tokens with a space between"))?
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(left), Value::String(right)] => (left.as_str(), right.as_str()),
                _ => return Err(part.must_be("two tokens")),
            },
            _ => return Err(part.must_be("two tokens")),
        };
        both.clear();
        both.extend([left, right]);
        let known = |name: &str| ids.get(name).copied();
        match (known(left), known(right), known(&both)) {
            (Some(left), Some(right), Some(merged)) => pairs.push(MergePair { left, right, merged }),
            _ => {
                return Err(DefinitionError::invalid(
                    part.place,
                    "a token of the merge is not in model.vocab",
                ));
            }
        }
    }
    Ok(Model { tokens, merges: Merges::Listed { pairs, whole_first }, ids })
}

/// The printable characters that stand for bytes in a vocabulary: those of Latin-1 for themselves, and for the rest
/// characters from U+0100 on, in the order of the bytes.
struct ByteAlphabet {
    characters: [char; 256],
    bytes: HashMap<char, u8>,
}

impl ByteAlphabet {
    fn new() -> Self {
        let mut characters = ['\0'; 256];
        let mut bytes = HashMap::new();
        let mut others = '\u{100}'..;
        for byte in 0..=u8::MAX {
            let itself = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..);
            let character = if itself { char::from(byte) } else { others.next().unwrap_or('\u{100}') };
            characters[usize::from(byte)] = character;
            bytes.insert(character, byte);
        }
        Self { characters, bytes }
    }

    fn character(&self, byte: u8) -> char {
        self.characters[usize::from(byte)]
    }

    /// Nothing where a character stands for no byte.
    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        name.chars().map(|character| self.bytes.get(&character).copied()).collect()
    }
}

fn read_normalizers(part: &Part<'_>, normalizers: &mut Vec<Normalizer>) -> Result<(), DefinitionError> {
    if part.value.is_null() {
        return Ok(());
    }
    let normalizer = match part.kind()? {
        "Sequence" => {
            let list = part.field("normalizers");
            for (index, value) in list.array()?.iter().enumerate() {
                let item = list.item(index, value);
                item.object()?;
                read_normalizers(&item, normalizers)?;
            }
            return Ok(());
        }
        "NFC" => Normalizer::Nfc,
        "NFD" => Normalizer::Nfd,
        "NFKC" => Normalizer::Nfkc,
        "NFKD" => Normalizer::Nfkd,
        other => return Err(part.unknown(other)),
    };
    if normalizers.len() == MAX_STEPS {
        return Err(DefinitionError::limit(&part.place, MAX_STEPS as u64, "normalizers"));
    }
    normalizers.push(normalizer);
    Ok(())
}

/// Adds the steps of a pre-tokenizer; `done` is whether text has become bytes before it. Says whether it has, behind it.
fn read_steps(part: &Part<'_>, done: bool, steps: &mut Vec<Step>) -> Result<bool, DefinitionError> {
    if part.value.is_null() {
        return Ok(done);
    }
    let kind = part.kind()?;
    if kind == "Sequence" {
        let list = part.field("pretokenizers");
        let mut done = done;
        for (index, value) in list.array()?.iter().enumerate() {
            let item = list.item(index, value);
            item.object()?;
            done = read_steps(&item, done, steps)?;
        }
        return Ok(done);
    }
    if done {
        return Err(part.unsupported("a step behind ByteLevel"));
    }
    if steps.len() + 2 > MAX_STEPS {
        return Err(DefinitionError::limit(&part.place, MAX_STEPS as u64, "steps"));
    }
    match kind {
        "ByteLevel" => {
            if part.field("add_prefix_space").boolean(true)? {
                steps.push(Step::PrefixSpace);
            }
            if part.field("use_regex").boolean(true)? {
                let pattern = Pattern::new("gpt2", Syntax::Rust, &part.place)?;
                steps.push(Step::Split { pattern, behavior: Behavior::Isolated, invert: false });
            }
            Ok(true)
        }
        "Digits" => {
            let individual = part.field("individual_digits").boolean(false)?;
            let behavior = if individual { Behavior::Isolated } else { Behavior::Contiguous };
            let pattern = Pattern::new(r"\p{N}", Syntax::Rust, &part.place)?;
            steps.push(Step::Split { pattern, behavior, invert: false });
            Ok(false)
        }
        "Split" => {
            let pattern = pattern(&part.field("pattern"))?;
            let named = part.field("behavior");
            let behavior = match named.string()? {
                "Removed" => Behavior::Removed,
                "Isolated" => Behavior::Isolated,
                "MergedWithPrevious" => Behavior::MergedWithPrevious,
                "MergedWithNext" => Behavior::MergedWithNext,
                "Contiguous" => Behavior::Contiguous,
                _ => return Err(named.must_be("a behavior")),
            };
            let invert = part.field("invert").boolean(false)?;
            steps.push(Step::Split { pattern, behavior, invert });
            Ok(false)
        }
        other => Err(part.unknown(other)),
    }
}

fn pattern(part: &Part<'_>) -> Result<Pattern, DefinitionError> {
    let fields = part.object()?;
    if fields.len() != 1 {
        return Err(part.must_be("an object with Regex or String"));
    }
    if fields.contains_key("Regex") {
        let regex = part.field("Regex");
        return Pattern::expression(regex.string()?, Syntax::Oniguruma, &regex.place);
    }
    let text = part.field("String");
    if !fields.contains_key("String") {
        return Err(part.must_be("an object with Regex or String"));
    }
    if text.string()?.is_empty() {
        return Err(text.unsupported("an empty text"));
    }
    Pattern::literal(text.string()?, &text.place)
}

/// Decoding gives the bytes of the tokens, which is what this one does.
fn decoder(part: &Part<'_>) -> Result<(), DefinitionError> {
    if part.value.is_null() {
        return Ok(());
    }
    match part.kind()? {
        "ByteLevel" => Ok(()),
        "Sequence" => {
            let list = part.field("decoders");
            for (index, value) in list.array()?.iter().enumerate() {
                decoder(&list.item(index, value))?;
            }
            Ok(())
        }
        other => Err(part.unknown(other)),
    }
}

fn added_tokens(part: &Part<'_>, model: &Model) -> Result<Vec<AddedToken>, DefinitionError> {
    if part.value.is_null() {
        return Ok(Vec::new());
    }
    let list = part.array()?;
    if list.len() > MAX_TOKENS {
        return Err(DefinitionError::limit(&part.place, MAX_TOKENS as u64, "tokens"));
    }
    let mut added = Vec::with_capacity(list.len());
    let mut texts = HashSet::new();
    let mut largest: Option<u32> = None;
    let mut bytes = 0;
    for (index, value) in list.iter().enumerate() {
        let item = part.item(index, value);
        item.object()?;
        let content = item.field("content");
        let text = content.string()?;
        if text.is_empty() {
            return Err(content.must_be("a text of one character or more"));
        }
        if text.len() > MAX_ADDED_TOKEN_BYTES {
            return Err(DefinitionError::limit(content.place, MAX_ADDED_TOKEN_BYTES as u64, "bytes"));
        }
        bytes += text.len();
        if bytes > MAX_ADDED_BYTES {
            return Err(DefinitionError::limit(&part.place, MAX_ADDED_BYTES as u64, "bytes"));
        }
        if !texts.insert(text) {
            return Err(DefinitionError::invalid(content.place, "the text is another token's too"));
        }
        let id = item.field("id").id()?;
        // tokenizers numbers anew: by the vocabulary, or behind everything.
        let size = u32::try_from(model.tokens.len())
            .map_err(|_| DefinitionError::limit(&part.place, MAX_TOKENS as u64, "tokens"))?;
        let expected = match (model.ids.get(text), largest) {
            (Some(&id), _) => id,
            (None, Some(largest)) if largest >= size => largest + 1,
            (None, _) => size,
        };
        if id != expected {
            let fault = format!("it is {id}, which tokenizers would make {expected}");
            return Err(DefinitionError::invalid(item.field("id").place, fault));
        }
        if !model.ids.contains_key(text) && model.tokens.binary_search_by_key(&id, |token| token.id).is_ok() {
            let fault = format!("the id {id} is another token's too");
            return Err(DefinitionError::invalid(item.field("id").place, fault));
        }
        largest = largest.max(Some(id));
        let special = item.field("special").boolean(false)?;
        let token = AddedToken {
            text: text.to_owned(),
            id,
            special,
            normalized: item.field("normalized").boolean(!special)?,
            single_word: item.field("single_word").boolean(false)?,
            left_strip: item.field("lstrip").boolean(false)?,
            right_strip: item.field("rstrip").boolean(false)?,
        };
        added.push(token);
    }
    let strips = added.iter().any(|token| token.right_strip);
    let spaced = added.iter().any(|token| token.text.starts_with(char::is_whitespace));
    if strips && spaced {
        return Err(part.unsupported("rstrip beside a token that starts with white space"));
    }
    Ok(added)
}
