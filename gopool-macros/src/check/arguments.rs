//! Rules for a handler's arguments, alone and against the path.

use quote::ToTokens;
use syn::{FnArg, Signature, Type, TypeTuple, spanned::Spanned};

use super::{
    PathFields,
    path::RoutePath,
    types::{Known, bare, first_type, is_scalar, last_segment},
};
use crate::errors::Errors;

/// One argument.
pub(super) struct Param {
    pub(super) ty: Type,
    /// As it was written, for messages.
    text: String,
}

/// Judges each argument, and all of them together.
pub(super) fn check(method: &str, signature: &Signature, errors: &mut Errors) -> Vec<Param> {
    let mut params = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                let help = "put it on a free function; shared state comes as `Ctx<T>`";
                errors.push(receiver, "a handler has no `self`", help);
            }
            FnArg::Typed(argument) => {
                if one(&argument.ty, errors) {
                    params.push(Param {
                        ty: (*argument.ty).clone(),
                        text: text(&argument.ty),
                    });
                }
            }
        }
    }
    bodies(method, &params, errors);
    params
}

/// Judges one argument by its type's name; gives back whether the compiler may judge it too.
fn one(ty: &Type, errors: &mut Errors) -> bool {
    let (message, help) = match bare(ty) {
        Type::Reference(reference) => (
            "a handler owns its arguments, so none can be a reference".to_owned(),
            owned(&reference.elem),
        ),
        Type::ImplTrait(_) => (
            "a handler cannot have `impl Trait` arguments: nobody would choose the type".to_owned(),
            "write the type that this route has".to_owned(),
        ),
        Type::Infer(_) => return true,
        Type::Path(_) => match foreign(ty).or_else(|| scalar(ty)) {
            Some(mistake) => mistake,
            None => return true,
        },
        Type::Macro(_) => return true,
        _ => (
            format!("`{}` is not a handler parameter", text(ty)),
            LIST.to_owned(),
        ),
    };
    errors.push(ty, &message, &help);
    false
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
        Some("HeaderMap" | "Method" | "Uri" | "RequestId" | "Bytes" | "String" | "Cancel") | None => {
            format!("remove the `&`: `{}`", text(referred))
        }
        Some(_) if !matches!(Known::of(referred), Known::Other) => {
            format!("remove the `&`: `{}`", text(referred))
        }
        Some(_) => format!("for a value that handlers share, use `Ctx<{}>`", text(referred)),
    }
}

/// Parameters of other frameworks, where the path says that they are, or the name is nobody else's.
fn foreign(ty: &Type) -> Option<(String, String)> {
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
fn scalar(ty: &Type) -> Option<(String, String)> {
    if !is_scalar(ty) || !matches!(Known::of(ty), Known::Other) {
        return None;
    }
    let name = text(ty);
    let help = format!("use `Path<{name}>` for a part of the path, or a field of `Query<T>`");
    Some((format!("`{name}` does not say where it is read from"), help))
}

/// At most one argument reads the body, and only of methods that have one.
fn bodies(method: &str, params: &[Param], errors: &mut Errors) {
    let mut readers = params.iter().filter_map(|param| match Known::of(&param.ty) {
        Known::Body(name) => Some((param, name)),
        _ => None,
    });
    let Some((first, name)) = readers.next() else {
        return;
    };
    if matches!(method, "GET" | "HEAD") {
        let attribute = super::attribute(method);
        let message = format!("a {method} request has no body for `{name}` to read");
        let help = format!("read a `Query<T>` instead, or use `#[post(...)]` for `#[{attribute}(...)]`");
        errors.push(&first.ty, &message, &help);
    }
    for (second, _) in readers {
        let message = format!(
            "`{}` reads the body, which `{}` has read already",
            second.text, first.text
        );
        let help = "a request has one body: keep one of them, with a type that holds both";
        errors.push(&second.ty, &message, help);
    }
}

/// The `Path<T>` must take the names of the path. Gives back the struct whose fields the compiler is to compare.
pub(super) fn against_path(params: &[Param], path: &RoutePath, errors: &mut Errors) -> Option<PathFields> {
    let mut readers = params.iter().filter_map(|param| match Known::of(&param.ty) {
        Known::Path(inner) => Some((param, inner)),
        _ => None,
    });
    let Some((first, inner)) = readers.next() else {
        unread(params, path, errors);
        return None;
    };
    if let Some((second, other)) = readers.next() {
        let message = format!("`{}` is a second reader of the path", second.text);
        let help = format!(
            "take all names as one tuple: `Path<({}, {})>`",
            text(inner),
            text(other)
        );
        errors.push(&second.ty, &message, &help);
        return None;
    }
    if path.names.is_empty() {
        let message = format!("the path has no `{{name}}` for `{}` to read", first.text);
        errors.push(
            &first.ty,
            &message,
            "name a part of it, for example `/users/{id}`, or remove the argument",
        );
        return None;
    }
    fits(first, inner, path, errors)
}

/// Names that nobody reads, unless an argument whose type we do not know may do it.
fn unread(params: &[Param], path: &RoutePath, errors: &mut Errors) {
    let may_read = params
        .iter()
        .any(|param| matches!(Known::of(&param.ty), Known::Other));
    if path.names.is_empty() || may_read {
        return;
    }
    let names: Vec<String> = path.names.iter().map(|name| format!("`{{{name}}}`")).collect();
    let help = match &path.names[..] {
        [name] => {
            format!("add an argument, for example `{name}: Path<u64>`, or remove `{{{name}}}` from the path")
        }
        names => format!(
            "add an argument, for example `Path(({})): Path<({})>`",
            names.join(", "),
            example(names.len())
        ),
    };
    let message = format!("no argument reads {} of the path", names.join(" and "));
    errors.push(&path.literal, &message, &help);
}

fn example(count: usize) -> String {
    vec!["String"; count].join(", ")
}

fn fits(param: &Param, inner: &Type, path: &RoutePath, errors: &mut Errors) -> Option<PathFields> {
    let count = path.names.len();
    match bare(inner) {
        Type::Tuple(tuple) => tuple_fits(tuple, path, errors),
        inner if is_scalar(inner) && count > 1 => {
            let message = format!("`{}` is one value, but the path has {count} names", param.text);
            let types = vec![text(inner); count].join(", ");
            let help = format!(
                "take them as a tuple: `Path<({types})>`, or a struct with the fields {}",
                list(path)
            );
            errors.push(&param.ty, &message, &help);
        }
        // With one name it may be a newtype, with generics a map: only a plain name with many names must be a struct.
        inner if count > 1 => {
            let plain = last_segment(inner).is_some_and(|segment| segment.arguments.is_none());
            return plain.then(|| PathFields {
                ty: inner.clone(),
                names: path.names.clone(),
                span: inner.span(),
            });
        }
        _ => {}
    }
    None
}

fn tuple_fits(tuple: &TypeTuple, path: &RoutePath, errors: &mut Errors) {
    let (have, want) = (tuple.elems.len(), path.names.len());
    if have == want {
        return;
    }
    let message = format!(
        "the tuple has {have} {}, but the path has {want}: {}",
        plural(have, "value"),
        list(path)
    );
    let mut types: Vec<String> = tuple.elems.iter().map(text).collect();
    types.resize(want, "String".to_owned());
    let help = match &types[..] {
        [one] => format!("write `Path<{one}>`"),
        many => format!("write `Path<({})>`, in the order of the path", many.join(", ")),
    };
    errors.push(tuple, &message, &help);
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

fn list(path: &RoutePath) -> String {
    let names: Vec<String> = path.names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
