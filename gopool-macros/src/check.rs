//! From the raw tree to a checked route. All rules run, so one compilation shows every mistake of a function.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, LitStr, Meta, ReturnType, parse_quote};

use crate::{
    advice,
    docs::{self, Docs},
    errors::Errors,
    options::{Options, Placement},
    parse::{Arguments, Function},
    verb::Verb,
};

pub(crate) mod arguments;
pub(crate) mod condition;
mod names;
pub(crate) mod path;
pub(crate) mod signature;
pub(crate) mod types;

use arguments::{DiscouragedBody, Param};
pub(crate) use names::PathFields;

/// A route that may be expanded.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: LitStr,
    pub(crate) options: Options,
    pub(crate) function: Ident,
    pub(crate) params: Vec<Param>,
    /// What the function itself is to be allowed.
    pub(crate) allow: TokenStream,
    /// The lint levels that the user lowered for the function, which also hold for what stands beside it.
    pub(crate) lints: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) placement: Placement,
    /// Whether the path has any.
    pub(crate) has_names: bool,
    /// Whether every parameter is one of ours, and always there; if not, only their `SPEC`s tell what is read.
    pub(crate) is_decided: bool,
    /// The reader of a body that the method should not have.
    pub(crate) discouraged_body: Option<DiscouragedBody>,
    /// Where errors about the reply stand.
    pub(crate) reply: Span,
    /// Where errors about the `Err` stand.
    pub(crate) error: Span,
    /// The structs whose fields must be the path's names.
    pub(crate) path_fields: Vec<PathFields>,
    /// What it returns, as it was written.
    pub(crate) returns: ReturnType,
    pub(crate) docs: Docs,
}

/// Reads and judges one attribute with its function.
pub(crate) fn route(verb: Verb, arguments: TokenStream, item: TokenStream) -> Result<Route, Errors> {
    let function = signature::function(&verb.attribute(), item)?;
    let arguments: Arguments = syn::parse2(arguments)?;
    let mut errors = Errors::default();
    let options = Options::check(&arguments.options, &mut errors);
    let placement = placement(&options, &function, &mut errors);
    let path = path::check(verb, &arguments, &mut errors);
    signature::check(&function.signature, "a handler", &mut errors);
    let params = arguments::check(verb, &function, &mut errors);
    let Some(path) = path else { return Err(errors) };
    let path_fields = names::against_path(&params, &path, &mut errors);
    let discouraged_body = params.discouraged_body(verb);
    errors.into_result(Route {
        verb,
        is_async: function.signature.asyncness.is_some(),
        path: path.literal,
        options,
        reply: signature::reply(&function.signature),
        error: signature::error(&function.signature),
        allow: advice::allow(&function, discouraged_body.is_some()),
        docs: docs::read(&function.attributes),
        lints: lints(function.attributes),
        returns: function.signature.output,
        function: function.signature.ident,
        has_names: !path.names.is_empty(),
        is_decided: params.are_decided(),
        discouraged_body,
        params: params.list,
        placement,
        path_fields,
    })
}

/// What of the function's attributes must also stand on what we put beside it.
fn lints(attributes: Vec<Attribute>) -> Vec<Attribute> {
    let is_deprecated = docs::is_deprecated(&attributes);
    let mut lints = attributes;
    lints.retain(|attribute| attribute.path().is_ident("allow") || attribute.path().is_ident("expect"));
    // What is expected of the function need not be so beside it.
    for attribute in &mut lints {
        if let Meta::List(list) = &mut attribute.meta {
            list.path = parse_quote!(allow);
        }
    }
    if is_deprecated {
        lints.push(parse_quote!(#[allow(deprecated)]));
    }
    lints
}

/// Where the handler runs; options that its place cannot honour are mistakes.
fn placement(options: &Options, function: &Function, errors: &mut Errors) -> Placement {
    if function.signature.asyncness.is_some() {
        asynchronous(options, errors);
        no_process("an `async fn`", options, errors);
        return Placement::Inline;
    }
    let placement = options.run.as_ref().map_or(Placement::Pool, |run| run.value);
    match placement {
        Placement::Isolated => {}
        Placement::Inline => no_process("an inline `fn`", options, errors),
        Placement::Pool => no_process("a `fn` on the pool", options, errors),
    }
    if placement == Placement::Inline {
        inline(options, errors);
    }
    placement
}

/// An `async fn` is where its connection is, and ends when that does.
fn asynchronous(options: &Options, errors: &mut Errors) {
    if let Some(run) = &options.run {
        let help = match run.value {
            Placement::Isolated => "use a plain `fn`, and `gopool::block_on(...)` for its I/O",
            _ => "leave `run` out; give heavy parts to the pool with `gopool::cpu(...)`",
        };
        errors.push(&run.key, "an `async fn` always runs on the event loop", help);
    }
    no_queue("an `async fn`", options, errors);
    if let Some(set) = &options.detached {
        let help =
            "remove `detached`; what must go on belongs into `tokio::spawn`, or into a `fn` on the pool";
        errors.push(&set.key, "an `async fn` ends when its client leaves", help);
    }
}

fn no_queue(a_handler: &str, options: &Options, errors: &mut Errors) {
    if let Some(set) = &options.queue_timeout {
        let message = format!("{a_handler} has no queue to wait in");
        let help = "remove `queue_timeout`; it is for a `fn` on the pool";
        errors.push(&set.key, &message, help);
    }
}

/// What is for a process of its own means nothing anywhere else.
fn no_process(a_handler: &str, options: &Options, errors: &mut Errors) {
    let memory = options.memory.as_ref().map(|set| &set.key);
    let fresh = options.fresh.as_ref().map(|set| &set.key);
    for key in memory.into_iter().chain(fresh) {
        let message = format!("{a_handler} has no process of its own");
        let help = format!("remove `{key}`, or run a plain `fn` in one by `run = \"isolated\"`");
        errors.push(key, &message, &help);
    }
}

/// An inline `fn` holds its event loop until it returns.
fn inline(options: &Options, errors: &mut Errors) {
    no_queue("an inline `fn`", options, errors);
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
    for key in options.of_the_queue() {
        let help = format!("remove `{key}`, or remove `run = \"inline\"` so that it runs on the pool");
        errors.push(key, "an inline `fn` waits in no queue", &help);
    }
}
