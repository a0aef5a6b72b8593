//! Translation between dialects: every fixture against its goldens, and what holds for all of them.

mod accounting;
mod adversarial;
mod fixtures;
mod golden;
mod google;
mod streams;
