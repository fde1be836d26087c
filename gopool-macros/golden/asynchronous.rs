#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
async fn user(id: Path<u64>, db: Ctx<Db>) -> Result<User, Error> {
    db.fetch(*id).await
}
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_handle(
        call: __gopool::Call,
    ) -> __gopool::LocalFuture<'static, __gopool::Outcome> {
        use __gopool::by_type::*;
        ::std::boxed::Box::pin(async move {
            let value = user(
                    <Path<u64> as __gopool::Param>::read(&call)?,
                    <Ctx<Db> as __gopool::Param>::read(&call)?,
                )
                .await;
            let value = (&&__gopool::Probe::of(&value))
                .failure()
                .split(value)
                .map_err(__gopool::HandlerError::into_error)?;
            __gopool::Reply::reply((&&&&__gopool::Probe::of(&value)).kind().wrap(value))
        })
    }
    const __GOPOOL_ROUTE: __gopool::Route = __gopool::Route {
        method: "GET",
        template: __gopool::Template::new("/v1/users/{id}"),
        handler: __gopool::Handler::Async(__gopool_handle),
        limits: __gopool::Limits::NONE,
        params: &[
            <Path<u64> as __gopool::Param>::SPEC,
            <Ctx<Db> as __gopool::Param>::SPEC,
        ],
        site: __gopool::site!("user"),
    };
    __gopool::submit! {
        __GOPOOL_ROUTE
    }
};
