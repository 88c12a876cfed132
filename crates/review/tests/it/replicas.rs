//! Two processes on one database.

use std::collections::BTreeSet;

use boxoffice_contracts::review::v1 as pb;
use boxoffice_contracts::review::v1::ReviewState;
use futures::future::join_all;
use prost::Message as _;
use uuid::Uuid;

use crate::world::{World, refusal, request};

on_every_store! {
    /// Everything twice, on both, at once: one review each, and ratings that are what they come to.
    async fn replicas_never_count_twice_nor_undo_each_other(world: World) {
        let replicas = [world.start().await, world.start().await];
        let titles = [Uuid::new_v4(), Uuid::new_v4()];
        let customers: Vec<_> = (0..30).map(|n| format!("customer {n}")).collect();
        for customer in &customers {
            titles.iter().for_each(|title| world.door.attended(customer, *title));
        }
        let tries = customers.iter().enumerate().flat_map(|(n, customer)| {
            let title = titles[n % 2];
            let first = request(title, 1 + i32::try_from(n % 5).unwrap());
            let replicas = &replicas;
            [0, 1].map(|replica| {
                let first = first.clone();
                async move {
                    let review = replicas[replica].ask(customer, first).await.unwrap();
                    let second = replicas[1 - replica].write(customer, title, 5).await;
                    if n % 3 == 0 {
                        replicas[replica].delete(customer, &review.review_id).await.unwrap();
                    } else {
                        assert_eq!(refusal(second).1, "REVIEW_EXISTS");
                    }
                }
            })
        });
        join_all(tries).await;

        let ratings = world.audited().await;
        assert_eq!(ratings.kept.len(), 2);
        let live = world.count("reviews WHERE live").await;
        let counted: u64 = ratings.kept.values().map(|it| it.count).sum();
        assert_eq!(i64::try_from(counted).unwrap(), live);
        // Each title's versions are one, two, three …, none twice and none left out.
        let mut versions = BTreeSet::new();
        for (name, message) in world.said().await {
            let version = if name == "ReviewPublished" {
                let said = pb::ReviewPublished::decode(message.payload).unwrap();
                (said.title_id, said.rating_version)
            } else {
                let said = pb::ReviewRemoved::decode(message.payload).unwrap();
                (said.title_id, said.rating_version)
            };
            assert!(versions.insert(version));
        }
        let last: u64 = ratings.kept.values().map(|it| it.version).sum();
        assert_eq!(u64::try_from(versions.len()).unwrap(), last);
    }

    async fn both_workers_settle_each_review_once(world: World) {
        let replicas = [world.start().await, world.start().await];
        let title = Uuid::new_v4();
        world.door.away(true);
        let mut ids = Vec::new();
        for n in 0..20 {
            let customer = format!("customer {n}");
            world.door.attended(&customer, title);
            ids.push((replicas[n % 2].write(&customer, title, 4).await.unwrap().review_id, customer));
        }
        world.door.away(false);
        for (id, customer) in &ids {
            replicas[0].until(customer, id, ReviewState::Published).await;
        }
        assert_eq!(replicas[1].rating(title).await, (4.0, 20));
        assert_eq!(world.said().await.len(), 20);
        world.audited().await;
    }
}
