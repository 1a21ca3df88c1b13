//! Any bytes as a rule file, and any as a path: an answer, in time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_ignore::RuleFile;

fuzz_target!(|data: &[u8]| {
    let Some((&length, rest)) = data.split_first() else { return };
    let (path, text) = rest.split_at(usize::from(length).min(rest.len()));
    for fold_case in [false, true] {
        let rules = RuleFile::parse(text, fold_case);
        for is_directory in [false, true] {
            if let Some(rule) = rules.last_match(path, is_directory) {
                assert!(rule.line() > 0);
            }
        }
    }
});
