//! The result of a walk.

/// The files of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The paths, relative to the root with `/` between their components, in the order of their bytes, joined by NUL.
    pub packed: String,
    /// The number of paths.
    pub count: usize,
    /// What was left out and not by a rule, by path, then reason.
    pub skipped: Vec<Skipped>,
    /// Whether there were more files than asked for; `skipped` then covers what was read up to there.
    pub truncated: bool,
}

impl Listing {
    /// The paths one by one.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.packed.split('\0').take(self.count)
    }

    /// Adds a path given as its folder, with a slash at its end, and its name.
    pub(crate) fn push(&mut self, folder: &str, name: &str) {
        if self.count > 0 {
            self.packed.push('\0');
        }
        self.packed.push_str(folder);
        self.packed.push_str(name);
        self.count += 1;
    }
}

/// Something that was not listed or not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Relative to the root, or absolute for a file outside of it.
    pub path: String,
    /// The symbolic errno of a failed operation, or a few words.
    pub reason: String,
}

impl Skipped {
    pub(crate) fn new(path: &str, reason: String) -> Skipped {
        Skipped { path: path.to_owned(), reason }
    }

    pub(crate) fn nested_repository(path: &str) -> Skipped {
        Skipped::new(path, "nested git repository".to_owned())
    }
}
