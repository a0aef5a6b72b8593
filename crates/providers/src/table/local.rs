//! Server software that people run themselves.

use aigw_protocol::Dialect::{AnthropicMessages, OpenaiChat, OpenaiResponses};
use aigw_protocol::Endpoint::CountTokens;

use crate::kind::{Auth, KeyRule, Kind};

/// The rows of this group.
pub(super) const ROWS: &[Kind] = &[
    Kind {
        id: "ollama",
        name: "Ollama",
        base_url: Some("http://localhost:11434/v1"),
        version: "v1",
        dialects: &[OpenaiChat, OpenaiResponses, AnthropicMessages],
        mounts: &[],
        auth: Auth::Bearer,
        key: KeyRule::Optional,
        env_key: Some("OLLAMA_API_KEY"),
        counts: &[],
        quirks: &[],
        docs: "https://docs.ollama.com/api/openai-compatibility",
    },
    Kind {
        id: "vllm",
        name: "vLLM",
        base_url: Some("http://localhost:8000/v1"),
        version: "v1",
        dialects: &[OpenaiChat, OpenaiResponses, AnthropicMessages],
        mounts: &[],
        auth: Auth::Bearer,
        key: KeyRule::Optional,
        env_key: Some("VLLM_API_KEY"),
        counts: &[CountTokens],
        quirks: &[],
        docs: "https://docs.vllm.ai/en/latest/serving/online_serving/",
    },
    Kind {
        id: "llamacpp",
        name: "llama.cpp server",
        base_url: Some("http://localhost:8080/v1"),
        version: "v1",
        dialects: &[OpenaiChat, OpenaiResponses, AnthropicMessages],
        mounts: &[],
        auth: Auth::Bearer,
        key: KeyRule::Optional,
        env_key: Some("LLAMA_API_KEY"),
        counts: &[CountTokens],
        quirks: &[],
        docs: "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
    },
    Kind {
        id: "lmstudio",
        name: "LM Studio",
        base_url: Some("http://localhost:1234/v1"),
        version: "v1",
        dialects: &[OpenaiChat, OpenaiResponses, AnthropicMessages],
        mounts: &[],
        auth: Auth::Bearer,
        key: KeyRule::Optional,
        env_key: Some("LM_API_TOKEN"),
        counts: &[],
        quirks: &[],
        docs: "https://lmstudio.ai/docs/developer",
    },
];
