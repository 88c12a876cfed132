//! How many bookings are on their way, and how long the slowest has been where it is.

use std::sync::LazyLock;

use boxoffice_kernel::Time;
use boxoffice_runtime::{ByState, Deps, Server};
use boxoffice_telemetry::metrics::{self, Gauges, Unit};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::store::{Column, Entity, StateColumn};

static SAGAS: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges("boxoffice_sagas", "Bookings that are not where they end, by state.")
});
static OLDEST: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges_in(
        Unit::Seconds,
        "boxoffice_saga_oldest_age",
        "How long the one of them that changed least recently has not changed; 0: none.",
    )
});

/// The states that a booking leaves again, by itself or with somebody's help.
const ON_THEIR_WAY: [(StateColumn, &str); 3] = [
    (StateColumn::Placed, "placed"),
    (StateColumn::AwaitingPayment, "awaiting_payment"),
    (StateColumn::Cancelling, "cancelling"),
];

pub(crate) fn measure(deps: &Deps, server: &mut Server) {
    let sagas = ByState::new(ON_THEIR_WAY, &SAGAS, &OLDEST);
    let (db, clock) = (deps.db.read.clone(), deps.clock);
    deps.measure(server, move || {
        let (db, sagas) = (db.clone(), sagas.clone());
        async move { read(&db, &sagas, clock.now()).await }
    });
}

/// Every booking on its way has a next step, and no other has: there is an index on it.
async fn read(
    db: &impl ConnectionTrait,
    sagas: &ByState<StateColumn>,
    now: Time,
) -> Result<(), DbErr> {
    let found: Vec<(StateColumn, i64, Time)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "count")
        .column_as(Column::UpdatedAt.min(), "oldest")
        .filter(Column::NextStepAt.is_not_null())
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    sagas.set(&found, now);
    Ok(())
}
