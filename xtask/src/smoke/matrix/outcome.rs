//! What must be true of one cell's answer, its record, and what the upstreams received.

use aigw_testkit::raw::Event;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::super::checks::headers;
use super::super::world::{Answered, World};
use super::{Cell, Dialect, Ends, Moves};

/// Checks everything about a cell.
pub(super) async fn check(cell: &Cell, answered: &Answered, world: &World) -> Result<()> {
    match cell.ends() {
        Ends::Served => served(cell, answered)?,
        Ends::Upstream(status) => refused(cell, answered, status, None)?,
        Ends::ToldOverload if cell.dialect == Dialect::Messages => {
            refused(cell, answered, 529, None)?;
        }
        Ends::ToldOverload => refused(cell, answered, 503, None)?,
        Ends::Gateway(status, code) => refused(cell, answered, status, Some(code))?,
        Ends::Broken(_) => broken(cell, answered)?,
    }
    answer_headers(cell, answered)?;
    received(cell, world)?;
    record(cell, answered, &world.record(&answered.id).await?)
}

fn served(cell: &Cell, answered: &Answered) -> Result<()> {
    let answer = answered.expect(200)?;
    let text = cell.dialect.text(answer, cell.stream);
    let by = if cell.route_mode() == "failover" {
        "beta"
    } else if cell.moves() {
        "gamma"
    } else {
        "alpha"
    };
    // Answers that are tool calls only have no text that could name the upstream.
    ensure!(
        cell.row.fault.contains("tools") || text.contains(by),
        "the text {text:?} is not from {by}"
    );
    if cell.stream {
        let events = answer.events();
        let terminals = events
            .iter()
            .filter(|event| cell.dialect.is_terminal(event))
            .count();
        ensure!(
            terminals == 1,
            "{terminals} terminal events in {} events",
            events.len()
        );
        ensure!(
            !events.iter().any(|event| cell.dialect.is_error(event)),
            "an error event in a whole answer"
        );
    }
    Ok(())
}

/// An error status: the upstream's own words, or the gateway's with its code.
fn refused(cell: &Cell, answered: &Answered, status: u16, code: Option<&str>) -> Result<()> {
    let answer = answered.expect(status)?;
    let body = answer.json();
    let message = cell.dialect.error_message(&body);
    ensure!(
        message.is_some(),
        "not an error body of {}: {}",
        cell.dialect.name(),
        answered.excerpt()
    );
    let content_type = answered.header("content-type")?;
    ensure!(
        content_type.starts_with("application/json"),
        "an error with content type {content_type}"
    );
    if let Some(code) = code.filter(|code| !code.is_empty()) {
        let found = cell.dialect.error_code(&body);
        ensure!(
            found == code,
            "code {found:?} instead of {code:?}: {}",
            answered.excerpt()
        );
    }
    if cell.row.class == "rate_limited" {
        let wait: u64 = answered
            .header("retry-after")?
            .parse()
            .context("retry-after is not a number of seconds")?;
        ensure!(
            (20..=31).contains(&wait),
            "retry-after: {wait}, though the upstream said 30"
        );
    }
    Ok(())
}

/// Content, then an error event, and no invented end.
fn broken(cell: &Cell, answered: &Answered) -> Result<()> {
    let events: Vec<Event> = answered.expect(200)?.events();
    let last = events.last().context("no event at all")?;
    ensure!(
        cell.dialect.is_error(last),
        "the last event is no error: {:?}",
        last.data
    );
    ensure!(
        cell.dialect.error_message(&last.json()).is_some(),
        "an error event without a message: {:?}",
        last.data
    );
    ensure!(
        !events.iter().any(|event| cell.dialect.is_terminal(event)),
        "a terminator after a broken answer"
    );
    ensure!(
        !cell.dialect.text(&answered.answer, true).is_empty(),
        "no content before the error"
    );
    Ok(())
}

fn answer_headers(cell: &Cell, answered: &Answered) -> Result<()> {
    headers::common(answered, cell.dialect)?;
    // An upstream that never answered has no share of the time to show.
    if !matches!(cell.ends(), Ends::Gateway(..)) {
        headers::from_upstream(answered)?;
    }
    let mode = answered.header("x-aigw-route-mode")?;
    ensure!(
        mode == cell.route_mode(),
        "route mode {mode} instead of {}",
        cell.route_mode()
    );
    let attempts: usize = answered
        .header("x-aigw-attempts")?
        .parse()
        .context("x-aigw-attempts is not a number")?;
    ensure!(
        attempts >= if cell.moves() { 2 } else { 1 },
        "{attempts} attempts"
    );
    let provider = match cell.route_mode() {
        "failover" => "beta".to_owned(),
        "model_fallback" => "gamma".to_owned(),
        _ => format!("{}-a", cell.model()),
    };
    ensure!(
        answered.header("x-aigw-provider")? == provider,
        "provider {}",
        answered.header("x-aigw-provider")?
    );
    // Once every target has been asked, the caller must not begin again from the start.
    if cell.row.moves == Moves::Anywhere && !cell.moves() {
        let retry = answered.header("x-should-retry")?;
        ensure!(retry == "false", "x-should-retry: {retry}");
    }
    Ok(())
}

/// The body that reached the failing upstream is ours but for the model, and its credential is the provider's.
fn received(cell: &Cell, world: &World) -> Result<()> {
    let received = world.upstreams.received(&cell.upstream_model());
    ensure!(
        !received.is_empty(),
        "nothing reached the upstream as {}",
        cell.upstream_model()
    );
    let ours = cell.dialect.request(&cell.model(), cell.stream);
    let expected = ours.replace(
        &format!("\"{}\"", cell.model()),
        &format!("\"{}\"", cell.upstream_model()),
    );
    for request in received {
        ensure!(
            *request.body == *expected.as_bytes(),
            "upstream received {:?}",
            String::from_utf8_lossy(&request.body)
        );
        let key = request
            .header("authorization")
            .or(request.header("x-api-key"))
            .unwrap_or_default();
        ensure!(
            key.ends_with(&format!("key-{}", cell.model())),
            "upstream was shown the credential {key:?}"
        );
    }
    Ok(())
}

fn record(cell: &Cell, answered: &Answered, record: &Value) -> Result<()> {
    let outcome = match cell.ends() {
        Ends::Served => "complete",
        Ends::Broken(outcome) => outcome,
        Ends::Upstream(_) | Ends::ToldOverload | Ends::Gateway(..) => "failed",
    };
    let expected: [(&str, Value); 7] = [
        ("status", answered.answer.status().into()),
        ("route_mode", cell.route_mode().into()),
        ("outcome", outcome.into()),
        ("dialect", cell.dialect.name().into()),
        ("stream", cell.stream.into()),
        ("requested_model", cell.model().into()),
        ("provider", answered.header("x-aigw-provider")?.into()),
    ];
    for (name, value) in expected {
        ensure!(
            record[name] == value,
            "the record says {name}={}, not {value}: {record}",
            record[name]
        );
    }
    let attempts = record["attempts"]
        .as_array()
        .context("no attempts in the record")?;
    ensure!(
        attempts.len().to_string() == answered.header("x-aigw-attempts")?,
        "{} attempts recorded",
        attempts.len()
    );
    if cell.row.class.is_empty() {
        ensure!(
            attempts[0]["class"].is_null(),
            "an attempt without fault has the class {}",
            attempts[0]["class"]
        );
    } else if attempts[0]["class"] != cell.row.class {
        bail!(
            "class {} instead of {:?}: {}",
            attempts[0]["class"],
            cell.row.class,
            attempts[0]
        );
    }
    Ok(())
}
