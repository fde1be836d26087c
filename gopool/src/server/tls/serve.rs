//! What an event loop does with the connections of a TLS listener.

use actix_service::{ServiceFactory, fn_factory, fn_service};
use actix_web::dev::AppConfig;
use tokio::{net::TcpStream, time::timeout};

use super::{
    Tls,
    accept::{Opened, first_byte},
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
            let (connections, config, tls) = (self.clone(), config.clone(), tls.clone());
            async move {
                let here = connections.on_loop(config).await?;
                Ok(fn_service(move |stream: TcpStream| {
                    let (here, tls) = (here.clone(), tls.clone());
                    async move {
                        shake_hands(&here, &tls, stream).await;
                        Ok(())
                    }
                }))
            }
        })
    }
}

/// As quickly as a head has to arrive.
async fn shake_hands<A: Answerer>(here: &OnLoop<A>, tls: &Tls, stream: TcpStream) {
    let peer = stream.peer();
    let opened = async {
        tokio::select! {
            first = first_byte(&stream) => tls.accept(first?, stream).await.map(Some),
            // Who has said nothing has nothing to lose.
            () = here.stops() => Ok(None),
        }
    };
    match timeout(here.limits.head_timeout, opened).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(Opened::Tls(stream)))) => here.serve(stream, peer).await,
        Ok(Ok(Some(Opened::Plain(stream)))) => {
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
