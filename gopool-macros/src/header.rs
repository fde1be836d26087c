//! `derive(Header)`: a struct whose fields name the headers that a handler reads.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{
    Attribute, DeriveInput, Expr, Field, LitStr, Path, Token, Type, ext::IdentExt, parse::ParseStream,
    spanned::Spanned,
};

use crate::{
    docs,
    errors::Errors,
    expand::private,
    fields::{Presence, named_fields, presence},
    options::{crate_path, is_header_name},
};

const RIGHT: &str = "write `struct Client { user_agent: Option<String> }`";

/// One field that may be expanded.
struct HeaderField {
    ident: Ident,
    /// The header, in lower case.
    name: String,
    presence: Presence,
    /// What one value of the header becomes.
    ty: Type,
    /// What is said of it.
    text: String,
}

pub(crate) fn derive(item: TokenStream) -> Result<TokenStream, Errors> {
    let input: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let krate = krate(&input.attrs, &mut errors);
    if let Some(first) = input.generics.params.first() {
        errors.push(first, "a header struct cannot be generic", RIGHT);
    }
    let mut fields: Vec<HeaderField> = Vec::new();
    for field in named_fields("Header", &input, RIGHT, &mut errors) {
        let Some(field) = check(field, &mut errors) else {
            continue;
        };
        if let Some(other) = fields.iter().find(|other| other.name == field.name) {
            let message = format!(
                "`{}` and `{}` both read the header `{}`",
                other.ident, field.ident, field.name
            );
            errors.push(
                &field.ident,
                &message,
                "remove one of them, or read a repeated header as a `Vec<T>`",
            );
        }
        fields.push(field);
    }
    let code = expand(krate.as_ref(), &input.ident, &fields);
    errors.into_code(code, stand_in(krate.as_ref(), &input))
}

/// For a struct with a mistake: it can be read, whatever it reads.
fn stand_in(krate: Option<&Path>, input: &DeriveInput) -> TokenStream {
    let (private, name) = (private(krate), &input.ident);
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl #generics __gopool::FromHeaders for #name #arguments #conditions {
                const NAMES: &'static [&'static str] = &[];
                fn from_headers(_: &__gopool::HeaderMap) -> ::core::result::Result<Self, __gopool::Error> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

fn check(field: &Field, errors: &mut Errors) -> Option<HeaderField> {
    let ident = field.ident.clone()?;
    let name = match field
        .attrs
        .iter()
        .find(|attribute| attribute.path().is_ident("header"))
    {
        Some(attribute) => renamed(attribute, errors)?,
        None => ident.unraw().to_string().replace('_', "-").to_ascii_lowercase(),
    };
    let (presence, ty) = presence("a header", &field.ty, errors)?;
    Some(HeaderField {
        ident,
        name,
        presence,
        ty,
        text: docs::read(&field.attrs).text,
    })
}

/// `#[header("x-tenant")]`
fn renamed(attribute: &Attribute, errors: &mut Errors) -> Option<String> {
    let Ok(literal) = attribute.parse_args::<LitStr>() else {
        let help = "write `#[header(\"x-tenant\")]`";
        errors.push(attribute, "`header` takes the name of a header", help);
        return None;
    };
    let name = literal.value();
    if is_header_name(&name) {
        return Some(name.to_ascii_lowercase());
    }
    let message = format!("`{name}` is not the name of a header");
    let help = "use letters, digits and `-`, for example `x-tenant`";
    errors.push(&literal, &message, help);
    None
}

/// `#[header(crate = gp)]` on the struct.
fn krate(attributes: &[Attribute], errors: &mut Errors) -> Option<Path> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("header"))?;
    let parser = |input: ParseStream| {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        input.parse::<Expr>()
    };
    let value = attribute.parse_args_with(parser).ok();
    let path = value.as_ref().and_then(crate_path);
    if path.is_none() {
        errors.push(
            attribute,
            "on the struct, `header` takes `crate = path` only",
            "put the name of a header on its field",
        );
    }
    path
}

fn expand(krate: Option<&Path>, name: &Ident, fields: &[HeaderField]) -> TokenStream {
    let private = private(krate);
    let names = fields.iter().map(|field| &field.name);
    let reads = fields.iter().map(
        |HeaderField {
             ident,
             name,
             presence,
             ty,
             ..
         }| {
            let read = presence.reader();
            let ident = ident.clone();
            let read = quote_spanned!(Span::mixed_site().located_at(ty.span())=> <#ty as #private::HeaderField>::#read);
            quote_spanned!(Span::mixed_site()=> #ident: #read(headers, #name)?)
        },
    );
    let documented = documented(&private, fields);
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            impl #private::FromHeaders for #name {
                const NAMES: &'static [&'static str] = &[#(#names),*];
                fn from_headers(headers: &#private::HeaderMap) -> ::core::result::Result<Self, #private::Error> {
                    ::core::result::Result::Ok(Self { #(#reads),* })
                }
                #documented
            }
        };
    }
}

/// What each header says for an OpenAPI document.
fn documented(private: &TokenStream, fields: &[HeaderField]) -> Option<TokenStream> {
    let said = fields.iter().map(|field| {
        let HeaderField { name, ty, text, .. } = field;
        let presence = field.presence.described();
        quote_spanned!(Span::mixed_site()=> #private::header::<#ty>()[()](it, #name, #private::Presence::#presence, #text);)
    });
    docs::are_wanted().then(|| {
        quote_spanned! {Span::mixed_site()=>
            fn describe(it: &mut #private::Operation<'_>) {
                #(#said)*
            }
        }
    })
}
