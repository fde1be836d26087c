//! What an application is made of.

use std::fmt;

use tracing_subscriber::{Layer, Registry as Spans};

use super::plan::MakeLayer;
#[cfg(feature = "openapi")]
use crate::openapi::About;
use crate::{cli, config::Options, error::Error, master::Master};

/// An application: all routes that are linked into this program, and how to serve them.
///
/// ```no_run
/// use gopool::{App, Options};
///
/// fn main() -> std::process::ExitCode {
///     App::new().options(Options { max_threads: Some(8), ..Options::default() }).start()
/// }
/// ```
#[derive(Default)]
pub struct App {
    pub(super) options: Options,
    pub(super) only_crates: Vec<String>,
    pub(super) version: Option<String>,
    #[cfg(feature = "openapi")]
    pub(super) title: Option<String>,
    #[cfg(feature = "openapi")]
    pub(super) description: Option<String>,
    pub(super) layers: Vec<MakeLayer>,
}

impl App {
    /// An application with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Options from code. The file, the environment and the command line come before them.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Refuses to launch when any other package has registered a route: a dependency must not add `/login` unseen.
    #[must_use]
    pub fn only_crates<S: Into<String>>(mut self, packages: impl IntoIterator<Item = S>) -> Self {
        self.only_crates = packages.into_iter().map(Into::into).collect();
        self
    }

    /// What `--version` says; usually `env!("CARGO_PKG_VERSION")`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// What the OpenAPI document calls the application; without it, the package that most routes stand in.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What the OpenAPI document says of the application, in Markdown.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    #[cfg(feature = "openapi")]
    pub(super) fn about(&self) -> About<'_> {
        About {
            title: self.title.as_deref(),
            version: self.version.as_deref(),
            description: self.description.as_deref(),
        }
    }

    /// Adds a layer of [`tracing_subscriber`] beside gopool's own log lines. It sees every span and event that its own filter
    /// lets through, the span of each request (target `gopool::request`) among them.
    ///
    /// `make` runs once in each master, before `on_master` and before anything is logged, and may prepare the master for what
    /// the layer needs. It is the place to start what brings threads of its own, as exporters do: before
    /// [`start`](Self::start) no thread may run. An error refuses the launch.
    ///
    /// Give the layer a filter: without one, everything down to the level `TRACE` is made for it.
    ///
    /// ```no_run
    /// use gopool::{App, Error, Master};
    /// use tracing_subscriber::{Layer, Registry, filter::LevelFilter};
    ///
    /// /// Prints every span that ends; `examples/otel` sends them to a collector.
    /// fn spans(_: &mut Master) -> Result<impl Layer<Registry> + Send + Sync + use<>, Error> {
    ///     let layer = tracing_subscriber::fmt::layer();
    ///     let layer = layer.with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE);
    ///     Ok(layer.with_filter(LevelFilter::INFO))
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     App::new().layer(spans).start()
    /// }
    /// ```
    #[must_use]
    pub fn layer<L>(mut self, make: impl Fn(&mut Master) -> Result<L, Error> + 'static) -> Self
    where
        L: Layer<Spans> + Send + Sync,
    {
        self.layers
            .push(Box::new(move |master| make(master).map(Layer::boxed)));
        self
    }

    pub(super) fn program<'a>(&'a self, name: &'a str) -> cli::Program<'a> {
        let unknown = concat!("(gopool ", env!("CARGO_PKG_VERSION"), ")");
        let version = self.version.as_deref().unwrap_or(unknown);
        cli::Program { name, version }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("options", &self.options)
            .field("only_crates", &self.only_crates)
            .field("version", &self.version)
            .field("layers", &self.layers.len())
            .finish()
    }
}
