//! What the shop offers to programs.

mod export;
mod items;
pub(crate) mod orders;
mod pictures;
pub(crate) mod session;
mod user;

gopool::group! {
    /// Everything that there is to buy, and who buys it.
    prefix = "/v1", tag = "shop", max_body = "16KB", timeout = "5s",
}
