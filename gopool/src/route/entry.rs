//! One route, as an attribute registers it.

use std::{fmt, time::Duration};

use super::{
    handler::{Handler, Placement},
    site::Site,
    verb::Verb,
};
use crate::{call::RouteKey, params::Spec, template::Template};
use gopool_pool::Priority;

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
    /// What an OpenAPI document says of it.
    #[cfg(feature = "openapi")]
    pub docs: super::docs::Docs,
}

/// The limits of one route; what is `None` follows the options.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// The longest run.
    pub timeout: Option<Duration>,
    /// The longest wait.
    pub queue_timeout: Option<Duration>,
    /// The largest body, in bytes.
    pub max_body: Option<u64>,
    /// The most of its requests that run on the pool at once; of an `async fn`, of their `cpu` parts.
    pub concurrency: Option<usize>,
    /// Its part of the CPU time of the pool, beside that of other routes; 1 unless it says so.
    pub weight: Option<u32>,
    /// How urgent its requests are that say nothing themselves; normal unless it says so.
    pub priority: Option<Priority>,
    /// What tells its callers apart, that none of them may starve the others.
    pub fair_by: Option<FairBy>,
    /// For how long its requests are served in the order in which they came.
    pub queue_target: Option<Duration>,
    /// Whether it runs to its end when the client has left.
    pub detached: bool,
    /// Whether its replies are compressed for clients that take that.
    pub compress: Option<bool>,
}

/// What tells the callers of a route apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FairBy {
    /// Their address.
    Peer,
    /// What this header says, named in lower case.
    Header(&'static str),
}

impl Limits {
    /// No limit of its own.
    pub const NONE: Self = Self {
        timeout: None,
        queue_timeout: None,
        max_body: None,
        concurrency: None,
        weight: None,
        priority: None,
        fair_by: None,
        queue_target: None,
        detached: false,
        compress: None,
    };

    /// Those that the attribute set, by their names there and as they could be written there.
    pub(crate) fn set(&self) -> Vec<(&'static str, String)> {
        let time = |time: Duration| format!("{time:?}");
        let set = [
            ("timeout", self.timeout.map(time)),
            ("queue_timeout", self.queue_timeout.map(time)),
            ("queue_target", self.queue_target.map(time)),
            ("max_body", self.max_body.map(|bytes| bytes.to_string())),
            ("concurrency", self.concurrency.map(|most| most.to_string())),
            ("weight", self.weight.map(|weight| weight.to_string())),
            ("priority", self.priority.map(|priority| priority.to_string())),
            ("fair_by", self.fair_by.map(|by| by.as_str().to_owned())),
            ("detached", self.detached.then(|| true.to_string())),
            ("compress", self.compress.map(|compresses| compresses.to_string())),
        ];
        let given = |(name, value): (_, Option<_>)| Some((name, value?));
        set.into_iter().filter_map(given).collect()
    }
}

impl FairBy {
    /// The name of the header, or `peer`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Header(name) => name,
        }
    }
}

inventory::collect!(Route);

impl Route {
    /// Where and under which name the handler stands: `report (src/main.rs:12, crate shop)`.
    pub(crate) fn origin(&self) -> String {
        self.site.to_string()
    }

    /// What it is called in another process.
    pub(crate) fn key(&self) -> RouteKey {
        RouteKey::new(self.verb.as_str(), self.template)
    }

    /// Whether any of its parameters reads the body.
    pub(crate) fn reads_body(&self) -> bool {
        self.specs().any(|spec| spec.reads_body)
    }

    /// What its parameters need, and what those are made from.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &'static Spec> {
        self.params.iter().flat_map(|spec| spec.with_parts())
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
