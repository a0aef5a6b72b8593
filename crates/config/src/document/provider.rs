//! `providers.*`.

use super::{DAY, FileName, HOUR, MINUTE, Network, ProbePath, ProviderText, Url};
use crate::UsagePolicy;
use crate::declare::section;
use crate::read::{
    Choice, Count, Decimal, Dialect, Flag, HeaderName, Kind, List, Named, OffOr, SealedText, Span,
    Table, Text,
};

section! {
    /// A company or server with a base URL and credentials.
    ProviderDoc titled "providers.*" {
        required "kind" => kind: Kind, "A row of the provider table, such as `openai`, `anthropic` or `openai-compatible`. `demo` is answered inside the process and needs neither address nor key.", "openai";
        optional "base_url" => base_url: Text<Url>, "Where it is reached, with or without the version segment (`/v1`). Not written: the kind's own; kinds for any compatible server have none and need it.", "https://api.openai.com/v1";
        optional "api_key" => api_key: SealedText, "The key to present. Use a reference. Not together with `credentials`.", "${OPENAI_API_KEY}";
        optional "credentials" => credentials: List<CredentialDoc, 1, 256>, "A pool of keys, each with its own health. Not together with `api_key`.", "[{name: a, api_key: \"${KEY_A}\", weight: 2}]";
        optional "headers" => headers: Table<HeaderName, SealedText>, "Headers added to every request to it. Never shown. Headers of the connection, of the framing and of the gateway are refused.", "{OpenAI-Organization: org_123}";
        optional "dialects" => dialects: List<Dialect, 1, 16>, "What this server speaks. Not written: what its kind speaks.", "[openai_chat]";
        optional "timeouts" => timeouts: TimeoutsDoc, "How long each phase of a call may take.", "{connect: 5s}";
        optional "max_in_flight" => max_in_flight: Count<1, 1_000_000>, "Requests in flight to it at once. Not written: no bound of its own.", "200";
        optional "rate_limit" => rate_limit: RateLimitDoc, "Outbound rate; requests beyond it wait their turn. Not written: unbounded.", "{requests_per_second: 10}";
        default("off") "probe" => probe: OffOr<ProbeDoc>, "Active probe, or `off`. A failing probe puts the provider's targets last; a good one never ends a cooldown.", "{path: /models}";
        optional "network" => network: NetworkDoc, "Where it may be reached.", "{allow: [10.0.0.0/8]}";
        optional "ca_file" => ca_file: Text<FileName>, "Absolute path of a PEM file with certificate authorities that are trusted in addition to the system's.", "/etc/aigw/ca.pem";
        default("include") "usage" => usage: Choice<UsagePolicy>, "`include`: chat streams whose caller did not ask for usage ask for it, and the added chunk is taken out again. `as_asked`: they go out as they came.", "as_asked";
        default("true") "enabled" => enabled: Flag, "`false` takes it out of routing.", "false";
    }
}

impl Named for UsagePolicy {
    const NAMES: &'static [(&'static str, Self)] =
        &[("include", Self::Include), ("as_asked", Self::AsAsked)];
}

section! {
    /// One key of a pool.
    CredentialDoc titled "providers.*.credentials[]" {
        required "name" => name: Text<ProviderText>, "Its name in records; unique within the provider.", "a";
        required "api_key" => api_key: SealedText, "The key to present. Use a reference.", "${KEY_A}";
        default("1") "weight" => weight: Count<0, 1000>, "Share among the healthy keys; 0 drains.", "2";
    }
}

section! {
    /// How long each phase of a call may take.
    TimeoutsDoc titled "providers.*.timeouts" {
        default("5s") "connect" => connect: Span<1, HOUR>, "Name resolution, connection and TLS.", "2s";
        default("60s") "first_byte" => first_byte: Span<1, DAY>, "From the request sent to the head of the answer.", "30s";
        default("120s") "first_token" => first_token: Span<1, DAY>, "From the request sent to the first content of a stream.", "90s";
        default("60s") "idle" => idle: Span<1, DAY>, "Between two pieces of an answer.", "45s";
        default("15m") "total" => total: Span<1, DAY>, "The whole call.", "10m";
    }
}

section! {
    /// Outbound rate of a provider, first come first served.
    RateLimitDoc titled "providers.*.rate_limit" {
        required "requests_per_second" => requests_per_second: Decimal<1_000_000>, "Sustained rate; fractions are allowed.", "10";
        optional "burst" => burst: Count<1, 1_000_000>, "Requests that may go at once after a quiet time. Not written: as many as one second brings, at least 1.", "20";
        default("5s") "max_wait" => max_wait: Span<0, { 10 * MINUTE }>, "How long a request may wait for its turn; then another target, or 429.", "2s";
    }
}

section! {
    /// Active probe of a provider.
    ProbeDoc titled "providers.*.probe" {
        default("/models") "path" => path: Text<ProbePath>, "Path below the base URL that is fetched.", "/health";
        default("30s") "interval" => interval: Span<1000, DAY>, "Time between two probes.", "10s";
        default("2s") "timeout" => timeout: Span<1, HOUR>, "How long one probe may take.", "1s";
    }
}

section! {
    /// Where a provider may be reached.
    NetworkDoc titled "providers.*.network" {
        optional "allow" => allow: List<Network, 0, 256>, "Private, loopback and other special address ranges that its host may resolve to. Public addresses are always allowed.", "[10.0.0.0/8]";
    }
}
