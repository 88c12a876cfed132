//! Booking is slow or away: a review is kept, does not count, and settles by itself (NFR-08, D-4).

use std::time::{Duration, Instant};

use boxoffice_contracts::review::v1::ReviewState;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, eventually, refusal, request};

on_every_store! {
    async fn a_review_waits_for_a_silent_booking_and_then_counts(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.silent(true);
        let asked = Instant::now();
        let request = request(title, 5);
        let review = process.ask("alice", request.clone()).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(review.state(), ReviewState::Pending);
        let id = &review.review_id;
        // It does not count, and only its author knows of it.
        assert_eq!(process.rating(title).await, (0.0, 0));
        assert!(process.listed(title).await.is_empty());
        assert_eq!(process.get("alice", id).await.unwrap().state(), ReviewState::Pending);
        for stranger in ["mallory", ""] {
            let found = refusal(process.get(stranger, id).await);
            assert_eq!(found, (Code::NotFound, "REVIEW_NOT_FOUND".to_owned()));
        }
        assert_eq!(refusal(process.delete("mallory", id).await).0, Code::NotFound);
        assert_eq!(world.audited().await.pending.len(), 1);
        let exists = refusal(process.write("alice", title, 1).await);
        assert_eq!(exists, (Code::FailedPrecondition, "REVIEW_EXISTS".to_owned()));

        world.door.silent(false);
        process.until("alice", id, ReviewState::Published).await;
        assert_eq!(process.rating(title).await, (5.0, 1));
        assert_eq!(world.said_names().await, ["ReviewPublished"]);
        // The first request still has its answer.
        assert_eq!(process.ask("alice", request).await.unwrap().state(), ReviewState::Published);
        world.audited().await;
    }

    async fn who_turns_out_not_to_have_been_there_is_rejected(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.away(true);
        let request = request(title, 1);
        let review = process.ask("alice", request.clone()).await.unwrap();
        assert_eq!(review.state(), ReviewState::Pending);
        world.door.away(false);
        let id = &review.review_id;
        process.until("alice", id, ReviewState::Rejected).await;
        assert_eq!(process.rating(title).await, (0.0, 0));
        assert!(process.listed(title).await.is_empty());
        assert_eq!(refusal(process.get("bob", id).await).0, Code::NotFound);
        assert_eq!(refusal(process.ask("alice", request).await).1, "NOT_ATTENDED");
        assert!(world.said_names().await.is_empty());
        // They may write again, once they were.
        world.door.attended("alice", title);
        process.write("alice", title, 4).await.unwrap();
        assert_eq!(process.rating(title).await, (4.0, 1));
    }

    async fn an_open_circuit_answers_at_once_and_lets_booking_rest(world: World) {
        let mut world = world;
        world.config.breaker.open = Duration::from_secs(30);
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.silent(true);
        for n in 0..4 {
            process.write(&format!("customer {n}"), title, 3).await.unwrap();
        }
        let (calls, asked) = (world.door.calls(), Instant::now());
        for n in 10..20 {
            let review = process.write(&format!("customer {n}"), title, 3).await.unwrap();
            assert_eq!(review.state(), ReviewState::Pending);
        }
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(world.door.calls(), calls);
    }

    async fn many_that_waited_settle_when_booking_is_back(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.away(true);
        for n in 0..40 {
            let customer = format!("customer {n}");
            if n % 2 == 0 {
                world.door.attended(&customer, title);
            }
            process.write(&customer, title, 1 + n % 5).await.unwrap();
        }
        assert_eq!(world.audited().await.pending.len(), 40);
        world.door.away(false);
        eventually("all settled", async || world.audited().await.pending.is_empty()).await;
        assert_eq!(process.rating(title).await, (3.0, 20));
        assert_eq!(world.count("reviews WHERE state = 'rejected'").await, 20);
        assert_eq!(world.said().await.len(), 20);
    }

    async fn a_review_survives_a_crash_and_a_caller_who_left(world: World) {
        let mut world = world;
        world.config.deadline = Duration::from_millis(1500);
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.silent(true);
        tokio::select! {
            answered = process.write("alice", title, 5) => panic!("{answered:?}"),
            () = eventually("kept", async || world.door.calls() == 1) => {}
        }
        process.crash();
        let review = world.audited().await.pending[0].to_string();

        world.door.silent(false);
        let process = world.start().await;
        process.until("alice", &review, ReviewState::Published).await;
        assert_eq!(world.said_names().await, ["ReviewPublished"]);
    }

    async fn a_pending_review_that_is_deleted_never_counts(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.away(true);
        let review = process.write("alice", title, 5).await.unwrap();
        process.delete("alice", &review.review_id).await.unwrap();
        world.door.away(false);
        let second = process.write("alice", title, 2).await.unwrap();
        process.until("alice", &second.review_id, ReviewState::Published).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let removed = process.get("alice", &review.review_id).await.unwrap();
        assert_eq!(removed.state(), ReviewState::Removed);
        assert_eq!(process.rating(title).await, (2.0, 1));
        assert_eq!(world.said_names().await, ["ReviewPublished"]);
    }
}
