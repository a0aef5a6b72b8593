//! `aigw serve`: settings → store → what is live → credentials → listeners → drain.

mod admin;
mod control;
mod credentials;
mod data_plane;
mod exposure;
mod greeting;
mod instance;
mod live;
mod log;
mod master;
mod planes;
mod records;
mod signals;
mod starter;

use std::future::pending;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use aigw_admin::{First, Lifecycle, RoleName, Standing};
use aigw_gateway::clock::monotonic;
use aigw_gateway::listener::{ConnectionLimits, DrainReport, Listener};
use aigw_store::{Origin, StoreUrl};
use aigw_telemetry::{Metrics, RecordQueue};
use tokio::sync::oneshot;

use self::admin::{Admin, Settings};
use self::control::{Opening, Slot, Trouble};
use self::credentials::{Generated, Given, Stored};
use self::data_plane::{About, DataPlane};
use self::greeting::Serving;
use self::instance::Instance;
use self::live::Live;
use self::log::Log;
use self::master::Master;
use self::planes::Planes;
use self::records::RecordThread;
use self::signals::{Hangup, Stop};
use crate::cli::{Role, ServeArgs};
use crate::data_dir::DataDir;
use crate::failure::{Failure, print};

/// The configuration that is used when none is named: in the working directory, else the starter in the data directory.
const CONFIG: &str = "aigw.yaml";
/// The store that is used when none is named, in the data directory.
const STORE: &str = "store.db";
/// Stack of each thread; what is not touched costs nothing.
const STACK_BYTES: usize = 1 << 20;
/// Threads for name resolution and file access.
const BLOCKING_THREADS: usize = 16;

/// What answers, and within which bounds.
struct Services {
    data_plane: Arc<DataPlane>,
    admin: Admin,
    limits: ConnectionLimits,
}

/// What is served when the listeners begin.
struct Begun {
    /// The configuration file, if there is one.
    live: Option<Live>,
    file: Option<PathBuf>,
    /// Whether the file says what is live.
    in_step: bool,
    generated: Generated,
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
    let url = store_url(&args, &data);
    let (given, stored) = (Given::from_environment()?, Stored::read(&data)?);
    if is_missing(&url) {
        // Nothing can be in it, and a start that is refused leaves nothing behind.
        exposure::check(&args, given.known(stored.as_ref()))?;
    }
    data.create()?;
    let instance = Instance::take(&data, args.role)?;
    let (stop, mut hangup) = (Stop::install()?, Hangup::install()?);
    let planes = Planes::bind(&args)?;
    let records = Arc::new(RecordQueue::default());
    let metrics = Arc::new(Metrics::default());
    let recorder = Arc::clone(&records) as _;
    let data_plane = Arc::new(DataPlane::new(
        about(&args, &instance, &planes),
        recorder,
        args.trusted_proxies.clone(),
    ));
    let opening = Opening {
        url,
        instance: instance.name.clone(),
        master: Master::find(&data)?,
        data: data.clone(),
        data_plane: Arc::clone(&data_plane),
        role: role(&args),
        hashing: stored.as_ref().map(Stored::pepper),
    };
    let slot = Slot::default();
    let begun = begin(&args, &opening, &slot, (&given, stored.as_ref())).await?;
    let writer = RecordThread::start(records, Arc::clone(&metrics), log.clone(), &args)?;
    let serving = match (&begun.file, slot.get()) {
        (_, None) => Serving::LastGood,
        (Some(file), _) if begun.in_step => Serving::File(file),
        (Some(file), _) => Serving::Beside(file),
        (None, _) => Serving::Store,
    };
    print(greeting::text(
        &args,
        &planes,
        &serving,
        &data_plane,
        &begun.generated,
    ));
    let services = Services {
        limits: limits(&args, &data_plane),
        admin: Admin::new(
            Arc::clone(&data_plane),
            Arc::clone(&slot),
            metrics,
            settings(&args),
        ),
        data_plane,
    };
    let control = administer(&args, &opening, &slot, (begun.live, &mut hangup));
    let serving = services.serve_until_stopped(planes, stop, control);
    let report = Box::pin(serving).await;
    control::leave(&slot).await;
    tracing::info!(finished = report.finished, cut = report.cut, "stopped");
    writer.finish();
    Ok(ExitCode::SUCCESS)
}

/// Serves what is live in the store, or what was live last if the store cannot be reached.
async fn begin(
    args: &ServeArgs,
    opening: &Opening,
    slot: &Slot,
    credentials: (&Given, Option<&Stored>),
) -> Result<Begun, Failure> {
    let reason = match begin_with_store(args, opening, credentials).await {
        Ok((lifecycle, begun)) => {
            let _ = slot.set(lifecycle);
            return Ok(begun);
        }
        Err(Trouble::Store(reason)) => reason,
        Err(Trouble::Final(failure)) => return Err(failure),
    };
    let kept = match args.role {
        Role::All | Role::Gateway => opening.without_store(),
        Role::Control => None,
    };
    let Some(revision) = kept else {
        return Err(Failure::operation(reason));
    };
    tracing::error!(
        revision = revision.0,
        reason,
        "the store cannot be used; what was live last is served, and nothing can be published until the store answers"
    );
    Ok(Begun {
        live: None,
        file: None,
        in_step: false,
        generated: Generated::default(),
    })
}

async fn begin_with_store(
    args: &ServeArgs,
    opening: &Opening,
    (given, stored): (&Given, Option<&Stored>),
) -> Result<(Arc<Lifecycle>, Begun), Trouble> {
    let lifecycle = opening.open().await?;
    let known = given.known(stored).in_store(&lifecycle).await;
    let known = known.map_err(Trouble::Final)?;
    exposure::check(args, known).map_err(Trouble::Final)?;
    let live = lifecycle.store().live().await;
    let live = live.map_err(|error| Trouble::Store(error.to_string()))?;
    let file = locate(args, &opening.data, live.is_some()).map_err(Trouble::Final)?;
    match (&file, live.is_some()) {
        (Some(found), false) => {
            let text = std::fs::read_to_string(&found.path).map_err(|error| {
                Trouble::Final(Failure::usage(format!("{}: {error}", found.path.display())))
            })?;
            let first = First {
                text: &text,
                origin: found.origin,
                note: "first start",
            };
            control::start(&lifecycle, Some(&first), &found.path).await?;
        }
        (None, _) => control::start(&lifecycle, None, Path::new(STORE)).await?,
        (Some(found), true) => control::start(&lifecycle, None, &found.path).await?,
    }
    let file = file.map(|found| found.path);
    let live = match &file {
        Some(file) if args.role != Role::Gateway => {
            let watched = (file.as_path(), args.on_file_change);
            let mut live = Live::begin(&lifecycle, &opening.data, watched);
            live.look(&lifecycle, aigw_admin::FileTrigger::Clock).await;
            Some(live)
        }
        Some(_) | None => None,
    };
    let standing = lifecycle.file().map(|file| file.standing);
    let in_step = matches!(standing, Some(Standing::InStep | Standing::Published(_)));
    // Made and shown last, so that a start that fails does not use up the one time they are shown.
    let generated = credentials::settle(&lifecycle, given, stored, &opening.data).await;
    let begun = Begun {
        live,
        file,
        in_step,
        generated: generated.map_err(Trouble::Final)?,
    };
    Ok((Arc::new(lifecycle), begun))
}

/// Keeps up with the store and the file, until dropped. Waits for the store first if it is not there.
async fn administer(
    args: &ServeArgs,
    opening: &Opening,
    slot: &Slot,
    (live, hangup): (Option<Live>, &mut Hangup),
) {
    let is_late = slot.get().is_none();
    if is_late {
        let _ = slot.set(opening.open_later().await);
    }
    let Some(lifecycle) = slot.get() else {
        return;
    };
    let live = match live {
        None if is_late && args.role != Role::Gateway => {
            let file = locate(args, &opening.data, true).ok().flatten();
            let begin = |found: Found| {
                let watched = (found.path.as_path(), args.on_file_change);
                Live::begin(lifecycle, &opening.data, watched)
            };
            file.map(begin)
        }
        live => live,
    };
    let file = async {
        match live {
            Some(live) => live.watch(lifecycle, hangup).await,
            None => pending().await,
        }
    };
    tokio::join!(lifecycle.follow(), file);
}

/// A configuration file, and where it is from.
struct Found {
    path: PathBuf,
    origin: Origin,
}

/// The configuration file to use. The starter is written when there is none and nothing is live yet.
fn locate(args: &ServeArgs, data: &DataDir, is_live: bool) -> Result<Option<Found>, Failure> {
    let found = |path: PathBuf, origin| Ok(Some(Found { path, origin }));
    if let Some(path) = &args.config {
        return found(path.clone(), Origin::File);
    }
    let local = Path::new(CONFIG);
    if local.exists() {
        return found(local.to_owned(), Origin::File);
    }
    let starter = data.path(CONFIG);
    if starter.exists() {
        return found(starter, Origin::Starter);
    }
    if is_live {
        return Ok(None);
    }
    data.write(CONFIG, &starter::text(crate::environment::variable))?;
    found(starter, Origin::Starter)
}

fn store_url(args: &ServeArgs, data: &DataDir) -> StoreUrl {
    let own = || StoreUrl::Sqlite(data.path(STORE));
    args.store.clone().unwrap_or_else(own)
}

fn is_missing(url: &StoreUrl) -> bool {
    match url {
        StoreUrl::Sqlite(path) => !path.exists(),
        StoreUrl::Postgres(_) => false,
    }
}

fn role(args: &ServeArgs) -> RoleName {
    match args.role {
        Role::All => RoleName::All,
        Role::Gateway => RoleName::Gateway,
        Role::Control => RoleName::Control,
    }
}

fn about(args: &ServeArgs, instance: &Instance, planes: &Planes) -> About {
    let gateway = planes.gateway.as_ref();
    About {
        instance: instance.name.clone(),
        role: role(args),
        gateway: gateway.map(|one| (one.is_tls(), one.local_addr())),
        admin: planes.admin.as_ref().map(Listener::local_addr),
        connections: gateway.map(Listener::connections),
        started: monotonic(),
    }
}

fn settings(args: &ServeArgs) -> Settings {
    Settings {
        metrics_public: args.metrics_public,
        has_api: args.role != Role::Gateway,
        trusted_proxies: args.trusted_proxies.clone(),
    }
}

fn limits(args: &ServeArgs, data_plane: &DataPlane) -> ConnectionLimits {
    let defaults = ConnectionLimits::default();
    ConnectionLimits {
        header_read: data_plane.header_read().unwrap_or(defaults.header_read),
        drain: args.drain_timeout,
        ..defaults
    }
}

impl Services {
    /// Serves until the first signal, then drains; a second signal ends the process.
    async fn serve_until_stopped(
        self,
        planes: Planes,
        mut stop: Stop,
        control: impl Future<Output = ()>,
    ) -> DrainReport {
        let Self {
            data_plane,
            admin,
            limits,
        } = self;
        let Some(gateway) = data_plane.gateway() else {
            return DrainReport::default();
        };
        let (begin, begun) = oneshot::channel();
        let signals = async {
            let signal = stop.next().await;
            tracing::info!(signal, timeout = ?limits.drain, "draining; a second signal ends at once");
            gateway.begin_drain();
            let _ = begin.send(());
            let signal = stop.next().await;
            std::process::exit(signals::exit_code(signal));
        };
        let serving = async {
            let stopped = async {
                let _ = begun.await;
            };
            if let Some(listener) = planes.gateway {
                listener.serve(gateway.clone(), limits, stopped).await
            } else {
                stopped.await;
                DrainReport::default()
            }
        };
        // The admin listener stays until the end: it says how the drain goes.
        let administration = async {
            if let Some(listener) = planes.admin {
                listener
                    .serve(admin, ConnectionLimits::default(), pending())
                    .await;
            }
        };
        let beside = async {
            tokio::join!(administration, control, gateway.background());
            pending::<()>().await;
        };
        tokio::select! {
            report = serving => report,
            () = signals => DrainReport::default(),
            () = beside => DrainReport::default(),
        }
    }
}
