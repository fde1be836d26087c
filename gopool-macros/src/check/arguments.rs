//! Rules for a handler's arguments, each alone and all together.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, FnArg, Type};

use super::{
    condition::conditions,
    types::{Reads, bare, first_type, is_scalar, last_segment},
};
use crate::{
    errors::Errors,
    parse::{Function, has_lifetime},
    verb::Verb,
};

/// One argument.
pub(crate) struct Param {
    pub(crate) ty: Type,
    pub(super) reads: Reads,
    /// What decides whether it is there; most arguments are always.
    pub(crate) conditions: Vec<Attribute>,
    /// Whether its name is one of actix-web's: if it is no parameter, the compiler says what ours are called.
    pub(crate) is_called_like_actix: bool,
}

impl Param {
    fn is_always_there(&self) -> bool {
        self.conditions.is_empty()
    }

    /// As it was written, for messages.
    pub(super) fn text(&self) -> String {
        text(&self.ty)
    }
}

/// The arguments that may be parameters.
pub(super) struct Params {
    pub(super) list: Vec<Param>,
    /// Whether another argument was refused; then nothing can be said of what is missing.
    pub(super) lacks_some: bool,
}

/// Judges each argument, and all of them together.
pub(super) fn check(verb: Verb, function: &Function, errors: &mut Errors) -> Params {
    let params = each(function, 0, errors);
    params.bodies(verb, errors);
    params.live_body(function, errors);
    params
}

/// Those behind the first few of a function that runs around handlers.
pub(crate) fn around(name: &str, function: &Function, first: usize, errors: &mut Errors) -> Around {
    let params = each(function, first, errors);
    for param in &params.list {
        let (what, help) = match param.reads {
            Reads::Body(_) => (
                "body",
                "it is the handler's to read: take what the head says, such as a `Header<T>` or the `Uri`",
            ),
            Reads::Path => (
                "path",
                "each route has names of its own there: take the `Uri`, or read it in the handler",
            ),
            Reads::Neither | Reads::Unknown => continue,
        };
        let message = format!("`{}` reads the {what}, which `{name}` cannot", param.text());
        errors.push(&param.ty, &message, help);
    }
    Around {
        is_decided: params.are_decided(),
        params: params.list,
    }
}

/// The arguments of a function that runs around handlers.
pub(crate) struct Around {
    pub(crate) params: Vec<Param>,
    /// Whether every parameter is one of ours, and always there; if not, only their `SPEC`s tell what is read.
    pub(crate) is_decided: bool,
}

fn each(function: &Function, first: usize, errors: &mut Errors) -> Params {
    let mut params = Params {
        list: Vec::new(),
        lacks_some: false,
    };
    for argument in function.signature.inputs.iter().skip(first) {
        match argument {
            FnArg::Receiver(receiver) => {
                let help = "put it on a free function; shared state comes as `Ctx<T>`";
                errors.push(receiver, "a handler has no `self`", help);
                params.lacks_some = true;
            }
            // Lifetimes that the signature declares are its own mistake.
            FnArg::Typed(argument) => match one(&argument.ty).or_else(|| borrowed(&argument.ty, function)) {
                Some((message, help)) => {
                    errors.push(&argument.ty, &message, &help);
                    params.lacks_some = true;
                }
                None => params.list.push(Param {
                    ty: (*argument.ty).clone(),
                    reads: Reads::of(&argument.ty),
                    conditions: conditions(&argument.attrs),
                    is_called_like_actix: is_called_like_actix(&argument.ty),
                }),
            },
        }
    }
    params
}

impl Params {
    /// Whether the names of the types tell all that there is to check.
    pub(super) fn are_all_known(&self) -> bool {
        self.list.iter().all(|param| param.reads != Reads::Unknown)
    }

    /// Whether the attribute has seen all that there is to check. What is there only sometimes, the compiler compares.
    pub(super) fn are_decided(&self) -> bool {
        self.are_all_known() && self.list.iter().all(Param::is_always_there)
    }

    fn body_readers(&self) -> impl Iterator<Item = (&Param, &'static str)> {
        self.list.iter().filter_map(|param| match param.reads {
            Reads::Body(name) => Some((param, name)),
            _ => None,
        })
    }

    /// The reader of a body that a method should not have, but may.
    pub(super) fn discouraged_body(&self, verb: Verb) -> Option<DiscouragedBody> {
        let (param, _) = self.body_readers().next()?;
        let segment = last_segment(&param.ty)?;
        (verb == Verb::Only("DELETE")).then(|| DiscouragedBody {
            span: segment.ident.span(),
            conditions: param.conditions.clone(),
        })
    }

    /// Nobody but an `async fn` waits for what a client sends.
    fn live_body(&self, function: &Function, errors: &mut Errors) {
        if function.signature.asyncness.is_some() {
            return;
        }
        for (param, _) in self.body_readers().filter(|(_, name)| *name == "Incoming") {
            let help =
                "take an `Upload`, which has arrived before the handler runs; or make it an `async fn`";
            errors.push(
                &param.ty,
                "no thread waits for a body that is still to come",
                help,
            );
        }
    }

    /// At most one argument reads the body, and only of methods that have one.
    fn bodies(&self, verb: Verb, errors: &mut Errors) {
        let Some((first, name)) = self.body_readers().next() else {
            return;
        };
        if let Verb::Only(method @ ("GET" | "HEAD")) = verb {
            let attribute = verb.attribute();
            let message = format!("a {method} request has no body for `{name}` to read");
            let help = format!("read a `Query<T>` instead, or use `#[post(...)]` for `#[{attribute}(...)]`");
            errors.push(&first.ty, &message, &help);
        }
        // Of those that are there only sometimes, no two may be there at once.
        let mut certain = self.body_readers().filter(|(param, _)| param.is_always_there());
        let Some((first, _)) = certain.next() else { return };
        for (second, _) in certain {
            let message = format!(
                "`{}` reads the body, which `{}` has read already",
                second.text(),
                first.text()
            );
            let help = "a request has one body: keep one of them, with a type that holds both";
            errors.push(&second.ty, &message, help);
        }
    }
}

/// A body on a method whose requests seldom have one.
pub(crate) struct DiscouragedBody {
    pub(crate) span: Span,
    pub(crate) conditions: Vec<Attribute>,
}

/// What is wrong, and what to write instead.
type Mistake = (String, String);

/// Judges one argument by its type's name; what is not wrong by its name, the compiler may judge.
fn one(ty: &Type) -> Option<Mistake> {
    match bare(ty) {
        Type::Reference(reference) => Some((
            "a handler owns its arguments, so none can be a reference".to_owned(),
            owned(&reference.elem),
        )),
        Type::ImplTrait(_) => Some((
            "a handler cannot have `impl Trait` arguments: nobody would choose the type".to_owned(),
            "write the type that this route has".to_owned(),
        )),
        Type::Path(_) => foreign(ty).or_else(|| scalar(ty)),
        Type::Infer(_) | Type::Macro(_) => None,
        _ => Some((
            format!("`{}` is not a handler parameter", text(ty)),
            LIST.to_owned(),
        )),
    }
}

/// A lifetime inside of the type: the request is gone before the handler runs.
fn borrowed(ty: &Type, function: &Function) -> Option<Mistake> {
    let is_elided = function.has_lifetime && function.signature.generics.params.is_empty();
    (is_elided && has_lifetime(ty.to_token_stream())).then(|| {
        (
            format!("`{}` borrows, but a handler owns its arguments", text(ty)),
            "use `String` for `&str` inside of the type, and remove the lifetime".to_owned(),
        )
    })
}

const LIST: &str = "parameters are `Path<T>`, `Query<T>`, `Body<T>` (JSON), `Form<T>`, `Bytes`, `String`, `Upload`, `Multipart<T>`, `Incoming`, `Header<T>`, `HeaderMap`, \
                    `Ctx<T>`, `Bearer`, `Basic`, `Cookies`, `Cancel`, `RequestId`, `Method`, `Uri`, and what derives `gopool::Param`";

/// Tokens as people write them.
pub(super) fn text(tokens: impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

fn owned(referred: &Type) -> String {
    let segment = last_segment(referred);
    match segment.map(|segment| segment.ident.to_string()).as_deref() {
        Some("str") => {
            "use `String` for the body as text, or `Path<String>` or `Query<T>` for a part of the URL"
                .to_owned()
        }
        Some(_) if Reads::of(referred) == Reads::Unknown => {
            format!("for a value that handlers share, use `Ctx<{}>`", text(referred))
        }
        _ => format!("remove the `&`: `{}`", text(referred)),
    }
}

/// What stands in `actix_web::web` that people take as arguments.
const OF_ACTIX_WEB: [&str; 12] = [
    "Bytes",
    "Data",
    "Either",
    "Form",
    "Header",
    "Json",
    "Path",
    "Payload",
    "Query",
    "Readlines",
    "ReqData",
    "ThinData",
];

/// Parameters of other frameworks, where the path begins with the name of one.
fn foreign(ty: &Type) -> Option<Mistake> {
    let Type::Path(path) = bare(ty) else { return None };
    let segments = &path.path.segments;
    let last = segments.last()?;
    let first = segments.first()?.ident.to_string();
    let frameworks = ["actix_web", "axum", "axum_extra", "rocket", "warp", "poem"];
    if segments.len() == 1 || !frameworks.contains(&first.as_str()) {
        return None;
    }
    let inner = first_type(last).map_or_else(|| "T".to_owned(), text);
    let name = last.ident.to_string();
    let help = match name.as_str() {
        "Json" => format!("use `gopool::Body<{inner}>`"),
        "Query" | "Path" | "Form" | "Header" => format!("use `gopool::{name}<{inner}>`"),
        "Data" | "State" | "Extension" => format!("use `gopool::Ctx<{inner}>`"),
        "Bytes" => "use `gopool::Bytes`".to_owned(),
        "HttpRequest" | "Request" => {
            "name what you need of it: `Method`, `Uri`, `Header<T>`, `Query<T>`, `Path<T>`, `Body<T>`"
                .to_owned()
        }
        _ => LIST.to_owned(),
    };
    Some((format!("`{}` is another framework's", text(ty)), help))
}

/// Whether it is written as one writes actix-web's. A module of the user's may be called `web`, too, so only the compiler
/// knows whether it is a parameter.
fn is_called_like_actix(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    let segments = &path.path.segments;
    let names: Vec<String> = segments.iter().map(|segment| segment.ident.to_string()).collect();
    match &names[..] {
        [name] => name == "HttpRequest",
        [module, name] => module == "web" && OF_ACTIX_WEB.contains(&name.as_str()),
        _ => false,
    }
}

/// A bare number where a parameter was meant.
fn scalar(ty: &Type) -> Option<Mistake> {
    if !is_scalar(ty) || Reads::of(ty) != Reads::Unknown {
        return None;
    }
    let name = text(ty);
    let help = format!("use `Path<{name}>` for a part of the path, or a field of `Query<T>`");
    Some((format!("`{name}` does not say where it is read from"), help))
}
