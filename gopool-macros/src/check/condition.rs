//! What of an argument's attributes decides whether it is there.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta, parse_quote};

/// Each `#[cfg(..)]`, and what of each `#[cfg_attr(..)]` leads to one; to stand on all that reads the argument, too.
///
/// The compiler takes these away from a function's arguments after the attributes on the function have run.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    let conditions = attributes.iter().filter_map(|attribute| {
        condition(&attribute.meta).map(|meta| Attribute {
            meta,
            ..attribute.clone()
        })
    });
    conditions.collect()
}

fn condition(meta: &Meta) -> Option<Meta> {
    let Meta::List(list) = meta else { return None };
    if list.path.is_ident("cfg") {
        return Some(meta.clone());
    }
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let mut parts = apart_by_commas(list.tokens.clone()).into_iter();
    let predicate = parts.next()?;
    let attributes = parts.filter_map(|part| condition(&syn::parse2(part).ok()?));
    let attributes: Vec<Meta> = attributes.collect();
    (!attributes.is_empty()).then(|| parse_quote!(cfg_attr(#predicate, #(#attributes),*)))
}

/// A predicate need be no [`Meta`]: `true` is one, too.
fn apart_by_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use quote::{ToTokens, quote};
    use syn::parse::Parser;

    use super::*;

    fn kept(attributes: TokenStream) -> String {
        let attributes = Attribute::parse_outer.parse2(attributes).unwrap();
        let kept = conditions(&attributes);
        kept.iter()
            .map(|kept| kept.to_token_stream().to_string())
            .collect()
    }

    #[test]
    fn only_what_decides_is_kept() {
        for (written, expected) in [
            (quote!(#[allow(unused)]), quote!()),
            (quote!(#[cfg(unix)] #[expect(unused)]), quote!(#[cfg(unix)])),
            (
                quote!(#[cfg(all(a, not(b)))] #[cfg(c)]),
                quote!(#[cfg(all(a, not(b)))] #[cfg(c)]),
            ),
            (quote!(#[cfg_attr(test, allow(unused))]), quote!()),
            (
                quote!(#[cfg_attr(true, allow(unused), cfg(unix),)]),
                quote!(#[cfg_attr(true, cfg(unix))]),
            ),
            (
                quote!(#[cfg_attr(any(a, b), cfg_attr(c, cfg(d), doc = ""))]),
                quote!(#[cfg_attr(any(a, b), cfg_attr(c, cfg(d)))]),
            ),
            (quote!(#[cfg_attr(a)]), quote!()),
        ] {
            let expected = Attribute::parse_outer.parse2(expected).unwrap();
            let expected: String = expected
                .iter()
                .map(|it| it.to_token_stream().to_string())
                .collect();
            assert_eq!(kept(written.clone()), expected, "{written}");
        }
    }
}
