//! Invariant 4: when the system is idle, nothing is on its way: no outbox row, no unhandled event, no dead letter.

use std::collections::BTreeMap;
use std::time::Duration;

use boxoffice_eventing::{Broker, pending};
use boxoffice_kernel::Context;

use super::{Findings, Stores};
use crate::stores;

/// What is on its way.
#[derive(Debug)]
pub(super) struct Transit {
    unpublished: BTreeMap<Context, u64>,
    unhandled: BTreeMap<String, u64>,
    dead_letters: BTreeMap<Context, u64>,
}

// === impl Transit ===

impl Transit {
    pub(super) async fn look(stores: &Stores, broker: &dyn Broker) -> anyhow::Result<Self> {
        let (mut unpublished, mut dead_letters) = (BTreeMap::new(), BTreeMap::new());
        for (context, db) in stores.all() {
            let left = pending(&db.read).await?;
            unpublished.insert(context, left.outbox_unpublished);
            dead_letters.insert(context, left.dead_letters);
        }
        unpublished.retain(|_, count| *count > 0);
        dead_letters.retain(|_, count| *count > 0);
        Ok(Self { unpublished, dead_letters, unhandled: stores::lags(broker).await? })
    }

    /// Whether nothing is on its way. A dead letter waits for an operator, not for time.
    pub(super) fn is_over(&self) -> bool {
        self.unpublished.is_empty() && self.unhandled.is_empty()
    }

    /// After time to settle, what is still on its way is stuck; without it, it is only in flight.
    pub(super) fn report(&self, settle: Duration, findings: &mut Findings) {
        let unpublished = self.unpublished.iter();
        let unpublished =
            unpublished.map(|(context, count)| format!("{count} unpublished events of {context}"));
        let unhandled = self.unhandled.iter();
        let unhandled =
            unhandled.map(|(durable, count)| format!("{count} events unhandled by {durable}"));
        let moving = unpublished.chain(unhandled);
        if settle.is_zero() {
            findings.in_flight.extend(moving);
        } else {
            findings.broken.extend(moving.map(|line| format!("invariant 4: {line}")));
        }
        for (context, count) in &self.dead_letters {
            findings.broken.push(format!(
                "invariant 4: {count} dead letters of {context}; `boxoffice dead-letters list` shows them"
            ));
        }
    }
}
