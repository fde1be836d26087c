//! `#[problem(..)]` on a variant, a struct or the whole enum: how it is answered.

use syn::{Attribute, Expr, Ident, LitInt, LitStr, Path, Token, meta::ParseNestedMeta, parenthesized};

use crate::{
    errors::Errors,
    options::{crate_path, is_header_name, wait},
    words::closest,
};

const RIGHT: &str = "write `#[problem(status = 409, title = \"Sold out\")]`";

/// The attributes called `problem`.
pub(super) fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("problem"))
}

/// What stands in the attribute.
#[derive(Default, Clone)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) title: Option<String>,
    /// The problem's `type`, a URI.
    pub(super) kind: Option<String>,
    /// What the client reads in place of the error's own text.
    pub(super) detail: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    /// When the client may come back, in milliseconds.
    pub(super) retry_after: Option<u64>,
    /// The word, if the answer is that of what is in the variant.
    pub(super) transparent: Option<Ident>,
    pub(super) krate: Option<Path>,
    /// Whether there was a mistake in it; then nothing can be said of what is missing.
    pub(super) is_broken: bool,
}

/// Every word, in the order in which messages list them.
const WORDS: [&str; 8] = [
    "status",
    "title",
    "type",
    "detail",
    "header",
    "retry_after",
    "transparent",
    "crate",
];

impl Answer {
    /// Reads all attributes called `problem`; the first mistake of each is one error.
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut answer = Self::default();
        for attribute in ours(attributes) {
            if let Err(error) = attribute.parse_nested_meta(|meta| answer.word(&meta)) {
                errors.add(error);
                answer.is_broken = true;
            }
        }
        answer
    }

    fn word(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match word.as_str() {
            "status" => self.status = Some(status(meta)?),
            "title" => set(&mut self.title, meta)?,
            "type" => set(&mut self.kind, meta)?,
            "detail" => set(&mut self.detail, meta)?,
            "header" => self.headers.push(header(meta)?),
            "retry_after" => self.retry_after = Some(wait("retry_after", &meta.value()?.parse()?)?),
            "transparent" => self.transparent = meta.path.get_ident().cloned(),
            "crate" => self.krate = crate_path(&meta.value()?.parse::<Expr>()?),
            _ => return Err(unknown(meta, &word)),
        }
        Ok(())
    }

    /// What is said here, and for the rest what is said of all.
    pub(super) fn or(self, common: &Self) -> Self {
        if self.transparent.is_some() {
            return self;
        }
        let common = common.clone();
        let mut headers = common.headers;
        headers.extend(self.headers);
        Self {
            status: self.status.or(common.status),
            title: self.title.or(common.title),
            kind: self.kind.or(common.kind),
            detail: self.detail.or(common.detail),
            headers,
            retry_after: self.retry_after.or(common.retry_after),
            is_broken: self.is_broken || common.is_broken,
            ..self
        }
    }

    /// Whether it says anything but `transparent`.
    pub(super) fn says_something(&self) -> bool {
        let texts = [&self.title, &self.kind, &self.detail];
        self.status.is_some()
            || self.retry_after.is_some()
            || !self.headers.is_empty()
            || texts.iter().any(|text| text.is_some())
    }
}

fn status(meta: &ParseNestedMeta<'_>) -> syn::Result<u16> {
    let number: LitInt = meta.value()?.parse()?;
    match number.base10_parse() {
        Ok(status @ 400..=599) => Ok(status),
        _ => {
            let text =
                format!("{number} is not the status of a failure\nhelp: use a number between 400 and 599");
            Err(syn::Error::new(number.span(), text))
        }
    }
}

fn set(text: &mut Option<String>, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    *text = Some(meta.value()?.parse::<LitStr>()?.value());
    Ok(())
}

/// `header("www-authenticate", "Basic")`
fn header(meta: &ParseNestedMeta<'_>) -> syn::Result<(String, String)> {
    let content;
    parenthesized!(content in meta.input);
    let name: LitStr = content.parse()?;
    content.parse::<Token![,]>()?;
    let value: LitStr = content.parse()?;
    header_name(&name)?;
    if !value
        .value()
        .bytes()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
    {
        let text = "the value of a header cannot have these characters\nhelp: use visible ASCII characters, spaces and tabs";
        return Err(syn::Error::new(value.span(), text));
    }
    Ok((name.value(), value.value()))
}

/// A name that a header may have.
pub(super) fn header_name(name: &LitStr) -> syn::Result<()> {
    if is_header_name(&name.value()) {
        return Ok(());
    }
    let text = format!(
        "`{}` is not the name of a header\nhelp: use letters, digits and `-`, for example `x-limit`",
        name.value()
    );
    Err(syn::Error::new(name.span(), text))
}

fn unknown(meta: &ParseNestedMeta<'_>, word: &str) -> syn::Error {
    let help = match closest(word, &WORDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => RIGHT.to_owned(),
    };
    meta.error(format!("`problem` has no word `{word}`\nhelp: {help}"))
}
