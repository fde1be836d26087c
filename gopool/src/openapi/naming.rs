//! What an operation is called, where it is filed, and what its comment says.

use std::collections::BTreeMap;

use crate::route::Route;

/// The id of each route's operation, in the same order.
pub(super) fn ids(routes: &[&'static Route]) -> Vec<String> {
    let mut of_function = BTreeMap::<_, Vec<usize>>::new();
    for (index, route) in routes.iter().enumerate() {
        let function = (route.site.package, route.site.module, route.site.function);
        of_function.entry(function).or_default().push(index);
    }
    let mut ids = vec![String::new(); routes.len()];
    for same in of_function.values() {
        for index in same {
            ids[*index] = id(routes, *index, same);
        }
    }
    ids
}

/// A function that handles several routes has an operation for each: told apart by method, or by method and path.
fn id(routes: &[&'static Route], index: usize, same: &[usize]) -> String {
    let route = routes[index];
    if let Some(name) = route.docs.name {
        return name.to_owned();
    }
    let function = route.site.function;
    let id = match module(route) {
        Some(module) => format!("{module}_{function}"),
        None => function.to_owned(),
    };
    if same.len() == 1 {
        return id;
    }
    let method = route.verb.as_str().to_ascii_lowercase();
    let of_method = same.iter().filter(|other| routes[**other].verb == route.verb);
    match of_method.count() {
        1 => format!("{id}_{method}"),
        _ => format!("{id}_{method}_{}", words(route.template.as_str())),
    }
}

/// The last module of the handler, unless it stands at the root of its crate.
fn module(route: &Route) -> Option<&'static str> {
    let (_, modules) = route.site.module.split_once("::")?;
    modules
        .rsplit("::")
        .next()
        .map(|module| module.trim_start_matches("r#"))
}

/// What is left of a path where only letters, digits and `_` may stand.
fn words(path: &str) -> String {
    let parts = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// Under which word the operation is filed, and what a group says of that.
pub(super) fn tag(route: &Route) -> Option<(&'static str, &'static str)> {
    let of_path = || {
        let mut parts = route.template.as_str().split('/');
        parts.find(|part| !part.is_empty() && !part.contains('{') && !is_version(part))
    };
    let of_group = || route.applied.tag();
    let unsaid = |tag| (tag, "");
    let own = route.docs.tag.map(unsaid);
    own.or_else(of_group)
        .or_else(|| module(route).or_else(of_path).map(unsaid))
}

/// `v1`
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v');
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The first paragraph on one line, and the rest.
pub(super) fn summary_and_description(text: &str) -> (String, String) {
    let text = without_links(text.trim());
    let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let summary: Vec<&str> = first.lines().map(str::trim).collect();
    (summary.join(" "), rest.trim().to_owned())
}

/// Links to items, which mean nothing outside of rustdoc, become what they show: ``[`Item`](crate::Item)`` is `` `Item` ``.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[`") {
        plain += before;
        let Some((name, behind)) = after.split_once("`]") else {
            plain += "[`";
            rest = after;
            continue;
        };
        match target(behind) {
            Some((target, _)) if target.contains("://") => {
                plain += &format!("[`{name}`]");
                rest = behind;
            }
            Some((_, behind)) => {
                plain += &format!("`{name}`");
                rest = behind;
            }
            None => {
                plain += &format!("`{name}`");
                rest = behind;
            }
        }
    }
    plain + rest
}

/// Where a link leads, and what stands behind that.
fn target(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('(')?.split_once(')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{Docs, Site};

    fn route(method: &'static str, path: &'static str, module: &'static str, docs: Docs) -> &'static Route {
        let route = *Route::example(method, path);
        let site = Site { module, ..route.site };
        Box::leak(Box::new(Route { site, docs, ..route }))
    }

    fn id(module: &'static str, docs: Docs) -> String {
        ids(&[route("GET", "/a", module, docs)]).remove(0)
    }

    #[test]
    fn an_operation_is_called_like_its_module_and_function() {
        assert_eq!(id("shop", Docs::NONE), "f");
        assert_eq!(id("shop::api::items", Docs::NONE), "items_f");
        assert_eq!(id("shop::r#mod", Docs::NONE), "mod_f");
        let named = Docs {
            name: Some("list"),
            ..Docs::NONE
        };
        assert_eq!(id("shop::items", named), "list");
    }

    #[test]
    fn routes_of_one_function_are_told_apart_by_method_and_then_by_path() {
        let route = |method, path| route(method, path, "shop", Docs::NONE);
        let routes = [route("GET", "/a"), route("POST", "/a"), route("POST", "/v1/{b}")];
        assert_eq!(ids(&routes), ["f_get", "f_post_a", "f_post_v1_b"]);
    }

    #[test]
    fn an_operation_is_filed_by_attribute_module_or_path() {
        let tag = |path, module, tag| {
            let route = route("GET", path, module, Docs { tag, ..Docs::NONE });
            super::tag(route).map(|(tag, _)| tag)
        };
        assert_eq!(tag("/v1/items/{id}", "shop", None), Some("items"));
        assert_eq!(tag("/v1/{id}", "shop", None), None);
        assert_eq!(tag("/v1/items", "shop::api", None), Some("api"));
        assert_eq!(tag("/v1/items", "shop::api", Some("stock")), Some("stock"));
        assert_eq!(tag("/vault", "shop", None), Some("vault"));
    }

    #[test]
    fn the_first_paragraph_is_the_summary_and_links_to_items_are_words() {
        let (summary, description) = summary_and_description(
            "Lists\nthe [`Item`]s.\n\nSee [`add`](crate::add) and [`RFC`](https://example.org).\n\n```\n[`\n```",
        );
        assert_eq!(summary, "Lists the `Item`s.");
        assert_eq!(
            description,
            "See `add` and [`RFC`](https://example.org).\n\n```\n[`\n```"
        );
        assert_eq!(summary_and_description(""), (String::new(), String::new()));
    }
}
