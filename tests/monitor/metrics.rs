//! Reads the Prometheus text format, as far as ours goes.

/// All samples of one scrape.
pub(crate) struct Metrics(Vec<Sample>);

struct Sample {
    name: String,
    labels: String,
    value: f64,
}

impl Metrics {
    pub(crate) fn read(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        Self(samples.map(Sample::read).collect())
    }

    /// The sum of all samples of this name whose labels hold each of `labels`, such as `route="/a"`.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        self.matching(name, labels).map(|sample| sample.value).sum()
    }

    pub(crate) fn count(&self, name: &str, labels: &[&str]) -> usize {
        self.matching(name, labels).count()
    }

    /// The label sets of all samples of this name.
    pub(crate) fn labels(&self, name: &str) -> impl Iterator<Item = &str> {
        self.matching(name, &[]).map(|sample| &*sample.labels)
    }

    fn matching(&self, name: &str, labels: &[&str]) -> impl Iterator<Item = &Sample> {
        let named = self.0.iter().filter(move |sample| sample.name == name);
        named.filter(move |sample| labels.iter().all(|label| sample.labels.contains(label)))
    }
}

impl Sample {
    fn read(line: &str) -> Self {
        let (series, value) = line
            .rsplit_once(' ')
            .unwrap_or_else(|| panic!("no value: {line}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.strip_suffix('}').unwrap_or(labels);
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        Self {
            name: name.to_owned(),
            labels: labels.to_owned(),
            value,
        }
    }
}
