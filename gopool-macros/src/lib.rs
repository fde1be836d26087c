//! The attributes of gopool. Use them through the `gopool` crate, which documents them.
//!
//! Each goes through three steps: parse, check, expand. The user's function always comes back unchanged; after a mistake
//! with one `compile_error!` for each thing that is wrong, else with what registers it.

use proc_macro2::TokenStream;
use quote::quote;

mod advice;
mod around;
mod check;
mod docs;
mod errors;
mod expand;
mod fields;
#[cfg(test)]
mod golden;
mod group;
mod header;
mod hooks;
#[cfg(test)]
mod mistakes;
mod multipart;
mod options;
mod param;
mod parse;
mod problem;
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

/// Registers a function that runs before handlers: `#[before]` before those of every route of gopool, `#[before("/v1/admin")]` before those of
/// paths that begin with these segments. It takes parameters as a handler does, but none that reads the body or the path, and returns
/// `()` or `Result<(), E>`, whose `Err` is the answer, or a `std::ops::ControlFlow<R>`, whose `Break` is one.
///
/// ```ignore
/// #[gopool::before("/v1/admin")]
/// fn only_admins(user: User) -> Result<(), gopool::Error> {
///     if user.is_admin { Ok(()) } else { Err(gopool::Error::forbidden("for admins")) }
/// }
/// ```
///
/// It runs where the handler runs, within its limits, before the handler's own parameters are read; a parameter that both take is made once. Of
/// several, those for more paths run first. The path is that of the request, whole, with the prefixes of groups, and however it is encoded: of a
/// route `/files/{*rest}`, the function for `/files/secret` sees the requests below `/files/secret`. An `async fn` may run before asynchronous
/// handlers only. A launch is refused if there is no route for it. `app routes` shows what runs before which route.
#[proc_macro_attribute]
pub fn before(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, around::before(arguments.into(), item.clone())).into()
}

/// Registers a function that runs after handlers, with their response: `fn(Response, ..) -> Response`, or a `Result` of it, with any parameters
/// behind that [`macro@before`] may have; and with a path, as there.
///
/// ```ignore
/// #[gopool::after]
/// fn stamp(response: Response, id: RequestId) -> Response {
///     response.header("x-served-by", "shop")
/// }
/// ```
///
/// It sees all that the application answers: what handlers return, the problems of their errors that have a status, and what functions with
/// [`macro@before`] answer. Of an answer that flows it sees the head. What gopool answers itself, such as a 404 or what a parameter cannot read, goes
/// through [`macro@on_failure`] instead; headers for all answers are a matter of `Master::wrap`. Of several, those for fewer paths run first.
#[proc_macro_attribute]
pub fn after(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, around::after(arguments.into(), item.clone())).into()
}

/// Says what the routes of the module where it stands, and of those below it, have in common.
///
/// ```ignore
/// gopool::group! {
///     /// All that signed-in customers may do.
///     prefix = "/v1", tag = "shop", timeout = "5s", max_body = "1MB",
/// }
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `prefix = "/v1"` | what goes before their paths: constant text |
/// | `tag = "shop"` | what the interface's description files them under; the text above the options describes it |
/// | `timeout`, `queue_timeout`, `queue_target`, `max_body`, `body_timeout`, `memory`, `weight`, `priority`, `fair_by`, `rate`, `rate_by`, `compress` | as in the attribute of a route, for those that do not say it themselves |
/// | `crate = gp` | where the gopool crate is, if the application renamed it |
///
/// Of groups in modules that stand in each other, the prefixes are joined, and the inner one's options win. A launch is refused if there is no
/// route for it, or two stand in one module.
#[proc_macro]
pub fn group(arguments: proc_macro::TokenStream) -> proc_macro::TokenStream {
    group::group(arguments.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
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

/// Registers the function that answers what gopool itself could not answer as asked: `fn(Failure) -> R`, where `R` is a
/// `gopool::Error` or any other reply.
///
/// It is asked for every failure for which no handler chose the status: no such path (404), a wrong method (405), a body that is too
/// large (413), a full queue (503), what a parameter cannot read, a panic. It runs on the event loop, so it does little. An application
/// has at most one.
#[proc_macro_attribute]
pub fn on_failure(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let item = item.into();
    expanded(&item, hooks::on_failure(arguments.into(), item.clone())).into()
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

/// Makes a struct fit for `Multipart<T>`: its fields name the parts of a form.
///
/// ```ignore
/// #[derive(gopool::Multipart)]
/// struct Album {
///     title: String,
///     #[part(max = "5MB", types("image/*"))]
///     cover: Option<Part>,
///     #[part(name = "file", max_count = 20)]
///     files: Vec<Part>,
///     #[part(json)]
///     tags: Vec<Tag>,
/// }
/// ```
///
/// A field is a `gopool::Part`, which is a file; any `T: FromStr`; `Option<T>` when the part may be missing; or `Vec<T>` when it may be repeated.
///
/// | on a field | |
/// |---|---|
/// | `name = "file"` | the name of its parts, if that is not the field's |
/// | `max = "5MB"` | the most bytes of one part; else 64 KiB for what is read into memory, and the whole body for a `Part` |
/// | `types("image/*", "application/pdf")` | the content types that its parts may have |
/// | `max_count = 20` | the most parts, of a `Vec` |
/// | `json` | each part holds JSON: any `T: Deserialize` |
///
/// | on the struct: `#[multipart(..)]` | |
/// |---|---|
/// | `max_parts = 500` | the most parts of a form; else 100 |
/// | `ignore_unknown` | parts that no field takes are let go of; else they are refused |
/// | `crate = gp` | where the gopool crate is, if the application renamed it |
#[proc_macro_derive(Multipart, attributes(multipart, part))]
pub fn derive_multipart(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    multipart::derive(item.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
}

/// Makes an error type say how it is answered: see `gopool::Problem`.
///
/// ```ignore
/// #[derive(Debug, thiserror::Error, gopool::Problem)]
/// enum ShopError {
///     #[error("item {id} is sold out")]
///     #[problem(status = 409, title = "Sold out", type = "https://shop.example/problems/sold-out")]
///     SoldOut { #[problem(member)] id: u64 },
///     #[error("too many orders")]
///     #[problem(status = 429)]
///     TooMany { #[problem(retry_after)] wait: Duration },
///     #[error("sign in first")]
///     #[problem(status = 401, header("www-authenticate", "Basic realm=\"shop\""))]
///     SignedOut,
///     #[error("storage failed")]
///     #[problem(status = 500)]
///     Storage(#[from] std::io::Error),
///     #[error(transparent)]
///     #[problem(transparent)]
///     Other(#[from] gopool::Error),
/// }
/// ```
///
/// | on a variant, a struct, or the enum for all variants | |
/// |---|---|
/// | `status = 409` | 400 to 599 |
/// | `title = ".."` | the same short text for all failures of this kind; else that of the status |
/// | `type = ".."` | a URI that names the kind of failure; else `about:blank` |
/// | `detail = ".."` | what the client reads. Else it is the error's own text, but of a 500 and above, whose text is for the log only |
/// | `header("name", "value")` | a header of the answer; may be repeated |
/// | `retry_after = "5s"` | when the client may come back, sent as `retry-after` |
/// | `transparent` | the one field is a problem, or a `gopool::Error`, and is answered as such |
/// | `crate = gp` | on the enum: where the gopool crate is, if the application renamed it |
///
/// | on a field | |
/// |---|---|
/// | `member`, `member = "name"` | a member of the problem document: any `T: Serialize` |
/// | `header = "x-limit"` | a header: any `T: Display` |
/// | `retry_after` | a `Duration`, sent as `retry-after` |
#[proc_macro_derive(Problem, attributes(problem))]
pub fn derive_problem(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    problem::derive(item.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
}

/// Makes a type that implements `gopool::FromParams` an argument of handlers; it must be `Clone`. `#[param(crate = gp)]` says where the gopool
/// crate is, if the application renamed it.
#[proc_macro_derive(Param, attributes(param))]
pub fn derive_param(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    param::derive(item.into())
        .unwrap_or_else(|errors| errors.to_compile_errors())
        .into()
}
