#[allow(clippy::needless_pass_by_value)]
fn me(caller: Caller) -> String {
    caller.0
}
const _: () = {
    use ::gopool::__private as __gopool;
    const __GOPOOL_PARAMS: () = __gopool::checked(
        &[<Caller as __gopool::Param>::SPEC],
        false,
    );
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/v1/me"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call1(call, me, <Caller as __gopool::Param>::read);
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[<Caller as __gopool::Param>::SPEC],
        site: __gopool::Site {
            function: "me",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
