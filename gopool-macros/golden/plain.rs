#[allow(clippy::needless_pass_by_value)]
/// Greets.
fn hello(query: Query<Greet>, who: Header<Client>) -> Greeting {
    Greeting::of(query.name, who.user_agent)
}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/v1/hello"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::call2(
                call,
                hello,
                <Query<Greet> as __gopool::Param>::read,
                <Header<Client> as __gopool::Param>::read,
            );
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[
            <Query<Greet> as __gopool::Param>::SPEC,
            <Header<Client> as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "hello",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
