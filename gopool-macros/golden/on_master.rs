#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
async fn setup(master: &mut Master) -> Result<(), Error> {
    Ok(())
}
const _: () = {
    use ::gopool::__private as __gopool;
    fn __gopool_run(
        master: &mut __gopool::Master,
    ) -> __gopool::LocalFuture<'_, ::core::result::Result<(), __gopool::Error>> {
        ::std::boxed::Box::pin(async move {
            let value = setup(master).await;
            __gopool::HookReply::finish(value)
        })
    }
    const SUBMIT: _ = __gopool::OnMaster {
        run: __gopool_run,
        site: __gopool::Site {
            function: "setup",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
