//! `before` and `after`: functions with parameters that run around handlers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{FnArg, LitStr, Path};

use crate::{
    advice,
    check::{
        arguments::{self, Around},
        condition::conditions,
        path::prefix,
        signature,
        types::last_segment,
    },
    errors::Errors,
    expand::{Expansion, expanded_at, ours, params, private, read, read_and_call, settled, site},
    options::crate_path,
    parse::{Arguments, Function, PathArgument},
};

const AFTER: &str =
    "write `fn stamp(response: gopool::Response) -> gopool::Response`, with any parameters behind it";

/// A function that may be expanded.
struct Hook {
    function: Function,
    /// What the paths begin with that it is for; empty for all.
    below: String,
    krate: Option<Path>,
    arguments: Around,
}

pub(crate) fn before(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = hook("before", 0, arguments, item)?;
    let signature = &hook.function.signature;
    let is_async = signature.asyncness.is_some();
    let (settled, reply) = (settled(signature::error(signature)), signature::reply(signature));
    let decide = quote_spanned!(expanded_at(reply)=> __gopool::BeforeReply::decide);
    let call = match is_async {
        true => quote_spanned!(Span::mixed_site()=> &call),
        false => quote_spanned!(Span::mixed_site()=> call),
    };
    let called = read_and_call(&signature.ident, &hook.arguments.params, &call);
    let decided = quote_spanned! {Span::mixed_site()=>
        #settled
        __gopool::decided(it, #decide)
    };
    let run = match is_async {
        true => quote_spanned! {Span::mixed_site()=>
            __gopool::RunBefore::Async(|call| ::std::boxed::Box::pin(async move {
                let it = __gopool::wait(#called).await;
                #decided
            }))
        },
        false => quote_spanned! {Span::mixed_site()=>
            __gopool::RunBefore::Plain(|call| {
                let it = #called;
                #decided
            })
        },
    };
    let name = Ident::new("Before", Span::mixed_site());
    Ok(hook.expansion(&name, &run))
}

pub(crate) fn after(arguments: TokenStream, item: TokenStream) -> Result<Expansion, Errors> {
    let hook = hook("after", 1, arguments, item)?;
    let signature = &hook.function.signature;
    let function = ours(&signature.ident);
    let arguments = read(&hook.arguments.params, &quote_spanned!(Span::mixed_site()=> call));
    let (settled, reply) = (settled(signature::error(signature)), signature::reply(signature));
    let response = quote_spanned!(expanded_at(reply)=> __gopool::AfterReply::response);
    // Without parameters nobody reads the call.
    let call = match arguments.is_empty() {
        true => quote!(_),
        false => quote_spanned!(Span::mixed_site()=> call),
    };
    let run = quote_spanned! {Span::mixed_site()=>
        |#call, response| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(#function(response, #(#arguments),*)));
            #settled
            __gopool::modified(it, #response)
        }
    };
    let name = Ident::new("After", Span::mixed_site());
    Ok(hook.expansion(&name, &run))
}

impl Hook {
    fn expansion(&self, name: &Ident, run: &TokenStream) -> Expansion {
        let (private, below) = (private(self.krate.as_ref()), &self.below);
        let function = &self.function.signature.ident;
        let (params, site) = (params(&self.arguments.params), site(function));
        let checked = (!self.arguments.is_decided).then(|| {
            let at_function = Span::call_site().located_at(function.span());
            let checked = quote_spanned!(at_function=> __gopool::checked_around(#params));
            quote!(const __GOPOOL_PARAMS: () = #checked;)
        });
        let beside = quote_spanned! {Span::mixed_site()=>
            const _: () = {
                use #private as __gopool;
                #checked
                __gopool::submit! {
                    __gopool::#name {
                        run: #run,
                        below: #below,
                        params: #params,
                        site: #site,
                    }
                }
            };
        };
        let allow = advice::allow(&self.function, false);
        Expansion { allow, beside }
    }
}

/// Reads and judges what both have in common; `first` is how many arguments are no parameters.
fn hook(name: &str, first: usize, arguments: TokenStream, item: TokenStream) -> Result<Hook, Errors> {
    let function = signature::function(name, item)?;
    let raw: Arguments = syn::parse2(arguments)?;
    let mut errors = Errors::default();
    let krate = krate(name, &raw, &mut errors);
    let below = below(name, &raw, &mut errors);
    signature::check(&function.signature, &format!("`{name}`"), &mut errors);
    if first == 1 {
        response(&function, &mut errors);
    }
    let arguments = arguments::around(name, &function, first, &mut errors);
    errors.into_result(Hook {
        function,
        below,
        krate,
        arguments,
    })
}

fn krate(name: &str, raw: &Arguments, errors: &mut Errors) -> Option<Path> {
    let mut krate = None;
    for option in &raw.options {
        match option.value.as_ref().and_then(crate_path) {
            Some(path) if option.key == "crate" => krate = Some(path),
            _ => {
                let message = format!("`{name}` has no option `{}`", option.key);
                errors.push(&option.key, &message, "it takes a path, and `crate = path`");
            }
        }
    }
    krate
}

/// What the paths begin with that it is for.
fn below(name: &str, raw: &Arguments, errors: &mut Errors) -> String {
    let literal: &LitStr = match &raw.path {
        None => return String::new(),
        Some(PathArgument::Literal(literal)) => literal,
        Some(PathArgument::Other(other)) => {
            let help = format!("write it out: `#[{name}(\"/v1/admin\")]`");
            errors.push(other, "the path must be a string literal", &help);
            return String::new();
        }
    };
    match literal.value() {
        all if all == "/" => String::new(),
        below => {
            prefix(literal, errors);
            below
        }
    }
}

/// The response comes first, and is always there.
fn response(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(token) = &signature.asyncness {
        let help = "remove `async`; it also runs where plain handlers do";
        errors.push(token, "`after` cannot be `async`", help);
    }
    let message = "`after` takes the `gopool::Response` first";
    match signature.inputs.first() {
        None => errors.push(&signature.ident, message, AFTER),
        // Its own mistake.
        Some(FnArg::Receiver(receiver)) => errors.push(receiver, "`after` has no `self`", AFTER),
        Some(FnArg::Typed(argument)) => {
            let is_response = last_segment(&argument.ty).is_some_and(|segment| segment.ident == "Response");
            if !is_response || !conditions(&argument.attrs).is_empty() {
                errors.push(argument, message, AFTER);
            }
        }
    }
}
