//! Watching a seat map: whole first, then every change, whichever replica made it.

use std::time::Duration;

use boxoffice_contracts::seating::v1 as pb;
use boxoffice_seating::seat_map::ResumeToken;
use boxoffice_testkit::{on_every_server, on_every_store};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::sandbox::{Sandbox, cancelled, confirmed, in_hours, quantity, refusal, seats};

type Updates = Streaming<pb::WatchSeatMapResponse>;

async fn watch(sandbox: &Sandbox, showing_id: &str, resume_token: &str) -> Updates {
    let request = pb::WatchSeatMapRequest {
        showing_id: showing_id.to_owned(),
        resume_token: resume_token.to_owned(),
    };
    sandbox.anyone.clone().watch_seat_map(request).await.unwrap().into_inner()
}

async fn next(updates: &mut Updates) -> pb::WatchSeatMapResponse {
    let update = timeout(Duration::from_secs(5), updates.message()).await;
    update.expect("an update within 5 s").unwrap().unwrap()
}

async fn silence(updates: &mut Updates) {
    let update = timeout(Duration::from_millis(600), updates.message()).await;
    assert!(update.is_err(), "nothing changed, and yet: {update:?}");
}

fn states(update: &pb::WatchSeatMapResponse) -> Vec<(&str, pb::SeatState)> {
    update.seats.iter().map(|it| (it.seat.as_str(), it.state())).collect()
}

/// Waits until the watcher has seen `count` seats in this state, and keeps the latest of each.
async fn until(updates: &mut Updates, count: usize, state: pb::SeatState) -> String {
    let mut seen = std::collections::BTreeMap::new();
    loop {
        let update = next(updates).await;
        seen.extend(update.seats.iter().map(|it| (it.seat.clone(), it.state())));
        if seen.values().filter(|it| **it == state).count() == count {
            return update.resume_token;
        }
    }
}

on_every_store! {
    async fn the_whole_map_comes_first_then_what_changed(sandbox: Sandbox) {
        let showing_id = sandbox.rows(&["A", "B"]).await.showing_id;
        sandbox.hold(seats(&showing_id, &["A-1"])).await.unwrap();
        let mut updates = watch(&sandbox, &showing_id, "").await;

        let whole = next(&mut updates).await;
        assert_eq!(whole.seats.len(), 20);
        assert_eq!(whole.seats[0].state(), pb::SeatState::Held);
        assert_eq!(whole.seats[1].state(), pb::SeatState::Free);
        assert_eq!(whole.showing.unwrap().seats_left, 19);
        silence(&mut updates).await;

        let request = seats(&showing_id, &["B-2", "A-2"]);
        sandbox.hold(request.clone()).await.unwrap();
        let held = next(&mut updates).await;
        assert_eq!(states(&held), [("A-2", pb::SeatState::Held), ("B-2", pb::SeatState::Held)]);
        assert_eq!(held.showing.as_ref().unwrap().seats_left, 17);

        sandbox.say(&[confirmed(&request)]).await;
        let sold = next(&mut updates).await;
        assert_eq!(states(&sold), [("A-2", pb::SeatState::Sold), ("B-2", pb::SeatState::Sold)]);
        sandbox.say(&[cancelled(&request)]).await;
        let free = next(&mut updates).await;
        assert_eq!(states(&free), [("A-2", pb::SeatState::Free), ("B-2", pb::SeatState::Free)]);

        let map = sandbox.map(&showing_id).await;
        assert_eq!((map.resume_token, map.showing), (free.resume_token, free.showing));
    }

    async fn counts_times_and_state_are_watched_too(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let mut updates = watch(&sandbox, &showing_id, "").await;
        let whole = next(&mut updates).await;
        assert_eq!((whole.seats.len(), whole.showing.unwrap().seats_left), (0, 10));

        sandbox.hold(quantity(&showing_id, 4)).await.unwrap();
        assert_eq!(next(&mut updates).await.showing.unwrap().seats_left, 6);

        let mut admin = sandbox.admin.clone();
        let moving = pb::RescheduleShowingRequest {
            showing_id: showing_id.clone(),
            start_time: in_hours(8),
            end_time: in_hours(9),
        };
        let moved = admin.reschedule_showing(moving).await.unwrap().into_inner().showing;
        assert_eq!(next(&mut updates).await.showing, moved);
        admin.cancel_showing(pb::CancelShowingRequest { showing_id }).await.unwrap();
        let showing = next(&mut updates).await.showing.unwrap();
        assert_eq!(showing.state(), pb::ShowingState::Cancelled);
    }
}

on_every_server! {
    async fn what_another_replica_changes_is_seen_and_taken_up_again_there(sandbox: Sandbox) {
        let [here, there] = sandbox.doubled().await;
        let showing_id = here.rows(&["A"]).await.showing_id;
        let mut updates = watch(&here, &showing_id, "").await;
        next(&mut updates).await;

        there.hold(seats(&showing_id, &["A-1"])).await.unwrap();
        let seen = next(&mut updates).await;
        assert_eq!(states(&seen), [("A-1", pb::SeatState::Held)]);
        drop(updates);

        // While it was away, both replicas sold.
        here.hold(seats(&showing_id, &["A-2"])).await.unwrap();
        there.hold(seats(&showing_id, &["A-3"])).await.unwrap();
        let mut updates = watch(&there, &showing_id, &seen.resume_token).await;
        let missed = next(&mut updates).await;
        assert_eq!(
            states(&missed),
            [("A-2", pb::SeatState::Held), ("A-3", pb::SeatState::Held)],
            "what changed since, and nothing else"
        );
        silence(&mut updates).await;
        here.hold(seats(&showing_id, &["A-4"])).await.unwrap();
        assert_eq!(states(&next(&mut updates).await), [("A-4", pb::SeatState::Held)]);

        // With nothing missed, nothing comes.
        let token = here.map(&showing_id).await.resume_token;
        let mut updates = watch(&here, &showing_id, &token).await;
        silence(&mut updates).await;
    }

    async fn everybody_sees_every_change_however_fast(sandbox: Sandbox) {
        let replicas = sandbox.doubled().await;
        let showing_id = replicas[0].rows(&["A", "B", "C", "D", "E"]).await.showing_id;
        let watchers = join_all((0..20).map(async |n| {
            let mut updates = watch(&replicas[n % 2], &showing_id, "").await;
            next(&mut updates).await;
            updates
        }))
        .await;
        let sales = async {
            for (n, row) in ["A", "B", "C", "D", "E"].iter().enumerate() {
                let holds = (1..=10).map(|seat| {
                    let name = format!("{row}-{seat}");
                    let request = seats(&showing_id, &[&name]);
                    async { replicas[n % 2].hold(request).await.unwrap() }
                });
                join_all(holds).await;
            }
        };
        let seen = watchers
            .into_iter()
            .map(async |mut updates| until(&mut updates, 50, pb::SeatState::Held).await);
        let ((), tokens) = futures::join!(sales, join_all(seen));
        let last = replicas[0].map(&showing_id).await.resume_token;
        assert!(tokens.iter().all(|token| *token == last));
    }
}

on_every_store! {
    async fn a_token_that_is_none_is_refused(sandbox: Sandbox) {
        let showing_id = sandbox.general(10).await.showing_id;
        let other = sandbox.general(10).await.showing_id;
        let of_other = sandbox.map(&other).await.resume_token;
        let id = showing_id.parse().unwrap();
        let of_tomorrow = ResumeToken { showing_id: id, version: 1_000 }.encode();
        let largest = ResumeToken { showing_id: id, version: u64::MAX }.encode();
        for resume_token in ["x", "AAAA", "ä", &of_other, &of_tomorrow, &largest] {
            let request = pb::WatchSeatMapRequest {
                showing_id: showing_id.clone(),
                resume_token: resume_token.to_owned(),
            };
            let refused = refusal(sandbox.anyone.clone().watch_seat_map(request).await);
            let fields = vec!["resume_token".to_owned()];
            let expected = (Code::InvalidArgument, "INVALID_RESUME_TOKEN".to_owned(), fields);
            assert_eq!(refused, expected, "{resume_token}");
        }
    }

    async fn a_thousand_watchers_cost_the_store_no_more_than_one(sandbox: Sandbox) {
        let showing_id = sandbox.rows(&["A"]).await.showing_id;
        let opened = (0..1_000).map(async |_| {
            let mut updates = watch(&sandbox, &showing_id, "").await;
            next(&mut updates).await;
            updates
        });
        // Not all in one moment: a process has room for so many calls at once, and says so.
        let mut watchers: Vec<_> = stream::iter(opened).buffer_unordered(100).collect().await;

        let before = sandbox.seat_reads();
        sandbox.hold(seats(&showing_id, &["A-1"])).await.unwrap();
        for updates in &mut watchers {
            assert_eq!(states(&next(updates).await), [("A-1", pb::SeatState::Held)]);
        }
        let spent = sandbox.seat_reads() - before;
        assert!((1..10).contains(&spent), "seats were read {spent} times");

        // One too many is told to come back; there is room for 1,100.
        let more = join_all((0..100).map(|_| watch(&sandbox, &showing_id, ""))).await;
        let request = pb::WatchSeatMapRequest { showing_id, resume_token: String::new() };
        let refused = refusal(sandbox.anyone.clone().watch_seat_map(request.clone()).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::ResourceExhausted, "TOO_MANY_WATCHERS"));
        drop(more);
        crate::sandbox::eventually("there is room again", async || {
            sandbox.anyone.clone().watch_seat_map(request.clone()).await.is_ok()
        })
        .await;
    }
}
