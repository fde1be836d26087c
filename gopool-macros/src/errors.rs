//! Collects every mistake of one phase, each on the tokens that are wrong.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far, in the order they were found.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// `message` says what is wrong; `help` says what to write instead.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: &str, help: &str) {
        let text = with_help(message, help);
        self.0.push(syn::Error::new_spanned(tokens, text));
    }

    /// For a place that has no tokens of its own.
    pub(crate) fn push_at(&mut self, span: Span, message: &str, help: &str) {
        self.0.push(syn::Error::new(span, with_help(message, help)));
    }

    /// One that has its help in it already.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, if nothing was wrong.
    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

impl From<syn::Error> for Errors {
    fn from(error: syn::Error) -> Self {
        Self(vec![error])
    }
}

fn with_help(message: &str, help: &str) -> String {
    format!("{message}\nhelp: {help}")
}
