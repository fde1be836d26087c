//! What routes of one module have in common.

use super::{limits::Limits, site::Site};

/// What the routes of one module, and of the modules below it, have in common.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What their paths begin with; empty, or constant text that begins with `/` and does not end so.
    pub prefix: &'static str,
    /// What the interface's description files them under.
    pub tag: Option<&'static str>,
    /// What is said of the tag.
    pub text: &'static str,
    /// The limits of those that set none themselves.
    pub limits: Limits,
    /// Where it was written.
    pub site: Site,
}

inventory::collect!(Group);

impl Group {
    /// Whether what was written there is one of its routes.
    pub(super) fn holds(&self, site: Site) -> bool {
        let below = site.module.strip_prefix(self.site.module);
        self.site.package == site.package
            && below.is_some_and(|below| below.is_empty() || below.starts_with("::"))
    }
}
