#[allow(clippy::needless_pass_by_value, unfulfilled_lint_expectations)]
#[expect(deprecated)]
fn remove(
    #[cfg(feature = "posts")]
    key: Path<Key>,
    #[cfg(not(feature = "posts"))]
    key: Path<(u64, u64)>,
    #[cfg_attr(debug_assertions, allow(unused), cfg(unix))]
    body: Bytes,
) {}
#[allow(deprecated)]
const _: () = {
    use ::gopool::__private as __gopool;
    const __GOPOOL_PARAMS: () = __gopool::checked(
        &[
            #[cfg(feature = "posts")]
            <Path<Key> as __gopool::Param>::SPEC,
            #[cfg(not(feature = "posts"))]
            <Path<(u64, u64)> as __gopool::Param>::SPEC,
            #[cfg_attr(debug_assertions, cfg(unix))]
            <Bytes as __gopool::Param>::SPEC,
        ],
        true,
    );
    #[cfg(feature = "posts")]
    const _: fn() = || {
        let _ = |r#id, r#post| Key { r#id, r#post };
    };
    #[cfg_attr(debug_assertions, cfg(unix))]
    #[deprecated(
        note = "clients and proxies may drop the body of a DELETE request: name what to delete in the path, or use `#[post(...)]`; `#[allow(deprecated)]` on the handler keeps it"
    )]
    const BODY_OF_A_DELETE_REQUEST: () = ();
    #[cfg_attr(debug_assertions, cfg(unix))]
    const _: () = BODY_OF_A_DELETE_REQUEST;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("DELETE"),
        template: __gopool::Template::new("/v1/users/{id}/{post}"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(
                remove(
                    #[cfg(feature = "posts")]
                    <Path<Key> as __gopool::Param>::read(call)?,
                    #[cfg(not(feature = "posts"))]
                    <Path<(u64, u64)> as __gopool::Param>::read(call)?,
                    #[cfg_attr(debug_assertions, cfg(unix))]
                    <Bytes as __gopool::Param>::read(call)?,
                ),
            ));
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[
            #[cfg(feature = "posts")]
            <Path<Key> as __gopool::Param>::SPEC,
            #[cfg(not(feature = "posts"))]
            <Path<(u64, u64)> as __gopool::Param>::SPEC,
            #[cfg_attr(debug_assertions, cfg(unix))]
            <Bytes as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "remove",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
