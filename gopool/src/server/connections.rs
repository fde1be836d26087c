//! HTTP on the connections that one event loop accepts from one listener.
//!
//! actix's HTTP service keeps a clock for the `date` header, which wakes its event loop twice a second for as long as the
//! service lives. Here it lives as long as its connections: a server that nobody is connected to sleeps.

use std::{
    cell::RefCell,
    fmt::Debug,
    future::ready,
    net::SocketAddr,
    rc::{Rc, Weak},
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request};
use actix_server::GracefulShutdownSignal;
use actix_service::{Service, ServiceFactory, ServiceFactoryExt as _, fn_factory, fn_service};
use actix_web::{
    Error,
    dev::{AppConfig, ServiceResponse},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};

/// How long a client may take to send the head of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to close a connection that the server has closed on its side.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// What speaks HTTP.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {
    /// The client's address, if it has one.
    fn peer(&self) -> Option<SocketAddr>;
}

impl Stream for TcpStream {
    fn peer(&self) -> Option<SocketAddr> {
        self.peer_addr().ok()
    }
}

impl Stream for UnixStream {
    fn peer(&self) -> Option<SocketAddr> {
        None
    }
}

/// How to speak HTTP with clients, the same for each connection of a listener.
#[derive(Clone)]
pub(super) struct Connections {
    /// Whether a client that has closed its sending side still waits for an answer.
    pub(super) half_closed: bool,
    /// Tells the connections that they are to end.
    pub(super) stopping: GracefulShutdownSignal,
}

impl Connections {
    /// What one event loop does with each connection: it speaks HTTP on it and has `app` answer the requests.
    pub(super) fn serve<Io, A>(
        self,
        app: A,
        config: AppConfig,
    ) -> impl ServiceFactory<Io, Config = (), Response = (), Error = (), InitError = ()>
    where
        Io: Stream,
        A: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse,
                Error = Error,
                InitError = (),
            > + 'static,
    {
        fn_factory(move || {
            let connections = self.clone();
            let app = app.new_service(config.clone());
            async move {
                // Once and for all: the application may keep something of its own in it.
                let app = Rc::new(app.await?);
                let current = Rc::new(RefCell::new(Weak::new()));
                Ok(fn_service(move |stream: Io| {
                    let (connections, app, current) = (connections.clone(), app.clone(), current.clone());
                    async move {
                        let http = shared(&current, || connections.http(app).new_service(())).await?;
                        let peer = stream.peer();
                        http.call((stream, Protocol::Http1, peer)).await.map_err(drop)
                    }
                }))
            }
        })
    }

    /// actix's HTTP service, with `app` behind it.
    fn http<Io, A>(
        self,
        app: Rc<A>,
    ) -> impl ServiceFactory<
        (Io, Protocol, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = impl Debug,
        InitError = (),
    >
    where
        Io: Stream,
        A: Service<Request, Response = ServiceResponse, Error = Error> + 'static,
    {
        let app = fn_factory(move || ready(Ok::<_, ()>(app.clone())));
        HttpService::build()
            .client_request_timeout(REQUEST_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .h1_allow_half_closed(self.half_closed)
            .graceful_shutdown_signal(move || {
                let stopping = self.stopping.clone();
                async move { stopping.notified().await }
            })
            .finish(app.map_err(|error: Error| error.error_response()))
    }
}

/// What plain actix-web routes are told of a server that listens on `local`.
pub(super) fn app_config(local: SocketAddr) -> AppConfig {
    // The only way to make one. It is there for `actix-test`, which needs it as we do.
    AppConfig::__priv_test_new(false, local.to_string(), local)
}

/// What others use at this moment, or else a new one.
async fn shared<S, E, F: Future<Output = Result<S, E>>>(
    current: &RefCell<Weak<S>>,
    make: impl FnOnce() -> F,
) -> Result<Rc<S>, E> {
    if let Some(shared) = current.borrow().upgrade() {
        return Ok(shared);
    }
    let made = Rc::new(make().await?);
    current.replace(Rc::downgrade(&made));
    Ok(made)
}
