fn health() -> &'static str {
    "ok"
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/health"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call0(call, health);
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Inline,
        limits: __gopool::Limits::NONE,
        params: &[],
        site: __gopool::Site {
            function: "health",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
