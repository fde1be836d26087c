//! Collects every mistake of one phase, each on the tokens that are wrong.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far, in the order they were found.
#[derive(Default)]
pub(crate) struct Errors {
    all: Vec<syn::Error>,
    /// What stands for the code that cannot be written, so that whoever uses it has no error of their own.
    stand_in: TokenStream,
}

impl Errors {
    /// `message` says what is wrong; `help` says what to write instead.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: &str, help: &str) {
        let text = with_help(message, help);
        self.all.push(syn::Error::new_spanned(tokens, text));
    }

    /// For a place that has no tokens of its own.
    pub(crate) fn push_at(&mut self, span: Span, message: &str, help: &str) {
        self.all.push(syn::Error::new(span, with_help(message, help)));
    }

    /// One that has its help in it already.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.all.push(error);
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The value, if nothing was wrong.
    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.all.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The code, if nothing was wrong. Else `stand_in` is part of what the errors become.
    pub(crate) fn into_code(mut self, code: TokenStream, stand_in: TokenStream) -> Result<TokenStream, Self> {
        self.stand_in = stand_in;
        self.into_result(code)
    }

    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.all.iter().map(ToString::to_string).collect()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        let errors = self.all.iter().map(syn::Error::to_compile_error);
        errors.chain([self.stand_in.clone()]).collect()
    }
}

impl From<syn::Error> for Errors {
    fn from(error: syn::Error) -> Self {
        Self {
            all: vec![error],
            stand_in: TokenStream::new(),
        }
    }
}

fn with_help(message: &str, help: &str) -> String {
    format!("{message}\nhelp: {help}")
}
