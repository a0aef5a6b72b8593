//! How long a large document takes: `cargo bench -p aigw-config`.
//!
//! 2,000 providers and 5,000 models, each with two targets, an alias and a fallback; medians of 15 rounds.

#![expect(
    clippy::print_stdout,
    reason = "a bench is there to print what it measured"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use aigw_config::{Catalog, KindInfo, Resolve, compile};

const CATALOG: Catalog<'static> = Catalog {
    kinds: &[KindInfo {
        id: "openai-compatible",
        base_url: None,
        dialects: &["openai_chat"],
        needs_key: false,
    }],
    dialects: &["openai_chat"],
    preference: &["openai_chat"],
};

struct Keys;

impl Resolve for Keys {
    fn env(&self, name: &str) -> Option<String> {
        Some(format!("value-of-{name}"))
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err(String::from("no such file"))
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

fn document(providers: usize, models: usize) -> String {
    let mut text = String::from("version: 1\nproviders:\n");
    for number in 0..providers {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "  p{number}:\n    kind: openai-compatible\n    base_url: https://h{number}.example.com/v1\n    \
             api_key: ${{KEY_{number}}}\n    timeouts: {{connect: 2s, idle: 30s}}\n    max_in_flight: 100\n"
        );
    }
    text.push_str("models:\n");
    for number in 0..models {
        let glob = if number % 50 == 7 { "-*" } else { "" };
        let (first, second) = (number % providers, (number * 7 + 1) % providers);
        let _ = write!(
            text,
            "  m{number}{glob}:\n    targets:\n      - {{provider: p{first}, model: up-{number}, weight: 3}}\n      \
             - {{provider: p{second}, model: up-{number}b, priority: 1}}\n    aliases: [alias-{number}]\n"
        );
        if number > 0 && number % 50 != 8 && number % 10 != 0 {
            let _ = writeln!(text, "    fallbacks: [alias-{}]", number - 1);
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn measure(what: &str, mut run: impl FnMut()) {
    let mut times: Vec<_> = (0..15)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "{what}: median {:?}, slowest {:?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
}

fn main() {
    let text = document(2000, 5000);
    println!("{} bytes", text.len());
    let compiled = compile("large.yaml", &text, &CATALOG, &Keys);
    for problem in compiled.problems.iter().take(5) {
        println!("{problem}");
    }
    println!("compiles: {}", compiled.config.is_some());
    measure("compile", || {
        black_box(compile("large.yaml", black_box(&text), &CATALOG, &Keys));
    });
}
