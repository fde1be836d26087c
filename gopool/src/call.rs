//! One call of a handler: the request, and what surrounds it.

use std::sync::Arc;

use crate::{context::Contexts, message::Request, template::Template};

/// What a handler's parameters are read from.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request.
    pub(crate) request: Request,
    /// The route's path, whose `{names}` say which part of the request's path is which parameter.
    pub(crate) template: Template,
    /// The application's shared values.
    pub(crate) contexts: Arc<Contexts>,
}

impl Call {
    pub(crate) fn new(request: Request, template: Template, contexts: Arc<Contexts>) -> Self {
        Self {
            request,
            template,
            contexts,
        }
    }
}
