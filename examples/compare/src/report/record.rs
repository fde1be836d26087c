//! The summary in `docs/measured.md`, between its marks.

use std::{fs, path::Path};

use crate::Failure;

const BEGIN: &str = "<!-- compare -->";
const END: &str = "<!-- /compare -->";

/// Replaces what stands between the marks.
pub(super) fn refresh(page: &Path, summary: &str) -> Result<(), Failure> {
    let text =
        fs::read_to_string(page).map_err(|error| format!("cannot read {}: {error}", page.display()))?;
    let replaced = replace(&text, summary);
    let replaced = replaced.ok_or_else(|| format!("{} lacks `{BEGIN}` and `{END}`", page.display()))?;
    Ok(fs::write(page, replaced)?)
}

fn replace(text: &str, summary: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{summary}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb");
        let expected = format!("a\n{BEGIN}\nnew\n{END}\nb");
        assert_eq!(replace(&text, "new").as_deref(), Some(&*expected));
        assert_eq!(replace("no marks", "new"), None);
    }
}
