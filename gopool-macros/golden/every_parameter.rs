#[allow(clippy::needless_pass_by_value)]
fn everything(
    path: Path<(u64, String)>,
    query: Option<Query<Q>>,
    body: Body<B>,
    header: Header<H>,
    headers: HeaderMap,
    ctx: Ctx<C>,
    cancel: Cancel,
    id: RequestId,
    method: Method,
    uri: Uri,
) {}
const _: () = {
    use ::gopool::__private as __gopool;
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Any,
        template: __gopool::Template::new("/v1/{a}/{*rest}"),
        handler: __gopool::Handler::Plain(|call| {
            let it = __gopool::returned(|| ::core::result::Result::Ok(
                everything(
                    <Path<(u64, String)> as __gopool::Param>::read(call)?,
                    <Option<Query<Q>> as __gopool::Param>::read(call)?,
                    <Body<B> as __gopool::Param>::read(call)?,
                    <Header<H> as __gopool::Param>::read(call)?,
                    <HeaderMap as __gopool::Param>::read(call)?,
                    <Ctx<C> as __gopool::Param>::read(call)?,
                    <Cancel as __gopool::Param>::read(call)?,
                    <RequestId as __gopool::Param>::read(call)?,
                    <Method as __gopool::Param>::read(call)?,
                    <Uri as __gopool::Param>::read(call)?,
                ),
            ));
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        }),
        placement: __gopool::Placement::Pool,
        limits: __gopool::Limits::NONE,
        params: &[
            <Path<(u64, String)> as __gopool::Param>::SPEC,
            <Option<Query<Q>> as __gopool::Param>::SPEC,
            <Body<B> as __gopool::Param>::SPEC,
            <Header<H> as __gopool::Param>::SPEC,
            <HeaderMap as __gopool::Param>::SPEC,
            <Ctx<C> as __gopool::Param>::SPEC,
            <Cancel as __gopool::Param>::SPEC,
            <RequestId as __gopool::Param>::SPEC,
            <Method as __gopool::Param>::SPEC,
            <Uri as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "everything",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
    };
};
