//! The attributes of gopool. Use them through the `gopool` crate, which documents them.
//!
//! Each goes through three steps: parse, check, expand. The user's function always comes back unchanged; after a mistake
//! with one `compile_error!` for each thing that is wrong, else with what registers it.

use proc_macro2::TokenStream;
use quote::quote;

mod advice;
mod check;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod header;
mod hooks;
#[cfg(test)]
mod mistakes;
mod options;
mod parse;
mod template;
mod verb;
mod words;

use errors::Errors;
use expand::Expansion;
use verb::Verb;

/// The item, then what belongs beside it.
///
/// A handler with a mistake is registered nowhere, so without the `allow` the compiler would also call it unused.
fn expanded(item: &TokenStream, expansion: Result<Expansion, Errors>) -> TokenStream {
    match expansion {
        Ok(Expansion { allow, beside }) => quote!(#allow #item #beside),
        Err(errors) => {
            let errors = errors.to_compile_errors();
            quote! {
                #[allow(dead_code)]
                #item
                #errors
            }
        }
    }
}

fn register(verb: Verb, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = check::route(verb, arguments, item.clone()).map(|route| Expansion {
        beside: expand::route(&route),
        allow: route.allow,
    });
    expanded(&item, expansion)
}

/// One attribute for each method; the documentation is the runtime crate's.
macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident $verb:expr;)*) => {
        $(
            $(#[$doc])*
            #[proc_macro_attribute]
            pub fn $name(
                arguments: proc_macro::TokenStream,
                item: proc_macro::TokenStream,
            ) -> proc_macro::TokenStream {
                register($verb, arguments.into(), item.into()).into()
            }
        )*
    };
}

routes! {
    // The runtime crate documents it, for all of these.
    #[allow(missing_docs, reason = "a second text here would stand beside the runtime crate's")]
    get Verb::Only("GET");
    /// Registers a function as the handler of `POST` requests: see [`macro@get`] for all that these attributes take.
    post Verb::Only("POST");
    /// Registers a function as the handler of `PUT` requests: see [`macro@get`] for all that these attributes take.
    put Verb::Only("PUT");
    /// Registers a function as the handler of `PATCH` requests: see [`macro@get`] for all that these attributes take.
    patch Verb::Only("PATCH");
    /// Registers a function as the handler of `DELETE` requests: see [`macro@get`] for all that these attributes take.
    ///
    /// A body is possible, but a warning says that clients and proxies may drop it.
    delete Verb::Only("DELETE");
    /// Registers a function as the handler of `HEAD` requests: see [`macro@get`] for all that these attributes take.
    ///
    /// Without it, the handler of `GET` answers, and its body is left out.
    head Verb::Only("HEAD");
    /// Registers a function as the handler of `OPTIONS` requests: see [`macro@get`] for all that these attributes take.
    ///
    /// Without it, the answer lists the methods that the path has.
    options Verb::Only("OPTIONS");
    /// Registers a function as the handler of every method that has no handler of its own on this path: see [`macro@get`] for all
    /// that these attributes take.
    all Verb::Any;
}

/// What people write who come from another framework: the answer names the attributes that there are.
macro_rules! strangers {
    ($($name:ident)*) => {
        $(
            #[doc(hidden)]
            #[proc_macro_attribute]
            pub fn $name(
                _arguments: proc_macro::TokenStream,
                item: proc_macro::TokenStream,
            ) -> proc_macro::TokenStream {
                unknown(stringify!($name), item.into()).into()
            }
        )*
    };
}

// Few, since each is a name that a glob import brings along.
strangers! { any connect endpoint handler route }

fn unknown(attribute: &str, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let message = format!("gopool has no attribute `{attribute}`");
    let help = "name the method: `get`, `post`, `put`, `patch`, `delete`, `head`, `options`, or `all` for every method";
    errors.push_at(proc_macro2::Span::call_site(), &message, help);
    expanded(&item, Err(errors))
}

/// Registers a function that prepares the application before it serves:
/// `async fn(master: &mut gopool::Master) -> Result<(), E>`, or without a result.
///
/// An application has at most one. Its error, any `E` that becomes a `gopool::Error`, stops the launch.
#[proc_macro_attribute]
pub fn on_master(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, hooks::on_master(arguments.into(), item.clone())).into()
}

/// Registers a function that prepares each process of isolated routes before it takes the first request:
/// `fn(worker: &mut gopool::Worker) -> Result<(), E>`, or without a result, or `async`.
///
/// An application has at most one. A plain `fn` runs before any other thread of its process exists. Its error stops the launch, and later
/// the process, which is started again with growing delays.
#[proc_macro_attribute]
pub fn on_worker(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, hooks::on_worker(arguments.into(), item.clone())).into()
}

/// Registers a function that runs when the last request has been answered: `async fn(...) -> Result<(), E>`, or without a
/// result, with any number of `Ctx<T>` arguments.
#[proc_macro_attribute]
pub fn on_shutdown(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, hooks::on_shutdown(arguments.into(), item.clone())).into()
}

/// Registers the function that picks the headers for handlers that take a `HeaderMap`: `fn(&HeaderMap) -> HeaderMap`.
///
/// It runs on the event loop, for every request of such a handler; only what it picks crosses to where the handler runs. An
/// application has at most one; without it nothing is picked.
#[proc_macro_attribute]
pub fn header_getter(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, hooks::header_getter(arguments.into(), item.clone())).into()
}

/// Makes a struct fit for `Header<T>`: its fields name the headers that the handler reads, and no other crosses to it.
///
/// The field `user_agent` reads the header `user-agent`; `#[header("x-tenant")]` on a field gives another name. A field is any
/// `T: FromStr`, `Option<T>` when the header may be missing, or `Vec<T>` when it may be repeated. `#[header(crate = gp)]` on
/// the struct says where the gopool crate is, if the application renamed it.
#[proc_macro_derive(Header, attributes(header))]
pub fn derive_header(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    header::derive(item.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
}
