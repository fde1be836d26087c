const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Group {
        prefix: "/v1",
        tag: ::core::option::Option::Some("shop"),
        text: "All that signed-in customers may do.\n\nAnd no more.",
        limits: __gopool::Limits {
            timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(5000),
            ),
            max_body: ::core::option::Option::Some(1000000),
            ..__gopool::Limits::NONE
        },
        site: __gopool::Site {
            function: "group",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
    };
};
