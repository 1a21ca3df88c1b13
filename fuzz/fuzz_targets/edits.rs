//! Any bytes as what a model wrote, applied to a part of them: an error or a report, never a panic; nothing is applied
//! where a report says that something was refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_diff::edits::{Options, apply, parse};

fuzz_target!(|data: &[u8]| {
    let (text, source) = data.split_at(data.len() / 2);
    let Ok(parsed) = parse(text) else { return };
    for file in &parsed.files {
        let edits: Vec<_> = file.edits.iter().map(|parsed| parsed.edit.clone()).collect();
        let outcome = apply(source, &edits, &Options::default());
        assert_eq!(outcome.text.is_some(), outcome.edits.iter().all(|edit| edit.applied));
    }
});
