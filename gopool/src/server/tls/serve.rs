//! What an event loop does with the connections of a TLS listener.

use actix_service::{ServiceFactory, fn_factory, fn_service};
use actix_web::dev::AppConfig;
use tokio::{net::TcpStream, time::timeout};

use super::{
    Tls,
    accept::{Handshakes, Opened},
};
use crate::{
    error::{Error, Kind},
    meter::Cut,
    server::{
        connection::Answerer,
        connections::{Accepted as _, Connections, OnLoop},
    },
};

impl Connections {
    /// As [`serve`](Self::serve), with a handshake before.
    pub(crate) fn serve_tls(
        self,
        tls: Tls,
        config: AppConfig,
    ) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()> {
        fn_factory(move || {
            let (connections, config) = (self.clone(), config.clone());
            let handshakes = Handshakes::new(tls.clone());
            async move {
                let here = connections.on_loop(config).await?;
                Ok(fn_service(move |stream: TcpStream| {
                    let (here, handshakes) = (here.clone(), handshakes.clone());
                    async move {
                        shake_hands(&here, &handshakes, stream).await;
                        Ok(())
                    }
                }))
            }
        })
    }
}

/// As quickly as a head has to arrive.
async fn shake_hands<A: Answerer>(here: &OnLoop<A>, handshakes: &Handshakes, stream: TcpStream) {
    let peer = stream.peer();
    match timeout(here.limits.head_timeout, handshakes.open(stream)).await {
        Ok(Ok(Opened::Secret(stream))) => here.serve(stream, peer).await,
        Ok(Ok(Opened::Plain(stream))) => {
            let refusal = Error::of(Kind::BadHead).detail("this port speaks TLS: ask with `https://`");
            here.refuse(stream, peer, &refusal).await;
        }
        // Scanners and old clients: no news for whoever operates the server.
        Ok(Err(error)) => {
            tracing::debug!(?peer, %error, "no handshake");
            here.cut(Cut::Handshake);
        }
        Err(_) => {
            tracing::debug!(?peer, limit = ?here.limits.head_timeout, "no handshake in time");
            here.cut(Cut::Handshake);
        }
    }
}
