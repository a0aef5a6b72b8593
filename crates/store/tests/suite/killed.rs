//! A process killed in the middle of publishing.
//!
//! The child is this test program itself, told by its environment to publish in a given database and to stop at a given
//! step of a given call. Steps are the store's own trace events, so the store has no switch for tests.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use aigw_store::PublicationState::{Failed, Live, Superseded};
use aigw_store::{OpenOptions, RevisionNumber, Store};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{World, by, proposal, publish, put};

const URL: &str = "AIGW_STORE_TEST_URL";
const PAUSE: &str = "AIGW_STORE_TEST_PAUSE";
/// What the child prints when it has come to where it is to stop.
const THERE: &str = "stopped at the step";

/// Every step of a publication, after the calls that they belong to: `put`, `stage`, `live`.
const STEPS: &[(&str, &str)] = &[
    ("put", "begun"),
    ("put", "revision written"),
    ("put", "before commit"),
    ("put", "committed"),
    ("stage", "begun"),
    ("stage", "staged written"),
    ("stage", "before commit"),
    ("stage", "committed"),
    ("live", "begun"),
    ("live", "old superseded"),
    ("live", "new live"),
    ("live", "audited"),
    ("live", "before commit"),
    ("live", "committed"),
];

/// Stops the process, alive but silent, when `call` comes to `step`.
struct Pause {
    step: String,
}

struct Name<'a>(&'a mut String);

impl Visit for Name<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "name" {
            let quoted = format!("{value:?}");
            quoted.trim_matches('"').clone_into(self.0);
        }
    }
}

impl Subscriber for Pause {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "aigw_store::step"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut name = String::new();
        event.record(&mut Name(&mut name));
        if name == self.step {
            let line = format!("\n{THERE}\n");
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            loop {
                std::thread::park();
            }
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn told(variable: &str) -> Option<String> {
    std::env::var_os(variable)?.into_string().ok()
}

/// The whole of a publication. In a child it works on the parent's database and stops at the parent's step.
pub(crate) async fn an_undisturbed_publication_ends_live(world: &World) {
    let pause = told(PAUSE).unwrap_or_default();
    let (call, step) = pause.split_once('/').unwrap_or_default();
    let url = told(URL).map_or_else(|| world.store_url(), |url| url.parse().unwrap());
    let store = Store::open(&url, &OpenOptions::new("child")).await.unwrap();
    let stopping = |at: &str| {
        (at == call).then(|| {
            let step = step.to_owned();
            tracing::subscriber::set_default(Pause { step })
        })
    };
    let guard = stopping("put");
    let revision = put(&store, "new").await;
    drop(guard);
    let guard = stopping("stage");
    let staged = store.stage(&by(20), &proposal(revision)).await.unwrap();
    drop(guard);
    let guard = stopping("live");
    let live = store.mark_live(&by(21), staged.id).await.unwrap();
    drop(guard);
    assert_eq!(store.live().await.unwrap(), Some(live));
}

/// A child that has come to the step.
fn child_at(world: &World, (call, step): (&str, &str)) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::an_undisturbed_publication_ends_live"])
        .arg("--nocapture")
        .env(URL, &world.url)
        .env(PAUSE, format!("{call}/{step}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let there = out.lines().map_while(Result::ok).any(|line| line == THERE);
    assert!(there, "the child never came to {call}/{step}");
    child
}

pub(crate) async fn a_process_killed_at_any_step_leaves_the_old_or_the_new_one_live(world: &World) {
    let store = world.open_as("parent").await;
    let old = put(&store, "old").await;
    for at in STEPS {
        // The revision of the round before is there again, so the first call has something to do only once.
        world
            .tamper("DELETE FROM publications; DELETE FROM revisions WHERE number > 1")
            .await;
        let before = publish(&store, old).await;
        let mut child = child_at(world, *at);
        child.kill().unwrap();
        child.wait().unwrap();
        let restarted = world.open_as("child").await;
        let settled = restarted.settle_staged(&by(30)).await.unwrap();
        let live = restarted.live().await.unwrap().unwrap();
        let ledger = restarted.publications(None, 10).await.unwrap();
        let states: Vec<_> = ledger.iter().rev().map(|one| one.state).collect();
        match at {
            ("live", "committed") => {
                assert_eq!(live.revision, RevisionNumber(2), "{at:?}");
                assert_eq!(states, [Superseded, Live], "{at:?}");
            }
            ("stage", "committed") | ("live", _) => {
                assert_eq!(live, before, "{at:?}");
                assert_eq!(states, [Live, Failed], "{at:?}");
                assert_eq!(settled.map(|one| one.id), Some(ledger[0].id), "{at:?}");
            }
            _ => {
                assert_eq!(live, before, "{at:?}");
                assert_eq!(states, [Live], "{at:?}");
            }
        }
        let written = restarted.revision(RevisionNumber(2)).await.is_ok();
        assert_eq!(
            written,
            *at == ("put", "committed") || at.0 != "put",
            "{at:?}"
        );
        restarted.verify_audit().await.unwrap();
    }
}
