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
        (quote!(run), "run = \"inline\""),
        (quote!(concurrency), "concurrency = 4"),
        (quote!(weight), "weight = 3"),
        (quote!(priority), "priority = \"critical\""),
        (quote!(fair_by), "fair_by = \"x-api-key\""),
        (quote!(queue_target), "queue_target = \"200ms\""),
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
fn a_number_is_refused_when_it_has_a_type_or_is_too_large() {
    for (option, part) in [
        (quote!(timeout = 1u8), "must be a duration"),
        (quote!(max_body = 1u8), "must be a size"),
        (quote!(concurrency = 1u8), "must be a number"),
        (quote!(weight = 1u8), "must be a number"),
        (quote!(weight = 1001), "is too large"),
        (quote!(weight = 99999999999999999999), "is too large"),
        (quote!(priority = 3), "must be a text"),
        (quote!(fair_by = peer), "must be a text"),
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
        (quote!(web::Bytes), "use `gopool::Bytes`"),
        (quote!(::actix_web::web::User), "another framework's"),
        (quote!(axum::extract::State<S>), "use `gopool::Ctx<S>`"),
        (quote!(HttpRequest), "actix-web's"),
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
fn an_argument_under_a_condition_is_one_mistake() {
    for argument in [
        quote!(#[cfg(test)] x: Query<Q>),
        quote!(#[cfg(any())] x: Path<u64>),
        quote!(#[cfg_attr(test, cfg(unix))] x: Body<B>),
        quote!(
            #[cfg(test)]
            self
        ),
        quote!(#[cfg(test)] x: &str),
    ] {
        says(
            &of_get(quote!("/"), quote!(fn f(#argument) {})),
            "cannot depend on a `cfg`",
        );
    }
    let one_of_two = quote!(
        fn f(id: Path<u64>, #[cfg(unix)] body: Bytes, #[cfg(windows)] text: String) {}
    );
    assert_eq!(of_get(quote!("/{id}"), one_of_two).len(), 2);
    let harmless = quote!(
        fn f(
            #[allow(unused)]
            #[cfg_attr(test, allow(unused))]
            x: Query<Q>,
        ) {
        }
    );
    assert!(of_get(quote!("/"), harmless).is_empty());
    let hook = quote!(
        async fn bye(#[cfg(test)] db: Ctx<Db>) {}
    );
    says(
        &texts(hooks::on_shutdown(TokenStream::new(), hook)),
        "cannot depend on a `cfg`",
    );
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
