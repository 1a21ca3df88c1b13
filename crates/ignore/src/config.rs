//! git configuration: the file format, and the few values that matter here.
//!
//! `[include]` is followed; `[includeIf]` is not, so values that only a conditional include would set are not seen.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::environment::{Environment, parse_boolean};
use crate::read::{MAX_CONFIG_BYTES, Unread, read_regular};
use crate::repository::Repository;

/// git's own limit for includes inside includes.
const MAX_INCLUDE_DEPTH: usize = 10;
/// Includes fan out: without an end to them a few small files could name billions.
const MAX_CONFIG_FILES: usize = 100;

/// What git's configuration says about ignore rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `core.ignoreCase`: ASCII letters match in either case.
    pub ignore_case: bool,
    /// The file `core.excludesFile` names, or the default one; `None` when there is neither.
    pub excludes_file: Option<PathBuf>,
    /// The length of the repository's object ids: 20 (SHA-1) or 32 (SHA-256).
    pub hash_bytes: usize,
}

impl Settings {
    /// The settings in force in `repository`, or outside of any. A relative `core.excludesFile` starts at `top`. What
    /// cannot be read or understood is added to `unread`, and the values around it still count.
    pub fn read(
        repository: Option<&Repository>,
        top: &Path,
        environment: &Environment,
        unread: &mut Vec<Unread>,
    ) -> Settings {
        let mut reader = Reader {
            environment,
            top,
            values: Values::default(),
            unread,
            files: 0,
            bytes: 0,
            exhausted: false,
        };
        for file in environment.config_files() {
            reader.read(file);
        }
        if let Some(repository) = repository {
            reader.read(repository.common_dir().join("config"));
            if reader.values.worktree_config {
                reader.read(repository.git_dir().join("config.worktree"));
            }
        }
        let Values { ignore_case, excludes_file, sha256, .. } = reader.values;
        let excludes_file = match excludes_file {
            Some(file) => Some(file).filter(|file| !file.as_os_str().is_empty()),
            None => environment.xdg_git().map(|folder| folder.join("ignore")),
        };
        Settings { ignore_case, excludes_file, hash_bytes: if sha256 { 32 } else { 20 } }
    }
}

#[derive(Default)]
struct Values {
    ignore_case: bool,
    /// Empty when the configuration names no file on purpose.
    excludes_file: Option<PathBuf>,
    worktree_config: bool,
    sha256: bool,
}

struct Reader<'a> {
    environment: &'a Environment,
    top: &'a Path,
    values: Values,
    unread: &'a mut Vec<Unread>,
    /// How many files were asked for.
    files: usize,
    /// How long the files read are together.
    bytes: usize,
    /// A limit was passed and reported: nothing more is read.
    exhausted: bool,
}

impl Reader<'_> {
    fn read(&mut self, path: PathBuf) {
        // The files being read, each included by the one before: no recursion, and an included value is overridden by
        // what stands behind the include.
        let mut open: Vec<(PathBuf, Variables)> = Vec::new();
        let mut next = Some(path);
        loop {
            if let Some(path) = next.take() {
                match self.load(&path, open.len()) {
                    Ok(text) => open.push((path, Variables::of(text))),
                    Err(reason) => self.unread.push(Unread { path, reason }),
                }
            }
            let Some((path, variables)) = open.last_mut() else { return };
            let applied = match variables.next() {
                None => {
                    open.pop();
                    continue;
                }
                Some(Ok(variable)) => self.apply(path, &variable),
                Some(Err(line)) => Err(format!("bad configuration in line {line}")),
            };
            match applied {
                Ok(included) => next = included,
                Err(reason) => self.unread.push(Unread { path: path.clone(), reason }),
            }
        }
    }

    /// The text of a file; nothing when there is no such file or a limit is passed.
    fn load(&mut self, path: &Path, depth: usize) -> Result<Vec<u8>, String> {
        if self.exhausted {
            return Ok(Vec::new());
        }
        self.files += 1;
        self.exhausted = depth > MAX_INCLUDE_DEPTH || self.files > MAX_CONFIG_FILES;
        if depth > MAX_INCLUDE_DEPTH {
            return Err(format!("included more than {MAX_INCLUDE_DEPTH} files deep"));
        }
        if self.exhausted {
            return Err(format!("more than {MAX_CONFIG_FILES} configuration files"));
        }
        let text = read_regular(path, MAX_CONFIG_BYTES)?.unwrap_or_default();
        self.bytes += text.len();
        self.exhausted = self.bytes as u64 > MAX_CONFIG_BYTES;
        if self.exhausted {
            return Err(format!("more than {MAX_CONFIG_BYTES} bytes of configuration"));
        }
        Ok(text)
    }

    /// Takes a variable over; the result is a file it includes.
    fn apply(&mut self, file: &Path, variable: &Variable) -> Result<Option<PathBuf>, String> {
        let value = variable.value.as_deref();
        match (&*variable.section, variable.key.as_slice()) {
            (b"core.", b"ignorecase") => self.values.ignore_case = variable.boolean()?,
            (b"extensions.", b"worktreeconfig") => self.values.worktree_config = variable.boolean()?,
            (b"extensions.", b"objectformat") => match value {
                Some(b"sha1") => self.values.sha256 = false,
                Some(b"sha256") => self.values.sha256 = true,
                _ => return Err("unknown extensions.objectformat".to_owned()),
            },
            (b"core.", b"excludesfile") => {
                let value = value.ok_or("core.excludesfile has no value")?;
                let path = self.expand(value)?;
                let named = !path.as_os_str().is_empty();
                self.values.excludes_file = Some(if named { self.top.join(path) } else { path });
            }
            (b"include.", b"path") => {
                let path = self.expand(value.ok_or("include.path has no value")?)?;
                let folder = file.parent().unwrap_or(Path::new(""));
                return Ok(Some(folder.join(path)));
            }
            _ => {}
        }
        Ok(None)
    }

    /// A path as configuration writes it: `~/` is the home folder.
    fn expand(&self, value: &[u8]) -> Result<PathBuf, String> {
        let cannot = || format!("cannot expand the path '{}'", String::from_utf8_lossy(value));
        if let Some(rest) = value.strip_prefix(b"~/") {
            let home = self.environment.home.as_ref().ok_or_else(cannot)?;
            return Ok(home.join(path_from_bytes(rest).ok_or_else(cannot)?));
        }
        if value.starts_with(b"~") && value != b"~" || value.starts_with(b"%(prefix)/") {
            return Err(cannot());
        }
        if value == b"~" {
            return self.environment.home.clone().ok_or_else(cannot);
        }
        path_from_bytes(value).ok_or_else(cannot)
    }
}

/// The path these bytes name; `None` when this platform has no such path.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes).ok().map(PathBuf::from)
    }
}

/// One `section.key = value`.
#[derive(Debug, PartialEq, Eq)]
struct Variable {
    /// `section.` or `section.subsection.`, lower case but for the subsection; empty above the first section. Shared:
    /// a long one in front of many variables must not be stored with each.
    section: Rc<[u8]>,
    /// In lower case.
    key: Vec<u8>,
    /// `None` for a name alone, which is a true boolean.
    value: Option<Vec<u8>>,
}

impl Variable {
    fn boolean(&self) -> Result<bool, String> {
        match &self.value {
            None => Ok(true),
            Some(value) => parse_boolean(value).ok_or_else(|| {
                let name = [&*self.section, &self.key].concat();
                format!("{} is not a boolean", String::from_utf8_lossy(&name))
            }),
        }
    }
}

/// The variables of a configuration file one by one, and last the line (from 1) where it stopped being one.
struct Variables {
    text: Vec<u8>,
    at: usize,
    section: Rc<[u8]>,
}

impl Variables {
    fn of(text: Vec<u8>) -> Variables {
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Variables { text, at, section: Rc::from([]) }
    }
}

impl Iterator for Variables {
    type Item = Result<Variable, usize>;

    fn next(&mut self) -> Option<Result<Variable, usize>> {
        let mut scanner = Scanner { text: &self.text, at: self.at };
        while let Some(byte) = scanner.next() {
            let parsed = match byte {
                b'#' | b';' => {
                    scanner.skip_line();
                    Some(())
                }
                b'[' => scanner.section().map(|name| self.section = [&name, &b"."[..]].concat().into()),
                byte if is_space(byte) => Some(()),
                byte if byte.is_ascii_alphabetic() => match scanner.variable(byte) {
                    Some((key, value)) => {
                        self.at = scanner.at;
                        return Some(Ok(Variable { section: Rc::clone(&self.section), key, value }));
                    }
                    None => None,
                },
                _ => None,
            };
            if parsed.is_none() {
                // Nothing is read behind it.
                self.at = self.text.len() + 1;
                return Some(Err(scanner.line()));
            }
        }
        self.at = scanner.at;
        None
    }
}

/// git's own idea of a space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// The characters of a configuration file: a carriage return in front of a line feed is not one of them, and the file
/// ends with a line feed whether it is written or not.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<u8> {
        if self.text[self.at.min(self.text.len())..].starts_with(b"\r\n") {
            self.at += 1;
        }
        let byte = match self.text.get(self.at) {
            Some(&byte) => byte,
            None if self.at == self.text.len() => b'\n',
            None => return None,
        };
        self.at += 1;
        Some(byte)
    }

    /// The line of the character last returned.
    fn line(&self) -> usize {
        let before = &self.text[..self.at.saturating_sub(1).min(self.text.len())];
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    /// The section's name, from behind its `[` to its `]`.
    fn section(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            match self.next()? {
                b']' => return Some(name),
                byte if is_space(byte) => return self.subsection(name, byte),
                byte if is_key(byte) || byte == b'.' => name.push(byte.to_ascii_lowercase()),
                _ => return None,
            }
        }
    }

    /// The rest of `[section "subsection"]`, from the first space on.
    fn subsection(&mut self, mut name: Vec<u8>, mut byte: u8) -> Option<Vec<u8>> {
        while byte != b'\n' && is_space(byte) {
            byte = self.next()?;
        }
        if byte != b'"' {
            return None;
        }
        name.push(b'.');
        loop {
            match self.next()? {
                b'\n' => return None,
                b'"' => break,
                b'\\' => match self.next()? {
                    b'\n' => return None,
                    escaped => name.push(escaped),
                },
                byte => name.push(byte),
            }
        }
        (self.next()? == b']').then_some(name)
    }

    /// The key that starts with `first`, and its value.
    fn variable(&mut self, first: u8) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let mut key = vec![first.to_ascii_lowercase()];
        let mut byte = self.next()?;
        while is_key(byte) {
            key.push(byte.to_ascii_lowercase());
            byte = self.next()?;
        }
        while matches!(byte, b' ' | b'\t') {
            byte = self.next()?;
        }
        match byte {
            b'\n' => Some((key, None)),
            b'=' => Some((key, Some(self.value()?))),
            _ => None,
        }
    }

    /// The value, from behind the `=` to the end of its last line.
    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        let mut quoted = false;
        // The length of the value without the spaces at its end, once there are some.
        let mut trimmed = None;
        loop {
            match self.next()? {
                b'\n' if quoted => return None,
                b'\n' => break,
                byte if is_space(byte) && !quoted => {
                    trimmed.get_or_insert(value.len());
                    if !value.is_empty() {
                        value.push(byte);
                    }
                }
                b'#' | b';' if !quoted => {
                    self.skip_line();
                    break;
                }
                b'\\' => {
                    // Behind a continuation too: git keeps the spaces in front of one.
                    trimmed = None;
                    let escaped = match self.next()? {
                        b'\n' => continue,
                        b't' => b'\t',
                        b'b' => 8,
                        b'n' => b'\n',
                        byte @ (b'\\' | b'"') => byte,
                        _ => return None,
                    };
                    value.push(escaped);
                }
                b'"' => {
                    trimmed = None;
                    quoted = !quoted;
                }
                byte => {
                    trimmed = None;
                    value.push(byte);
                }
            }
        }
        value.truncate(trimmed.unwrap_or(value.len()));
        // git hands values on as C strings: a NUL ends one.
        value.truncate(value.iter().position(|&byte| byte == 0).unwrap_or(value.len()));
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, Option<String>)> {
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Variables::of(text.into())
            .map(|one| one.unwrap_or_else(|line| panic!("{text:?}, line {line}")))
            .map(|one| (text_of(&one.section) + &text_of(&one.key), one.value.as_deref().map(text_of)))
            .collect()
    }

    #[test]
    fn a_value_keeps_its_quoted_and_inner_spaces() {
        let cases = [
            ("a = b", "b"),
            ("a=b c  ", "b c"),
            ("a = \" b \" ; comment", " b "),
            ("a = b # comment", "b"),
            ("a = \"b # c\"", "b # c"),
            ("a = b\\\\c\\td\\\"", "b\\c\td\""),
            ("a = b \\\n  c", "b   c"),
            ("a = b \\\n\n", "b "),
            ("a = b\0c", "b"),
            ("a =\r\n", ""),
            ("a = b\r\n", "b"),
        ];
        for (line, expected) in cases {
            let name = "core.a".to_owned();
            assert_eq!(values(&format!("[core] {line}")), [(name, Some(expected.to_owned()))], "{line:?}");
        }
    }

    #[test]
    fn sections_fold_case_and_subsections_do_not() {
        let text = "\u{feff}[Core]\nIgnoreCase\n[Remote \"Or\\\"igin\"] URL = x\n[a.B]\nc = 1";
        let expected = [("core.ignorecase", None), ("remote.Or\"igin.url", Some("x")), ("a.b.c", Some("1"))];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(values(text), expected);
    }

    #[test]
    fn a_bad_line_is_named_and_what_stands_before_it_counts() {
        for text in
            ["[core]\na = 1\n?", "[core]\na = 1\nb = \"x\n", "[core]\na = 1\nb = \\x", "[core]\na=1\n[x y]"]
        {
            let lines: Vec<_> = Variables::of(text.into()).map(|one| one.err()).collect();
            assert_eq!(lines, [None, Some(3)], "{text:?}");
        }
    }
}
