//! `derive(Multipart)`: a struct whose fields name the parts of a form.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, DeriveInput, Expr, Field, LitInt, LitStr, Path, Token, Type, ext::IdentExt,
    meta::ParseNestedMeta, parenthesized, punctuated::Punctuated, spanned::Spanned,
};

use crate::{
    docs,
    errors::Errors,
    expand::private,
    fields::{Presence, named_fields, presence},
    options::{crate_path, most_bytes},
};

const RIGHT: &str = "write `struct Album { title: String, files: Vec<Part> }`";

/// What `#[part(..)]` says of a field.
#[derive(Default)]
struct Wanted {
    name: Option<String>,
    max: Option<u64>,
    types: Vec<String>,
    max_count: Option<(LitInt, usize)>,
    is_json: bool,
}

/// What `#[multipart(..)]` says of the struct.
#[derive(Default)]
struct Whole {
    max_parts: Option<usize>,
    ignores_unknown: bool,
    krate: Option<Path>,
}

/// One field that may be expanded.
struct PartField {
    ident: Ident,
    name: String,
    wanted: Wanted,
    presence: Presence,
    /// What one part becomes.
    ty: Type,
    /// What is said of it.
    text: String,
}

pub(crate) fn derive(item: TokenStream) -> Result<TokenStream, Errors> {
    let input: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let whole = whole(&input.attrs, &mut errors);
    if let Some(first) = input.generics.params.first() {
        errors.push(first, "a form cannot be generic", RIGHT);
    }
    let mut fields: Vec<PartField> = Vec::new();
    for field in named_fields("Multipart", &input, RIGHT, &mut errors) {
        let Some(field) = check(field, &mut errors) else {
            continue;
        };
        if let Some(other) = fields.iter().find(|other| other.name == field.name) {
            let message = format!(
                "`{}` and `{}` both read the parts `{}`",
                other.ident, field.ident, field.name
            );
            let help = "remove one of them, or read repeated parts as a `Vec<T>`";
            errors.push(&field.ident, &message, help);
        }
        fields.push(field);
    }
    let code = expand(&whole, &input.ident, &fields);
    errors.into_code(code, stand_in(whole.krate.as_ref(), &input))
}

/// For a struct with a mistake: it can be read, whatever it reads.
fn stand_in(krate: Option<&Path>, input: &DeriveInput) -> TokenStream {
    let (private, name) = (private(krate), &input.ident);
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl #generics __gopool::FromMultipart for #name #arguments #conditions {
                const FIELDS: &'static [__gopool::Field] = &[];
                fn from_parts(_: &mut __gopool::Parts) -> ::core::result::Result<Self, __gopool::Error> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

fn check(field: &Field, errors: &mut Errors) -> Option<PartField> {
    let ident = field.ident.clone()?;
    let wanted = wanted(&field.attrs, errors);
    let (presence, ty) = presence("a part", &field.ty, errors)?;
    if let Some((number, _)) = wanted
        .max_count
        .as_ref()
        .filter(|_| presence != Presence::Repeated)
    {
        errors.push(
            number,
            "`max_count` is for a `Vec`",
            "remove it: this field has one part at most",
        );
    }
    Some(PartField {
        name: wanted.name.clone().unwrap_or_else(|| ident.unraw().to_string()),
        ident,
        wanted,
        presence,
        ty,
        text: docs::read(&field.attrs).text,
    })
}

/// `#[part(name = "file", max = "5MB", types("image/*"), max_count = 20, json)]`
fn wanted(attributes: &[Attribute], errors: &mut Errors) -> Wanted {
    let mut wanted = Wanted::default();
    each(attributes, "part", errors, |meta| {
        if meta.path.is_ident("name") {
            wanted.name = Some(name(&meta.value()?.parse()?)?);
        } else if meta.path.is_ident("max") {
            wanted.max = Some(most_bytes("max", &meta.value()?.parse::<Expr>()?)?);
        } else if meta.path.is_ident("types") {
            wanted.types = types(&meta)?;
        } else if meta.path.is_ident("max_count") {
            let number: LitInt = meta.value()?.parse()?;
            let count = count("max_count", &number)?;
            wanted.max_count = Some((number, count));
        } else if meta.path.is_ident("json") {
            wanted.is_json = true;
        } else {
            return Err(meta.error(
                "no such word\nhelp: a part has `name = \"file\"`, `max = \"5MB\"`, `types(\"image/*\")`, `max_count = 20` and `json`",
            ));
        }
        Ok(())
    });
    wanted
}

/// `#[multipart(max_parts = 500, ignore_unknown, crate = gp)]`
fn whole(attributes: &[Attribute], errors: &mut Errors) -> Whole {
    let mut whole = Whole::default();
    each(attributes, "multipart", errors, |meta| {
        if meta.path.is_ident("max_parts") {
            whole.max_parts = Some(count("max_parts", &meta.value()?.parse()?)?);
        } else if meta.path.is_ident("ignore_unknown") {
            whole.ignores_unknown = true;
        } else if meta.path.is_ident("crate") {
            whole.krate = crate_path(&meta.value()?.parse::<Expr>()?);
        } else {
            return Err(meta.error(
                "no such word\nhelp: a form has `max_parts = 500`, `ignore_unknown` and `crate = path`; what is said of a part stands on its field",
            ));
        }
        Ok(())
    });
    whole
}

/// Reads the words of all attributes of this name.
fn each(
    attributes: &[Attribute],
    name: &str,
    errors: &mut Errors,
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
    {
        if let Err(error) = attribute.parse_nested_meta(&mut read) {
            errors.add(error);
        }
    }
}

fn name(literal: &LitStr) -> syn::Result<String> {
    let name = literal.value();
    let is_sound = !name.is_empty() && !name.contains(['\r', '\n', '\0']);
    is_sound.then_some(name).ok_or_else(|| {
        syn::Error::new_spanned(literal, "no part is called that\nhelp: write `name = \"file\"`")
    })
}

/// `types("image/*", "application/pdf")`
fn types(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<String>> {
    let list;
    parenthesized!(list in meta.input);
    let literals = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
    if literals.is_empty() {
        return Err(meta.error("`types` names none\nhelp: write `types(\"image/*\")`, or leave it out"));
    }
    let types = literals.iter().map(|literal| {
        let media_type = literal.value();
        let is_type = media_type
            .split_once('/')
            .is_some_and(|(family, kind)| is_token(family) && (kind == "*" || is_token(kind)));
        is_type.then(|| media_type.to_ascii_lowercase()).ok_or_else(|| {
            let message = format!(
                "`{media_type}` is no media type\nhelp: write `image/png`, or `image/*` for all images"
            );
            syn::Error::new_spanned(literal, message)
        })
    });
    types.collect()
}

fn is_token(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    !text.is_empty() && text.bytes().all(is_sound)
}

fn count(key: &str, number: &LitInt) -> syn::Result<usize> {
    match number.base10_parse::<u16>() {
        Ok(count) if count > 0 && number.suffix().is_empty() => Ok(count.into()),
        _ => {
            let message =
                format!("`{key}` must be a number\nhelp: write how many there may be, from 1 to 65535");
            Err(syn::Error::new_spanned(number, message))
        }
    }
}

fn expand(whole: &Whole, form: &Ident, fields: &[PartField]) -> TokenStream {
    let private = private(whole.krate.as_ref());
    let constants = fields.iter().map(constant);
    let reads = fields.iter().enumerate().map(read);
    let max_parts = whole.max_parts.map(
        |most| quote!(const MAX_PARTS: ::core::option::Option<usize> = ::core::option::Option::Some(#most);),
    );
    let ignores_unknown = whole.ignores_unknown.then(|| {
        quote!(
            const IGNORES_UNKNOWN: bool = true;
        )
    });
    let documented = documented(fields);
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl __gopool::FromMultipart for #form {
                const FIELDS: &'static [__gopool::Field] = &[#(#constants),*];
                #max_parts
                #ignores_unknown
                fn from_parts(parts: &mut __gopool::Parts) -> ::core::result::Result<Self, __gopool::Error> {
                    ::core::result::Result::Ok(Self { #(#reads),* })
                }
                #documented
            }
        };
    }
}

fn constant(field: &PartField) -> TokenStream {
    let PartField { name, wanted, .. } = field;
    let types = &wanted.types;
    let option = |value: Option<TokenStream>| match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    };
    let max = option(wanted.max.map(|max| quote!(#max)));
    let max_count = option(wanted.max_count.as_ref().map(|(_, count)| quote!(#count)));
    quote_spanned! {Span::mixed_site()=>
        __gopool::Field { name: #name, max: #max, types: &[#(#types),*], max_count: #max_count }
    }
}

fn read((index, field): (usize, &PartField)) -> TokenStream {
    let PartField { ident, ty, .. } = field;
    let reader = field.presence.reader();
    let span = Span::mixed_site().located_at(ty.span());
    let read = match field.wanted.is_json {
        true => quote_spanned!(span=> __gopool::JsonPart::<#ty>::#reader),
        false => quote_spanned!(span=> <#ty as __gopool::PartField>::#reader),
    };
    quote_spanned!(Span::mixed_site()=> #ident: #read(parts, &Self::FIELDS[#index])?)
}

/// What each part says for an OpenAPI document.
fn documented(fields: &[PartField]) -> Option<TokenStream> {
    let said = fields.iter().enumerate().map(|(index, field)| {
        let PartField { ty, text, .. } = field;
        let presence = field.presence.described();
        let what = match field.wanted.is_json {
            true => quote!(json_part),
            false => quote!(part),
        };
        quote_spanned! {Span::mixed_site()=>
            __gopool::#what::<#ty>()[()](it, &Self::FIELDS[#index], __gopool::Presence::#presence, #text);
        }
    });
    docs::are_wanted().then(|| {
        quote_spanned! {Span::mixed_site()=>
            fn describe(it: &mut __gopool::Operation<'_>) {
                #(#said)*
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(form: TokenStream) -> Vec<String> {
        derive(form).err().map_or_else(Vec::new, |errors| errors.texts())
    }

    #[test]
    fn each_mistake_says_what_to_write_instead() {
        for (form, part) in [
            (
                quote!(
                    enum A {
                        B,
                    }
                ),
                "`derive(Multipart)` is not for an enum",
            ),
            (
                quote!(
                    struct A(String);
                ),
                "a tuple struct",
            ),
            (
                quote!(
                    struct A<T> {
                        a: T,
                    }
                ),
                "cannot be generic",
            ),
            (
                quote!(
                    struct A {
                        a: &'static str,
                    }
                ),
                "cannot be read as this type",
            ),
            (
                quote!(
                    #[multipart(max_part = 5)]
                    struct A {
                        a: String,
                    }
                ),
                "`max_parts = 500`",
            ),
            (
                quote!(
                    #[multipart(max_parts = 0)]
                    struct A {
                        a: String,
                    }
                ),
                "from 1 to 65535",
            ),
            (
                quote!(
                    struct A {
                        #[part(size = "5MB")]
                        a: Part,
                    }
                ),
                "`max = \"5MB\"`",
            ),
            (
                quote!(
                    struct A {
                        #[part(max = "5 apples")]
                        a: Part,
                    }
                ),
                "which is no size",
            ),
            (
                quote!(
                    struct A {
                        #[part(types("image"))]
                        a: Part,
                    }
                ),
                "`image` is no media type",
            ),
            (
                quote!(
                    struct A {
                        #[part(types("*/png"))]
                        a: Part,
                    }
                ),
                "`*/png` is no media type",
            ),
            (
                quote!(
                    struct A {
                        #[part(types())]
                        a: Part,
                    }
                ),
                "`types` names none",
            ),
            (
                quote!(
                    struct A {
                        #[part(max_count = 0)]
                        a: Vec<Part>,
                    }
                ),
                "from 1 to 65535",
            ),
            (
                quote!(
                    struct A {
                        #[part(max_count = 3u8)]
                        a: Vec<Part>,
                    }
                ),
                "must be a number",
            ),
            (
                quote!(
                    struct A {
                        #[part(max_count = 3)]
                        a: Part,
                    }
                ),
                "`max_count` is for a `Vec`",
            ),
            (
                quote!(
                    struct A {
                        #[part(name = "")]
                        a: Part,
                    }
                ),
                "no part is called that",
            ),
            (
                quote!(
                    struct A {
                        a: Part,
                        #[part(name = "a")]
                        b: Part,
                    }
                ),
                "both read the parts `a`",
            ),
        ] {
            let said = mistakes(form.clone());
            assert_eq!(said.len(), 1, "{form}: {said:?}");
            assert!(said[0].contains(part), "{form}: {said:?}");
        }
    }

    #[test]
    fn all_mistakes_are_said_at_once_and_the_struct_can_be_read_all_the_same() {
        let form = quote!(
            struct A {
                #[part(max = 0.5)]
                a: String,
                #[part(kind = "b")]
                b: Part,
            }
        );
        let errors = derive(form).err().unwrap_or_default();
        assert_eq!(errors.texts().len(), 2);
        assert!(
            errors
                .to_compile_errors()
                .to_string()
                .contains("FromMultipart for A")
        );
    }

    #[test]
    fn types_are_compared_in_lower_case_and_a_raw_name_is_the_name() {
        let code = derive(quote!(
            struct A {
                #[part(types("Image/*"))]
                r#type: Part,
            }
        ));
        let code = code.map(|code| code.to_string()).unwrap_or_default();
        assert!(
            code.contains("\"image/*\"") && code.contains("name : \"type\""),
            "{code}"
        );
    }
}
