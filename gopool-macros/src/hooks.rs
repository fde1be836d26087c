//! `on_master`, `on_worker`, `on_shutdown`, `header_getter` and `on_failure`: functions that run beside the routes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::{
    Attribute, FnArg, Path, ReturnType, Signature, Token, Type, parse::Parser, punctuated::Punctuated,
};

use crate::{
    advice,
    check::{condition::conditions, signature, types::last_segment},
    errors::Errors,
    expand::{Expansion, answer, expanded_at, ours, private, site},
    options::crate_path,
    parse::RawOption,
};

const ON_MASTER: &str = "write `async fn setup(master: &mut gopool::Master) -> Result<(), gopool::Error>`";
const ON_WORKER: &str =
    "write `fn prepare(worker: &mut gopool::Worker) -> Result<(), gopool::Error>`, or with `async`";
const ON_SHUTDOWN: &str =
    "write `async fn bye(db: Ctx<Db>) -> Result<(), gopool::Error>`, with any number of `Ctx<T>`";
const HEADER_GETTER: &str = "write `fn pick(headers: &gopool::HeaderMap) -> gopool::HeaderMap`";

const ON_FAILURE: &str =
    "write `fn failed(failure: gopool::Failure) -> gopool::Error`, or with another reply";

/// A hook that may be expanded.
struct Hook {
    krate: Option<Path>,
    allow: TokenStream,
    signature: Signature,
}

impl Hook {
    /// What stands beside the function: its registration under the name of a type, with what is to be run.
    fn registered(self, name: &str, run: &TokenStream) -> Expansion {
        let (private, site) = (private(self.krate.as_ref()), site(&self.signature.ident));
        let name = Ident::new(name, Span::mixed_site());
        let beside = quote_spanned! {Span::mixed_site()=>
            const _: () = {
                use #private as __gopool;
                __gopool::submit! {
                    __gopool::#name { run: #run, site: #site }
                }
            };
        };
        let allow = self.allow;
        Expansion { allow, beside }
    }
}

pub(crate) fn on_master(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = read("on_master", ON_MASTER, arguments, item)?;
    let mut errors = Errors::default();
    is_async(&hook.signature, "on_master", ON_MASTER, &mut errors);
    one_reference(
        &hook.signature,
        "on_master",
        "&mut gopool::Master",
        ON_MASTER,
        &mut errors,
    );
    let run = prepare(&hook.signature);
    errors.into_result(hook.registered("OnMaster", &run))
}

pub(crate) fn on_worker(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = read("on_worker", ON_WORKER, arguments, item)?;
    let mut errors = Errors::default();
    one_reference(
        &hook.signature,
        "on_worker",
        "&mut gopool::Worker",
        ON_WORKER,
        &mut errors,
    );
    let run = prepare(&hook.signature);
    let run = match hook.signature.asyncness {
        None => quote_spanned!(Span::mixed_site()=> __gopool::RunOnWorker::Plain(#run)),
        Some(_) => quote_spanned!(Span::mixed_site()=> __gopool::RunOnWorker::Async(#run)),
    };
    errors.into_result(hook.registered("OnWorker", &run))
}

/// Calls the function with the one thing that it prepares.
fn prepare(signature: &Signature) -> TokenStream {
    let (function, finish) = (ours(&signature.ident), finish(signature));
    match signature.asyncness {
        None => quote_spanned! {Span::mixed_site()=>
            |it| {
                let value = #function(it);
                #finish
            }
        },
        Some(_) => quote_spanned! {Span::mixed_site()=>
            |it| {
                ::std::boxed::Box::pin(async move {
                    let value = #function(it).await;
                    #finish
                })
            }
        },
    }
}

pub(crate) fn on_shutdown(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let Hook {
        krate,
        allow,
        signature,
    } = read("on_shutdown", ON_SHUTDOWN, arguments, item)?;
    let mut errors = Errors::default();
    is_async(&signature, "on_shutdown", ON_SHUTDOWN, &mut errors);
    let shared = shared(&signature, &mut errors);
    let conditions: Vec<&[Attribute]> = shared.iter().map(|shared| &*shared.conditions).collect();
    let types: Vec<&Type> = shared.iter().map(|shared| shared.ty).collect();
    let values: Vec<Ident> = (0..types.len())
        .map(|index| format_ident!("value{index}", span = Span::mixed_site()))
        .collect();
    let (private, function, site) = (
        private(krate.as_ref()),
        ours(&signature.ident),
        site(&signature.ident),
    );
    let finish = finish(&signature);
    let beside = quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            fn __gopool_run(
                contexts: &__gopool::Contexts,
            ) -> __gopool::LocalFuture<'static, ::core::result::Result<(), __gopool::Error>> {
                #(#(#conditions)* let #values = <#types as __gopool::Shared>::take(contexts);)*
                ::std::boxed::Box::pin(async move {
                    let value = #function(#(#(#conditions)* #values?),*).await;
                    #finish
                })
            }
            __gopool::submit! {
                __gopool::OnShutdown {
                    run: __gopool_run,
                    contexts: &[#(#(#conditions)* <#types as __gopool::Shared>::KEY),*],
                    site: #site,
                }
            }
        };
    };
    errors.into_result(Expansion { allow, beside })
}

pub(crate) fn header_getter(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = read("header_getter", HEADER_GETTER, arguments, item)?;
    let signature = &hook.signature;
    let mut errors = Errors::default();
    if let Some(token) = &signature.asyncness {
        errors.push(token, "`header_getter` cannot be `async`", HEADER_GETTER);
    }
    one_reference(
        signature,
        "header_getter",
        "&gopool::HeaderMap",
        HEADER_GETTER,
        &mut errors,
    );
    if !returns(signature, "HeaderMap") {
        let message = "`header_getter` returns the `HeaderMap` that it picked";
        errors.push_at(signature::output(signature), message, HEADER_GETTER);
    }
    let run = ours(&signature.ident).into_token_stream();
    errors.into_result(hook.registered("HeaderGetter", &run))
}

pub(crate) fn on_failure(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = read("on_failure", ON_FAILURE, arguments, item)?;
    let signature = &hook.signature;
    let mut errors = Errors::default();
    if let Some(token) = &signature.asyncness {
        errors.push(token, "`on_failure` cannot be `async`", ON_FAILURE);
    }
    one_failure(signature, &mut errors);
    let function = ours(&signature.ident);
    let answer = answer(signature::error(signature), signature::reply(signature));
    let run = quote_spanned! {Span::mixed_site()=>
        |failure| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(#function(failure)));
            #answer
        }
    };
    errors.into_result(hook.registered("OnFailure", &run))
}

fn one_failure(signature: &Signature, errors: &mut Errors) {
    let is_failure = |argument: &FnArg| match argument {
        FnArg::Typed(argument) => {
            conditions(&argument.attrs).is_empty()
                && last_segment(&argument.ty).is_some_and(|segment| segment.ident == "Failure")
        }
        FnArg::Receiver(_) => false,
    };
    let message = "`on_failure` takes one argument, `gopool::Failure`";
    let mut inputs = signature.inputs.iter();
    let wrong = match (inputs.next(), inputs.next()) {
        (None, _) => return errors.push(&signature.ident, message, ON_FAILURE),
        (Some(_), Some(second)) => second,
        (Some(first), None) if !is_failure(first) => first,
        (Some(_), None) => return,
    };
    errors.push(wrong, message, ON_FAILURE);
}

/// What all hooks have in common: no arguments but `crate`, and a plain function.
fn read(name: &str, right: &str, arguments: TokenStream, item: TokenStream) -> Result<Hook, Errors> {
    let function = signature::function(name, item)?;
    let options = Punctuated::<RawOption, Token![,]>::parse_terminated.parse2(arguments)?;
    let mut errors = Errors::default();
    let mut krate = None;
    for RawOption { key, value } in &options {
        match value.as_ref().and_then(crate_path) {
            Some(path) if key == "crate" => krate = Some(path),
            _ => errors.push(
                key,
                &format!("`{name}` has no option `{key}`"),
                "the only one is `crate = path`",
            ),
        }
    }
    let allow = advice::allow(&function, false);
    let signature = function.signature;
    for argument in &signature.inputs {
        if let FnArg::Receiver(receiver) = argument {
            errors.push(receiver, &format!("`{name}` has no `self`"), right);
        }
    }
    if !signature.generics.params.is_empty() {
        errors.push(&signature.generics, &format!("`{name}` cannot be generic"), right);
    }
    errors.into_result(Hook {
        krate,
        allow,
        signature,
    })
}

fn is_async(signature: &Signature, name: &str, right: &str, errors: &mut Errors) {
    if signature.asyncness.is_none() {
        errors.push(signature.fn_token, &format!("`{name}` must be `async`"), right);
    }
}

/// The signature takes `wanted`, and nothing else.
fn one_reference(signature: &Signature, name: &str, wanted: &str, right: &str, errors: &mut Errors) {
    let message = format!("`{name}` takes one argument, `{wanted}`");
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        None => errors.push(&signature.ident, &message, right),
        Some(first) if !is_reference(first, wanted) => errors.push(first, &message, right),
        Some(FnArg::Typed(first)) if !conditions(&first.attrs).is_empty() => {
            let help = "put the `cfg` on the function, and write one function for each case";
            errors.push(
                first,
                &format!("the argument of `{name}` must always be there"),
                help,
            );
        }
        Some(_) => {
            if let Some(second) = inputs.next() {
                errors.push(second, &message, right);
            }
        }
    }
}

/// Whether the argument is `&T` or `&mut T` like `wanted`, by the last segment of the `T`.
fn is_reference(argument: &FnArg, wanted: &str) -> bool {
    let FnArg::Typed(argument) = argument else {
        return false;
    };
    let Type::Reference(reference) = &*argument.ty else {
        return false;
    };
    let name = last_segment(&reference.elem).map(|segment| segment.ident.to_string());
    let is_mut = reference.mutability.is_some();
    name.is_some_and(|name| wanted.ends_with(&name)) && is_mut == wanted.starts_with("&mut")
}

fn returns(signature: &Signature, name: &str) -> bool {
    match &signature.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => last_segment(ty).is_some_and(|segment| segment.ident == name),
    }
}

/// One argument of `on_shutdown`.
struct Shared<'a> {
    ty: &'a Type,
    conditions: Vec<Attribute>,
}

fn shared<'a>(signature: &'a Signature, errors: &mut Errors) -> Vec<Shared<'a>> {
    let mut shared = Vec::new();
    for argument in &signature.inputs {
        let FnArg::Typed(argument) = argument else {
            continue;
        };
        if let Type::Reference(reference) = &*argument.ty {
            errors.push(
                reference,
                "`on_shutdown` takes `Ctx<T>` arguments only",
                ON_SHUTDOWN,
            );
        }
        shared.push(Shared {
            ty: &argument.ty,
            conditions: conditions(&argument.attrs),
        });
    }
    shared
}

/// A hook's value is `()`, or a `Result` of it.
fn finish(signature: &Signature) -> TokenStream {
    quote_spanned!(expanded_at(signature::output(signature))=> __gopool::HookReply::finish(value))
}
