//! Gives each route what the groups of its modules and the application's hooks say of it.

use super::{
    applied::{Applied, Guarded},
    around::{After, Before, Hook, RunBefore},
    entry::Route,
    group::Group,
    handler::Handler,
    site::Site,
};
use crate::template::{Overlap, Template};

/// What applies to routes, sorted.
pub(super) struct Around {
    /// From the outermost module to the innermost.
    pub(super) groups: Vec<&'static Group>,
    /// In the order in which they run.
    pub(super) before: Vec<&'static Before>,
    /// In the order in which they run.
    pub(super) after: Vec<&'static After>,
}

impl Around {
    /// Those for fewer paths stand inside of those for more: they run later before the handler, and earlier after it.
    pub(super) fn sorted(
        mut groups: Vec<&'static Group>,
        mut before: Vec<&'static Before>,
        mut after: Vec<&'static After>,
    ) -> Self {
        groups.sort_by_key(|group| (group.site.module.len(), group.site));
        before.sort_by_key(|hook| (depth(hook.below), hook.site));
        after.sort_by_key(|hook| (depth(hook.below), hook.site));
        after.reverse();
        Self {
            groups,
            before,
            after,
        }
    }

    /// The routes with all that applies to them.
    pub(super) fn mount(&self, routes: &[&'static Route]) -> Vec<&'static Route> {
        routes.iter().map(|route| self.mounted(route)).collect()
    }

    fn mounted(&self, route: &'static Route) -> &'static Route {
        let of_it = self
            .groups
            .iter()
            .copied()
            .filter(|group| group.holds(route.site));
        let groups: Vec<_> = of_it.collect();
        let prefix: String = groups.iter().map(|group| group.prefix).collect();
        let template = match prefix.is_empty() {
            true => route.template,
            false => route.template.below(&prefix),
        };
        let (before, after) = (asked(&self.before, template), asked(&self.after, template));
        if groups.is_empty() && before.is_empty() && after.is_empty() {
            return route;
        }
        let inner = groups.iter().rev();
        let of_groups = inner.fold(route.limits, |limits, group| limits.or(group.limits));
        // Once for each launch, and there is one of these in a program's life.
        Box::leak(Box::new(Route {
            template,
            limits: route
                .limits
                .or(of_groups.meant_for(route.handler, route.placement)),
            applied: Applied {
                groups: groups.leak(),
                before: before.leak(),
                after: after.leak(),
            },
            ..*route
        }))
    }

    /// Where all of it was written.
    pub(super) fn sites(&self) -> impl Iterator<Item = Site> {
        let groups = self.groups.iter().map(|group| group.site);
        let before = self.before.iter().map(|hook| hook.site);
        groups
            .chain(before)
            .chain(self.after.iter().map(|hook| hook.site))
    }

    /// What applies to no route, and what cannot apply as it says, a sentence each.
    pub(super) fn refusals(&self, routes: &[&Route]) -> Vec<String> {
        let twins = self.groups.windows(2).filter_map(|pair| twins(pair[0], pair[1]));
        let groups = self.groups.iter().filter_map(|group| {
            let is_empty = !routes.iter().any(|route| group.holds(route.site));
            is_empty.then(|| {
                format!(
                    "{} stands in the module `{}`, in which there is no route, nor below it: move it to the routes, or remove it",
                    group.site, group.site.module
                )
            })
        });
        let before = self.before.iter().filter_map(|hook| without_routes(hook, routes));
        let after = self.after.iter().filter_map(|hook| without_routes(hook, routes));
        let misplaced = self.before.iter().filter_map(|hook| before_plain(hook, routes));
        twins
            .chain(groups)
            .chain(before)
            .chain(after)
            .chain(misplaced)
            .collect()
    }
}

fn depth(below: &str) -> usize {
    below.matches('/').count()
}

fn asked<R>(hooks: &[&'static Hook<R>], template: Template) -> Vec<Guarded<Hook<R>>> {
    let guarded = |hook: &&'static Hook<R>| match template.overlap(hook.below) {
        Overlap::None => None,
        overlap => Some(Guarded {
            hook: *hook,
            is_partial: overlap == Overlap::Part,
        }),
    };
    hooks.iter().filter_map(guarded).collect()
}

/// `groups` are sorted, so those of one module stand together.
fn twins(one: &Group, two: &Group) -> Option<String> {
    let is_one = (one.site.package, one.site.module) == (two.site.package, two.site.module);
    is_one.then(|| {
        format!(
            "two groups for the module `{}`: {} and {}; keep one",
            one.site.module, one.site, two.site
        )
    })
}

/// A path that takes whatever no other takes is none that somebody can have meant.
fn without_routes<R>(hook: &Hook<R>, routes: &[&Route]) -> Option<String> {
    let is_meant = |route: &&Route| match route.template.overlap(hook.below) {
        Overlap::None => false,
        Overlap::Part => !route.template.takes_all(),
        Overlap::Whole => true,
    };
    let paths = match hook.below {
        "" => String::new(),
        below => format!(" with a path below `{below}`"),
    };
    (!routes.iter().any(is_meant)).then(|| {
        format!(
            "there is no route{paths}, for which {} is to run: correct its path, which is the whole one with the prefixes of groups, or \
             remove it",
            hook.site
        )
    })
}

fn before_plain(hook: &Before, routes: &[&Route]) -> Option<String> {
    let RunBefore::Async(_) = hook.run else {
        return None;
    };
    let is_asked = |route: &&&Route| route.template.overlap(hook.below) != Overlap::None;
    let mut plain = routes
        .iter()
        .filter(is_asked)
        .filter(|route| matches!(route.handler, Handler::Plain(_)));
    let route = plain.next()?;
    Some(format!(
        "{} is an `async fn` and would have to run before the plain `fn` of {route}, {}: write a plain `fn`, which may call \
         `gopool::block_on`, or give it a path with asynchronous routes only",
        hook.site,
        route.origin()
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{ops::ControlFlow, time::Duration};

    use super::*;
    use crate::route::{Limits, Placement};

    fn site(module: &'static str, function: &'static str, line: u32) -> Site {
        Site {
            function,
            package: "shop",
            module,
            file: "src/main.rs",
            line,
        }
    }

    fn route(path: &'static str, module: &'static str) -> &'static Route {
        Box::leak(Box::new(Route {
            site: site(module, "f", 1),
            ..*Route::example("GET", path)
        }))
    }

    fn group(module: &'static str, prefix: &'static str, limits: Limits) -> &'static Group {
        Box::leak(Box::new(Group {
            prefix,
            tag: None,
            text: "",
            limits,
            site: site(module, "group!", 2),
        }))
    }

    fn before(below: &'static str, function: &'static str) -> &'static Before {
        Box::leak(Box::new(Before {
            run: RunBefore::Plain(|_| ControlFlow::Continue(())),
            below,
            params: &[],
            site: site("shop", function, 3),
        }))
    }

    fn after(below: &'static str, function: &'static str) -> &'static After {
        Box::leak(Box::new(After {
            run: |_, response| Ok(response),
            below,
            params: &[],
            site: site("shop", function, 4),
        }))
    }

    fn grouped(groups: Vec<&'static Group>) -> Around {
        Around::sorted(groups, Vec::new(), Vec::new())
    }

    fn guarded(before: Vec<&'static Before>, after: Vec<&'static After>) -> Around {
        Around::sorted(Vec::new(), before, after)
    }

    fn seconds(timeout: u64) -> Limits {
        Limits {
            timeout: Some(Duration::from_secs(timeout)),
            ..Limits::NONE
        }
    }

    #[test]
    fn a_route_is_in_the_groups_of_its_module_and_of_those_above() {
        let around = grouped(vec![
            group("shop::api::v2", "/v2", seconds(2)),
            group("shop::api", "/api", seconds(1)),
            group("shop::apiary", "/bees", Limits::NONE),
        ]);
        let paths = around.mount(&[
            route("/a", "shop::api::v2::orders"),
            route("/b", "shop::api"),
            route("/", "shop::api"),
            route("/c", "shop"),
        ]);
        let seen: Vec<_> = paths
            .iter()
            .map(|route| {
                (
                    route.template.as_str(),
                    route.limits.timeout.map(|time| time.as_secs()),
                )
            })
            .collect();
        let expected = [
            ("/api/v2/a", Some(2)),
            ("/api/b", Some(1)),
            ("/api", Some(1)),
            ("/c", None),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_a_route_says_itself_wins_and_what_it_cannot_have_it_has_not() {
        let group = group(
            "shop",
            "",
            Limits {
                max_body: Some(7),
                body_timeout: Some(Duration::from_secs(8)),
                memory: Some(9),
                ..seconds(1)
            },
        );
        let own = Route {
            limits: seconds(5),
            ..*route("/a", "shop")
        };
        let inline = Route {
            placement: Placement::Inline,
            ..*route("/b", "shop")
        };
        let isolated = Route {
            placement: Placement::Isolated,
            ..*route("/c", "shop")
        };
        let around = grouped(vec![group]);
        let routes = [own, inline, isolated].map(|route| &*Box::leak(Box::new(route)));
        let mounted = around.mount(&routes);
        assert_eq!(mounted[0].limits.timeout, Some(Duration::from_secs(5)));
        assert_eq!(mounted[0].limits.max_body, Some(7));
        assert_eq!(mounted[1].limits.timeout, None, "nothing could interrupt it");
        assert_eq!(mounted[1].limits.max_body, Some(7));
        for mounted in &mounted {
            assert_eq!(mounted.limits.body_timeout, Some(Duration::from_secs(8)));
        }
        let memory = |at: usize| mounted[at].limits.memory;
        assert_eq!(
            (memory(0), memory(1), memory(2)),
            (None, None, Some(9)),
            "only of processes"
        );
    }

    #[test]
    fn hooks_nest_by_their_paths() {
        let around = guarded(
            vec![before("/v1/admin", "b"), before("", "a")],
            vec![after("/v1/admin", "d"), after("", "c")],
        );
        let names = |path| around.mount(&[route(path, "shop")])[0].applied.functions();
        assert_eq!(names("/v1/admin/x"), [vec!["a", "b"], vec!["d", "c"]]);
        assert_eq!(names("/v1/administrators"), [vec!["a"], vec!["c"]]);
        let plain = route("/v1", "shop");
        let nothing = guarded(vec![before("/v2", "b")], vec![]);
        assert!(
            std::ptr::eq(nothing.mount(&[plain])[0], plain),
            "nothing applies, so nothing is copied"
        );
    }

    #[test]
    fn what_applies_to_no_route_is_refused_with_its_site() {
        let text = guarded(vec![before("/v1/amdin", "guard")], vec![after("/v2", "stamp")])
            .refusals(&[route("/v1/admin", "shop"), route("/{*page}", "shop")]);
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(
            text[0].contains("`guard` (src/main.rs:3") && text[0].contains("`/v1/amdin`"),
            "{text:?}"
        );
        let text = grouped(vec![group("shop::blog", "/blog", Limits::NONE)]).refusals(&[route("/a", "shop")]);
        assert!(
            text[0].contains("shop::blog") && text[0].contains("src/main.rs:2"),
            "{text:?}"
        );
        let text = grouped(vec![
            group("shop", "/a", Limits::NONE),
            group("shop", "/b", Limits::NONE),
        ])
        .refusals(&[route("/a", "shop")]);
        assert!(text[0].contains("two groups"), "{text:?}");
        let part = guarded(vec![before("/files/secret", "guard")], vec![]);
        assert!(part.refusals(&[route("/files/{*rest}", "shop")]).is_empty());
        assert!(part.mount(&[route("/files/{*rest}", "shop")])[0].applied.before[0].is_partial);
    }

    #[test]
    fn an_asynchronous_hook_before_a_plain_handler_is_refused_naming_both() {
        let hook: &Before = Box::leak(Box::new(Before {
            run: RunBefore::Async(|_| Box::pin(async { ControlFlow::Continue(()) })),
            ..*before("", "ask")
        }));
        let text = guarded(vec![hook], vec![]).refusals(&[route("/a", "shop")]);
        assert_eq!(text.len(), 1);
        for part in ["`ask`", "GET /a", "block_on"] {
            assert!(text[0].contains(part), "{text:?}");
        }
    }
}
