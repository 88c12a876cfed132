//! The simulator keeps the promises of `Provider`.

use std::time::{Duration, Instant};

use boxoffice_payment::provider::{Provider as _, ProviderError};
use boxoffice_testkit::on_every_store;

use crate::promises::{self, charge};
use crate::world::{World, eventually};

on_every_store! {
    async fn it_keeps_its_promises(world: World) {
        let process = world.start().await;
        let simulator = &process.simulator;
        promises::a_key_is_charged_once_and_refunded_once(simulator).await;
        promises::a_key_stands_for_one_charge(simulator).await;
        promises::a_decline_is_said_again(simulator).await;
        promises::a_charge_and_a_refund_may_meet(simulator).await;
        for method in ["pm_card_visa", "pm_sim_slow", "pm_sim_late", "pm_sim_unavailable_once"] {
            promises::a_closed_key_is_never_charged(simulator, method).await;
        }
    }

    async fn it_goes_on_when_the_caller_hangs_up(world: World) {
        let process = world.start().await;
        let simulator = process.simulator.clone();
        for method in ["pm_sim_slow", "pm_sim_late"] {
            let charge = charge(method);
            let key = charge.key;
            let waited = Duration::from_millis(100);
            tokio::time::timeout(waited, simulator.charge(charge)).await.unwrap_err();
            eventually("charged", async || simulator.find(key).await.unwrap().is_some()).await;
        }
    }

    async fn down_is_down_and_latency_is_latency(world: World) {
        let mut world = world;
        world.config.simulator.down = true;
        let down = world.start().await;
        let refused = down.simulator.charge(charge("pm_card_visa")).await;
        assert!(matches!(refused, Err(ProviderError::Unavailable(_))));

        world.config.simulator.down = false;
        world.config.simulator.latency = Duration::from_millis(120);
        let slow = world.start().await;
        let begun = Instant::now();
        slow.simulator.charge(charge("pm_card_visa")).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(120));
    }
}
