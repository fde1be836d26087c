#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
/// One item.
///
/// Or none.
#[deprecated]
async fn item(
    id: Path<u64>,
    #[cfg(unix)]
    user: User,
) -> Result<impl Serialize, ShopError> {
    find(id).await
}
#[allow(deprecated)]
const _: () = {
    use ::gopool::__private as __gopool;
    const __GOPOOL_PARAMS: () = __gopool::checked(
        &[
            <Path<u64> as __gopool::Param>::SPEC,
            #[cfg(unix)]
            <User as __gopool::Param>::SPEC,
        ],
        true,
    );
    const SUBMIT: _ = __gopool::Route {
        verb: __gopool::Verb::Only("GET"),
        template: __gopool::Template::new("/v1/items/{id}"),
        handler: __gopool::Handler::Async(|call| ::std::boxed::Box::pin(async move {
            let it = __gopool::wait(
                    __gopool::returned(|| ::core::result::Result::Ok(
                        item(
                            <Path<u64> as __gopool::Param>::read(&call)?,
                            #[cfg(unix)]
                            <User as __gopool::Param>::read(&call)?,
                        ),
                    )),
                )
                .await;
            let it = __gopool::settle(&it)[()](it, __gopool::HandlerError::into_error);
            __gopool::choose(&it)[()](it, __gopool::Reply::reply)
        })),
        placement: __gopool::Placement::Inline,
        limits: __gopool::Limits::NONE,
        params: &[
            <Path<u64> as __gopool::Param>::SPEC,
            #[cfg(unix)]
            <User as __gopool::Param>::SPEC,
        ],
        site: __gopool::Site {
            function: "item",
            package: "gopool-macros",
            module: ::core::module_path!(),
            file: "",
            line: 0,
        },
        applied: __gopool::Applied::NOTHING,
        docs: __gopool::Docs {
            text: "One item.\n\nOr none.",
            is_deprecated: true,
            name: ::core::option::Option::Some("one_item"),
            tag: ::core::option::Option::Some("items"),
            describe: |it| {
                __gopool::parameter::<Path<u64>>()[()](it);
                #[cfg(unix)] __gopool::parameter::<User>()[()](it);
                __gopool::outcome::<
                    Result<__gopool::Untold, ShopError>,
                >()[()](it)[()](it);
            },
            ..__gopool::Docs::NONE
        },
    };
};
