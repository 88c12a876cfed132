//! The law of a read model: whatever the order, and however often, the result is the same.

use boxoffice_eventing::forget_heard;
use boxoffice_mypage::rebuild;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use crate::said::Said;
use crate::world::{Kind, World};

on_every_store! {
    async fn a_recorded_run_ends_the_same_in_any_order_and_twice(world: World) {
        let recorded = Said::recorded();
        world.says(recorded.clone()).await;
        let expected = world.everything().await;
        assert_eq!(expected.len(), 4);
        let steps: usize = expected.values().map(|(_, steps)| steps.len()).sum();
        assert_eq!(steps, recorded.len() - 4, "each event of a booking is a step");

        // Every event once more: first as a repetition, then as if nothing had been heard.
        rebuild::read_all(&world.db, &world.broker, |_| {}).await.unwrap();
        assert_eq!(world.everything().await, expected);
        forget_heard(&world.db.write).await.unwrap();
        rebuild::read_all(&world.db, &world.broker, |_| {}).await.unwrap();
        assert_eq!(world.everything().await, expected);

        let mut reversed = recorded.clone();
        reversed.reverse();
        let mut orders = vec![reversed];
        for seed in 0..4 {
            let mut shuffled = recorded.clone();
            shuffled.shuffle(&mut StdRng::seed_from_u64(seed));
            orders.push(shuffled);
        }
        for order in orders {
            let names: Vec<_> = order.iter().map(|it| it.name.clone()).collect();
            let world = World::on(world.kind).await;
            world.says(order).await;
            assert_eq!(world.everything().await, expected, "{names:?}");
        }
    }
}
