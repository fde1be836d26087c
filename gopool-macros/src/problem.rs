//! `derive(Problem)`: an error type whose variants say how they are answered.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Member, Path, Type, spanned::Spanned};

use crate::{errors::Errors, expand::private};

mod answer;
mod field;

use answer::Answer;
use field::Use;

/// One variant, or the whole of a struct, that may be expanded.
struct Variant<'a> {
    /// How it is matched.
    path: TokenStream,
    name: String,
    span: Span,
    answer: Answer,
    /// The one field of a transparent one.
    inner: Option<Member>,
    fields: Vec<Field<'a>>,
}

/// A field that the problem tells of.
struct Field<'a> {
    ty: &'a Type,
    /// Its name, or its number.
    member: Member,
    uses: Vec<Use>,
}

pub(crate) fn derive(item: TokenStream) -> Result<TokenStream, Errors> {
    let input: DeriveInput = syn::parse2(item)?;
    let mut errors = Errors::default();
    let common = Answer::read(&input.attrs, &mut errors);
    if let Some(first) = input.generics.params.first() {
        errors.push(
            first,
            "a problem cannot be generic",
            "write the types that it holds",
        );
    }
    let variants = variants(&input, &common, &mut errors);
    let code = expand(common.krate.as_ref(), &input.ident, &variants);
    errors.into_code(code, stand_in(common.krate.as_ref(), &input))
}

/// For a type with a mistake: it is a problem, whatever it says.
fn stand_in(krate: Option<&Path>, input: &DeriveInput) -> TokenStream {
    let (private, name) = (private(krate), &input.ident);
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl #generics __gopool::Problem for #name #arguments #conditions {
                fn problem(&self) -> __gopool::Error {
                    ::core::unreachable!()
                }
            }
            impl #generics ::core::marker::Unpin for #name #arguments #conditions {}
        };
    }
}

fn variants<'a>(input: &'a DeriveInput, common: &Answer, errors: &mut Errors) -> Vec<Variant<'a>> {
    match &input.data {
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let name = &variant.ident;
                let own = Answer::read(&variant.attrs, errors);
                if let Some(krate) = &own.krate {
                    errors.push(krate, "`crate` belongs on the enum", "move it there");
                }
                check(quote!(Self::#name), name, own.or(common), &variant.fields, errors)
            });
            variants.collect()
        }
        Data::Struct(data) => {
            let answer = Answer::default().or(common);
            vec![check(quote!(Self), &input.ident, answer, &data.fields, errors)]
        }
        Data::Union(data) => {
            errors.push(
                data.union_token,
                "`derive(Problem)` is not for a union",
                "write an enum",
            );
            Vec::new()
        }
    }
}

fn check<'a>(
    path: TokenStream,
    name: &Ident,
    answer: Answer,
    fields: &'a Fields,
    errors: &mut Errors,
) -> Variant<'a> {
    if let Some(transparent) = &answer.transparent {
        if fields.len() != 1 {
            let help = "give it one field, whose type is a `gopool::Error` or another problem";
            errors.push(transparent, "`transparent` is for a variant with one field", help);
        }
        if answer.says_something() {
            errors.push(
                transparent,
                "what is `transparent` says nothing itself",
                "remove the other words, or `transparent`",
            );
        }
    } else if answer.status.is_none() && !answer.is_broken {
        let message = format!("`{name}` has no status");
        errors.push(name, &message, "write `#[problem(status = 404)]` on it");
    }
    let inner = fields.members().next().filter(|_| answer.transparent.is_some());
    let members = fields.members();
    let fields = fields.iter().zip(members).map(|(field, member)| Field {
        ty: &field.ty,
        member,
        uses: field::uses(field, errors),
    });
    Variant {
        path,
        name: name.to_string(),
        span: name.span(),
        answer,
        inner,
        fields: fields.filter(|field| !field.uses.is_empty()).collect(),
    }
}

fn expand(krate: Option<&Path>, name: &Ident, variants: &[Variant<'_>]) -> TokenStream {
    let private = private(krate);
    let responses = variants.iter().filter_map(response);
    let arms = variants.iter().map(arm);
    let names = variants.iter().map(|variant| {
        let (path, name) = (&variant.path, &variant.name);
        quote!(#path { .. } => #name,)
    });
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl __gopool::Problem for #name {
                const RESPONSES: &'static [(u16, &'static str)] = &[#(#responses),*];

                fn problem(&self) -> __gopool::Error {
                    match *self { #(#arms)* }
                }

                fn into_problem(self) -> __gopool::Error {
                    let name = match self { #(#names)* };
                    __gopool::with_cause(__gopool::causes(&self)[()], self, name)
                }
            }
            // An error of gopool's in it would say otherwise, and so would keep it from becoming one through `?`.
            impl ::core::marker::Unpin for #name {}
            __gopool::submit! {
                __gopool::KnownProblem { of: |error| __gopool::Finds::<#name, 0>::NEW[()](error) }
            }
        };
    }
}

fn response(variant: &Variant<'_>) -> Option<TokenStream> {
    let status = Literal::u16_unsuffixed(variant.answer.status?);
    let title = variant.answer.title.as_deref().unwrap_or_default();
    Some(quote!((#status, #title)))
}

/// One variant becomes its problem, step by step.
fn arm(variant: &Variant<'_>) -> TokenStream {
    let path = &variant.path;
    if variant.answer.transparent.is_some() {
        return transparent(variant);
    }
    let Some(status) = variant.answer.status else {
        return TokenStream::new();
    };
    let number = Literal::u16_unsuffixed(status);
    let said = said(variant, status);
    let bindings =
        (0..variant.fields.len()).map(|index| format_ident!("field{index}", span = Span::mixed_site()));
    let bindings: Vec<Ident> = bindings.collect();
    let members = variant.fields.iter().map(|field| &field.member);
    let told = variant.fields.iter().zip(&bindings);
    let told = told.flat_map(|(field, binding)| field.uses.iter().map(|told| tell(told, field.ty, binding)));
    quote_spanned! {Span::mixed_site()=>
        #path { #(#members: ref #bindings,)* .. } => {
            let it = __gopool::Error::status(#number);
            #(#said)*
            #(#told)*
            it
        }
    }
}

/// What is the same for all values of the variant.
fn said(variant: &Variant<'_>, status: u16) -> Vec<TokenStream> {
    let Answer {
        title,
        kind,
        detail,
        headers,
        retry_after,
        ..
    } = &variant.answer;
    let mut said = Vec::new();
    let text = |method: TokenStream, text: &str| step(Span::mixed_site(), quote!(#method), quote!(#text));
    said.extend(title.iter().map(|title| text(quote!(title), title)));
    said.extend(kind.iter().map(|kind| text(quote!(problem_type), kind)));
    said.extend(detail.iter().map(|detail| text(quote!(detail), detail)));
    // What failed in the server is for the log only.
    if detail.is_none() && status < 500 {
        let at = Span::mixed_site().located_at(variant.span);
        let text = quote_spanned!(at=> __gopool::ProblemText::text(self));
        said.push(step(Span::mixed_site(), quote!(detail), text));
    }
    let header =
        |(name, value): &(String, String)| step(Span::mixed_site(), quote!(header), quote!(#name, #value));
    said.extend(headers.iter().map(header));
    let wait = |millis: &u64| quote!(::core::time::Duration::from_millis(#millis));
    let wait = retry_after.iter().map(wait);
    said.extend(wait.map(|wait| step(Span::mixed_site(), quote!(retry_after), wait)));
    said
}

/// What one field adds.
fn tell(told: &Use, ty: &Type, binding: &Ident) -> TokenStream {
    let at = Span::mixed_site().located_at(ty.span());
    match told {
        Use::Member(name) => step(at, quote!(member), quote!(#name, #binding)),
        Use::Header(name) => {
            let text = quote_spanned!(at=> ::std::string::ToString::to_string(#binding));
            step(at, quote!(header), quote!(#name, &#text))
        }
        Use::RetryAfter => step(at, quote!(retry_after), quote!(*#binding)),
    }
}

/// The failure so far, changed by one of its methods.
fn step(at: Span, method: TokenStream, arguments: TokenStream) -> TokenStream {
    quote_spanned!(at=> let it = __gopool::Error::#method(it, #arguments);)
}

fn transparent(variant: &Variant<'_>) -> TokenStream {
    let path = &variant.path;
    let problem =
        quote_spanned!(Span::mixed_site().located_at(variant.span)=> __gopool::Problem::problem(inner));
    match &variant.inner {
        Some(member) => quote_spanned!(Span::mixed_site()=> #path { #member: ref inner } => #problem,),
        None => TokenStream::new(),
    }
}
