//! What is written in a review, by nothing but JSON: typed refusals, and text is data, never markup.

use boxoffice_acceptance::{Context, Person, World, eventually, id, in_both};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::is_shown_now;
use super::reviews::booked_by;
use crate::json::{refused, text};

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const WRITE: (Method, &str) = (Method::POST, "/v1/reviews");

/// What a browser must not take for a page.
const MARKUP: &str =
    "<script>alert('!')</script><img src=x onerror=alert(1)> 5 &gt; 4 \"</p>\u{2028}";

fn review(movie: &str, stars: i64, text: &str) -> Value {
    json!({"requestId": id(), "titleId": movie, "stars": stars, "text": text})
}

/// The JSON of an answer, which says that it is JSON and nothing else.
async fn data(answer: Response) -> Value {
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    answer.json().await.unwrap()
}

/// Writes a review as soon as the screening is over.
async fn writes(person: &Person, movie: &str, stars: i64, text: &str) -> Value {
    let body = review(movie, stars, text);
    let answer = eventually("who was there may review it", || async {
        let request = person.client(Context::REVIEW).http(WRITE.0, WRITE.1);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status() == StatusCode::OK).then_some(answer)
    });
    data(answer.await).await["review"].clone()
}

/// FR-60 to FR-62: 0 and 6 stars, 10,000 characters, markup, a second one, somebody else's.
async fn reviews_are_data_by_json_too(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let (movie, screening) = booked_by(&admin, &[alice.clone(), bob.clone()]).await;
    let movie = movie.title_id;
    is_shown_now(&admin, &screening).await;

    let invalid = (BAD, "INVALID_FIELD");
    for stars in [0, 6, -1, i64::from(i32::MAX)] {
        refused(&alice, Context::REVIEW, WRITE, review(&movie, stars, ""), invalid).await;
    }
    let long = review(&movie, 3, &"ㅋ".repeat(10_000));
    refused(&alice, Context::REVIEW, WRITE, long, invalid).await;

    let written = writes(&alice, &movie, 4, MARKUP).await;
    assert_eq!(written["text"], MARKUP);
    let again = (BAD, "REVIEW_EXISTS");
    refused(&alice, Context::REVIEW, WRITE, review(&movie, 5, MARKUP), again).await;
    let one = format!("/v1/reviews/{}", text(&written["reviewId"]));
    let (nobody, all) = (world.nobody(), format!("/v1/reviews?titleId={movie}"));
    let read = nobody.client(Context::REVIEW).http(Method::GET, &one).send().await.unwrap();
    assert_eq!(data(read).await["review"]["text"], MARKUP);
    let read = nobody.client(Context::REVIEW).http(Method::GET, &all).send().await.unwrap();
    assert_eq!(data(read).await["reviews"][0]["text"], MARKUP);

    let hers = (StatusCode::NOT_FOUND, "REVIEW_NOT_FOUND");
    for path in [one.clone(), format!("/v1/reviews/{}", id())] {
        let delete = (Method::DELETE, &*path);
        refused(&bob, Context::REVIEW, delete, json!({}), hers).await;
    }
    let markup = "/v1/reviews/%3Cscript%3E";
    let told = bob.client(Context::REVIEW).http(Method::DELETE, markup).send().await.unwrap();
    assert_eq!(told.status(), BAD);
    assert_eq!(told.headers()["content-type"], "application/json");
    assert_eq!(told.headers()["x-content-type-options"], "nosniff");
    writes(&bob, &movie, 1, "").await;
    bob.sees_rating(&movie, 2.5, 2).await;
}
in_both!(reviews_are_data_by_json_too);
