//! The box office changes its mind: a screening is moved, a movie is removed.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::{BookingState, Contact};
use boxoffice_acceptance::catalog::v1::TitleState;
use boxoffice_acceptance::mypage::v1::{BookingStatus, DeliveryStatus, PaymentStatus};
use boxoffice_acceptance::notification::v1::{Notice, NoticeKind};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::review::v1::ReviewState;
use boxoffice_acceptance::seating::v1::ShowingState;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, eventually, in_both, won,
};
use futures::future::join_all;
use futures::{StreamExt as _, stream};
use tonic::Code;

use super::{BOUGHT, GIVEN_BACK, is_shown_now, screening, statuses};

const DAY: Duration = Duration::from_secs(86_400);
const TWO_HOURS: Duration = Duration::from_secs(7_200);

/// Of several notices, the one about this.
fn about(notices: &[Notice], kind: NoticeKind) -> &Notice {
    notices.iter().find(|it| it.kind() == kind).unwrap()
}

/// Four places for each of so many customers.
async fn holders(world: &World, screening: &str, customers: usize) -> Vec<(Person, String)> {
    let buy = async |number: usize| {
        let customer = world.customer(&format!("holder{number}"));
        let language = if number == 0 { "ko-KR" } else { "en" }.to_owned();
        let contact = Contact { language, ..Contact::default() };
        let wish = Wish::places(screening, 4).but(|it| it.contact = Some(contact));
        let booking = customer.buy(wish.paid_by(VISA)).await;
        (customer, booking.booking_id)
    };
    // Not all at once: this is no rush.
    stream::iter((0..customers).map(buy)).buffered(4).collect().await
}

/// FR-04, FR-53: all 30 holders of the 120 seats are told of the new time, in their language, once each; who has
/// cancelled is not, and who does not like it may cancel.
async fn a_new_time_is_told_to_every_holder(world: World) {
    let (admin, mallory) = (world.admin(), world.customer("mallory"));
    let movie = admin.register_film("The Third Man").await;
    let screening = screening(&admin, &movie).await;
    let given_up = mallory.buy(Wish::places(&screening, 4).paid_by(VISA)).await.booking_id;
    mallory.is_told(&given_up, &BOUGHT).await;
    mallory.cancel(&given_up).await.unwrap();
    mallory.sees_seats(&screening, 120, 0, 0).await;
    let holders = holders(&world, &screening, 30).await;
    admin.sees_seats(&screening, 0, 0, 120).await;

    let moved = admin.reschedule(&screening, DAY, TWO_HOURS).await.unwrap().start_time.unwrap();
    let told = [&BOUGHT[..], &[NoticeKind::ShowingRescheduled]].concat();
    let at = moved.to_time().unwrap();
    let english = format!("It begins on {} now.", at.format("%-d %B %Y, %H:%M UTC"));
    let korean = format!("새 시작 시각은 {}입니다.", at.format("%Y년 %-m월 %-d일 %H:%M (UTC)"));
    let checks = holders.iter().enumerate().map(async |(number, (holder, booking))| {
        holder.is_told(booking, &told).await;
        let words = if number == 0 { &korean } else { &english };
        eventually(&format!("{} reads {words}", holder.sub), || async {
            let notices = holder.notices(booking).await.ok()?;
            let notice = about(&notices, NoticeKind::ShowingRescheduled);
            notice.text.contains(words).then_some(())
        })
        .await;
        holder.sees_page("moved", booking, |it| it.start_time == Some(moved)).await;
        assert_eq!(holder.get(booking).await.unwrap().start_time, Some(moved));
    });
    join_all(checks).await;

    world.comes_to_rest().await;
    for (holder, _) in &holders {
        assert_eq!(holder.notices("").await.unwrap().len(), told.len(), "nobody is told twice");
    }
    mallory.is_told(&given_up, &[&BOUGHT[..], &GIVEN_BACK].concat()).await;

    let (holder, booking) = &holders[1];
    let cancelled = holder.cancel(booking).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    holder.sees_seats(&screening, 4, 0, 116).await;
}
in_both!(a_new_time_is_told_to_every_holder);

/// FR-02, D-9: a removed movie is shown no more; its bookings are cancelled and refunded, their holders told. A screening
/// that has begun stays in history, and those who were there may still review it.
async fn a_removed_movie_takes_its_future_screenings_with_it(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let movie = admin.register_film("The Last Reel").await;
    let past = screening(&admin, &movie).await;
    let seen = alice.buy(Wish::places(&past, 4).paid_by(VISA)).await.booking_id;
    alice.is_told(&seen, &BOUGHT).await;
    is_shown_now(&admin, &past).await;
    let seen_told = [&BOUGHT[..], &[NoticeKind::ShowingRescheduled]].concat();
    alice.is_told(&seen, &seen_told).await;
    let future = screening(&admin, &movie).await;
    let holders = holders(&world, &future, 5).await;
    let tickets = holders.iter().map(|(holder, booking)| holder.is_told(booking, &BOUGHT));
    join_all(tickets).await;
    alice.sees_begin(&past).await;

    let removed = admin.remove_title(&movie.title_id).await.unwrap();
    assert_eq!(removed.state(), TitleState::Removed);
    assert_eq!(admin.remove_title(&movie.title_id).await.unwrap(), removed, "again, the same");
    let cancelled = (BookingStatus::Cancelled, PaymentStatus::Cancelled, DeliveryStatus::Cancelled);
    let checks = holders.iter().map(async |(holder, booking)| {
        holder.sees(booking, BookingState::Cancelled).await;
        let refunded = holder.sees_payments(booking, &[Money::Cancelled]).await;
        assert_eq!(refunded[0].amount, Some(won(60_000)));
        let notices = holder.is_told(booking, &[&BOUGHT[..], &GIVEN_BACK].concat()).await;
        let notice = about(&notices, NoticeKind::BookingCancelled);
        let subject = ["The showing was cancelled", "상영이 취소되었습니다"];
        assert!(subject.contains(&&*notice.subject), "{notice:?}");
        holder.sees_page("cancelled", booking, |it| statuses(it) == cancelled).await;
    });
    join_all(checks).await;
    assert_eq!(admin.showing(&future).await.unwrap().state(), ShowingState::Cancelled);
    nothing_more_of_it_is_shown(&world, &movie.title_id, &future).await;

    assert_eq!(admin.showing(&past).await.unwrap().state(), ShowingState::Scheduled);
    assert_eq!(alice.get(&seen).await.unwrap().state(), BookingState::Confirmed);
    alice.is_told(&seen, &seen_told).await;
    let review = eventually("who was there may review it", || async {
        alice.review(&movie.title_id, 5, "One of a kind.").await.ok()
    });
    assert_eq!(review.await.state(), ReviewState::Published);
}
in_both!(a_removed_movie_takes_its_future_screenings_with_it);

/// It is off the programme, though who has its id still finds what it was; nobody schedules it or books it any more.
async fn nothing_more_of_it_is_shown(world: &World, movie: &str, screening: &str) {
    let (admin, bob) = (world.admin(), world.customer("bob"));
    let now = bob.title(movie).await.unwrap();
    assert_eq!((now.state(), &*now.name), (TitleState::Removed, "The Last Reel"));
    let found = bob.finds("The Last Reel").await.unwrap();
    assert!(found.iter().all(|it| it.title_id != movie), "{found:?}");
    let again = Plan::general(10, 9_000).of_title(movie).request();
    let again = admin.client(Context::SEATING).seating().schedule_showing(again).await;
    again.refused().with(Code::FailedPrecondition, "TITLE_REMOVED");
    let late = bob.place(Wish::places(screening, 1).paid_by(VISA)).await.refused();
    late.with(Code::FailedPrecondition, "SHOWING_CANCELLED");
}
