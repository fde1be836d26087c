#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
async fn bye(db: Ctx<Db>, log: Ctx<Log>) {}
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_run(
        contexts: &__gopool::Contexts,
    ) -> __gopool::LocalFuture<'static, ::core::result::Result<(), __gopool::Error>> {
        let value0 = <Ctx<Db> as __gopool::Shared>::take(contexts);
        let value1 = <Ctx<Log> as __gopool::Shared>::take(contexts);
        ::std::boxed::Box::pin(async move {
            let value = bye(value0?, value1?).await;
            __gopool::HookReply::finish(value)
        })
    }
    const SUBMIT: _ = __gopool::OnShutdown {
        run: __gopool_run,
        contexts: &[
            <Ctx<Db> as __gopool::Shared>::KEY,
            <Ctx<Log> as __gopool::Shared>::KEY,
        ],
        site: __gopool::Site {
            function: "bye",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
