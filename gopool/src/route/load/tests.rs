use super::*;
use crate::params::Spec;

const WANTS_TEXT: &[&Spec] = &[&Spec {
    context: Some(ContextKey::of::<String>()),
    ..Spec::NONE
}];

fn route(method: &'static str, path: &'static str, package: &'static str, line: u32) -> &'static Route {
    Box::leak(Box::new(Route {
        site: site(package, line),
        ..*Route::example(method, path)
    }))
}

fn site(package: &'static str, line: u32) -> Site {
    Site {
        function: "f",
        package,
        module: package,
        file: "src/main.rs",
        line,
    }
}

fn taking(params: &'static [&'static Spec]) -> &'static Route {
    Box::leak(Box::new(Route {
        params,
        ..*route("GET", "/a", "shop", 7)
    }))
}

fn getter(line: u32) -> &'static HeaderGetter {
    Box::leak(Box::new(HeaderGetter {
        run: Clone::clone,
        site: site("shop", line),
    }))
}

fn refusals(routes: Vec<&'static Route>, only_crates: &[String]) -> Vec<String> {
    Registry::load(
        Registered {
            routes,
            ..Registered::default()
        },
        only_crates,
    )
    .unwrap_err()
}

#[test]
fn routes_are_sorted_by_path_and_method_whatever_the_linker_did() {
    let routes = vec![
        route("POST", "/b", "x", 1),
        route("GET", "/b", "x", 2),
        route("GET", "/a", "x", 3),
    ];
    let registry = Registry::load(
        Registered {
            routes,
            ..Registered::default()
        },
        &[],
    )
    .unwrap();
    let order: Vec<String> = registry.routes.iter().map(|route| route.to_string()).collect();
    assert_eq!(order, ["GET /a", "GET /b", "POST /b"]);
}

#[test]
fn the_fingerprint_is_that_of_the_routes_and_where_they_were_written() {
    let fingerprint = |routes: &[(&'static str, u32)]| {
        let routes = routes.iter().map(|(path, line)| route("GET", path, "x", *line));
        let registered = Registered {
            routes: routes.collect(),
            ..Registered::default()
        };
        Registry::load(registered, &[]).unwrap().fingerprint()
    };
    let this = fingerprint(&[("/a", 1), ("/b", 2)]);
    assert_eq!(
        fingerprint(&[("/b", 2), ("/a", 1)]),
        this,
        "the linker's order is none"
    );
    for another in [&[("/a", 1)][..], &[("/a", 1), ("/b", 3)], &[("/a", 1), ("/c", 2)]] {
        assert_ne!(fingerprint(another), this, "{another:?}");
    }
}

#[test]
fn no_routes_at_all_name_the_cause_and_the_cure() {
    let text = refusals(vec![], &[]).join("\n");
    assert!(
        text.contains("library crate") && text.contains("gopool::link!"),
        "{text}"
    );
}

#[test]
fn two_handlers_for_one_route_are_refused_naming_both() {
    let text = refusals(
        vec![route("GET", "/a", "shop", 3), route("GET", "/a", "blog", 9)],
        &[],
    )
    .join("\n");
    for part in [
        "GET /a",
        "src/main.rs:3, crate `shop`",
        "src/main.rs:9, crate `blog`",
    ] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn a_route_of_an_unwelcome_crate_is_refused() {
    let text = refusals(
        vec![route("GET", "/a", "shop", 1), route("GET", "/login", "evil", 2)],
        &["shop".into()],
    );
    assert_eq!(text.len(), 1);
    assert!(text[0].contains("/login") && text[0].contains("evil"), "{text:?}");
}

#[test]
fn a_hook_of_an_unwelcome_crate_is_refused() {
    let hook = Box::leak(Box::new(After {
        run: |_, response| Ok(response),
        below: "",
        params: &[],
        site: site("evil", 9),
    }));
    let registered = Registered {
        routes: vec![route("GET", "/a", "shop", 1)],
        after: vec![hook],
        ..Registered::default()
    };
    let text = Registry::load(registered, &["shop".into()]).unwrap_err();
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(text[0].contains("src/main.rs:9, crate `evil`"), "{text:?}");
}

#[test]
fn a_shared_value_that_a_hook_takes_is_asked_for_once_and_names_the_hook() {
    let hook = Box::leak(Box::new(After {
        run: |_, response| Ok(response),
        below: "",
        params: WANTS_TEXT,
        site: site("shop", 9),
    }));
    let registered = Registered {
        routes: vec![route("GET", "/a", "shop", 1), route("GET", "/b", "shop", 2)],
        after: vec![hook],
        ..Registered::default()
    };
    let registry = Registry::load(registered, &[]).unwrap();
    let text = registry.missing_contexts(&Contexts::default());
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(text[0].contains("src/main.rs:9"), "{text:?}");
}

#[test]
fn two_hooks_of_one_kind_are_refused_naming_both() {
    let registered = Registered {
        routes: vec![route("GET", "/a", "shop", 1)],
        header_getters: vec![getter(5), getter(4)],
        ..Registered::default()
    };
    let text = Registry::load(registered, &[]).unwrap_err().join("\n");
    assert!(
        text.contains("header_getter") && text.contains(":4") && text.contains(":5"),
        "{text}"
    );
}

#[test]
fn a_header_map_that_nobody_fills_is_refused_naming_its_handler() {
    const MAP: Spec = Spec {
        wants_picked_headers: true,
        ..Spec::NONE
    };
    const BODY: Spec = Spec {
        reads_body: true,
        headers: &["content-type"],
        ..Spec::NONE
    };
    const NAMED: Spec = Spec {
        headers: &["x-tenant"],
        ..Spec::NONE
    };
    let text = refusals(vec![taking(&[&BODY, &MAP]), taking(&[&MAP, &NAMED])], &[]);
    let (twins, empty): (Vec<_>, Vec<_>) = text.iter().partition(|text| text.contains("two handlers"));
    assert_eq!((twins.len(), empty.len()), (1, 1), "{text:?}");
    assert!(
        empty[0].contains("src/main.rs:7") && empty[0].contains("header_getter"),
        "{empty:?}"
    );
    let picked = Registered {
        routes: vec![taking(&[&MAP])],
        header_getters: vec![getter(5)],
        ..Registered::default()
    };
    assert!(Registry::load(picked, &[]).is_ok());
}

#[test]
fn a_shared_value_that_nobody_provides_names_the_handler() {
    let routes = vec![taking(WANTS_TEXT)];
    let registry = Registry::load(
        Registered {
            routes,
            ..Registered::default()
        },
        &[],
    )
    .unwrap();
    let text = registry.missing_contexts(&Contexts::default()).join("\n");
    assert!(
        text.contains("String") && text.contains("src/main.rs:7"),
        "{text}"
    );
    let mut contexts = Contexts::default();
    contexts.insert(String::new());
    assert!(registry.missing_contexts(&contexts).is_empty());
}

#[test]
fn a_thread_that_would_wait_for_its_client_is_refused() {
    const LIVE: Spec = Spec {
        reads_body: true,
        delivery: Delivery::Live,
        ..Spec::NONE
    };
    let mut refusals = Vec::new();
    refuse_waiting_threads(
        &[taking(&[&Spec::NONE, &LIVE]), taking(&[&Spec::NONE])],
        &mut refusals,
    );
    assert_eq!(refusals.len(), 1);
    assert!(
        refusals[0].contains("async fn") && refusals[0].contains("`f` (src/main.rs:7"),
        "{refusals:?}"
    );
}
