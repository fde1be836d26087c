//! The connections that one event loop accepts from one listener.
//!
//! The clock for the `date` header wakes its event loop twice a second for as long as it lives. Here it lives as long as there are
//! connections: a server that nobody is connected to sleeps.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use actix_http::{KeepAlive, ServiceConfig};
use actix_server::GracefulShutdownSignal;
use actix_service::{ServiceFactory, fn_factory, fn_service};
use actix_web::dev::AppConfig;
use tokio::{
    io::Interest,
    net::{TcpStream, UnixStream},
};

use super::{
    connection::{self, Answerer, Limits, Stream, Terms, Unsent},
    front::front,
    service::Service,
};
use crate::master::Master;
#[cfg(feature = "tls")]
use crate::{error::Error, meter::Cut};

/// A connection as the listener gives it.
pub(super) trait Accepted: Stream {
    /// The client's address, if it has one.
    fn peer(&self) -> Option<SocketAddr>;
}

impl Accepted for TcpStream {
    fn peer(&self) -> Option<SocketAddr> {
        self.peer_addr().ok()
    }
}

impl Stream for TcpStream {
    fn is_read_closed(&self) -> bool {
        is_read_closed(self.ready(Interest::READABLE))
    }

    fn abort(&self) {
        // Without it, the client may read what is on its way, and no harm is done.
        let _ = self.set_zero_linger();
    }
}

impl Accepted for UnixStream {
    fn peer(&self) -> Option<SocketAddr> {
        None
    }
}

impl Stream for UnixStream {
    fn is_read_closed(&self) -> bool {
        is_read_closed(self.ready(Interest::READABLE))
    }

    /// These have no resets.
    fn abort(&self) {}
}

/// Whether the system has said that the client closed its side; asks, and does not wait.
fn is_read_closed(ready: impl Future<Output = std::io::Result<tokio::io::Ready>>) -> bool {
    use futures_util::FutureExt as _;
    ready
        .now_or_never()
        .is_some_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed()))
}

/// What all connections of a listener have in common.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) service: Arc<Service>,
    pub(super) master: Arc<Master>,
    /// How many event loops have started.
    pub(super) started: Arc<AtomicUsize>,
    pub(super) limits: Limits,
    pub(super) unsent: Unsent,
    /// Tells the connections that they are to end.
    pub(super) stopping: GracefulShutdownSignal,
}

impl Connections {
    /// What one event loop does with each connection.
    pub(super) fn serve<Io: Accepted>(
        self,
        config: AppConfig,
    ) -> impl ServiceFactory<Io, Config = (), Response = (), Error = (), InitError = ()> {
        fn_factory(move || {
            let (connections, config) = (self.clone(), config.clone());
            async move {
                let here = connections.on_loop(config).await?;
                Ok(fn_service(move |stream: Io| {
                    let here = here.clone();
                    async move {
                        let peer = stream.peer();
                        here.serve(stream, peer).await;
                        Ok(())
                    }
                }))
            }
        })
    }

    /// The same on this event loop.
    pub(super) async fn on_loop(&self, config: AppConfig) -> Result<OnLoop<impl Answerer + use<>>, ()> {
        let Self {
            service,
            master,
            started,
            ..
        } = self;
        Ok(OnLoop {
            front: Rc::new(front(service, master, started, config).await?),
            clock: Rc::default(),
            limits: self.limits,
            unsent: self.unsent.clone(),
            stopping: self.stopping.clone(),
        })
    }
}

/// What the connections of one listener on one event loop have in common.
pub(super) struct OnLoop<A> {
    front: Rc<A>,
    clock: Rc<RefCell<Clock>>,
    pub(super) limits: Limits,
    unsent: Unsent,
    stopping: GracefulShutdownSignal,
}

impl<A> Clone for OnLoop<A> {
    fn clone(&self) -> Self {
        Self {
            front: self.front.clone(),
            clock: self.clock.clone(),
            limits: self.limits,
            unsent: self.unsent.clone(),
            stopping: self.stopping.clone(),
        }
    }
}

impl<A: Answerer> OnLoop<A> {
    /// Serves a connection to its end.
    pub(super) async fn serve<Io: Stream>(&self, stream: Io, peer: Option<SocketAddr>) {
        let http = Clock::get(&self.clock);
        let terms = self.terms(peer, &http);
        connection::serve(stream, terms, self.stopping.notified()).await;
    }

    /// Tells a client why it is not served.
    #[cfg(feature = "tls")]
    pub(super) async fn refuse<Io: Stream>(&self, stream: Io, peer: Option<SocketAddr>, refusal: &Error) {
        let http = Clock::get(&self.clock);
        connection::refuse(stream, self.terms(peer, &http), refusal).await;
    }

    /// Ready when connections are to end.
    #[cfg(feature = "tls")]
    pub(super) async fn stops(&self) {
        self.stopping.notified().await;
    }

    /// A connection came to nothing.
    #[cfg(feature = "tls")]
    pub(super) fn cut(&self, why: Cut) {
        self.front.cut(why);
    }

    fn terms(&self, peer: Option<SocketAddr>, http: &ServiceConfig) -> Terms<'_, A> {
        Terms {
            peer,
            answerer: &self.front,
            limits: self.limits,
            unsent: self.unsent.clone(),
            http: http.clone(),
        }
    }
}

/// Keeps the clock for as long as somebody holds what it gives.
#[derive(Default)]
struct Clock(std::rc::Weak<ServiceConfig>);

impl Clock {
    fn get(clock: &RefCell<Self>) -> Rc<ServiceConfig> {
        if let Some(http) = clock.borrow().0.upgrade() {
            return http;
        }
        // Of all this only the clock is used; times and half-closed clients are the connection's own.
        let http = Rc::new(ServiceConfig::new(
            KeepAlive::Os,
            Duration::ZERO,
            Duration::ZERO,
            false,
            None,
        ));
        clock.borrow_mut().0 = Rc::downgrade(&http);
        http
    }
}

/// What plain actix-web routes are told of a server that listens on `local`.
pub(super) fn app_config(local: SocketAddr, is_tls: bool) -> AppConfig {
    // The only way to make one. It is there for `actix-test`, which needs it as we do.
    AppConfig::__priv_test_new(is_tls, local.to_string(), local)
}
