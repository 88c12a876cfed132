//! What no client may do to the others, from outside: send slowly, read slowly, connect and be silent, flood, come in crowds.
//!
//! Whatever a hostile client does, the box office goes on selling.

mod crowds;
mod floods;
mod readers;
mod senders;
mod wire;

use std::sync::Arc;

use boxoffice_acceptance::{
    Context, Person, Plan, Platform as _, Settings, Single, VISA, Wish, World,
};

/// A box office that others disturb.
struct Office {
    single: Arc<Single>,
    url: String,
    showing: String,
    customer: Person,
}

/// A client is given up after a second, so that a test does not take long.
fn impatient() -> Settings {
    Settings::default().flag("client-patience", "1s")
}

// === impl Office ===

impl Office {
    async fn open(world: &World, single: Arc<Single>) -> Self {
        let showing = world.admin().schedule(Plan::general(1_000, 9_000)).await;
        let url = single.url(Context::BOOKING);
        Self { single, url, showing, customer: world.customer("alice") }
    }

    /// Somebody else buys a ticket, over a connection that was open before, and another over a new one.
    async fn goes_on_selling(&self, world: &World) {
        for customer in [&self.customer, &world.customer("bob")] {
            customer.insist_on_buying(&Wish::places(&self.showing, 1).paid_by(VISA)).await;
        }
    }

    /// The most memory it has had, in MiB.
    async fn memory(&self) -> u64 {
        self.single.peak_memory(Context::BOOKING).await.unwrap() >> 20
    }
}
