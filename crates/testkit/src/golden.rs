//! Golden files: what a function makes of every fixture, compared with what it made before.
//!
//! The golden file of `dir/name.ext` is `dir/name.ext.golden`. A missing one is written and fails this once, so that it
//! is looked at before it is committed; with `UPDATE=1` in the environment all of them are written anew.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What differed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Differences {
    /// Fixtures whose golden file says something else: the fixture, and the first line that differs.
    pub changed: Vec<(PathBuf, String)>,
    /// Golden files that did not exist and have been written.
    pub written: Vec<PathBuf>,
}

/// Compares every file with this extension under `dir`, in subdirectories too, in the order of their names.
///
/// # Panics
///
/// When a golden file differs or was missing, when `dir` cannot be read, and when there is no fixture at all.
#[expect(clippy::panic, reason = "this is the assertion of a test")]
pub fn assert_golden(dir: &Path, extension: &str, make: impl FnMut(&Path, &[u8]) -> String) {
    match compare(dir, extension, update_wanted(), make) {
        Ok((0, _)) => panic!("no .{extension} file under {}", dir.display()),
        Ok((_, differences)) if differences.is_empty() => {}
        Ok((_, differences)) => panic!("{differences}"),
        Err(error) => panic!("golden files under {}: {error}", dir.display()),
    }
}

/// The same as a value: how many fixtures there were, and what differed. With `update` every golden file is written and
/// nothing differs.
pub fn compare(
    dir: &Path,
    extension: &str,
    update: bool,
    mut make: impl FnMut(&Path, &[u8]) -> String,
) -> io::Result<(usize, Differences)> {
    let mut fixtures = Vec::new();
    collect(dir, extension, &mut fixtures)?;
    fixtures.sort();
    let mut differences = Differences::default();
    for fixture in &fixtures {
        let made = make(fixture, &std::fs::read(fixture)?);
        let golden = golden_of(fixture);
        match std::fs::read_to_string(&golden) {
            Ok(before) if before == made => {}
            Ok(_) if update => std::fs::write(&golden, made)?,
            Ok(before) => differences
                .changed
                .push((fixture.clone(), first_difference(&before, &made))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::write(&golden, made)?;
                if !update {
                    differences.written.push(golden);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok((fixtures.len(), differences))
}

impl Differences {
    /// Whether everything was as before.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.written.is_empty()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fixture, line) in &self.changed {
            writeln!(
                out,
                "{} differs from its golden file:\n{line}",
                fixture.display()
            )?;
        }
        for golden in &self.written {
            writeln!(
                out,
                "{} was missing and has been written: read it, then run again",
                golden.display()
            )?;
        }
        write!(out, "UPDATE=1 writes all golden files anew")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests; nothing of the product reads it"
)]
fn update_wanted() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

fn collect(dir: &Path, extension: &str, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, into)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
    Ok(())
}

fn golden_of(fixture: &Path) -> PathBuf {
    let mut name = fixture.as_os_str().to_owned();
    name.push(".golden");
    name.into()
}

fn first_difference(before: &str, made: &str) -> String {
    let (mut old, mut new) = (before.lines(), made.lines());
    let mut number = 1;
    loop {
        match (old.next(), new.next()) {
            (Some(old), Some(new)) if old == new => number += 1,
            (None, None) => return "  only the line ends differ".to_owned(),
            (old, new) => {
                let shown = |line: Option<&str>| line.unwrap_or("(no more lines)").to_owned();
                return format!("  line {number}\n  - {}\n  + {}", shown(old), shown(new));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shout(_: &Path, text: &[u8]) -> String {
        String::from_utf8_lossy(text).to_uppercase()
    }

    #[test]
    fn a_missing_golden_file_is_written_and_fails_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("deep")).unwrap();
        std::fs::write(dir.path().join("deep/a.txt"), "one\ntwo").unwrap();
        std::fs::write(dir.path().join("b.other"), "not a fixture").unwrap();
        let (count, first) = compare(dir.path(), "txt", false, shout).unwrap();
        assert_eq!((count, first.written.len(), first.changed.len()), (1, 1, 0));
        let (_, second) = compare(dir.path(), "txt", false, shout).unwrap();
        assert!(second.is_empty());
    }

    #[test]
    fn a_change_names_its_first_line_until_update_accepts_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.txt"), "one\ntwo").unwrap();
        std::fs::write(dir.path().join("a.txt.golden"), "ONE\n2").unwrap();
        let (_, differences) = compare(dir.path(), "txt", false, shout).unwrap();
        assert_eq!(differences.changed[0].1, "  line 2\n  - 2\n  + TWO");
        assert!(
            compare(dir.path(), "txt", true, shout)
                .unwrap()
                .1
                .is_empty()
        );
        assert!(
            compare(dir.path(), "txt", false, shout)
                .unwrap()
                .1
                .is_empty()
        );
    }

    #[test]
    #[should_panic(expected = "no .txt file")]
    fn no_fixtures_at_all_fail() {
        assert_golden(tempfile::tempdir().unwrap().path(), "txt", shout);
    }
}
