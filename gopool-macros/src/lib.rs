//! The attributes of gopool. Use them through the `gopool` crate, which documents them.
//!
//! Each goes through three steps: parse, check, expand. The user's function always comes back unchanged; after a mistake
//! with one `compile_error!` for each thing that is wrong, else with what registers it.

use proc_macro2::TokenStream;
use quote::quote;

mod check;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod header;
mod hooks;
mod options;
mod parse;
mod template;
mod words;

use errors::Errors;

/// The item, then what belongs beside it.
///
/// Some of clippy's advice cannot be taken by what a router calls: it owns its arguments, its `async` says where it runs, and
/// nobody ignores what it returns.
/// A handler with a mistake is registered nowhere, so without the `allow` the compiler would also call it unused.
fn beside(item: &TokenStream, expansion: Result<TokenStream, Errors>) -> TokenStream {
    match expansion {
        Ok(expansion) => quote! {
            #[allow(clippy::needless_pass_by_value, clippy::unused_async, clippy::must_use_candidate)]
            #item
            #expansion
        },
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

fn route(method: &'static str, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = check::route(method, arguments, item.clone()).map(|route| expand::route(&route));
    beside(&item, expansion)
}

/// One attribute for each method; the documentation is the runtime crate's.
macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident $method:literal)*) => {
        $(
            $(#[$doc])*
            #[proc_macro_attribute]
            pub fn $name(
                arguments: proc_macro::TokenStream,
                item: proc_macro::TokenStream,
            ) -> proc_macro::TokenStream {
                route($method, arguments.into(), item.into()).into()
            }
        )*
    };
}

routes! {
    /// Registers a function as the handler of `GET` requests. `HEAD` is answered from it, unless it has its own handler.
    get "GET"
    /// Registers a function as the handler of `POST` requests.
    post "POST"
    /// Registers a function as the handler of `PUT` requests.
    put "PUT"
    /// Registers a function as the handler of `PATCH` requests.
    patch "PATCH"
    /// Registers a function as the handler of `DELETE` requests.
    delete "DELETE"
    /// Registers a function as the handler of `HEAD` requests.
    head "HEAD"
    /// Registers a function as the handler of `OPTIONS` requests.
    options "OPTIONS"
    /// Registers a function as the handler of requests with any method that has no handler of its own on this path.
    all "ALL"
}

/// Registers a function that prepares the application before it serves.
#[proc_macro_attribute]
pub fn on_master(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    beside(&item, hooks::on_master(arguments.into(), item.clone())).into()
}

/// Registers a function that runs when the last request has been answered.
#[proc_macro_attribute]
pub fn on_shutdown(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    beside(&item, hooks::on_shutdown(arguments.into(), item.clone())).into()
}

/// Registers the function that picks the headers for handlers that take a `HeaderMap`.
#[proc_macro_attribute]
pub fn header_getter(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    beside(&item, hooks::header_getter(arguments.into(), item.clone())).into()
}

/// Makes a struct fit for `Header<T>`: its fields name the headers that the handler reads.
#[proc_macro_derive(Header, attributes(header))]
pub fn derive_header(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    header::derive(item.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
}
