//! Compiling a configuration into a [`Runtime`].

use std::path::Path;
use std::sync::Arc;

use aigw_config::{
    Config, Fidelity, Model as ModelConfig, Provider as ProviderConfig, UsagePolicy,
};
use aigw_protocol::{Dialect, Endpoint};
use aigw_providers::{Base, Kind, credential_headers, kind, parse_base, probe_headers};
use aigw_routing::{
    CredentialSpec, Health, ModelId, ModelSpec, ProviderSpec, StickyPolicy, Table, TableSpec,
    TargetSpec,
};
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, HeaderName};
use http::uri::{Authority, PathAndQuery};
use tokio::sync::{Notify, Semaphore};

use super::{
    COUNTING, COUNTS, Credential, DialectHeaders, GENERATES, Intercepts, Model, OTHER_CALLS,
    Params, ProbeCall, Provider, Revision, Rewrites, Runtime, Spoken, Things, Transport, counts,
    dialect_bit,
};
use crate::BuildError;
use crate::upstream::{EgressGuard, FixedHeaders, Origin, OriginSpec};

/// Names this gateway in requests to upstreams, so that a request which comes back is recognised.
pub(crate) const HOP: HeaderName = HeaderName::from_static("x-aigw-hop");

/// Compiles `config`. State of items that `previous` has too is carried over: health, connections, places in flight.
pub(crate) fn build(
    config: &Config,
    revision: &str,
    hop: &HeaderValue,
    previous: Option<&Runtime>,
) -> Result<Runtime, BuildError> {
    let mut providers = Vec::with_capacity(config.providers.len());
    let mut credentials = Vec::new();
    let mut specs = Vec::with_capacity(config.providers.len());
    for declared in config.providers.values() {
        let compiled =
            compile_provider(declared, hop, previous).map_err(|reason| BuildError::Provider {
                provider: declared.name.to_string(),
                reason,
            })?;
        providers.push(compiled.provider);
        credentials.extend(compiled.credentials);
        specs.push(compiled.spec);
    }
    let spec = TableSpec {
        models: config
            .models
            .values()
            .map(|model| model_spec(model, config))
            .collect(),
        providers: specs,
        capacity_wait: config.limits.queue_max_wait,
        things: Things::names(),
    };
    let table = Table::build(spec).map_err(|error| BuildError::Table(error.to_string()))?;
    let upstream_models = table
        .targets()
        .map(|(_, target)| {
            target
                .upstream_model
                .as_deref()
                .and_then(|name| HeaderValue::from_str(name).ok())
        })
        .collect();
    let mut models: Vec<Model> = config.models.values().map(compile_model).collect();
    for (id, _) in table.models() {
        models[id.index()].differs = differs(&table, id);
    }
    let health = previous.map_or_else(
        || Health::new(&table),
        |old| Health::carried(&table, &old.table, &old.health),
    );
    let places = previous
        .filter(|old| old.limits.in_flight == config.limits.in_flight)
        .map_or_else(
            || Arc::new(Semaphore::new(config.limits.in_flight as usize)),
            |old| Arc::clone(&old.places),
        );
    let header = HeaderValue::from_str(revision)
        .map_err(|_| BuildError::Table(format!("revision {revision:?} is no header value")))?;
    Ok(Runtime {
        revision: Revision {
            text: revision.into(),
            header,
        },
        table,
        health,
        providers,
        credentials,
        models,
        upstream_models,
        rewrites: Rewrites::new(&config.rewrites),
        intercepts: Intercepts::new(&config.intercepts),
        limits: config.limits,
        places,
    })
}

struct CompiledProvider {
    provider: Provider,
    credentials: Vec<Credential>,
    spec: ProviderSpec,
}

fn compile_provider(
    declared: &ProviderConfig,
    hop: &HeaderValue,
    previous: Option<&Runtime>,
) -> Result<CompiledProvider, String> {
    let kind = kind(&declared.kind)
        .ok_or_else(|| format!("kind {:?} is not in the provider table", declared.kind))?;
    let (transport, authority) = transport(declared, kind, previous)?;
    let extra = extra_headers(declared, hop)?;
    let headers = |key: Option<&str>| dialect_headers(kind, &authority, &extra, key);
    let mut credentials = Vec::with_capacity(declared.credentials.len());
    let mut pool = Vec::with_capacity(declared.credentials.len());
    for credential in &declared.credentials {
        let key = credential.key.expose();
        credentials.push(Credential {
            name: credential.name.as_str().into(),
            headers: headers(Some(key))?,
            scope: scope(key),
        });
        pool.push(CredentialSpec {
            key: identity(&credential.name, key),
            weight: credential.weight,
        });
    }
    let probe = match (&declared.probe, &transport) {
        (Some(probe), Transport::Network { base, .. }) => {
            let dialect = kind
                .dialects
                .first()
                .copied()
                .unwrap_or(Dialect::OpenaiChat);
            let path = base
                .own_path(dialect, &probe.path)
                .map_err(|error| format!("probe path {:?}: {error}", probe.path))?;
            Some(ProbeCall {
                path,
                every: probe.clone(),
            })
        }
        _ => None,
    };
    let name = Arc::clone(&declared.name);
    let spoken = Spoken::of(declared.dialects.as_deref(), kind);
    let provider = Provider {
        header: HeaderValue::from_str(&name)
            .map_err(|_| "the name is no header value".to_owned())?,
        kind,
        transport,
        timeouts: declared.timeouts,
        asks_usage: declared.usage == UsagePolicy::Include && kind.rules().stream_options,
        bare: headers(None)?,
        scope: scope(&name),
        spoken,
        probe,
        freed: previous_provider(previous, &name)
            .map_or_else(|| Arc::new(Notify::new()), |old| Arc::clone(&old.freed)),
        name: Arc::clone(&name),
    };
    let spec = ProviderSpec {
        key: name,
        max_in_flight: declared.max_in_flight,
        rate_limit: declared.rate_limit,
        capabilities: capabilities(spoken, kind),
        keeps: keeps(spoken, kind),
        credentials: pool,
    };
    Ok(CompiledProvider {
        provider,
        credentials,
        spec,
    })
}

fn previous_provider<'r>(previous: Option<&'r Runtime>, name: &str) -> Option<&'r Provider> {
    previous?
        .providers
        .iter()
        .find(|provider| &*provider.name == name)
}

/// Says which state of upstreams belongs together, without saying anything of the key.
fn scope(key: &str) -> Box<str> {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("scope {key}").as_bytes());
    let short = digest
        .as_ref()
        .first_chunk()
        .map_or(0, |head| u32::from_be_bytes(*head));
    format!("{short:08x}").into()
}

/// A credential keeps its health for as long as it is the same key: another key under the same name starts afresh.
fn identity(name: &str, key: &str) -> Arc<str> {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let short = digest
        .as_ref()
        .first_chunk()
        .map_or(0, |head| u64::from_be_bytes(*head));
    format!("{name}#{short:016x}").into()
}

fn transport(
    declared: &ProviderConfig,
    kind: &'static Kind,
    previous: Option<&Runtime>,
) -> Result<(Transport, Authority), String> {
    if kind.rules().in_process {
        return Ok((Transport::Demo, Authority::from_static("demo.invalid")));
    }
    let url = declared
        .base_url
        .as_deref()
        .or(kind.base_url)
        .ok_or("it has no `base_url`")?;
    let base = parse_base(kind, url).map_err(|error| error.to_string())?;
    let authority = Authority::try_from(base.authority()).map_err(|error| error.to_string())?;
    let mut paths = Endpoint::ALL.map(|_| PathAndQuery::from_static("/"));
    for (slot, endpoint) in Endpoint::ALL.into_iter().enumerate() {
        paths[slot] = base
            .path_for(endpoint, "", None)
            .map_err(|error| error.to_string())?;
    }
    let origin = origin(declared, &base, previous)?;
    Ok((
        Transport::Network {
            origin,
            base: Box::new(base),
            paths: Box::new(paths),
        },
        authority,
    ))
}

/// The origin of the previous snapshot if nothing about the connection has changed, so that a publish closes none.
fn origin(
    declared: &ProviderConfig,
    base: &Base,
    previous: Option<&Runtime>,
) -> Result<Arc<Origin>, String> {
    let spec = OriginSpec {
        tls: base.is_tls(),
        host: base.host().to_owned(),
        port: base.port(),
        guard: EgressGuard::new(declared.allow.clone()),
        ca_file: declared.ca_file.as_deref().map(Path::to_path_buf),
        connect_timeout: declared.timeouts.connect,
    };
    if let Some(Provider {
        transport: Transport::Network { origin, .. },
        ..
    }) = previous_provider(previous, &declared.name)
        && *origin.spec() == spec
    {
        return Ok(Arc::clone(origin));
    }
    Origin::new(spec).map_err(|error| error.to_string())
}

/// What every request to the provider carries besides the credential. Its own `headers` come last and replace the rest.
fn extra_headers(
    declared: &ProviderConfig,
    hop: &HeaderValue,
) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut headers = vec![
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        (HOP, hop.clone()),
    ];
    for (name, value) in &declared.headers {
        let header = HeaderName::try_from(name.as_str())
            .map_err(|_| format!("header name {name:?} is not valid"))?;
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| format!("the value of header {name:?} is not valid"))?;
        value.set_sensitive(true);
        headers.retain(|(other, _)| *other != header);
        headers.push((header, value));
    }
    Ok(headers)
}

fn dialect_headers(
    kind: &Kind,
    authority: &Authority,
    extra: &[(HeaderName, HeaderValue)],
    key: Option<&str>,
) -> Result<DialectHeaders, String> {
    let one = |dialect: Option<Dialect>| -> Result<FixedHeaders, String> {
        let mut headers = match key {
            Some(key) => credential_headers(kind, dialect, key)
                .map_err(|_| "the credential has characters that no header value has".to_owned())?,
            None => Vec::new(),
        };
        headers.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
        headers.extend_from_slice(extra);
        Ok(FixedHeaders::new(authority.clone(), headers))
    };
    let [a, b, c, d] = Dialect::ALL;
    Ok(DialectHeaders([
        one(None)?,
        one(Some(a))?,
        one(Some(b))?,
        one(Some(c))?,
        one(Some(d))?,
    ]))
}

/// Headers of calls that the gateway makes for itself.
pub(crate) fn own_call_headers(kind: &Kind) -> http::HeaderMap {
    probe_headers(kind).into_iter().collect()
}

fn capabilities(spoken: Spoken, kind: &Kind) -> u32 {
    let mut bits = Dialect::ALL
        .into_iter()
        .filter(|dialect| spoken.speaks(*dialect))
        .map(dialect_bit)
        .sum();
    if spoken.any() {
        bits |= GENERATES;
    }
    if spoken.speaks(Dialect::OpenaiChat) || spoken.speaks(Dialect::OpenaiResponses) {
        bits |= OTHER_CALLS;
    }
    for (endpoint, bit) in COUNTING {
        if counts(kind, spoken, endpoint) {
            bits |= COUNTS | bit;
        }
    }
    bits
}

/// What callers of each dialect keep at a provider: all of it where their own dialect is spoken.
fn keeps(spoken: Spoken, kind: &Kind) -> u64 {
    let kept = |caller: Dialect| match spoken.serving(caller) {
        Some(upstream) if upstream != caller => {
            Things::kept(upstream, aigw_providers::capabilities(kind, upstream))
        }
        _ => Things::ALL,
    };
    Dialect::ALL
        .into_iter()
        .fold(0, |bits, caller| bits | kept(caller).of_caller(caller))
}

/// Whether targets of one priority of the model, or of a model that it may fall back to, differ in what they keep.
fn differs(table: &Table, id: ModelId) -> [bool; Dialect::ALL.len()] {
    let mut chain = vec![id];
    let mut next = 0;
    while let Some(model) = chain.get(next) {
        let fallbacks = table.model(*model).fallbacks.iter();
        let new: Vec<ModelId> = fallbacks
            .filter(|it| !chain.contains(it))
            .copied()
            .collect();
        chain.extend(new);
        next += 1;
    }
    Dialect::ALL.map(|caller| {
        let all = Things::ALL.of_caller(caller);
        chain.iter().any(|model| {
            let mut kept: Vec<(u32, u64)> = table
                .model(*model)
                .targets()
                .map(|target| table.target(target))
                .map(|it| (it.priority, table.provider(it.provider).keeps & all))
                // Targets that keep everything speak the caller's dialect, and come first whatever the request holds.
                .filter(|(_, kept)| *kept != all)
                .collect();
            kept.sort_unstable();
            kept.windows(2)
                .any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1)
        })
    })
}

fn model_spec(model: &ModelConfig, config: &Config) -> ModelSpec {
    let provider = |name: &str| config.providers.get_index_of(name).unwrap_or(usize::MAX);
    let enabled = |name: &str| {
        config
            .providers
            .get(name)
            .is_some_and(|provider| provider.enabled)
    };
    let targets = model
        .targets
        .iter()
        .filter(|target| enabled(&target.provider))
        .map(|target| TargetSpec {
            provider: provider(&target.provider),
            upstream_model: target.model.as_deref().map(Arc::from),
            weight: target.weight,
            priority: target.priority,
        })
        .collect();
    ModelSpec {
        aliases: model
            .aliases
            .iter()
            .map(|alias| alias.as_str().into())
            .collect(),
        strategy: model.strategy,
        fallbacks: model
            .fallbacks
            .iter()
            .filter_map(|name| config.models.get_index_of(name))
            .collect(),
        retry: model.retry,
        cooldown: model.cooldown,
        fallback_on: model.fallback_on,
        sticky: model.sticky.clone(),
        on_break: model.on_break,
        context_window: model.context_window,
        ..ModelSpec::new(Arc::clone(&model.name), targets)
    }
}

fn compile_model(model: &ModelConfig) -> Model {
    Model {
        params: Params::from(&model.params),
        strict: model.fidelity == Fidelity::Strict,
        on_break: model.on_break,
        sticky_by: model
            .sticky
            .as_ref()
            .map(|StickyPolicy { by, .. }| by.clone())
            .unwrap_or_default(),
        context_window: model.context_window,
        max_output_tokens: model.max_output_tokens,
        differs: [false; Dialect::ALL.len()],
    }
}
