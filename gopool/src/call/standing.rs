//! What a request says of how it is to be admitted.

use std::time::{Duration, Instant};

use gopool_pool::Priority;
use serde::{Deserialize, Serialize};

/// How urgent a request is, whose it is, and until when its caller waits; what is `None` it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Instead of that of its route.
    #[serde(with = "word")]
    pub(crate) priority: Option<Priority>,
    /// A hash of what its caller is known by.
    pub(crate) caller: Option<u64>,
    /// Written as the time that is left then, because the clocks of two machines differ.
    #[serde(with = "left")]
    pub(crate) due: Option<Instant>,
}

impl Standing {
    /// Nobody waits for it any longer.
    pub(crate) fn is_late(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }

    /// For how long its caller waits, from now on.
    pub(crate) fn left(&self) -> Option<Duration> {
        Some(self.due?.saturating_duration_since(Instant::now()))
    }
}

mod word {
    use gopool_pool::Priority;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(priority: &Option<Priority>, to: S) -> Result<S::Ok, S::Error> {
        priority.map(Priority::as_str).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Priority>, D::Error> {
        let word = Option::<String>::deserialize(from)?;
        word.map(|word| word.parse().map_err(D::Error::custom))
            .transpose()
    }
}

mod left {
    use std::time::{Duration, Instant};

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(due: &Option<Instant>, to: S) -> Result<S::Ok, S::Error> {
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        left.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
        let left = Option::<Duration>::deserialize(from)?;
        Ok(left.and_then(|left| Instant::now().checked_add(left)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_standing_survives_the_wire_and_its_time_goes_on() {
        let due = Instant::now() + Duration::from_secs(60);
        let standing = Standing {
            priority: Some(Priority::Sheddable),
            caller: Some(u64::MAX),
            due: Some(due),
        };
        let json = serde_json::to_string(&standing).unwrap();
        let back: Standing = serde_json::from_str(&json).unwrap();
        assert_eq!((back.priority, back.caller), (standing.priority, standing.caller));
        assert!(back.due.unwrap() >= due && !back.is_late(), "{back:?}");
        let nothing = serde_json::to_string(&Standing::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<Standing>(&nothing).unwrap(),
            Standing::default()
        );
    }

    #[test]
    fn an_unknown_priority_is_refused_on_the_wire() {
        let json = r#"{"priority":"high","caller":null,"due":null}"#;
        assert!(serde_json::from_str::<Standing>(json).is_err());
    }
}
