//! Following references while remembering where they led.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use aigw_config::{Resolve, Secret};

use super::{ResolvedReference, Sealed};

/// Resolves references for the compiler and remembers each: environment and files through another resolver, sealed
/// secrets from [`Sealed`].
///
/// What was found once is given again, so that a file that changes meanwhile is not read as two different values.
pub struct Recording<'r> {
    process: &'r dyn Resolve,
    sealed: &'r Sealed,
    seen: Mutex<BTreeMap<String, Found>>,
}

type Found = Result<Secret<String>, String>;

impl<'r> Recording<'r> {
    /// Environment and files through `process`, sealed secrets from `sealed`.
    pub fn new(process: &'r dyn Resolve, sealed: &'r Sealed) -> Self {
        Self {
            process,
            sealed,
            seen: Mutex::default(),
        }
    }

    /// Every reference that was followed, once, in alphabetical order.
    pub fn finish(self) -> Vec<ResolvedReference> {
        let seen = self
            .seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        seen.into_iter()
            .map(|(reference, found)| ResolvedReference {
                reference,
                value: found.ok(),
            })
            .collect()
    }

    fn find(
        &self,
        reference: String,
        look: impl FnOnce() -> Result<String, String>,
    ) -> Result<String, String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = seen
            .entry(reference)
            .or_insert_with(|| look().map(Secret::new));
        match found {
            Ok(value) => Ok(value.expose().clone()),
            Err(reason) => Err(reason.clone()),
        }
    }
}

impl Resolve for Recording<'_> {
    fn env(&self, name: &str) -> Option<String> {
        let look = || self.process.env(name).ok_or_else(String::new);
        self.find(format!("${{{name}}}"), look).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.find(format!("${{file:{path}}}"), || self.process.file(path))
    }

    fn secret(&self, name: &str) -> Option<String> {
        let look = || {
            let value = self.sealed.value(name).ok_or_else(String::new)?;
            Ok(value.expose().clone())
        };
        self.find(format!("${{secret:{name}}}"), look).ok()
    }
}

impl fmt::Debug for Recording<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recording")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Resolve for Fixed {
        fn env(&self, name: &str) -> Option<String> {
            (name == "SET").then(|| "from the environment".to_owned())
        }

        fn file(&self, _: &str) -> Result<String, String> {
            Err("no such file".to_owned())
        }

        fn secret(&self, _: &str) -> Option<String> {
            Some("never asked".to_owned())
        }
    }

    #[test]
    fn each_reference_is_remembered_once_with_its_value_or_without() {
        let sealed = Sealed::from_iter([("s".to_owned(), Secret::new("from the vault".into()))]);
        let recording = Recording::new(&Fixed, &sealed);
        assert_eq!(
            recording.env("SET").as_deref(),
            Some("from the environment")
        );
        assert_eq!(
            recording.env("SET").as_deref(),
            Some("from the environment")
        );
        assert_eq!(recording.env("UNSET"), None);
        assert_eq!(recording.file("/k"), Err("no such file".to_owned()));
        assert_eq!(recording.secret("s").as_deref(), Some("from the vault"));
        assert_eq!(recording.secret("t"), None);
        let found: Vec<_> = recording
            .finish()
            .into_iter()
            .map(|one| (one.is_present(), one.reference))
            .collect();
        let expected = [
            (true, "${SET}"),
            (false, "${UNSET}"),
            (false, "${file:/k}"),
            (true, "${secret:s}"),
            (false, "${secret:t}"),
        ];
        assert_eq!(
            found,
            expected.map(|(there, name)| (there, name.to_owned()))
        );
    }
}
