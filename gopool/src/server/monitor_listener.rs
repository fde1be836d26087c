//! The monitor's own address: a listener, a thread and a runtime apart from all that it watches, so that it answers when they
//! cannot.

use std::{
    io,
    net::TcpListener,
    thread::{Builder, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpServer,
    rt::{System, spawn, task::spawn_blocking, time::sleep},
    web,
};
use tokio::sync::oneshot;

use super::monitor_path::{Until, respond};
use crate::monitor::Pages;

/// How often a successor tries to get the address.
const TRY: Duration = Duration::from_millis(20);

/// The pages at an address of their own, until it is closed or dropped.
#[derive(Debug)]
pub(crate) struct MonitorListener {
    /// Dropped to end the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MonitorListener {
    /// Listens and serves. With `may_wait`, an address that is taken is waited for.
    ///
    /// # Errors
    /// The address cannot be listened at, or the system has no thread left.
    pub(crate) fn start(address: (String, u16), pages: Pages, may_wait: bool) -> io::Result<Self> {
        let listener = match bind(&address) {
            Ok(listener) => Some(listener),
            Err(error) if may_wait && error.kind() == io::ErrorKind::AddrInUse => None,
            Err(error) => return Err(error),
        };
        let (stop, stopped) = oneshot::channel();
        let live = move || System::new().block_on(live(listener, address, pages, stopped));
        let thread = Builder::new().name("gopool-info".to_owned()).spawn(live)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Gives the address free and waits until it is.
    pub(crate) async fn close(self) {
        // An error would be a panic of this closure.
        let _ = spawn_blocking(|| drop(self)).await;
    }
}

impl Drop for MonitorListener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the hook.
            let _ = thread.join();
        }
    }
}

fn bind((host, port): &(String, u16)) -> io::Result<TcpListener> {
    TcpListener::bind((host.as_str(), *port))
}

/// The life of the thread.
async fn live(
    listener: Option<TcpListener>,
    address: (String, u16),
    pages: Pages,
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = tokio::select! {
        listener = free_listener(listener, &address) => listener,
        _ = &mut stopped => return,
    };
    let factory = move || {
        let pages = pages.clone();
        let serve = move |request: HttpRequest| respond(&pages, request.head(), request.path(), Until::End);
        App::new().default_service(web::to(serve))
    };
    let server = HttpServer::new(factory).workers(1).disable_signals();
    let server = match listener.and_then(|listener| server.listen(listener)) {
        Ok(server) => server.run(),
        Err(error) => return tracing::error!(%error, "the monitor cannot listen"),
    };
    let handle = server.handle();
    spawn(server);
    // Both the word to stop and the loss of who could say it.
    let _ = stopped.await;
    handle.stop(false).await;
}

/// The listener, or the address as soon as nobody else has it.
async fn free_listener(listener: Option<TcpListener>, address: &(String, u16)) -> io::Result<TcpListener> {
    if let Some(listener) = listener {
        return Ok(listener);
    }
    loop {
        match bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => sleep(TRY).await,
            bound => return bound,
        }
    }
}
