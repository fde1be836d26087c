#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
async fn setup(master: &mut Master) -> Result<(), Error> {
    Ok(())
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::OnMaster {
        run: |it| {
            ::std::boxed::Box::pin(async move {
                let value = setup(it).await;
                __gopool::HookReply::finish(value)
            })
        },
        site: __gopool::Site {
            function: "setup",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
