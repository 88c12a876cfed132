//! Two processes on one database.

use boxoffice_contracts::streaming::v1::LicenseState;
use futures::future::join_all;
use tokio::join;

use crate::world::{Order, World};

/// FR-41: nobody watches what they get their money back for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_races_revoking_and_one_of_them_is_refused() {
    let replicas = World::replicas().await;
    let orders: Vec<_> = (0..40).map(|_| Order::by("alice")).collect();
    let confirmed: Vec<_> = orders.iter().map(Order::confirmed).collect();
    replicas[0].hears(&confirmed).await;
    let races = orders.iter().enumerate().map(async |(n, order)| {
        let license = replicas[0].find(order).await.unwrap();
        let (here, there) = (&replicas[n % 2], &replicas[(n + 1) % 2]);
        join!(here.watch("alice", &license.license_id), there.revoke(order))
    });
    for (order, (watched, revoked)) in orders.iter().zip(join_all(races).await) {
        let end = replicas[0].find(order).await.unwrap().state();
        assert!(watched.is_ok() != revoked.is_ok(), "{watched:?} {revoked:?}");
        let expected = if watched.is_ok() { LicenseState::Watched } else { LicenseState::Revoked };
        assert_eq!(end, expected);
        let second = if watched.is_ok() { "TitleWatched" } else { "LicenseRevoked" };
        assert_eq!(replicas[0].said(order).await, ["LicenseGranted", second]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn granting_races_revoking_and_nothing_stays_granted() {
    let replicas = World::replicas().await;
    let orders: Vec<_> = (0..40).map(|_| Order::by("alice")).collect();
    let confirmed: Vec<_> = orders.iter().map(Order::confirmed).collect();
    let revoking = join_all(orders.iter().map(|order| replicas[1].revoke(order)));
    let ((), revoked) = join!(replicas[0].hears(&confirmed), revoking);
    for (order, revoked) in orders.iter().zip(revoked) {
        revoked.unwrap();
        assert_eq!(replicas[0].find(order).await.unwrap().state(), LicenseState::Revoked);
        let said = replicas[0].said(order).await;
        assert!(said == ["LicenseRevoked"] || said == ["LicenseGranted", "LicenseRevoked"]);
    }
}
