#[allow(clippy::needless_pass_by_value)]
fn report(body: gp::Bytes) {
    drop(body);
}
const _: () = {
    use gp::__private as __gopool;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("POST"),
        template: __gopool::Template::new("/v1/reports"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call1(call, report, <gp::Bytes as __gopool::Param>::read);
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Isolated,
        limits: __gopool::Limits {
            timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(30000),
            ),
            queue_timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(500),
            ),
            queue_target: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(1000),
            ),
            max_body: ::core::option::Option::Some(10000000),
            body_timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(120000),
            ),
            memory: ::core::option::Option::Some(512000000),
            concurrency: ::core::option::Option::Some(3),
            weight: ::core::option::Option::Some(2),
            priority: ::core::option::Option::Some(__gopool::Priority::Critical),
            fair_by: ::core::option::Option::Some(
                __gopool::KnownBy::Header("x-api-key"),
            ),
            rate: ::core::option::Option::Some(__gopool::Rate {
                count: 20,
                seconds: 10,
                by: __gopool::KnownBy::Header("x-api-key"),
            }),
            compress: ::core::option::Option::Some(false),
            detached: true,
            fresh: true,
        },
        params: &[<gp::Bytes as __gopool::Param>::SPEC],
        site: __gopool::Site {
            function: "report",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
