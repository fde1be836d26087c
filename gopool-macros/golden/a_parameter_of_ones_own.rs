#[allow(
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::must_use_candidate
)]
fn me(caller: Caller) -> String {
    caller.0
}
const _: () = {
    use ::gopool::__private::{self as __gopool, by_type::*};
    fn __gopool_handle(call: &__gopool::Call) -> __gopool::Outcome {
        __gopool::call1(call, me, <Caller as __gopool::Param>::read)
            .settle(__gopool::HandlerError::into_error)
            .choose()
            .finish(__gopool::Reply::reply)
    }
    __gopool::submit! {
        __gopool::Route { method : "GET", template : __gopool::Template::new("/v1/me"),
        handler : __gopool::Handler::Pool(__gopool_handle), limits :
        __gopool::Limits::NONE, params : __gopool::checked(& [< Caller as __gopool::Param
        > ::SPEC], false), site : __gopool::site!("me"), }
    }
};
