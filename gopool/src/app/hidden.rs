//! Routes that pages of ours would hide.

use crate::route::Route;

/// A sentence for each route at `path` or below it, which `option` gives to pages of ours.
pub(super) fn hidden(option: &str, path: &str, routes: &[&'static Route]) -> Vec<String> {
    let is_below = |route: &&&Route| {
        let rest = route.template.as_str().strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let refusal = |route: &&Route| {
        format!(
            "`{option} {path}` would hide {route} of {}; choose another path",
            route.origin()
        )
    };
    routes.iter().filter(is_below).map(refusal).collect()
}
