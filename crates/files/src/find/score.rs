//! The figures of the scheme that the module's documentation describes, and the score of a given alignment.

use super::fold::{Class, class};

pub(super) const MATCH: i32 = 16;
/// A gap of `g` characters costs this and `g`.
pub(super) const GAP: i32 = 2;
pub(super) const MOST_OF_GAP: i32 = 16;
pub(super) const FIRST_MULTIPLIER: i32 = 2;
pub(super) const LAST_NAME: i32 = 16;
pub(super) const IN_RUN: i32 = 4;
pub(super) const IN_BONUS_RUN: i32 = 8;
pub(super) const LEFT_OUT: i32 = 16;
const AFTER_SLASH: i32 = 9;
const BOUNDARY: i32 = 8;
const CAMEL: i32 = 7;

/// The most that any alignment of these characters scores. Within a run only what is behind a slash has a bonus of more
/// than 8, and what is behind a gap has at most 9, less 3.
pub(super) fn most(characters: &[u32]) -> i32 {
    let first = MATCH + FIRST_MULTIPLIER * AFTER_SLASH + LAST_NAME;
    let later = |before: &u32| MATCH + if *before == 0x2F { AFTER_SLASH } else { IN_BONUS_RUN };
    let (_, before) = characters.split_last().unwrap_or((&0, &[]));
    first + before.iter().map(later).sum::<i32>()
}

/// The bonus of a character behind another; the path starts as if behind a slash.
pub(super) const fn bonus(before: Class, at: Class) -> i32 {
    match (before, at) {
        (_, Class::Slash | Class::Other) => BOUNDARY,
        (Class::Slash, _) => AFTER_SLASH,
        (Class::Other, _) => BOUNDARY,
        (Class::Small, Class::Capital) | (Class::Small | Class::Capital, Class::Digit) => CAMEL,
        _ => 0,
    }
}

/// The characters of a path, or those of its end.
pub(super) trait Characters: Copy {
    fn len(self) -> usize;
    fn at(self, position: usize) -> u32;

    /// The bonus of a position.
    fn bonus(self, position: usize) -> i32 {
        let before = if position == 0 { Class::Slash } else { class(self.at(position - 1)) };
        bonus(before, class(self.at(position)))
    }

    /// Where the last name starts: behind the last slash that is not the end.
    fn last_name(self) -> usize {
        (1..self.len()).rev().find(|&position| self.at(position - 1) == 0x2F).unwrap_or(0)
    }
}

/// The class of each byte, as far as it is ASCII.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        classes[byte as usize] = class(byte as u32);
        byte += 1;
    }
    classes
};

/// The bonus of each class behind each.
static BONUSES: [[i32; 5]; 5] = {
    const ALL: [Class; 5] = [Class::Slash, Class::Other, Class::Small, Class::Capital, Class::Digit];
    let mut bonuses = [[0; 5]; 5];
    let mut at = 0;
    while at < 25 {
        let (before, after) = (ALL[at / 5], ALL[at % 5]);
        bonuses[before as usize][after as usize] = bonus(before, after);
        at += 1;
    }
    bonuses
};

impl Characters for &[u8] {
    /// As the general one, by tables.
    fn bonus(self, position: usize) -> i32 {
        let before = if position == 0 { Class::Slash } else { CLASSES[usize::from(self[position - 1])] };
        BONUSES[before as usize][CLASSES[usize::from(self[position])] as usize]
    }

    fn len(self) -> usize {
        <[u8]>::len(self)
    }

    fn at(self, position: usize) -> u32 {
        u32::from(self[position])
    }

    fn last_name(self) -> usize {
        let inner = self.len().saturating_sub(1);
        memchr::memrchr(b'/', &self[..inner]).map_or(0, |slash| slash + 1)
    }
}

impl Characters for &[u32] {
    fn len(self) -> usize {
        <[u32]>::len(self)
    }

    fn at(self, position: usize) -> u32 {
        self[position]
    }
}

/// The score of an alignment at these ascending positions.
pub(super) fn score(
    text: impl Characters,
    last_name: usize,
    positions: impl IntoIterator<Item = usize>,
) -> i32 {
    let mut score = 0;
    let mut last = None;
    let mut run_has_bonus = false;
    for position in positions {
        let bonus = text.bonus(position);
        score += MATCH;
        match last {
            None => {
                score += FIRST_MULTIPLIER * bonus + if position >= last_name { LAST_NAME } else { 0 };
                run_has_bonus = bonus > 0;
            }
            Some(last) if last + 1 == position => {
                run_has_bonus |= bonus > 0;
                score += bonus.max(if run_has_bonus { IN_BONUS_RUN } else { IN_RUN });
            }
            Some(last) => {
                let gap = i32::try_from(position - last - 1).unwrap_or(MOST_OF_GAP);
                score += bonus - (GAP + gap).min(MOST_OF_GAP);
                run_has_bonus = bonus > 0;
            }
        }
        last = Some(position);
    }
    score
}
