//! What was measured.

use std::collections::BTreeMap;

use serde::Serialize;

use super::contestants::Way;
use super::goals::{self, Goal};
use super::plan::Plan;

/// Everything of one run.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) rounds: u32,
    /// Streams that were really held open; the limit of open files may have allowed fewer than planned.
    pub(super) held_streams: Vec<u64>,
    /// Largest share of processor time that the hypervisor took away during a sample, in percent.
    pub(super) steal_percent: f64,
    /// Answers that did not count, over all samples.
    pub(super) errors: u64,
    pub(super) rows: Vec<Row>,
}

/// One line of the table.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: &'static str,
    /// One value per round.
    pub(super) samples: BTreeMap<Way, Vec<f64>>,
    /// The gateway's median over that of the same dialect, where that is measured, else over the pass-through's.
    pub(super) ratio: Option<f64>,
    pub(super) goal: Option<Goal>,
    pub(super) met: Option<bool>,
}

impl Results {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            rounds: plan.rounds,
            held_streams: Vec::new(),
            steal_percent: 0.0,
            errors: 0,
            rows: Vec::new(),
        }
    }

    /// Adds one sample to the row of this name.
    pub(super) fn add(&mut self, name: &str, unit: &'static str, way: Way, value: f64) {
        let place = self
            .rows
            .iter()
            .position(|row| row.name == name)
            .unwrap_or_else(|| {
                let goal = goals::of(name);
                self.rows.push(Row {
                    name: name.to_owned(),
                    unit,
                    samples: BTreeMap::new(),
                    ratio: None,
                    goal,
                    met: None,
                });
                self.rows.len() - 1
            });
        self.rows[place].samples.entry(way).or_default().push(value);
    }

    /// Works out ratios and whether goals are met.
    pub(super) fn judge(&mut self) {
        for row in &mut self.rows {
            let gateway = row.median(Way::Gateway);
            let base = row
                .median(Way::SameDialect)
                .or(row.median(Way::PassThrough));
            row.ratio = gateway
                .zip(base)
                .filter(|(_, base)| *base > 0.0)
                .map(|(gateway, base)| gateway / base);
            row.met = row.goal.and_then(|goal| goal.met(row.ratio, gateway));
        }
    }

    /// The row of this name.
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

impl Row {
    /// Whether the gateway has a value in every round.
    pub(super) fn is_measured(&self) -> bool {
        self.samples
            .get(&Way::Gateway)
            .is_some_and(|samples| samples.iter().all(|value| value.is_finite()))
    }

    /// The middle value.
    pub(super) fn median(&self, way: Way) -> Option<f64> {
        let mut sorted = self.samples.get(&way)?.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(sorted[middle]),
            _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        }
    }

    /// The smallest and the largest value.
    pub(super) fn spread(&self, way: Way) -> Option<(f64, f64)> {
        let samples = self.samples.get(&way)?;
        let low = samples.iter().copied().reduce(f64::min)?;
        Some((low, samples.iter().copied().fold(low, f64::max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(samples: &[(Way, f64)]) -> Results {
        let mut results = Results::new(&Plan::new(true, false, 1));
        for (way, value) in samples {
            results.add("CPU per request, 1 KiB", "µs", *way, *value);
        }
        results.judge();
        results
    }

    #[test]
    fn medians_and_spread_are_over_the_rounds() {
        let results = results(&[
            (Way::Gateway, 5.0),
            (Way::Gateway, 1.0),
            (Way::Gateway, 3.0),
            (Way::Direct, 1.0),
            (Way::Direct, 2.0),
        ]);
        let row = &results.rows[0];
        assert_eq!(
            (row.median(Way::Gateway), row.spread(Way::Gateway)),
            (Some(3.0), Some((1.0, 5.0)))
        );
        assert_eq!(
            (row.median(Way::Direct), row.median(Way::PassThrough)),
            (Some(1.5), None)
        );
    }

    #[test]
    fn goals_are_judged_by_the_ratio_of_medians() {
        for (gateway, met) in [(44.0, true), (46.0, false)] {
            let results = results(&[(Way::PassThrough, 30.0), (Way::Gateway, gateway)]);
            assert_eq!(results.rows[0].met, Some(met));
        }
        assert_eq!(results(&[(Way::Gateway, 1.0)]).rows[0].met, None);
    }

    #[test]
    fn translation_is_compared_with_the_same_dialect() {
        let results = results(&[
            (Way::PassThrough, 10.0),
            (Way::SameDialect, 40.0),
            (Way::Gateway, 50.0),
        ]);
        assert_eq!(results.rows[0].ratio, Some(1.25));
    }
}
