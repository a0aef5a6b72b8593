//! Counting outcomes and printing tables.

use std::fmt;
use std::ops::AddAssign;

/// How many checks passed, failed and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Counts {
    /// One check with this outcome.
    pub(crate) const fn one(passed: bool) -> Self {
        Self {
            passed: passed as usize,
            failed: !passed as usize,
            skipped: 0,
        }
    }

    /// Reads the last line of the form `N passed, N failed[, N skipped]`.
    pub(crate) fn parse_closing_line(output: &str) -> Option<Self> {
        output.lines().rev().find_map(Self::parse_line)
    }

    fn parse_line(line: &str) -> Option<Self> {
        let mut counts = Self::default();
        for (place, part) in line.trim().split(", ").enumerate() {
            let (number, word) = part.split_once(' ')?;
            let number = number.parse().ok()?;
            match (place, word) {
                (0, "passed") => counts.passed = number,
                (1, "failed") => counts.failed = number,
                (2, "skipped") => counts.skipped = number,
                _ => return None,
            }
        }
        line.contains("failed").then_some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// A table for the terminal, columns as wide as their widest cell.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(ToString::to_string).collect()],
        }
    }

    /// Adds a row; it must have as many cells as there are headings.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.rows[0].len());
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_is_read_back_as_it_was_written() {
        for counts in [
            Counts {
                passed: 12,
                failed: 0,
                skipped: 0,
            },
            Counts {
                passed: 0,
                failed: 3,
                skipped: 2,
            },
        ] {
            let output = format!("case  1 passed, maybe\n{counts}\n\n");
            assert_eq!(Counts::parse_closing_line(&output), Some(counts));
        }
    }

    #[test]
    fn other_lines_are_no_closing_line() {
        for line in [
            "",
            "3 passed",
            "passed, failed",
            "1 failed, 2 passed",
            "1 passed, 2 failed, 3 flaky",
        ] {
            assert_eq!(Counts::parse_closing_line(line), None, "{line}");
        }
    }

    #[test]
    fn columns_line_up_and_lines_have_no_trailing_space() {
        let mut table = Table::new(&["name", "n"]);
        table.row(["a".into(), "10".into()]);
        table.row(["läng".into(), String::new()]);
        assert_eq!(table.to_string(), "name  n\na     10\nläng\n");
    }
}
