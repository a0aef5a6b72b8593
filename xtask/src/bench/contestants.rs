//! The processes that are measured, and the upstream behind them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aigw_testkit::load::Call;
use anyhow::{Context, Result, bail};
use serde_json::{Map, json};

use super::body;
use super::plan::{Case, HELD, Plan};
use crate::aigw::{self, Gateway, KEY, Launch, PATIENCE, Profile};

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
    /// Through the gateway.
    Gateway,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Direct, Self::PassThrough, Self::Gateway];
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
            Way::Gateway => self.gateway.addr,
        }
    }

    /// The process that is measured.
    pub(super) fn pid(&self, way: Way) -> u32 {
        match way {
            Way::Direct => self.upstream.child.id(),
            Way::PassThrough => self.pass_through.child.id(),
            Way::Gateway => self.gateway.pid(),
        }
    }

    /// The request of a case.
    pub(super) fn call(&self, case: &Case, way: Way) -> Call {
        call(self.addr(way), case.scenario, case.stream, case.body)
    }
}

/// A chat request that plays `scenario`.
pub(super) fn call(addr: SocketAddr, scenario: &str, stream: bool, size: usize) -> Call {
    let body = body::chat(scenario, stream, size);
    let key = format!("Bearer {KEY}");
    Call::post(
        addr,
        "/v1/chat/completions",
        &[("authorization", &key)],
        &body,
    )
    .patience(Duration::from_secs(600))
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
    let mut models = Map::new();
    let plan = Plan::new(false, false, 1);
    for scenario in plan.cases.iter().map(|case| case.scenario).chain([HELD]) {
        // The caller's name and the upstream's differ, so that the name is spliced as usual.
        let upstream_model = format!("upstream/{scenario}");
        let targets = json!([{"provider": "one", "model": upstream_model}, {"provider": "two", "model": upstream_model}]);
        models.insert(scenario.to_owned(), json!({"targets": targets}));
    }
    let document = json!({
        "version": 1,
        "providers": {"one": provider("key-one"), "two": provider("key-two")},
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
