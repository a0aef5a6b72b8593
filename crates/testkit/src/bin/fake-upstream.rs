//! A fake upstream to point a gateway, an SDK or curl at: `fake-upstream --listen ADDR [--name NAME] [--quiet]`.
#![expect(clippy::print_stderr, reason = "a program for the command line")]

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use aigw_testkit::scenario::CATALOGUE;
use aigw_testkit::{FakeUpstream, Recorded};

/// The allocator of the product: the upstream shares the machine with what is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: fake-upstream [--listen ADDR] [--name NAME] [--quiet]

  --listen ADDR  where to listen (default 127.0.0.1:18090; port 0 takes a free one)
  --name NAME    a name that the answers carry in their text
  --quiet        print no requests and keep none: for measurements

It speaks chat completions, responses, messages, generateContent and the endpoints around them. The model of a request says what to
answer: words joined with `+`, for example `tools+drip-20ms` or `text+cut-after-3`. What stands before the last `/` of a
model is not read, so that `one/text` and `two/text` are two targets. Other names are answered with text.
";

struct Options {
    listen: SocketAddr,
    name: String,
    quiet: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        // Whoever closes the pipe early has read enough.
        let _said = say(&help());
        return ExitCode::SUCCESS;
    }
    let Some(options) = read(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-upstream: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Option<Options> {
    let mut options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 18090)),
        name: String::new(),
        quiet: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--listen" => options.listen = words.next()?.parse().ok()?,
            "--name" => words.next()?.clone_into(&mut options.name),
            "--quiet" => options.quiet = true,
            _ => return None,
        }
    }
    Some(options)
}

async fn run(options: Options) -> io::Result<()> {
    let builder = FakeUpstream::builder()
        .addr(options.listen)
        .name(&options.name)
        .record(!options.quiet);
    let upstream = builder.start().await?;
    say(&upstream.base_url())?;
    if options.quiet {
        upstream.serve().await;
        return Ok(());
    }
    let mut seen = 0;
    loop {
        if upstream.wait_requests(seen + 1).await {
            seen = upstream.count();
            for request in upstream.take_requests() {
                let Recorded {
                    method, path, body, ..
                } = &request;
                say(&format!(
                    "{method} {path} model={} {} bytes",
                    request.model(),
                    body.len()
                ))?;
            }
        }
    }
}

fn help() -> String {
    let mut text = format!("{USAGE}\n");
    for entry in CATALOGUE {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "  {:<24} {}", entry.example, entry.summary);
    }
    text
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", line.trim_end())?;
    out.flush()
}
