//! The processes that are measured, and the upstream behind them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aigw_testkit::agent;
use aigw_testkit::load::Call;
use anyhow::{Context, Result, bail};
use serde_json::{Map, json};

use super::body;
use super::plan::{Caller, Case, HELD, Plan};
use crate::aigw::{self, Gateway, KEY, Launch, PATIENCE, Profile};

/// First part of the names of models behind an upstream that speaks chat and nothing else.
const CHAT: &str = "chat";
/// First part of the names of models behind an upstream that speaks every other dialect of [`Caller`].
const SAME: &str = "same";

/// Built programs.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) gateway: PathBuf,
    pub(super) pass_through: PathBuf,
    pub(super) upstream: PathBuf,
}

impl Binaries {
    pub(super) fn build(profile: Profile) -> Result<Self> {
        Ok(Self {
            gateway: aigw::build("aigw", "aigw", profile)?,
            pass_through: aigw::build("aigw-testkit", "aigw-passthrough", profile)?,
            upstream: aigw::build("aigw-testkit", "fake-upstream", profile)?,
        })
    }
}

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// Straight to the upstream.
    Direct,
    /// Through the bare hyper pass-through.
    PassThrough,
    /// Through the gateway, to an upstream that speaks the caller's dialect; for requests that [`Way::Gateway`] translates.
    SameDialect,
    /// Through the gateway.
    Gateway,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [
        Self::Direct,
        Self::PassThrough,
        Self::SameDialect,
        Self::Gateway,
    ];
}

/// Upstream, pass-through and gateway, running.
#[derive(Debug)]
pub(super) struct Field {
    upstream: Server,
    pass_through: Server,
    gateway: Gateway,
}

impl Field {
    pub(super) fn start(binaries: &Binaries) -> Result<Self> {
        let upstream = Server::upstream(binaries)?;
        let pass_through = Server::pass_through(binaries, upstream.addr)?;
        let gateway = launch(binaries, upstream.addr)?.start()?;
        Ok(Self {
            upstream,
            pass_through,
            gateway,
        })
    }

    /// Where requests of this way go.
    pub(super) fn addr(&self, way: Way) -> SocketAddr {
        match way {
            Way::Direct => self.upstream.addr,
            Way::PassThrough => self.pass_through.addr,
            Way::SameDialect | Way::Gateway => self.gateway.addr,
        }
    }

    /// The process that is measured.
    pub(super) fn pid(&self, way: Way) -> u32 {
        match way {
            Way::Direct => self.upstream.child.id(),
            Way::PassThrough => self.pass_through.child.id(),
            Way::SameDialect | Way::Gateway => self.gateway.pid(),
        }
    }

    /// The request of a case.
    pub(super) fn call(&self, case: &Case, way: Way) -> Call {
        let addr = self.addr(way);
        let scenario = case.scenario;
        let (path, body) = match case.caller {
            Caller::Chat => return call(addr, scenario, case.stream, case.body),
            Caller::Messages => (
                "/v1/messages",
                agent::messages as fn(&str, bool, usize) -> Vec<u8>,
            ),
            Caller::Responses => ("/v1/responses", agent::responses as _),
        };
        let model = match way {
            Way::SameDialect => format!("{SAME}/{scenario}"),
            _ => format!("{CHAT}/{scenario}"),
        };
        post(addr, path, &body(&model, case.stream, case.body))
    }
}

/// A chat request that plays `scenario`.
pub(super) fn call(addr: SocketAddr, scenario: &str, stream: bool, size: usize) -> Call {
    post(
        addr,
        "/v1/chat/completions",
        &body::chat(scenario, stream, size),
    )
}

fn post(addr: SocketAddr, path: &str, body: &[u8]) -> Call {
    let key = format!("Bearer {KEY}");
    Call::post(addr, path, &[("authorization", &key)], body).patience(Duration::from_secs(600))
}

/// A gateway with everything on that a deployment has: keys, two providers, health, records in a log file.
pub(super) fn launch(binaries: &Binaries, upstream: SocketAddr) -> Result<Launch> {
    let provider = |key: &str| {
        json!({
            "kind": "openai",
            "base_url": format!("http://{upstream}/v1"),
            "api_key": key,
            "network": {"allow": ["127.0.0.0/8"]},
        })
    };
    let speaking = |dialects: &[&str], key: &str| {
        json!({
            "kind": "openai-compatible",
            "base_url": format!("http://{upstream}"),
            "dialects": dialects,
            "api_key": key,
            "network": {"allow": ["127.0.0.0/8"]},
        })
    };
    let same = ["anthropic_messages", "openai_responses"];
    let mut models = Map::new();
    let plan = Plan::new(false, false, 1);
    for scenario in plan.cases.iter().map(|case| case.scenario).chain([HELD]) {
        // The caller's name and the upstream's differ, so that the name is spliced as usual.
        let upstream_model = format!("upstream/{scenario}");
        let targets = |one: &str, two: &str| json!({"targets": [{"provider": one, "model": upstream_model}, {"provider": two, "model": upstream_model}]});
        models.insert(scenario.to_owned(), targets("one", "two"));
        models.insert(
            format!("{CHAT}/{scenario}"),
            targets("chat-one", "chat-two"),
        );
        models.insert(
            format!("{SAME}/{scenario}"),
            targets("same-one", "same-two"),
        );
    }
    let document = json!({
        "version": 1,
        "providers": {
            "one": provider("key-one"), "two": provider("key-two"),
            "chat-one": speaking(&["openai_chat"], "key-one"), "chat-two": speaking(&["openai_chat"], "key-two"),
            "same-one": speaking(&same, "key-one"), "same-two": speaking(&same, "key-two"),
        },
        "models": models,
        "limits": {"in_flight": 20_000},
    });
    Ok(Launch::new(&binaries.gateway)?
        .config(document.to_string())
        .logging_to_file())
}

/// A helper process that prints its address.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) child: Child,
    pub(super) addr: SocketAddr,
    pub(super) spawned: Instant,
}

impl Server {
    pub(super) fn upstream(binaries: &Binaries) -> Result<Self> {
        Self::start(&binaries.upstream, &["--listen", "127.0.0.1:0", "--quiet"])
    }

    pub(super) fn pass_through(binaries: &Binaries, upstream: SocketAddr) -> Result<Self> {
        Self::start(
            &binaries.pass_through,
            &[
                "--listen",
                "127.0.0.1:0",
                "--upstream",
                &upstream.to_string(),
            ],
        )
    }

    fn start(program: &PathBuf, args: &[&str]) -> Result<Self> {
        let spawned = Instant::now();
        let mut command = Command::new(program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = aigw::Output::follow(child.stdout.take(), None::<std::io::Empty>);
        let addr = output.wait_for(PATIENCE, |lines| {
            lines.iter().find_map(|line| aigw::address(line))
        });
        let Some(addr) = addr else {
            child.kill()?;
            child.wait()?;
            bail!("{} did not say where it listens", program.display());
        };
        Ok(Self {
            child,
            addr,
            spawned,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; what matters is that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
