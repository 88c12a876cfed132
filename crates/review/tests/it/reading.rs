//! What everybody reads (FR-61, FR-71).

use boxoffice_contracts::review::v1 as pb;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, refusal};

on_every_store! {
    async fn lists_are_newest_first_page_by_page(world: World) {
        let (process, title, other) = (world.start().await, Uuid::new_v4(), Uuid::new_v4());
        let mut expected = Vec::new();
        for n in 0..5 {
            let customer = format!("customer {n}");
            world.door.attended(&customer, title);
            world.door.attended(&customer, other);
            expected.insert(0, process.write(&customer, title, 3).await.unwrap().review_id);
            process.write(&customer, other, 1).await.unwrap();
        }
        let reader = process.customer("customer 3");
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let title_id = title.to_string();
            let request = pb::ListReviewsRequest { title_id, page_size: 2, page_token };
            let page = reader.review().list_reviews(request).await.unwrap().into_inner();
            assert!(page.reviews.len() <= 2);
            found.extend(page.reviews);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
            let elsewhere = other.to_string();
            let request =
                pb::ListReviewsRequest { title_id: elsewhere, page_size: 2, page_token: page_token.clone() };
            let refused = refusal(reader.review().list_reviews(request).await);
            assert_eq!(refused, (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
        }
        let ids: Vec<_> = found.iter().map(|it| it.review_id.clone()).collect();
        assert_eq!(ids, expected);
        // Who wrote it is shown to its author only.
        let named: Vec<_> = found.iter().map(|it| it.customer_id.as_str()).collect();
        assert_eq!(named, ["", "customer 3", "", "", ""]);
        assert_eq!(process.rating(other).await, (1.0, 5));
    }

    async fn what_is_not_there_is_told_apart_from_what_cannot_be(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        assert_eq!(process.rating(title).await, (0.0, 0));
        assert!(process.listed(title).await.is_empty());
        let unknown = process.get("alice", &Uuid::new_v4().to_string()).await;
        assert_eq!(refusal(unknown), (Code::NotFound, "REVIEW_NOT_FOUND".to_owned()));
        assert_eq!(refusal(process.get("alice", "nope").await).0, Code::InvalidArgument);
        let request = pb::GetRatingRequest { title_id: "nope".to_owned() };
        let answer = process.customer("").review().get_rating(request).await;
        assert_eq!(refusal(answer).0, Code::InvalidArgument);
        let request = pb::ListReviewsRequest { page_size: -1, ..Default::default() };
        let answer = process.customer("").review().list_reviews(request).await;
        assert_eq!(refusal(answer).0, Code::InvalidArgument);
    }

    async fn http_does_the_same(world: World) {
        let (process, title) = (world.start().await, Uuid::new_v4());
        world.door.attended("alice", title);
        let (alice, anybody) = (process.customer("alice"), process.customer(""));
        let written = serde_json::json!({ "titleId": title, "stars": 4, "text": "<i>fine</i>" });
        let mut id = String::new();
        for _ in 0..2 {
            let posting = alice.http(http::Method::POST, "/v1/reviews");
            let posting = posting.header("idempotency-key", Uuid::nil().to_string());
            let answer = posting.json(&written).send().await.unwrap();
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(body["review"]["state"], "REVIEW_STATE_PUBLISHED", "{body}");
            assert_eq!(body["review"]["text"], "<i>fine</i>");
            body["review"]["reviewId"].as_str().unwrap().clone_into(&mut id);
        }
        let read = async |path: String| {
            let answer = anybody.http(http::Method::GET, &path).send().await.unwrap();
            answer.json::<serde_json::Value>().await.unwrap()
        };
        let rating = read(format!("/v1/ratings/{title}")).await;
        let rating = &rating["rating"];
        assert_eq!((rating["average"].as_f64(), rating["count"].as_i64()), (Some(4.0), Some(1)));
        let list = read(format!("/v1/reviews?titleId={title}")).await;
        assert_eq!(list["reviews"][0]["reviewId"], id.as_str(), "{list}");

        let path = format!("/v1/reviews/{id}");
        let mallory = process.customer("mallory");
        for (who, status) in [(&mallory, 404), (&alice, 200), (&alice, 200)] {
            let answer = who.http(http::Method::DELETE, &path).send().await.unwrap();
            assert_eq!(answer.status(), status);
        }
        assert_eq!(process.rating(title).await, (0.0, 0));
    }
}
