//! git configuration: the file format, and the few values that matter here.
//!
//! `[include]` is followed, and `[includeIf]` by `gitdir`, `gitdir/i`, `onbranch` and `hasconfig:remote.*.url`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::environment::{Environment, parse_boolean};
use crate::read::{MAX_CONFIG_BYTES, Unread, read_regular};
use crate::repository::Repository;
use crate::wildmatch::Glob;

/// git's own limit for includes inside includes.
const MAX_INCLUDE_DEPTH: usize = 10;
/// Includes fan out: without an end to them a few small files could name billions.
const MAX_CONFIG_FILES: usize = 100;
/// What conditions of includes may take: any number of long patterns against long texts would take hours.
const MAX_CONDITIONS: usize = 100;
const MAX_CONDITION_BYTES: usize = 1024;
const MAX_REMOTE_URLS: usize = 100;
const MAX_URL_BYTES: usize = 256;

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
        let mut reader = Reader::new(repository, top, environment, unread);
        reader.read_all();
        let Values { ignore_case, excludes_file, sha256, .. } = reader.values;
        let excludes_file = match excludes_file {
            Some(file) => Some(file).filter(|file| !file.as_os_str().is_empty()),
            None if environment.repository_only => None,
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
    /// Every `remote.*.url`.
    remote_urls: Vec<Vec<u8>>,
}

struct Reader<'a> {
    repository: Option<&'a Repository>,
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
    /// Every `remote.*.url`, once a condition asked for them.
    remote_urls: Option<Vec<Vec<u8>>>,
    /// How many conditions were looked at.
    conditions: usize,
    /// The last section that is a condition, and whether it holds: it is not read again for each of its variables.
    condition: Option<Condition>,
    /// Conditions on `remote.*.url` hold for none: their values are being collected.
    collecting: bool,
}

/// A section that is a condition of includes.
struct Condition {
    section: Rc<[u8]>,
    file: Option<PathBuf>,
    holds: Result<bool, String>,
}

impl Condition {
    fn is(&self, section: &Rc<[u8]>, file: Option<&Path>) -> bool {
        (Rc::ptr_eq(&self.section, section) || self.section == *section) && self.file.as_deref() == file
    }
}

impl<'a> Reader<'a> {
    fn new(
        repository: Option<&'a Repository>,
        top: &'a Path,
        environment: &'a Environment,
        unread: &'a mut Vec<Unread>,
    ) -> Reader<'a> {
        Reader {
            repository,
            environment,
            top,
            values: Values::default(),
            unread,
            files: 0,
            bytes: 0,
            exhausted: false,
            remote_urls: None,
            conditions: 0,
            condition: None,
            collecting: false,
        }
    }

    /// All there is, weakest first.
    fn read_all(&mut self) {
        for file in self.environment.config_files() {
            self.read(file);
        }
        if let Some(repository) = self.repository {
            self.read(repository.common_dir().join("config"));
            if self.values.worktree_config {
                self.read(repository.git_dir().join("config.worktree"));
            }
        }
        for (key, value) in &self.environment.git_config_parameters {
            let applied = match Variable::named(key.as_bytes(), value.as_bytes()) {
                Some(variable) => self.apply(None, &variable),
                None => Err(format!("bad configuration key '{key}'")),
            };
            match applied {
                Ok(Some(included)) => self.read(included),
                Ok(None) => {}
                Err(reason) => self.unread.push(Unread { path: PathBuf::from(PARAMETERS), reason }),
            }
        }
    }

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
                Some(Ok(variable)) => {
                    let path = path.clone();
                    self.apply(Some(&path), &variable)
                }
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
    fn apply(&mut self, file: Option<&Path>, variable: &Variable) -> Result<Option<PathBuf>, String> {
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
            (b"include.", b"path") => return self.included(file, value, "include.path").map(Some),
            (section, b"path") if section.starts_with(b"includeif.") => {
                let known = self.condition.take().filter(|known| known.is(&variable.section, file));
                let condition = match known {
                    Some(known) => known,
                    None => {
                        let text = &section[b"includeif.".len()..];
                        let holds = self.holds(text.strip_suffix(b".").unwrap_or(text), file);
                        let file = file.map(Path::to_owned);
                        Condition { section: Rc::clone(&variable.section), file, holds }
                    }
                };
                let holds = self.condition.insert(condition).holds.clone()?;
                if holds {
                    return self.included(file, value, "includeif.path").map(Some);
                }
            }
            (section, b"url") if self.collecting && section.starts_with(b"remote.") => {
                self.values.remote_urls.extend(value.map(<[u8]>::to_vec));
            }
            _ => {}
        }
        Ok(None)
    }

    /// The file that a variable includes.
    fn included(&self, file: Option<&Path>, value: Option<&[u8]>, name: &str) -> Result<PathBuf, String> {
        let path = self.expand(value.ok_or_else(|| format!("{name} has no value"))?)?;
        match file {
            Some(file) => Ok(file.parent().unwrap_or(Path::new("")).join(path)),
            None if path.is_absolute() => Ok(path),
            None => Err("a relative include must come from a file".to_owned()),
        }
    }

    /// Whether the condition of an `[includeIf]` holds; no condition that is unknown does, as for git.
    fn holds(&mut self, condition: &[u8], file: Option<&Path>) -> Result<bool, String> {
        let known: [&[u8]; 4] = [b"gitdir:", b"gitdir/i:", b"onbranch:", b"hasconfig:remote.*.url:"];
        let Some(name) = known.into_iter().find(|name| condition.starts_with(name)) else { return Ok(false) };
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(format!("more than {MAX_CONDITIONS} conditions of includes"));
        }
        if condition.len() - name.len() > MAX_CONDITION_BYTES {
            return Err(format!("a condition of more than {MAX_CONDITION_BYTES} bytes"));
        }
        if let Some(pattern) = condition.strip_prefix(b"gitdir:") {
            self.git_dir_matches(pattern, file, false)
        } else if let Some(pattern) = condition.strip_prefix(b"gitdir/i:") {
            self.git_dir_matches(pattern, file, true)
        } else if let Some(pattern) = condition.strip_prefix(b"onbranch:") {
            let branch = self.repository.and_then(Repository::branch);
            Ok(branch.is_some_and(|branch| matches(&folder_and_below(pattern), &branch, false)))
        } else if let Some(pattern) = condition.strip_prefix(b"hasconfig:remote.*.url:") {
            let pattern = folder_and_below(pattern);
            let urls = self.remote_urls();
            if urls.len() > MAX_REMOTE_URLS {
                return Err(format!("more than {MAX_REMOTE_URLS} remote URLs"));
            }
            Ok(urls.iter().any(|url| url.len() <= MAX_URL_BYTES && matches(&pattern, url, false)))
        } else {
            Ok(false)
        }
    }

    /// Every `remote.*.url` there is, those of conditional includes on them left out.
    fn remote_urls(&mut self) -> &[Vec<u8>] {
        if self.collecting {
            return &[];
        }
        let (repository, top, environment) = (self.repository, self.top, self.environment);
        self.remote_urls.get_or_insert_with(|| {
            // What is wrong with a file is reported where it is read for its other values.
            let mut unread = Vec::new();
            let mut reader = Reader::new(repository, top, environment, &mut unread);
            reader.collecting = true;
            reader.read_all();
            reader.values.remote_urls
        })
    }

    /// Whether the repository's folder is what a condition's pattern says, links followed or not.
    fn git_dir_matches(&self, pattern: &[u8], file: Option<&Path>, fold_case: bool) -> Result<bool, String> {
        let Some(repository) = self.repository else { return Ok(false) };
        let mut plain_bytes = 0;
        let mut full = if let Some(rest) = pattern.strip_prefix(b"./") {
            let file = file.ok_or("a relative condition of an include must come from a file")?;
            let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
            let mut full = bytes_of(file.parent().unwrap_or(Path::new("")));
            full.push(b'/');
            plain_bytes = full.len();
            full.extend_from_slice(rest);
            full
        } else if pattern == b"~" || pattern.starts_with(b"~/") {
            let cannot = || format!("cannot expand the path '{}'", String::from_utf8_lossy(pattern));
            let home = self.environment.home.as_ref().ok_or_else(cannot)?;
            let home = home.canonicalize().map_err(|_| cannot())?;
            [&*bytes_of(&home), &pattern[1..]].concat()
        } else {
            bytes_of(&self.expand(pattern)?)
        };
        if plain_bytes == 0 && !is_absolute(&full) {
            full.splice(..0, *b"**/");
        }
        let full = folder_and_below(&full);
        let (plain, glob) = full.split_at(plain_bytes);
        let git_dir = repository.git_dir();
        let real = git_dir.canonicalize().unwrap_or_else(|_| git_dir.to_owned());
        Ok([real.as_path(), git_dir].into_iter().any(|text| {
            let text = bytes_of(text);
            let starts = text.get(..plain_bytes).is_some_and(|start| {
                if fold_case { start.eq_ignore_ascii_case(plain) } else { start == plain }
            });
            starts && matches(glob, &text[plain_bytes..], fold_case)
        }))
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

/// Where parameters come from, as reports name it.
const PARAMETERS: &str = "GIT_CONFIG_COUNT";

/// A condition's pattern, of a folder one for all that is in it.
fn folder_and_below(pattern: &[u8]) -> Vec<u8> {
    let below: &[u8] = if pattern.last() == Some(&b'/') { b"**" } else { b"" };
    [pattern, below].concat()
}

fn matches(pattern: &[u8], text: &[u8], fold_case: bool) -> bool {
    Glob::compile(pattern, fold_case).is_some_and(|glob| glob.matches(text))
}

fn is_absolute(path: &[u8]) -> bool {
    path.starts_with(b"/") || path_from_bytes(path).is_some_and(|path| path.is_absolute())
}

/// A path's bytes, with `/` between its names.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        let slashed: Vec<u8> = bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
        return slashed.strip_prefix(b"//?/").map_or_else(|| slashed.clone(), <[u8]>::to_vec);
    }
    bytes.to_vec()
}

/// The path these bytes name; `None` when this platform has no such path.
pub fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
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
    /// A variable whose name is written as `section.key` or `section.subsection.key`; `None` where that is none.
    fn named(name: &[u8], value: &[u8]) -> Option<Variable> {
        let last = name.iter().rposition(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
        let first = name.iter().position(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
        let key = name[last + 1..].to_ascii_lowercase();
        let is_plain = key.first().is_some_and(u8::is_ascii_alphabetic)
            && key.iter().all(|&byte| is_key(byte))
            && name[..first].iter().all(|&byte| is_key(byte))
            && !name.contains(&b'\n');
        let section = [&name[..first].to_ascii_lowercase(), &name[first..=last]].concat();
        is_plain.then(|| Variable { section: section.into(), key, value: Some(value.to_vec()) })
    }

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
