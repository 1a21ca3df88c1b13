//! What holds of counts that stop, texts cut to fit and counts of growing texts, on random text.

use tenon_tokens::{Encode as _, Encoding, Keep, Tokenizer};

/// Parts whose borders move when they meet: cases, contractions, white space, symbols before newlines, several bytes.
const PARTS: &[&str] = &[
    "a",
    "bc",
    "B",
    "AB",
    "the",
    " the",
    "'",
    "'s",
    "'r",
    "e",
    "1",
    "234",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    ".",
    "/",
    "//",
    "{",
    "_",
    "é",
    "文",
    "文字",
    "한",
    "ſ",
    "👨",
    "👨\u{200d}👩",
    "\u{301}",
    "\u{a0}",
    "<|",
    "endoftext",
    "|>",
    "<|endoftext|>",
    "    ",
];

fn random_text(random: &mut fastrand::Rng, most: usize) -> String {
    let kinds: Vec<&str> = (0..random.usize(1..16)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
    (0..random.usize(0..most)).map(|_| kinds[random.usize(..kinds.len())]).collect()
}

fn seeded() -> (u64, usize, fastrand::Rng) {
    let from_environment = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let seed = from_environment("TENON_FUZZ_SEED").unwrap_or(0xf17);
    let runs = from_environment("TENON_FUZZ_RUNS").unwrap_or(3_000);
    (seed, usize::try_from(runs).expect("a number of runs"), fastrand::Rng::with_seed(seed))
}

#[test]
fn a_count_stops_behind_its_limit() {
    let (seed, runs, mut random) = seeded();
    println!("seed {seed}, runs {runs}");
    for encoding in Encoding::ALL {
        let mut tokenizer = Tokenizer::new(encoding);
        for run in 0..runs / 7 {
            let text = random_text(&mut random, 60);
            let count = tokenizer.count(&text, &[0]);
            let limit = random.usize(0..80);
            let expected = count.min(limit + 1);
            assert_eq!(
                tokenizer.count_until(&text, limit, &[0]).expect("a text of a built-in encoding"),
                expected,
                "seed {seed} run {run}: {text:?}"
            );
        }
    }
}

#[test]
fn offsets_are_where_the_tokens_are() {
    let (seed, runs, mut random) = seeded();
    println!("seed {seed}, runs {runs}");
    for encoding in Encoding::ALL {
        let mut tokenizer = Tokenizer::new(encoding);
        for run in 0..runs / 7 {
            let text = random_text(&mut random, 60);
            let allowed: &[u32] = if random.bool() { &[0] } else { &[] };
            let (ids, starts) =
                tokenizer.encode_with_offsets(&text, allowed).expect("a text of a built-in encoding");
            assert_eq!(ids, tokenizer.encode(&text, allowed), "seed {seed} run {run}: {text:?}");
            assert_eq!(starts.len(), ids.len() + 1);
            for (index, &id) in ids.iter().enumerate() {
                let bytes = &text.as_bytes()[starts[index]..starts[index + 1]];
                assert_eq!(tokenizer.decode(&[id], 1000).expect("own id"), bytes, "{text:?}");
            }
        }
    }
}

#[test]
fn a_truncated_text_never_has_more_tokens() {
    let (seed, runs, mut random) = seeded();
    println!("seed {seed}, runs {runs}");
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::R50kBase] {
        let mut tokenizer = Tokenizer::new(encoding);
        for run in 0..runs {
            let text = random_text(&mut random, 80);
            let most = random.usize(0..60);
            let keep = [Keep::Start, Keep::End, Keep::Both][random.usize(0..3)];
            let marker =
                ["", "…", "[cut]", "\n", "'s", " a long marker that may not fit "][random.usize(0..6)];
            let context = format!("seed {seed} run {run}: {most} of {text:?}, {keep:?}, {marker:?}");
            let cut = tokenizer.truncate(&text, most, keep, marker).expect("a text of a built-in encoding");
            let head = &text[..cut.head_end];
            let tail = &text[cut.tail_start..];
            if cut.truncated {
                let joined = [head, if cut.marked { marker } else { "" }, tail].concat();
                assert!(cut.tokens <= most, "{context}");
                assert_eq!(tokenizer.count(&joined, &[]), cut.tokens, "{context}");
                assert!(tokenizer.count(&text, &[]) > most, "{context}");
                assert!(keep != Keep::Start || tail.is_empty(), "{context}");
                assert!(keep != Keep::End || head.is_empty(), "{context}");
            } else {
                assert_eq!(head, text, "{context}");
                assert_eq!(tokenizer.count(&text, &[]), cut.tokens, "{context}");
            }
        }
    }
}

#[test]
fn the_parts_of_a_text_are_the_text_and_fit() {
    let (seed, runs, mut random) = seeded();
    println!("seed {seed}, runs {runs}");
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::R50kBase] {
        let mut tokenizer = Tokenizer::new(encoding);
        for run in 0..runs {
            let text = random_text(&mut random, 80);
            let most = random.usize(1..20);
            let overlap = if random.bool() { 0 } else { random.usize(0..most) };
            let context = format!("seed {seed} run {run}: {most}, {overlap} of {text:?}");
            let parts = match tokenizer.split(&text, most, overlap) {
                Ok(parts) => parts,
                Err(error) => {
                    let most_of_a_character =
                        text.chars().map(|one| tokenizer.count(&one.to_string(), &[])).max().unwrap_or(0);
                    assert!(most_of_a_character > most, "{error}, {context}");
                    continue;
                }
            };
            let mut end = 0;
            for (index, part) in parts.iter().enumerate() {
                assert_eq!(tokenizer.count(&text[part.start..part.end], &[]), part.tokens, "{context}");
                assert!(part.tokens <= most && part.end > end, "{context}");
                assert!(if overlap == 0 { part.start == end } else { part.start <= end }, "{context}");
                assert!(index == 0 || part.start > parts[index - 1].start, "{context}");
                end = part.end;
            }
            assert_eq!(end, text.len(), "{context}");
        }
    }
    // A run that is one pretoken is cut in time that is linear in it.
    let mut tokenizer = Tokenizer::new(Encoding::O200kBase);
    let parts = tokenizer.split(&"a".repeat(1 << 20), 10, 2).expect("letters are tokens");
    assert!(parts.len() > 10_000);
}

#[test]
fn what_is_stable_of_a_growing_text_does_not_change() {
    let (seed, runs, mut random) = seeded();
    println!("seed {seed}, runs {runs}");
    for encoding in Encoding::ALL {
        let mut tokenizer = Tokenizer::new(encoding);
        for run in 0..runs * 4 {
            let text = random_text(&mut random, 40);
            let more = random_text(&mut random, 6);
            let allowed: &[u32] = if random.bool() { &[0] } else { &[] };
            let context = format!("seed {seed} run {run}, {}: {text:?} and {more:?}", encoding.name());
            let growing = tokenizer.count_growing(&text, allowed).expect("a text of a built-in encoding");
            assert_eq!(growing.tokens, tokenizer.count(&text, allowed), "{context}");
            let whole = text.clone() + &more;
            let behind = tokenizer.count(&whole[growing.stable_end..], allowed);
            assert_eq!(growing.stable_tokens + behind, tokenizer.count(&whole, allowed), "{context}");
        }
    }
}
