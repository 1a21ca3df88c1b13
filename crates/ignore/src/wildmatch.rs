//! One glob, compiled to tokens and matched without recursion.
//!
//! The behaviour is the one gitignore(5) and git ≥ 2.52 show: bytes, not characters; `**` special only where slashes
//! or the ends of the pattern bound it; classes that never match `/`. The matcher keeps one restart point for the last
//! `*` and one for the last `**`: a later star can absorb whatever an earlier one would have, so older restart points
//! are never needed and the time stays polynomial for every pattern.

/// A set of bytes, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(crate) const EMPTY: ByteSet = ByteSet([0; 4]);
    pub(crate) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    pub(crate) fn of(byte: u8) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        set.insert(byte);
        set
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn remove(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] &= !(1 << (byte & 63));
    }

    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    fn invert(&mut self) {
        for word in &mut self.0 {
            *word = !*word;
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// This byte; lower case when the glob folds case.
    Byte(u8),
    /// `?`: any byte but `/`.
    One,
    /// `[…]`, the slash already taken out.
    Class(Box<ByteSet>),
    /// `*`: any run without a slash.
    Star,
    /// `**/`: nothing, or any run that ends with a slash.
    Directories,
    /// `**` at the end or before an escaped slash: any run at all.
    Everything,
}

impl Token {
    /// The bytes at the edge of a text that this token, first or last in its glob, lets through.
    fn bytes(&self) -> ByteSet {
        match self {
            Token::Byte(byte) => ByteSet::of(*byte),
            Token::Class(set) => **set,
            Token::One | Token::Star | Token::Directories | Token::Everything => ByteSet::ALL,
        }
    }
}

/// A compiled glob; [`Glob::compile`] gives `None` for one that can match nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    tokens: Box<[Token]>,
    fold_case: bool,
}

impl Glob {
    /// The glob for `pattern`, or `None` when it cannot match any text: an unterminated class, an unknown POSIX class,
    /// a lone backslash at the end, or, under case folding, an escaped capital (git folds the text but not the escape).
    pub(crate) fn compile(pattern: &[u8], fold_case: bool) -> Option<Glob> {
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut at = 0;
        while at < pattern.len() {
            match pattern[at] {
                b'\\' => {
                    let byte = *pattern.get(at + 1)?;
                    if fold_case && byte.is_ascii_uppercase() {
                        return None;
                    }
                    tokens.push(Token::Byte(byte));
                    at += 2;
                }
                b'?' => {
                    tokens.push(Token::One);
                    at += 1;
                }
                b'[' => {
                    let (set, next) = compile_class(pattern, at + 1, fold_case)?;
                    tokens.push(Token::Class(Box::new(set)));
                    at = next;
                }
                b'*' => {
                    let end = at + pattern[at..].iter().take_while(|&&byte| byte == b'*').count();
                    let opens = at == 0 || pattern[at - 1] == b'/';
                    let rest = &pattern[end..];
                    if end - at >= 2 && opens && rest.first() == Some(&b'/') {
                        tokens.push(Token::Directories);
                        at = end + 1;
                    } else if end - at >= 2 && opens && (rest.is_empty() || rest.starts_with(b"\\/")) {
                        tokens.push(Token::Everything);
                        at = end;
                    } else {
                        tokens.push(Token::Star);
                        at = end;
                    }
                }
                byte => {
                    tokens.push(Token::Byte(if fold_case { byte.to_ascii_lowercase() } else { byte }));
                    at += 1;
                }
            }
        }
        Some(Glob { tokens: tokens.into(), fold_case })
    }

    /// The bytes every text it matches must hold.
    pub(crate) fn required_bytes(&self) -> impl Iterator<Item = u8> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Byte(byte) => Some(*byte),
            _ => None,
        })
    }

    /// The bytes every text it matches ends with.
    pub(crate) fn plain_end(&self) -> Vec<u8> {
        let plain = self.tokens.iter().rev().map_while(|token| match token {
            Token::Byte(byte) => Some(*byte),
            _ => None,
        });
        let mut end: Vec<u8> = plain.collect();
        end.reverse();
        end
    }

    /// The bytes a text it matches can start with.
    pub(crate) fn first_bytes(&self) -> ByteSet {
        self.tokens.first().map_or(ByteSet::ALL, Token::bytes)
    }

    /// The bytes a text it matches can end with.
    pub(crate) fn last_bytes(&self) -> ByteSet {
        self.tokens.last().map_or(ByteSet::ALL, Token::bytes)
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let tokens = &*self.tokens;
        let (mut token, mut at) = (0, 0);
        // Where to continue when the current attempt fails: the token after the star, and the text not yet absorbed.
        let mut star: Option<(usize, usize)> = None;
        let mut deep: Option<(usize, usize)> = None;
        loop {
            let advanced = match tokens.get(token) {
                None if at == text.len() => return true,
                None => false,
                Some(Token::Star) => {
                    token += 1;
                    star = Some((token, at));
                    continue;
                }
                Some(Token::Everything) if token + 1 == tokens.len() => return true,
                Some(Token::Everything | Token::Directories) => {
                    token += 1;
                    deep = Some((token, at));
                    star = None;
                    continue;
                }
                Some(single) => match text.get(at) {
                    None => false,
                    Some(&byte) => {
                        let byte = if self.fold_case { byte.to_ascii_lowercase() } else { byte };
                        match single {
                            Token::Byte(wanted) => byte == *wanted,
                            Token::Class(set) => set.contains(byte),
                            _ => byte != b'/',
                        }
                    }
                },
            };
            if advanced {
                token += 1;
                at += 1;
                continue;
            }
            match star {
                Some((after, from)) if from < text.len() && text[from] != b'/' => {
                    star = Some((after, from + 1));
                    (token, at) = (after, from + 1);
                    continue;
                }
                _ => star = None,
            }
            let Some((after, from)) = deep else { return false };
            let next = match tokens[after - 1] {
                Token::Directories => {
                    text[from..].iter().position(|&byte| byte == b'/').map(|slash| from + slash + 1)
                }
                _ if from < text.len() => Some(from + 1),
                _ => None,
            };
            let Some(next) = next else { return false };
            deep = Some((after, next));
            (token, at) = (after, next);
        }
    }
}

/// The bytes a class matches and the position behind its `]`; `at` is behind its `[`. `None` when it never ends or
/// names an unknown POSIX class: such a class fails the whole pattern.
fn compile_class(pattern: &[u8], mut at: usize, fold_case: bool) -> Option<(ByteSet, usize)> {
    let mut set = ByteSet::EMPTY;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    if negated {
        at += 1;
    }
    // A range needs a single byte on its left: not the opening, another range, or a POSIX class.
    let mut left: Option<u8> = None;
    let mut first = true;
    // The next `]`, searched for once: a class may open names to its end and close none.
    let mut close = 0;
    loop {
        let byte = *pattern.get(at)?;
        if byte == b']' && !first {
            at += 1;
            break;
        }
        first = false;
        match (byte, left) {
            (b'\\', _) => {
                let escaped = *pattern.get(at + 1)?;
                set.insert(escaped);
                left = Some(escaped);
                at += 2;
            }
            (b'-', Some(low)) if pattern.get(at + 1).is_some_and(|&next| next != b']') => {
                at += 1;
                if pattern[at] == b'\\' {
                    at += 1;
                }
                let high = *pattern.get(at)?;
                for byte in low..=high {
                    set.insert(byte);
                    if fold_case {
                        set.insert(byte.to_ascii_lowercase());
                    }
                }
                left = None;
                at += 1;
            }
            (b'[', _) if pattern.get(at + 1) == Some(&b':') => {
                // The name runs to the next `]`; without a `:` before it this was an ordinary `[`.
                let start = at + 2;
                if close < start {
                    close = start + pattern[start..].iter().position(|&byte| byte == b']')?;
                }
                if close > start && pattern[close - 1] == b':' {
                    let member = match &pattern[start..close - 1] {
                        b"upper" if fold_case => posix_class(b"alpha")?,
                        name => posix_class(name)?,
                    };
                    (0..=u8::MAX).filter(|&byte| member(byte)).for_each(|byte| set.insert(byte));
                    left = None;
                    at = close + 1;
                } else {
                    set.insert(b'[');
                    left = Some(b'[');
                    at += 1;
                }
            }
            _ => {
                set.insert(byte);
                left = Some(byte);
                at += 1;
            }
        }
    }
    if negated {
        set.invert();
    }
    set.remove(b'/');
    Some((set, at))
}

/// Whether a byte is in the POSIX class of this name, by git's own tables: ASCII only, and `space` is blank, tab, line
/// feed and carriage return.
fn posix_class(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
