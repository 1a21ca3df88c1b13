//! Text that is hard to cut, from a seed.

/// Borders of classes, folding, white space that is not ASCII's, surrogate pairs in UTF-16, joiners, letters of every kind.
const ALPHABET: &str = "aabbSTLVREstlvredmcx''’1129²Ⅷ٣   \t\n\r\n\u{85}\u{a0}\u{2028}\u{3000}\u{feff}\u{200d}\u{200b}./!_-+=(|)[]^é\
    ſKİıßΣςσǅǆʰªA文字あアー한กั।नाΩжЖ\u{301}\u{20e3}\u{fe0f}👨👩🏽𝒜𐐀𐐨𝟘\0\u{fffd}\u{10ffff}Ⓐ½";

pub(crate) fn random(seed: u64) -> (u64, fastrand::Rng) {
    let seed = std::env::var("TENON_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(seed);
    (seed, fastrand::Rng::with_seed(seed))
}

pub(crate) fn runs(usual: usize) -> usize {
    std::env::var("TENON_FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(usual)
}

pub(crate) fn hard_text(random: &mut fastrand::Rng, longest: usize) -> String {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    (0..random.usize(0..=longest))
        .map(
            |_| {
                if random.u8(0..20) == 0 {
                    random.char(..)
                } else {
                    alphabet[random.usize(0..alphabet.len())]
                }
            },
        )
        .collect()
}
