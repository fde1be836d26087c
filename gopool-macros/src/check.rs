//! From the raw tree to a checked route. All rules run, so one compilation shows every mistake of a function.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, LitStr, Type, parse_quote};

use crate::{
    advice,
    errors::Errors,
    options::{Options, Run},
    parse::{Arguments, Function},
};

mod arguments;
mod names;
mod path;
pub(crate) mod signature;
pub(crate) mod types;

/// A route that may be expanded.
pub(crate) struct Route {
    /// As the registry names it.
    pub(crate) method: &'static str,
    pub(crate) path: LitStr,
    pub(crate) options: Options,
    pub(crate) function: Ident,
    pub(crate) params: Vec<Type>,
    /// What the function itself is to be allowed.
    pub(crate) allow: TokenStream,
    /// The lint levels that the user lowered for the function, which also hold for what stands beside it.
    pub(crate) lints: Vec<Attribute>,
    pub(crate) place: Place,
    /// Whether the path has any.
    pub(crate) has_names: bool,
    /// Whether every parameter is one of ours; if not, only its `SPEC` tells what it reads.
    pub(crate) is_fully_known: bool,
    /// The reader of a body that the method should not have.
    pub(crate) discouraged_body: Option<Span>,
    /// Where errors about the reply stand.
    pub(crate) reply: Span,
    /// Where errors about the `Err` stand.
    pub(crate) error: Span,
    /// The struct whose fields must be the path's names.
    pub(crate) path_fields: Option<PathFields>,
}

/// Where a handler runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Pool,
    Inline,
    Async,
}

/// A struct in a `Path<T>`, and the names that its fields must have.
pub(crate) struct PathFields {
    pub(crate) ty: Type,
    pub(crate) names: Vec<String>,
}

/// Reads and judges one attribute with its function.
pub(crate) fn route(
    method: &'static str,
    arguments: TokenStream,
    item: TokenStream,
) -> Result<Route, Errors> {
    let function = signature::function(&attribute(method), item)?;
    let arguments: Arguments = syn::parse2(arguments)?;
    let mut errors = Errors::default();
    let options = Options::check(&arguments.options, &mut errors);
    let place = place(&options, &function, &mut errors);
    let path = path::check(method, &arguments, &mut errors);
    signature::check(&function.signature, &mut errors);
    let params = arguments::check(method, &function, &mut errors);
    let Some(path) = path else { return Err(errors) };
    let path_fields = names::against_path(&params, &path, &mut errors);
    errors.into_result(Route {
        method: if method == "ALL" { "*" } else { method },
        path: path.literal,
        options,
        reply: signature::reply(&function.signature),
        error: signature::error(&function.signature),
        allow: advice::allow(&function),
        lints: lints(function.attributes),
        function: function.signature.ident,
        has_names: !path.names.is_empty(),
        is_fully_known: params.are_all_known(),
        discouraged_body: params.discouraged_body(method),
        params: params.into_types(),
        place,
        path_fields,
    })
}

/// The attribute's name, as users write it.
pub(crate) fn attribute(method: &str) -> String {
    method.to_ascii_lowercase()
}

/// What of the function's attributes must also stand on what we put beside it.
fn lints(attributes: Vec<Attribute>) -> Vec<Attribute> {
    let is_deprecated = attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"));
    let mut lints = attributes;
    lints.retain(|attribute| attribute.path().is_ident("allow"));
    if is_deprecated {
        lints.push(parse_quote!(#[allow(deprecated)]));
    }
    lints
}

/// Where the handler runs; options that its place cannot honour are mistakes.
fn place(options: &Options, function: &Function, errors: &mut Errors) -> Place {
    let is_async = function.signature.asyncness.is_some();
    let place = match (is_async, &options.run) {
        (true, Some(run)) => {
            let help = "leave `run` out; give heavy parts to the pool with `gopool::cpu(...)`";
            errors.push(&run.key, "an `async fn` always runs on the event loop", help);
            Place::Async
        }
        (true, None) => Place::Async,
        (false, Some(run)) if run.value == Run::Inline => Place::Inline,
        (false, _) => Place::Pool,
    };
    if let (Some(set), Place::Async | Place::Inline) = (&options.queue_timeout, place) {
        let message = format!("{} has no queue to wait in", a_handler(place));
        errors.push(
            &set.key,
            &message,
            "remove `queue_timeout`; it is for a `fn` on the pool",
        );
    }
    if let (Some(set), Place::Async) = (&options.detached, place) {
        let help =
            "remove `detached`; what must go on belongs into `tokio::spawn`, or into a `fn` on the pool";
        errors.push(&set.key, "an `async fn` ends when its client leaves", help);
    }
    if place == Place::Inline {
        inline(options, errors);
    }
    place
}

fn a_handler(place: Place) -> &'static str {
    match place {
        Place::Pool => "a `fn` on the pool",
        Place::Inline => "an inline `fn`",
        Place::Async => "an `async fn`",
    }
}

/// An inline `fn` holds its event loop until it returns.
fn inline(options: &Options, errors: &mut Errors) {
    if let Some(set) = &options.timeout {
        let help = "remove `timeout`, or remove `run = \"inline\"` so that it runs on the pool";
        errors.push(&set.key, "nothing could interrupt an inline `fn`", help);
    }
    if let Some(set) = &options.detached {
        let help = "remove `detached`";
        errors.push(&set.key, "an inline `fn` always runs to its end", help);
    }
    if let Some(set) = &options.concurrency {
        let help = "remove `concurrency`, or remove `run = \"inline\"` so that it runs on the pool";
        errors.push(&set.key, "an inline `fn` cannot be held back", help);
    }
}
