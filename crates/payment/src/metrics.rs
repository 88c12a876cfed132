//! What is not settled yet, refunds that are owed among it, and how the provider answers.

use std::sync::LazyLock;
use std::time::Duration;

use boxoffice_kernel::Time;
use boxoffice_runtime::{ByState, Deps, Server};
use boxoffice_telemetry::metrics::{self, Exemplar, Gauges, Timers, Unit};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use tracing::Span;

use crate::domain::{Answer, Step};
use crate::provider::Unanswered;
use crate::store::payment::{Column, Entity, StateColumn};

static UNSETTLED: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_payments_unsettled",
        "Payments the provider has still to answer for; voiding and refunding ones are owed to customers.",
    )
});
static OLDEST: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges_in(
        Unit::Seconds,
        "boxoffice_payment_oldest_age",
        "How long the oldest of them has been in its state; 0: none.",
    )
});
static CALLS: LazyLock<Timers> = LazyLock::new(|| {
    metrics::timers(
        "boxoffice_provider_call_duration",
        "How long the payment provider was waited for, by what it was asked and what it answered.",
    )
});

const STATES: [(StateColumn, &str); 3] = [
    (StateColumn::Pending, "pending"),
    (StateColumn::Voiding, "voiding"),
    (StateColumn::Refunding, "refunding"),
];

pub(crate) fn measure(deps: &Deps, server: &mut Server) {
    let states = ByState::new(STATES, &UNSETTLED, &OLDEST);
    let (db, clock) = (deps.db.read.clone(), deps.clock);
    deps.measure(server, move || {
        let (db, states) = (db.clone(), states.clone());
        async move { read(&db, &states, clock.now()).await }
    });
}

/// What is not settled has a next attempt, and nothing else has: there is an index on it.
async fn read(
    db: &impl ConnectionTrait,
    states: &ByState<StateColumn>,
    now: Time,
) -> Result<(), DbErr> {
    let found: Vec<(StateColumn, i64, Time)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "count")
        .column_as(Column::UpdatedAt.min(), "oldest")
        .filter(Column::NextAttemptAt.is_not_null())
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    states.set(&found, now);
    Ok(())
}

/// The provider was asked, and this is what came of it. Not a hot path: its answer takes far longer than to find the series.
pub(crate) fn asked(step: Step, answer: &Result<Option<Answer>, Unanswered>, took: Duration) {
    let operation = match step {
        Step::Charge => "charge",
        Step::Find => "find",
        Step::Refund => "refund",
    };
    let outcome = match answer {
        Ok(Some(answer)) => answer.name(),
        Ok(None) => "unknown",
        Err(unanswered) => unanswered.outcome(),
    };
    let labels = vec![("operation", operation.to_owned()), ("outcome", outcome.replace(' ', "_"))];
    CALLS.get_or_create(&labels).took(took, Exemplar::of(&Span::current()));
}
