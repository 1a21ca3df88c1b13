//! Special tokens, as tiktoken's `openai_public.py` (0.14) lists them: text that stands for one token where the caller
//! allows it, and is ordinary text elsewhere.

use crate::Encoding;
use std::collections::HashMap;

const END_OF_TEXT: &str = "<|endoftext|>";
const END_OF_PROMPT: &str = "<|endofprompt|>";
const FILL_IN_THE_MIDDLE: [&str; 3] = ["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"];
const HARMONY: [(&str, u32); 9] = [
    (END_OF_TEXT, 199_999),
    ("<|startoftext|>", 199_998),
    ("<|return|>", 200_002),
    ("<|constrain|>", 200_003),
    ("<|channel|>", 200_005),
    ("<|start|>", 200_006),
    ("<|end|>", 200_007),
    ("<|message|>", 200_008),
    ("<|call|>", 200_012),
];
/// The ids that are reserved where they are not named above. `200_018` has two texts: it is `<|endofprompt|>` too.
const HARMONY_RESERVED: std::ops::Range<u32> = 200_000..201_088;

/// The special tokens of an encoding.
#[derive(Debug)]
pub(crate) struct SpecialTokens {
    /// In the order of ids, then of texts.
    list: Vec<(String, u32)>,
    /// Positions in the list by text.
    positions: HashMap<String, u32>,
}

impl SpecialTokens {
    pub(crate) fn new(encoding: Encoding) -> Self {
        let mut list: Vec<(String, u32)> = match encoding {
            Encoding::O200kBase => {
                vec![(END_OF_TEXT.to_owned(), 199_999), (END_OF_PROMPT.to_owned(), 200_018)]
            }
            Encoding::O200kHarmony => harmony(),
            Encoding::Cl100kBase => {
                let end = [(END_OF_TEXT.to_owned(), 100_257), (END_OF_PROMPT.to_owned(), 100_276)];
                end.into_iter().chain(fill_in_the_middle(100_258)).collect()
            }
            Encoding::P50kEdit => {
                [(END_OF_TEXT.to_owned(), 50_256)].into_iter().chain(fill_in_the_middle(50_281)).collect()
            }
            Encoding::P50kBase | Encoding::R50kBase | Encoding::Gpt2 => {
                vec![(END_OF_TEXT.to_owned(), 50_256)]
            }
        };
        list.sort_unstable_by(|(text, id), (other_text, other_id)| (id, text).cmp(&(other_id, other_text)));
        let positions = list.iter().map(|(text, _)| text.clone()).zip(0..).collect();
        Self { list, positions }
    }

    pub(crate) fn list(&self) -> &[(String, u32)] {
        &self.list
    }

    /// The text of an id; of two with the same id, the first.
    pub(crate) fn text(&self, id: u32) -> Option<&str> {
        let at = self.list.partition_point(|&(_, other)| other < id);
        self.list.get(at).filter(|&&(_, found)| found == id).map(|(text, _)| text.as_str())
    }

    /// The first special token in `text` at or behind `start` whose position is in `allowed`: where it starts and ends, and its
    /// id.
    fn find(&self, text: &str, mut start: usize, allowed: &[u32]) -> Option<(usize, usize, u32)> {
        // All of them are a name between these two.
        while let Some(found) = text[start..].find("<|") {
            let at = start + found;
            let name =
                text[at + 2..].bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let end = (at + 2 + name.count() + 2).min(text.len());
            let position = text.get(at..end).and_then(|candidate| self.positions.get(candidate));
            if let Some(&position) = position.filter(|position| allowed.contains(position)) {
                return Some((at, end, self.list[position as usize].1));
            }
            start = at + 1;
        }
        None
    }

    /// Cuts text into ordinary text and the special tokens that are allowed.
    pub(crate) fn segments<'a>(
        &'a self,
        text: &'a str,
        allowed: &'a [u32],
    ) -> impl Iterator<Item = Segment> + 'a {
        let mut start = 0;
        let mut pending = None;
        std::iter::from_fn(move || {
            if let Some((at, end, id)) = pending.take() {
                start = end;
                return Some(Segment { start: at, end, special: Some(id) });
            }
            if start == text.len() {
                return None;
            }
            let found = if allowed.is_empty() { None } else { self.find(text, start, allowed) };
            let ordinary_end = found.map_or(text.len(), |(at, ..)| at);
            if ordinary_end == start {
                let (at, end, id) = found?;
                start = end;
                return Some(Segment { start: at, end, special: Some(id) });
            }
            pending = found;
            let segment = Segment { start, end: ordinary_end, special: None };
            start = ordinary_end;
            Some(segment)
        })
    }
}

fn fill_in_the_middle(first: u32) -> impl Iterator<Item = (String, u32)> {
    FILL_IN_THE_MIDDLE.into_iter().map(str::to_owned).zip(first..)
}

fn harmony() -> Vec<(String, u32)> {
    let named = HARMONY.map(|(text, id)| (text.to_owned(), id));
    let reserved = HARMONY_RESERVED
        .filter(|id| HARMONY.iter().all(|(_, named)| named != id))
        .map(|id| (format!("<|reserved_{id}|>"), id));
    named.into_iter().chain(reserved).chain([(END_OF_PROMPT.to_owned(), 200_018)]).collect()
}

/// A part of a text: ordinary, or a special token.
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) special: Option<u32>,
}
