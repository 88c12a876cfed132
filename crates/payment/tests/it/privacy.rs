//! Who paid is forgotten once the money has come to rest; the money is not.

use boxoffice_contracts::payment::v1::{self as pb, PaymentState};
use boxoffice_kernel::CustomerId;
use boxoffice_payment::privacy::PRIVACY;
use boxoffice_runtime::Role;
use boxoffice_runtime::privacy::{Erasure, Known};
use boxoffice_testkit::on_every_store;

use crate::world::{Attempt, World};

async fn known(world: &World, who: &str) -> Known {
    (PRIVACY.export)(&world.db.read, &CustomerId::new(who)).await.unwrap()
}

on_every_store! {
    async fn the_method_goes_and_the_sum_stays_once_it_is_settled(world: World) {
        let process = world.start().await;
        world.switch.cut(true);
        let attempt = Attempt::by("pm_card_visa");
        let others = Attempt { customer: "bob".to_owned(), ..Attempt::by("pm_card_visa") };
        for attempt in [&attempt, &others] {
            process.approve(attempt).await.unwrap_err();
            world.request(attempt).await;
        }
        world.heard().await;
        let waits = format!("payment {} is not settled", attempt.payment_id);
        assert_eq!(known(&world, "alice").await.unsettled, [waits]);
        world.switch.cut(false);
        world.until(&process, &attempt, PaymentState::Approved).await;
        world.until(&process, &others, PaymentState::Approved).await;
        let settled = known(&world, "alice").await;
        assert_eq!(settled.unsettled, Vec::<String>::new());
        let [payment] = &settled.tables["payments"][..] else { panic!("{settled:?}") };
        assert_eq!((&payment["amount"], &payment["state"]), (&90_000.into(), &"approved".into()));

        let [who, pseudonym] = ["alice", "erased-1"].map(CustomerId::new);
        let erasure = Erasure { who, pseudonym };
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 1);
        assert_eq!(PRIVACY.forget(&world.db, &erasure).await.unwrap(), 0, "the second time");

        assert!(known(&world, "alice").await.tables.is_empty());
        assert_eq!(known(&world, "bob").await.tables["payments"][0]["method"], "pm_card_visa");
        let left = known(&world, "erased-1").await;
        assert_eq!(left.tables["payments"][0]["method"], "");
        let care = world.caller(&process, "carol", Role::Care);
        let asked = pb::GetPaymentRequest { payment_id: attempt.payment_id.to_string() };
        let payment = care.payment().get_payment(asked).await.unwrap().into_inner().payment;
        assert_eq!(payment.unwrap().customer_id, "erased-1");
        // It is given back all the same, if it must be.
        world.cancel(&attempt).await;
        world.until(&process, &attempt, PaymentState::Cancelled).await;
        world.is_sound().await;
    }
}
