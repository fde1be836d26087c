//! From tokens to the raw tree: the attribute's arguments and the function's signature. The body stays tokens.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{
    Attribute, Expr, LitStr, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

/// What stands in the parentheses: `"/path", key = value, flag`.
pub(crate) struct Arguments {
    /// `None` when there is nothing, or an option in its place.
    pub(crate) path: Option<PathArgument>,
    pub(crate) options: Vec<RawOption>,
}

pub(crate) enum PathArgument {
    Literal(LitStr),
    Other(Expr),
}

pub(crate) struct RawOption {
    pub(crate) key: Ident,
    pub(crate) value: Option<Expr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let path = if input.is_empty() || looks_like_option(input) {
            None
        } else {
            let path = input.parse()?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Some(path)
        };
        let options = input.parse_terminated(RawOption::parse, Token![,])?;
        Ok(Self {
            path,
            options: options.into_iter().collect(),
        })
    }
}

/// Options that have no value.
const FLAGS: [&str; 2] = ["detached", "fresh"];

/// `key = value`, or one of the options that stand alone.
fn looks_like_option(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok_and(|word| {
        FLAGS.iter().any(|flag| word == flag) || (ahead.peek(Token![=]) && !ahead.peek(Token![==]))
    })
}

impl Parse for PathArgument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            input.parse().map(Self::Literal)
        } else {
            input.parse().map(Self::Other)
        }
    }
}

impl Parse for RawOption {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        // `crate` is a keyword.
        let key = input.call(Ident::parse_any)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { key, value })
    }
}

/// A function, read only as far as its signature.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    /// Whether anything stands before `fn` that widens who sees it.
    pub(crate) is_public: bool,
    pub(crate) signature: Signature,
    /// Whether anything before the body names a lifetime, but for `'static`.
    pub(crate) has_lifetime: bool,
    /// `false` for `fn f();`.
    pub(crate) has_body: bool,
}

impl Function {
    /// The body is never opened: reading it would cost more than all the rest.
    pub(crate) fn parse(item: TokenStream) -> syn::Result<Self> {
        let mut header: Vec<TokenTree> = item.into_iter().collect();
        let has_body = header.last().is_some_and(is_braced);
        if has_body {
            header.pop();
        }
        let header: TokenStream = header.into_iter().collect();
        let has_lifetime = has_lifetime(header.clone());
        let parser = |input: ParseStream| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility: Visibility = input.parse()?;
            let signature = input.parse()?;
            // What follows is the compiler's to judge.
            let _: TokenStream = input.parse()?;
            Ok(Self {
                attributes,
                is_public: !matches!(visibility, Visibility::Inherited),
                signature,
                has_lifetime,
                has_body,
            })
        };
        parser.parse2(header)
    }
}

/// Also in the invisible group that a `macro_rules` puts around its `$body`.
fn is_braced(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    match group.delimiter() {
        Delimiter::Brace => true,
        Delimiter::None => group.stream().into_iter().next().as_ref().is_some_and(is_braced),
        _ => false,
    }
}

/// Whether any of the tokens is a lifetime, but for `'static`.
pub(crate) fn has_lifetime(tokens: TokenStream) -> bool {
    let mut is_quoted = false;
    tokens.into_iter().any(|token| {
        let was_quoted = std::mem::replace(&mut is_quoted, false);
        match token {
            TokenTree::Punct(punct) => {
                is_quoted = punct.as_char() == '\'';
                false
            }
            TokenTree::Ident(ident) => was_quoted && ident != "static",
            TokenTree::Group(group) => has_lifetime(group.stream()),
            TokenTree::Literal(_) => false,
        }
    })
}
