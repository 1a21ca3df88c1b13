use crate::{Vocabulary, pretoken::Cutter};

/// A vocabulary with the rule that cuts text into pretokens, and special tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// GPT-4o, GPT-4.1, GPT-5 and the o series.
    O200kBase,
    /// GPT-3.5, GPT-4 and the text-embedding-3 models.
    Cl100kBase,
    /// gpt-oss: `o200k_base` with the special tokens of the harmony format.
    O200kHarmony,
    /// Codex models and `text-davinci-003`.
    P50kBase,
    /// Edit models such as `text-davinci-edit-001`.
    P50kEdit,
    /// GPT-3 models such as `davinci`.
    R50kBase,
    /// GPT-2; the same as `r50k_base`.
    Gpt2,
}

/// The vocabulary that the build script laid out for a file of `data/`, up to a limit.
macro_rules! vocabulary {
    ($name:literal, $limit:literal) => {
        Vocabulary {
            limit: $limit,
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".bytes")),
            starts: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".starts")),
            slots: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".slots")),
            left_lengths: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".left")),
            lengths_after_2: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".after2")),
            lengths_after_4: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".after4")),
            lengths_after_8: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".after8")),
            long_lengths: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".long")),
        }
    };
}

static O200K_BASE: Vocabulary = vocabulary!("o200k_base", 199_998);
static CL100K_BASE: Vocabulary = vocabulary!("cl100k_base", 100_256);
static P50K_BASE: Vocabulary = vocabulary!("p50k_base", 50_281);
/// The tokens that `p50k_base` has besides are runs of spaces with the highest ranks: the merges before them are these.
static R50K_BASE: Vocabulary = Vocabulary { limit: 50_256, ..vocabulary!("p50k_base", 50_281) };

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 7] = [
        Self::O200kBase,
        Self::Cl100kBase,
        Self::O200kHarmony,
        Self::P50kBase,
        Self::P50kEdit,
        Self::R50kBase,
        Self::Gpt2,
    ];

    /// The name tiktoken gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
            Self::O200kHarmony => "o200k_harmony",
            Self::P50kBase => "p50k_base",
            Self::P50kEdit => "p50k_edit",
            Self::R50kBase => "r50k_base",
            Self::Gpt2 => "gpt2",
        }
    }

    pub(crate) fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::O200kBase | Self::O200kHarmony => &O200K_BASE,
            Self::Cl100kBase => &CL100K_BASE,
            Self::P50kBase | Self::P50kEdit => &P50K_BASE,
            Self::R50kBase | Self::Gpt2 => &R50K_BASE,
        }
    }

    pub(crate) fn cutter(self) -> Cutter {
        match self {
            Self::O200kBase | Self::O200kHarmony => Cutter::O200K,
            Self::Cl100kBase => Cutter::CL100K,
            Self::P50kBase | Self::P50kEdit | Self::R50kBase | Self::Gpt2 => Cutter::GPT2,
        }
    }
}
