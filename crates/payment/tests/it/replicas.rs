//! Two processes on one database.

use boxoffice_contracts::payment::v1::PaymentState;
use boxoffice_testkit::on_every_server;
use futures::future::join_all;
use tokio::join;

use crate::world::{Attempt, World};

on_every_server! {
    /// Whoever comes first, the other sees it: no order leaves money with a closed booking.
    async fn paying_races_closing(world: World) {
        let replicas = [world.start().await, world.start().await];
        let attempts: Vec<_> = (0..60).map(|_| Attempt::by("pm_card_visa")).collect();

        for some in attempts.chunks(6) {
            let paying = join_all(some.iter().enumerate().flat_map(|(n, attempt)| {
                // Both replicas, and on both lanes: by call and by event.
                [replicas[n % 2].approve(attempt), replicas[(n + 1) % 2].approve(attempt)]
            }));
            let closing = async {
                for (n, attempt) in some.iter().enumerate() {
                    if n % 3 == 0 {
                        world.request(attempt).await;
                    }
                    world.cancel(attempt).await;
                }
            };
            join!(paying, closing);
        }

        world.heard().await;
        world.is_sound().await;
        for attempt in &attempts {
            let said = world.said_names(attempt).await;
            assert!(
                matches!(
                    &*said.iter().map(String::as_str).collect::<Vec<_>>(),
                    [] | ["PaymentCancelled"] | ["PaymentApproved", "PaymentCancelled"]
                ),
                "{said:?}"
            );
        }
    }

    async fn both_workers_settle_each_payment_once(world: World) {
        let replicas = [world.start().await, world.start().await];
        let attempts: Vec<_> = (0..50).map(|_| Attempt::by("pm_card_visa")).collect();
        for attempt in &attempts {
            world.request(attempt).await;
        }
        for attempt in &attempts {
            world.until(&replicas[0], attempt, PaymentState::Approved).await;
            assert_eq!(world.said_names(attempt).await, ["PaymentApproved"]);
        }
        world.is_sound().await;
        let calls = world.switch.calls();
        assert!(calls <= attempts.len() + 5, "{calls} calls for {} payments", attempts.len());
    }
}
