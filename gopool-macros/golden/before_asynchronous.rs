#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
async fn signed_in(token: Bearer, users: Ctx<Users>) -> Result<(), Error> {
    users.find(token).await
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Before {
        run: __gopool::RunBefore::Async(|call| ::std::boxed::Box::pin(async move {
            let it = __gopool::wait(
                    __gopool::call2(
                        &call,
                        signed_in,
                        <Bearer as __gopool::Param>::read,
                        <Ctx<Users> as __gopool::Param>::read,
                    ),
                )
                .await;
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::decided(it, __gopool::BeforeReply::decide)
        })),
        below: "",
        params: &[
            <Bearer as __gopool::Param>::SPEC,
            <Ctx<Users> as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "signed_in",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
