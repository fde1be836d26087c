//! What of the application's groups and hooks applies to one route, and how it is called with them.

use std::ops::ControlFlow;

use percent_encoding::percent_decode_str;

use super::{
    around::{After, Before, Decision, Hook, RunBefore},
    group::Group,
    handler::{LocalFuture, Outcome},
    site::Site,
};
use crate::{call::Call, error::Kind, params::Spec};

/// What of the application's groups and hooks applies to one route. The attribute says nothing of it; the launch does.
#[derive(Debug, Clone, Copy)]
pub struct Applied {
    /// From the outermost module to the innermost.
    pub(super) groups: &'static [&'static Group],
    /// In the order in which they run.
    pub(super) before: &'static [Guarded<Before>],
    /// In the order in which they run.
    pub(super) after: &'static [Guarded<After>],
}

/// A hook, and of which requests it is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded<H: 'static> {
    pub(super) hook: &'static H,
    /// Whether only some of the paths of the route are the hook's: each request is looked at then.
    pub(super) is_partial: bool,
}

impl Applied {
    /// Nothing.
    pub const NOTHING: Self = Self {
        groups: &[],
        before: &[],
        after: &[],
    };

    /// A plain handler between its hooks.
    pub(crate) fn around(&'static self, handler: fn(&Call) -> Outcome) -> Hooked {
        Hooked {
            handler,
            applied: self,
        }
    }

    /// Calls an asynchronous handler, and what is to run before and after it.
    pub(crate) fn start(
        &'static self,
        handler: fn(Call) -> LocalFuture<'static, Outcome>,
        call: Call,
    ) -> LocalFuture<'static, Outcome> {
        if !self.has_hooks() {
            return handler(call);
        }
        // What is made once for a request is to be one and the same for all of them.
        let call = call.sharing();
        Box::pin(async move {
            let mut outcome = None;
            for guarded in self.before.iter().filter(|guarded| guarded.is_asked(&call)) {
                let decision = match guarded.hook.run {
                    RunBefore::Plain(run) => run(&call),
                    RunBefore::Async(run) => run(call.clone()).await,
                };
                if let ControlFlow::Break(answer) = decision {
                    outcome = Some(answer);
                    break;
                }
            }
            let outcome = match outcome {
                Some(answer) => answer,
                None => handler(call.clone()).await,
            };
            self.after(&call, outcome)
        })
    }

    fn has_hooks(&self) -> bool {
        !(self.before.is_empty() && self.after.is_empty())
    }

    fn before(&self, call: &Call) -> Decision {
        let asked = self.before.iter().filter(|guarded| guarded.is_asked(call));
        for guarded in asked {
            // A launch is refused that has an asynchronous one before a plain handler.
            if let RunBefore::Plain(run) = guarded.hook.run {
                run(call)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// What the application has answered goes through all of them; what gopool says itself goes through none.
    fn after(&self, call: &Call, mut outcome: Outcome) -> Outcome {
        for guarded in self.after.iter().filter(|guarded| guarded.is_asked(call)) {
            let run = guarded.hook.run;
            outcome = match outcome {
                Ok(response) => run(call, response),
                Err(error) if error.kind() == Kind::Other => {
                    match run(call, error.to_response(call.request().id())) {
                        Ok(response) => Err(error.answered_by(response)),
                        Err(other) => Err(other),
                    }
                }
                Err(error) => return Err(error),
            };
        }
        outcome
    }

    /// What the parameters of hooks need, each with its function.
    pub(super) fn needs(&self) -> impl Iterator<Item = (&'static Spec, Site)> {
        let of = |params: &'static [&'static Spec], site| params.iter().map(move |spec| (*spec, site));
        let before = self
            .before
            .iter()
            .flat_map(move |it| of(it.hook.params, it.hook.site));
        let after = self
            .after
            .iter()
            .flat_map(move |it| of(it.hook.params, it.hook.site));
        before.chain(after)
    }

    /// What the interface's description files the route under: the tag of the innermost group that has one, and what is said of it.
    pub(crate) fn tag(&self) -> Option<(&'static str, &'static str)> {
        let inner = self.groups.iter().rev();
        inner.copied().find_map(|group| Some((group.tag?, group.text)))
    }

    /// The groups that lengthened the path, if any.
    pub(super) fn prefixes(&self) -> Option<String> {
        let longer = self.groups.iter().filter(|group| !group.prefix.is_empty());
        let texts: Vec<String> = longer
            .map(|group| format!("`{}` of {}", group.prefix, group.site))
            .collect();
        (!texts.is_empty()).then(|| texts.join(" and "))
    }

    /// The functions that run before the handler, and those that run after it, in their order.
    pub(super) fn functions(&self) -> [Vec<&'static str>; 2] {
        [
            self.before.iter().map(Guarded::name).collect(),
            self.after.iter().map(Guarded::name).collect(),
        ]
    }
}

/// A plain handler, and what is to run before and after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hooked {
    handler: fn(&Call) -> Outcome,
    applied: &'static Applied,
}

impl Hooked {
    /// Calls them.
    pub(crate) fn call(self, call: &Call) -> Outcome {
        let Self { handler, applied } = self;
        if !applied.has_hooks() {
            return handler(call);
        }
        let outcome = match applied.before(call) {
            ControlFlow::Continue(()) => handler(call),
            ControlFlow::Break(answer) => answer,
        };
        applied.after(call, outcome)
    }
}

impl<R> Guarded<Hook<R>> {
    fn name(&self) -> &'static str {
        self.hook.site.function
    }

    fn is_asked(&self, call: &Call) -> bool {
        !self.is_partial || begins_with(call.request().path(), self.hook.below)
    }
}

/// Whether a path begins with the segments of another, however both are encoded: a slash in disguise must not lead around a hook.
fn begins_with(path: &str, below: &str) -> bool {
    let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let (path, below) = (decoded(path), decoded(below));
    let rest = path.strip_prefix(&*below);
    rest.is_some_and(|rest| rest.first().is_none_or(|next| *next == b'/'))
}

#[cfg(test)]
mod tests {
    use super::begins_with;

    #[test]
    fn a_path_begins_with_whole_segments_however_they_are_written() {
        for (path, expected) in [
            ("/files/secret", true),
            ("/files/secret/a", true),
            ("/files/%73ecret/a", true),
            ("/files/secret%2Fa", true),
            ("/files%2Fsecret/a", true),
            ("/files/secrets", false),
            ("/files/secre", false),
            ("/other/files/secret", false),
        ] {
            assert_eq!(begins_with(path, "/files/secret"), expected, "{path}");
        }
    }
}
