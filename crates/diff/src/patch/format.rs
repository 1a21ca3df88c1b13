//! Patches as text, as git writes them.

use super::names::{header_names, usual_prefixes, write_name, write_quoted};
use super::{FilePatch, Hunk, Operation};

const DEV_NULL: &[u8] = b"/dev/null";
/// The mode of a file that is created or deleted and has none.
const USUAL_MODE: &[u8] = b"100644";

/// The patches as one text: with git's extended headers where there is something to write in them.
pub fn format_patch(files: &[FilePatch<'_>]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut headed = false;
    for file in files {
        let extended = is_extended(file);
        if headed && !extended {
            // Or it would be what the header before is about.
            text.push(b'\n');
        }
        headed = extended && file.hunks.is_empty() && !file.binary;
        write_file(file, files.len() > 1, &mut text);
    }
    text
}

/// Names are left out where there are none, unless there are other patches (`among`).
fn write_file(file: &FilePatch<'_>, among: bool, text: &mut Vec<u8>) {
    if is_extended(file) {
        write_extended_header(file, text);
    }
    if file.binary {
        write_binary(file, text);
        return;
    }
    let unnamed = [&file.old_name, &file.new_name].iter().all(|name| name.as_deref() == Some(b""));
    if (among || !unnamed) && !file.hunks.is_empty() {
        for (sign, name) in [(&b"--- "[..], &file.old_name), (b"+++ ", &file.new_name)] {
            text.extend(sign);
            match name {
                None => text.extend(DEV_NULL),
                Some(name) => {
                    write_name(name, file.escaped, text);
                    // Shows where a name ends that has spaces; git writes it behind quotes too.
                    if name.contains(&b' ') {
                        text.push(b'\t');
                    }
                }
            }
            text.push(b'\n');
        }
    }
    for hunk in &file.hunks {
        write_hunk(hunk, text);
    }
}

/// Whether the patch says what only git's extended headers can say.
fn is_extended(file: &FilePatch<'_>) -> bool {
    let values = [file.old_mode, file.new_mode, file.old_hash, file.new_hash];
    values.iter().any(Option::is_some)
        || file.similarity.is_some()
        || matches!(file.operation, Operation::Rename | Operation::Copy)
        || (file.hunks.is_empty() && !file.binary)
        || !file.binary_blocks.is_empty()
}

fn write_extended_header(file: &FilePatch<'_>, text: &mut Vec<u8>) {
    let (old, new) = (file.old_name.as_deref(), file.new_name.as_deref());
    let prefixes = match &file.prefixes {
        Some([old, new]) => [&**old, &**new],
        None => usual_prefixes(old, new),
    };
    let path = |name: &[u8], index: usize| name.strip_prefix(prefixes[index]).unwrap_or(name).to_vec();
    let other = |name: Option<&[u8]>, index: usize| match name {
        Some(name) => [prefixes[1 - index], &path(name, index)].concat(),
        None => Vec::new(),
    };
    let old_name = old.map_or_else(|| other(new, 1), <[u8]>::to_vec);
    let new_name = new.map_or_else(|| other(old, 0), <[u8]>::to_vec);
    let moves = matches!(file.operation, Operation::Rename | Operation::Copy);
    let moved = [path(&old_name, 0), path(&new_name, 1)];
    text.extend(b"diff --git ");
    let start = text.len();
    write_name(&old_name, file.escaped, text);
    text.push(b' ');
    write_name(&new_name, file.escaped, text);
    let known = header_names(&text[start..], moves.then_some((&moved[0], &moved[1])));
    if known.is_none_or(|[old, new]| *old != *old_name || *new != *new_name) {
        // Where one name ends and the other begins cannot be told.
        text.truncate(start);
        write_quoted(&old_name, file.escaped, text);
        text.push(b' ');
        write_quoted(&new_name, file.escaped, text);
    }
    text.push(b'\n');
    let mut line = |parts: &[&[u8]]| {
        text.extend(parts.concat());
        text.push(b'\n');
    };
    match file.operation {
        Operation::Create => line(&[b"new file mode ", file.new_mode.unwrap_or(USUAL_MODE)]),
        Operation::Delete => line(&[b"deleted file mode ", file.old_mode.unwrap_or(USUAL_MODE)]),
        _ => {
            if let (Some(old), Some(new)) = (file.old_mode, file.new_mode)
                && old != new
            {
                line(&[b"old mode ", old]);
                line(&[b"new mode ", new]);
            }
        }
    }
    if let Some(percent) = file.similarity {
        if moves {
            line(&[b"similarity index ", percent.to_string().as_bytes(), b"%"]);
        } else {
            line(&[b"dissimilarity index ", (100 - percent.min(100)).to_string().as_bytes(), b"%"]);
        }
    }
    if moves {
        let word = file.operation.as_str().as_bytes();
        for (to, path) in [(&b" from "[..], &moved[0]), (b" to ", &moved[1])] {
            let mut written = Vec::new();
            write_name(path, file.escaped, &mut written);
            line(&[word, to, &written]);
        }
    }
    if let (Some(old), Some(new)) = (file.old_hash, file.new_hash) {
        match (file.old_mode, file.new_mode) {
            (Some(mode), Some(same)) if mode == same => line(&[b"index ", old, b"..", new, b" ", mode]),
            _ => line(&[b"index ", old, b"..", new]),
        }
    }
}

fn write_binary(file: &FilePatch<'_>, text: &mut Vec<u8>) {
    if file.binary_blocks.is_empty() {
        text.extend(b"Binary files ");
        for (name, end) in [(&file.old_name, &b" and "[..]), (&file.new_name, b" differ\n")] {
            match name {
                None => text.extend(DEV_NULL),
                Some(name) => write_name(name, file.escaped, text),
            }
            text.extend(end);
        }
        return;
    }
    text.extend(b"GIT binary patch\n");
    for block in &file.binary_blocks {
        text.extend(&**block);
        text.push(b'\n');
    }
}

fn write_hunk(hunk: &Hunk<'_>, text: &mut Vec<u8>) {
    text.extend(b"@@ -");
    write_range(hunk.old_start, hunk.old_lines, text);
    text.extend(b" +");
    write_range(hunk.new_start, hunk.new_lines, text);
    text.extend(b" @@");
    if !hunk.heading.is_empty() {
        text.push(b' ');
        text.extend(hunk.heading);
    }
    text.push(b'\n');
    for line in &hunk.lines {
        text.extend(&**line);
        text.push(b'\n');
    }
}

fn write_range(start: usize, lines: usize, text: &mut Vec<u8>) {
    text.extend((start - usize::from(lines == 0 && start > 0)).to_string().bytes());
    if lines != 1 {
        text.push(b',');
        text.extend(lines.to_string().bytes());
    }
}
