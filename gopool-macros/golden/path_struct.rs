#[allow(clippy::needless_pass_by_value)]
fn post(key: Path<Key>) -> String {
    key.post
}
const _: () = {
    use ::gopool::__private as __gopool;
    const _: fn() = || {
        let _ = |r#id, r#post| Key { r#id, r#post };
    };
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/v1/users/{id}/posts/{post}"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call1(call, post, <Path<Key> as __gopool::Param>::read);
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[<Path<Key> as __gopool::Param>::SPEC],
        site: __gopool::Site {
            function: "post",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
