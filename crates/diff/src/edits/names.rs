//! The markers of SEARCH/REPLACE blocks, and the names of files as models and git write them. `lib/diff/edits/names.js` does
//! the same.

use crate::text::code_points;

/// A line of more code points is no path.
const MAX_PATH: usize = 1000;

/// Names of files that have neither a slash nor a dot.
const BARE_NAMES: [&str; 38] = [
    "AUTHORS",
    "BUILD",
    "Brewfile",
    "CHANGELOG",
    "CHANGES",
    "CODEOWNERS",
    "CONTRIBUTING",
    "CONTRIBUTORS",
    "COPYING",
    "Caddyfile",
    "Containerfile",
    "Dockerfile",
    "GNUmakefile",
    "Gemfile",
    "HISTORY",
    "INSTALL",
    "Jenkinsfile",
    "Justfile",
    "LICENCE",
    "LICENSE",
    "MAINTAINERS",
    "Makefile",
    "NEWS",
    "NOTICE",
    "OWNERS",
    "Pipfile",
    "Podfile",
    "Procfile",
    "README",
    "Rakefile",
    "TODO",
    "Tiltfile",
    "VERSION",
    "Vagrantfile",
    "WORKSPACE",
    "dockerfile",
    "justfile",
    "makefile",
];

fn is_bare_name(text: &[u8]) -> bool {
    BARE_NAMES.iter().any(|name| name.as_bytes() == text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkerKind {
    Search,
    Divider,
    Replace,
    Damaged,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Marker {
    pub(super) kind: MarkerKind,
    pub(super) sign: u8,
    pub(super) length: usize,
}

/// A line that is a marker, or looks like one.
pub(super) fn marker_of(line: &[u8]) -> Option<Marker> {
    let sign = *line.first().filter(|sign| b"<>=+-".contains(sign))?;
    let length = line.iter().take_while(|&&byte| byte == sign).count();
    if length < 4 {
        return None;
    }
    let marker = |kind| Some(Marker { kind, sign, length });
    let rest = trimmed_end(&line[length..]);
    let usual = (5..=9).contains(&length);
    match (rest, sign) {
        (b"", b'=') if usual => return marker(MarkerKind::Divider),
        (b" SEARCH", b'<' | b'-') | (b"SEARCH", b'<') if usual => return marker(MarkerKind::Search),
        (b" REPLACE", b'>' | b'+') | (b"REPLACE", b'>') if usual => return marker(MarkerKind::Replace),
        _ => {}
    }
    let start = rest.iter().position(|&byte| byte != b' ' && byte != b'\t').unwrap_or(rest.len());
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let word = &rest[start..start + rest[start..].iter().take_while(is_word).count()];
    let is = |name: &[u8]| {
        if matches!(sign, b'<' | b'>') { word.eq_ignore_ascii_case(name) } else { word == name }
    };
    if is(b"SEARCH") || is(b"REPLACE") { marker(MarkerKind::Damaged) } else { None }
}

/// Without the spaces and tabs at its end.
pub(super) fn trimmed_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Without the spaces and tabs at both ends.
pub(super) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    trimmed_end(text)
}

fn is_too_long(line: &[u8]) -> bool {
    line.len() > MAX_PATH && code_points(line).nth(MAX_PATH).is_some()
}

/// The path that a line is, without what models put around it. `sure` says whether the line can hardly be anything else.
pub(super) fn path_of(line: &[u8], sure: bool) -> Option<&[u8]> {
    if is_too_long(line) {
        return None;
    }
    let mut text = line;
    let (mut wrapped, mut labelled, mut comment) = (false, false, false);
    loop {
        let before = text.len();
        text = trimmed(text);
        if let Some(rest) = without_comment(text) {
            comment = true;
            text = rest;
        }
        text = trimmed(text.strip_suffix(b"-->").or_else(|| text.strip_suffix(b"*/")).unwrap_or(text));
        let signs = text.iter().take_while(|&&byte| byte == b'#').count();
        if signs > 0 && matches!(text.get(signs), Some(b' ' | b'\t')) {
            text = &text[signs + 1..];
        }
        text = trimmed(text.strip_suffix(b":").unwrap_or(text));
        if let Some(rest) = without_label(text) {
            labelled = true;
            text = trimmed(rest);
        }
        let ticks = text.iter().take_while(|&&byte| byte == b'`').count().max(1);
        let ticks = [b'`'].repeat(ticks);
        for mark in [ticks.as_slice(), b"**", b"*", b"__", b"\"", b"'"] {
            if text.len() > 2 * mark.len() && text.starts_with(mark) && text.ends_with(mark) {
                text = &text[mark.len()..text.len() - mark.len()];
                wrapped = true;
                break;
            }
        }
        if text.len() == before {
            break;
        }
    }
    if text.last().is_none_or(|last| b".!?,;:".contains(last))
        || text.iter().any(|byte| b"<>|\"*?`".contains(byte))
    {
        return None;
    }
    let looks = looks_like_path(text);
    let accepted = if text.iter().any(|&byte| byte == b' ' || byte == b'\t') {
        wrapped && looks
    } else {
        let bare = is_bare_name(text) || (sure && !comment && !line.ends_with(b":"));
        looks || wrapped || labelled || bare
    };
    accepted.then_some(text)
}

/// What is behind the opening of a comment and a blank.
fn without_comment(text: &[u8]) -> Option<&[u8]> {
    let signs: [&[u8]; 5] = [b"//", b"<!--", b"/*", b"--", b";"];
    let rest = signs.iter().find_map(|sign| text.strip_prefix(*sign))?;
    match rest {
        [b' ' | b'\t', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// What is behind `file:` and the like.
fn without_label(text: &[u8]) -> Option<&[u8]> {
    let labels: [&[u8]; 4] = [b"file", b"filename", b"path", b"file path"];
    for label in labels {
        if text.len() > label.len() && text[..label.len()].eq_ignore_ascii_case(label) {
            let rest = &text[label.len()..];
            let blanks = rest.iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
            if rest.get(blanks) == Some(&b':') {
                return Some(&rest[blanks + 1..]);
            }
        }
    }
    None
}

/// Whether a text has what paths have: a slash, a dot before it or an extension.
fn looks_like_path(text: &[u8]) -> bool {
    let extension =
        text.iter().rev().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    text.iter().any(|&byte| byte == b'/' || byte == b'\\')
        || matches!(text, [b'.', second, ..] if *second != b'.')
        || ((1..=12).contains(&extension)
            && text.len() > extension
            && text[text.len() - extension - 1] == b'.')
}

/// The words of a line that look like paths with an extension.
pub(super) fn paths_in(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = if is_too_long(line) { b"" } else { line };
    line.split(|byte| b" \t`\"'*(),;:".contains(byte)).filter(|word| {
        let extension = word.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        // The part behind the last dot; one that is too long may hide none.
        let Some(dot) = word.len().checked_sub(extension + 1) else { return false };
        (1..=10).contains(&extension)
            && word[dot] == b'.'
            && word[dot + 1].is_ascii_alphabetic()
            && dot > 0
            && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_@./\\-".contains(byte))
    })
}

/// Whether a text without blanks can be the name of a file: it has a slash, a dot inside or is well known.
pub(super) fn is_name(text: &[u8]) -> bool {
    if is_bare_name(text) {
        return true;
    }
    if text.iter().any(|&byte| byte == b'/' || byte == b'\\') {
        return text.iter().any(u8::is_ascii_alphanumeric);
    }
    text.windows(2).any(|pair| pair[0] == b'.' && pair[1].is_ascii_alphanumeric())
        && text.iter().any(|byte| !byte.is_ascii_digit() && *byte != b'.')
        && text != b"e.g"
        && text != b"i.e"
}

/// Whether a name is that of the file at a path, or the end of it behind a slash.
pub(super) fn is_name_of(name: &[u8], path: Option<&[u8]>) -> bool {
    let Some(path) = path else { return false };
    let (name, path) = (plain(name), plain(path));
    path.strip_suffix(name.as_slice()).is_some_and(|folder| folder.is_empty() || folder.ends_with(b"/"))
}

fn plain(path: &[u8]) -> Vec<u8> {
    let path: Vec<u8> = path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    let mut rest = path.as_slice();
    while let Some(inner) = rest.strip_prefix(b"./") {
        rest = inner;
    }
    rest.to_vec()
}

/// Whether a line may name another file than the one at a path. `marked` says whether any word in backticks, stars or angle
/// brackets is a name.
pub(super) fn names_other(line: &[u8], path: Option<&[u8]>, marked: bool) -> bool {
    line.split(|&byte| byte == b' ' || byte == b'\t').any(|word| {
        let length = word.iter().take_while(|byte| b"`*<>\"'([{".contains(byte)).count();
        let (opening, rest) = word.split_at(length);
        let mut bare = rest;
        while let Some((last, before)) = bare.split_last()
            && b"`*<>\"')]}.,;:!?".contains(last)
        {
            bare = before;
        }
        if bare.is_empty() || is_name_of(bare, path) {
            return false;
        }
        if marked && is_marked(opening, rest, bare, path) {
            return true;
        }
        bare.split(|byte| b"`*<>\"'()[]{},;:!?|=".contains(byte)).any(|piece| {
            let mut piece = piece;
            while let Some(before) = piece.strip_suffix(b".") {
                piece = before;
            }
            is_name(piece) && !is_name_of(piece, path)
        })
    })
}

/// Whether a word is in backticks, stars or angle brackets, or in two underscores.
fn is_marked(opening: &[u8], rest: &[u8], bare: &[u8], path: Option<&[u8]>) -> bool {
    let sign: &[u8] = if opening.contains(&b'`') {
        b"`"
    } else if opening.windows(2).any(|pair| pair == b"**") {
        b"**"
    } else if opening.contains(&b'<') {
        b">"
    } else {
        b""
    };
    let inner = bare.split(|byte| b"`*<>".contains(byte)).next().unwrap_or_default();
    let closed = !sign.is_empty() && rest.windows(sign.len()).any(|part| part == sign);
    let word = !inner.is_empty()
        && inner.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_@.+~-".contains(byte));
    (closed && word && !is_name_of(inner, path))
        || (bare.len() > 4 && bare.starts_with(b"__") && bare.ends_with(b"__"))
}

/// A name of a diff's header: as it is up to a tab, or in quotes as git writes it; none where the quotes are not right.
pub(super) fn decode_name(text: &[u8]) -> Option<Vec<u8>> {
    let until_tab = |text: &[u8]| text.split(|&byte| byte == b'\t').next().unwrap_or_default().to_vec();
    if !text.starts_with(b"\"") {
        return Some(trimmed_end(&until_tab(text)).to_vec());
    }
    let (name, length) = unquote(text)?;
    trimmed(&until_tab(&text[length..])).is_empty().then_some(name)
}

/// The quoted name that a text begins with, and how long it is.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut name = Vec::new();
    let mut at = 1;
    loop {
        match text.get(at..)? {
            [b'"', ..] => return Some((name, at + 1)),
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                name.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                at += 4;
            }
            [b'\\', escaped, ..] => {
                name.push(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => *escaped,
                    _ => return None,
                });
                at += 2;
            }
            [b'\\'] | [] => return None,
            [byte, ..] => {
                name.push(*byte);
                at += 1;
            }
        }
    }
}

/// The name on both sides of what is behind `diff --git `, where they are the same.
pub(super) fn split_git_names(text: &[u8]) -> Option<Vec<u8>> {
    if text.starts_with(b"\"") {
        let (name, length) = unquote(text)?;
        let second = decode_name(text.get(length..)?.strip_prefix(b" ")?)?;
        return same_name(&name, &second);
    }
    let half = text.len() / 2;
    let names = text.len() % 2 == 1 && text[half] == b' ';
    if names { same_name(&text[..half], &text[half + 1..]) } else { None }
}

fn same_name(old_name: &[u8], new_name: &[u8]) -> Option<Vec<u8>> {
    match (old_name.strip_prefix(b"a/"), new_name.strip_prefix(b"b/")) {
        (Some(old), Some(new)) if old == new => Some(new.to_vec()),
        _ => (old_name == new_name).then(|| new_name.to_vec()),
    }
}
