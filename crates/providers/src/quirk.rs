//! Where a vendor differs from what its dialects promise: a closed list, and the one match that gives each entry its effect.

/// A difference that the gateway acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// The vendor refuses requests that carry `stream_options`.
    NoStreamOptions,
    /// Answers are made by [`crate::demo`] inside the process; there is no connection.
    InProcess,
    /// `GET` calls, such as the list of models, are refused without an `anthropic-version` header.
    VersionedProbe,
}

/// What the quirks of a kind change, in the terms of the code that acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `stream_options.include_usage` may be added to chat requests.
    pub stream_options: bool,
    /// Answers come from [`crate::demo`], not from a connection.
    pub in_process: bool,
    /// The `anthropic-version` that calls made by the gateway itself, such as probes, carry. Calls made for a caller
    /// carry the caller's.
    pub probe_version: Option<&'static str>,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: [Quirk; 3] = [
        Quirk::NoStreamOptions,
        Quirk::InProcess,
        Quirk::VersionedProbe,
    ];

    /// What it is, in one sentence for the reference.
    pub fn describe(self) -> &'static str {
        match self {
            Quirk::NoStreamOptions => {
                "refuses `stream_options`, so usage is not asked for on the caller's behalf"
            }
            Quirk::InProcess => "answers inside the process, without a connection",
            Quirk::VersionedProbe => "wants `anthropic-version` on probes too",
        }
    }
}

impl Rules {
    /// The rules of a kind with these quirks.
    pub fn of(quirks: &[Quirk]) -> Rules {
        let mut rules = Rules {
            stream_options: true,
            in_process: false,
            probe_version: None,
        };
        for quirk in quirks {
            match quirk {
                Quirk::NoStreamOptions => rules.stream_options = false,
                Quirk::InProcess => rules.in_process = true,
                Quirk::VersionedProbe => rules.probe_version = Some("2023-06-01"),
            }
        }
        rules
    }
}
