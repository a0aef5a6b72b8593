//! `model_list`: deployments become targets, and what they have in common becomes providers.

use std::collections::HashMap;

use aigw_routing::Glob;

use crate::import::writer::{Writer, map, number, provider_name, seconds, variable, whole};
use crate::import::yaml::Out;
use crate::spot::Spot;

/// Vendor prefixes whose provider kind is called otherwise.
const KINDS: [(&str, &str); 18] = [
    ("azure", "azure-openai"),
    ("azure_ai", "openai-compatible"),
    ("text-completion-openai", "openai"),
    ("google_ai_studio", "gemini"),
    ("together_ai", "together"),
    ("fireworks_ai", "fireworks"),
    ("nvidia_nim", "nvidia"),
    ("zai", "zhipu"),
    ("ollama_chat", "ollama"),
    ("hosted_vllm", "vllm"),
    ("lm_studio", "lmstudio"),
    ("llamafile", "llamacpp"),
    ("custom_openai", "openai-compatible"),
    ("openai_like", "openai-compatible"),
    ("litellm_proxy", "openai-compatible"),
    ("cohere_chat", "cohere"),
    ("custom", "openai-compatible"),
    ("xinference", "openai-compatible"),
];
/// Keys of `litellm_params` that are looked at; others are members of request bodies or have no counterpart.
const KNOWN: [&str; 18] = [
    "model",
    "custom_llm_provider",
    "api_base",
    "base_url",
    "api_key",
    "organization",
    "extra_headers",
    "headers",
    "rpm",
    "tpm",
    "weight",
    "order",
    "timeout",
    "request_timeout",
    "stream_timeout",
    "max_parallel_requests",
    "api_version",
    "drop_params",
];
/// Members of request bodies that deployments set.
const MEMBERS: [&str; 10] = [
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
    "reasoning_effort",
    "user",
];

/// The public models with the deployments behind them.
pub(super) struct Deployments {
    /// Names of providers that were written.
    pub(super) providers: Vec<String>,
    /// Names of models that were written.
    pub(super) models: Vec<String>,
}

/// What tells providers apart: kind, address, key, and the rest of what a provider holds.
type Identity = (String, String, String, String);

impl Deployments {
    pub(super) fn read(writer: &mut Writer<'_>, root: Spot<'_>) -> Self {
        let mut known: HashMap<Identity, String> = HashMap::new();
        let list = root
            .member("model_list")
            .map(Spot::items)
            .unwrap_or_default();
        for entry in list {
            deployment(writer, entry, &mut known);
        }
        let keys = |section: &str| {
            writer
                .out
                .member(section)
                .map(Out::keys)
                .unwrap_or_default()
        };
        Self {
            providers: keys("providers"),
            models: keys("models"),
        }
    }
}

fn deployment(writer: &mut Writer<'_>, entry: Spot<'_>, known: &mut HashMap<Identity, String>) {
    let (Some(name), Some(params)) = (entry.member("model_name"), entry.member("litellm_params"))
    else {
        return writer.manual(
            entry,
            "left out: `model_name` or `litellm_params` is missing",
        );
    };
    let public = name.text().unwrap_or_default();
    let Some(model) = params.member("model") else {
        return writer.manual(params, "left out: `model` is missing");
    };
    if !writer.is_model_name(name, public) {
        return;
    }
    let written = model.text().unwrap_or_default();
    let custom = params.member("custom_llm_provider").and_then(Spot::text);
    let (vendor, upstream) = match (custom, written.split_once('/')) {
        (Some(vendor), Some((prefix, rest))) if prefix == vendor => (vendor, rest),
        (Some(vendor), _) => (vendor, written),
        (None, Some((vendor, rest))) => (vendor, rest),
        (None, None) => (guessed(writer, model, written), written),
    };
    let Some(kind) = kind(writer, model, vendor, params) else {
        return;
    };
    let provider = provider(writer, params, (vendor, &kind), known);
    target(writer, (name, params), (&provider, public, upstream));
    info(writer, entry, public);
    writer.rest(
        entry,
        &["model_name", "litellm_params", "model_info"],
        "there is no counterpart; nothing was written",
    );
}

/// The vendor of a model that names none.
fn guessed(writer: &mut Writer<'_>, model: Spot<'_>, written: &str) -> &'static str {
    let vendor = if written.starts_with("claude") {
        "anthropic"
    } else if written.starts_with("gemini") {
        "gemini"
    } else {
        "openai"
    };
    writer.approximate(model, format!("no vendor is named; taken for `{vendor}`"));
    vendor
}

/// The provider kind for a vendor prefix.
fn kind(
    writer: &mut Writer<'_>,
    model: Spot<'_>,
    vendor: &str,
    params: Spot<'_>,
) -> Option<String> {
    let has_address = params
        .member("api_base")
        .or_else(|| params.member("base_url"))
        .is_some();
    let mapped = KINDS
        .iter()
        .find(|(prefix, _)| *prefix == vendor)
        .map_or(vendor, |(_, kind)| kind);
    // A server of one's own behind `openai/`: not the vendor's rules about keys and dialects.
    let mapped = if mapped == "openai" && has_address {
        "openai-compatible"
    } else {
        mapped
    };
    if writer.catalog.kind(mapped).is_some() {
        return Some(String::from(mapped));
    }
    if has_address {
        writer.approximate(
            model,
            format!(
                "there is no kind for `{vendor}`; its address is spoken to as `openai-compatible`"
            ),
        );
        return Some(String::from("openai-compatible"));
    }
    writer.manual(model, format!("left out: there is no provider kind for `{vendor}`; write one with its address and dialect"));
    None
}

/// The provider that the deployment belongs to, written if it is new.
fn provider(
    writer: &mut Writer<'_>,
    params: Spot<'_>,
    (vendor, kind): (&str, &str),
    known: &mut HashMap<Identity, String>,
) -> String {
    let text = |key: &str| {
        params
            .member(key)
            .and_then(Spot::text)
            .map(String::from)
            .unwrap_or_default()
    };
    let address = params
        .member("api_base")
        .or_else(|| params.member("base_url"));
    let rest = [
        "organization",
        "rpm",
        "timeout",
        "request_timeout",
        "stream_timeout",
        "max_parallel_requests",
    ]
    .map(text)
    .join("|");
    let headers = ["extra_headers", "headers"].map(|key| {
        params
            .member(key)
            .map(|spot| spot.canonical(&crate::declare::Shape::Json))
            .unwrap_or_default()
    });
    let identity = (
        String::from(kind),
        address.and_then(Spot::text).unwrap_or_default().to_owned(),
        text("api_key"),
        format!("{rest}|{}", headers.concat()),
    );
    if let Some(name) = known.get(&identity) {
        return name.clone();
    }
    let name = provider_name(vendor, &writer.out);
    known.insert(identity, name.clone());
    writer
        .out
        .set(&["providers", &name, "kind"], Out::text(kind));
    if let Some(address) = address {
        let url = Writer::text(address);
        writer.out.set(&["providers", &name, "base_url"], url);
        if kind == "azure-openai" {
            writer.approximate(
                address,
                "calls go to the v1 API of the resource; `api_version` has no part in it",
            );
        }
    }
    key(writer, params, &name, (vendor, kind));
    settings(writer, params, &name);
    name
}

fn key(writer: &mut Writer<'_>, params: Spot<'_>, name: &str, (vendor, kind): (&str, &str)) {
    // Not the usual name of the vendor's variable: that may be meant where no key is written.
    let own = variable(&[name, "imported_key"]);
    if let Some(key) = params.member("api_key") {
        let value = writer.secret(key, &own);
        writer.out.set(&["providers", name, "api_key"], value);
    } else if writer.catalog.kind(kind).is_some_and(|kind| kind.needs_key) {
        let usual = variable(&[vendor, "api_key"]);
        writer.approximate(
            params,
            format!("no `api_key` is written; `${{{usual}}}` is where it is usually found"),
        );
        writer.out.set(
            &["providers", name, "api_key"],
            Out::Text(format!("${{{usual}}}")),
        );
    }
}

/// What a deployment says about calls, as settings of its provider.
fn settings(writer: &mut Writer<'_>, params: Spot<'_>, name: &str) {
    if let Some(organization) = params.member("organization") {
        writer.exact(organization, "a header of the provider");
        let value = Writer::text(organization);
        writer.out.set(
            &["providers", name, "headers", "OpenAI-Organization"],
            value,
        );
    }
    for key in ["extra_headers", "headers"] {
        if let Some(headers) = params.member(key) {
            writer.headers(name, headers);
        }
    }
    if let (Some(spot), Some(rpm)) = (
        params.member("rpm"),
        number(params.member("rpm")).filter(|rpm| *rpm >= 0.06),
    ) {
        let rate = map([(
            "requests_per_second",
            Out::Raw(format!("{}", rounded(rpm / 60.0))),
        )]);
        writer.out.set(&["providers", name, "rate_limit"], rate);
        writer.approximate(
            spot,
            "a rate per second for the provider; requests beyond it wait, then go elsewhere",
        );
    }
    if let Some(spot) = params.member("tpm") {
        writer.manual(
            spot,
            "a provider has no limit of tokens per minute; limits of client keys have",
        );
    }
    for (key, timeout) in [
        ("timeout", "total"),
        ("request_timeout", "total"),
        ("stream_timeout", "first_token"),
    ] {
        if let (Some(spot), Some(amount)) = (
            params.member(key),
            number(params.member(key)).filter(|amount| *amount > 0.0),
        ) {
            writer
                .out
                .set(&["providers", name, "timeouts", timeout], seconds(amount));
            writer.approximate(spot, format!("timeout `{timeout}` of the provider"));
        }
    }
    if let (Some(spot), Some(most)) = (
        params.member("max_parallel_requests"),
        whole(params.member("max_parallel_requests"), 1_000_000).filter(|most| *most > 0),
    ) {
        writer.out.set(
            &["providers", name, "max_in_flight"],
            Out::Raw(most.to_string()),
        );
        writer.exact(spot, "`max_in_flight` of the provider");
    }
    if let Some(spot) = params.member("api_version") {
        writer.manual(
            spot,
            "there is no version of the API to choose; the address decides",
        );
    }
}

/// At most three places, and not 0.
fn rounded(rate: f64) -> f64 {
    ((rate * 1000.0).round() / 1000.0).clamp(0.001, 1_000_000.0)
}

fn target(
    writer: &mut Writer<'_>,
    (name, params): (Spot<'_>, Spot<'_>),
    (provider, public, upstream): (&str, &str, &str),
) {
    let mut target = map([("provider", Out::text(provider))]);
    if Glob::is_pattern(upstream) {
        if upstream == public || upstream == "*" && public == "*" {
            writer.exact(name, "a glob: the name that the caller sends goes upstream");
        } else {
            writer.manual(name, "a glob whose upstream names differ from the public ones: the name that the caller sends goes upstream as it is");
        }
    } else if upstream.is_empty() || !writer.is_model_name(params, upstream) {
        return;
    } else {
        target.set(&["model"], Out::text(upstream));
    }
    if let Some(weight) = number(params.member("weight")) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0 to 1000"
        )]
        let weight = weight.clamp(0.0, 1000.0).ceil() as u32;
        target.set(&["weight"], Out::Raw(weight.to_string()));
    }
    if let Some(order) = whole(params.member("order"), 1000) {
        target.set(&["priority"], Out::Raw(order.to_string()));
    }
    let is_new = !writer.has_model(public);
    writer.out.push(&["models", public, "targets"], target);
    writer.exact(name, format!("a target of `{public}` at `{provider}`"));
    members(writer, params, public, is_new);
}

/// What a deployment sets in request bodies.
fn members(writer: &mut Writer<'_>, params: Spot<'_>, public: &str, is_new: bool) {
    for (key, spot) in params.members() {
        if KNOWN.contains(&key) {
            continue;
        }
        if !MEMBERS.contains(&key) {
            writer.manual(spot, "there is no counterpart; nothing was written");
        } else if is_new && let Ok(json) = spot.tree.json(spot.node, &mut |_| None) {
            writer.out.set(
                &["models", public, "params", "defaults", key],
                Out::Raw(json.replace("${", "$${")),
            );
            writer.approximate(spot, "a default of the model, for all its targets");
        } else {
            writer.manual(spot, "defaults belong to the model here, not to one target; those of its first deployment were taken");
        }
    }
}

fn info(writer: &mut Writer<'_>, entry: Spot<'_>, public: &str) {
    let Some(info) = entry.member("model_info") else {
        return;
    };
    let keys = [
        ("max_input_tokens", "context_window"),
        ("max_output_tokens", "max_output_tokens"),
    ];
    for (key, own) in keys {
        if let (Some(spot), Some(tokens)) = (
            info.member(key),
            whole(info.member(key), 1_000_000_000).filter(|tokens| *tokens > 0),
        ) {
            writer
                .out
                .set(&["models", public, own], Out::Raw(tokens.to_string()));
            writer.exact(spot, format!("`{own}` of the model"));
        }
    }
    writer.rest(
        info,
        &["max_input_tokens", "max_output_tokens", "id"],
        "there is no counterpart; nothing was written",
    );
}
