//! Any bytes as git's index: an error or an index that answers, never a panic or memory that a header claims.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_ignore::Tracked;

fuzz_target!(|data: &[u8]| {
    for hash_bytes in [20, 32] {
        if let Ok(tracked) = Tracked::parse(data, hash_bytes, false) {
            let _ = tracked.contains(b"a/b") | tracked.contains_below(b"a") | tracked.is_gitlink(b"a");
        }
    }
});
