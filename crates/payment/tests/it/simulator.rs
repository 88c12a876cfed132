//! The simulator keeps the promises of `Provider`.

use std::time::{Duration, Instant};

use boxoffice_kernel::{Currency, Money, PaymentId};
use boxoffice_payment::domain::{Answer, Method};
use boxoffice_payment::provider::{Charge, Provider as _, ProviderError, Refunded};
use boxoffice_testkit::on_every_store;
use futures::future::join_all;
use uuid::Uuid;

use crate::world::{World, eventually};

fn charge(method: &str) -> Charge {
    let amount = Money::from_minor(1_250, Currency::Eur).unwrap();
    Charge { key: PaymentId(Uuid::new_v4()), amount, method: Method::new(method) }
}

on_every_store! {
    async fn a_key_is_charged_once_and_refunded_once(world: World) {
        let process = world.start().await;
        let simulator = &process.simulator;
        let charge = charge("pm_card_visa");
        let key = charge.key;
        assert_eq!(simulator.find(key).await.unwrap(), None);

        let answers = join_all((0..20).map(|_| simulator.charge(charge.clone()))).await;

        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|it| *it == answers[0]));
        assert_eq!(simulator.find(key).await.unwrap(), Some(answers[0].clone()));
        let Answer::Approved { reference } = answers[0].clone() else { panic!("{answers:?}") };
        let refunded = Refunded { reference: Some(reference.clone()) };
        assert_eq!(simulator.refund(key).await.unwrap(), refunded);
        assert_eq!(simulator.refund(key).await.unwrap(), refunded);
        let returned = Answer::Returned { reference: Some(reference) };
        assert_eq!(simulator.charge(charge).await.unwrap(), returned);
        assert_eq!(simulator.find(key).await.unwrap(), Some(returned));
    }

    async fn a_closed_key_is_never_charged(world: World) {
        let process = world.start().await;
        let simulator = &process.simulator;
        for method in ["pm_card_visa", "pm_sim_slow", "pm_sim_late", "pm_sim_unavailable_once"] {
            let charge = charge(method);
            let nothing = Refunded { reference: None };
            assert_eq!(simulator.refund(charge.key).await.unwrap(), nothing);
            let answer = simulator.charge(charge).await.unwrap();
            assert_eq!(answer, Answer::Returned { reference: None }, "{method}");
        }
    }

    async fn a_key_stands_for_one_charge(world: World) {
        let process = world.start().await;
        let simulator = &process.simulator;
        let first = charge("pm_card_visa");
        simulator.charge(first.clone()).await.unwrap();
        let amount = Money::from_minor(1, Currency::Eur).unwrap();
        let other = simulator.charge(Charge { amount, ..first.clone() }).await;
        assert!(matches!(other, Err(ProviderError::KeyReused(key)) if key == first.key));
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
