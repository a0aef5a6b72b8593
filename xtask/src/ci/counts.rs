//! Reading how many tests a runner ran from what it printed.

use crate::report::Counts;

/// Nothing is counted: the exit code decides.
pub(super) fn exit_code(_: &str) -> Option<Counts> {
    None
}

/// Our own closing line.
pub(super) fn closing_line(output: &str) -> Option<Counts> {
    Counts::parse_closing_line(output)
}

/// `cargo test`: one line per test binary, summed.
pub(crate) fn cargo_test(output: &str) -> Option<Counts> {
    let results = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: "));
    let mut found = None;
    for line in results {
        let sum: &mut Counts = found.get_or_insert_default();
        *sum += Counts {
            passed: before(line, " passed"),
            failed: before(line, " failed"),
            skipped: before(line, " ignored"),
        };
    }
    found
}

/// `cargo nextest run`: its summary line.
pub(super) fn nextest(output: &str) -> Option<Counts> {
    let summary = output
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("Summary ["))?;
    let failed = before(summary, " failed")
        + before(summary, " timed out")
        + before(summary, " exec failed");
    Some(Counts {
        passed: before(summary, " passed"),
        failed,
        skipped: before(summary, " skipped"),
    })
}

/// The number that stands before a word; 0 if it is not there.
fn before(line: &str, word: &str) -> usize {
    let digits = |at: usize| {
        line[..at]
            .rsplit(|c: char| !c.is_ascii_digit())
            .next()
            .and_then(|n| n.parse().ok())
    };
    line.find(word).and_then(digits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_binaries_are_summed() {
        let output = "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                      test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(
            cargo_test(output),
            Some(Counts {
                passed: 6,
                failed: 3,
                skipped: 1
            })
        );
        assert_eq!(cargo_test("running 0 tests\n"), None);
    }

    #[test]
    fn the_summary_of_nextest_is_read() {
        let good = "     Summary [   1.204s] 312 tests run: 312 passed (2 slow), 4 skipped\n";
        assert_eq!(
            nextest(good),
            Some(Counts {
                passed: 312,
                failed: 0,
                skipped: 4
            })
        );
        let bad =
            "     Summary [   1.204s] 12 tests run: 9 passed, 2 failed, 1 timed out, 0 skipped\n";
        assert_eq!(
            nextest(bad),
            Some(Counts {
                passed: 9,
                failed: 3,
                skipped: 0
            })
        );
        assert_eq!(nextest("error: could not compile\n"), None);
    }
}
