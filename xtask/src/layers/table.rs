//! Who may use what: the table of the architecture as data.

/// What one package of the workspace may and may not use, tests aside.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Name of the package.
    pub(crate) package: &'static str,
    /// Packages of the workspace that it may depend on.
    pub(crate) may_use: Allowed,
    /// Packages that must not be in its dependency tree, however deep, and why.
    pub(crate) kept_out: &'static [(&'static [&'static str], &'static str)],
    /// Directory of its sources when they must be pure: no clock, no chance, no environment, no input or output.
    pub(crate) pure_sources: Option<&'static str>,
}

/// Packages of the workspace that a package may depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Allowed {
    These(&'static [&'static str]),
    Everything,
}

impl Allowed {
    /// Whether the package may be used.
    pub(crate) fn contains(self, package: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::These(packages) => packages.contains(&package),
        }
    }
}

/// Most packages that Cargo.lock may hold.
pub(crate) const LOCKED_MAX: usize = 350;

const RUNTIMES: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "futures-executor",
    "mio",
    "socket2",
];
const HTTP: &[&str] = &[
    "hyper",
    "hyper-util",
    "reqwest",
    "h2",
    "rustls",
    "native-tls",
];
const STORES: &[&str] = &["sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys"];
const PAGES: &[&str] = &["askama"];
const CHANCE: &[&str] = &[
    "rand",
    "fastrand",
    "getrandom",
    "chrono",
    "time",
    "jiff",
    "uuid",
];
const LOGGING: &[&str] = &["tracing", "log", "tracing-subscriber", "env_logger"];

const PURE: &[(&[&str], &str)] = &[
    (
        RUNTIMES,
        "pure crates compile and test without a socket, so they know no runtime",
    ),
    (HTTP, "pure crates never send, so they know no connection"),
    (STORES, "pure crates keep nothing"),
    (PAGES, "pages are the admin crate's"),
    (
        CHANCE,
        "time and chance are arguments, so that every decision can be replayed",
    ),
    (
        LOGGING,
        "pure crates return what they have to say; the caller logs it",
    ),
];
const EMBEDDABLE: &[(&[&str], &str)] = &[
    (
        STORES,
        "someone who embeds the data plane must not get a database with it",
    ),
    (
        PAGES,
        "someone who embeds the data plane must not get the admin pages with it",
    ),
];
const STORE_KEPT_OUT: &[(&[&str], &str)] = &[
    (
        &["hyper", "hyper-util", "reqwest", "h2"],
        "the store answers to a database alone; requests are the gateway's and the admin crate's",
    ),
    (PAGES, "pages are the admin crate's"),
];
const NO_PAGES: &[(&[&str], &str)] = &[(PAGES, "pages are the admin crate's")];

const fn pure(
    package: &'static str,
    sources: &'static str,
    may_use: &'static [&'static str],
) -> Rule {
    Rule {
        package,
        may_use: Allowed::These(may_use),
        kept_out: PURE,
        pure_sources: Some(sources),
    }
}

const fn rule(
    package: &'static str,
    may_use: &'static [&'static str],
    kept_out: &'static [(&'static [&'static str], &'static str)],
) -> Rule {
    Rule {
        package,
        may_use: Allowed::These(may_use),
        kept_out,
        pure_sources: None,
    }
}

const fn top(package: &'static str) -> Rule {
    Rule {
        package,
        may_use: Allowed::Everything,
        kept_out: &[],
        pure_sources: None,
    }
}

const GATEWAY_USES: &[&str] = &[
    "aigw-protocol",
    "aigw-routing",
    "aigw-providers",
    "aigw-config",
    "aigw-telemetry",
];

/// One row per package of the workspace. Arrows point down: a package uses only what stands above it.
pub(crate) const RULES: &[Rule] = &[
    pure("aigw-protocol", "crates/protocol/src/", &[]),
    pure("aigw-routing", "crates/routing/src/", &[]),
    pure("aigw-config", "crates/config/src/", &["aigw-routing"]),
    pure(
        "aigw-providers",
        "crates/providers/src/",
        &["aigw-protocol"],
    ),
    rule("aigw-telemetry", &["aigw-protocol"], EMBEDDABLE),
    rule("aigw-gateway", GATEWAY_USES, EMBEDDABLE),
    rule("aigw-store", &["aigw-config"], STORE_KEPT_OUT),
    rule(
        "aigw-admin",
        &["aigw-config", "aigw-store", "aigw-telemetry"],
        &[],
    ),
    rule("aigw-testkit", &[], EMBEDDABLE),
    rule(
        "embed-gateway",
        &["aigw-gateway", "aigw-config", "aigw-telemetry"],
        EMBEDDABLE,
    ),
    rule(
        "provider-fallback",
        &[
            "aigw-gateway",
            "aigw-config",
            "aigw-telemetry",
            "aigw-testkit",
        ],
        NO_PAGES,
    ),
    rule(
        "aigw",
        &[
            "aigw-protocol",
            "aigw-routing",
            "aigw-config",
            "aigw-store",
            "aigw-admin",
            "aigw-providers",
            "aigw-telemetry",
            "aigw-gateway",
        ],
        &[],
    ),
    top("xtask"),
];
