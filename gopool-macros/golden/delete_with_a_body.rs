#[allow(clippy::needless_pass_by_value)]
#[allow(deprecated)]
fn remove(names: Body<Names>) {}
#[allow(deprecated)]
const _: () = {
    use ::gopool::__private as __gopool;
    #[deprecated(
        note = "clients and proxies may drop the body of a DELETE request: name what to delete in the path, or use `#[post(...)]`; `#[allow(deprecated)]` on the handler keeps it"
    )]
    const BODY_OF_A_DELETE_REQUEST: () = ();
    const _: () = BODY_OF_A_DELETE_REQUEST;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("DELETE"),
        template: __gopool::Template::new("/v1/users"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call1(
                call,
                remove,
                <Body<Names> as __gopool::Param>::read,
            );
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[<Body<Names> as __gopool::Param>::SPEC],
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
