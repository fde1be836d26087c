//! One call of a handler: the request, and what surrounds it.

use std::{
    any::Any,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crate::{compress::Codings, context::Contexts, error::Error, message::Request, template::Template};

mod caller;
mod envelope;
mod origin;
mod standing;

pub(crate) use caller::Caller;
pub(crate) use envelope::{Deadline, Envelope, RouteKey};
pub(crate) use origin::Origin;
pub(crate) use standing::Standing;

/// What a handler's parameters are read from.
///
/// A parameter of your own is best made from others, with [`FromParams`](crate::FromParams). One that reads the request itself says in its
/// `SPEC` which headers it wants; no others are there.
///
/// ```
/// use gopool::{Call, Error, Method, Request, RequestId, params::{Param, Spec}};
///
/// /// How long the path is.
/// struct Length(usize);
///
/// impl Param for Length {
///     const SPEC: &'static Spec = &Spec::NONE;
///
///     fn read(call: &Call) -> Result<Self, Error> {
///         Ok(Length(call.request().path().len()))
///     }
/// }
///
/// // Without a server:
/// let call = Call::for_test(Request::new(Method::GET, "/a/b", RequestId::random()), "/{*rest}");
/// assert_eq!(Length::read(&call).unwrap().0, 4);
/// ```
#[derive(Debug, Clone)]
pub struct Call {
    /// What arrived where the handler runs.
    pub(crate) envelope: Envelope,
    /// The route's path, whose `{names}` say which part of the request's path is which parameter.
    pub(crate) template: Template,
    /// The application's shared values.
    pub(crate) contexts: Arc<Contexts>,
    /// What was made once for it.
    made: OnceLock<Arc<Made>>,
}

/// Values, no two of one type.
type Made = Mutex<Vec<Arc<dyn Any + Send + Sync>>>;

impl Call {
    pub(crate) fn new(envelope: Envelope, template: Template, contexts: Arc<Contexts>) -> Self {
        Self {
            envelope,
            template,
            contexts,
            made: OnceLock::new(),
        }
    }

    /// One of `request`, for the unit test of a parameter; `path` is the route's, with its `{names}`.
    pub fn for_test(request: Request, path: &'static str) -> Self {
        Self::example(request, path, Contexts::default())
    }

    /// The same with one more shared value, as `Master::ctx` would provide it; for a call of [`for_test`](Self::for_test).
    #[must_use]
    pub fn with_ctx<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        if let Some(contexts) = Arc::get_mut(&mut self.contexts) {
            contexts.insert(value);
        }
        self
    }

    /// The same, whose copies have what was made for any of them.
    pub(crate) fn sharing(self) -> Self {
        self.made.get_or_init(Arc::default);
        self
    }

    /// A copy of the value of this type, which is made by the first who asks.
    pub(crate) fn once<T>(&self, make: impl FnOnce() -> Result<T, Error>) -> Result<T, Error>
    where
        T: Clone + Send + Sync + 'static,
    {
        let find = |made: &Arc<Made>| {
            let made = made.lock().unwrap_or_else(PoisonError::into_inner);
            made.iter().find_map(|value| value.downcast_ref::<T>().cloned())
        };
        if let Some(value) = self.made.get().and_then(find) {
            return Ok(value);
        }
        // Made without the lock: what it is made from may be made once, too.
        let value = make()?;
        let made = self.made.get_or_init(Arc::default);
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push(Arc::new(value.clone()));
        Ok(value)
    }

    /// One for tests.
    pub(crate) fn example(request: Request, path: &'static str, contexts: Contexts) -> Self {
        Self::apart(request, path, Arc::new(contexts))
    }

    /// One of a request for no route of ours, whose path has no `{names}`.
    pub(crate) fn of_plain(request: Request, contexts: Arc<Contexts>) -> Self {
        Self::apart(request, "/", contexts)
    }

    /// One of no route.
    fn apart(request: Request, path: &'static str, contexts: Arc<Contexts>) -> Self {
        let template = Template::new(path);
        let time = std::time::Duration::from_secs(1);
        let envelope = Envelope {
            route: RouteKey::new("GET", template),
            request,
            deadline: Deadline {
                wait: time,
                run: time,
            },
            standing: Standing::default(),
            trace: None,
            origin: None,
            codings: Codings::default(),
        };
        Self::new(envelope, template, contexts)
    }

    /// The same call with its body as it was before it was coded.
    pub(crate) fn decoded(&self) -> Result<Option<Self>, Error> {
        let Some(coded) = self.envelope.codings.body else {
            return Ok(None);
        };
        let mut call = self.clone();
        call.envelope.request = coded.decode(self.request())?;
        call.envelope.codings.body = None;
        Ok(Some(call))
    }

    /// The request, with only those headers that the `SPEC`s of the route's parameters name.
    pub fn request(&self) -> &Request {
        &self.envelope.request
    }
}
