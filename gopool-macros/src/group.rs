//! `group!`: what the routes of one module have in common.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::{
    check::path::prefix,
    errors::Errors,
    expand::{limits, private, site},
    options::Options,
    parse::RawOption,
    words::closest,
};

/// Every option, in the order in which messages list them.
const KEYS: [&str; 15] = [
    "prefix",
    "tag",
    "timeout",
    "queue_timeout",
    "queue_target",
    "max_body",
    "body_timeout",
    "memory",
    "weight",
    "priority",
    "fair_by",
    "rate",
    "rate_by",
    "compress",
    "crate",
];

/// What routes have of their own, and no group for them.
const OF_ROUTES: [&str; 4] = ["run", "fresh", "detached", "concurrency"];

/// What stands in the braces: `/// text`, then `key = value`.
struct Arguments {
    attributes: Vec<Attribute>,
    options: Punctuated<RawOption, Token![,]>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            options: input.parse_terminated(RawOption::parse, Token![,])?,
        })
    }
}

/// What registers the group.
pub(crate) fn group(arguments: TokenStream) -> Result<TokenStream, Errors> {
    let Arguments { attributes, options } = syn::parse2(arguments)?;
    let mut errors = Errors::default();
    let text = text(&attributes, &mut errors);
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for option in options {
        match option.key.to_string().as_str() {
            "prefix" | "tag" => own.push(option),
            key if KEYS.contains(&key) => others.push(option),
            _ => unknown(&option.key, &mut errors),
        }
    }
    let limited = Options::check(&others, &mut errors);
    let path = literal("prefix", &own, &mut errors);
    let tag = literal("tag", &own, &mut errors);
    if let Some(path) = &path {
        prefix(path, &mut errors);
    }
    if let (Some(attribute), None) = (attributes.first(), &tag) {
        let help = "add `tag = \"..\"`, or write an ordinary comment with two slashes";
        errors.push(
            attribute,
            "the text of a group describes its tag, and it has none",
            help,
        );
    }
    if errors.is_empty()
        && path.is_none()
        && tag.is_none()
        && others.iter().all(|option| option.key == "crate")
    {
        let help = "for example `gopool::group! { prefix = \"/v1\", timeout = \"5s\" }`";
        errors.push_at(Span::call_site(), "the group says nothing", help);
    }
    let (private, limits) = (private(limited.krate.as_ref()), limits(&limited));
    let (path, tag) = (
        path.map(|path| path.value()).unwrap_or_default(),
        optional(tag.as_ref()),
    );
    let site = site(&format_ident!("group"));
    errors.into_result(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            __gopool::submit! {
                __gopool::Group {
                    prefix: #path,
                    tag: #tag,
                    text: #text,
                    limits: #limits,
                    site: #site,
                }
            }
        };
    })
}

fn optional(literal: Option<&LitStr>) -> TokenStream {
    match literal {
        Some(literal) => quote!(::core::option::Option::Some(#literal)),
        None => quote!(::core::option::Option::None),
    }
}

fn unknown(key: &Ident, errors: &mut Errors) {
    let word = key.to_string();
    if OF_ROUTES.contains(&word.as_str()) {
        let message = format!("`{word}` is each route's own to say");
        return errors.push(
            key,
            &message,
            "write it into the attribute of each route that needs it",
        );
    }
    let listed: Vec<String> = KEYS.iter().map(|key| format!("`{key}`")).collect();
    let help = match closest(&word, &KEYS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a group has {}", listed.join(", ")),
    };
    errors.push(key, &format!("a group has no option `{word}`"), &help);
}

/// The text of the option with this key.
fn literal(key: &str, options: &[RawOption], errors: &mut Errors) -> Option<LitStr> {
    let mut found = options.iter().filter(|option| option.key == key);
    let first = found.next()?;
    if let Some(second) = found.next() {
        errors.push(
            &second.key,
            &format!("`{key}` is given twice"),
            "remove one of them",
        );
    }
    match &first.value {
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        })) if !literal.value().is_empty() => Some(literal.clone()),
        _ => {
            let help = match key {
                "prefix" => "for example `prefix = \"/v1\"`",
                _ => "for example `tag = \"orders\"`",
            };
            errors.push(&first.key, &format!("`{key}` needs a text"), help);
            // It said something, although nobody knows what.
            Some(LitStr::new("/", Span::call_site())).filter(|_| key == "tag")
        }
    }
}

/// The documentation, line by line.
fn text(attributes: &[Attribute], errors: &mut Errors) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        match &attribute.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(line), ..
                }) => lines.push(line.value().trim().to_owned()),
                other => errors.push(
                    other,
                    "the text of a group is a literal",
                    "write it as `/// text`",
                ),
            },
            _ => errors.push(
                attribute,
                "a group has no attributes but its text",
                "put the attribute on the routes",
            ),
        }
    }
    lines.join("\n").trim().to_owned()
}
