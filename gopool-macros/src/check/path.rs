//! Rules for the route's path.

use syn::LitStr;

use proc_macro2::Span;

use crate::{
    errors::Errors,
    parse::{Arguments, PathArgument},
    template,
    verb::Verb,
};

/// A path whose grammar is right.
pub(super) struct RoutePath {
    pub(super) literal: LitStr,
    /// The parameters, in order.
    pub(super) names: Vec<String>,
}

/// The first argument as a path; every mistake in it is an error.
pub(super) fn check(verb: Verb, arguments: &Arguments, errors: &mut Errors) -> Option<RoutePath> {
    let attribute = verb.attribute();
    let literal = match &arguments.path {
        Some(PathArgument::Literal(literal)) => literal,
        Some(PathArgument::Other(other)) => {
            let help = format!("write it out: `#[{attribute}(\"/users/{{id}}\")]`");
            errors.push(other, "the path must be a string literal", &help);
            return None;
        }
        None => {
            let help = format!("write it first: `#[{attribute}(\"/users/{{id}}\")]`");
            let instead = arguments.options.first();
            let span = instead.map_or_else(Span::call_site, |option| option.key.span());
            errors.push_at(span, "the path is missing", &help);
            return None;
        }
    };
    match template::names(&literal.value()) {
        Ok(names) => Some(RoutePath {
            literal: literal.clone(),
            names,
        }),
        Err(mistakes) => {
            for mistake in mistakes {
                errors.push(literal, &mistake.message, &mistake.help);
            }
            None
        }
    }
}

/// A path with which others begin: constant text. Every mistake in it is an error.
pub(crate) fn prefix(literal: &LitStr, errors: &mut Errors) {
    match template::names(&literal.value()) {
        Ok(names) => {
            if let Some(name) = names.first() {
                let message = format!("`{{{name}}}` stands in a path with which others begin");
                let help = "use constant text only; names belong into the paths of routes, where an argument reads them";
                errors.push(literal, &message, help);
            }
        }
        Err(mistakes) => {
            for mistake in mistakes {
                errors.push(literal, &mistake.message, &mistake.help);
            }
        }
    }
}
