//! What an attempt failed with, as far as routing cares.

use crate::names::named;

/// The class of a failure decides what may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// The request itself is wrong (400, 404 for something other than a model, 413, 422).
    InvalidRequest,
    /// The prompt does not fit into the model's window.
    ContextLength,
    /// The upstream refused the content.
    ContentFilter,
    /// The credential was refused (401, 403).
    Auth,
    /// The account behind the credential has no money or quota left.
    Billing,
    /// The upstream does not know the model.
    ModelMissing,
    /// The credential sends too fast (429).
    RateLimited,
    /// The upstream has no capacity (503, 529, in-band overloaded).
    Overloaded,
    /// Any other failure of the upstream (5xx).
    ServerError,
    /// Refused, reset, TLS, DNS.
    Network,
    /// Connect, first byte, first token, idle or total time ran out.
    Timeout,
    /// The caller left.
    Cancelled,
}

named!(FailureClass, "failure class", {
    InvalidRequest => "invalid_request",
    ContextLength => "context_length",
    ContentFilter => "content_filter",
    Auth => "auth",
    Billing => "billing",
    ModelMissing => "model_missing",
    RateLimited => "rate_limited",
    Overloaded => "overloaded",
    ServerError => "server_error",
    Network => "network",
    Timeout => "timeout",
    Cancelled => "cancelled",
});

impl FailureClass {
    /// Whether the failure counts towards the cooldown of its target.
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::Overloaded | Self::ServerError | Self::Network | Self::Timeout
        )
    }

    /// Whether the credential is at fault, so that another one may do better.
    pub const fn blames_credential(self) -> bool {
        matches!(self, Self::Auth | Self::Billing | Self::RateLimited)
    }

    /// Whether the upstream worked and the request is what it refused.
    pub const fn blames_request(self) -> bool {
        matches!(
            self,
            Self::InvalidRequest | Self::ContextLength | Self::ContentFilter
        )
    }

    /// Whether the same target may be asked once more after a backoff.
    pub const fn retries_same_target(self) -> bool {
        matches!(self, Self::Overloaded | Self::ServerError | Self::Network)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of failure classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ClassSet(u16);

impl ClassSet {
    /// The set without members.
    pub const EMPTY: ClassSet = ClassSet(0);

    /// The set of these classes.
    pub const fn of(classes: &[FailureClass]) -> ClassSet {
        let mut bits = 0;
        let mut index = 0;
        while index < classes.len() {
            bits |= classes[index].bit();
            index += 1;
        }
        ClassSet(bits)
    }

    /// Whether the class is a member.
    pub const fn contains(self, class: FailureClass) -> bool {
        self.0 & class.bit() != 0
    }

    /// The set with this class added.
    #[must_use]
    pub const fn with(self, class: FailureClass) -> ClassSet {
        ClassSet(self.0 | class.bit())
    }

    /// Whether the set has no members.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`FailureClass::ALL`].
    pub fn iter(self) -> impl Iterator<Item = FailureClass> {
        FailureClass::ALL
            .iter()
            .copied()
            .filter(move |class| self.contains(*class))
    }
}

impl FromIterator<FailureClass> for ClassSet {
    fn from_iter<I: IntoIterator<Item = FailureClass>>(classes: I) -> ClassSet {
        classes.into_iter().fold(ClassSet::EMPTY, ClassSet::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_read_back_from_its_name() {
        for class in FailureClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(*class));
        }
        assert!("Network".parse::<FailureClass>().is_err());
    }

    #[test]
    fn a_set_has_exactly_the_classes_it_was_made_of() {
        let classes = [FailureClass::Cancelled, FailureClass::Auth];
        let set: ClassSet = classes.into_iter().collect();
        assert_eq!(set, ClassSet::of(&classes));
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [FailureClass::Auth, FailureClass::Cancelled]
        );
        assert!(!set.contains(FailureClass::Timeout));
        assert!(ClassSet::EMPTY.is_empty());
    }
}
