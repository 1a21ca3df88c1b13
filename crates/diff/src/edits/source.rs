//! The text that edits go into, as lines: their content, how each ends, and which line of the text as it was given each
//! comes from. `lib/diff/edits/source.js` does the same.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use memchr::{memchr, memchr_iter};

use super::Grade;
use super::grades::key_of;
use crate::closest::Lines;

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a line ends. Only the last line of a text can end in nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Nothing,
    Lf,
    CrLf,
    Cr,
}

impl Ending {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Nothing => b"",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
        }
    }
}

/// Whole lines that take the place of the lines from `first` to before `last`.
pub(super) struct Replacement {
    pub(super) first: usize,
    pub(super) last: usize,
    /// Lines that all end in LF.
    pub(super) text: Vec<u8>,
    /// How each of them shall end.
    pub(super) endings: Vec<Ending>,
    /// Which line of the given text each stands for.
    pub(super) origins: Vec<usize>,
}

/// A number for each line; lines that are equal at a grade have the same.
pub(super) struct Keys {
    pub(super) known: HashMap<Vec<u8>, usize>,
    pub(super) ids: Vec<usize>,
}

impl Keys {
    fn intern(known: &mut HashMap<Vec<u8>, usize>, key: &[u8]) -> usize {
        if let Some(&id) = known.get(key) {
            return id;
        }
        known.insert(key.to_vec(), known.len());
        known.len() - 1
    }
}

pub(super) fn with_line_feeds(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut end) = memchr(b'\r', text) else { return text.into() };
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        result.extend_from_slice(&rest[..end]);
        result.push(b'\n');
        rest = &rest[end + 1..];
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let Some(next) = memchr(b'\r', rest) else { break };
        end = next;
    }
    result.extend_from_slice(rest);
    result.into()
}

/// A new text with its line ends as LF. A lone CR is one only where all lines end in it.
pub(super) fn new_lines(text: &[u8], form: Ending) -> Cow<'_, [u8]> {
    if form == Ending::Cr || memchr(b'\r', text).is_none() {
        return with_line_feeds(text);
    }
    let mut result = Vec::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        if byte != b'\r' || text.get(at + 1) != Some(&b'\n') {
            result.push(byte);
        }
    }
    result.into()
}

pub(super) struct Source {
    /// The byte order mark, which belongs to no line.
    pub(super) bom: &'static [u8],
    /// The lines, each of which ends in LF whatever its ending is.
    pub(super) flat: Vec<u8>,
    /// Where each line begins in `flat`, and where one after the last would.
    pub(super) starts: Vec<usize>,
    pub(super) endings: Vec<Ending>,
    /// How the first line ends that ends in LF or CRLF; CR where all do.
    pub(super) form: Ending,
    /// The lines of the given text, from 1; a line that an edit inserted counts as the one before it.
    pub(super) origins: Vec<usize>,
    keys: [Option<Keys>; 5],
    searchable: OnceCell<Lines>,
}

impl Source {
    pub(super) fn new(text: &[u8]) -> Self {
        let (bom, body) = match text.strip_prefix(BOM) {
            Some(body) => (BOM, body),
            None => (&b""[..], text),
        };
        let mut flat = with_line_feeds(body).into_owned();
        let complete = flat.last().is_none_or(|&byte| byte == b'\n');
        if !complete {
            flat.push(b'\n');
        }
        let starts: Vec<usize> =
            std::iter::once(0).chain(memchr_iter(b'\n', &flat).map(|end| end + 1)).collect();
        let mut endings = vec![Ending::Lf; starts.len() - 1];
        if memchr(b'\r', body).is_some() {
            let mut line = 0;
            for (at, &byte) in body.iter().enumerate() {
                let ending = match byte {
                    b'\r' if body.get(at + 1) == Some(&b'\n') => Ending::CrLf,
                    b'\r' => Ending::Cr,
                    b'\n' if at > 0 && body[at - 1] == b'\r' => continue,
                    b'\n' => Ending::Lf,
                    _ => continue,
                };
                endings[line] = ending;
                line += 1;
            }
        }
        if let Some(last) = endings.last_mut().filter(|_| !complete) {
            *last = Ending::Nothing;
        }
        let first = endings.iter().find(|ending| matches!(ending, Ending::Lf | Ending::CrLf)).copied();
        let form = first.unwrap_or(if endings.contains(&Ending::Cr) { Ending::Cr } else { Ending::Lf });
        let origins = (1..=endings.len()).collect();
        Self {
            bom,
            flat,
            starts,
            endings,
            form,
            origins,
            keys: [const { None }; 5],
            searchable: OnceCell::new(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.endings.len()
    }

    /// Whether there is a last line that ends in nothing.
    pub(super) fn is_incomplete(&self) -> bool {
        self.endings.last() == Some(&Ending::Nothing)
    }

    /// The content of a line.
    pub(super) fn line(&self, line: usize) -> &[u8] {
        &self.flat[self.starts[line]..self.starts[line + 1] - 1]
    }

    /// The lines from `first` to before `last`, each with an LF.
    pub(super) fn lines(&self, first: usize, last: usize) -> &[u8] {
        &self.flat[self.starts[first]..self.starts[last]]
    }

    /// The line that the place `at` of `flat` is in.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.starts[1..].partition_point(|&end| end <= at)
    }

    /// The lines as `closest_in` searches them.
    pub(super) fn searchable(&self) -> &Lines {
        self.searchable.get_or_init(|| {
            if memchr(b'\r', &self.flat).is_none() {
                return Lines::new(&self.flat);
            }
            // A CR inside a line ends none here.
            let flat: Vec<u8> =
                self.flat.iter().map(|&byte| if byte == b'\r' { b' ' } else { byte }).collect();
            Lines::new(&flat)
        })
    }

    pub(super) fn keys(&mut self, grade: Grade) -> &Keys {
        let Self { flat, starts, keys, .. } = self;
        keys[grade as usize].get_or_insert_with(|| {
            let mut known = HashMap::new();
            let line = |line: &[usize]| &flat[line[0]..line[1] - 1];
            let ids =
                starts.windows(2).map(|it| Keys::intern(&mut known, &key_of(grade, line(it)))).collect();
            Keys { known, ids }
        })
    }

    /// How a line that is written at `line` should end: as the one before it, or else the one after.
    pub(super) fn ending_near(&self, line: usize) -> Ending {
        [line.checked_sub(1), line.checked_sub(2), Some(line)]
            .into_iter()
            .flatten()
            .filter_map(|near| self.endings.get(near).copied())
            .find(|&ending| ending != Ending::Nothing)
            .unwrap_or(Ending::Lf)
    }

    /// Makes `replacements`, which are in order and none over another.
    pub(super) fn replace(&mut self, replacements: &[Replacement]) {
        let mut flat = Vec::with_capacity(self.flat.len());
        let mut starts = Vec::with_capacity(self.starts.len());
        let mut endings = Vec::with_capacity(self.endings.len());
        let mut origins = Vec::with_capacity(self.origins.len());
        let mut at = 0;
        for it in replacements {
            let offset = flat.len();
            flat.extend_from_slice(self.lines(at, it.first));
            starts.extend(self.starts[at..it.first].iter().map(|start| offset + start - self.starts[at]));
            endings.extend_from_slice(&self.endings[at..it.first]);
            origins.extend_from_slice(&self.origins[at..it.first]);
            let offset = flat.len();
            flat.extend_from_slice(&it.text);
            if !it.text.is_empty() {
                starts.push(offset);
                starts.extend(memchr_iter(b'\n', &it.text[..it.text.len() - 1]).map(|end| offset + end + 1));
            }
            endings.extend_from_slice(&it.endings);
            origins.extend_from_slice(&it.origins);
            at = it.last;
        }
        let offset = flat.len();
        flat.extend_from_slice(self.lines(at, self.count()));
        starts.extend(self.starts[at..].iter().map(|start| offset + start - self.starts[at]));
        endings.extend_from_slice(&self.endings[at..]);
        origins.extend_from_slice(&self.origins[at..]);
        for (grade, keys) in Grade::ALL.into_iter().zip(&mut self.keys) {
            let Some(Keys { known, ids }) = keys else { continue };
            let mut next = Vec::with_capacity(endings.len());
            let mut at = 0;
            for it in replacements {
                next.extend_from_slice(&ids[at..it.first]);
                let lines =
                    it.text.split_inclusive(|&byte| byte == b'\n').map(|line| &line[..line.len() - 1]);
                next.extend(lines.map(|line| Keys::intern(known, &key_of(grade, line))));
                at = it.last;
            }
            next.extend_from_slice(&ids[at..]);
            *ids = next;
        }
        (self.flat, self.starts, self.endings, self.origins) = (flat, starts, endings, origins);
        self.searchable = OnceCell::new();
        self.drop_empty_last();
    }

    /// A last line without content and without ending is none.
    fn drop_empty_last(&mut self) {
        let Some(last) = self.count().checked_sub(1) else { return };
        if !self.is_incomplete() || !self.line(last).is_empty() {
            return;
        }
        self.flat.pop();
        self.starts.pop();
        self.endings.pop();
        self.origins.pop();
        for keys in self.keys.iter_mut().flatten() {
            keys.ids.pop();
        }
    }

    /// The text with the endings and the byte order mark it has.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.bom.len() + self.flat.len());
        text.extend_from_slice(self.bom);
        let complete = self.count() - usize::from(self.is_incomplete());
        if self.endings[..complete].iter().all(|&ending| ending == Ending::Lf) {
            text.extend_from_slice(&self.flat[..self.flat.len() - usize::from(self.is_incomplete())]);
            return text;
        }
        for (line, ending) in self.endings.iter().enumerate() {
            text.extend_from_slice(self.line(line));
            text.extend_from_slice(ending.bytes());
        }
        text
    }
}
