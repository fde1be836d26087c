//! What the attributes say of mistakes that are variants of those in the ui tests, and what they let pass.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;

use crate::{Errors, Verb, check, header, hooks};

const GET: Verb = Verb::Only("GET");

fn texts<T>(outcome: Result<T, Errors>) -> Vec<String> {
    outcome.err().map_or_else(Vec::new, |errors| errors.texts())
}

/// What is said of `#[get(arguments)] item`.
fn of_get(arguments: TokenStream, item: TokenStream) -> Vec<String> {
    texts(check::route(GET, arguments, item))
}

/// There is one mistake, in whose text `part` stands.
#[track_caller]
fn says(mistakes: &[String], part: &str) {
    assert_eq!(mistakes.len(), 1, "{part}: {mistakes:?}");
    assert!(mistakes[0].contains(part), "{part}: {mistakes:?}");
}

/// As a `macro_rules` passes on what it matched.
fn matched(tokens: TokenStream) -> Group {
    Group::new(Delimiter::None, tokens)
}

#[test]
fn an_option_without_its_value_is_shown_with_one() {
    for (key, example) in [
        (quote!(timeout), "timeout = \"30s\""),
        (quote!(queue_timeout), "queue_timeout = \"1s\""),
        (quote!(max_body), "max_body = \"10MB\""),
        (quote!(body_timeout), "body_timeout = \"2m\""),
        (quote!(memory), "memory = \"512MB\""),
        (quote!(run), "run = \"inline\""),
        (quote!(concurrency), "concurrency = 4"),
        (quote!(weight), "weight = 3"),
        (quote!(priority), "priority = \"critical\""),
        (quote!(fair_by), "fair_by = \"x-api-key\""),
        (quote!(rate), "rate = \"20/s\""),
        (quote!(rate_by), "rate_by = \"x-api-key\""),
        (quote!(queue_target), "queue_target = \"200ms\""),
        (quote!(compress), "compress = false"),
        (quote!(crate), "crate = gopool"),
    ] {
        // The line of the key is not the line of the example.
        let mistakes = of_get(
            quote!("/", #key),
            quote!(
                fn f() {}
            ),
        );
        says(&mistakes, &format!("`{example}`"));
    }
}

#[test]
fn a_body_that_is_still_to_come_is_for_an_async_fn() {
    const POST: Verb = Verb::Only("POST");
    let of_post = |item| texts(check::route(POST, quote!("/"), item));
    for body in [
        quote!(Incoming),
        quote!(gopool::Incoming),
        quote!(Result<Incoming, Error>),
    ] {
        says(&of_post(quote!(fn f(body: #body) {})), "`async fn`");
        assert!(of_post(quote!(async fn f(body: #body) {})).is_empty());
    }
}

#[test]
fn a_number_is_refused_when_it_has_a_type_or_is_too_large() {
    for (option, part) in [
        (quote!(timeout = 1u8), "must be a duration"),
        (quote!(max_body = 1u8), "must be a size"),
        (quote!(body_timeout = 1u8), "must be a duration"),
        (quote!(memory = 1u8), "must be a size"),
        (quote!(memory = "999KB"), "is under 1MB"),
        (quote!(concurrency = 1u8), "must be a number"),
        (quote!(weight = 1u8), "must be a number"),
        (quote!(weight = 1001), "is too large"),
        (quote!(weight = 99999999999999999999), "is too large"),
        (quote!(priority = 3), "must be a text"),
        (quote!(fair_by = peer), "must be a text"),
        (quote!(compress = "no"), "must be `true` or `false`"),
        (quote!(queue_target = 1u8), "must be a duration"),
        (quote!(timeout = 99999999999999999999), "is too large"),
        (quote!(max_body = 99999999999999999999), "is too large"),
        (quote!(concurrency = 99999999999999999999), "is too large"),
    ] {
        says(
            &of_get(
                quote!("/", #option),
                quote!(
                    fn f() {}
                ),
            ),
            part,
        );
    }
}

#[test]
fn options_that_a_place_cannot_honour_and_keys_for_the_path_are_refused() {
    let f = || {
        quote!(
            fn f() {}
        )
    };
    let inline = of_get(quote!("/", run = "inline", concurrency = 2), f());
    says(&inline, "cannot be held back");
    for option in [quote!(memory = "1GB"), quote!(fresh)] {
        let pooled = of_get(quote!("/", #option), f());
        says(&pooled, "a `fn` on the pool has no process of its own");
    }
    for option in [
        quote!(weight = 2),
        quote!(priority = "normal"),
        quote!(fair_by = "peer"),
        quote!(queue_target = "1s"),
    ] {
        let inline = of_get(quote!("/", run = "inline", #option), f());
        says(&inline, "waits in no queue");
        let on_the_pool = of_get(
            quote!("/", #option),
            quote!(
                async fn f() {}
            ),
        );
        assert!(on_the_pool.is_empty(), "its `cpu` parts do: {on_the_pool:?}");
    }
    says(&of_get(quote!("/", path = "/x"), f()), "the path comes first");
    says(&of_get(quote!("/", uri = "/x"), f()), "the path comes first");
    let value = matched(quote!("10 parsecs"));
    says(&of_get(quote!("/", timeout = #value), f()), "is no duration");
}

#[test]
fn a_reference_is_answered_with_what_owns_the_same() {
    for (ty, part) in [
        (quote!(&Query<Q>), "remove the `&`: `Query<Q>`"),
        (quote!(&Method), "remove the `&`: `Method`"),
        (quote!((&Method)), "can be a reference"),
        (quote!(actix_web::Either<A, B>), "another framework's"),
        (quote!(::actix_web::web::User), "another framework's"),
        (quote!(axum::extract::State<S>), "use `gopool::Ctx<S>`"),
    ] {
        says(&of_get(quote!("/"), quote!(fn f(x: #ty) {})), part);
    }
    let ty = matched(quote!(&Method));
    says(
        &of_get(quote!("/"), quote!(fn f(x: #ty) {})),
        "can be a reference",
    );
}

#[test]
fn what_a_name_does_not_tell_is_left_to_the_compiler() {
    for (path, ty) in [
        ("/", quote!(_)),
        ("/", quote!(parameter!())),
        ("/", quote!(crate::web::User)),
        ("/", quote!(crate::web::Json<T>)),
        ("/", quote!(super::axum::State)),
        ("/", quote!(web::User)),
        ("/", quote!(web::Data<T>)),
        ("/", quote!(HttpRequest)),
        ("/", quote!(crate::http::Body)),
        ("/", quote!(super::Bytes)),
        ("/{id}", quote!(self::Query)),
        ("/", quote!(web::guards::Data)),
        ("/", quote!(self::HttpRequest)),
        ("/", quote!(<T as Of>::Path<u64>)),
        ("/{a}/{b}", quote!(Path<String<u8>>)),
        ("/{id}", quote!((Path<u64>))),
    ] {
        let mistakes = of_get(quote!(#path), quote!(fn f(x: #ty) {}));
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }
}

#[test]
fn an_optional_path_is_a_path_and_a_refused_argument_hides_what_is_missing() {
    let two = of_get(
        quote!("/{a}/{b}"),
        quote!(
            fn f(x: Option<Path<u64>>) {}
        ),
    );
    says(&two, "is one value");
    says(
        &of_get(
            quote!("/{id}"),
            quote!(
                fn f(self) {}
            ),
        ),
        "no `self`",
    );
    says(
        &of_get(
            quote!("/{id?}"),
            quote!(
                fn f() {}
            ),
        ),
        "not a valid name",
    );
}

#[test]
fn what_is_called_like_actix_is_told_apart_only_if_it_is_no_parameter() {
    for (ty, doubted) in [
        (quote!(web::Data<T>), true),
        (quote!(web::Bytes), true),
        (quote!(HttpRequest), true),
        (quote!(crate::web::Data<T>), false),
        (quote!(web::User), false),
        (quote!(web::inner::Data<T>), false),
        (quote!(Data<T>), false),
    ] {
        let route = check::route(GET, quote!("/"), quote!(fn f(x: #ty) {}));
        let params = route.map(|route| route.params).unwrap_or_default();
        assert_eq!(params.len(), 1, "{ty}");
        assert_eq!(params[0].is_called_like_actix, doubted, "{ty}");
    }
}

#[test]
fn an_argument_under_a_condition_is_judged_as_far_as_it_can_be() {
    for (path, arguments) in [
        ("/", quote!(#[cfg(test)] x: Query<Q>)),
        (
            "/{id}",
            quote!(#[cfg(unix)] id: Path<u64>, #[cfg(windows)] id: Path<String>),
        ),
        (
            "/{a}/{b}",
            quote!(#[cfg(unix)] key: Path<Key>, #[cfg(windows)] key: Path<Other>),
        ),
        (
            "/{id}",
            quote!(#[cfg(unix)] id: Path<u64>, #[cfg_attr(a, cfg(windows))] id: Path<u64>),
        ),
        ("/{id}", quote!(id: Path<u64>, #[cfg(any())] again: Path<u64>)),
    ] {
        let mistakes = of_get(quote!(#path), quote!(fn f(#arguments) {}));
        assert!(mistakes.is_empty(), "{arguments}: {mistakes:?}");
    }
    for (path, arguments, part) in [
        (
            "/",
            quote!(
                #[cfg(test)]
                self
            ),
            "no `self`",
        ),
        ("/", quote!(#[cfg(test)] x: &str), "can be a reference"),
        ("/", quote!(#[cfg(test)] x: Body<B>), "has no body"),
        ("/", quote!(#[cfg(test)] x: Path<u64>), "has no `{name}`"),
        (
            "/{id}",
            quote!(#[cfg(test)] x: Path<(u64, u64)>),
            "the tuple has 2 values",
        ),
        ("/{id}", quote!(#[cfg(test)] x: Query<Q>), "no argument reads"),
    ] {
        says(&of_get(quote!(#path), quote!(fn f(#arguments) {})), part);
    }
}

#[test]
fn the_one_argument_of_a_hook_is_always_there() {
    let none = TokenStream::new;
    let setup = hooks::on_master(
        none(),
        quote!(
            async fn f(#[cfg(test)] master: &mut Master) {}
        ),
    );
    says(&texts(setup), "must always be there");
    let pick = quote!(
        fn f(#[cfg(test)] headers: &HeaderMap) -> HeaderMap {
            headers.clone()
        }
    );
    says(&texts(hooks::header_getter(none(), pick)), "must always be there");
    let bye = hooks::on_shutdown(
        none(),
        quote!(
            async fn bye(#[cfg(test)] db: Ctx<Db>) {}
        ),
    );
    assert!(texts(bye).is_empty());
}

#[test]
fn a_status_that_no_reply_has_is_refused_also_in_a_result() {
    for ty in [
        quote!(Status<199, T>),
        quote!(Status<600, T>),
        quote!(Result<Status<42, T>, E>),
    ] {
        says(
            &of_get(quote!("/"), quote!(fn f() -> #ty {})),
            "is not the status of a reply",
        );
    }
}

#[test]
fn a_handler_keeps_the_lints_that_it_is_allowed() {
    for (attribute, allowed) in [
        (quote!(#[deprecated]), true),
        (quote!(#[allow(deprecated)]), true),
        (quote!(#[expect(deprecated)]), true),
        (quote!(#[inline]), false),
    ] {
        let route = check::route(GET, quote!("/"), quote!(#attribute fn f() {}));
        assert!(
            route.is_ok_and(|route| route.lints.is_empty() != allowed),
            "{attribute}"
        );
    }
    let delete = |attribute| {
        let route = check::route(
            Verb::Only("DELETE"),
            quote!("/"),
            quote!(#attribute fn f(x: Body<B>) {}),
        );
        route.map(|route| route.allow.to_string()).unwrap_or_default()
    };
    let expected = "unfulfilled_lint_expectations";
    assert!(delete(quote!(#[expect(deprecated, reason = "our clients can")])).contains(expected));
    assert!(!delete(quote!(#[expect(unused, reason = "deprecated")])).contains(expected));
    let public = check::route(
        GET,
        quote!("/"),
        quote!(
            pub fn f() -> u8 {}
        ),
    );
    assert!(public.is_ok_and(|route| route.allow.to_string().contains("must_use_candidate")));
}

#[test]
fn a_hook_of_another_shape_is_refused() {
    let none = TokenStream::new;
    let generic = hooks::on_master(
        none(),
        quote!(
            async fn f<T>(master: &mut Master) {}
        ),
    );
    says(&texts(generic), "cannot be generic");
    let other = hooks::on_master(
        none(),
        quote!(
            async fn f(master: &mut Other) {}
        ),
    );
    says(&texts(other), "takes one argument");
    let option = hooks::on_master(
        quote!(timeout = gp),
        quote!(
            async fn f(master: &mut Master) {}
        ),
    );
    says(&texts(option), "has no option `timeout`");
    let text = hooks::header_getter(
        none(),
        quote!(
            fn f(headers: &HeaderMap) -> String {}
        ),
    );
    says(&texts(text), "returns the `HeaderMap`");
    let borrowed = hooks::on_shutdown(
        none(),
        quote!(
            async fn f(db: &Ctx<Db>) {}
        ),
    );
    says(&texts(borrowed), "`Ctx<T>` arguments only");
}

#[test]
fn what_answers_failures_takes_one_and_is_not_async() {
    let failed = |item| texts(hooks::on_failure(TokenStream::new(), item));
    for item in [
        quote!(
            fn f() -> Error {}
        ),
        quote!(
            fn f(failure: &Failure) -> Error {}
        ),
        quote!(
            fn f(failure: Failure, id: RequestId) -> Error {}
        ),
        quote!(
            fn f(#[cfg(a)] failure: Failure) -> Error {}
        ),
    ] {
        says(&failed(item), "takes one argument");
    }
    says(
        &failed(quote!(
            async fn f(failure: Failure) -> Error {}
        )),
        "cannot be `async`",
    );
    assert!(
        failed(quote!(
            fn f(failure: gopool::Failure) -> Response {}
        ))
        .is_empty()
    );
}

#[test]
fn a_header_struct_of_another_shape_is_refused() {
    for (item, part) in [
        (
            quote!(
                struct S;
            ),
            "a struct without fields",
        ),
        (quote!(union S { a: u8 }), "a union"),
        (
            quote!(
                struct S {
                    #[header("")]
                    a: u8,
                }
            ),
            "is not the name of a header",
        ),
        (
            quote!(
                #[header("x-a")]
                struct S {
                    a: u8,
                }
            ),
            "`crate = path` only",
        ),
    ] {
        says(&texts(header::derive(item)), part);
    }
}

#[test]
fn a_header_is_named_by_its_field_in_small_letters() {
    let optional = matched(quote!(Option<u8>));
    let derived = header::derive(quote!(struct S { r#type: u8, X_Y: #optional }));
    let text = derived.map(|tokens| tokens.to_string()).unwrap_or_default();
    assert!(text.contains("\"type\"") && text.contains("\"x-y\""), "{text}");
    assert!(text.contains("optional"), "{text}");
}
