//! `GET /v1/models`: the public models, in the caller's shape.

use aigw_protocol::{Family, Route};
use aigw_routing::{Glob, ModelId};
use serde::Serialize;

use crate::call::percent_decoded;
use crate::error::{Error, ErrorKind};
use crate::keys::KeyRules;
use crate::runtime::Runtime;

/// The creation time that OpenAI's shape wants: 2024-01-01, since a public name is as old as the operator says.
const CREATED: u64 = 1_704_067_200;
const CREATED_TEXT: &str = "2024-01-01T00:00:00Z";
const OWNER: &str = "aigw";

#[derive(Serialize)]
struct OpenaiModel<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
}

#[derive(Serialize)]
struct AnthropicModel<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
}

#[derive(Serialize)]
struct OpenaiList<'a> {
    object: &'static str,
    data: Vec<OpenaiModel<'a>>,
}

#[derive(Serialize)]
struct AnthropicList<'a> {
    data: Vec<AnthropicModel<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GoogleModel {
    name: String,
    display_name: String,
    supported_generation_methods: [&'static str; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_token_limit: Option<u64>,
}

#[derive(Serialize)]
struct GoogleList {
    models: Vec<GoogleModel>,
}

/// The list, or the one model that the route names. Only what the caller's key may use is there.
pub(super) fn answer(
    (runtime, rules): (&Runtime, &KeyRules),
    route: Route<'_>,
    family: Family,
    query: Option<&str>,
) -> Result<String, Error> {
    match route {
        Route::Model(id) => {
            let id = percent_decoded(id);
            let found = runtime.table.find(&id);
            let allowed =
                |model: &ModelId| rules.allows_model(&id, &runtime.table.model(*model).name);
            let model = found.filter(allowed).ok_or_else(|| {
                Error::new(
                    ErrorKind::ModelNotFound,
                    format!(
                        "the model `{}` does not exist here",
                        id.chars().take(200).collect::<String>()
                    ),
                )
            })?;
            match family {
                Family::Anthropic => json(&anthropic_model(runtime, model, &id)),
                Family::Gemini => json(&google_model(runtime, model, &id)),
                Family::Openai => json(&openai_model(runtime, model, &id)),
            }
        }
        _ if family == Family::Gemini => json(&GoogleList {
            models: names(runtime, rules)
                .into_iter()
                .map(|(name, id)| google_model(runtime, id, name))
                .collect(),
        }),
        _ if family == Family::Anthropic => {
            let (names, has_more) = page(&names(runtime, rules), query);
            let data: Vec<_> = names
                .iter()
                .map(|(name, id)| anthropic_model(runtime, *id, name))
                .collect();
            let (first_id, last_id) = (data.first().map(|m| m.id), data.last().map(|m| m.id));
            json(&AnthropicList {
                data,
                has_more,
                first_id,
                last_id,
            })
        }
        _ => json(&OpenaiList {
            object: "list",
            data: names(runtime, rules)
                .into_iter()
                .map(|(name, id)| openai_model(runtime, id, name))
                .collect(),
        }),
    }
}

/// Every name that can be called as it stands: globs are not names.
fn names<'r>(runtime: &'r Runtime, rules: &KeyRules) -> Vec<(&'r str, ModelId)> {
    let mut names: Vec<_> = runtime
        .table
        .models()
        .flat_map(|(id, model)| {
            std::iter::once(&model.name)
                .chain(&*model.aliases)
                .map(move |name| (&**name, id))
        })
        .filter(|(name, _)| !Glob::is_pattern(name))
        .filter(|(name, id)| rules.allows_model(name, &runtime.table.model(*id).name))
        .collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    names
}

/// The part of the list that Anthropic's `limit`, `after_id` and `before_id` ask for.
fn page<'n>(names: &[(&'n str, ModelId)], query: Option<&str>) -> (Vec<(&'n str, ModelId)>, bool) {
    let value = |key: &str| {
        query
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
    };
    let limit = value("limit")
        .and_then(|limit| limit.parse::<usize>().ok())
        .unwrap_or(1000)
        .clamp(1, 1000);
    let position = |id: &str| {
        names
            .iter()
            .position(|(name, _)| *name == percent_decoded(id))
    };
    if let Some(end) = value("before_id").and_then(position) {
        let start = end.saturating_sub(limit);
        return (names[start..end].to_vec(), start > 0);
    }
    let start = value("after_id").and_then(position).map_or(0, |at| at + 1);
    let end = names.len().min(start + limit);
    (names[start..end].to_vec(), end < names.len())
}

fn openai_model<'a>(runtime: &Runtime, model: ModelId, id: &'a str) -> OpenaiModel<'a> {
    let known = runtime.model(model);
    OpenaiModel {
        id,
        object: "model",
        created: CREATED,
        owned_by: OWNER,
        context_window: known.context_window,
        max_output_tokens: known.max_output_tokens,
    }
}

fn anthropic_model<'a>(runtime: &Runtime, model: ModelId, id: &'a str) -> AnthropicModel<'a> {
    let known = runtime.model(model);
    AnthropicModel {
        kind: "model",
        id,
        display_name: id,
        created_at: CREATED_TEXT,
        context_window: known.context_window,
        max_output_tokens: known.max_output_tokens,
    }
}

fn google_model(runtime: &Runtime, model: ModelId, id: &str) -> GoogleModel {
    let known = runtime.model(model);
    GoogleModel {
        name: format!("models/{id}"),
        display_name: id.to_owned(),
        supported_generation_methods: ["generateContent", "streamGenerateContent", "countTokens"],
        input_token_limit: known.context_window,
        output_token_limit: known.max_output_tokens,
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::UpstreamInvalid, error.to_string()))
}
