//! Serves what comes over a channel instead of a socket: the same application, on one event loop.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::{Arc, mpsc},
};

use actix_web::{
    HttpResponse,
    body::{self, BoxBody},
    dev::Service as _,
    http::{Method, Uri},
    rt,
    test::{TestRequest, init_service},
};
use bytes::Bytes;
use http::StatusCode;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{front::app, intake, service::Service};
use crate::master::Master;

/// Who asks: a client of this machine, as a socket would tell.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A request, and where its answer goes. An answer that breaks off is a sentence.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) request: http::Request<Bytes>,
    pub(crate) answer: mpsc::Sender<Result<http::Response<Bytes>, String>>,
}

/// Says that it is ready, then answers all that is asked, until nobody can ask any longer.
pub(crate) async fn answer_all(
    service: &Arc<Service>,
    master: &Master,
    mut asks: UnboundedReceiver<Ask>,
    ready: impl FnOnce(),
) {
    let app = Rc::new(init_service(app(service, master, &Arc::default())).await);
    ready();
    while let Some(Ask { request, answer }) = asks.recv().await {
        let app = app.clone();
        // Like a connection: a plain actix-web route that panics ends this task and nothing else.
        rt::spawn(async move {
            let is_head = request.method() == http::Method::HEAD;
            let answered = async {
                let response = match app.call(to_actix(request)?.to_request()).await {
                    Ok(response) => response.into(),
                    Err(error) => HttpResponse::from_error(error),
                };
                from_actix(response, is_head).await
            };
            // Whoever asked may have gone.
            drop(answer.send(answered.await));
        });
    }
}

/// The request as actix's parser would have made it.
fn to_actix(request: http::Request<Bytes>) -> Result<TestRequest, String> {
    let (head, body) = request.into_parts();
    let target = head.uri.to_string();
    // actix's builder panics on a target that is none.
    Uri::try_from(&*target).map_err(|error| format!("`{target}` is no target: {error}"))?;
    let method = Method::from_bytes(head.method.as_str().as_bytes()).map_err(|error| error.to_string())?;
    let request = TestRequest::default().method(method).uri(&target).peer_addr(PEER);
    let request = head.headers.iter().fold(request, |request, (name, value)| {
        request.append_header((name.as_str(), value.as_bytes()))
    });
    // With it goes its length, which is the only one that a parser would let it have.
    Ok(match body.is_empty() {
        true => request,
        false => request.set_payload(body),
    })
}

/// The response as a client would read it: the body as a whole, and none for `HEAD`.
async fn from_actix(response: HttpResponse<BoxBody>, is_head: bool) -> Result<http::Response<Bytes>, String> {
    let status = StatusCode::from_u16(response.status().as_u16()).map_err(|error| error.to_string())?;
    let headers = intake::all_headers(response.headers());
    let body = match is_head {
        true => Bytes::new(),
        false => body::to_bytes(response.into_body())
            .await
            .map_err(|error| format!("the body of the answer broke off: {error}"))?,
    };
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
