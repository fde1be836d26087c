//! The command line: a command, and options of which every mistake is named at once.

use std::ffi::OsString;

use lexopt::{Arg, Parser};

mod openapi;

pub(crate) use openapi::Openapi;
#[cfg(feature = "openapi")]
pub(crate) use openapi::Spec;

use crate::config::{
    Config, Entry, Mistakes, OptionDef, Options, Source, Surroundings, did_you_mean, help_entry,
    option_fields, options_help, quote,
};

/// The program as its users know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
}

/// What a command line comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parsed {
    /// Print this text to standard output and exit with 0.
    Print(String),
    /// Do this.
    Run(Box<Invocation>),
}

/// A command and the options in force for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Invocation {
    pub(crate) command: Command,
    pub(crate) config: Config,
    /// The daemon that a command is for, by its pid.
    pub(crate) pid: Option<u32>,
    /// The request that `cancel` is for, by its id.
    pub(crate) request: Option<String>,
    /// What `openapi` is to do.
    pub(crate) openapi: Openapi,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve the routes; the default.
    Serve,
    /// Print the table of routes.
    Routes { json: bool },
    /// Print the OpenAPI document, or compare it.
    Openapi,
    /// Look for everything that would stop a launch.
    Check,
    /// Ask the daemon how it is.
    Status { json: bool },
    /// Roll in a new master with the binary on disk.
    Reload,
    /// Replace the daemon itself, then the master, by the binary on disk.
    Upgrade,
    /// Drain and end.
    Stop,
    /// Cancel a request.
    Cancel,
}

const COMMANDS: [(&str, Command, &str); 9] = [
    ("serve", Command::Serve, "Serve the routes (the default)"),
    (
        "routes",
        Command::Routes { json: false },
        "Print the table of routes; with --json for machines",
    ),
    (
        "openapi",
        Command::Openapi,
        "Print the OpenAPI document; with --check FILE what has changed since that one",
    ),
    (
        "check",
        Command::Check,
        "Name everything that would stop a launch, then exit",
    ),
    (
        "status",
        Command::Status { json: false },
        "Show the daemon's phase, processes, restarts and last exits; with --json for machines",
    ),
    (
        "reload",
        Command::Reload,
        "Replace the master by the binary on disk, refusing nobody; with --timeout wait so long",
    ),
    (
        "upgrade",
        Command::Upgrade,
        "Replace the daemon too, with its sockets open; it goes on as it is if the binary is no good",
    ),
    ("stop", Command::Stop, "Drain, then end the daemon and its master"),
    (
        "cancel",
        Command::Cancel,
        "Cancel the request of an id that waits or runs: `cancel ID`, through --info-url",
    ),
];

/// What `args` (without the program's own name), the surroundings and the code's options together ask for.
pub(crate) fn parse(
    program: Program<'_>,
    args: impl IntoIterator<Item = OsString>,
    around: &Surroundings<'_>,
    code: &Options,
) -> Result<Parsed, Mistakes> {
    let arguments = Arguments::read(args);
    if arguments.wants_help {
        return Ok(Parsed::Print(help(program)));
    }
    if arguments.wants_version {
        return Ok(Parsed::Print(format!("{} {}", program.name, program.version)));
    }
    let mut mistakes = arguments.mistakes;
    let json = arguments.wants_json;
    let command = match arguments.command.unwrap_or(Command::Serve) {
        Command::Routes { .. } => Command::Routes { json },
        Command::Status { .. } => Command::Status { json },
        other if !arguments.wants_json => other,
        other => {
            mistakes.add(
                &Source::Flag,
                "`--json` belongs to the commands `routes` and `status`",
            );
            other
        }
    };
    let asks = matches!(
        command,
        Command::Status { .. } | Command::Reload | Command::Upgrade | Command::Stop
    );
    if arguments.pid.is_some() && !asks {
        mistakes.add(
            &Source::Flag,
            "`--pid` belongs to the commands `status`, `reload`, `upgrade` and `stop`",
        );
    }
    if arguments.openapi != Openapi::default() && command != Command::Openapi {
        mistakes.add(&Source::Flag, openapi::BELONG);
    }
    if command == Command::Cancel && arguments.request.is_none() {
        mistakes.add(
            &Source::Flag,
            "`cancel` lacks the id of a request, as `/running` and the log have it",
        );
    }
    let load = if asks || command == Command::Cancel {
        Config::load_to_ask
    } else {
        Config::load
    };
    Ok(Parsed::Run(Box::new(Invocation {
        command,
        config: load(arguments.entries, code, around, mistakes)?,
        pid: arguments.pid,
        request: arguments.request,
        openapi: arguments.openapi,
    })))
}

/// What can be sent to the daemon, or to a master without one.
const SIGNALS: &str = "
signals:
  TERM, QUIT                Finish the accepted requests, then end with 0
  INT                       The same; the second one ends everything at once with 130
  HUP                       Reload, as the command does; without a daemon nothing. From a
                            terminal that was closed: as TERM. Ignored under `nohup`
  USR1                      The files of the log were moved: open them anew
  USR2                      Nothing

exit codes:
  0 stopped as asked; 1 not launched; 2 wrong options; 69 gave up; 130 interrupted twice
  of `openapi --check`: 0 the same; 3 other texts; 4 something new; 5 what breaks clients
";

fn help(program: Program<'_>) -> String {
    let Program { name, version } = program;
    let mut help = format!("{name} {version}\n\nusage: {name} [COMMAND] [OPTIONS]\n\ncommands:\n");
    for (command, _, meaning) in COMMANDS {
        help += &help_entry(command, meaning, "");
    }
    help += &options_help();
    help += "\nmore:\n";
    help += &help_entry("-h, --help", "Print this help", "");
    help += &help_entry(
        "--pid PID",
        "The daemon that status, reload, upgrade or stop is for",
        "",
    );
    for (option, meaning) in openapi::HELP {
        help += &help_entry(option, meaning, "");
    }
    help += &help_entry("-V, --version", "Print the version", "");
    help += SIGNALS;
    help += "
Each option can also be given as a variable (--max-threads: GOPOOL_MAX_THREADS) or in
gopool.toml (max-threads = 4). The command line comes first, then the environment, the
file, the code, the default. Times: 500ms, 10s, 2m, 1h; a plain number is milliseconds.
Sizes: KB, MB, GB are powers of 1000 and KiB, MiB, GiB of 1024; a plain number is bytes.";
    help
}

/// What stands on the command line, its mistakes collected.
#[derive(Default)]
struct Arguments {
    command: Option<Command>,
    entries: Vec<Entry>,
    wants_help: bool,
    wants_version: bool,
    wants_json: bool,
    pid: Option<u32>,
    request: Option<String>,
    openapi: Openapi,
    mistakes: Mistakes,
}

impl Arguments {
    fn read(args: impl IntoIterator<Item = OsString>) -> Arguments {
        let mut read = Arguments::default();
        let mut parser = Parser::from_args(args);
        loop {
            match parser.next() {
                Ok(None) => return read,
                Ok(Some(Arg::Long(name))) => {
                    let name = name.to_owned();
                    read.long(&name, &mut parser);
                }
                Ok(Some(Arg::Short(letter))) => read.short(letter, &mut parser),
                Ok(Some(Arg::Value(word))) => read.word(&word.to_string_lossy()),
                // Only an `=value` that nobody took ends up here, and every arm above takes it.
                Err(error) => read.mistake(error.to_string()),
            }
        }
    }

    fn long(&mut self, name: &str, parser: &mut Parser) {
        let attached = parser.optional_value();
        let wanted = match name {
            "help" => &mut self.wants_help,
            "version" => &mut self.wants_version,
            "json" => &mut self.wants_json,
            "breaking" => &mut self.openapi.breaking_only,
            "strict" => &mut self.openapi.strict,
            "check" | "spec" => return self.document(name, attached, parser),
            "pid" => return self.process(attached, parser),
            _ => return self.option(name, attached, parser),
        };
        *wanted = true;
        if attached.is_some() {
            self.mistake(format!("`--{name}` takes no value"));
        }
    }

    fn process(&mut self, attached: Option<OsString>, parser: &mut Parser) {
        let given = attached.or_else(|| next_if(parser, is_value));
        let pid = given.as_ref().and_then(|given| given.to_str()?.parse().ok());
        match pid.filter(|pid| *pid > 0) {
            Some(_) if self.pid.is_some() => self.mistake("`--pid` is given more than once".to_owned()),
            Some(pid) => self.pid = Some(pid),
            None => self.mistake("`--pid` takes the process id of a daemon".to_owned()),
        }
    }

    fn document(&mut self, name: &str, attached: Option<OsString>, parser: &mut Parser) {
        let given = attached.or_else(|| next_if(parser, is_value));
        if let Err(mistake) = self.openapi.set(name, given) {
            self.mistake(mistake);
        }
    }

    fn short(&mut self, letter: char, parser: &mut Parser) {
        match letter {
            'h' => self.wants_help = true,
            'V' => self.wants_version = true,
            _ => {
                // The rest of an unknown `-xyz` would only repeat the mistake.
                parser.optional_value();
                self.mistake(format!("{} is not an option", quote(&format!("-{letter}"))));
            }
        }
    }

    fn option(&mut self, name: &str, attached: Option<OsString>, parser: &mut Parser) {
        let Some(row) = OptionDef::named(name) else {
            if attached.is_none() {
                next_if(parser, |next| is_value(next) && command(next).is_none());
            }
            return self.unknown(name);
        };
        let given = match attached {
            None if row.is_switch() => Some("true".into()),
            None => next_if(parser, is_value),
            attached => attached,
        };
        let Some(given) = given else {
            return self.mistake(format!("`--{name}` lacks its value: it takes {}", row.allowed()));
        };
        match given.into_string() {
            Ok(text) => self.give(row, text),
            Err(_) => self.mistake(format!(
                "`--{name}` is not valid UTF-8: it takes {}",
                row.allowed()
            )),
        }
    }

    fn give(&mut self, row: &'static OptionDef, text: String) {
        let earlier = self
            .entries
            .iter_mut()
            .find(|entry| entry.row.name() == row.name());
        match earlier {
            None => self.entries.push(Entry {
                row,
                text,
                source: Source::Flag,
            }),
            Some(earlier) if row.is_list() => earlier.text += &format!(",{text}"),
            Some(_) => self.mistake(format!("`--{}` is given more than once", row.name())),
        }
    }

    fn unknown(&mut self, name: &str) {
        let known = option_fields()
            .chain(["help", "version", "json", "pid"])
            .chain(openapi::NAMES);
        let near = did_you_mean(name, known, |near| Source::Flag.spell(near));
        self.mistake(format!("{} is not an option{near}", quote(&format!("--{name}"))));
    }

    fn word(&mut self, word: &str) {
        // Whatever it is: a client may call its request `stop`.
        if self.command == Some(Command::Cancel) && self.request.is_none() {
            self.request = Some(word.to_owned());
            return;
        }
        match (command(word), self.command) {
            (Some(command), None) => self.command = Some(command),
            (Some(_), Some(_)) => self.mistake(format!("{} is a second command", quote(word))),
            (None, _) => {
                let names = COMMANDS.map(|(name, ..)| name);
                let near = did_you_mean(word, names, str::to_owned);
                let all = names.join(", ");
                self.mistake(format!(
                    "{} is not a command{near}; the commands are {all}",
                    quote(word)
                ));
            }
        }
    }

    fn mistake(&mut self, what: String) {
        self.mistakes.add(&Source::Flag, what);
    }
}

fn command(word: &str) -> Option<Command> {
    COMMANDS
        .iter()
        .find(|(name, ..)| *name == word)
        .map(|(_, command, _)| *command)
}

// `-1` is a value, if mostly a wrong one; anything else with a dash is the next option.
fn is_value(word: &str) -> bool {
    let after_dash = word.strip_prefix('-');
    after_dash.is_none_or(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn next_if(parser: &mut Parser, wanted: impl Fn(&str) -> bool) -> Option<OsString> {
    parser
        .raw_args()
        .ok()?
        .next_if(|next| wanted(&next.to_string_lossy()))
}

#[cfg(test)]
mod tests;
