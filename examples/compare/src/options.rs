//! What the caller wants measured.

use std::collections::BTreeSet;

use lexopt::ValueExt as _;

use crate::{
    Failure,
    peer::{Origin, Peer},
    rows,
};

/// The servers of a quick look, beside gopool: those that the goals name.
const QUICK: [&str; 3] = ["actix inline", "actix web::block", "npm"];

/// The rows of a quick look: those about the promise.
const QUICK_ROWS: [&str; 6] = ["P1", "P2", "P3", "P3b", "R-fair", "P4"];

/// The rows of the four tables in npm gopool's README: idle, a simple request, a query, and a query with CPU work.
pub(crate) const TABLES: [&str; 4] = ["P6", "P1", "P9", "P9c"];

/// Six is the fewest that give a median an interval.
const ROUNDS: usize = 10;

const HELP: &str = "\
Measures gopool beside its peers; results go to target/compare.

  --quick          one short round of the rows about the promise, beside those peers that
                   the goals name, under three minutes once all is built; --rows and --peers
                   choose others
  --rounds N       how often every server is measured (default 10)
  --rows P1,P3     only these rows; `P4` is also P4-step and all others that begin with it
  --peers A,B      only peers whose name contains one of these words; gopool is always there
  --tables         the four tables of npm gopool's README, and nothing else: idle, a simple
                   request, a query, and a query with CPU work
  --record         write the summary into docs/measured.md, what each does when something goes
                   wrong (--rows C) into COMPARE.md, and the plots beside them
  --help           this text
";

/// The checked command line.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    pub(crate) rows: Option<Vec<String>>,
    pub(crate) peers: Option<Vec<String>>,
    pub(crate) tables: bool,
    pub(crate) record: bool,
}

impl Options {
    /// From the command line; `None` when only the help was asked for.
    pub(crate) fn from_args() -> Result<Option<Self>, Failure> {
        let mut options = Self {
            quick: false,
            rounds: 0,
            rows: None,
            peers: None,
            tables: false,
            record: false,
        };
        let mut args = lexopt::Parser::from_env();
        while let Some(arg) = args.next()? {
            match arg {
                lexopt::Arg::Long("quick") => options.quick = true,
                lexopt::Arg::Long("tables") => options.tables = true,
                lexopt::Arg::Long("record") => options.record = true,
                lexopt::Arg::Long("rounds") => options.rounds = args.value()?.string()?.parse()?,
                lexopt::Arg::Long("rows") => options.rows = Some(words(&args.value()?.string()?)),
                lexopt::Arg::Long("peers") => options.peers = Some(words(&args.value()?.string()?)),
                lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => {
                    print!("{HELP}");
                    return Ok(None);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if options.rounds == 0 {
            options.rounds = if options.quick { 1 } else { ROUNDS };
        }
        if options.quick && options.peers.is_none() {
            options.peers = Some(QUICK.map(str::to_owned).to_vec());
        }
        if options.tables {
            options.rows = Some(TABLES.map(str::to_owned).to_vec());
        } else if options.quick && options.rows.is_none() {
            options.rows = Some(QUICK_ROWS.map(str::to_owned).to_vec());
        }
        Ok(Some(options))
    }

    /// Whether this server takes part.
    pub(crate) fn wants(&self, peer: &Peer) -> bool {
        let label = &peer.label;
        let listed = |peers: &Vec<String>| peers.iter().any(|word| label.contains(word.as_str()));
        label.starts_with("gopool") || self.peers.as_ref().is_none_or(listed)
    }

    /// Where the programs of all servers that take part come from.
    pub(crate) fn origins(&self) -> Result<BTreeSet<Origin>, Failure> {
        let rows = rows::chosen(self.rows.as_deref())?.into_iter();
        let peers = rows.flat_map(|row| (row.peers)());
        let wanted = peers.filter(|peer| self.wants(peer));
        Ok(wanted.map(|peer| peer.origin()).collect())
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_owned()).collect()
}
