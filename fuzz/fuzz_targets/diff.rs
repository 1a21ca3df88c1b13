//! Two halves of any bytes as texts, by every algorithm, with few steps and with many: what the changes lead to is the
//! second text, and a patch of it applies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_diff::{
    lines::{Options, Whitespace},
    patch::{ApplyOptions, apply_patch, parse_patch},
    pieces::{Unit, diff_pieces},
    script::Algorithm,
    unified::{PatchOptions, create_patch},
};

fuzz_target!(|data: &[u8]| {
    let Some((&control, data)) = data.split_first() else { return };
    let (before, after) = data.split_at(data.len() / 2);
    let algorithm = [Algorithm::Histogram, Algorithm::Myers, Algorithm::Minimal, Algorithm::Patience]
        [usize::from(control & 3)];
    let unit = [Unit::Lines, Unit::Words, Unit::Characters, Unit::Sentences][usize::from(control >> 2 & 3)];
    let max_steps = if control & 0x10 == 0 { 1 << 20 } else { u64::from(control) };
    let options = Options { algorithm, whitespace: Whitespace::Exact, max_steps };
    let diff = diff_pieces(before, after, unit, &options);
    let mut made = Vec::new();
    let mut at = 0;
    for change in &diff.script.changes {
        made.extend_from_slice(diff.before.range(at..change.before.start));
        made.extend_from_slice(diff.after.range(change.after.clone()));
        at = change.before.end;
    }
    made.extend_from_slice(diff.before.range(at..diff.before.len()));
    assert_eq!(made, after);

    let context = usize::from(control >> 5);
    let options = PatchOptions { old_name: b"a", new_name: b"b", context, heading: true, compare: options };
    let patch = create_patch(before, after, &options);
    if before != after {
        let files = parse_patch(&patch.text, 0).expect("a patch of ours");
        let applied = apply_patch(before, &files[0], &ApplyOptions::default()).expect("a patch of one text");
        assert_eq!(applied.text.as_deref(), Some(after));
    }
});
