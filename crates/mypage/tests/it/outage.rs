//! The database goes away and comes back.

use boxoffice_contracts::mypage::v1 as pb;
use boxoffice_testkit::servers::MariaDb;
use tempfile::TempDir;
use tonic::Code;

use crate::said::{Of, Said};
use crate::world::{Kind, World, eventually, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn while_mariadb_is_gone_my_page_is_unavailable_and_then_catches_up() {
    let mut mariadb = MariaDb::start_fast().await.unwrap();
    let url = mariadb.database().await.unwrap();
    let directory = TempDir::with_prefix("boxoffice-mypage-").unwrap();
    let world = World::at(Kind::MariaDb, url, directory).await;
    let mut said = Said::new();
    let (before, meanwhile) = (Of::new("alice"), Of::new("alice"));
    world.says([said.placed(before, &["A-1"])]).await;

    mariadb.crash().await.unwrap();
    world.publish([said.placed(meanwhile, &["A-2"])]).await;
    let answer = world.page("alice").list_my_bookings(pb::ListMyBookingsRequest::default()).await;
    assert_eq!(refusal(answer).0, Code::Unavailable);
    let watch = world.page("alice").watch_my_bookings(pb::WatchMyBookingsRequest::default()).await;
    assert_eq!(refusal(watch).0, Code::Unavailable);

    mariadb.start_again().await.unwrap();
    eventually("caught up", async || {
        let request = pb::ListMyBookingsRequest::default();
        let answer = world.page("alice").list_my_bookings(request).await;
        answer.is_ok_and(|answer| answer.into_inner().bookings.len() == 2)
    })
    .await;
}
