//! Rules for a handler's arguments, each alone and all together.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{FnArg, Type};

use super::types::{Reads, bare, first_type, is_scalar, last_segment};
use crate::{
    errors::Errors,
    parse::{Function, has_lifetime},
    verb::Verb,
};

/// One argument.
pub(super) struct Param {
    pub(super) ty: Type,
    pub(super) reads: Reads,
}

impl Param {
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
    let mut params = Params {
        list: Vec::new(),
        lacks_some: false,
    };
    for argument in &function.signature.inputs {
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
                }),
            },
        }
    }
    params.bodies(verb, errors);
    params
}

impl Params {
    pub(super) fn into_types(self) -> Vec<Type> {
        self.list.into_iter().map(|param| param.ty).collect()
    }

    /// Whether the names of the types tell all that there is to check.
    pub(super) fn are_all_known(&self) -> bool {
        self.list.iter().all(|param| param.reads != Reads::Unknown)
    }

    fn body_readers(&self) -> impl Iterator<Item = (&Param, &'static str)> {
        self.list.iter().filter_map(|param| match param.reads {
            Reads::Body(name) => Some((param, name)),
            _ => None,
        })
    }

    /// The reader of a body that a method should not have, but may.
    pub(super) fn discouraged_body(&self, verb: Verb) -> Option<Span> {
        let (param, _) = self.body_readers().next()?;
        let segment = last_segment(&param.ty)?;
        (verb == Verb::Only("DELETE")).then(|| segment.ident.span())
    }

    /// At most one argument reads the body, and only of methods that have one.
    fn bodies(&self, verb: Verb, errors: &mut Errors) {
        let mut readers = self.body_readers();
        let Some((first, name)) = readers.next() else {
            return;
        };
        if let Verb::Only(method @ ("GET" | "HEAD")) = verb {
            let attribute = verb.attribute();
            let message = format!("a {method} request has no body for `{name}` to read");
            let help = format!("read a `Query<T>` instead, or use `#[post(...)]` for `#[{attribute}(...)]`");
            errors.push(&first.ty, &message, &help);
        }
        for (second, _) in readers {
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

const LIST: &str = "parameters are `Path<T>`, `Query<T>`, `Body<T>` (JSON), `Form<T>`, `Bytes`, `String`, `Header<T>`, `HeaderMap`, \
                    `Ctx<T>`, `Cancel`, `RequestId`, `Method` and `Uri`";

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

/// Parameters of other frameworks, where the path says that they are, or the name is nobody else's.
fn foreign(ty: &Type) -> Option<Mistake> {
    let Type::Path(path) = bare(ty) else { return None };
    let segments = &path.path.segments;
    let last = segments.last()?;
    let others = ["web", "actix_web", "axum", "axum_extra", "rocket", "warp", "poem"];
    let from_other = segments
        .iter()
        .take(segments.len() - 1)
        .any(|segment| others.contains(&segment.ident.to_string().as_str()));
    let name = last.ident.to_string();
    if !from_other && name != "HttpRequest" {
        return None;
    }
    let inner = first_type(last).map_or_else(|| "T".to_owned(), text);
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
    let whose = if from_other {
        "another framework's"
    } else {
        "actix-web's"
    };
    Some((format!("`{}` is {whose}", text(ty)), help))
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
