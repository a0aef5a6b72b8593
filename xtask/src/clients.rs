//! `cargo xtask clients`: SDKs and agents through the real binary, against fake upstreams of every dialect.

mod agents;
mod cache;
mod client;
mod config;
mod docs;
mod isolated;
mod matrix;
mod script;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use aigw_testkit::FakeUpstream;
use anyhow::{Result, bail, ensure};

use crate::aigw::{self, Launch, Profile};
use crate::report::Counts;
use cache::Cache;
use client::{Client, Outcome, World};
use matrix::Matrix;

/// Clients that are driven at once.
const AT_ONCE: usize = 2;

/// Flags of `cargo xtask clients`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Clients are installed in AIGW_CLIENTS_DIR, else in aigw/clients of the user's cache.\nA client whose tools are missing says `skipped: why`; with CI=true that is a failure."
)]
pub(crate) struct Options {
    /// Every client; else those that CI drives.
    #[arg(long)]
    all: bool,
    /// Only these clients (repeatable).
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// List the clients and end.
    #[arg(long)]
    list: bool,
    /// Write docs/clients.md; needs every client.
    #[arg(long, requires = "all", conflicts_with = "only")]
    write_docs: bool,
}

/// How a client's turn ended.
type Turn = Result<Vec<Outcome>, Unfit>;

/// Why a client gave no outcomes.
enum Unfit {
    Missing,
    Broken(anyhow::Error),
}

/// Installs the clients, drives them, and prints the matrix.
pub(crate) fn run(options: &Options) -> Result<Counts> {
    let clients = chosen(options)?;
    if options.list {
        for client in &clients {
            println!("{:28} {}", client.name(), client.versions()?);
        }
        return Ok(Counts::default());
    }
    let names: Vec<&str> = clients.iter().map(|client| client.name()).collect();
    let binary = aigw::build("aigw", "aigw", Profile::Dev)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let upstream = runtime.block_on(FakeUpstream::named("upstream"));
    let gateway = Launch::new(binary)?
        .config(config::document(&upstream.base_url(), &names))
        .logging_to_file()
        .start()?;
    let address = format!("http://{}", gateway.addr);
    let world = World {
        gateway: &address,
        upstream: &upstream,
    };
    let turns = drive(&clients, &world);
    let (matrix, mut counts) = summary(&clients, turns);
    println!("\n{}", matrix.table());
    for line in matrix.failures() {
        println!("{line}");
    }
    counts += matrix.counts();
    ensure!(counts != Counts::default(), "no check ran");
    if options.write_docs {
        ensure!(counts.skipped == 0, "docs/clients.md needs every client");
        docs::write(&clients, &matrix)?;
    }
    println!("{counts}");
    Ok(counts)
}

/// Every client there is.
fn all() -> Vec<Box<dyn Client>> {
    script::all().into_iter().chain(agents::all()).collect()
}

fn chosen(options: &Options) -> Result<Vec<Box<dyn Client>>> {
    let mut clients = all();
    if let Some(unknown) = options
        .only
        .iter()
        .find(|name| clients.iter().all(|client| client.name() != **name))
    {
        bail!("no client is called {unknown}; `cargo xtask clients --all --list` lists them");
    }
    clients.retain(|client| {
        if options.only.is_empty() {
            options.all || client.in_ci()
        } else {
            options.only.iter().any(|name| name == client.name())
        }
    });
    Ok(clients)
}

/// Drives the clients, a few at once.
fn drive(clients: &[Box<dyn Client>], world: &World<'_>) -> Vec<Turn> {
    let cache = Cache::of_this_machine();
    let next = AtomicUsize::new(0);
    let turns: Mutex<Vec<(usize, Turn)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(client) = clients.get(index) else {
                        return;
                    };
                    let turn = turn(client.as_ref(), &cache, world);
                    turns
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((index, turn));
                }
            });
        }
    });
    let mut turns = turns
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    turns.sort_by_key(|(index, _)| *index);
    turns.into_iter().map(|(_, turn)| turn).collect()
}

/// Installs and drives one client.
fn turn(client: &dyn Client, cache: &Cache, world: &World<'_>) -> Turn {
    let name = client.name();
    if let Some(why) = client.missing() {
        println!("{name}: skipped: {why}");
        return Err(Unfit::Missing);
    }
    let installed = client.install(cache).map_err(|error| {
        println!("{name}: cannot be installed: {error:#}");
        Unfit::Broken(error)
    })?;
    println!("{name}: begins");
    let start = Instant::now();
    let mut outcomes = Vec::new();
    let driven = client.drive(&installed, world, &mut |outcome| outcomes.push(outcome));
    let mut matrix = Matrix::default();
    matrix.add(name, outcomes.clone());
    println!(
        "{name}: {} in {:.1} s",
        matrix.counts(),
        start.elapsed().as_secs_f64()
    );
    match driven {
        Ok(()) => Ok(outcomes),
        Err(error) => {
            println!("{name}: {error:#}");
            Err(Unfit::Broken(error))
        }
    }
}

/// All outcomes, and the count of clients that gave none: with CI=true a missing one is a failure.
fn summary(clients: &[Box<dyn Client>], turns: Vec<Turn>) -> (Matrix, Counts) {
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let (mut matrix, mut counts) = (Matrix::default(), Counts::default());
    for (client, turn) in clients.iter().zip(turns) {
        match turn {
            Ok(outcomes) => matrix.add(client.name(), outcomes),
            Err(Unfit::Missing) if !strict => counts.skipped += 1,
            Err(Unfit::Missing) => counts += Counts::one(false),
            Err(Unfit::Broken(error)) => {
                println!("FAILED {}: {error:#}", client.name());
                counts += Counts::one(false);
            }
        }
    }
    (matrix, counts)
}
