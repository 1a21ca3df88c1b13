//! Patches that take back what others do.

use std::borrow::Cow;

use super::{FilePatch, Hunk, Marker, Operation, format_patch, parse_patch};
use crate::Error;

/// The patch that takes back what the patch `text` does, the last file first. Text around the patches is left out.
///
/// # Errors
///
/// Those of [`parse_patch`] and of [`reverse_file_patch`].
pub fn reverse_patch(text: &[u8]) -> Result<Vec<u8>, Error> {
    let files = parse_patch(text, 0)?;
    let reversed: Result<Vec<_>, _> = files.iter().rev().map(reverse_file_patch).collect();
    Ok(format_patch(&reversed?))
}

/// The patch that takes back what `file` does.
///
/// # Errors
///
/// [`Error::Invalid`] for a copy, whose reverse would delete a file of which the patch does not have all lines, and for
/// a binary patch without the old text.
pub fn reverse_file_patch<'a>(file: &FilePatch<'a>) -> Result<FilePatch<'a>, Error> {
    let invalid = |message: &str| Err(Error::Invalid { line: file.line, message: message.into() });
    let mut reversed = file.clone();
    std::mem::swap(&mut reversed.old_name, &mut reversed.new_name);
    std::mem::swap(&mut reversed.old_mode, &mut reversed.new_mode);
    std::mem::swap(&mut reversed.old_hash, &mut reversed.new_hash);
    reversed.operation = match file.operation {
        Operation::Create => Operation::Delete,
        Operation::Delete => Operation::Create,
        Operation::Copy => {
            return invalid("a copy cannot be reversed: the patch does not have the text of the new file");
        }
        same => same,
    };
    if let Some(prefixes) = &mut reversed.prefixes {
        prefixes.reverse();
    }
    if file.binary_blocks.len() == 1 {
        return invalid("a binary patch without the old text cannot be reversed");
    }
    reversed.binary_blocks.reverse();
    reversed.hunks = file.hunks.iter().map(reverse_hunk).collect();
    Ok(reversed)
}

fn reverse_hunk<'a>(hunk: &Hunk<'a>) -> Hunk<'a> {
    let mut lines = Vec::with_capacity(hunk.lines.len());
    // What is taken away is written before what is put in its place.
    let (mut taken, mut put) = (Vec::new(), Vec::new());
    let mut last = Marker::Context;
    for line in &hunk.lines {
        let marker = Marker::of(line).unwrap_or(Marker::Context);
        match marker {
            Marker::Context => {
                lines.append(&mut taken);
                lines.append(&mut put);
                lines.push(line.clone());
            }
            Marker::Old => put.push(marked(b'+', line)),
            Marker::New => taken.push(marked(b'-', line)),
            Marker::NoNewline => match last {
                Marker::Old => put.push(line.clone()),
                Marker::New => taken.push(line.clone()),
                _ => lines.push(line.clone()),
            },
        }
        last = marker;
    }
    lines.append(&mut taken);
    lines.append(&mut put);
    Hunk {
        old_start: hunk.new_start,
        old_lines: hunk.new_lines,
        new_start: hunk.old_start,
        new_lines: hunk.old_lines,
        heading: hunk.heading,
        lines,
    }
}

fn marked<'a>(marker: u8, line: &[u8]) -> Cow<'a, [u8]> {
    let mut marked = line.to_vec();
    if let Some(first) = marked.first_mut() {
        *first = marker;
    }
    Cow::Owned(marked)
}
