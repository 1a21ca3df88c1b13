//! The text a patch is applied to, as lines.

pub(super) struct Source<'a> {
    pub(super) text: &'a [u8],
    /// Where each line begins, and where one behind the last would begin if the last has its LF or were given one.
    starts: Vec<usize>,
    /// Whether the last line has no LF.
    pub(super) open: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        let open = starts.last() != Some(&text.len());
        if open {
            starts.push(text.len() + 1);
        }
        Self { text, starts, open }
    }

    /// The number of lines.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The line at an index, without its LF.
    pub(super) fn line(&self, at: usize) -> &'a [u8] {
        &self.text[self.starts[at]..self.starts[at + 1] - 1]
    }

    /// Whether the line at an index has no LF.
    pub(super) fn is_open(&self, at: usize) -> bool {
        self.open && at + 1 == self.len()
    }

    /// The byte where the line at an index begins; the end of the text behind the last.
    pub(super) fn start(&self, at: usize) -> usize {
        self.starts[at.min(self.len())].min(self.text.len())
    }
}
