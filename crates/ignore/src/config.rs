//! git configuration: the file format, and the few values that matter here.
//!
//! `[include]` is followed; `[includeIf]` is not, so values that only a conditional include would set are not seen.

use std::path::{Path, PathBuf};

use crate::environment::{Environment, parse_boolean};
use crate::read::{MAX_CONFIG_BYTES, Unread, read_regular};
use crate::repository::Repository;

/// git's own limit for includes inside includes.
const MAX_INCLUDE_DEPTH: usize = 10;
/// Includes fan out: without an end to them a few small files could name billions.
const MAX_CONFIG_FILES: usize = 1000;

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
        let mut reader =
            Reader { environment, top, values: Values::default(), unread, files: 0, exhausted: false };
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
    /// A limit was passed and reported: nothing more is read.
    exhausted: bool,
}

impl Reader<'_> {
    fn read(&mut self, path: PathBuf) {
        // The files still to read, each with the variables of an including file that follow it: no recursion, and
        // an included value is overridden by what stands behind the include.
        let mut open: Vec<(PathBuf, std::vec::IntoIter<Variable>)> = Vec::new();
        let mut next = Some(path);
        loop {
            if let Some(path) = next.take() {
                match self.load(&path, open.len()) {
                    Ok(variables) => open.push((path, variables.into_iter())),
                    Err(reason) => self.unread.push(Unread { path, reason }),
                }
            }
            let Some((path, variables)) = open.last_mut() else { return };
            let Some(variable) = variables.next() else {
                open.pop();
                continue;
            };
            let path = path.clone();
            match self.apply(&path, &variable) {
                Ok(None) => {}
                Ok(Some(included)) => next = Some(included),
                Err(reason) => self.unread.push(Unread { path, reason }),
            }
        }
    }

    fn load(&mut self, path: &Path, depth: usize) -> Result<Vec<Variable>, String> {
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
        let Some(text) = read_regular(path, MAX_CONFIG_BYTES)? else { return Ok(Vec::new()) };
        let (variables, bad_line) = parse(&text);
        if let Some(line) = bad_line {
            self.unread
                .push(Unread { path: path.to_owned(), reason: format!("bad configuration in line {line}") });
        }
        Ok(variables)
    }

    /// Takes a variable over; the result is a file it includes.
    fn apply(&mut self, file: &Path, variable: &Variable) -> Result<Option<PathBuf>, String> {
        let value = variable.value.as_deref();
        match variable.name.as_slice() {
            b"core.ignorecase" => self.values.ignore_case = variable.boolean()?,
            b"extensions.worktreeconfig" => self.values.worktree_config = variable.boolean()?,
            b"extensions.objectformat" => match value {
                Some(b"sha1") => self.values.sha256 = false,
                Some(b"sha256") => self.values.sha256 = true,
                _ => return Err("unknown extensions.objectformat".to_owned()),
            },
            b"core.excludesfile" => {
                let value = value.ok_or("core.excludesfile has no value")?;
                let path = self.expand(value)?;
                let named = !path.as_os_str().is_empty();
                self.values.excludes_file = Some(if named { self.top.join(path) } else { path });
            }
            b"include.path" => {
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

/// One `name = value`; the name is `section.key` or `section.subsection.key`, lower case but for the subsection.
#[derive(Debug, PartialEq, Eq)]
struct Variable {
    name: Vec<u8>,
    /// `None` for a name alone, which is a true boolean.
    value: Option<Vec<u8>>,
}

impl Variable {
    fn boolean(&self) -> Result<bool, String> {
        match &self.value {
            None => Ok(true),
            Some(value) => parse_boolean(value)
                .ok_or_else(|| format!("{} is not a boolean", String::from_utf8_lossy(&self.name))),
        }
    }
}

/// The variables of a configuration file, and the line (from 1) where it stopped being one.
fn parse(text: &[u8]) -> (Vec<Variable>, Option<usize>) {
    let mut scanner = Scanner::new(text);
    let mut variables = Vec::new();
    // With its dot; a variable above the first section has none.
    let mut section = Vec::new();
    while let Some(byte) = scanner.next() {
        let parsed = match byte {
            b'\n' => Some(()),
            b'#' | b';' => {
                scanner.skip_line();
                Some(())
            }
            b'[' => scanner.section().map(|name| section = [&name, &b"."[..]].concat()),
            byte if is_space(byte) => Some(()),
            byte if byte.is_ascii_alphabetic() => {
                scanner.variable(&section, byte).map(|variable| variables.push(variable))
            }
            _ => None,
        };
        if parsed.is_none() {
            return (variables, Some(scanner.line()));
        }
    }
    (variables, None)
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

impl<'a> Scanner<'a> {
    fn new(text: &'a [u8]) -> Scanner<'a> {
        Scanner { text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), at: 0 }
    }

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

    /// The variable whose name starts with `first`.
    fn variable(&mut self, section: &[u8], first: u8) -> Option<Variable> {
        let mut name = section.to_vec();
        name.push(first.to_ascii_lowercase());
        let mut byte = self.next()?;
        while is_key(byte) {
            name.push(byte.to_ascii_lowercase());
            byte = self.next()?;
        }
        while matches!(byte, b' ' | b'\t') {
            byte = self.next()?;
        }
        let value = match byte {
            b'\n' => None,
            b'=' => Some(self.value()?),
            _ => return None,
        };
        Some(Variable { name, value })
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
        let (variables, bad_line) = parse(text.as_bytes());
        assert_eq!(bad_line, None, "{text:?}");
        variables.iter().map(|one| (text_of(&one.name), one.value.as_deref().map(text_of))).collect()
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
            let (variables, bad_line) = parse(text.as_bytes());
            assert_eq!((variables.len(), bad_line), (1, Some(3)), "{text:?}");
        }
    }
}
