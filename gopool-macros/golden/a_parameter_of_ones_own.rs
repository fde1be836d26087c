#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
fn me(caller: Caller) -> String {
    caller.0
}
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_handle(call: &__gopool::Call) -> __gopool::Outcome {
        use __gopool::by_type::*;
        let value = me(<Caller as __gopool::Param>::read(call)?);
        let value = (&&__gopool::Probe::of(&value))
            .failure()
            .split(value)
            .map_err(__gopool::HandlerError::into_error)?;
        __gopool::Reply::reply((&&&&__gopool::Probe::of(&value)).kind().wrap(value))
    }
    const __GOPOOL_ROUTE: __gopool::Route = __gopool::Route {
        method: "GET",
        template: __gopool::Template::new("/v1/me"),
        handler: __gopool::Handler::Pool(__gopool_handle),
        limits: __gopool::Limits::NONE,
        params: __gopool::checked(&[<Caller as __gopool::Param>::SPEC], false),
        site: __gopool::site!("me"),
    };
    __gopool::submit! {
        __GOPOOL_ROUTE
    }
};
