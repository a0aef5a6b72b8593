//! Playing the cells.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::super::world::{Ask, World};
use super::super::{LIMIT, Line};
use super::{Cell, cells, outcome};
use crate::report::Counts;

/// Cells under way at once: enough that waiting for timeouts does not add up.
const AT_ONCE: usize = 8;

/// Plays every cell of the rows whose name contains `only`, and gives one line per row.
pub(in crate::smoke) async fn run(world: &Arc<World>, only: &str) -> Vec<Line> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut playing = JoinSet::new();
    for cell in cells()
        .into_iter()
        .filter(|cell| claim(cell).contains(only))
    {
        let (places, world) = (Arc::clone(&places), Arc::clone(world));
        playing.spawn(async move {
            let _place = places.acquire().await;
            let start = Instant::now();
            (cell, play(&cell, &world).await, start.elapsed())
        });
    }
    let mut played = playing.join_all().await;
    played.sort_by_key(|(cell, ..)| cell.number);
    let mut lines: Vec<Line> = Vec::new();
    for (cell, problem, took) in played {
        if lines.last().is_none_or(|line| line.claim != claim(&cell)) {
            lines.push(Line {
                claim: claim(&cell),
                counts: Counts::default(),
                took,
                problems: Vec::new(),
            });
        }
        if let Some(line) = lines.last_mut() {
            add(line, &cell, problem, took);
        }
    }
    lines
}

fn claim(cell: &Cell) -> String {
    format!("fault {}", cell.row.fault)
}

fn add(line: &mut Line, cell: &Cell, problem: Option<String>, took: Duration) {
    line.counts += Counts::one(problem.is_none());
    line.took = line.took.max(took);
    let place = format!(
        "{} stream={} {:?}",
        cell.dialect.name(),
        cell.stream,
        cell.arrangement
    );
    line.problems
        .extend(problem.map(|problem| format!("{place}: {problem}")));
}

async fn play(cell: &Cell, world: &World) -> Option<String> {
    let body = cell.dialect.request(&cell.model(), cell.stream);
    let ask = Ask::post(cell.dialect.path(), body).header("anthropic-version", "2026-10-21");
    let outcome = async {
        let answered = world.send(ask).await?;
        outcome::check(cell, &answered, world).await
    };
    match tokio::time::timeout(LIMIT, outcome).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{error:#}")),
        Err(_) => Some(format!("did not end within {} s", LIMIT.as_secs())),
    }
}
