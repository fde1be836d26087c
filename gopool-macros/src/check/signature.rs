//! Rules for what may be a handler, apart from its arguments.

use proc_macro2::{Span, TokenStream};
use syn::{
    GenericArgument, GenericParam, Lit, PathArguments, ReturnType, Safety, Signature, Type, spanned::Spanned,
};

use super::types::{last_segment, types_in};
use crate::{errors::Errors, parse::Function};

/// The function that the attribute stands on; anything else is one error.
pub(crate) fn function(attribute: &str, item: TokenStream) -> Result<Function, Errors> {
    let mut errors = Errors::default();
    match Function::parse(item.clone()) {
        Ok(function) if function.has_body => Ok(function),
        Ok(function) => {
            let message = format!("`#[{attribute}]` stands on a function without a body");
            let help = "put it on a free function; a trait's method cannot be a handler";
            errors.push(&function.signature.ident, &message, help);
            Err(errors)
        }
        Err(_) => {
            let message = format!("`#[{attribute}]` belongs on a function");
            let help = "put it on a free `fn` or `async fn`";
            errors.push_at(item_span(item), &message, help);
            Err(errors)
        }
    }
}

/// The first word of the item, past attributes and visibility.
fn item_span(item: TokenStream) -> Span {
    let parsed = syn::parse2::<syn::Item>(item.clone());
    match parsed {
        Ok(syn::Item::Struct(item)) => item.struct_token.span,
        Ok(syn::Item::Enum(item)) => item.enum_token.span,
        Ok(syn::Item::Mod(item)) => item.mod_token.span,
        Ok(syn::Item::Impl(item)) => item.impl_token.span,
        Ok(syn::Item::Trait(item)) => item.trait_token.span,
        _ => item.span(),
    }
}

/// Everything in the signature that a router, which calls it with what it read from a request, cannot give.
pub(crate) fn check(signature: &Signature, what: &str, errors: &mut Errors) {
    if let Some(variadic) = &signature.variadic {
        errors.push(
            variadic,
            &format!("{what} cannot be variadic"),
            "name each parameter",
        );
        // What else is needed for it to be variadic goes with it.
        return;
    }
    if let Some(token) = &signature.constness {
        errors.push(token, &format!("{what} cannot be `const`"), "remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        let help = "remove `unsafe`; use an `unsafe` block inside if you must";
        errors.push(token, &format!("{what} cannot be `unsafe`"), help);
    }
    if let Some(abi) = &signature.abi {
        let help = format!("remove it; {what} is an ordinary Rust `fn`");
        errors.push(abi, &format!("{what} cannot be `extern`"), &help);
    }
    generics(signature, what, errors);
    status_codes(&signature.output, errors);
}

fn generics(signature: &Signature, what: &str, errors: &mut Errors) {
    let generics = &signature.generics;
    if let Some(first) = generics.params.first() {
        let only_lifetimes = generics
            .params
            .iter()
            .all(|param| matches!(param, GenericParam::Lifetime(_)));
        if only_lifetimes {
            let help = format!("remove the lifetimes; {what} owns its arguments, so use `String` for `&str`");
            errors.push(first, &format!("{what} cannot have lifetimes"), &help);
        } else {
            let help = "write the types that this route has; a generic helper can do the work";
            let message = format!("{what} cannot be generic: nobody would choose the types");
            errors.push(first, &message, help);
        }
    } else if let Some(clause) = &generics.where_clause {
        let help = format!("remove the `where` clause; {what} is not generic");
        errors.push(clause, &format!("{what} cannot have a `where` clause"), &help);
    }
}

/// Where errors about the whole return type stand: there, or at the function's name when there is none.
pub(crate) fn output(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Default => signature.ident.span(),
        ReturnType::Type(_, ty) => name_of(ty),
    }
}

/// Where errors about the reply stand: the `T` of `Result<T, E>`, or the whole.
pub(crate) fn reply(signature: &Signature) -> Span {
    result_argument(signature, 0).map_or_else(|| output(signature), name_of)
}

/// Where errors about the `Err` stand: the `E` of `Result<T, E>`, or the whole.
pub(crate) fn error(signature: &Signature) -> Span {
    result_argument(signature, 1).map_or_else(|| output(signature), name_of)
}

fn result_argument(signature: &Signature, index: usize) -> Option<&Type> {
    let ReturnType::Type(_, ty) = &signature.output else {
        return None;
    };
    let segment = last_segment(ty).filter(|segment| segment.ident == "Result")?;
    types_in(segment).nth(index)
}

/// One token that stands for the type: spans cannot be joined on stable.
fn name_of(ty: &Type) -> Span {
    last_segment(ty).map_or_else(|| ty.span(), |segment| segment.ident.span())
}

/// `Status<42, T>`: caught here already by `cargo check`; aliases are caught by the runtime's constant assertion.
fn status_codes(output: &ReturnType, errors: &mut Errors) {
    if let ReturnType::Type(_, ty) = output {
        status_code(ty, errors);
    }
}

fn status_code(ty: &Type, errors: &mut Errors) {
    let Some(segment) = last_segment(ty) else { return };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return;
    };
    let first = arguments.args.first();
    match (segment.ident.to_string().as_str(), first) {
        ("Result", Some(GenericArgument::Type(ok))) => status_code(ok, errors),
        ("Status", Some(GenericArgument::Const(syn::Expr::Lit(code)))) => {
            let Lit::Int(number) = &code.lit else { return };
            if !matches!(number.base10_parse::<u16>(), Ok(200..=599)) {
                let message = format!("{number} is not the status of a reply");
                errors.push(number, &message, "use a number between 200 and 599");
            }
        }
        _ => {}
    }
}
