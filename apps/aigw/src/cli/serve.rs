//! The settings of `aigw serve`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;

const ABOUT: &str = "\
Credentials come from the environment, or are generated at the first start and shown once:
  AIGW_CLIENT_KEY    what callers send as `authorization: Bearer`, `x-api-key`, `x-goog-api-key` or `api-key`
  AIGW_ADMIN_TOKEN   reads and writes on the admin listener
  AIGW_VIEWER_TOKEN  reads on the admin listener
Each has a twin with _FILE that names a file holding the value. Only keyed hashes are kept.

Without --config and without aigw.yaml here, a starter configuration is written to the data directory: a provider for
each well-known API key in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, ...), and a built-in
model `demo` that answers without any account.

Examples:
  aigw serve
  OPENAI_API_KEY=sk-... aigw serve
  aigw serve --listen 0.0.0.0:18080 --tls-cert cert.pem --tls-key key.pem
  aigw serve --config gateway.yaml --on-file-change publish

Signals: SIGTERM and SIGINT drain and exit 0, a second one ends at once. SIGHUP publishes a changed file.";

/// Run the gateway and its admin listener.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct ServeArgs {
    /// Address of the gateway; port 0 takes a free one. Other than loopback needs `AIGW_CLIENT_KEY` and `AIGW_ADMIN_TOKEN`.
    #[arg(long, env = "AIGW_LISTEN", default_value = "127.0.0.1:18080", value_name = "ADDR:PORT", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// Address of the admin listener (health, readiness, metrics), or `off`.
    #[arg(
        long,
        env = "AIGW_ADMIN_LISTEN",
        default_value = "127.0.0.1:18081",
        value_name = "ADDR:PORT|off"
    )]
    pub(crate) admin_listen: AdminListen,

    /// Configuration file [default: aigw.yaml if it exists, else the starter in the data directory]
    #[arg(long, env = "AIGW_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// What happens when the configuration file changes.
    #[arg(long, env = "AIGW_ON_FILE_CHANGE", value_enum, default_value_t)]
    pub(crate) on_file_change: OnFileChange,

    /// Directory for keys and the starter configuration; created with mode 0700.
    #[arg(
        long,
        env = "AIGW_DATA_DIR",
        default_value = ".aigw",
        value_name = "DIR"
    )]
    pub(crate) data_dir: PathBuf,

    /// TLS certificate chain of the gateway (PEM); read again when it changes.
    #[arg(long, env = "AIGW_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// TLS private key of the gateway (PEM); read again when it changes.
    #[arg(long, env = "AIGW_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Form of the log on stderr.
    #[arg(long, env = "AIGW_LOG_FORMAT", value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,

    /// error, warn, info, debug, trace or off; also per module: `info,aigw_gateway=debug`. Requests are logged at info.
    #[arg(long, env = "AIGW_LOG", default_value = "info", value_name = "LEVEL")]
    pub(crate) log_level: Targets,

    /// How long requests in flight may take to finish after a signal.
    #[arg(long, env = "AIGW_DRAIN_TIMEOUT", default_value = "30s", value_name = "DURATION", value_parser = duration)]
    pub(crate) drain_timeout: Duration,

    /// Worker threads [default: one per core]
    #[arg(long, env = "AIGW_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,

    /// Network of a proxy whose `x-forwarded-for` is believed; repeatable, or separated by commas.
    #[arg(long = "trusted-proxy", env = "AIGW_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub(crate) trusted_proxies: Vec<IpNet>,

    /// Let everybody read /metrics on the admin listener.
    #[arg(long, env = "AIGW_METRICS_PUBLIC", value_parser = BoolishValueParser::new())]
    pub(crate) metrics_public: bool,
}

/// Where the admin listener listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminListen {
    Off,
    At(SocketAddr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OnFileChange {
    /// Check the file and log what was found; it does not go live.
    #[default]
    Draft,
    /// Serve the file from then on, unless it has errors.
    Publish,
    /// Do nothing.
    Ignore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for AdminListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            Ok(Self::Off)
        } else {
            address(text).map(Self::At)
        }
    }
}

impl fmt::Display for AdminListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    text.parse().map_err(|_| {
        "expected an IP address and a port, such as 127.0.0.1:18080 or [::1]:18080".to_owned()
    })
}

fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from).ok();
    text.parse()
        .ok()
        .or_else(address)
        .ok_or_else(|| "expected a network, such as 10.0.0.0/8, or an address".to_owned())
}

/// A whole number with a unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let number: Option<u64> = digits.parse().ok();
    let milliseconds = match &text[digits.len()..] {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    number
        .zip(milliseconds)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .map(Duration::from_millis)
        .ok_or_else(|| "expected a number and a unit, such as 500ms, 30s, 10m, 1h or 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in [
            "30",
            "",
            "s",
            "-1s",
            "1w",
            "1.5s",
            "99999999999999999999h",
            "18446744073709551615h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_numbers_or_localhost() {
        assert_eq!(
            address("localhost:1"),
            Ok(SocketAddr::from(([127, 0, 0, 1], 1)))
        );
        assert!(address("[::1]:2").is_ok_and(|address| address.is_ipv6()));
        assert!(address("example.com:80").is_err());
        assert!(address("18080").is_err());
        assert_eq!("off".parse(), Ok(AdminListen::Off));
    }

    #[test]
    fn a_single_address_is_a_network() {
        assert_eq!(
            network("10.1.2.3").map(|network| network.prefix_len()),
            Ok(32)
        );
        assert!(network(" 10.0.0.0/8").is_ok());
        assert!(network("10.0.0.0/33").is_err());
    }
}
