//! One line for each server over the load, with its name at its end, as SVG.

use std::fmt::Write as _;

use super::plot::{OURS, escape};
use crate::{
    rounds::Finding,
    rows::at,
    sample::{Spread, count},
};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 58.0;
/// Between two names.
const LINE: f64 = 16.0;
const THEIRS: [&str; 4] = ["#b4552d", "#3b6ea5", "#7a5195", "#6b7280"];
/// Over this the scale must reach, so that all that was asked for and could be done is on it.
const WHOLE: f64 = 1.1;

/// One server's figure at each load where it has one.
struct Line {
    label: String,
    color: &'static str,
    points: Vec<(f64, Spread)>,
}

pub(super) fn draw(finding: &Finding, loads: &[f64]) -> String {
    let lines = lines(finding, loads);
    let scale = Scale::of(&lines, loads);
    let mut body = axes(&scale, loads) + &ideal(&scale, loads);
    lines.iter().for_each(|line| body += &curve(&scale, line));
    body += &names(&scale, &lines);
    let title = escape(&format!(
        "{}: {}, by load",
        finding.row.title,
        finding.row.plot.figure()
    ));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"12\" y=\"26\" font-size=\"15\">{title}</text>\n\
         <text x=\"12\" y=\"46\" fill=\"#555\">higher is better; line: median of the rounds, band: least to most; dashed: all that is asked for and can be done</text>\n\
         {body}</svg>\n"
    )
}

fn lines(finding: &Finding, loads: &[f64]) -> Vec<Line> {
    let figure = finding.row.plot.figure();
    let peers = (finding.row.peers)().into_iter();
    let mut theirs = THEIRS.iter().cycle();
    let line = |label: String| {
        let color = if label.starts_with("gopool") {
            Some(&OURS)
        } else {
            theirs.next()
        };
        let spread = |load: &f64| Some((*load, finding.spread(&at(&label, *load), figure)?));
        Line {
            points: loads.iter().filter_map(spread).collect(),
            color: color.unwrap_or(&OURS),
            label,
        }
    };
    let all = peers.map(|peer| peer.label).map(line);
    all.filter(|line| !line.points.is_empty()).collect()
}

/// From a load and a figure to a place: loads are logarithmic, figures begin at zero.
struct Scale {
    least_load: f64,
    most_load: f64,
    most: f64,
}

impl Scale {
    fn of(lines: &[Line], loads: &[f64]) -> Self {
        let points = lines.iter().flat_map(|line| &line.points);
        Self {
            least_load: loads.iter().copied().fold(f64::INFINITY, f64::min),
            most_load: loads.iter().copied().fold(0.0, f64::max),
            most: points.map(|(_, spread)| spread.most).fold(WHOLE, f64::max),
        }
    }

    fn x(&self, load: f64) -> f64 {
        let part = (load / self.least_load).ln() / (self.most_load / self.least_load).ln();
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.most * (HEIGHT - TOP - BOTTOM)
    }
}

fn axes(scale: &Scale, loads: &[f64]) -> String {
    let mut svg = String::new();
    let (left, right, bottom) = (LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM);
    let steps = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    for (value, y) in steps.map(|value| (value, scale.y(value))) {
        let _infallible = writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#e2e6ea\"/>\
             <text x=\"{end}\" y=\"{text:.1}\" text-anchor=\"end\">{value:.1}</text>",
            end = left - 8.0,
            text = y + 4.0,
        );
    }
    for load in loads {
        let _infallible = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{load}x</text>",
            x = scale.x(*load),
            y = bottom + 20.0,
        );
    }
    let _infallible = writeln!(
        svg,
        "<line x1=\"{left}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\" stroke=\"#555\"/>\
         <text x=\"{middle}\" y=\"{caption}\" text-anchor=\"middle\">load, in times of what the cores can do</text>",
        middle = left.midpoint(right),
        caption = bottom + 44.0,
    );
    svg
}

/// What a server without any cost would reach.
fn ideal(scale: &Scale, loads: &[f64]) -> String {
    let points = loads.iter().map(|load| (*load, load.min(1.0)));
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#9aa5b1\" stroke-dasharray=\"5 4\"/>\n",
        path(scale, points)
    )
}

fn curve(scale: &Scale, line: &Line) -> String {
    let color = line.color;
    let median = line.points.iter().map(|(load, spread)| (*load, spread.median));
    let most = line.points.iter().map(|(load, spread)| (*load, spread.most));
    let least = line
        .points
        .iter()
        .rev()
        .map(|(load, spread)| (*load, spread.least));
    let mut svg = format!(
        "<polygon points=\"{band}\" fill=\"{color}\" fill-opacity=\"0.15\"/>\
         <polyline points=\"{middle}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2.5\"/>\n",
        band = path(scale, most.chain(least)),
        middle = path(scale, median.clone()),
    );
    for (load, value) in median {
        let (x, y) = (scale.x(load), scale.y(value));
        let _infallible = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{color}\"/>"
        );
    }
    svg
}

fn path(scale: &Scale, points: impl Iterator<Item = (f64, f64)>) -> String {
    let place = |(load, value)| format!("{:.1},{:.1}", scale.x(load), scale.y(value));
    points.map(place).collect::<Vec<_>>().join(" ")
}

/// Each line's name and last value beside its end, where two would overlap one above the other.
fn names(scale: &Scale, lines: &[Line]) -> String {
    let last = |line: &Line| line.points.last().map_or(0.0, |(_, spread)| spread.median);
    let mut order: Vec<&Line> = lines.iter().collect();
    order.sort_by(|one, other| last(other).total_cmp(&last(one)));
    let wanted: Vec<f64> = order.iter().map(|line| scale.y(last(line)) + 4.0).collect();
    let mut svg = String::new();
    for (line, y) in order.iter().zip(apart(&wanted, HEIGHT - BOTTOM)) {
        let _infallible = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y:.1}\" fill=\"{color}\" font-weight=\"bold\">{name} {value:.2}</text>",
            x = WIDTH - RIGHT + 10.0,
            color = line.color,
            name = escape(&line.label),
            value = last(line),
        );
    }
    svg
}

/// Heights from the top down, a line apart at least, near to where they should be, the last not below `bottom`.
fn apart(wanted: &[f64], bottom: f64) -> Vec<f64> {
    let mut heights: Vec<f64> = Vec::new();
    for wanted in wanted {
        let above = heights.last().map_or(f64::NEG_INFINITY, |above| above + LINE);
        heights.push(wanted.max(above));
    }
    let lines = heights.len();
    for (index, height) in heights.iter_mut().enumerate() {
        *height = height.min(bottom - LINE * count(lines - 1 - index));
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale {
            least_load: 0.5,
            most_load: 8.0,
            most: 1.1,
        }
    }

    #[test]
    fn equal_ratios_of_load_are_equally_far_apart() {
        let scale = scale();
        assert_eq!(scale.x(0.5), LEFT);
        assert!((scale.x(8.0) - (WIDTH - RIGHT)).abs() < 1e-9);
        let steps = [0.5, 1.0, 2.0, 4.0].map(|load| scale.x(2.0 * load) - scale.x(load));
        assert!(
            steps.iter().all(|step| (step - steps[0]).abs() < 1e-9),
            "{steps:?}"
        );
    }

    #[test]
    fn nothing_is_at_the_bottom_and_the_most_at_the_top() {
        assert_eq!(scale().y(0.0), HEIGHT - BOTTOM);
        assert_eq!(scale().y(1.1), TOP);
    }

    #[test]
    fn names_keep_a_line_apart_and_above_the_axis() {
        assert_eq!(apart(&[100.0, 200.0], 400.0), [100.0, 200.0]);
        assert_eq!(apart(&[100.0, 102.0, 103.0], 400.0), [100.0, 116.0, 132.0]);
        assert_eq!(apart(&[398.0, 399.0], 400.0), [384.0, 400.0]);
    }
}
