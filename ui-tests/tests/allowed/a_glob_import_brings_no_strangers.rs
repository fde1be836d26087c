//! What other frameworks call their attributes is the user's to name: `use gopool::*` brings none of them.

use gopool::*;
use mine::*;

mod mine {
    macro_rules! seven {
        () => {
            7
        };
    }
    pub(super) use {
        seven as any, seven as connect, seven as endpoint, seven as handler, seven as route, seven as trace,
    };
}

#[get("/strangers")]
fn strangers() -> String {
    [any!(), connect!(), endpoint!(), handler!(), route!(), trace!()]
        .map(|seven: u8| seven.to_string())
        .concat()
}
