#[allow(clippy::needless_pass_by_value)]
fn only_admins(user: User) -> Result<(), Error> {
    user.check()
}
const _: () = {
    use ::gopool::__private as __gopool;
    const __GOPOOL_PARAMS: () = __gopool::checked_around(
        &[<User as __gopool::Param>::SPEC],
    );
    const SUBMIT: _ = __gopool::Before {
        run: __gopool::RunBefore::Plain(|call| {
            let it = __gopool::call1(call, only_admins, <User as __gopool::Param>::read);
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::decided(it, __gopool::BeforeReply::decide)
        }),
        below: "/v1/admin",
        params: &[<User as __gopool::Param>::SPEC],
        site: __gopool::Site {
            function: "only_admins",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
