//! `#[problem(..)]` on a field: what the problem tells of it.

use syn::{Field, LitStr, Token, ext::IdentExt, meta::ParseNestedMeta};

use super::answer::{header_name, ours};
use crate::errors::Errors;

/// What becomes of the field's value.
pub(super) enum Use {
    /// A member of the document, of this name.
    Member(String),
    /// A header of this name.
    Header(String),
    /// How long the client is to wait.
    RetryAfter,
}

/// What RFC 9457 and gopool say themselves.
const RESERVED: [&str; 6] = ["type", "title", "status", "detail", "instance", "request_id"];

/// All that is to be told of the field; each mistake is one error.
pub(super) fn uses(field: &Field, errors: &mut Errors) -> Vec<Use> {
    let mut uses = Vec::new();
    for attribute in ours(&field.attrs) {
        let read = attribute.parse_nested_meta(|meta| {
            uses.push(one(field, &meta)?);
            Ok(())
        });
        if let Err(error) = read {
            errors.add(error);
        }
    }
    uses
}

fn one(field: &Field, meta: &ParseNestedMeta<'_>) -> syn::Result<Use> {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    match word.as_str() {
        "member" => member(field, meta).map(Use::Member),
        "header" => {
            let name: LitStr = meta.value()?.parse()?;
            header_name(&name)?;
            Ok(Use::Header(name.value()))
        }
        "retry_after" => Ok(Use::RetryAfter),
        _ => Err(meta.error(format!(
            "a field's `problem` has no word `{word}`\nhelp: it is `member`, `member = \"name\"`, `header = \"x-name\"` or `retry_after`"
        ))),
    }
}

/// `member`, called like the field, or `member = "name"`.
fn member(field: &Field, meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    let name = if meta.input.peek(Token![=]) {
        meta.value()?.parse::<LitStr>()?.value()
    } else if let Some(ident) = &field.ident {
        ident.unraw().to_string()
    } else {
        return Err(
            meta.error("a field without a name does not name a member\nhelp: write `member = \"name\"`")
        );
    };
    if RESERVED.contains(&name.as_str()) {
        let text = format!(
            "the member `{name}` of a problem has a meaning already\nhelp: write `member = \"another_name\"`"
        );
        return Err(meta.error(text));
    }
    Ok(name)
}
