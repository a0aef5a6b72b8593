//! The chain of fallback models: depth first, no model twice, bounded.

use smallvec::SmallVec;

use crate::class::FailureClass;
use crate::table::{Model, ModelId};
use crate::trace::{Skip, Trace};
use crate::view::View;

/// Models that are tried for one request at most.
pub(crate) const MOST_MODELS: usize = 8;

#[derive(Debug)]
pub(crate) struct Chain {
    visited: SmallVec<[ModelId; 4]>,
    /// Fallbacks to come, the next one last.
    pending: SmallVec<[ModelId; 4]>,
    /// The class that the last model was left with.
    class: Option<FailureClass>,
    window: Window,
}

/// How large a context window has to be after a prompt did not fit.
#[derive(Debug, Clone, Copy)]
enum Window {
    Any,
    LargerThan(u64),
}

impl Chain {
    pub(crate) fn new(model: ModelId) -> Chain {
        Chain {
            visited: SmallVec::from_slice(&[model]),
            pending: SmallVec::new(),
            class: None,
            window: Window::Any,
        }
    }

    /// Every model that had its turn, the requested one first.
    pub(crate) fn visited(&self) -> &[ModelId] {
        &self.visited
    }

    /// The model to try after `left` was given up with that failure.
    pub(crate) fn next(
        &mut self,
        view: View<'_>,
        left: ModelId,
        failure: FailureClass,
        trace: &mut Trace,
    ) -> Option<ModelId> {
        let model = view.table.model(left);
        self.class = Some(failure);
        if failure == FailureClass::ContextLength {
            self.window = self.window.beyond(model.context_window);
        }
        self.push(model);
        while let Some(id) = self.pending.pop() {
            if self.visited.contains(&id) {
                continue;
            }
            if self.visited.len() >= MOST_MODELS {
                trace.skipped(view.now, id, None, Skip::ChainTooLong);
                return None;
            }
            self.visited.push(id);
            let model = view.table.model(id);
            if self.window.admits(model.context_window) {
                return Some(id);
            }
            trace.skipped(view.now, id, None, Skip::WindowTooSmall);
            self.push(model);
        }
        None
    }

    fn push(&mut self, model: &Model) {
        if self
            .class
            .is_some_and(|class| model.fallback_on.contains(class))
        {
            self.pending.extend(model.fallbacks.iter().rev().copied());
        }
    }
}

impl Window {
    /// After a model with this window was too small. If its size is not known, nothing can be compared.
    fn beyond(self, window: Option<u64>) -> Window {
        match (self, window) {
            (Window::LargerThan(most), Some(window)) => Window::LargerThan(most.max(window)),
            (Window::Any, Some(window)) => Window::LargerThan(window),
            (known, None) => known,
        }
    }

    fn admits(self, window: Option<u64>) -> bool {
        match self {
            Window::Any => true,
            Window::LargerThan(most) => window.is_some_and(|window| window > most),
        }
    }
}
