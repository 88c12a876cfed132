//! Booking hangs, or is away, while people write reviews: none of them waits, and none is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::CheckAttendanceRequest;
use boxoffice_acceptance::catalog::v1::Title;
use boxoffice_acceptance::review::v1::ReviewState;
use boxoffice_acceptance::{
    Context, Fleet, Person, Refused as _, Settings, World, eventually, in_both, in_fleet,
};
use tonic::Code;

use super::is_shown_now;
use super::reviews::booked_by;

/// OPS-01: how long booking is waited for, and what a call needs besides.
const DEADLINE: Duration = Duration::from_millis(500 + 1_000);

/// Once the breaker is open nobody waits for booking any more.
const FAIL_FAST: Duration = Duration::from_millis(250);

/// Two dozen who watched a movie, and booking knows it.
async fn audience(world: &World) -> (Title, Vec<Person>) {
    let (admin, service) = (world.admin(), world.service());
    let audience: Vec<_> = (0..24).map(|number| world.customer(&format!("seat{number}"))).collect();
    let (movie, screening) = booked_by(&admin, &audience).await;
    is_shown_now(&admin, &screening).await;
    for person in &audience {
        eventually("they have watched it", || async {
            let (customer_id, title_id) = (person.sub.clone(), movie.title_id.clone());
            let request = CheckAttendanceRequest { customer_id, title_id };
            let answer = service.client(Context::BOOKING).lookup().check_attendance(request).await;
            answer.ok()?.into_inner().attended.then_some(())
        })
        .await;
    }
    world.comes_to_rest().await;
    (movie, audience)
}

/// Writes one review after another until an answer comes at once; all are taken, and nobody has waited longer than the
/// deadline. Who wrote which.
async fn until_the_breaker_opens(movie: &Title, audience: &[Person]) -> Vec<(Person, String)> {
    let mut written = Vec::new();
    for (person, stars) in audience.iter().zip([5, 4].into_iter().cycle()) {
        let began = Instant::now();
        let review = person.review(&movie.title_id, stars, "Zither!").await.unwrap();
        let took = began.elapsed();
        assert_eq!(review.state(), ReviewState::Pending);
        written.push((person.clone(), review.review_id));
        assert!(took < DEADLINE, "an answer took {took:?}");
        if took < FAIL_FAST && written.len() % 2 == 0 {
            return written;
        }
    }
    panic!("the breaker does not open");
}

/// D-4: its author sees that a review is pending; nobody else sees it, and it does not count.
async fn none_counts_yet(world: &World, movie: &Title, written: &[(Person, String)]) {
    let (author, review) = &written[0];
    assert_eq!(author.read_review(review).await.unwrap().state(), ReviewState::Pending);
    let refusal = world.nobody().read_review(review).await.refused();
    refusal.with(Code::NotFound, "REVIEW_NOT_FOUND");
    assert_eq!(world.nobody().reviews(&movie.title_id).await.unwrap(), []);
    assert_eq!(world.nobody().rating(&movie.title_id).await.unwrap().count, 0);
    let twice = author.review(&movie.title_id, 1, "").await.refused();
    twice.with(Code::FailedPrecondition, "REVIEW_EXISTS");
}

/// Nobody does anything, and all are settled: those by people who were there count, the other one never will.
async fn all_settle(
    world: &World,
    movie: &Title,
    written: &[(Person, String)],
    (mallory, slander): (&Person, &str),
) {
    for (author, review) in written {
        author.sees_review(review, ReviewState::Published).await;
    }
    mallory.sees_review(slander, ReviewState::Rejected).await;
    let count = i32::try_from(written.len()).unwrap();
    world.nobody().sees_rating(&movie.title_id, 4.5, count).await;
    let refusal = world.nobody().read_review(slander).await.refused();
    refusal.with(Code::NotFound, "REVIEW_NOT_FOUND");
}

/// FR-60, NFR-08, D-4, OPS-01: within 500 ms, and in milliseconds once the breaker is open, every author is told that their
/// review is kept; it counts when booking has answered.
async fn while_booking_hangs_reviews_are_pending_and_then_settle(world: World) {
    let (movie, audience) = audience(&world).await;
    let mallory = world.customer("mallory");
    world.platform.hang(Context::BOOKING).await.unwrap();
    let written = until_the_breaker_opens(&movie, &audience).await;
    let slander = mallory.review(&movie.title_id, 1, "Never saw it.").await.unwrap();
    assert_eq!(slander.state(), ReviewState::Pending);
    none_counts_yet(&world, &movie, &written).await;

    world.platform.heal(Context::BOOKING).await.unwrap();
    all_settle(&world, &movie, &written, (&mallory, &slander.review_id)).await;
    let published = eventually("booking is asked again", || async {
        let author = audience.last()?;
        let review = author.review(&movie.title_id, 5, "Zither!").await.ok()?;
        author.delete_review(&review.review_id).await.ok()?;
        (review.state() == ReviewState::Published).then_some(review)
    });
    published.await;
}
in_both!(while_booking_hangs_reviews_are_pending_and_then_settle, Settings::default().lines());

/// The same when nobody is there at all, and review itself dies before booking is back.
async fn while_booking_is_down_reviews_are_pending_and_then_settle(world: World, _: Arc<Fleet>) {
    let (movie, audience) = audience(&world).await;
    let mallory = world.customer("mallory");
    world.platform.down(Context::BOOKING).await.unwrap();
    let written = until_the_breaker_opens(&movie, &audience).await;
    let slander = mallory.review(&movie.title_id, 1, "Never saw it.").await.unwrap();
    assert_eq!(slander.state(), ReviewState::Pending);
    none_counts_yet(&world, &movie, &written).await;

    world.platform.kill(Context::REVIEW).await.unwrap();
    world.platform.start(Context::REVIEW).await.unwrap();
    world.platform.heal(Context::BOOKING).await.unwrap();
    all_settle(&world, &movie, &written, (&mallory, &slander.review_id)).await;
}
in_fleet!(while_booking_is_down_reviews_are_pending_and_then_settle, Settings::default());
