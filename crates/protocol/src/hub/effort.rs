//! Between words for how much to reason and numbers of tokens.
//!
//! No vendor publishes a conversion; this one is ours, documented, and reported as assumed whenever
//! it is used.

use super::Effort;

/// The smallest budget that Anthropic takes.
pub const SMALLEST_BUDGET: u64 = 1024;

/// The budget, in tokens, for an effort. `None` for [`Effort::None`] and for words that are not known.
pub const fn budget(effort: &Effort<'_>) -> Option<u64> {
    Some(match effort {
        Effort::Minimal => 1024,
        Effort::Low => 4096,
        Effort::Medium => 10_240,
        Effort::High => 24_576,
        Effort::Xhigh => 32_768,
        Effort::Max => 49_152,
        Effort::None | Effort::Other(_) => return None,
    })
}

/// The effort that comes nearest to a budget in tokens; `None` stays for 0, and a negative budget
/// leaves it to the model.
pub const fn of_budget(budget: i64) -> Option<Effort<'static>> {
    Some(match budget {
        ..=-1 => return None,
        0 => Effort::None,
        1..=1024 => Effort::Minimal,
        1025..=6144 => Effort::Low,
        6145..=16_384 => Effort::Medium,
        16_385..=28_672 => Effort::High,
        28_673..=40_960 => Effort::Xhigh,
        _ => Effort::Max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effort_survives_its_budget() {
        for effort in [
            Effort::Minimal,
            Effort::Low,
            Effort::Medium,
            Effort::High,
            Effort::Xhigh,
            Effort::Max,
        ] {
            let tokens = i64::try_from(budget(&effort).unwrap()).unwrap();
            assert_eq!(of_budget(tokens), Some(effort));
        }
        assert_eq!(of_budget(0), Some(Effort::None));
        assert_eq!(of_budget(-1), None);
    }
}
