//! The one table of options: names, defaults, what is allowed and what each means.
//!
//! The command line, the environment, the file, `Options` in code, the help and the documentation all read it.

use std::{path::PathBuf, time::Duration};

use gopool_daemon::Listen;

use super::{
    address::InfoUrl,
    mistake::Source,
    syntax::{self, Notation},
    value::{Given, Log, LogFormat, Secret},
};

/// One option. Its name everywhere follows from the name of its field.
pub(crate) struct OptionDef {
    pub(super) field: &'static str,
    pub(super) group: Group,
    pub(super) help: &'static str,
    pub(super) notation: Notation,
    pub(super) placeholder: &'static str,
    pub(super) allowed: &'static str,
    pub(super) preset: Preset,
    /// Reads the text into the configuration; `false` when it is not allowed.
    pub(super) set: fn(&mut Config, &str, Source) -> bool,
    pub(super) show: fn(&Config) -> String,
    pub(super) source: fn(&Config) -> &Source,
    /// What code gave.
    pub(super) code: fn(&Options) -> Option<String>,
}

/// What an option is about; the help has one heading for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Pool,
    Isolated,
    Server,
    Daemon,
    Monitor,
    Log,
}

/// The value of an option that nobody gave.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preset {
    /// This text, read like any other.
    Text(&'static str),
    /// Follows from other options or from the machine; the words say how.
    Computed(&'static str),
}

/// Each entry: `field: what code gives => what it means, syntax of the value, default`, and its doc comment, which is also its help.
macro_rules! options {
    ($($group:ident {$(
        $(#[doc = $help:literal])+
        $field:ident: $given:ty => $meant:ty, $syntax:ident, $preset:expr;
    )+})+) => {
        /// What code may set; the command line, the environment and the file come before it.
        ///
        /// `None` leaves the default. Values are checked at launch, like those of any other source.
        ///
        /// Times are `Duration`s and sizes are bytes. Where the others can say `off`, `None` is off.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Options {$($(
            $(#[doc = $help])+
            pub $field: Option<$given>,
        )+)+}

        /// The options in force, checked.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Config {
            $($($(#[doc = $help])+ pub(crate) $field: $meant,)+)+
            pub(super) sources: Sources,
        }

        /// Where each option in force came from.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(super) struct Sources {$($(pub(super) $field: Source,)+)+}

        impl Config {
            /// A configuration before even the defaults are in it.
            pub(super) fn blank() -> Config {
                Config { $($($field: Default::default(),)+)+ sources: Sources::default() }
            }
        }

        pub(super) static TABLE: &[OptionDef] = &[$($(OptionDef {
            field: stringify!($field),
            group: Group::$group,
            help: concat!($($help),+),
            notation: syntax::$syntax.notation,
            placeholder: syntax::$syntax.placeholder,
            allowed: syntax::$syntax.allowed,
            preset: $preset,
            set: |config, text, source| match (syntax::$syntax.read)(text) {
                Some(read) => {
                    config.$field = read;
                    config.sources.$field = source;
                    true
                }
                None => false,
            },
            show: |config| (syntax::$syntax.show)(&config.$field),
            source: |config| &config.sources.$field,
            code: |options| options.$field.as_ref().map(Given::text),
        },)+)+];
    };
}

use Preset::{Computed, Text};

options! {
    Pool {
        /// Run limit of a task, from its start to its end.
        timeout: Duration => Duration, TIME, Text("10s");
        /// Wait limit of a task, from its acceptance to its start.
        queue_timeout: Duration => Duration, TIME, Computed("= timeout");
        /// For how long waiting tasks are served in the order in which they came; `auto` is half a second, a tenth under overload.
        queue_target: Duration => Option<Duration>, TIME_OR_AUTO, Text("auto");
        /// What tells callers apart, who share each route fairly then: `peer` or a header; an attribute comes first.
        fair_by: String => Option<String>, CALLER_OR_OFF, Text("off");
        /// Threads kept even when idle.
        min_threads: usize => usize, THREADS_OR_ZERO, Text("0");
        /// Most threads, overdue ones not counted.
        max_threads: usize => usize, THREADS, Computed("the cores, by the cgroup quota");
        /// Most waiting tasks; with 0 a task runs at once or is refused.
        max_queue: usize => usize, QUEUE, Computed("cores x 1000");
        /// A thread above the minimum that was idle for this long leaves.
        idle_timeout: Duration => Duration, TIME_OR_ZERO, Text("15s");
        /// Most replacements for threads that are overdue.
        max_overdue: usize => usize, THREADS_OR_ZERO, Computed("= max-threads");
        /// Most replacements for threads that wait for clients to read.
        max_stalled: usize => usize, THREADS_OR_ZERO, Text("64");
        /// Niceness of the pool's threads above that of the event loops, once tasks keep cores; 0 is none.
        nice: i32 => i32, NICENESS, Text("10");
        /// Stack of a pool thread.
        stack_size: usize => usize, STACK, Text("2MB");
        /// Run everything on one event loop, without a pool.
        single: bool => bool, SWITCH, Text("false");
    }
    Isolated {
        /// Most processes of isolated routes that work at once; 0 runs these routes on the pool.
        max_processes: usize => usize, THREADS_OR_ZERO, Computed("the cores, by the cgroup quota");
        /// Processes kept even when idle.
        min_processes: usize => usize, THREADS_OR_ZERO, Text("0");
        /// Warm processes beyond those that work, while isolated routes are in use.
        spare_processes: usize => usize, THREADS_OR_ZERO, Text("1");
        /// A process above the minimum leaves when it was idle for this long.
        process_idle_timeout: Duration => Duration, TIME, Text("1m");
        /// Memory that a process may write to, its code and what it shares not counted.
        process_memory: u64 => Option<u64>, MEMORY_OR_OFF, Computed("4/5 of the memory / (2 x max-processes), at least 256MB");
        /// A process leaves after about so many requests.
        process_recycle: usize => Option<usize>, COUNT_OR_OFF, Text("off");
        /// A process leaves after a request when it has ever had more memory than this.
        process_recycle_memory: u64 => Option<u64>, MEMORY_OR_OFF, Computed("half of process-memory");
        /// How long a handler that is told to stop may take, before its process is killed.
        kill_grace: Duration => Duration, TIME_OR_ZERO, Text("100ms");
        /// Largest answer of a process; one that is larger is lost with it.
        max_answer: u64 => u64, BODY, Text("64MB");
        /// Let processes that crash write core dumps.
        process_core: bool => bool, SWITCH, Text("false");
    }
    Server {
        /// Event loops, each with a thread of its own.
        event_loops: usize => usize, LOOPS, Computed("half the cores, at least 1");
        /// Address to listen at.
        host: String => String, HOST, Text("127.0.0.1");
        /// Port to listen at; 0 takes any free one.
        port: u16 => u16, PORT, Text("6100");
        /// Listen at host:port, https://host:port or unix:path instead of host and port; repeatable.
        listen: Vec<String> => Vec<Listen>, ADDRESSES, Computed("host and port");
        /// File of the certificate for `https://`, PEM, the server's own first; a new one is taken up within a second.
        tls_cert: String => Option<PathBuf>, PATH_OR_OFF, Text("off");
        /// File of its private key, PEM, without a password.
        tls_key: String => Option<PathBuf>, PATH_OR_OFF, Text("off");
        /// Largest body of a request.
        max_body: u64 => u64, BODY, Text("2MB");
        /// Memory of all bodies that arrive or whose requests wait; beyond it requests are refused before their body is read.
        max_body_memory: u64 => u64, MEMORY, Computed("a quarter of the memory, at most 256MB");
        /// Folder for bodies that are too large for the memory, of routes that take them as files.
        spool_dir: String => Option<PathBuf>, PATH, Computed("$TMPDIR, else /var/tmp");
        /// What of such a body is kept in memory; one that is larger is written to a file.
        spool_after: u64 => u64, BODY, Text("256KiB");
        /// Room for all bodies in files; beyond it requests are refused.
        spool_limit: u64 => u64, MEMORY, Text("10GB");
        /// How long a body may take to arrive, beyond what it takes at min-receive-rate.
        body_timeout: Duration => Duration, TIME, Text("30s");
        /// Bytes of a body that must arrive in a second once body-timeout is used up.
        min_receive_rate: u64 => u64, RATE, Text("1KB");
        /// How long the head of a request may take to arrive, from its first byte on, and a handshake of TLS.
        head_timeout: Duration => Duration, TIME, Text("10s");
        /// How long a connection may be without a request.
        keep_alive: Duration => Duration, TIME, Text("75s");
        /// How long a client may take no byte of its answer.
        send_timeout: Duration => Duration, TIME, Text("10s");
        /// Bytes of an answer that a client must take in a second once it was waited for as long as send-timeout.
        min_send_rate: u64 => u64, RATE, Text("1KB");
        /// Memory of all answers that clients do not take; beyond it those are cut off whose time is up first.
        max_answer_memory: u64 => u64, MEMORY, Computed("a quarter of the memory, at most 1GB");
        /// Most open connections, if there are descriptors for so many; others wait to be accepted.
        max_connections: usize => usize, CONNECTIONS, Text("25000");
        /// Most connections that wait to be accepted, at each listener.
        backlog: i32 => i32, BACKLOG, Text("1024");
        /// Header that says how urgent a request is, from clients that may: `critical`, `normal` or `sheddable`.
        priority_header: String => Option<String>, HEADER_OR_OFF, Text("off");
        /// Header that says for how long the caller waits, in milliseconds or as `grpc-timeout`; it only shortens limits.
        deadline_header: String => Option<String>, HEADER_OR_OFF, Text("off");
        /// Compress replies for clients that take it, unless a route says otherwise; not where secrets stand beside what strangers write.
        compress: bool => bool, SWITCH, Text("false");
        /// Go on serving a client that closed its sending side.
        half_closed: bool => bool, SWITCH, Text("false");
        /// Show the OpenAPI document below this path, with a page to try it out; needs the feature `docs`.
        docs_url: String => Option<String>, PATH_OF_URL_OR_OFF, Text("off");
        /// Permissions of Unix sockets, as octal digits; `off` leaves them to the umask.
        socket_mode: String => Option<u32>, MODE_OR_OFF, Text("off");
        /// Group of Unix sockets, by name or number.
        socket_group: String => Option<String>, ACCOUNT_OR_OFF, Text("off");
        /// Before the drain of an end, take connections for so long with `/ready` denied.
        drain_delay: Duration => Duration, TIME_OR_ZERO, Text("0ms");
        /// Drain limit, after which running tasks are told to stop.
        shutdown_timeout: Duration => Duration, TIME_OR_ZERO, Text("30s");
        /// Work in this folder, and look for gopool.toml there; each master enters it anew, so it may be a link.
        chdir: String => Option<PathBuf>, FOLDER_OR_OFF, Text("off");
        /// Variables for the program and its options, one NAME=value a line; each master has them anew.
        env_file: String => Option<PathBuf>, PATH_OR_OFF, Text("off");
        /// File of options, one `max-threads = 4` a line.
        config: String => Option<PathBuf>, PATH, Computed("gopool.toml where it exists");
    }
    Daemon {
        /// Run the master without the daemon that restarts it.
        no_daemon: bool => bool, SWITCH, Text("false");
        /// Reload whenever the program on disk is replaced.
        watch: bool => bool, SWITCH, Text("false");
        /// Replace a master with an event loop that was silent for this long.
        watchdog: Duration => Option<Duration>, TIME_OR_OFF, Text("10s");
        /// How long a master may take to say that it is ready.
        ready_timeout: Duration => Duration, TIME, Text("30s");
        /// A master that served for this long was healthy: its successor starts at once, earlier deaths are forgotten.
        healthy_after: Duration => Duration, TIME_OR_ZERO, Text("30s");
        /// Replace a master that uses more memory than this.
        max_memory: u64 => Option<u64>, MEMORY_OR_OFF, Text("off");
        /// Replace a master that has served for about this long by the next one, as a reload does.
        recycle_age: Duration => Option<Duration>, TIME_OR_OFF, Text("off");
        /// Replace a master that has answered about so many requests by the next one, as a reload does.
        recycle_requests: usize => Option<usize>, COUNT_OR_OFF, Text("off");
        /// Run masters as this user, given as name or number, when started as root.
        user: String => Option<String>, ACCOUNT_OR_OFF, Text("off");
        /// Run masters in this group instead of the user's own.
        group: String => Option<String>, ACCOUNT_OR_OFF, Text("off");
        /// Write the daemon's process id to this file and lock it.
        pid_file: String => Option<PathBuf>, PATH_OR_OFF, Text("off");
    }
    Monitor {
        /// Monitor at /path for loopback clients, or at http://host:port of its own.
        info_url: String => Option<InfoUrl>, INFO_URL_OR_OFF, Text("off");
        /// Bearer token that the monitor asks for; best given as a variable.
        info_token: Secret => Option<Secret>, TOKEN_OR_OFF, Text("off");
    }
    Log {
        /// Also log requests: `access` is one line for each.
        log: Log => Log, LOG, Text("off");
        /// How log lines are written: `text` or `json`.
        log_format: LogFormat => LogFormat, LOG_FORMAT, Text("text");
        /// What is logged, by level and target; where it is not given, `RUST_LOG` is asked.
        log_level: String => String, LEVELS, Text("info");
        /// Write the log to this file, which USR1 opens anew.
        log_file: String => Option<PathBuf>, PATH_OR_OFF, Text("off");
        /// Warn of requests that take longer than this.
        slow: Duration => Option<Duration>, TIME_OR_OFF, Text("off");
    }
}

impl OptionDef {
    /// The name in a file, in the monitor and, behind `--`, on the command line.
    pub(crate) fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// Is it given by its name alone?
    pub(crate) fn is_switch(&self) -> bool {
        self.notation == Notation::Switch
    }

    /// What it means, without a full stop.
    pub(super) fn meaning(&self) -> &'static str {
        self.help.trim().trim_end_matches('.')
    }

    /// May it be given several times on the command line?
    pub(crate) fn is_list(&self) -> bool {
        self.notation == Notation::List
    }

    /// Completes "it takes ...".
    pub(crate) fn allowed(&self) -> &'static str {
        self.allowed
    }

    /// The option of this name, as in `max-threads`.
    pub(crate) fn named(name: &str) -> Option<&'static OptionDef> {
        // A name with `_` would otherwise be taken for the one with `-`.
        TABLE
            .iter()
            .find(|row| !name.contains('_') && row.field == name.replace('-', "_"))
    }
}
