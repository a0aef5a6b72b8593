//! Translation between dialects: every fixture against its goldens, and what holds for all of them.

mod accounting;
mod fixtures;
mod golden;
mod streams;
