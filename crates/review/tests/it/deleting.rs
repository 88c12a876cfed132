//! One deletes one's own review, nobody else's, and the average follows (FR-62).

use boxoffice_contracts::review::v1::{self as pb, ReviewState};
use prost::Message as _;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, refusal, request};

on_every_store! {
    async fn the_average_follows_a_deleted_review(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        world.door.attended("bob", title);
        let written = request(title, 5);
        let alices = process.ask("alice", written.clone()).await.unwrap();
        let bobs = process.write("bob", title, 2).await.unwrap();
        // Twice is once.
        for _ in 0..2 {
            process.delete("alice", &alices.review_id).await.unwrap();
        }
        assert_eq!(process.rating(title).await, (2.0, 1));
        assert_eq!(process.listed(title).await, std::slice::from_ref(&bobs.review_id));
        assert_eq!(refusal(process.get("bob", &alices.review_id).await).0, Code::NotFound);
        // Its author sees that it is gone, and its words are.
        let gone = process.get("alice", &alices.review_id).await.unwrap();
        assert_eq!((gone.state(), &*gone.text), (ReviewState::Removed, ""));
        assert_eq!(process.ask("alice", written).await.unwrap(), gone);

        process.delete("bob", &bobs.review_id).await.unwrap();
        assert_eq!(process.rating(title).await, (0.0, 0));
        let said = world.said().await;
        let names: Vec<_> = said.iter().map(|(name, it)| (name.as_str(), it.sequence)).collect();
        assert_eq!(
            names,
            [
                ("ReviewPublished", 2),
                ("ReviewPublished", 2),
                ("ReviewRemoved", 3),
                ("ReviewRemoved", 3)
            ]
        );
        let event = pb::ReviewRemoved::decode(said[2].1.payload.clone()).unwrap();
        let expected = pb::ReviewRemoved {
            review_id: alices.review_id,
            title_id: title.to_string(),
            customer_id: "alice".to_owned(),
            stars_total: 2,
            count: 1,
            rating_version: 3,
        };
        assert_eq!(event, expected);
        world.audited().await;
    }

    async fn nobody_deletes_what_is_not_theirs(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        let review = process.write("alice", title, 5).await.unwrap();
        let unknown = Uuid::new_v4().to_string();
        for (who, id) in [("mallory", &review.review_id), ("ALICE", &review.review_id), ("alice", &unknown)] {
            let found = refusal(process.delete(who, id).await);
            assert_eq!(found, (Code::NotFound, "REVIEW_NOT_FOUND".to_owned()), "{who}");
        }
        assert_eq!(refusal(process.delete("alice", "nope").await).0, Code::InvalidArgument);
        assert_eq!(process.get("", &review.review_id).await.unwrap().state(), ReviewState::Published);
        assert_eq!(process.rating(title).await, (5.0, 1));
    }
}
