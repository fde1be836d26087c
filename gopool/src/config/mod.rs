//! Options: what was given (texts) becomes what is meant (checked), with every mistake named at once.
//!
//! The command line comes before the environment, that before the file, that before `Options` in code, that
//! before the default. A value that is not allowed is a mistake even where a stronger source overrides it.

use std::{
    path::{self, PathBuf},
    time::Duration,
};

mod address;
mod help;
mod memory;
mod mistake;
mod sources;
mod syntax;
mod table;
mod unit;
mod value;

pub(crate) use address::InfoUrl;
pub use help::option_table_markdown;
pub(crate) use help::{help_entry, options_help};
pub(crate) use mistake::{Mistakes, Source, did_you_mean, quote};
pub(crate) use sources::{Entry, Surroundings};
pub use table::Options;
pub(crate) use table::{Config, OptionDef};
pub(crate) use unit::show_size;
pub use value::{Log, LogFormat, Secret};

use crate::compress;
use gopool_daemon::Listen;
use syntax::{MOST_LOOPS, Notation};
use table::{Preset, Sources, TABLE};

/// What a process of isolated routes has at least unless an option says so, in bytes.
const LEAST_PROCESS_MEMORY: u64 = 256_000_000;

/// What the bodies of requests take at most unless an option says so, in bytes.
const MOST_BODY_MEMORY: u64 = 256_000_000;

/// What answers take at most that nobody takes, unless an option says so, in bytes.
const MOST_ANSWER_MEMORY: u64 = 1_000_000_000;

impl Config {
    /// What `flags` and all weaker sources together mean, or everything that is wrong with them.
    pub(crate) fn load(
        flags: Vec<Entry>,
        code: &Options,
        around: &Surroundings<'_>,
        mut mistakes: Mistakes,
    ) -> Result<Config, Mistakes> {
        let config = Config::gather(flags, code, around, &mut mistakes);
        mistakes.or(config)
    }

    fn gather(
        flags: Vec<Entry>,
        code: &Options,
        around: &Surroundings<'_>,
        mistakes: &mut Mistakes,
    ) -> Config {
        let mut given = sources::from_code(code);
        let variables = sources::all_variables(&flags, around, mistakes);
        given.extend(sources::from_variables(&variables, mistakes));
        given.extend(flags);
        let given_for = |field| given.iter().rev().find(|entry| entry.row.field == field);
        let folder = given_for("chdir").filter(|entry| entry.text != "off");
        let folder = folder.map_or("", |entry| &entry.text);
        if let Some((path, text)) = sources::find_file(given_for("config"), folder, around, mistakes) {
            given.extend(sources::from_file(&path, &text, mistakes));
            // Shown as in force; the name that somebody gave is stronger.
            given.extend(Entry::of_found_file(&path));
        }
        // The strongest is set last and stays.
        given.sort_by(|one, other| one.source.cmp(&other.source));
        Config::settle(given, around, mistakes)
    }

    /// As [`load`](Self::load), for a command that looks for a daemon: what is wrong with weaker sources than the command line, which
    /// may have been right when the daemon began, keeps nobody from asking it.
    pub(crate) fn load_to_ask(
        flags: Vec<Entry>,
        code: &Options,
        around: &Surroundings<'_>,
        mut mistakes: Mistakes,
    ) -> Result<Config, Mistakes> {
        Config::settle(flags.clone(), around, &mut mistakes);
        mistakes.or(())?;
        Ok(Config::gather(flags, code, around, &mut Mistakes::default()))
    }

    /// Where the variables of masters stand; a relative path begins in the folder that is worked in.
    pub(crate) fn env_file_path(&self) -> Option<PathBuf> {
        let file = self.env_file.as_deref()?;
        let in_folder = self.chdir.as_deref().map(|folder| folder.join(file));
        let path = in_folder.unwrap_or_else(|| path::absolute(file).unwrap_or_else(|_| file.to_owned()));
        Some(path)
    }

    /// Whether the command line says where to listen.
    pub(crate) fn is_address_typed(&self) -> bool {
        let Sources { listen, port, .. } = &self.sources;
        [listen, port].contains(&&Source::Flag)
    }

    /// Whether the command line names the pid file.
    pub(crate) fn is_pid_file_typed(&self) -> bool {
        self.sources.pid_file == Source::Flag
    }

    /// Whether somebody has said how many connections there may be.
    pub(crate) fn is_max_connections_given(&self) -> bool {
        self.sources.max_connections.is_given()
    }

    /// The `--timeout` of the command line: a command that asks a daemon waits for so long.
    pub(crate) fn typed_timeout(&self) -> Option<Duration> {
        (self.sources.timeout == Source::Flag).then_some(self.timeout)
    }

    /// What code alone gives, for a program without a command line.
    #[cfg(test)]
    pub(crate) fn of_code(code: &Options, cores: usize) -> Result<Config, Mistakes> {
        let mut mistakes = Mistakes::default();
        let around = Surroundings {
            cores,
            ..Surroundings::bare()
        };
        let config = Config::settle(sources::from_code(code), &around, &mut mistakes);
        mistakes.or(config)
    }

    /// How many bytes all bodies together may take: what was given, or else at least as much as the largest of them.
    pub(crate) fn body_memory(&self, largest: u64) -> u64 {
        match self.sources.max_body_memory.is_given() {
            true => self.max_body_memory,
            false => self.max_body_memory.max(largest),
        }
    }

    /// Each option's name, its value as text, and where that came from. Secrets are hidden.
    pub(crate) fn in_force(&self) -> impl Iterator<Item = (String, String, &Source)> {
        TABLE
            .iter()
            .map(|row| (row.name(), (row.show)(self), (row.source)(self)))
    }

    /// What somebody has said of the levels of the log.
    pub(crate) fn given_log_level(&self) -> Option<&str> {
        self.sources.log_level.is_given().then_some(&*self.log_level)
    }

    fn settle(given: Vec<Entry>, around: &Surroundings<'_>, mistakes: &mut Mistakes) -> Config {
        let mut config = Config::blank();
        for row in TABLE {
            if let Preset::Text(text) = row.preset {
                (row.set)(&mut config, text, Source::Default);
            }
        }
        for entry in given {
            if !(entry.row.set)(&mut config, &entry.text, entry.source.clone()) {
                mistakes.add(&entry.source, refusal(&entry));
            }
        }
        config.refuse_contradictions(mistakes);
        config.compute_defaults(around);
        config
    }

    fn refuse_contradictions(&self, mistakes: &mut Mistakes) {
        self.refuse_crossed_bounds(mistakes);
        self.refuse_two_addresses("host", &self.sources.host, mistakes);
        self.refuse_two_addresses("port", &self.sources.port, mistakes);
        self.refuse_what_needs_the_daemon(mistakes);
        self.refuse_missing_features(mistakes);
        self.refuse_tls_by_halves(mistakes);
        self.refuse_pages_in_pages(mistakes);
    }

    fn refuse_missing_features(&self, mistakes: &mut Mistakes) {
        let Sources {
            compress, docs_url, ..
        } = &self.sources;
        let lacks_compress = self.compress && !compress::IS_AVAILABLE;
        let lacks_docs = self.docs_url.is_some() && !cfg!(feature = "docs");
        for (is_missing, field, feature, source) in [
            (lacks_compress, "compress", "compress", compress),
            (lacks_docs, "docs_url", "docs", docs_url),
        ] {
            if is_missing {
                let what = format!(
                    "`{}` ({source}) needs gopool's feature `{feature}`: name it in the application's `Cargo.toml`",
                    source.spell(field)
                );
                mistakes.add(source, what);
            }
        }
    }

    /// Pages of the one would hide those of the other.
    fn refuse_pages_in_pages(&self, mistakes: &mut Mistakes) {
        let (Some(docs), Some(InfoUrl::Path(info))) = (&self.docs_url, &self.info_url) else {
            return;
        };
        let is_below = |one: &str, other: &str| {
            let rest = one.strip_prefix(other);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_below(docs, info) || is_below(info, docs) {
            let Sources {
                docs_url, info_url, ..
            } = &self.sources;
            let (one, other) = (docs_url.spell("docs_url"), info_url.spell("info_url"));
            let what = format!(
                "`{one}` ({docs_url}) is `{docs}` and `{other}` ({info_url}) is `{info}`: one lies below the other; give one another path"
            );
            mistakes.add(docs_url.max(info_url), what);
        }
    }

    fn refuse_tls_by_halves(&self, mistakes: &mut Mistakes) {
        let Sources {
            listen,
            tls_cert,
            tls_key,
            ..
        } = &self.sources;
        let is_wanted = self
            .listen
            .iter()
            .any(|listen| matches!(listen, Listen::Tls { .. }));
        let whole = [self.tls_cert.is_some(), self.tls_key.is_some()];
        let (cert, key) = (tls_cert.spell("tls_cert"), tls_key.spell("tls_key"));
        let what = match whole {
            [false, false] if is_wanted => format!(
                "`{}` ({listen}) names an `https://` address: give its certificate to `{cert}`, and the key to `{key}`",
                listen.spell("listen")
            ),
            [true, false] => format!("`{cert}` ({tls_cert}) needs `{key}`: give the key of the certificate"),
            [false, true] => format!("`{key}` ({tls_key}) needs `{cert}`: give the certificate of the key"),
            _ => return,
        };
        mistakes.add(listen.max(tls_cert).max(tls_key), what);
    }

    fn refuse_crossed_bounds(&self, mistakes: &mut Mistakes) {
        let Sources {
            min_threads,
            max_threads,
            min_processes,
            max_processes,
            ..
        } = &self.sources;
        let threads = Bounds {
            names: ["min_threads", "max_threads"],
            values: [self.min_threads, self.max_threads],
            sources: [min_threads, max_threads],
        };
        let processes = Bounds {
            names: ["min_processes", "max_processes"],
            values: [self.min_processes, self.max_processes],
            sources: [min_processes, max_processes],
        };
        threads.refuse_crossed(mistakes);
        processes.refuse_crossed(mistakes);
    }

    fn refuse_two_addresses(&self, field: &str, source: &Source, mistakes: &mut Mistakes) {
        let listen = &self.sources.listen;
        // An operator cannot unset what code gives, so code yields to all but itself.
        let is_clash = match (source, listen) {
            (Source::Default, _) | (_, Source::Default) => false,
            (Source::Code, other) | (other, Source::Code) => *other == Source::Code,
            _ => true,
        };
        if is_clash {
            let (one, other) = (source.spell(field), listen.spell("listen"));
            let what = format!(
                "`{one}` ({source}) and `{other}` ({listen}) exclude each other; give the whole address to `{other}`"
            );
            mistakes.add(source.max(listen), what);
        }
    }

    fn refuse_what_needs_the_daemon(&self, mistakes: &mut Mistakes) {
        let sources = &self.sources;
        let needs = [
            (self.watch, "watch", &sources.watch),
            (self.recycle_age.is_some(), "recycle_age", &sources.recycle_age),
            (
                self.recycle_requests.is_some(),
                "recycle_requests",
                &sources.recycle_requests,
            ),
        ];
        let without = [
            (self.no_daemon, "no_daemon", &sources.no_daemon),
            (self.single, "single", &sources.single),
        ];
        for (_, need, by) in needs.into_iter().filter(|(is_set, ..)| *is_set) {
            // An operator cannot unset what code gives, so that is merely left out.
            let yields = |source: &Source| *by == Source::Code && *source != Source::Code;
            let clashes = without
                .into_iter()
                .filter(|(is_set, _, source)| *is_set && !yields(source));
            for (_, field, source) in clashes {
                let (one, other) = (by.spell(need), source.spell(field));
                let what = format!("`{one}` ({by}) needs the daemon, which `{other}` ({source}) leaves out");
                mistakes.add(by.max(source), what);
            }
        }
    }

    fn compute_defaults_of_processes(&mut self, around: &Surroundings<'_>) {
        if !self.sources.max_processes.is_given() {
            self.max_processes = around.cores.max(1).max(self.min_processes);
        }
        if !self.sources.process_memory.is_given() {
            // A master and its successor have all of theirs at the same time.
            let processes = 2 * self.max_processes.max(1) as u64;
            let share = (around.memory / 5).saturating_mul(4) / processes;
            self.process_memory = Some(share.max(LEAST_PROCESS_MEMORY));
        }
        if !self.sources.process_recycle_memory.is_given() {
            self.process_recycle_memory = self.process_memory.map(|memory| memory / 2);
        }
    }

    fn compute_defaults(&mut self, around: &Surroundings<'_>) {
        let cores = around.cores.max(1);
        if !self.sources.max_body_memory.is_given() {
            // At least one body must fit.
            self.max_body_memory = (around.memory / 4).min(MOST_BODY_MEMORY).max(self.max_body);
        }
        if !self.sources.max_answer_memory.is_given() {
            self.max_answer_memory = (around.memory / 4).min(MOST_ANSWER_MEMORY);
        }
        if !self.sources.spool_dir.is_given() {
            self.spool_dir = Some(memory::spool_dir(&around.variables));
        }
        if !self.sources.queue_timeout.is_given() {
            self.queue_timeout = self.timeout;
        }
        if !self.sources.max_threads.is_given() {
            self.max_threads = cores.max(self.min_threads);
        }
        if !self.sources.max_queue.is_given() {
            self.max_queue = cores.saturating_mul(1000);
        }
        if !self.sources.max_overdue.is_given() {
            self.max_overdue = self.max_threads;
        }
        self.compute_defaults_of_processes(around);
        if !self.sources.event_loops.is_given() {
            self.event_loops = (cores / 2).clamp(1, MOST_LOOPS);
        }
        // Given but weaker than host or port: only code's yields like that, anything else is a mistake by now.
        if self.sources.listen <= self.sources.host.clone().max(self.sources.port.clone()) {
            self.sources.listen = Source::Default;
            self.listen = vec![Listen::Tcp {
                host: self.host.clone(),
                port: self.port,
            }];
        }
    }
}

/// A least and a most.
struct Bounds<'a> {
    names: [&'static str; 2],
    values: [usize; 2],
    sources: [&'a Source; 2],
}

impl Bounds<'_> {
    fn refuse_crossed(&self, mistakes: &mut Mistakes) {
        let ([low, high], [least, most]) = (self.sources, self.values);
        // A bound that nobody gave follows the other.
        if !low.is_given() || !high.is_given() || least <= most {
            return;
        }
        let [low_name, high_name] = self.names;
        let what = format!(
            "`{}` ({low}) is {least}, more than `{}` ({high}), which is {most}",
            low.spell(low_name),
            high.spell(high_name),
        );
        mistakes.add(low.max(high), what);
    }
}

/// What the cgroup allows, or else what the machine has, in bytes.
pub(crate) fn allowed_memory() -> u64 {
    memory::allowed()
}

/// The fields of all options, as in `max_threads`.
pub(crate) fn option_fields() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.field)
}

fn refusal(entry: &Entry) -> String {
    let name = entry.source.spell(entry.row.field);
    let given = if entry.row.notation == Notation::Secret {
        "what was given".to_owned()
    } else {
        quote(&entry.text)
    };
    format!("`{name}` cannot be {given}: it takes {}", entry.row.allowed)
}
