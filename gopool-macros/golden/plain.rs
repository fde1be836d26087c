#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
/// Greets.
fn hello(query: Query<Greet>, who: Header<Client>) -> Greeting {
    Greeting::of(query.name, who.user_agent)
}
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_handle(call: &__gopool::Call) -> __gopool::Outcome {
        use __gopool::by_type::*;
        let value = hello(
            <Query<Greet> as __gopool::Param>::read(call)?,
            <Header<Client> as __gopool::Param>::read(call)?,
        );
        let value = (&&__gopool::Probe::of(&value))
            .failure()
            .split(value)
            .map_err(__gopool::HandlerError::into_error)?;
        __gopool::Reply::reply((&&&&__gopool::Probe::of(&value)).kind().wrap(value))
    }
    const __GOPOOL_ROUTE: __gopool::Route = __gopool::Route {
        method: "GET",
        template: __gopool::Template::new("/v1/hello"),
        handler: __gopool::Handler::Pool(__gopool_handle),
        limits: __gopool::Limits::NONE,
        params: &[
            <Query<Greet> as __gopool::Param>::SPEC,
            <Header<Client> as __gopool::Param>::SPEC,
        ],
        site: __gopool::site!("hello"),
    };
    __gopool::submit! {
        __GOPOOL_ROUTE
    }
};
