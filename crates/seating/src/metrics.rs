//! How many seats are free, held and sold.

use std::sync::LazyLock;
use std::time::Duration;

use boxoffice_kernel::Time;
use boxoffice_runtime::{Deps, Server};
use boxoffice_telemetry::metrics::{self, Gauge, Gauges};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::store::showing_row::{Column, Entity};

static SEATS: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_seats",
        "Seats of the showings to come, and of those that began within a day, by state.",
    )
});
static OVERSOLD: LazyLock<Gauges> = LazyLock::new(|| {
    metrics::gauges(
        "boxoffice_seats_oversold",
        "Seats that showings have sold and hold beyond their capacity: must be 0.",
    )
});

/// Showings that began before this are not looked at any more; there is an index on their start.
const RECENT: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug)]
struct Seats {
    free: Gauge,
    held: Gauge,
    sold: Gauge,
    oversold: Gauge,
}

pub(crate) fn measure(deps: &Deps, server: &mut Server) {
    let seats = |state: &str| SEATS.get_or_create_owned(&vec![("state", state.to_owned())]);
    let (free, held, sold) = (seats("free"), seats("held"), seats("sold"));
    let seats = Seats { free, held, sold, oversold: OVERSOLD.get_or_create_owned(&vec![]) };
    let (db, clock) = (deps.db.read.clone(), deps.clock);
    deps.measure(server, move || {
        let (db, seats) = (db.clone(), seats.clone());
        async move { seats.read(&db, clock.now()).await }
    });
}

// === impl Seats ===

impl Seats {
    /// Summed here: the three databases do not agree on the type of a sum.
    async fn read(&self, db: &impl ConnectionTrait, now: Time) -> Result<(), DbErr> {
        let showings: Vec<(i32, i32, i32)> = Entity::find()
            .select_only()
            .columns([Column::Capacity, Column::Held, Column::Sold])
            .filter(Column::StartAt.gt(now - RECENT))
            .into_tuple()
            .all(db)
            .await?;
        let (mut free, mut held, mut sold, mut oversold) = (0, 0, 0, 0);
        for (capacity, its_held, its_sold) in showings {
            let left = i64::from(capacity) - i64::from(its_held) - i64::from(its_sold);
            free += left.max(0);
            oversold += (-left).max(0);
            held += i64::from(its_held);
            sold += i64::from(its_sold);
        }
        self.free.set(free as f64);
        self.held.set(held as f64);
        self.sold.set(sold as f64);
        self.oversold.set(oversold as f64);
        Ok(())
    }
}
