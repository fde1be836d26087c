#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
fn post(key: Path<Key>) -> String {
    key.post
}
const _: () = {
    const _: fn() = || {
        let _ = |r#id, r#post| Key { r#id, r#post };
    };
    ::gopool::__private::submit! {
        { use ::gopool::__private:: { self as __gopool, by_type:: * }; fn
        __gopool_handle(call : & __gopool::Call) -> __gopool::Outcome {
        __gopool::call1(call, post, < Path < Key > as __gopool::Param > ::read)
        .settle(__gopool::HandlerError::into_error).choose()
        .finish(__gopool::Reply::reply) } __gopool::Route { method : "GET", template :
        __gopool::Template::new("/v1/users/{id}/posts/{post}"), handler :
        __gopool::Handler::Pool(__gopool_handle), limits : __gopool::Limits::NONE, params
        : & [< Path < Key > as __gopool::Param > ::SPEC], site : __gopool::Site {
        function : "post", package : ::core::env!("CARGO_PKG_NAME"), module :
        ::core::module_path!(), file : ::core::file!(), line : ::core::line!(), }, } }
    }
};
