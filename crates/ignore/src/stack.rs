//! The rule files that apply in one folder, strongest last.

use std::path::PathBuf;
use std::sync::Arc;

use crate::rules::{Rule, RuleFile};
use crate::subject::Subject;

/// The rule files in force in a folder: a list that shares its tail with the parent folder's, so entering a folder
/// costs one allocation when it has a rule file and none otherwise.
#[derive(Clone, Debug, Default)]
pub struct RuleStack(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    rules: RuleFile,
    /// Where the file was read, for explanations.
    source: PathBuf,
    /// The length of the folder the rules apply to, its slash included: patterns see what follows.
    base_bytes: usize,
    below: RuleStack,
}

/// The rule that decided a path, and the file it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// The deciding rule; what a negated one matches is not ignored.
    pub rule: &'a Rule,
    /// The file that holds it.
    pub source: &'a std::path::Path,
}

impl RuleStack {
    /// This stack with one more file on top, whose rules win over all below. `base_bytes` is the length of the folder
    /// the file applies to, relative to the repository's top with a slash at its end: 0 for the top itself.
    pub fn with(&self, rules: RuleFile, source: PathBuf, base_bytes: usize) -> RuleStack {
        if rules.is_empty() {
            return self.clone();
        }
        RuleStack(Some(Arc::new(Level { rules, source, base_bytes, below: self.clone() })))
    }

    /// What decides `path`, relative to the repository's top, in a folder that is not itself excluded.
    pub fn verdict(&self, path: &[u8], is_directory: bool) -> Option<Match<'_>> {
        let top = self.0.as_ref()?;
        let fold_case = top.rules.folds_case();
        let folded;
        let subject = if fold_case {
            folded = path.to_ascii_lowercase();
            Subject::of(&folded)
        } else {
            Subject::of(path)
        };
        let mut stack = self;
        while let Some(level) = &stack.0 {
            let found = if level.rules.folds_case() == fold_case {
                level.rules.decide(&subject, level.base_bytes, is_directory)
            } else {
                path.get(level.base_bytes..).and_then(|path| level.rules.last_match(path, is_directory))
            };
            if let Some(rule) = found {
                return Some(Match { rule, source: &level.source });
            }
            stack = &level.below;
        }
        None
    }

    /// How many rules there are in all files together.
    pub fn rule_count(&self) -> usize {
        let mut count = 0;
        let mut stack = self;
        while let Some(level) = &stack.0 {
            count += level.rules.len();
            stack = &level.below;
        }
        count
    }

    /// Whether `path` is ignored, in a folder that is not.
    pub fn ignores(&self, path: &[u8], is_directory: bool) -> bool {
        self.verdict(path, is_directory).is_some_and(|found| !found.rule.is_negated())
    }
}
