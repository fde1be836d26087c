#[allow(clippy::needless_pass_by_value)]
fn stamp(response: Response, id: RequestId) -> Response {
    response.header("x-id", id.as_str())
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::After {
        run: |call, response| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(
                stamp(response, <RequestId as __gopool::Param>::read(call)?),
            ));
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::modified(it, __gopool::AfterReply::response)
        },
        below: "",
        params: &[<RequestId as __gopool::Param>::SPEC],
        site: __gopool::Site {
            function: "stamp",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
