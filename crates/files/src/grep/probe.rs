use super::pattern::{Pattern, PatternOptions};
use crate::error::Error;

/// The first match of a pattern in `text` from each of the places, as offsets of bytes: what tests hold the fallback's
/// regular expressions to.
///
/// # Errors
/// [`Error::Pattern`] and [`Error::LineEnd`] for what is no pattern, and for a search that takes too many steps.
pub fn find_from_each(
    options: &PatternOptions,
    text: &[u8],
    places: &[usize],
) -> Result<Vec<Option<(usize, usize)>>, Error> {
    let pattern = Pattern::compile(options)?;
    places
        .iter()
        .map(|&from| pattern.find(text, from).map_err(|_| Error::Pattern("too many steps".to_owned())))
        .collect()
}
