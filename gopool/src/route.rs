//! Routes: what the attributes register, collected, sorted and checked at launch.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use http::HeaderMap;

use crate::{
    call::Call, context::ContextKey, context::Contexts, error::Error, master::Master, message::Response,
    params::Spec, template::Template,
};

mod load;
mod table;

pub(crate) use load::{Registered, Registry};
pub(crate) use table::Table;

/// What stands for every method in [`Route::method`].
pub(crate) const ANY_METHOD: &str = "*";

/// What a handler comes to.
pub type Outcome = Result<Response, Error>;

/// A future that stays on its event loop, so it need not be `Send`.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One route, as an attribute registers it: constant data and function pointers only.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method, or `*` for all.
    pub method: &'static str,
    /// The path.
    pub template: Template,
    /// The handler, by where it runs.
    pub handler: Handler,
    /// The limits that the attribute set.
    pub limits: Limits,
    /// What its parameters need.
    pub params: &'static [&'static Spec],
    /// Where it was written.
    pub site: Site,
}

/// A handler, by where it runs.
#[derive(Debug, Clone, Copy)]
pub enum Handler {
    /// `fn`: on the pool.
    Pool(fn(&Call) -> Outcome),
    /// `fn` with `run = "inline"`: on the event loop.
    Inline(fn(&Call) -> Outcome),
    /// `async fn`: on the event loop.
    Async(fn(Call) -> LocalFuture<'static, Outcome>),
}

/// The limits of one route; what is `None` follows the options.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// The longest run.
    pub timeout: Option<Duration>,
    /// The longest wait.
    pub queue_timeout: Option<Duration>,
    /// The largest body, in bytes.
    pub max_body: Option<u64>,
    /// The most of its requests that run on the pool at once; of an `async fn`, of their `cpu` parts.
    pub concurrency: Option<usize>,
    /// Whether it runs to its end when the client has left.
    pub detached: bool,
}

impl Limits {
    /// No limit of its own.
    pub const NONE: Self = Self {
        timeout: None,
        queue_timeout: None,
        max_body: None,
        concurrency: None,
        detached: false,
    };
}

/// Where something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The function's name.
    pub function: &'static str,
    /// The package of its crate.
    pub package: &'static str,
    /// Its module's path.
    pub module: &'static str,
    /// Its file, as the compiler names it.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
}

/// A function to run before the master serves.
#[derive(Debug, Clone, Copy)]
pub struct OnMaster {
    /// The function.
    pub run: for<'a> fn(&'a mut Master) -> LocalFuture<'a, Result<(), Error>>,
    /// Where it was written.
    pub site: Site,
}

/// A function to run when the last request has been answered.
#[derive(Debug, Clone, Copy)]
pub struct OnShutdown {
    /// The function.
    pub run: fn(&Contexts) -> LocalFuture<'static, Result<(), Error>>,
    /// The shared values that it takes.
    pub contexts: &'static [ContextKey],
    /// Where it was written.
    pub site: Site,
}

/// The function that picks the headers for handlers that take a `HeaderMap`.
#[derive(Debug, Clone, Copy)]
pub struct HeaderGetter {
    /// The function.
    pub run: fn(&HeaderMap) -> HeaderMap,
    /// Where it was written.
    pub site: Site,
}

inventory::collect!(Route);
inventory::collect!(OnMaster);
inventory::collect!(OnShutdown);
inventory::collect!(HeaderGetter);

impl Route {
    /// Where and under which name the handler stands: `report (src/main.rs:12, crate shop)`.
    pub(crate) fn origin(&self) -> String {
        self.site.to_string()
    }

    /// Whether any of its parameters reads the body.
    pub(crate) fn reads_body(&self) -> bool {
        self.params.iter().any(|spec| spec.reads_body)
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) fn example(method: &'static str, path: &'static str) -> &'static Self {
        let site = Site {
            function: "f",
            package: "shop",
            module: "shop",
            file: "src/main.rs",
            line: 1,
        };
        Box::leak(Box::new(Self {
            method,
            template: Template::new(path),
            handler: Handler::Pool(|_| Ok(Response::ok())),
            limits: Limits::NONE,
            params: &[],
            site,
        }))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = if self.method == ANY_METHOD {
            "ALL"
        } else {
            self.method
        };
        write!(f, "{method} {}", self.template.as_str())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` ({}:{}, crate `{}`)",
            self.function, self.file, self.line, self.package
        )
    }
}
