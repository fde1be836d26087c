//! The options of this process: what lies on the disk now, or what the daemon says to go by.

use std::{cell::RefCell, env, path::Path};

use crate::{
    cli::{self, Parsed},
    config::{Mistakes, Options, Surroundings},
};
use gopool_daemon::{Link, OptionsFile};

/// Reads the command line and all that is weaker. A master leaves what it has read with its daemon.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(
    program: cli::Program<'_>,
    code: &Options,
    link: Option<&Link>,
) -> Result<Parsed, Mistakes> {
    let kept = link.and_then(Link::last_good_options);
    let around = Surroundings::of_process();
    let (on_disk, default_file) = (around.read_file, around.default_file);
    let seen = RefCell::new(OptionsFile::default());
    let read_file = |path: &Path| {
        let text = kept.map_or_else(|| on_disk(path), |kept| kept.text_at(path))?;
        *seen.borrow_mut() = OptionsFile {
            path: path.to_str().map(str::to_owned),
            text: text.clone(),
        };
        Ok(text)
    };
    let around = Surroundings {
        read_file: &read_file,
        // A master has them from its daemon.
        has_env_file: link.is_none(),
        default_file: kept.map_or(default_file, |kept| kept.path.as_deref()),
        ..around
    };
    let parsed = cli::parse(program, env::args_os().skip(1), &around, code)?;
    if let Some(link) = link {
        link.keep_options(&seen.borrow());
    }
    Ok(parsed)
}
