#[allow(clippy::needless_pass_by_value)]
fn failed(failure: Failure) -> Error {
    failure.into_error()
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::OnFailure {
        run: |failure| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(failed(failure)));
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        },
        site: __gopool::Site {
            function: "failed",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
