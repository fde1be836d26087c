//! What an OpenAPI document is to say of a route: its text, and types that are asked what they are. Without the feature, nothing.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypePath, parse_quote};

use crate::{check::Route, docs, options::Set};

/// The field of the route, or nothing.
pub(super) fn of(route: &Route) -> TokenStream {
    if !docs::are_wanted() {
        return TokenStream::new();
    }
    let text = &route.docs.text;
    let is_deprecated = route.docs.is_deprecated.then(|| quote!(is_deprecated: true,));
    let name = set("name", route.options.name.as_ref());
    let tag = set("tag", route.options.tag.as_ref());
    let parameters = route.params.iter().map(|param| {
        let (conditions, ty) = (&param.conditions, &param.ty);
        quote_spanned!(Span::mixed_site()=> #(#conditions)* __gopool::parameter::<#ty>()[()](it);)
    });
    let returned = returned(&route.returns);
    quote_spanned! {Span::mixed_site()=>
        docs: __gopool::Docs {
            text: #text,
            #is_deprecated
            #name
            #tag
            describe: |it| {
                #(#parameters)*
                __gopool::outcome::<#returned>()[()](it)[()](it);
            },
            ..__gopool::Docs::NONE
        },
    }
}

fn set(field: &str, option: Option<&Set<String>>) -> Option<TokenStream> {
    let value = &option?.value;
    let field = proc_macro2::Ident::new(field, Span::mixed_site());
    Some(quote!(#field: ::core::option::Option::Some(#value),))
}

fn returned(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => named(ty),
    }
}

/// The same type where each `impl Trait`, which has no name, is one of which nothing is known.
fn named(ty: &Type) -> Type {
    let mut ty = ty.clone();
    match &mut ty {
        Type::ImplTrait(_) => return parse_quote!(__gopool::Untold),
        Type::Paren(inner) => *inner.elem = named(&inner.elem),
        Type::Group(inner) => *inner.elem = named(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|inner| *inner = named(inner)),
        Type::Path(path) => name_arguments(path),
        _ => {}
    }
    ty
}

fn name_arguments(path: &mut TypePath) {
    for segment in &mut path.path.segments {
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
            continue;
        };
        for argument in &mut arguments.args {
            if let GenericArgument::Type(ty) = argument {
                *ty = named(ty);
            }
        }
    }
}
