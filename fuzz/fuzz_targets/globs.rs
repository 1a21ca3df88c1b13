//! Any bytes as patterns, and any as a path: an answer, in time, and no directory passed by that holds what is taken.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_files::{Globs, PatternOptions};

fuzz_target!(|data: &[u8]| {
    let [length, flags, rest @ ..] = data else { return };
    let (path, text) = rest.split_at(usize::from(*length).min(rest.len()));
    let patterns: Vec<&[u8]> = text.split(|&byte| byte == 0).collect();
    let options =
        PatternOptions { dot: flags & 1 == 1, case_sensitive: flags & 2 == 2, inside: flags & 4 == 4 };
    let Ok(globs) = Globs::new(&patterns, &[] as &[&[u8]], options) else { return };
    // What a walk comes by: it gives no path with an empty name, such as an absolute one.
    let is_walked = path.split(|&byte| byte == b'/').all(|name| !name.is_empty());
    for is_folder in [false, true] {
        if globs.takes(path, is_folder) && is_walked {
            let slashes = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/');
            for (slash, _) in slashes {
                assert!(globs.enters(&path[..slash]), "{patterns:?} {path:?} {slash}");
            }
        }
    }
});
