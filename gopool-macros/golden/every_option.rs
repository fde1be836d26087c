#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
fn report(body: gp::Bytes) {
    drop(body);
}
const _: () = {
    use gp::__private as __gopool;
    fn __gopool_handle(call: &__gopool::Call) -> __gopool::Outcome {
        use __gopool::by_type::*;
        let value = report(<gp::Bytes as __gopool::Param>::read(call)?);
        let value = (&&__gopool::Probe::of(&value))
            .failure()
            .split(value)
            .map_err(__gopool::HandlerError::into_error)?;
        __gopool::Reply::reply((&&&&__gopool::Probe::of(&value)).kind().wrap(value))
    }
    const __GOPOOL_ROUTE: __gopool::Route = __gopool::Route {
        method: "POST",
        template: __gopool::Template::new("/v1/reports"),
        handler: __gopool::Handler::Pool(__gopool_handle),
        limits: __gopool::Limits {
            timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(30000),
            ),
            queue_timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(500),
            ),
            max_body: ::core::option::Option::Some(10000000),
            concurrency: ::core::option::Option::Some(3),
            detached: true,
        },
        params: &[<gp::Bytes as __gopool::Param>::SPEC],
        site: __gopool::site!("report"),
    };
    __gopool::submit! {
        __GOPOOL_ROUTE
    }
};
