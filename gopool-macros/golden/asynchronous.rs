#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
async fn user(id: Path<u64>, db: Ctx<Db>) -> Result<User, Error> {
    db.fetch(*id).await
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/v1/users/{id}"),
        handler: __gopool::Handler::Async(|call| ::std::boxed::Box::pin(async move {
            let it = __gopool::wait(
                    __gopool::call2(
                        &call,
                        user,
                        <Path<u64> as __gopool::Param>::read,
                        <Ctx<Db> as __gopool::Param>::read,
                    ),
                )
                .await;
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        })),
        placement: __gopool::Placement::Inline,
        limits: __gopool::Limits::NONE,
        params: &[
            <Path<u64> as __gopool::Param>::SPEC,
            <Ctx<Db> as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "user",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
