//! One route, as an attribute registers it.

use std::fmt;

use super::{
    applied::Applied,
    handler::{Handler, Placement},
    limits::Limits,
    site::Site,
    verb::Verb,
};
use crate::{
    call::{Call, RouteKey},
    params::{Delivery, Spec},
    template::Template,
};

/// One route, as an attribute registers it: constant data and function pointers only.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method, or all.
    pub verb: Verb,
    /// The path.
    pub template: Template,
    /// The handler.
    pub handler: Handler,
    /// Where it runs.
    pub placement: Placement,
    /// The limits that the attribute set.
    pub limits: Limits,
    /// What its parameters need.
    pub params: &'static [&'static Spec],
    /// Where it was written.
    pub site: Site,
    /// What of the application's groups and hooks applies to it; nothing is known of that before the launch.
    pub applied: Applied,
    /// What an OpenAPI document says of it.
    #[cfg(feature = "openapi")]
    pub docs: super::docs::Docs,
}

inventory::collect!(Route);

impl Route {
    /// Where and under which name the handler stands: `report (src/main.rs:12, crate shop)`.
    pub(crate) fn origin(&self) -> String {
        match self.applied.prefixes() {
            None => self.site.to_string(),
            Some(groups) => format!("{}, below {groups}", self.site),
        }
    }

    /// What it is called in another process.
    pub(crate) fn key(&self) -> RouteKey {
        RouteKey::new(self.verb.as_str(), self.template)
    }

    /// Whether any of its parameters reads the body.
    pub(crate) fn reads_body(&self) -> bool {
        self.specs().any(|spec| spec.reads_body)
    }

    /// How its body comes to whichever of them reads it.
    pub(crate) fn delivery(&self) -> Delivery {
        let mut readers = self.specs().filter(|spec| spec.reads_body);
        readers.next().map_or(Delivery::Memory, |spec| spec.delivery)
    }

    /// What that one wants to have done with it before a handler on an event loop is called.
    pub(crate) fn prepare(&self) -> Option<fn(&Call)> {
        self.specs().find_map(|spec| spec.prepare)
    }

    /// What its parameters need and those of its hooks, and what those are made from.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &'static Spec> {
        self.needs().map(|(spec, _)| spec)
    }

    /// The same, each with the function that takes it.
    pub(crate) fn needs(&self) -> impl Iterator<Item = (&'static Spec, Site)> {
        let own = self.params.iter().map(|spec| (*spec, self.site));
        let all = own.chain(self.applied.needs());
        all.flat_map(|(spec, site)| spec.with_parts().map(move |part| (part, site)))
    }

    /// How it runs, as tables name it; `has_pool` is false for a program on one thread.
    pub(crate) fn runs(&self, has_pool: bool) -> &'static str {
        match (self.handler, self.placement) {
            (Handler::Async(_), _) => "async",
            (Handler::Plain(_), Placement::Pool) if has_pool => "pool",
            (Handler::Plain(_), Placement::Isolated) if has_pool => "isolated",
            (Handler::Plain(_), _) => "inline",
        }
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) fn example(method: &'static str, path: &'static str) -> &'static Self {
        let verb = if method == "ALL" {
            Verb::Any
        } else {
            Verb::Only(method)
        };
        let site = Site {
            function: "f",
            package: "shop",
            module: "shop",
            file: "src/main.rs",
            line: 1,
        };
        Box::leak(Box::new(Self {
            verb,
            template: Template::new(path),
            handler: Handler::Plain(|_| Ok(crate::message::Response::ok())),
            placement: Placement::Pool,
            limits: Limits::NONE,
            params: &[],
            site,
            applied: Applied::NOTHING,
            #[cfg(feature = "openapi")]
            docs: super::docs::Docs::NONE,
        }))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.template.as_str())
    }
}
