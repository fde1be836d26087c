//! Who masters run as, and whose sockets are.

use std::fmt;

use nix::unistd::{self, Gid, Group, Uid, User};

use crate::error::Error;

/// The user and the group that a master gives up root for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Identity {
    /// Looks up names or numbers; without a group, it is the user's own. `None` when neither is given.
    ///
    /// # Errors
    /// When the system knows no such user or group, or this process, which is not root's, is another's.
    pub fn of(user: Option<&str>, group: Option<&str>) -> Result<Option<Identity>, Error> {
        if user.is_none() && group.is_none() {
            return Ok(None);
        }
        let found = user.map(find_user).transpose()?;
        let own = (unistd::geteuid(), unistd::getegid());
        let (user, users_group) = found.unwrap_or(own);
        let group = group.map(find_group).transpose()?.unwrap_or(users_group);
        if !own.0.is_root() && (user, group) != own {
            let text = "only root can run masters as another user or group; start it as root, or leave out `--user` and `--group`";
            return Err(Error::new(text));
        }
        Ok(Some(Identity {
            user: user.as_raw(),
            group: group.as_raw(),
        }))
    }

    /// Becomes this user and group, for good and without any other group; for a master without a daemon.
    ///
    /// Call it before the first thread starts.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn assume(self) -> Result<(), Error> {
        let failed = |cause: nix::Error| Error::caused("cannot give up root", &cause.into());
        let (user, group) = (Uid::from_raw(self.user), Gid::from_raw(self.group));
        if (unistd::geteuid(), unistd::getegid()) == (user, group) && !user.is_root() {
            return Ok(());
        }
        // The groups first: who is root no more may not change them.
        unistd::setgroups(&[]).map_err(failed)?;
        unistd::setgid(group).map_err(failed)?;
        unistd::setuid(user).map_err(failed)
    }
}

/// Whether this process runs as root.
#[must_use]
pub fn is_root() -> bool {
    unistd::geteuid().is_root()
}

/// The number of a group.
pub(crate) fn find_group(name: &str) -> Result<Gid, Error> {
    let found = match name.parse() {
        Ok(number) => return Ok(Gid::from_raw(number)),
        Err(_) => Group::from_name(name),
    };
    let group = found.map_err(|cause| unknown("group", name, &cause))?;
    group
        .map(|group| group.gid)
        .ok_or_else(|| unknown("group", name, &"there is none of this name"))
}

fn find_user(name: &str) -> Result<(Uid, Gid), Error> {
    let found = match name.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(name),
    };
    match (found, name.parse()) {
        (Ok(Some(user)), _) => Ok((user.uid, user.gid)),
        // A number needs no entry, in a container for example.
        (Ok(None), Ok(number)) => Ok((Uid::from_raw(number), Gid::from_raw(number))),
        (Ok(None), Err(_)) => Err(unknown("user", name, &"there is none of this name")),
        (Err(cause), _) => Err(unknown("user", name, &cause)),
    }
}

fn unknown(what: &str, name: &str, cause: &dyn fmt::Display) -> Error {
    Error::new(format!("the {what} `{name}` cannot be found: {cause}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_names_or_numbers() {
        assert_eq!(find_user("root").unwrap(), (Uid::from_raw(0), Gid::from_raw(0)));
        assert_eq!(find_user("0").unwrap().0, Uid::from_raw(0));
        assert_eq!(find_group("root").unwrap(), Gid::from_raw(0));
        assert_eq!(find_group("4711").unwrap(), Gid::from_raw(4711));
        for refusal in [
            find_user("nobody-of-this-name").map(drop).unwrap_err(),
            find_group("nobody-of-this-name").map(drop).unwrap_err(),
        ] {
            assert!(
                refusal
                    .to_string()
                    .contains("`nobody-of-this-name` cannot be found"),
                "{refusal}"
            );
        }
        assert_eq!(Identity::of(None, None).unwrap(), None);
    }
}
