//! The routes as people and programs read them: grouped by crate, and as JSON.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::entry::Route;

/// The launch table.
#[derive(Debug)]
pub(crate) struct Table<'a>(Vec<Line<'a>>);

#[derive(Debug, Serialize)]
struct Line<'a> {
    method: &'a str,
    path: &'a str,
    runs: &'a str,
    function: &'a str,
    #[serde(rename = "crate")]
    package: &'a str,
    module: &'a str,
    file: &'a str,
    line: u32,
    /// What its attribute and its groups set, by name.
    limits: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    /// What runs before it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before: Vec<&'a str>,
    /// What runs after it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    after: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// `routes` are sorted by path; the table keeps that order within each crate.
    pub(crate) fn of(routes: &[&'a Route]) -> Self {
        let mut lines: Vec<_> = routes.iter().copied().map(Line::of).collect();
        lines.sort_by_key(|line| line.package);
        Self(lines)
    }

    /// One JSON array, an object for each route.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.0)
    }
}

impl<'a> Line<'a> {
    fn of(route: &'a Route) -> Self {
        let [before, after] = route.applied.functions();
        Self {
            method: route.verb.as_str(),
            path: route.template.as_str(),
            runs: route.runs(true),
            function: route.site.function,
            package: route.site.package,
            module: route.site.module,
            file: route.site.file,
            line: route.site.line,
            limits: route.limits.set().into_iter().collect(),
            tag: route.applied.tag().map(|(tag, _)| tag),
            before,
            after,
        }
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Line<'_>) -> usize| self.0.iter().map(text).max().unwrap_or(0);
        let (method, path, function) = (
            width(|line| line.method.len()),
            width(|line| line.path.len()),
            width(|line| line.function.len()),
        );
        let mut package = "";
        for line in &self.0 {
            if line.package != package {
                package = line.package;
                writeln!(f, "crate {package}")?;
            }
            write!(
                f,
                "  {:method$}  {:path$}  {:8}  {:function$}  {}:{}",
                line.method, line.path, line.runs, line.function, line.file, line.line
            )?;
            for (name, value) in &line.limits {
                write!(f, "  {name}={value}")?;
            }
            for (name, values) in [("before", &line.before), ("after", &line.after)] {
                if !values.is_empty() {
                    write!(f, "  {name}={}", values.join(","))?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
