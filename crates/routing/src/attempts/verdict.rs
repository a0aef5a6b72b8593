//! Why nothing more can be sent, read from the health of everything that had its turn.

use super::{Attempts, GiveUp};
use crate::class::FailureClass;
use crate::table::{ModelId, TargetId};
use crate::tick::Tick;
use crate::trace::Skip;
use crate::view::View;

/// What stands in the way of a set of targets.
#[derive(Debug, Default)]
struct Obstacles {
    spoken: bool,
    /// The hold that ends first.
    held: Option<(Tick, FailureClass)>,
    /// The first of those that are no rate limits.
    held_otherwise: Option<(Tick, FailureClass)>,
    loaded: bool,
    soonest_slot: Option<Tick>,
}

impl Attempts {
    pub(super) fn verdict(&self, view: View<'_>) -> GiveUp {
        let mut obstacles = Obstacles::default();
        for &model in self.chain.visited() {
            obstacles.add_model(view, model, self.facts.needs);
        }
        let soonest = obstacles.held.map(|(until, _)| until);
        if self.sent > 0 || self.unfit {
            return GiveUp::LastFailure { soonest };
        }
        if obstacles.loaded {
            return GiveUp::Saturated {
                soonest: obstacles.soonest_slot,
            };
        }
        if !obstacles.spoken && self.has_targets(view) {
            return GiveUp::NotSpoken;
        }
        GiveUp::NoCandidate {
            soonest,
            class: obstacles.class(),
        }
    }

    /// The class that stands for a model to which nothing was sent.
    pub(super) fn blocking_class(&self, view: View<'_>) -> FailureClass {
        let mut obstacles = Obstacles::default();
        obstacles.add_model(view, self.turn.model, self.facts.needs);
        match obstacles.class() {
            Some(class) => class,
            None if obstacles.loaded => FailureClass::RateLimited,
            // Every target is drained, or none can do what the request needs: the model is not served here.
            None => FailureClass::ModelMissing,
        }
    }

    fn has_targets(&self, view: View<'_>) -> bool {
        view.table.model(self.facts.model).targets().len() > 0
    }
}

impl Obstacles {
    fn add_model(&mut self, view: View<'_>, model: ModelId, needs: u32) {
        for target in view.table.model(model).targets() {
            let capabilities = view
                .table
                .provider(view.table.target(target).provider)
                .capabilities;
            if capabilities & needs == needs {
                self.spoken = true;
                self.add_target(view, target);
            }
        }
    }

    fn add_target(&mut self, view: View<'_>, id: TargetId) {
        if view.table.target(id).weight == 0 {
            return;
        }
        match view.obstacle(id) {
            Some(Skip::Held { class, until } | Skip::CredentialsHeld { class, until }) => {
                self.hold(class, until);
            }
            Some(Skip::TrialUnderway) => {
                if let Some((class, _)) = view.health.target(id, view.now).held {
                    self.hold(class, view.now);
                }
            }
            Some(Skip::QueueFull { until }) => self.load(Some(until)),
            Some(Skip::Saturated) => self.load(None),
            Some(_) => {}
            None => self.load(Some(view.now)),
        }
    }

    fn hold(&mut self, class: FailureClass, until: Tick) {
        let earlier = |held: &Option<(Tick, FailureClass)>| held.is_none_or(|(at, _)| until < at);
        if earlier(&self.held) {
            self.held = Some((until, class));
        }
        if class != FailureClass::RateLimited && earlier(&self.held_otherwise) {
            self.held_otherwise = Some((until, class));
        }
    }

    fn load(&mut self, slot: Option<Tick>) {
        self.loaded = true;
        self.soonest_slot = match (self.soonest_slot, slot) {
            (Some(known), Some(slot)) => Some(known.min(slot)),
            (known, slot) => known.or(slot),
        };
    }

    fn class(&self) -> Option<FailureClass> {
        self.held_otherwise.or(self.held).map(|(_, class)| class)
    }
}
