//! One row over all its servers, round after round.

use crate::{
    Failure,
    peer::Peer,
    rows::{Goal, Measure, Row},
    sample::{Round, Sample, Spread},
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
}

/// Measures every server once in each round. A signal ends it, after the look at hand.
pub(crate) fn measure(stage: &Stage, row: &'static Row) -> Result<Finding, Failure> {
    let peers: Vec<Peer> = (row.peers)()
        .into_iter()
        .filter(|peer| stage.options.wants(peer) && peer.is_available(stage))
        .collect();
    let mut finding = Finding {
        row,
        labels: peers.iter().map(|peer| peer.label.clone()).collect(),
        rounds: Vec::new(),
        failures: Vec::new(),
    };
    for number in 1..=stage.options.rounds {
        let about = format!("{} {number}/{}", row.ids[0], stage.options.rounds);
        let measured = look(stage, row, &peers, &about);
        // Its figures mean nothing: the signal may have gone to the servers, too.
        if stage.is_interrupted() {
            return Err("interrupted".into());
        }
        let mut round = Round::default();
        for (peer, measured) in peers.iter().zip(measured) {
            match measured {
                Ok(sample) => round.insert(&peer.label, sample),
                Err(failure) => finding.note(number, peer, &failure),
            }
        }
        finding.rounds.push(round);
    }
    Ok(finding)
}

/// What each of these servers showed.
fn look(stage: &Stage, row: &Row, peers: &[Peer], about: &str) -> Vec<Result<Sample, Failure>> {
    match row.measure {
        Measure::Alone(measure) => {
            let one = |peer: &Peer| {
                if stage.is_interrupted() {
                    return Err("interrupted".into());
                }
                eprintln!("{about} {}", peer.label);
                measure(stage, peer)
            };
            peers.iter().map(one).collect()
        }
        Measure::InTurn(load) => {
            let labels: Vec<&str> = peers.iter().map(|peer| peer.label.as_str()).collect();
            eprintln!("{about} {}", labels.join(", "));
            turns::measure(stage, peers, load)
        }
    }
}

impl Finding {
    /// One server's failure must not cost the figures of the others.
    fn note(&mut self, round: usize, peer: &Peer, failure: &Failure) {
        eprintln!("  {failure}");
        let label = &peer.label;
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
        names.sort_by_key(|name| *name != self.row.plot);
        names
    }
}
