#[allow(clippy::needless_pass_by_value)]
fn pick(headers: &HeaderMap) -> HeaderMap {
    headers.clone()
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::HeaderGetter {
        run: pick,
        site: __gopool::Site {
            function: "pick",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
