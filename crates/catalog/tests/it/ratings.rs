//! What reviews come to, as review says it, shown with the title (FR-01, FR-62).

use boxoffice_catalog::audit;
use boxoffice_contracts::catalog::v1 as pb;
use boxoffice_contracts::review::v1 as review;
use boxoffice_eventing::{Listener, Message};
use boxoffice_kernel::{Clock, Context};
use prost::Name;
use uuid::Uuid;

use crate::sandbox::{Sandbox, film};

fn published(title: &str, stars_total: i64, count: i32, rating_version: i64) -> Message {
    message(&review::ReviewPublished {
        review_id: Uuid::now_v7().to_string(),
        title_id: title.to_owned(),
        customer_id: "alice".to_owned(),
        stars: 5,
        stars_total,
        count,
        rating_version,
    })
}

fn removed(title: &str, stars_total: i64, count: i32, rating_version: i64) -> Message {
    message(&review::ReviewRemoved {
        review_id: Uuid::now_v7().to_string(),
        title_id: title.to_owned(),
        customer_id: "alice".to_owned(),
        stars_total,
        count,
        rating_version,
    })
}

fn message<M: Name>(said: &M) -> Message {
    let (id, payload) = (Uuid::now_v7(), said.encode_to_vec());
    Message::new(Context::REVIEW, M::full_name(), id, 1, id, Clock.now(), payload)
}

impl Sandbox {
    /// Puts these on review's stream, and waits until catalog has heard them.
    async fn review_says(&self, messages: &[Message]) {
        let end = self.broker.last_sequence(Context::REVIEW).await.unwrap();
        let published = self.broker.publish(Context::REVIEW, end, messages).await;
        assert!(published.failure.is_none(), "{published:?}");
        let durable = Listener::durable(Context::CATALOG, Context::REVIEW);
        for _ in 0..1_000 {
            if self.broker.lag(Context::REVIEW, &durable).await.is_ok_and(|lag| lag == 0) {
                assert_eq!(self.count("dead_letters").await, 0, "{}", self.name);
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("catalog did not hear review");
    }

    async fn rating(&self, title_id: &str) -> (f64, i64) {
        let rating = self.get(title_id).await.unwrap().rating.unwrap();
        (rating.average, rating.count)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rating_is_shown_and_follows() {
    for sandbox in Sandbox::each().await {
        let before = sandbox.register(film("Metropolis")).await.unwrap();
        let id = &before.title_id;
        sandbox.review_says(&[published(id, 5, 1, 1), published(id, 9, 2, 2)]).await;
        let after = sandbox.get(id).await.unwrap();
        let rating = Some(pb::Rating { average: 4.5, count: 2 });
        // Nothing else of the title changed, and there is nothing to say of it.
        assert_eq!(after, pb::Title { rating, ..before.clone() }, "{}", sandbox.name);
        assert_eq!(sandbox.count("outbox").await, 1);
        let listed = sandbox.list(pb::ListTitlesRequest::default()).await.unwrap();
        assert_eq!(listed.titles, [after]);

        sandbox.review_says(&[removed(id, 4, 1, 3)]).await;
        assert_eq!(sandbox.rating(id).await, (4.0, 1));
        sandbox.review_says(&[removed(id, 0, 0, 4)]).await;
        assert_eq!(sandbox.rating(id).await, (0.0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn newest_rating_stays_however_events_arrive() {
    for sandbox in Sandbox::each().await {
        let id = sandbox.register(film("Metropolis")).await.unwrap().title_id;
        let (first, second, third) =
            (published(&id, 5, 1, 1), published(&id, 7, 2, 2), removed(&id, 2, 1, 3));
        let disorder = [third.clone(), first.clone(), second.clone(), third, second, first];
        for message in disorder {
            sandbox.review_says(&[message]).await;
            assert_eq!(sandbox.rating(&id).await, (2.0, 1), "{}", sandbox.name);
        }
        let ratings = audit::ratings(sandbox.reader()).await.unwrap();
        let kept: Vec<_> =
            ratings.values().map(|it| (it.stars_total, it.count, it.version)).collect();
        assert_eq!(kept, [(2, 1, 3)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_title_and_of_its_rating_do_not_undo_each_other() {
    for sandbox in Sandbox::each().await {
        let title = sandbox.register(film("Metropolis")).await.unwrap();
        let id = &title.title_id;
        for n in 1..=5 {
            let renamed = pb::Title { name: format!("Metropolis {n}"), ..title.clone() };
            let said = [published(id, 4 * i64::from(n), n, i64::from(n))];
            let (updated, ()) =
                futures::join!(sandbox.update(renamed, &["name"]), sandbox.review_says(&said));
            updated.unwrap();
        }
        sandbox.remove(id).await.unwrap();
        sandbox.review_says(&[published(id, 25, 6, 6)]).await;
        let after = sandbox.get(id).await.unwrap();
        assert_eq!(after.name, "Metropolis 5", "{}", sandbox.name);
        assert_eq!(after.rating.unwrap().count, 6);
        assert_eq!(after.state(), pb::TitleState::Removed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rating_of_a_title_that_is_not_ours_is_nothing_to_do() {
    for sandbox in Sandbox::each().await {
        sandbox.review_says(&[published(&Uuid::now_v7().to_string(), 5, 1, 1)]).await;
        assert_eq!(sandbox.count("titles").await, 0, "{}", sandbox.name);
        assert_eq!(sandbox.count("inbox").await, 1);
    }
}
