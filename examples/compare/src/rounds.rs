//! One row over all its servers, round after round.

use crate::{
    Failure,
    answer::Ask,
    peer::Peer,
    rows::{Goal, Measure, Row, at},
    sample::{Round, Sample, Spread},
    server::Server,
    stage::Stage,
    turns,
};

/// What a row came to.
pub(crate) struct Finding {
    pub(crate) row: &'static Row,
    /// In the order of the report.
    pub(crate) labels: Vec<String>,
    pub(crate) rounds: Vec<Round>,
    /// What could not be measured, and why.
    pub(crate) failures: Vec<String>,
    /// Why it was not looked at at all.
    pub(crate) skipped: Option<String>,
}

/// Measures every server once in each round. A signal ends it, after the look at hand.
pub(crate) fn measure(stage: &Stage, row: &'static Row) -> Result<Finding, Failure> {
    let peers: Vec<Peer> = (row.peers)()
        .into_iter()
        .filter(|peer| stage.options.wants(peer) && peer.is_available(stage))
        .collect();
    let mut finding = Finding {
        row,
        labels: labels(stage, row, &peers),
        rounds: Vec::new(),
        failures: Vec::new(),
        skipped: missing_route(stage, row, &peers)?,
    };
    if let Some(reason) = &finding.skipped {
        eprintln!("{}: skipped, {reason}", row.ids[0]);
        return Ok(finding);
    }
    for number in 1..=stage.options.rounds {
        let about = format!("{} {number}/{}", row.ids[0], stage.options.rounds);
        let measured = look(stage, row, &peers, &about);
        // Its figures mean nothing: the signal may have gone to the servers, too.
        if stage.is_interrupted() {
            return Err("interrupted".into());
        }
        let mut round = Round::default();
        for (label, measured) in measured {
            match measured {
                Ok(sample) => round.insert(&label, sample),
                Err(failure) => finding.note(number, &label, &failure),
            }
        }
        finding.rounds.push(round);
    }
    Ok(finding)
}

/// Each server, at each load where there are several.
fn labels(stage: &Stage, row: &Row, peers: &[Peer]) -> Vec<String> {
    let labels = peers.iter().map(|peer| &peer.label);
    match row.measure {
        Measure::AtLoads(loads, _) => labels
            .flat_map(|label| loads.of(stage).iter().map(|load| at(label, *load)))
            .collect(),
        Measure::Alone(_) | Measure::InTurn(_) => labels.cloned().collect(),
    }
}

/// Says which route of the row this build of gopool lacks.
fn missing_route(stage: &Stage, row: &Row, peers: &[Peer]) -> Result<Option<String>, Failure> {
    let Some(gopool) = peers.first().filter(|_| !row.asks.is_empty()) else {
        return Ok(None);
    };
    let server = Server::start(stage, gopool, Ask::Inline)?;
    for ask in row.asks {
        if !server.knows(*ask)? {
            let path = server.path(*ask);
            return Ok(Some(format!(
                "because this build of {} has no route `{path}`",
                gopool.label
            )));
        }
    }
    Ok(None)
}

type Looked = (String, Result<Sample, Failure>);

/// What each of these servers showed.
fn look(stage: &Stage, row: &Row, peers: &[Peer], about: &str) -> Vec<Looked> {
    let one = |label: String, measure: &dyn Fn() -> Result<Sample, Failure>| {
        if stage.is_interrupted() {
            return (label, Err("interrupted".into()));
        }
        eprintln!("{about} {label}");
        let sample = measure();
        (label, sample)
    };
    match row.measure {
        Measure::Alone(measure) => peers
            .iter()
            .map(|peer| one(peer.label.clone(), &|| measure(stage, peer)))
            .collect(),
        Measure::AtLoads(loads, measure) => loads
            .of(stage)
            .iter()
            .flat_map(|load| peers.iter().map(move |peer| (peer, *load)))
            .map(|(peer, load)| one(at(&peer.label, load), &|| measure(stage, peer, load)))
            .collect(),
        Measure::InTurn(load) => {
            let labels: Vec<&str> = peers.iter().map(|peer| peer.label.as_str()).collect();
            eprintln!("{about} {}", labels.join(", "));
            let labels = peers.iter().map(|peer| peer.label.clone());
            labels.zip(turns::measure(stage, peers, load)).collect()
        }
    }
}

impl Finding {
    /// One server's failure must not cost the figures of the others.
    fn note(&mut self, round: usize, label: &str, failure: &Failure) {
        eprintln!("  {failure}");
        self.failures.push(format!("round {round}, {label}: {failure}"));
    }

    /// Whether anything could be measured of this server.
    pub(crate) fn has_figures(&self, label: &str) -> bool {
        self.rounds.iter().any(|round| round.sample(label).is_some())
    }

    /// One figure of one server over all rounds.
    pub(crate) fn spread(&self, label: &str, name: &str) -> Option<Spread> {
        Spread::of(self.rounds.iter().filter_map(|round| round.get(label, name)))
    }

    /// What a goal came to over all rounds.
    pub(crate) fn reached(&self, goal: &Goal) -> Option<Spread> {
        Spread::of(self.rounds.iter().filter_map(goal.value))
    }

    /// The figures that some server showed, by name.
    pub(crate) fn figures(&self) -> Vec<&'static str> {
        let samples = self.rounds.iter().flat_map(|round| {
            self.labels
                .iter()
                .filter_map(|label| round.sample(label))
                .flat_map(|sample| sample.names())
        });
        let mut names: Vec<_> = samples.collect();
        names.sort_unstable();
        names.dedup();
        // The figure of the plot is what the row is about.
        names.sort_by_key(|name| *name != self.row.plot.figure());
        names
    }
}
