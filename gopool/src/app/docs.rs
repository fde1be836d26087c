//! The page that shows the OpenAPI document, as the options ask for it.

use super::{builder::App, hidden::hidden, openapi::sentences};
use crate::{
    config::Config,
    openapi::{Document, SpecVersion},
    route::Registry,
    server::DocsPath,
};

/// The page; a document that cannot be made is told by whoever asks for it.
///
/// # Errors
/// Routes that it would hide, a sentence each.
pub(super) fn open(app: &App, registry: &Registry, config: &Config) -> Result<Option<DocsPath>, Vec<String>> {
    let Some(path) = &config.docs_url else {
        return Ok(None);
    };
    let hidden = hidden("--docs-url", path, &registry.routes);
    if !hidden.is_empty() {
        return Err(hidden);
    }
    let document = Document::of(&registry.routes, app.about(), SpecVersion::default());
    let document = document.map(|document| document.to_text());
    let document = document.map_err(|refusals| sentences(refusals).join("; "));
    Ok(Some(DocsPath::new(path, document)))
}
