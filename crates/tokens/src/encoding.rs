use crate::{Vocabulary, pretoken::Cutter};

/// A vocabulary with the rule that cuts text into pretokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// GPT-4o, GPT-4.1, GPT-5 and the o series.
    O200kBase,
    /// GPT-3.5, GPT-4 and the text-embedding-3 models.
    Cl100kBase,
}

/// The vocabulary that the build script laid out for a file of `data/`.
macro_rules! vocabulary {
    ($name:literal) => {
        Vocabulary {
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

static O200K_BASE: Vocabulary = vocabulary!("o200k_base");
static CL100K_BASE: Vocabulary = vocabulary!("cl100k_base");

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 2] = [Self::O200kBase, Self::Cl100kBase];

    /// The name tiktoken gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
        }
    }

    pub(crate) fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::O200kBase => &O200K_BASE,
            Self::Cl100kBase => &CL100K_BASE,
        }
    }

    pub(crate) fn cutter(self) -> Cutter {
        match self {
            Self::O200kBase => Cutter::O200K,
            Self::Cl100kBase => Cutter::CL100K,
        }
    }

    /// The text of a special token, as tiktoken's `openai_public.py` lists them.
    pub(crate) fn special(self, id: u32) -> Option<&'static [u8]> {
        let text = match (self, id) {
            (Self::O200kBase, 199_999) | (Self::Cl100kBase, 100_257) => "<|endoftext|>",
            (Self::O200kBase, 200_018) | (Self::Cl100kBase, 100_276) => "<|endofprompt|>",
            (Self::Cl100kBase, 100_258) => "<|fim_prefix|>",
            (Self::Cl100kBase, 100_259) => "<|fim_middle|>",
            (Self::Cl100kBase, 100_260) => "<|fim_suffix|>",
            _ => return None,
        };
        Some(text.as_bytes())
    }
}
