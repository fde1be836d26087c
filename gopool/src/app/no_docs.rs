//! In place of `docs.rs` in a program without the feature, where the option that asks for it is a mistake.

use super::builder::App;
use crate::{config::Config, route::Registry, server::DocsPath};

pub(super) fn open(_: &App, _: &Registry, _: &Config) -> Result<Option<DocsPath>, Vec<String>> {
    Ok(None)
}
