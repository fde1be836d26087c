#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
#[allow(deprecated)]
fn remove(names: Body<Names>) {}
#[allow(deprecated)]
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_handle(call: &__gopool::Call) -> __gopool::Outcome {
        use __gopool::by_type::*;
        let value = remove(<Body<Names> as __gopool::Param>::read(call)?);
        let value = (&&__gopool::Probe::of(&value))
            .failure()
            .split(value)
            .map_err(__gopool::HandlerError::into_error)?;
        __gopool::Reply::reply((&&&&__gopool::Probe::of(&value)).kind().wrap(value))
    }
    #[deprecated(
        note = "clients and proxies may drop the body of a DELETE request: name what to delete in the path, or use `#[post(...)]`; `#[allow(deprecated)]` on the handler keeps it"
    )]
    const BODY_OF_A_DELETE_REQUEST: () = ();
    const _: () = BODY_OF_A_DELETE_REQUEST;
    const __GOPOOL_ROUTE: __gopool::Route = __gopool::Route {
        method: "DELETE",
        template: __gopool::Template::new("/v1/users"),
        handler: __gopool::Handler::Pool(__gopool_handle),
        limits: __gopool::Limits::NONE,
        params: &[<Body<Names> as __gopool::Param>::SPEC],
        site: __gopool::site!("remove"),
    };
    __gopool::submit! {
        __GOPOOL_ROUTE
    }
};
