//! What was measured, in the pages that show it, between their marks.

use std::{fs, path::Path};

use super::{markdown, plots};
use crate::{
    Failure,
    rounds::Finding,
    stage::{self, Stage},
};

/// The summary into docs/measured.md, the rows about the small service into COMPARE.md, and the plots beside them.
pub(super) fn all(stage: &Stage, findings: &[Finding]) -> Result<(), Failure> {
    let root = stage::root();
    let kept = root.join("docs/measured");
    fs::create_dir_all(&kept)?;
    plots(&kept, findings)?;
    let (small, others): (Vec<&Finding>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.row.is_of_the_small_service());
    for finding in small {
        let table = format!(
            "{}.\n\n{}",
            markdown::circumstances(stage),
            markdown::table(finding)
        );
        refresh(&root.join("COMPARE.md"), finding.row.ids[0], &table)?;
    }
    if others.is_empty() {
        return Ok(());
    }
    refresh(
        &root.join("docs/measured.md"),
        "compare",
        &markdown::summary(stage, findings),
    )
}

/// Replaces what stands between the marks of that name.
fn refresh(page: &Path, mark: &str, measured: &str) -> Result<(), Failure> {
    let text =
        fs::read_to_string(page).map_err(|error| format!("cannot read {}: {error}", page.display()))?;
    let replaced = replace(&text, mark, measured);
    let replaced =
        replaced.ok_or_else(|| format!("{} lacks `<!-- {mark} -->` and its end", page.display()))?;
    Ok(fs::write(page, replaced)?)
}

fn replace(text: &str, mark: &str, measured: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{measured}\n{end}{after}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::rows;

    #[test]
    fn the_pages_have_a_place_for_whatever_is_recorded() {
        let compared = include_str!("../../../../COMPARE.md");
        let rows = rows::chosen(Some(&["C".to_owned()])).unwrap();
        assert!(rows.len() >= 5);
        for row in rows {
            assert!(replace(compared, row.ids[0], "").is_some(), "{}", row.ids[0]);
        }
        assert!(replace(include_str!("../../../../docs/measured.md"), "compare", "").is_some());
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = |measured| format!("a\n<!-- row -->\n{measured}\n<!-- /row -->\nb");
        let replaced = replace(&page("old"), "row", "new");
        assert_eq!(replaced, Some(page("new")));
        assert_eq!(replace(&page("old"), "other", "new"), None);
    }
}
