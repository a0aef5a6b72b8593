//! Table, health and time as one, and what can be read from them about one target. Changes nothing.

use smallvec::SmallVec;

use crate::class::FailureClass;
use crate::health::{Gate, Health};
use crate::table::{CredentialId, Provider, ProviderId, Table, TargetId};
use crate::tick::Tick;
use crate::trace::Skip;

/// Credentials that failed for one request.
pub(crate) type Spent = SmallVec<[CredentialId; 4]>;

#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    pub(crate) table: &'v Table,
    pub(crate) health: &'v Health,
    pub(crate) now: Tick,
    pub(crate) seed: u64,
}

impl<'v> View<'v> {
    /// Why nothing can be sent to the target, if so. Waiting for a slot of a rate limit is no obstacle.
    pub(crate) fn obstacle(self, target: TargetId) -> Option<Skip> {
        let provider = self.table.target(target).provider;
        match self.health.target_health(target).gate(self.now) {
            Gate::Open | Gate::HalfOpen => {}
            Gate::TrialUnderway => return Some(Skip::TrialUnderway),
            Gate::Held { class, until } => return Some(Skip::Held { class, until }),
        }
        self.credential_obstacle(provider, &[])
            .or_else(|| self.load_obstacle(provider))
    }

    /// Whether the target would get this request as the trial that may end its hold.
    pub(crate) fn is_trial(self, target: TargetId) -> bool {
        self.health.target_health(target).gate(self.now) == Gate::HalfOpen
    }

    fn load_obstacle(self, id: ProviderId) -> Option<Skip> {
        let provider = self.table.provider(id);
        let health = self.health.provider_health(id);
        if provider
            .max_in_flight
            .is_some_and(|most| health.in_flight() >= most)
        {
            return Some(Skip::Saturated);
        }
        let pace = provider.pace.as_ref()?;
        let until = health.next_slot(pace, self.now);
        (until - self.now > pace.max_wait).then_some(Skip::QueueFull { until })
    }

    /// Why no credential of the provider can be presented, if so; those in `spent` do not count.
    pub(crate) fn credential_obstacle(
        self,
        id: ProviderId,
        spent: &[CredentialId],
    ) -> Option<Skip> {
        let provider = self.table.provider(id);
        if self.usable_credentials(provider, spent).next().is_some() {
            return None;
        }
        let hold = match provider.credentials().len() {
            0 => Some(self.health.provider_health(id).hold.active(self.now)?),
            _ => self.first_free(provider, spent),
        };
        Some(match hold {
            Some((class, until)) => Skip::CredentialsHeld { class, until },
            None => Skip::CredentialsSpent,
        })
    }

    /// The credentials that may be picked: not drained, not held, not spent.
    fn usable_credentials<'s>(
        self,
        provider: &Provider,
        spent: &'s [CredentialId],
    ) -> impl Iterator<Item = CredentialId> + use<'s, 'v> {
        provider
            .credentials()
            .filter(move |id| self.table.credential(*id).weight > 0 && !spent.contains(id))
            .filter(move |id| self.health.credential_hold(*id).active(self.now).is_none())
    }

    fn first_free(
        self,
        provider: &Provider,
        spent: &[CredentialId],
    ) -> Option<(FailureClass, Tick)> {
        provider
            .credentials()
            .filter(|id| self.table.credential(*id).weight > 0 && !spent.contains(id))
            .filter_map(|id| self.health.credential_hold(id).active(self.now))
            .min_by_key(|(_, until)| *until)
    }

    /// Chooses the credential to present: the preferred one if it is free, else by weight. `Err` if there is none.
    pub(crate) fn pick_credential(
        self,
        id: ProviderId,
        preferred: Option<CredentialId>,
        spent: &[CredentialId],
    ) -> Result<Option<CredentialId>, Skip> {
        if preferred.is_some_and(|wanted| self.is_free(wanted, spent)) {
            return Ok(preferred);
        }
        if let Some(obstacle) = self.credential_obstacle(id, spent) {
            return Err(obstacle);
        }
        let provider = self.table.provider(id);
        let mut pool = provider.credentials();
        if pool.len() < 2 {
            return Ok(pool.next());
        }
        let start = pool.next().map_or(0, CredentialId::index);
        // Looked at once: a hold that begins meanwhile must not change the members between the passes of the rotation.
        let members: SmallVec<[(usize, u32); 8]> = self
            .usable_credentials(provider, spent)
            .map(|id| (id.index() - start, self.table.credential(id).weight))
            .collect();
        let picked = self
            .health
            .pool_rotation(id)
            .pick(members.iter().copied(), |_, _| {});
        match picked {
            Some(position) => Ok(Some(CredentialId::at(start + position))),
            None => Err(Skip::CredentialsSpent),
        }
    }

    /// Whether a bound credential can be presented; one that is drained can, until the binding ends.
    pub(crate) fn is_free(self, credential: CredentialId, spent: &[CredentialId]) -> bool {
        !spent.contains(&credential)
            && self
                .health
                .credential_hold(credential)
                .active(self.now)
                .is_none()
    }
}
