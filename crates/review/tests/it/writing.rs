//! Who may review what, and what may be said.

use boxoffice_contracts::review::v1::{self as pb, ReviewState};
use futures::future::join_all;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::world::{World, refusal, request};

fn fields(status: &Status) -> Vec<String> {
    let violations = status.get_details_bad_request().map(|it| it.field_violations);
    violations.unwrap_or_default().into_iter().map(|it| it.field).collect()
}

on_every_store! {
    async fn who_was_there_is_published_and_counts(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.attended("bob", title);
        let first = process.write("alice", title, 5).await.unwrap();
        assert_eq!((first.state(), first.stars), (ReviewState::Published, 5));
        assert_eq!((&*first.customer_id, &*first.text), ("alice", "as it was"));
        let second = process.write("bob", title, 2).await.unwrap();

        assert_eq!(process.rating(title).await, (3.5, 2));
        assert_eq!(process.listed(title).await, [second.review_id.clone(), first.review_id.clone()]);
        assert_eq!(process.get("alice", &first.review_id).await.unwrap(), first);

        let said = world.said().await;
        let (name, message) = &said[1];
        let event = pb::ReviewPublished::decode(message.payload.clone()).unwrap();
        let expected = pb::ReviewPublished {
            review_id: second.review_id.clone(),
            title_id: title.to_string(),
            customer_id: "bob".to_owned(),
            stars: 2,
            stars_total: 7,
            count: 2,
            rating_version: 2,
        };
        assert_eq!((name.as_str(), event), ("ReviewPublished", expected));
        assert_eq!(message.aggregate_id.to_string(), second.review_id);
        assert!(!String::from_utf8_lossy(&message.payload).contains("as it was"));
        world.audited().await;
    }

    async fn who_was_not_there_is_refused_and_nothing_is_kept(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", Uuid::new_v4());
        let request = request(title, 5);
        let refused = refusal(process.ask("alice", request.clone()).await);
        assert_eq!(refused, (Code::FailedPrecondition, "NOT_ATTENDED".to_owned()));
        for table in ["reviews", "ratings", "outbox"] {
            assert_eq!(world.count(table).await, 0, "{table}");
        }
        // The showing ends, and the same request is a good one.
        world.door.attended("alice", title);
        let review = process.ask("alice", request).await.unwrap();
        assert_eq!(review.state(), ReviewState::Published);
        assert_eq!(process.rating(title).await, (5.0, 1));
    }

    async fn unsound_reviews_are_refused_field_by_field(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        let good = || request(title, 3);
        let text = |text: String| pb::CreateReviewRequest { text, ..good() };
        let cases = [
            (pb::CreateReviewRequest { stars: 0, ..good() }, "stars"),
            (pb::CreateReviewRequest { stars: 6, ..good() }, "stars"),
            (pb::CreateReviewRequest { stars: -1, ..good() }, "stars"),
            (text("x".repeat(5_001)), "text"),
            (text("좋".repeat(10_000)), "text"),
            (text("a\0b".to_owned()), "text"),
            (pb::CreateReviewRequest { title_id: "nope".to_owned(), ..good() }, "title_id"),
            (pb::CreateReviewRequest { request_id: String::new(), ..good() }, "request_id"),
        ];
        for (request, field) in cases {
            let status = process.ask("alice", request).await.unwrap_err();
            assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec![field.to_owned()]));
            assert!(!refusal(Err::<(), _>(status)).1.is_empty(), "{field}");
        }
        assert_eq!((world.count("reviews").await, world.door.calls()), (0, 0));
    }

    async fn text_is_data_and_comes_back_as_it_was(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        let markup = "<script>alert('x')</script> <b>5 &gt; 4</b>\n\"{{name}}\" 😀 é e\u{301}";
        for (n, text) in [markup.to_owned(), "좋".repeat(5_000), String::new()].iter().enumerate() {
            let customer = format!("customer {n}");
            world.door.attended(&customer, title);
            let request = pb::CreateReviewRequest { text: text.clone(), ..request(title, 4) };
            let review = process.ask(&customer, request).await.unwrap();
            assert_eq!(&review.text, text);
            assert_eq!(&process.get("", &review.review_id).await.unwrap().text, text);
            let path = format!("/v1/reviews/{}", review.review_id);
            let answer = process.customer("").http(http::Method::GET, &path).send().await.unwrap();
            assert_eq!(answer.headers()["content-type"], "application/json");
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(body["review"]["text"].as_str().unwrap_or_default(), text);
        }
    }

    async fn a_customer_has_one_review_of_a_title(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.attended("ALICE", title);
        let first = process.write("alice", title, 1).await.unwrap();
        let exists = (Code::FailedPrecondition, "REVIEW_EXISTS".to_owned());
        assert_eq!(refusal(process.write("alice", title, 5).await), exists);
        assert_eq!(process.rating(title).await, (1.0, 1));
        // Somebody else is somebody else, whatever a database thinks of capitals.
        process.write("ALICE", title, 3).await.unwrap();

        process.delete("alice", &first.review_id).await.unwrap();
        process.write("alice", title, 5).await.unwrap();
        assert_eq!(process.rating(title).await, (4.0, 2));
        assert_eq!(refusal(process.write("alice", title, 5).await), exists);
        // The old request is still the old review.
        world.audited().await;
    }

    async fn same_request_many_times_is_one_review(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        let request = request(title, 4);
        let answers = join_all((0..20).map(|_| process.ask("alice", request.clone()))).await;
        let ids: Vec<_> = answers.into_iter().map(|it| it.unwrap().review_id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!((world.count("reviews").await, world.count("outbox").await), (1, 1));
        assert_eq!(process.rating(title).await, (4.0, 1));

        let other = pb::CreateReviewRequest { stars: 5, ..request.clone() };
        let elsewhere =
            pb::CreateReviewRequest { title_id: Uuid::new_v4().to_string(), ..request.clone() };
        for reused in [other, elsewhere] {
            let status = process.ask("alice", reused).await.unwrap_err();
            assert_eq!(fields(&status), ["request_id"]);
            let reused = (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned());
            assert_eq!(refusal(Err::<(), _>(status)), reused);
        }
        // The same id of somebody else is another request.
        world.door.attended("bob", title);
        assert_ne!(process.ask("bob", request).await.unwrap().review_id, ids[0]);
    }

    async fn two_reviews_at_once_are_one(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        let answers = join_all((0..12).map(|n| process.write("alice", title, 1 + n % 5))).await;
        let published = answers.iter().filter(|it| it.is_ok()).count();
        assert_eq!(published, 1);
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(refused).1, "REVIEW_EXISTS");
        }
        assert_eq!(process.rating(title).await.1, 1);
        assert_eq!(world.said_names().await, ["ReviewPublished"]);
    }

    async fn only_a_customer_writes(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        assert_eq!(refusal(process.write("", title, 5).await).0, Code::Unauthenticated);
        let review_id = Uuid::new_v4().to_string();
        assert_eq!(refusal(process.delete("", &review_id).await).0, Code::Unauthenticated);
        assert_eq!(world.door.calls(), 0);
    }
}
