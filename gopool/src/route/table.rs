//! The routes as people and programs read them: grouped by crate, and as JSON.

use std::fmt;

use serde::Serialize;

use super::{ANY_METHOD, Handler, Route};

/// The launch table.
#[derive(Debug)]
pub(crate) struct Table<'a>(Vec<Row<'a>>);

#[derive(Debug, Serialize)]
struct Row<'a> {
    method: &'a str,
    path: &'a str,
    runs: &'a str,
    function: &'a str,
    #[serde(rename = "crate")]
    package: &'a str,
    module: &'a str,
    file: &'a str,
    line: u32,
}

impl<'a> Table<'a> {
    /// `routes` are sorted by path; the table keeps that order within each crate.
    pub(crate) fn of(routes: &[&'a Route]) -> Self {
        let mut rows: Vec<_> = routes.iter().copied().map(Row::of).collect();
        rows.sort_by_key(|row| row.package);
        Self(rows)
    }

    /// One JSON array, an object for each route.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.0)
    }
}

impl<'a> Row<'a> {
    fn of(route: &'a Route) -> Self {
        Self {
            method: if route.method == ANY_METHOD {
                "ALL"
            } else {
                route.method
            },
            path: route.template.as_str(),
            runs: match route.handler {
                Handler::Pool(_) => "pool",
                Handler::Inline(_) => "inline",
                Handler::Async(_) => "async",
            },
            function: route.site.function,
            package: route.site.package,
            module: route.site.module,
            file: route.site.file,
            line: route.site.line,
        }
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Row<'_>) -> usize| self.0.iter().map(text).max().unwrap_or(0);
        let (method, path, function) = (
            width(|row| row.method.len()),
            width(|row| row.path.len()),
            width(|row| row.function.len()),
        );
        let mut package = "";
        for row in &self.0 {
            if row.package != package {
                package = row.package;
                writeln!(f, "crate {package}")?;
            }
            writeln!(
                f,
                "  {:method$}  {:path$}  {:6}  {:function$}  {}:{}",
                row.method, row.path, row.runs, row.function, row.file, row.line
            )?;
        }
        Ok(())
    }
}
