//! What an application prepares before it serves: shared values and plain actix-web configuration.

use std::{fmt, panic::Location, sync::Arc};

use actix_service::{ServiceFactoryExt as _, apply, boxed};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse, Transform},
    web::ServiceConfig,
};

use crate::context::Contexts;

/// All that is served as an actix service, once for each event loop.
pub(crate) type Routes = boxed::BoxServiceFactory<(), ServiceRequest, ServiceResponse, Error, ()>;
/// What a middleware that [`Master::wrap`] is given sees as its inner service.
pub type RoutesService = boxed::BoxService<ServiceRequest, ServiceResponse, Error>;

/// What registers plain actix-web routes.
pub(crate) struct Configure {
    pub(crate) run: Box<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    /// Where it was given.
    pub(crate) at: &'static Location<'static>,
}

pub(crate) type Wrap = Arc<dyn Fn(Routes) -> Routes + Send + Sync>;

/// What an application prepares before it serves: the argument of its `on_master` function.
///
/// What a gopool handler cannot do, such as streaming a body, a plain actix-web route beside it can. The application then depends on
/// `actix-web` 4 as well.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use gopool::Master;
///
/// async fn countdown() -> HttpResponse {
///     let lines = (0..3).rev().map(|n| Ok::<_, std::io::Error>(format!("{n}\n").into()));
///     HttpResponse::Ok().streaming(futures_util::stream::iter(lines))
/// }
///
/// #[gopool::on_master]
/// async fn prepare(master: &mut Master) {
///     master.configure(|app| {
///         app.route("/v1/countdown", web::get().to(countdown));
///     });
/// }
/// ```
#[derive(Default)]
pub struct Master {
    pub(crate) contexts: Contexts,
    pub(crate) configure: Vec<Configure>,
    pub(crate) wrap: Vec<Wrap>,
}

impl Master {
    /// Shares `value` with every handler that takes a `Ctx<T>` of its type. A second value of one type replaces the first,
    /// and the log says so.
    pub fn ctx<T: Send + Sync + 'static>(&mut self, value: T) -> &mut Self {
        self.contexts.share(value);
        self
    }

    /// Registers plain actix-web routes, scopes and data. They are served on the event loops. `configure` runs at the launch and once for each
    /// event loop.
    ///
    /// A request is for the narrower path, as among gopool's own: the plain `/users/me` goes before the route `/users/{id}`, with all methods, and that
    /// before the plain `/{page}`; where they are alike, gopool's. A scope's middleware sees requests for its own resources only. What nobody has goes to
    /// the `default_service` that is given here last, or is gopool's 404. [`Plain`](crate::Plain) reads gopool's parameters in plain handlers, and their errors
    /// may be a [`gopool::Error`](crate::Error).
    ///
    /// A WebSocket of such a route hears of the server's end as if its client had left, and has two seconds for its last words then.
    ///
    /// The launch is refused if a plain resource has the path of one of gopool's routes, whatever their methods: one of the two would
    /// answer 405 for the other. One that has other paths besides, such as `/{page}` beside the route `/about`, is welcome.
    #[track_caller]
    pub fn configure(&mut self, configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> &mut Self {
        self.configure.push(Configure {
            run: Box::new(configure),
            at: Location::caller(),
        });
        self
    }

    /// Wraps an actix-web middleware around all that is answered, by gopool's routes, by plain ones and by nobody: the place for CORS and for headers of
    /// all answers. The last one given is the outermost. `middleware` runs once for each event loop.
    ///
    /// ```
    /// use actix_web::middleware::DefaultHeaders;
    ///
    /// #[gopool::on_master]
    /// async fn prepare(master: &mut gopool::Master) {
    ///     master.wrap(|| DefaultHeaders::new().add(("x-content-type-options", "nosniff")));
    /// }
    /// ```
    ///
    /// The crate `actix-cors` goes the same way: `master.wrap(|| Cors::default().allowed_origin("https://shop.example"))`. Compression is none of these:
    /// that of actix-web leaves the pool, see the option `--compress`.
    pub fn wrap<M, B>(&mut self, middleware: impl Fn() -> M + Send + Sync + 'static) -> &mut Self
    where
        M: Transform<
                RoutesService,
                ServiceRequest,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        self.wrap.push(Arc::new(move |routes| {
            let wrapped = apply(middleware(), routes);
            boxed::factory(wrapped.map(ServiceResponse::map_into_boxed_body))
        }));
        self
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Master")
            .field("contexts", &self.contexts)
            .field("configure", &self.configure.len())
            .field("wrap", &self.wrap.len())
            .finish()
    }
}
