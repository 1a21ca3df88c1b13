//! The rules of one file alone, without a disk.

use std::path::PathBuf;

use crate::MAX_RULES;
use crate::error::Error;
use crate::rules::RuleFile;
use crate::stack::RuleStack;
use crate::tree::{Decision, Explanation, MAX_PATH_BYTES, check_path, is_name, split_slash};

/// The rules of one ignore file, asked about paths: those in its folder, and whatever lies in folders it excludes.
#[derive(Clone, Debug)]
pub struct IgnoreFile {
    rules: RuleStack,
    /// The folder the file is in, with a slash at its end; empty for the top.
    base: Vec<u8>,
}

/// A folder's path with its slash, and what excludes it: what the next path probably needs too.
type Last = Option<(Vec<u8>, Option<Decision>)>;

impl IgnoreFile {
    /// The rules in the text of a file that lies in the folder `base`; empty for the top.
    ///
    /// # Errors
    /// [`Error::Path`] when the base is none, and [`Error::TooManyRules`].
    pub fn parse(text: &[u8], base: &[u8], fold_case: bool) -> Result<IgnoreFile, Error> {
        let mut base = base.strip_suffix(b"/").unwrap_or(base).to_owned();
        check_path(&base)?;
        if !base.is_empty() {
            base.push(b'/');
        }
        let rules = RuleFile::parse_at_most(MAX_RULES, text, fold_case)
            .ok_or(Error::TooManyRules { most: MAX_RULES })?;
        Ok(IgnoreFile { rules: RuleStack::default().with(rules, PathBuf::new(), base.len()), base })
    }

    /// Whether the rules ignore `path`, relative to where the base starts. It is a file unless it ends with a slash.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn ignores(&self, path: &[u8], is_directory: Option<bool>) -> Result<bool, Error> {
        self.ignores_after(path, is_directory, &mut None)
    }

    /// Whether each path is ignored.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn check<'p>(&self, paths: impl IntoIterator<Item = &'p [u8]>) -> Result<Vec<bool>, Error> {
        let mut last = None;
        paths.into_iter().map(|path| self.ignores_after(path, None, &mut last)).collect()
    }

    /// Which rule decides `path`; `None` outside of the base.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn explain(&self, path: &[u8], is_directory: Option<bool>) -> Result<Option<Explanation>, Error> {
        let (path, is_directory) = split_slash(path, is_directory);
        check_path(path)?;
        if !path.starts_with(&self.base) {
            return Ok(None);
        }
        let found = self.excluded_folder(path).or_else(|| self.decide(path, is_directory.unwrap_or(false)));
        let ignored = found.as_ref().is_some_and(|found| !found.negated);
        Ok(Some(Explanation { ignored, tracked: false, rule: found }))
    }

    /// Whether the directory at `path` is excluded: git would not look into it.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn can_prune(&self, path: &[u8]) -> Result<bool, Error> {
        self.ignores(path, Some(true))
    }

    /// About how much memory the rules take.
    pub fn size_bytes(&self) -> usize {
        512 + 256 * self.rules.rule_count()
    }

    fn ignores_after(&self, path: &[u8], is_directory: Option<bool>, last: &mut Last) -> Result<bool, Error> {
        let (path, is_directory) = split_slash(path, is_directory);
        let name_at = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        if last.as_ref().is_none_or(|(folder, _)| *folder != path[..name_at]) {
            check_path(path)?;
            *last = Some((path[..name_at].to_owned(), self.excluded_folder(path)));
        } else if !path.is_empty() && !is_name(&path[name_at..]) || path.len() > MAX_PATH_BYTES {
            return Err(Error::Path);
        }
        let excluded = last.as_ref().is_some_and(|(_, excluded)| excluded.is_some());
        let inside = path.len() > self.base.len() && path.starts_with(&self.base);
        Ok(excluded || inside && self.rules.ignores(path, is_directory.unwrap_or(false)))
    }

    /// What excludes the topmost excluded folder that `path` lies in.
    fn excluded_folder(&self, path: &[u8]) -> Option<Decision> {
        if !path.starts_with(&self.base) {
            return None;
        }
        let slashes = (self.base.len()..path.len()).filter(|&at| path[at] == b'/');
        slashes
            .map(|slash| &path[..slash])
            .find_map(|folder| self.decide(folder, true).filter(|it| !it.negated))
    }

    fn decide(&self, path: &[u8], is_directory: bool) -> Option<Decision> {
        if path.is_empty() {
            return None;
        }
        self.rules.verdict(path, is_directory).map(Decision::of)
    }
}
