//! Watching one's bookings: all of them first, then every change, whichever replica heard of it.

use std::time::Duration;

use boxoffice_contracts::mypage::v1 as pb;
use reqwest::StatusCode;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::said::{Of, Said};
use crate::world::{Kind, Process, World, refusal};

type Updates = Streaming<pb::WatchMyBookingsResponse>;

async fn watch(world: &World, process: &Process, sub: &str, resume_token: &str) -> Updates {
    let request = pb::WatchMyBookingsRequest { resume_token: resume_token.to_owned() };
    world.page_at(process, sub).watch_my_bookings(request).await.unwrap().into_inner()
}

async fn next(updates: &mut Updates) -> (String, pb::BookingStatus, String) {
    let update = timeout(Duration::from_secs(10), updates.message()).await;
    let update = update.expect("an update within 10 s").unwrap().unwrap();
    let booking = update.booking.unwrap();
    (booking.booking_id.clone(), booking.booking_status(), update.resume_token)
}

async fn silence(updates: &mut Updates) {
    let update = timeout(Duration::from_millis(600), updates.message()).await;
    assert!(update.is_err(), "nothing changed, and yet: {update:?}");
}

on_every_store! {
    async fn all_bookings_come_first_then_each_change_on_any_replica(world: World) {
        let mut said = Said::new();
        let (first, second) = (Of::new("alice"), Of::new("alice"));
        world.says([said.placed(first, &["A-1"])]).await;
        world.says([said.placed(second, &["A-2"])]).await;
        // Two processes share the listening: whoever hears of it, both tell.
        let replica = world.replica().await;
        let mut here = watch(&world, &world.process, "alice", "").await;
        let mut there = watch(&world, &replica, "alice", "").await;
        let mut stranger = watch(&world, &replica, "bob", "").await;
        let mut token = String::new();
        for updates in [&mut here, &mut there] {
            assert_eq!(next(updates).await.0, first.id.to_string());
            let (id, status, resume_token) = next(updates).await;
            assert_eq!((id, status), (second.id.to_string(), pb::BookingStatus::Placed));
            token = resume_token;
            silence(updates).await;
        }

        world.says([said.held(first, &["A-1"], 2)]).await;
        for updates in [&mut here, &mut there] {
            let (id, status, _) = next(updates).await;
            assert_eq!((id, status), (first.id.to_string(), pb::BookingStatus::AwaitingPayment));
        }
        silence(&mut stranger).await;

        // Cut off, and taken up again elsewhere: what changed meanwhile, once, as it is now.
        drop((here, there));
        world.says([said.confirmed(first, &["A-1"], 4)]).await;
        world.says([said.cancelled(first, 5)]).await;
        let mut resumed = watch(&world, &replica, "alice", &token).await;
        let (id, status, token) = next(&mut resumed).await;
        assert_eq!((id, status), (first.id.to_string(), pb::BookingStatus::Cancelled));
        silence(&mut resumed).await;
        let mut nothing_new = watch(&world, &world.process, "alice", &token).await;
        silence(&mut nothing_new).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_token_that_was_never_given_is_refused() {
    let world = World::on(Kind::Sqlite).await;
    let mut said = Said::new();
    world.says([said.placed(Of::new("alice"), &["A-1"])]).await;
    let (_, _, token) = next(&mut watch(&world, &world.process, "alice", "").await).await;
    let mut ahead = token.clone();
    ahead.replace_range(31.., "_");
    for (sub, token) in
        [("bob", token.as_str()), ("alice", "7"), ("alice", &ahead), ("alice", "?\0")]
    {
        let request = pb::WatchMyBookingsRequest { resume_token: token.to_owned() };
        let answer = world.page(sub).watch_my_bookings(request).await;
        assert_eq!(
            refusal(answer),
            (Code::InvalidArgument, "INVALID_RESUME_TOKEN".to_owned()),
            "{token}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_there_by_http() {
    let world = World::on(Kind::Sqlite).await;
    let mut said = Said::new();
    let of = Of::new("alice");
    world.says([said.placed(of, &["A-1"])]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |path: &str| {
        let url = format!("{}{path}", world.process.address);
        client.get(url).bearer_auth(world.token("alice")).send()
    };
    for path in ["/v1/me/bookings", &format!("/v1/me/bookings/{}", of.id)] {
        let answer = get(path).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.text().await.unwrap().contains(&of.id.to_string()));
    }
    let mut stream = get("/v1/me/bookings:watch").await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    let first = timeout(Duration::from_secs(10), stream.chunk()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains(&of.id.to_string()));
    let denied = get("/v1/care/bookings").await.unwrap();
    assert_eq!(denied.status(), StatusCode::FORBIDDEN);
}
