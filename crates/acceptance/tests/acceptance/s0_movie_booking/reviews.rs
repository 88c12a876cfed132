//! Who watched a movie says how it was; nobody else does.

use boxoffice_acceptance::catalog::v1::Title;
use boxoffice_acceptance::review::v1::{Review, ReviewState};
use boxoffice_acceptance::{Person, Refused as _, VISA, Wish, World, eventually, id, in_both};
use tonic::Code;

use super::{is_shown_now, screening};

/// A movie that these customers have tickets for.
pub(super) async fn booked_by(admin: &Person, audience: &[Person]) -> (Title, String) {
    let movie = admin.register_film("The Third Man").await;
    let screening = screening(admin, &movie).await;
    for person in audience {
        person.buy(Wish::places(&screening, 1).paid_by(VISA)).await;
    }
    (movie, screening)
}

/// Reviews a movie as soon as its screening is over.
async fn reviews(person: &Person, movie: &Title, stars: i32, text: &str) -> Review {
    let review = eventually("who was there may review it", || async {
        person.review(&movie.title_id, stars, text).await.ok()
    });
    let review = review.await;
    assert_eq!((review.stars, &*review.text), (stars, text));
    assert_eq!(review.state(), ReviewState::Published);
    review
}

/// FR-60: refused before the screening is over, and for ever to those who were not there.
async fn a_review_is_refused_before_watching_and_taken_after(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let (bob, mallory) = (world.customer("bob"), world.customer("mallory"));
    let (movie, screening) = booked_by(&admin, std::slice::from_ref(&alice)).await;
    let given_up = bob.buy(Wish::places(&screening, 4).paid_by(VISA)).await;
    bob.cancel(&given_up.booking_id).await.unwrap();
    let early = alice.review(&movie.title_id, 5, "I can't wait!").await.refused();
    early.with(Code::FailedPrecondition, "NOT_ATTENDED");

    is_shown_now(&admin, &screening).await;
    let review = reviews(&alice, &movie, 5, "Zither!\nAnd <b>that</b> smile.").await;
    for stranger in [&bob, &mallory] {
        let refusal = stranger.review(&movie.title_id, 1, "Rubbish.").await.refused();
        refusal.with(Code::FailedPrecondition, "NOT_ATTENDED");
    }
    let twice = alice.review(&movie.title_id, 4, "On reflection …").await.refused();
    twice.with(Code::FailedPrecondition, "REVIEW_EXISTS");
    let read = world.nobody().reviews(&movie.title_id).await.unwrap();
    assert_eq!(read, [Review { customer_id: String::new(), ..review }], "whose is her own affair");
    world.nobody().sees_rating(&movie.title_id, 5.0, 1).await;

    let elsewhere = admin.register_film("Another").await;
    let refusal = alice.review(&elsewhere.title_id, 3, "").await.refused();
    refusal.with(Code::FailedPrecondition, "NOT_ATTENDED");
}
in_both!(a_review_is_refused_before_watching_and_taken_after);

/// FR-61, FR-62, FR-71: one's own is deleted, and the average follows: 3.5 of two, 2 of one, 2.5 of two again. Nobody
/// deletes another's.
async fn an_own_review_is_deleted_and_the_average_follows(world: World) {
    let admin = world.admin();
    let audience = [world.customer("alice"), world.customer("carol")];
    let (movie, screening) = booked_by(&admin, &audience).await;
    is_shown_now(&admin, &screening).await;
    let ([alice, carol], mallory) = (audience, world.customer("mallory"));
    let hers = reviews(&alice, &movie, 5, "Zither!").await.review_id;
    let other = reviews(&carol, &movie, 2, "No colours.").await.review_id;
    mallory.sees_rating(&movie.title_id, 3.5, 2).await;

    let (care, unknown) = (world.care(), id());
    let another = [(&alice, &other), (&mallory, &hers), (&mallory, &unknown), (&care, &hers)];
    for (person, review) in another {
        let refusal = person.delete_review(review).await.refused();
        refusal.with(Code::NotFound, "REVIEW_NOT_FOUND");
    }
    assert_eq!(mallory.reviews(&movie.title_id).await.unwrap().len(), 2, "nothing was deleted");

    alice.delete_review(&hers).await.unwrap();
    mallory.sees_rating(&movie.title_id, 2.0, 1).await;
    let gone = mallory.read_review(&hers).await.refused();
    gone.with(Code::NotFound, "REVIEW_NOT_FOUND");
    alice.delete_review(&hers).await.unwrap();

    let again = reviews(&alice, &movie, 3, "Quieter than I remembered.").await;
    mallory.sees_rating(&movie.title_id, 2.5, 2).await;
    let newest = &mallory.reviews(&movie.title_id).await.unwrap()[0];
    assert_eq!((&newest.review_id, &newest.text), (&again.review_id, &again.text));
    alice.delete_review(&again.review_id).await.unwrap();
    carol.delete_review(&other).await.unwrap();
    mallory.sees_rating(&movie.title_id, 0.0, 0).await;
}
in_both!(an_own_review_is_deleted_and_the_average_follows);

/// What a review may hold, to the character: typed refusals, and nothing is kept of what was refused.
async fn a_review_has_one_to_five_stars_and_5000_characters(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let (movie, screening) = booked_by(&admin, std::slice::from_ref(&alice)).await;
    is_shown_now(&admin, &screening).await;
    for stars in [0, 6, -1, i32::MAX] {
        let refusal = alice.review(&movie.title_id, stars, "").await.refused();
        refusal.with(Code::InvalidArgument, "INVALID_FIELD").of("stars");
    }
    let refusal = alice.review(&movie.title_id, 3, &"ㅋ".repeat(10_000)).await.refused();
    refusal.with(Code::InvalidArgument, "INVALID_FIELD").of("text");
    let refusal = alice.review("the-third-man", 3, "").await.refused();
    refusal.with(Code::InvalidArgument, "INVALID_FIELD").of("title_id");
    let refusal = alice.review(&movie.title_id, 3, "a\0b").await.refused();
    refusal.with(Code::InvalidArgument, "TEXT_UNPRINTABLE").of("text");
    let refusal = world.nobody().review(&movie.title_id, 3, "").await.refused();
    assert_eq!(refusal.code, Code::Unauthenticated);
    assert_eq!(alice.reviews(&movie.title_id).await.unwrap(), []);

    reviews(&alice, &movie, 1, &"ㅋ".repeat(5_000)).await;
    alice.sees_rating(&movie.title_id, 1.0, 1).await;
}
in_both!(a_review_has_one_to_five_stars_and_5000_characters);
