//! Pages of gopool's own beside the application's routes: the monitor's, and that of the document.

use std::future::ready;

use actix_http::RequestHead;
use actix_web::HttpResponse;

use super::{DocsPath, answer::answer, monitor_path::MonitorPath};
use crate::{message::RequestId, route::LocalFuture};

/// Those that the options ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct OurPages {
    pub(crate) monitor: Option<MonitorPath>,
    pub(crate) docs: Option<DocsPath>,
}

impl OurPages {
    /// Whether a request is for one of them.
    pub(super) fn have(&self, head: &RequestHead) -> bool {
        let monitor = self.monitor.as_ref();
        monitor.is_some_and(|monitor| monitor.page(head).is_some())
            || self.docs.as_ref().is_some_and(|docs| docs.has(head))
    }

    /// Answers it.
    pub(super) fn answer(&self, head: &RequestHead) -> Option<LocalFuture<'static, HttpResponse>> {
        if let Some(page) = self.monitor.as_ref().and_then(|monitor| monitor.answer(head)) {
            return Some(page);
        }
        let page = self.docs.as_ref()?.answer(head)?;
        Some(Box::pin(ready(answer(page, &RequestId::random(), false))))
    }
}
