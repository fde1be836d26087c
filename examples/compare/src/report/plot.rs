//! One bar for each server, with a whisker from the least to the most, as SVG.

use std::fmt::Write as _;

use crate::{
    rounds::Finding,
    rows::Plot,
    sample::{Spread, readable},
};

const WIDTH: f64 = 760.0;
const NAMES: f64 = 190.0;
const VALUES: f64 = 80.0;
const BAR: f64 = 18.0;
const STEP: f64 = 26.0;
const HEAD: f64 = 62.0;
pub(super) const OURS: &str = "#2f7d4f";
const THEIRS: &str = "#9aa5b1";
/// Beyond this ratio of the longest to the shortest bar, only a logarithmic scale shows both.
const LINEAR_UP_TO: f64 = 100.0;

pub(super) fn draw(finding: &Finding) -> String {
    let bars: Vec<(&str, Spread)> = finding
        .labels
        .iter()
        .filter_map(|label| Some((label.as_str(), finding.spread(label, finding.row.plot.figure())?)))
        .collect();
    let scale = Scale::of(&bars);
    let mut body = String::new();
    let mut y = HEAD;
    for (label, spread) in &bars {
        body += &bar(label, *spread, &scale, y);
        y += STEP;
    }
    let title = escape(&format!(
        "{}: {}{}",
        finding.row.title,
        finding.row.plot.figure(),
        scale.remark()
    ));
    let better = match finding.row.plot {
        Plot::MoreIsBetter(_) => "longer is better",
        Plot::LessIsBetter(_) => "shorter is better",
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"12\" y=\"26\" font-size=\"15\">{title}</text>\n\
         <text x=\"12\" y=\"46\" fill=\"#555\">{better}; bar and number: median of the rounds, thin line: least to most</text>\n{body}</svg>\n",
        height = y + 10.0,
    )
}

/// From a value to a length.
struct Scale {
    least: f64,
    most: f64,
    is_logarithmic: bool,
}

impl Scale {
    fn of(bars: &[(&str, Spread)]) -> Self {
        let most = bars.iter().map(|(_, spread)| spread.most).fold(0.0, f64::max);
        let positive = bars
            .iter()
            .map(|(_, spread)| spread.least)
            .filter(|value| *value > 0.0);
        let least = positive.fold(f64::INFINITY, f64::min);
        Self {
            least,
            most,
            is_logarithmic: least.is_finite() && most / least > LINEAR_UP_TO,
        }
    }

    fn length(&self, value: f64) -> f64 {
        let part = if self.is_logarithmic {
            // The shortest bar is a tenth of a decade, so that it can be seen.
            let from = self.least.log10() - 0.1;
            (value.max(self.least).log10() - from) / (self.most.log10() - from)
        } else if self.most > 0.0 {
            value / self.most
        } else {
            0.0
        };
        part * (WIDTH - NAMES - VALUES)
    }

    fn remark(&self) -> &'static str {
        if self.is_logarithmic { " (logarithmic)" } else { "" }
    }
}

fn bar(label: &str, spread: Spread, scale: &Scale, y: f64) -> String {
    let color = if label.starts_with("gopool") { OURS } else { THEIRS };
    let [from, to, length] = [spread.least, spread.most, spread.median].map(|value| scale.length(value));
    let (text, middle) = (y + 14.0, y + BAR / 2.0);
    let mut svg = String::new();
    let _infallible = writeln!(
        svg,
        "<text x=\"{end:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{name}</text>\
         <rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{color}\"/>\
         <line x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"black\"/>\
         <text x=\"{after:.1}\" y=\"{text:.1}\">{value}</text>",
        end = NAMES - 8.0,
        name = escape(label),
        x1 = NAMES + from,
        x2 = NAMES + to,
        after = NAMES + to.max(length) + 6.0,
        value = readable(spread.median),
    );
    svg
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
