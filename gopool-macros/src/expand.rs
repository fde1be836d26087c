//! From the checked route to tokens: constant data, and one small function that reads, calls and answers.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use crate::{
    check::{Route, arguments::Param},
    options::{KnownBy, Options, Placement, Priority, Rate, Set},
    verb::Verb,
};

mod documented;

/// What an attribute makes of a function without a mistake.
pub(crate) struct Expansion {
    /// What stands on the function.
    pub(crate) allow: TokenStream,
    /// What registers it.
    pub(crate) beside: TokenStream,
}

/// What stands beside the user's function.
pub(crate) fn route(route: &Route) -> TokenStream {
    let private = private(route.options.krate.as_ref());
    let path = &route.path;
    let verb = verb(route.verb);
    let (shape, handler) = match route.is_async {
        false => (quote!(Plain), blocking(route)),
        true => (quote!(Async), asynchronous(route)),
    };
    let placement = match route.placement {
        Placement::Pool => quote!(Pool),
        Placement::Inline => quote!(Inline),
        Placement::Isolated => quote!(Isolated),
    };
    let limits = limits(&route.options);
    let params = params(&route.params);
    let lints = &route.lints;
    let checks = checks(route);
    let site = site(&route.function);
    let docs = documented::of(route);
    quote_spanned! {Span::mixed_site()=>
        #(#lints)*
        const _: () = {
            use #private as __gopool;
            #checks
            __gopool::submit! {
                __gopool::Route {
                    verb: #verb,
                    template: __gopool::Template::new(#path),
                    handler: __gopool::Handler::#shape(#handler),
                    placement: __gopool::Placement::#placement,
                    limits: #limits,
                    params: #params,
                    site: #site,
                    applied: __gopool::Applied::NOTHING,
                    #docs
                }
            }
        };
    }
}

fn verb(verb: Verb) -> TokenStream {
    match verb {
        Verb::Any => quote!(__gopool::Verb::Any),
        Verb::Only(method) => quote!(__gopool::Verb::Only(#method)),
    }
}

pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(krate) => quote!(#krate::__private),
        None => quote!(::gopool::__private),
    }
}

/// The user's function as our call names it. It counts as expanded, so a deprecated handler does not warn here, and it
/// resolves where the attribute stands, so a handler named like one of our variables is not mistaken for it.
pub(crate) fn ours(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site().located_at(name.span()));
    name
}

/// Points at the user's text, but counts as expanded: errors show the text, lints pass it by.
pub(crate) fn expanded_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Where the attribute stands, in the words of the compiler that reads the user's crate.
pub(crate) fn site(function: &Ident) -> TokenStream {
    let name = syn::ext::IdentExt::unraw(function).to_string();
    // What `env!`, `file!` and `line!` would say, without three more macros in each expansion.
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let (file, line) = written_at();
    quote! {
        __gopool::Site {
            function: #name,
            package: #package,
            module: ::core::module_path!(),
            file: #file,
            line: #line,
        }
    }
}

/// The attribute's file and line. There is no compiler to ask where tests expand it.
fn written_at() -> (String, Literal) {
    let (file, line) = if proc_macro::is_available() {
        let span = proc_macro::Span::call_site();
        (span.file(), span.line())
    } else {
        (String::new(), 0)
    };
    (file, Literal::usize_unsuffixed(line))
}

fn blocking(route: &Route) -> TokenStream {
    let called = read_and_call(
        &route.function,
        &route.params,
        &quote_spanned!(Span::mixed_site()=> call),
    );
    let answer = answer(route.error, route.reply);
    quote_spanned! {Span::mixed_site()=>
        |call| {
            let it = #called;
            #answer
        }
    }
}

fn asynchronous(route: &Route) -> TokenStream {
    let called = read_and_call(
        &route.function,
        &route.params,
        &quote_spanned!(Span::mixed_site()=> &call),
    );
    let answer = answer(route.error, route.reply);
    quote_spanned! {Span::mixed_site()=>
        |call| ::std::boxed::Box::pin(async move {
            let it = __gopool::wait(#called).await;
            #answer
        })
    }
}

/// The most arguments that one function of the library can read and pass on.
const MOST_FOR_ONE_CALL: usize = 8;

/// Reads the arguments from `call`, and calls the user's function with them.
pub(crate) fn read_and_call(function: &Ident, params: &[Param], call: &TokenStream) -> TokenStream {
    let function = ours(function);
    let is_counted = params.iter().all(|param| param.conditions.is_empty());
    if is_counted && params.len() <= MOST_FOR_ONE_CALL {
        let call_them = format_ident!("call{}", params.len());
        let params = params.iter().map(as_param);
        return quote!(__gopool::#call_them(#call, #function #(, #params::read)*));
    }
    let arguments = read(params, call);
    quote!(__gopool::returned(|| ::core::result::Result::Ok(#function(#(#arguments),*))))
}

/// Reads each argument from `call`.
pub(crate) fn read(params: &[Param], call: &TokenStream) -> Vec<TokenStream> {
    let arguments = params.iter().map(|param| {
        let (conditions, param) = (&param.conditions, as_param(param));
        quote!(#(#conditions)* #param::read(#call)?)
    });
    arguments.collect()
}

/// The type as the trait that it must have.
fn as_param(param: &Param) -> TokenStream {
    let ty = &param.ty;
    match param.is_called_like_actix {
        false => quote!(<#ty as __gopool::Param>),
        true => quote!(<#ty as __gopool::ParamCalledLikeActix>),
    }
}

/// What the parameters need.
pub(crate) fn params(params: &[Param]) -> TokenStream {
    let specs = params.iter().map(|param| {
        let (conditions, param) = (&param.conditions, as_param(param));
        quote!(#(#conditions)* #param::SPEC)
    });
    quote!(&[#(#specs),*])
}

/// What only the compiler can judge; most routes need nothing of it.
fn checks(route: &Route) -> TokenStream {
    let mut checks = checked(route);
    checks.extend(fields(route));
    checks.extend(discouraged(route));
    checks
}

/// Where a type's name did not tell us what it reads, or whether it is there, the compiler compares the parameters.
fn checked(route: &Route) -> TokenStream {
    if route.is_decided {
        return TokenStream::new();
    }
    let params = params(&route.params);
    let has_names = route.has_names;
    let at_function = Span::call_site().located_at(route.function.span());
    let checked = quote_spanned!(at_function=> __gopool::checked(#params, #has_names));
    quote!(const __GOPOOL_PARAMS: () = #checked;)
}

/// From `it`, which a function of the user's returned, to its response. Errors of these lines are about the return type, so they
/// stand there: about the `Err`, and about the reply.
pub(crate) fn answer(error: Span, reply: Span) -> TokenStream {
    let settled = settled(error);
    let reply = quote_spanned!(expanded_at(reply)=> __gopool::Reply::reply);
    quote_spanned! {Span::mixed_site()=>
        #settled
        __gopool::choose(&it)[()](it, #reply)
    }
}

/// From `it`, which a function of the user's returned, to the same without the error that it may be.
pub(crate) fn settled(error: Span) -> TokenStream {
    let into_error = quote_spanned!(expanded_at(error)=> __gopool::HandlerError::into_error);
    quote_spanned!(Span::mixed_site()=> let it = __gopool::settle(&it)[()](it, #into_error);)
}

/// Only what is set: the compiler reads this for each route.
pub(crate) fn limits(options: &Options) -> TokenStream {
    let millis = |value| quote!(::core::time::Duration::from_millis(#value));
    let number = |value| quote!(#value);
    let detached = options.detached.as_ref().map(|_| quote!(detached: true));
    let fresh = options.fresh.as_ref().map(|_| quote!(fresh: true));
    let set = [
        optional("timeout", &options.timeout, millis),
        optional("queue_timeout", &options.queue_timeout, millis),
        optional("queue_target", &options.queue_target, millis),
        optional("max_body", &options.max_body, number),
        optional("body_timeout", &options.body_timeout, millis),
        optional("memory", &options.memory, number),
        optional("concurrency", &options.concurrency, number),
        optional("weight", &options.weight, number),
        options.priority.as_ref().map(priority),
        options.fair_by.as_ref().map(fair_by),
        rate(options),
        options.compress.as_ref().map(compress),
        detached,
        fresh,
    ];
    let others = set
        .iter()
        .any(Option::is_none)
        .then(|| quote!(..__gopool::Limits::NONE));
    let set: Vec<_> = set.into_iter().flatten().collect();
    match set.is_empty() {
        true => quote!(__gopool::Limits::NONE),
        false => quote!(__gopool::Limits { #(#set,)* #others }),
    }
}

fn optional(
    field: &str,
    option: &Option<Set<u64>>,
    value: impl Fn(Literal) -> TokenStream,
) -> Option<TokenStream> {
    let field = format_ident!("{field}");
    let value = value(Literal::u64_unsuffixed(option.as_ref()?.value));
    Some(quote!(#field: ::core::option::Option::Some(#value)))
}

fn priority(set: &Set<Priority>) -> TokenStream {
    let priority = match set.value {
        Priority::Critical => quote!(Critical),
        Priority::Normal => quote!(Normal),
        Priority::Sheddable => quote!(Sheddable),
    };
    quote!(priority: ::core::option::Option::Some(__gopool::Priority::#priority))
}

fn fair_by(set: &Set<KnownBy>) -> TokenStream {
    let by = known_by(&set.value);
    quote!(fair_by: ::core::option::Option::Some(#by))
}

fn known_by(by: &KnownBy) -> TokenStream {
    match by {
        KnownBy::Peer => quote!(__gopool::KnownBy::Peer),
        KnownBy::Header(name) => quote!(__gopool::KnownBy::Header(#name)),
    }
}

fn rate(options: &Options) -> Option<TokenStream> {
    let Rate { count, seconds } = options.rate.as_ref()?.value;
    let (count, seconds) = (Literal::u64_unsuffixed(count), Literal::u64_unsuffixed(seconds));
    let by = options.rate_by.as_ref().map(|set| &set.value);
    let by = known_by(by.unwrap_or(&KnownBy::Peer));
    Some(
        quote!(rate: ::core::option::Option::Some(__gopool::Rate { count: #count, seconds: #seconds, by: #by })),
    )
}

fn compress(set: &Set<bool>) -> TokenStream {
    let value = set.value;
    quote!(compress: ::core::option::Option::Some(#value))
}

/// Lets the compiler compare a struct's fields with the path's names: building one from them must be possible. The spans
/// are wholly the user's, without which the compiler would not list the fields that there are.
fn fields(route: &Route) -> TokenStream {
    let compared = route.path_fields.iter().map(|fields| {
        let (ty, conditions) = (&fields.ty, &fields.conditions);
        let names = fields.names.iter();
        let names: Vec<Ident> = names
            .map(|name| Ident::new_raw(name, route.path.span()))
            .collect();
        let built = quote_spanned!(ty.span()=> #ty { #(#names),* });
        quote! {
            #(#conditions)*
            const _: fn() = || {
                let _ = |#(#names),*| #built;
            };
        }
    });
    compared.collect()
}

/// A body on a method whose requests seldom have one is a warning, which on stable only a deprecated item can give.
fn discouraged(route: &Route) -> TokenStream {
    let Some(body) = &route.discouraged_body else {
        return TokenStream::new();
    };
    let conditions = &body.conditions;
    let used = quote_spanned!(body.span=> BODY_OF_A_DELETE_REQUEST);
    quote! {
        #(#conditions)*
        #[deprecated(note = "clients and proxies may drop the body of a DELETE request: name what to delete in the path, or use `#[post(...)]`; `#[allow(deprecated)]` on the handler keeps it")]
        const BODY_OF_A_DELETE_REQUEST: () = ();
        #(#conditions)*
        const _: () = #used;
    }
}
