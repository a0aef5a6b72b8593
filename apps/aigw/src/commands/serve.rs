//! `aigw serve`: settings → credentials → configuration → listeners → drain.

mod admin;
mod credentials;
mod exposure;
mod greeting;
mod live;
mod log;
mod records;
mod signals;
mod starter;

use std::future::pending;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use aigw_config::{Config, Severity};
use aigw_gateway::listener::{ConnectionLimits, DrainReport, Listener, TlsFiles};
use aigw_gateway::{Gateway, Options};
use aigw_telemetry::{Metrics, RecordQueue};
use tokio::sync::oneshot;

use self::admin::Admin;
use self::credentials::{Credentials, Given, Stored};
use self::live::Live;
use self::log::Log;
use self::records::RecordThread;
use self::signals::{Hangup, Stop};
use super::version::VERSION;
use crate::cli::{AdminListen, ServeArgs};
use crate::data_dir::DataDir;
use crate::document::Document;
use crate::failure::{Failure, print};

/// The configuration that is used when none is named: in the working directory, else the starter in the data directory.
const CONFIG: &str = "aigw.yaml";
/// The revision that a start serves.
const FIRST_REVISION: u64 = 1;
/// Stack of each thread; what is not touched costs nothing.
const STACK_BYTES: usize = 1 << 20;
/// Threads for name resolution and file access.
const BLOCKING_THREADS: usize = 16;

/// What answers, and within which bounds.
struct Services {
    gateway: Gateway,
    admin: Admin,
    limits: ConnectionLimits,
}

/// The bound addresses.
struct Planes {
    gateway: Listener,
    admin: Option<Listener>,
}

/// Worker threads: one per core, unless said otherwise.
fn workers(args: &ServeArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    args.workers.map_or_else(cores, usize::from)
}

pub(crate) fn run(args: ServeArgs) -> Result<ExitCode, Failure> {
    let log = Log::install(&args)?;
    // Two descriptors per request: soft limits are often 1024. What cannot be raised is logged when it is hit.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers(&args))
        .enable_all()
        .thread_name("aigw")
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(|error| Failure::operation(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(serve(args, &log));
    // Blocking calls that are still under way, such as a name resolution, are not waited for.
    runtime.shutdown_background();
    log.flush();
    result
}

async fn serve(args: ServeArgs, log: &Log) -> Result<ExitCode, Failure> {
    let data = DataDir::at(&args.data_dir);
    let (given, stored) = (Given::from_environment()?, Stored::read(&data)?);
    exposure::check(&args, &given, stored.as_ref())?;
    data.create()?;
    let file = locate(&args, &data)?;
    let (config, text) = first(&file)?;
    let (stop, hangup) = (Stop::install()?, Hangup::install()?);
    let planes = Planes::bind(&args)?;
    let credentials = Credentials::complete(given, stored)?;

    let records = Arc::new(RecordQueue::default());
    let metrics = Arc::new(Metrics::default());
    let options = Options {
        keys: credentials.client_keys(),
        recorder: Arc::clone(&records) as _,
        trusted_proxies: args.trusted_proxies.clone(),
        version: VERSION,
    };
    let gateway = Gateway::new(&config, &FIRST_REVISION.to_string(), options)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let writer = RecordThread::start(records, Arc::clone(&metrics), log.clone(), &args)?;
    let admin = Admin::new(
        gateway.clone(),
        metrics,
        planes.gateway.connections(),
        &credentials,
        args.metrics_public,
    );
    // Saved and shown last, so that a start that fails does not use up the one time they are shown.
    credentials.save(&data)?;
    print(greeting::text(&args, &planes, &file, &config, &credentials));

    let limits = limits(&args, &config);
    let live = Live::new(gateway.clone(), file, text, config, args.on_file_change);
    let services = Services {
        gateway,
        admin,
        limits,
    };
    let report = services
        .serve_until_stopped(planes, stop, live.watch(hangup))
        .await;
    tracing::info!(finished = report.finished, cut = report.cut, "stopped");
    writer.finish();
    Ok(ExitCode::SUCCESS)
}

/// The configuration file to use; the starter is written when there is none.
fn locate(args: &ServeArgs, data: &DataDir) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.config {
        return Ok(path.clone());
    }
    let local = Path::new(CONFIG);
    if local.exists() {
        return Ok(local.to_owned());
    }
    let starter = data.path(CONFIG);
    if !starter.exists() {
        data.write(CONFIG, &starter::text(crate::environment::variable))?;
    }
    Ok(starter)
}

/// The configuration to start with, and its text.
fn first(file: &Path) -> Result<(Config, String), Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let document = Document::compile(file, &text);
    if document.config.is_some() {
        for (_, line) in document
            .lines()
            .filter(|(severity, _)| *severity == Severity::Warning)
        {
            tracing::warn!("{line}");
        }
    }
    Ok((document.into_config()?, text))
}

fn limits(args: &ServeArgs, config: &Config) -> ConnectionLimits {
    ConnectionLimits {
        header_read: config.limits.header_read,
        drain: args.drain_timeout,
        ..ConnectionLimits::default()
    }
}

impl Planes {
    fn bind(args: &ServeArgs) -> Result<Self, Failure> {
        let tls = args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(cert, key)| TlsFiles { cert, key });
        let bind = |flag: &str, address, tls| {
            let hint = "choose another address with";
            Listener::bind(address, tls).map_err(|error| match error {
                aigw_gateway::listener::BindError::Tls(_) => Failure::usage(error),
                aigw_gateway::listener::BindError::Address { .. } => {
                    Failure::operation(format!("{error}; {hint} {flag}"))
                }
            })
        };
        let gateway = bind("--listen", args.listen, tls)?;
        let admin = match args.admin_listen {
            AdminListen::Off => None,
            AdminListen::At(address) => Some(bind("--admin-listen", address, None)?),
        };
        Ok(Self { gateway, admin })
    }
}

impl Services {
    /// Serves until the first signal, then drains; a second signal ends the process.
    async fn serve_until_stopped(
        self,
        planes: Planes,
        mut stop: Stop,
        live: impl Future<Output = ()>,
    ) -> DrainReport {
        let Self {
            gateway,
            admin,
            limits,
        } = self;
        let (begin, begun) = oneshot::channel();
        let signals = async {
            let signal = stop.next().await;
            tracing::info!(signal, timeout = ?limits.drain, "draining; a second signal ends at once");
            gateway.begin_drain();
            let _ = begin.send(());
            let signal = stop.next().await;
            std::process::exit(signals::exit_code(signal));
        };
        let serving = planes.gateway.serve(gateway.clone(), limits, async {
            let _ = begun.await;
        });
        // The admin listener stays until the end: it says how the drain goes.
        let administration = async {
            if let Some(listener) = planes.admin {
                listener
                    .serve(admin, ConnectionLimits::default(), pending())
                    .await;
            }
        };
        let beside = async {
            tokio::join!(administration, live, gateway.background());
            pending::<()>().await;
        };
        tokio::select! {
            report = serving => report,
            () = signals => DrainReport::default(),
            () = beside => DrainReport::default(),
        }
    }
}
