//! Which characters are the same but for their case, and what kind of character each is.
//!
//! By rules that both engines have, and not by the tables of the standard library, which follow versions of Unicode.

/// The small letter of a capital, and any other character itself. ASCII never folds to another character, nor another
/// to ASCII.
pub(super) const fn fold(character: u32) -> u32 {
    match character {
        0x41..=0x5A => character + 0x20,
        0..=0xBF => character,
        _ => fold_beyond_ascii(character),
    }
}

const fn fold_beyond_ascii(character: u32) -> u32 {
    let even = character & 1 == 0;
    match character {
        // Latin-1
        0xC0..=0xD6 | 0xD8..=0xDE => character + 0x20,
        // Latin Extended-A
        0x100..=0x12F | 0x132..=0x137 | 0x14A..=0x177 if even => character + 1,
        0x139..=0x148 | 0x179..=0x17E if !even => character + 1,
        0x178 => 0xFF,
        // Greek
        0x386 => 0x3AC,
        0x388..=0x38A => character + 0x25,
        0x38C => 0x3CC,
        0x38E | 0x38F => character + 0x3F,
        0x391..=0x3A1 | 0x3A3..=0x3AB => character + 0x20,
        0x3C2 => 0x3C3,
        // Cyrillic
        0x400..=0x40F => character + 0x50,
        0x410..=0x42F => character + 0x20,
        0x460..=0x481 | 0x48A..=0x4BF | 0x4D0..=0x52F if even => character + 1,
        0x4C0 => 0x4CF,
        0x4C1..=0x4CE if !even => character + 1,
        // Latin Extended Additional
        0x1E00..=0x1E95 | 0x1EA0..=0x1EFF if even => character + 1,
        // Fullwidth Latin
        0xFF21..=0xFF3A => character + 0x20,
        _ => character,
    }
}

/// What a character is to the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Slash,
    Other,
    Small,
    Capital,
    Digit,
}

/// The class of any character.
pub(super) const fn class(character: u32) -> Class {
    match character {
        0x2F => Class::Slash,
        0x30..=0x39 => Class::Digit,
        0x41..=0x5A => Class::Capital,
        0x61..=0x7A => Class::Small,
        0..=0x7F => Class::Other,
        // Final sigma folds to another small letter.
        _ if character != 0x3C2 && fold(character) != character => Class::Capital,
        _ => Class::Small,
    }
}

/// The bit of a path's mask that tells whether any character is not ASCII.
pub(super) const BEYOND_ASCII: u64 = 1 << 63;

/// The bit of a character in the mask of a path, alike for both cases.
pub(super) fn bit(character: u32) -> u64 {
    let folded = fold(character);
    1 << match folded {
        0x61..=0x7A => folded - 0x61,
        0x30..=0x39 => folded - 0x30 + 26,
        0x2F => 36,
        0x2E => 37,
        0x5F => 38,
        0x2D => 39,
        0x20 => 40,
        0..=0x7F => 41 + folded % 11,
        _ => 52 + folded % 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_that_of_unicode_wherever_it_changes_anything() {
        for character in 0..0x11_0000 {
            let folded = fold(character);
            assert_eq!(fold(folded), folded, "{character:x}");
            assert_eq!(folded < 0x80, character < 0x80);
            let Some(given) = char::from_u32(character).filter(|_| folded != character) else { continue };
            if given == 'ς' {
                assert_eq!(folded, u32::from('σ'));
                assert_eq!(class(character), Class::Small);
            } else {
                let lower: Vec<u32> = given.to_lowercase().map(u32::from).collect();
                assert_eq!(lower, [folded], "{character:x}");
                assert_eq!(class(character), Class::Capital);
            }
        }
    }

    #[test]
    fn the_blocks_are_whole() {
        for block in [0..0x250, 0x370..0x530, 0x1E00..0x1F00, 0xFF00..0xFF60] {
            for character in block.filter_map(char::from_u32) {
                let lower: Vec<char> = character.to_lowercase().collect();
                let left_out = matches!(u32::from(character), 0x130 | 0x17F | 0x1E9E | 0x180..=0x24F | 0x370..=0x385 | 0x3CF..=0x3FF);
                if !left_out && lower.len() == 1 && lower[0] != character {
                    assert_eq!(fold(character.into()), u32::from(lower[0]), "{character}");
                }
            }
        }
    }
}
