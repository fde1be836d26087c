//! What the attributes registered, brought into an order that is the same in every build, and refused if it is wrong.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{
    around::{After, Before},
    entry::Route,
    failure::OnFailure,
    group::Group,
    handler::{Handler, Placement},
    hooks::{HeaderGetter, OnMaster, OnShutdown, OnWorker},
    mount::Around,
    site::Site,
};
use crate::{
    compress,
    context::{ContextKey, Contexts},
    params::Delivery,
};

/// All that registered itself with this program.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    /// In no particular order.
    pub(crate) routes: Vec<&'static Route>,
    pub(crate) groups: Vec<&'static Group>,
    pub(crate) before: Vec<&'static Before>,
    pub(crate) after: Vec<&'static After>,
    pub(crate) on_master: Vec<&'static OnMaster>,
    pub(crate) on_worker: Vec<&'static OnWorker>,
    pub(crate) on_shutdown: Vec<&'static OnShutdown>,
    pub(crate) header_getters: Vec<&'static HeaderGetter>,
    pub(crate) on_failure: Vec<&'static OnFailure>,
}

impl Registered {
    /// Gathers what the linker kept. Its order differs between builds.
    pub(crate) fn gather() -> Self {
        Self {
            routes: inventory::iter::<Route>().collect(),
            groups: inventory::iter::<Group>().collect(),
            before: inventory::iter::<Before>().collect(),
            after: inventory::iter::<After>().collect(),
            on_master: inventory::iter::<OnMaster>().collect(),
            on_worker: inventory::iter::<OnWorker>().collect(),
            on_shutdown: inventory::iter::<OnShutdown>().collect(),
            header_getters: inventory::iter::<HeaderGetter>().collect(),
            on_failure: inventory::iter::<OnFailure>().collect(),
        }
    }
}

/// What a launch serves: sorted by path and method, without contradictions.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) routes: Vec<&'static Route>,
    pub(crate) on_master: Option<&'static OnMaster>,
    pub(crate) on_worker: Option<&'static OnWorker>,
    pub(crate) on_shutdown: Option<&'static OnShutdown>,
    pub(crate) header_getter: Option<&'static HeaderGetter>,
    pub(crate) on_failure: Option<&'static OnFailure>,
}

impl Registry {
    /// Sorts and checks; `only_crates` names the packages whose routes are welcome, all when it is empty.
    ///
    /// # Errors
    /// Every reason to refuse the launch, a sentence each.
    pub(crate) fn load(registered: Registered, only_crates: &[String]) -> Result<Self, Vec<String>> {
        let mut refusals = Vec::new();
        let around = Around::sorted(registered.groups, registered.before, registered.after);
        let mut routes = around.mount(&registered.routes);
        routes.sort_by_key(|route| (route.template, route.verb, route.site));
        refuse_none(&routes, &mut refusals);
        refuse_strangers(&routes, &around, only_crates, &mut refusals);
        if !routes.is_empty() {
            refusals.extend(around.refusals(&routes));
        }
        refuse_twins(&routes, &mut refusals);
        refuse_waiting_threads(&routes, &mut refusals);
        refuse_compressed(&routes, &mut refusals);
        if registered.header_getters.is_empty() {
            refuse_empty_headers(&routes, &mut refusals);
        }
        let registry = Self {
            on_master: at_most_one(
                "on_master",
                &registered.on_master,
                |hook| hook.site,
                &mut refusals,
            ),
            on_worker: at_most_one(
                "on_worker",
                &registered.on_worker,
                |hook| hook.site,
                &mut refusals,
            ),
            on_shutdown: at_most_one(
                "on_shutdown",
                &registered.on_shutdown,
                |hook| hook.site,
                &mut refusals,
            ),
            header_getter: at_most_one(
                "header_getter",
                &registered.header_getters,
                |hook| hook.site,
                &mut refusals,
            ),
            on_failure: at_most_one(
                "on_failure",
                &registered.on_failure,
                |hook| hook.site,
                &mut refusals,
            ),
            routes,
        };
        if refusals.is_empty() {
            Ok(registry)
        } else {
            Err(refusals)
        }
    }

    /// The shared values that handlers take and nobody provides, a sentence each. Those of isolated handlers are another matter.
    pub(crate) fn missing_contexts(&self, contexts: &Contexts) -> Vec<String> {
        let of_routes = self.taken(|route| route.placement != Placement::Isolated);
        let hooks = self.on_shutdown.iter();
        let of_hooks = hooks.flat_map(|hook| hook.contexts.iter().map(move |key| (key, hook.site)));
        let missing = of_routes.chain(of_hooks).filter(|(key, _)| !contexts.has(key));
        missing
            .map(|(key, site)| missing_context(key, site, "master.ctx(...)", "on_master"))
            .collect()
    }

    /// The same for isolated handlers and the process that runs them.
    pub(crate) fn missing_in_worker(&self, contexts: &Contexts) -> Vec<String> {
        let taken = self.taken(|route| route.placement == Placement::Isolated);
        let missing = taken.filter(|(key, _)| !contexts.has(key));
        missing
            .map(|(key, site)| missing_context(key, site, "worker.ctx(...)", "on_worker"))
            .collect()
    }

    /// The same in each process of this program, and in none of another one: which routes there are, and where they were written.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        for route in &self.routes {
            (route.verb.as_str(), route.template.as_str()).hash(&mut hasher);
            (route.placement == Placement::Isolated, route.site).hash(&mut hasher);
        }
        self.on_worker.map(|hook| hook.site).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The shared values that these routes and their hooks take, each once.
    fn taken(&self, are_meant: fn(&Route) -> bool) -> impl Iterator<Item = (&ContextKey, Site)> {
        let routes = self.routes.iter().filter(move |route| are_meant(route));
        let taken = routes.flat_map(|route| {
            route
                .needs()
                .filter_map(|(spec, site)| Some((spec.context.as_ref()?, site)))
        });
        let mut told = BTreeSet::new();
        taken.filter(move |(key, site)| told.insert((key.name(), *site)))
    }
}

fn missing_context(key: &ContextKey, site: Site, call: &str, hook: &str) -> String {
    format!(
        "nobody provides the `Ctx<{}>` that {site} takes: call `{call}` with one in `{hook}`",
        key.name()
    )
}

fn refuse_none(routes: &[&Route], refusals: &mut Vec<String>) {
    if routes.is_empty() {
        refusals.push(
            "no routes are registered: if they stand in a library crate, nothing names that crate and so the linker left it \
             out; write `gopool::link!(the_crate);` beside `main`"
                .to_owned(),
        );
    }
}

/// A dependency must not add a route unseen, nor change what is said of one.
fn refuse_strangers(routes: &[&Route], around: &Around, only_crates: &[String], refusals: &mut Vec<String>) {
    if only_crates.is_empty() {
        return;
    }
    let known: Vec<_> = only_crates.iter().map(|name| format!("`{name}`")).collect();
    let known = known.join(", ");
    let routes = routes
        .iter()
        .map(|route| (route.site.package, format!("route {route} of {}", route.origin())));
    let hooks = around.sites().map(|site| (site.package, site.to_string()));
    let strangers = routes
        .chain(hooks)
        .filter(|(package, _)| !only_crates.iter().any(|name| name == package));
    refusals.extend(strangers.map(|(_, stranger)| {
        format!("{stranger} is not welcome: `only_crates` names {known}; add the crate there or drop the dependency")
    }));
}

/// `routes` is sorted, so two of one path and method stand beside each other.
fn refuse_twins(routes: &[&Route], refusals: &mut Vec<String>) {
    for pair in routes.windows(2) {
        let [one, two] = pair else { continue };
        if (one.template, one.verb) == (two.template, two.verb) {
            refusals.push(format!(
                "two handlers for {one}: {} and {}; change the path or the method of one",
                one.origin(),
                two.origin()
            ));
        }
    }
}

/// What a route asks for and this program cannot do.
fn refuse_compressed(routes: &[&Route], refusals: &mut Vec<String>) {
    let wanting = routes.iter().filter(|route| route.limits.compress == Some(true));
    for route in wanting.filter(|_| !compress::IS_AVAILABLE) {
        refusals.push(format!(
            "`compress = true` of {route} needs gopool's feature `compress`: name it in the application's `Cargo.toml`; it is {}",
            route.origin()
        ));
    }
}

/// Without a `header_getter` only the headers cross that other parameters name, which need no `HeaderMap` to be read. What a
/// body needs for itself is none of them.
fn refuse_empty_headers(routes: &[&Route], refusals: &mut Vec<String>) {
    for route in routes {
        let takes_map = route.specs().any(|spec| spec.wants_picked_headers);
        let mut others = route.specs().filter(|spec| !spec.reads_body);
        if takes_map && others.all(|spec| spec.headers.is_empty()) {
            refusals.push(format!(
                "the `HeaderMap` that {} takes would always be empty: take a `Header<T>` that names the headers, or write a \
                 `#[gopool::header_getter]` that picks them",
                route.site
            ));
        }
    }
}

/// No thread waits for what a client sends.
fn refuse_waiting_threads(routes: &[&'static Route], refusals: &mut Vec<String>) {
    let waits = |route: &&&'static Route| {
        route.delivery() == Delivery::Live && matches!(route.handler, Handler::Plain(_))
    };
    for route in routes.iter().filter(waits) {
        refusals.push(format!(
            "the `Incoming` that {} takes is for an `async fn`: make it one, or take an `Upload`",
            route.origin()
        ));
    }
}

fn at_most_one<T>(
    attribute: &str,
    found: &[&'static T],
    site: fn(&T) -> Site,
    refusals: &mut Vec<String>,
) -> Option<&'static T> {
    let mut sites: Vec<Site> = found.iter().map(|hook| site(hook)).collect();
    if sites.len() > 1 {
        sites.sort();
        let sites: Vec<String> = sites.iter().map(Site::to_string).collect();
        refusals.push(format!(
            "{} functions have `#[{attribute}]`: {}; keep one",
            sites.len(),
            sites.join(" and ")
        ));
    }
    found.first().copied()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests;
