//! Names of files as git and GNU diff write them.

use std::borrow::Cow;

type Name<'a> = Cow<'a, [u8]>;

/// The name that a C-quoted text is, and what follows the closing quote; none where the quotes are not read so.
pub(super) fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut name = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        if byte == b'"' {
            return Some((name, rest));
        }
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        name.push(match escape {
            b'a' => 0x07,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 0x0B,
            b'f' => 0x0C,
            b'r' => b'\r',
            b'"' | b'\\' => escape,
            b'0'..=b'3' => {
                let (&[second, third], after) = rest.split_first_chunk::<2>()?;
                rest = after;
                if !matches!((second, third), (b'0'..=b'7', b'0'..=b'7')) {
                    return None;
                }
                (escape - b'0') << 6 | (second - b'0') << 3 | (third - b'0')
            }
            _ => return None,
        });
    }
}

/// Writes a name: in double quotes with escapes as in C where it has a control character, a double quote or a backslash,
/// or is to have what is not ASCII escaped.
pub(super) fn write_name(name: &[u8], escaped: bool, into: &mut Vec<u8>) {
    if needs_quotes(name, escaped) {
        write_quoted(name, escaped, into);
    } else {
        into.extend_from_slice(name);
    }
}

/// Writes a name in quotes.
pub(super) fn write_quoted(name: &[u8], escaped: bool, into: &mut Vec<u8>) {
    into.push(b'"');
    for &byte in name {
        match byte {
            0x07 => into.extend(b"\\a"),
            0x08 => into.extend(b"\\b"),
            b'\t' => into.extend(b"\\t"),
            b'\n' => into.extend(b"\\n"),
            0x0B => into.extend(b"\\v"),
            0x0C => into.extend(b"\\f"),
            b'\r' => into.extend(b"\\r"),
            b'"' | b'\\' => into.extend([b'\\', byte]),
            0..0x20 | 0x7F => into.extend(format!("\\{byte:03o}").bytes()),
            0x80.. if escaped => into.extend(format!("\\{byte:03o}").bytes()),
            _ => into.push(byte),
        }
    }
    into.push(b'"');
}

/// Whether a name is written in quotes.
fn needs_quotes(name: &[u8], escaped: bool) -> bool {
    let quoted = |&byte: &u8| match byte {
        0..0x20 | b'"' | b'\\' | 0x7F => true,
        _ => escaped && byte >= 0x80,
    };
    name.iter().any(quoted)
}

/// What is left of a name without its first `count` components, as for `patch -p`; none where it has too few. Slashes
/// next to each other count as one.
pub(super) fn strip(name: &[u8], count: usize) -> Option<&[u8]> {
    let mut rest = name;
    for _ in 0..count {
        let slash = rest.iter().position(|&byte| byte == b'/')?;
        let next = rest[slash..].iter().position(|&byte| byte != b'/')?;
        rest = &rest[slash + next..];
    }
    Some(rest)
}

/// The two names behind `diff --git `. Unquoted names have no end of their own: they are told apart by the names that a
/// rename or a copy has, or by being the same but for their first component.
pub(super) fn header_names<'a>(text: &'a [u8], moved: Option<(&[u8], &[u8])>) -> Option<[Name<'a>; 2]> {
    if text.first() == Some(&b'"') {
        let (old, rest) = unquote(text)?;
        let rest = rest.strip_prefix(b" ")?;
        let new = if rest.first() == Some(&b'"') {
            Cow::Owned(unquote(rest).filter(|(_, rest)| rest.is_empty())?.0)
        } else {
            Cow::Borrowed(rest)
        };
        return Some([Cow::Owned(old), new]);
    }
    if text.last() == Some(&b'"') {
        let at = text.windows(2).position(|pair| pair == b" \"")?;
        let (new, rest) = unquote(&text[at + 1..])?;
        return rest.is_empty().then(|| [Cow::Borrowed(&text[..at]), Cow::Owned(new)]);
    }
    if let Some((from, to)) = moved {
        let start = text.strip_suffix(to)?;
        let at = start.iter().rposition(|&byte| byte == b' ')?;
        return text[..at]
            .ends_with(from)
            .then(|| [Cow::Borrowed(&text[..at]), Cow::Borrowed(&text[at + 1..])]);
    }
    let middle = text.len() / 2;
    let (old, new) = match (text.get(..middle), text.get(middle..)) {
        (Some(old), Some([b' ', new @ ..])) if same_path(old, new) => (old, new),
        _ => {
            let at = text.iter().position(|&byte| byte == b' ')?;
            let (old, new) = (&text[..at], &text[at + 1..]);
            if new.contains(&b' ') {
                return None;
            }
            (old, new)
        }
    };
    Some([Cow::Borrowed(old), Cow::Borrowed(new)])
}

/// Whether two names of the same length are equal, or equal but for a first component of ASCII.
fn same_path(old: &[u8], new: &[u8]) -> bool {
    if old == new {
        return true;
    }
    let split = |name: &[u8]| name.iter().position(|&byte| byte == b'/').filter(|&at| name[..at].is_ascii());
    match (split(old), split(new)) {
        (Some(one), Some(other)) => old[one..] == new[other..],
        _ => false,
    }
}

/// What stands before the paths `paths` in `names`.
pub(super) fn prefixes_before<'a>(names: [&'a [u8]; 2], paths: [&[u8]; 2]) -> Option<[&'a [u8]; 2]> {
    Some([names[0].strip_suffix(paths[0])?, names[1].strip_suffix(paths[1])?])
}

/// What stands before the path in the two names of one file: all but what they have in common from some slash on.
pub(super) fn prefixes_of(names: [&[u8]; 2]) -> Option<[&[u8]; 2]> {
    let [old, new] = names;
    if old == new {
        return Some([&[], &[]]);
    }
    let common = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let tail = &old[old.len() - common..];
    let slash = tail.iter().position(|&byte| byte == b'/')?;
    let path = tail.len() - slash - 1;
    Some([&old[..old.len() - path], &new[..new.len() - path]])
}

/// What stands before the paths of names where nothing else is known.
pub(super) fn usual_prefixes(old: Option<&[u8]>, new: Option<&[u8]>) -> [&'static [u8]; 2] {
    let starts = |name: Option<&[u8]>, prefix: &[u8]| name.is_none_or(|name| name.starts_with(prefix));
    if starts(old, b"a/") && starts(new, b"b/") {
        [b"a/", b"b/"]
    } else if starts(old, b"b/") && starts(new, b"a/") {
        [b"b/", b"a/"]
    } else {
        [b"", b""]
    }
}
