//! Text as bytes: UTF-8 where it is text, anything where it is not.

/// The lines of `text`, each with the LF it ends in; the last may have none. A CR is part of its line, as in git.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// The code points of `text`. A byte that is not part of one counts as one: as the lone surrogate U+DC00 + byte, which is
/// how `lib/diff/text.js` shows bytes to the fallback.
pub fn code_points(text: &[u8]) -> impl Iterator<Item = u32> + Clone {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (point, length) = code_point(text.get(at..)?)?;
        at += length;
        Some(point)
    })
}

/// The first code point of `text` and how many bytes it has; none at the end.
pub fn code_point(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    let continuation =
        |at: usize| text.get(at).filter(|&&byte| byte & 0xC0 == 0x80).map(|byte| u32::from(byte & 0x3F));
    let alone = (0xDC00 + u32::from(first), 1);
    Some(match first {
        0..0x80 => (u32::from(first), 1),
        0xC2..0xE0 => continuation(1).map_or(alone, |second| (u32::from(first & 0x1F) << 6 | second, 2)),
        0xE0..0xF0 => match (continuation(1), continuation(2)) {
            (Some(second), Some(third)) => match u32::from(first & 0x0F) << 12 | second << 6 | third {
                0..0x800 | 0xD800..0xE000 => alone,
                point => (point, 3),
            },
            _ => alone,
        },
        0xF0..0xF5 => match (continuation(1), continuation(2), continuation(3)) {
            (Some(second), Some(third), Some(fourth)) => {
                match u32::from(first & 0x07) << 18 | second << 12 | third << 6 | fourth {
                    point @ 0x1_0000..0x11_0000 => (point, 4),
                    _ => alone,
                }
            }
            _ => alone,
        },
        _ => alone,
    })
}
