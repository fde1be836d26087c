//! From tokens to the raw tree: the attribute's arguments and the function's signature. The body stays tokens.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Attribute, Expr, LitStr, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    token,
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

/// `key = value`, or the one option that stands alone.
fn looks_like_option(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead
        .call(Ident::parse_any)
        .is_ok_and(|word| word == "detached" || (ahead.peek(Token![=]) && !ahead.peek(Token![==])))
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
    pub(crate) signature: Signature,
    /// `false` for `fn f();`.
    pub(crate) has_body: bool,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let _: Visibility = input.parse()?;
        let signature = input.parse()?;
        let has_body = input.peek(token::Brace);
        // What follows is the compiler's to judge.
        let _: TokenStream = input.parse()?;
        Ok(Self {
            attributes,
            signature,
            has_body,
        })
    }
}
