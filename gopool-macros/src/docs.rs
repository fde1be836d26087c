//! The documentation that stands on what an attribute reads, as rustdoc reads it.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// What is said of an item.
pub(crate) struct Docs {
    /// The lines, without the space that separates them from the slashes.
    pub(crate) text: String,
    pub(crate) is_deprecated: bool,
}

pub(crate) fn read(attributes: &[Attribute]) -> Docs {
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    let is_indented = lines
        .iter()
        .flat_map(|text| text.lines())
        .all(|line| line.is_empty() || line.starts_with(' '));
    let lines = lines.iter().flat_map(|text| match text.is_empty() {
        true => vec![""],
        false => text.lines().collect(),
    });
    let plain = lines.map(|line| {
        line.strip_prefix(' ')
            .filter(|_| is_indented)
            .unwrap_or(line)
            .trim_end()
    });
    Docs {
        text: plain.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned(),
        is_deprecated: is_deprecated(attributes),
    }
}

/// One comment of a line, or one of many.
fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

pub(crate) fn is_deprecated(attributes: &[Attribute]) -> bool {
    let mut attributes = attributes.iter();
    attributes.any(|attribute| attribute.path().is_ident("deprecated"))
}

/// Whether what is said is part of expansions. Tests expand both ways.
pub(crate) fn are_wanted() -> bool {
    #[cfg(test)]
    return WANTED.get();
    #[cfg(not(test))]
    return cfg!(feature = "openapi");
}

#[cfg(test)]
thread_local! {
    pub(crate) static WANTED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_text_is_what_rustdoc_reads() {
        let item: syn::ItemFn = parse_quote! {
            /// Lists the items.
            ///
            ///     indented
            #[deprecated]
            /** More. */
            fn f() {}
        };
        let docs = read(&item.attrs);
        assert_eq!(docs.text, "Lists the items.\n\n    indented\nMore.");
        assert!(docs.is_deprecated);
        let item: syn::ItemFn = parse_quote!(
            #[doc = "No space."]
            #[doc(hidden)]
            fn f() {}
        );
        assert_eq!(read(&item.attrs).text, "No space.");
    }
}
