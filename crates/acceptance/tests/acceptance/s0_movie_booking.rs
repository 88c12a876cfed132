//! Movie booking, the story of S0: a screening has 120 seats; a customer books four and pays at once, cancels before the
//! start, or goes, and rates what they watched.

mod breaker;
mod by_json;
mod changes;
mod reviews;
mod reviews_by_json;

use std::time::Duration;

use boxoffice_acceptance::booking::v1::{BookingState, RejectionReason};
use boxoffice_acceptance::catalog::v1::{Kind, RegisterTitleRequest, Title, TitleState};
use boxoffice_acceptance::mypage::v1::{BookingStatus, BookingView, DeliveryStatus, PaymentStatus};
use boxoffice_acceptance::notification::v1::NoticeKind;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::ListShowingsRequest;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, id, in_both, won,
};
use tonic::Code;

const SEATS: i32 = 120;
const PRICE: i64 = 15_000;

/// What a customer is told of a ticket they have bought.
const BOUGHT: [NoticeKind; 4] = [
    NoticeKind::PaymentApproved,
    NoticeKind::BookingConfirmed,
    NoticeKind::DeliveryStarted,
    NoticeKind::DeliveryCompleted,
];

/// What they are told besides when they have cancelled it.
const GIVEN_BACK: [NoticeKind; 3] =
    [NoticeKind::BookingCancelled, NoticeKind::PaymentCancelled, NoticeKind::DeliveryCancelled];

/// A screening, in an hour, of a movie with its theatre's 120 seats.
async fn screening(admin: &Person, movie: &Title) -> String {
    admin.schedule(Plan::general(SEATS, PRICE).of_title(&movie.title_id)).await
}

/// An hour from now until two hours from now would be long to wait for: it begins in a second and takes another.
async fn is_shown_now(admin: &Person, screening: &str) {
    let second = Duration::from_secs(1);
    admin.reschedule(screening, second, second).await.unwrap();
}

/// Booking, payment and delivery, as my page shows them.
fn statuses(booking: &BookingView) -> (BookingStatus, PaymentStatus, DeliveryStatus) {
    (booking.booking_status(), booking.payment_status(), booking.delivery_status())
}

/// FR-01, FR-03, FR-08: the admin registers a movie and a screening; everybody finds both.
async fn a_movie_and_its_screening_are_registered_and_found(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let name = format!("The Third Man {}", id());
    let movie = admin.register_film(&name).await;
    assert_eq!(movie.synopsis, format!("All about {name}."));
    let screening = screening(&admin, &movie).await;

    let found = world.nobody().finds(&name).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&movie));
    assert_eq!(found[0].rating.unwrap_or_default().count, 0, "nobody has reviewed it");
    let request =
        ListShowingsRequest { title_id: movie.title_id.clone(), ..ListShowingsRequest::default() };
    let listed = world.nobody().client(Context::SEATING).seating().list_showings(request).await;
    let listed = listed.unwrap().into_inner().showings;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].showing_id, screening);
    assert_eq!((listed[0].capacity, listed[0].seats_left), (SEATS, SEATS));
    assert_eq!(listed[0].prices[0].price, Some(won(PRICE)));
    assert_eq!(listed[0].venue, "The Playhouse");

    let title = Title { kind: Kind::Film.into(), name, ..Title::default() };
    let request = RegisterTitleRequest { request_id: id(), title: Some(title) };
    let hers = alice.client(Context::CATALOG).catalog().register_title(request).await;
    assert_eq!(hers.refused().code, Code::PermissionDenied);
    let removed = alice.remove_title(&movie.title_id).await;
    assert_eq!(removed.refused().code, Code::PermissionDenied);
    let now = alice.title(&movie.title_id).await.unwrap();
    assert_eq!(now.state(), TitleState::Listed);
}
in_both!(a_movie_and_its_screening_are_registered_and_found);

/// FR-10, FR-12, FR-17, FR-20, FR-21, FR-23, FR-40, FR-42, FR-43, FR-50 to FR-52, FR-70, NFR-01, NFR-05: seats left go 120,
/// 116, 120; the customer is told of every step, and my page shows it.
async fn four_of_120_seats_are_booked_paid_and_given_back(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let movie = admin.register_film("The Third Man").await;
    let screening = screening(&admin, &movie).await;
    alice.sees_seats(&screening, 120, 0, 0).await;

    let booking = alice.buy(Wish::places(&screening, 4).paid_by(VISA)).await;
    assert_eq!(booking.amount, Some(won(60_000)));
    let booking = booking.booking_id;
    alice.sees_payments(&booking, &[Money::Approved]).await;
    alice.sees_seats(&screening, 116, 0, 4).await;
    alice.is_told(&booking, &BOUGHT).await;
    let bought = (BookingStatus::Confirmed, PaymentStatus::Approved, DeliveryStatus::Completed);
    let (page, _) = alice.sees_page("bought", &booking, |it| statuses(it) == bought).await;
    assert_eq!((page.title_name, page.quantity), ("The Third Man".to_owned(), 4));
    assert_eq!(page.amount, Some(won(60_000)));

    let cancelled = alice.cancel(&booking).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_seats(&screening, 120, 0, 0).await;
    let refunded = alice.sees_payments(&booking, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(60_000)));
    alice.is_told(&booking, &[&BOUGHT[..], &GIVEN_BACK].concat()).await;
    let given_back =
        (BookingStatus::Cancelled, PaymentStatus::Cancelled, DeliveryStatus::Cancelled);
    alice.sees_page("given back", &booking, |it| statuses(it) == given_back).await;

    let mallory = world.customer("mallory");
    assert_eq!(mallory.notices("").await.unwrap(), [], "nobody is told of another's booking");
    mallory.page(&booking).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
}
in_both!(four_of_120_seats_are_booked_paid_and_given_back);

/// FR-11, NFR-04: only while seats remain, which is told in the call; whoever cancels makes room.
async fn a_seat_that_is_not_left_is_not_booked(world: World) {
    let admin = world.admin();
    let (alice, bob, carol) =
        (world.customer("alice"), world.customer("bob"), world.customer("carol"));
    let movie = admin.register_film("The Third Man").await;
    let screening = screening(&admin, &movie).await;
    alice.buy(Wish::places(&screening, 100).paid_by(VISA)).await;
    let too_many = bob.place(Wish::places(&screening, 21).paid_by(VISA)).await.unwrap();
    assert_eq!(too_many.state(), BookingState::Rejected);
    let last = bob.buy(Wish::places(&screening, 20).paid_by(VISA)).await;
    bob.sees_seats(&screening, 0, 0, 120).await;

    let none = carol.place(Wish::places(&screening, 1).paid_by(VISA)).await.unwrap();
    assert_eq!(none.state(), BookingState::Rejected);
    assert_eq!(none.rejection.unwrap().reason(), RejectionReason::SeatsUnavailable);
    bob.cancel(&last.booking_id).await.unwrap();
    carol.sees_seats(&screening, 20, 0, 100).await;
    carol.buy(Wish::places(&screening, 1).paid_by(VISA)).await;
    carol.sees_seats(&screening, 19, 0, 101).await;
    assert_eq!(carol.payments(&none.booking_id).await.unwrap(), []);
}
in_both!(a_seat_that_is_not_left_is_not_booked);

/// FR-44, NFR-13: while payment is down the cancel stands and the seats are back; the refund follows by itself.
async fn while_payment_is_down_the_cancel_stands_and_the_refund_follows(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let movie = admin.register_film("The Third Man").await;
    let screening = screening(&admin, &movie).await;
    let booking = alice.buy(Wish::places(&screening, 4).paid_by(VISA)).await.booking_id;
    alice.sees_seats(&screening, 116, 0, 4).await;
    alice.is_told(&booking, &BOUGHT).await;
    world.platform.down(Context::PAYMENT).await.unwrap();

    let cancelled = alice.cancel(&booking).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_seats(&screening, 120, 0, 0).await;
    let unpaid = [NoticeKind::BookingCancelled, NoticeKind::DeliveryCancelled];
    alice.is_told(&booking, &[&BOUGHT[..], &unpaid].concat()).await;
    let waiting = (BookingStatus::Cancelled, PaymentStatus::Approved, DeliveryStatus::Cancelled);
    alice.sees_page("waiting for its money", &booking, |it| statuses(it) == waiting).await;

    world.platform.heal(Context::PAYMENT).await.unwrap();
    let refunded = alice.sees_payments(&booking, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(60_000)));
    alice.is_told(&booking, &[&BOUGHT[..], &GIVEN_BACK].concat()).await;
}
in_both!(while_payment_is_down_the_cancel_stands_and_the_refund_follows);

/// FR-41: once the screening has begun a cancel is refused, by customer care too, and nothing changes.
async fn after_the_start_a_cancel_is_refused(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let movie = admin.register_film("The Third Man").await;
    let plan = Plan::general(SEATS, PRICE).of_title(&movie.title_id);
    let screening = admin.schedule(plan.starts_in(Duration::from_secs(3))).await;
    let booking = alice.buy(Wish::places(&screening, 4).paid_by(VISA)).await.booking_id;
    alice.sees_begin(&screening).await;

    for person in [&alice, &world.care()] {
        let refusal = person.cancel(&booking).await.refused();
        refusal.with(Code::FailedPrecondition, "TOO_LATE_TO_CANCEL");
    }
    let late = alice.place(Wish::places(&screening, 1).paid_by(VISA)).await.refused();
    late.with(Code::FailedPrecondition, "SHOWING_STARTED");
    let moved = admin.reschedule(&screening, Duration::from_secs(60), Duration::from_secs(60));
    moved.await.refused().with(Code::FailedPrecondition, "SHOWING_STARTED");

    world.comes_to_rest().await;
    assert_eq!(alice.get(&booking).await.unwrap().state(), BookingState::Confirmed);
    alice.sees_payments(&booking, &[Money::Approved]).await;
    alice.sees_seats(&screening, 116, 0, 4).await;
}
in_both!(after_the_start_a_cancel_is_refused);
