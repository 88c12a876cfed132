//! Musical concert booking, the story of S1: a customer books and pays, and the tickets are sent; a refund calls them
//! back. My page shows how far booking, payment and delivery have come, each time.

mod by_json;
mod crowds;
mod my_page_store;
mod overload;

use boxoffice_acceptance::booking::v1::{Booking, BookingState, Fulfilment};
use boxoffice_acceptance::delivery::v1::{Delivery, DeliveryMethod, DeliveryState};
use boxoffice_acceptance::mypage::v1::{BookingStatus, BookingView, DeliveryStatus, PaymentStatus};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, Person, Plan, Refused as _, VISA, Wish, World, eventually, id, in_both, won,
};
use tonic::Code;

/// How far booking, payment and delivery have come, as my page shows it.
type Standing = (BookingStatus, PaymentStatus, DeliveryStatus);

const HELD: Standing =
    (BookingStatus::AwaitingPayment, PaymentStatus::Unspecified, DeliveryStatus::Unspecified);
const SENT: Standing = (BookingStatus::Confirmed, PaymentStatus::Approved, DeliveryStatus::Started);
const ARRIVED: Standing =
    (BookingStatus::Confirmed, PaymentStatus::Approved, DeliveryStatus::Completed);
const REFUNDED: Standing =
    (BookingStatus::Cancelled, PaymentStatus::Cancelled, DeliveryStatus::Cancelled);

fn standing(view: &BookingView) -> Standing {
    (view.booking_status(), view.payment_status(), view.delivery_status())
}

async fn page_shows(person: &Person, booking_id: &str, expected: Standing) -> BookingView {
    let what = format!("{expected:?}");
    person.sees_page(&what, booking_id, |view| standing(view) == expected).await.0
}

/// A concert with four rows of ten seats, 90,000 won each.
async fn concert(world: &World) -> String {
    let admin = world.admin();
    let title = admin.register_musical("Phantom in Concert").await;
    admin.schedule(Plan::rows(4, 10, 90_000).of_title(&title.title_id)).await
}

/// Seats whose tickets come by post.
fn by_post(showing: &str, seats: &[&str]) -> Wish {
    Wish::seats(showing, seats).sent_to("Kim Yuna", "+82 2 312 3456", "12 Sejong-daero, Seoul")
}

/// Bought, with the parcel started.
async fn sent(fan: &Person, showing: &str, seats: &[&str]) -> Booking {
    let booking = fan.buy(by_post(showing, seats).paid_by(VISA)).await;
    fan.sees_delivery(&booking.booking_id, DeliveryState::Started).await;
    booking
}

/// FR-15, FR-20, FR-30, FR-31, FR-43, FR-70, NFR-01, NFR-02, NFR-05: the whole story, step by step.
async fn booked_paid_and_sent_then_refunded_and_called_back(world: World) {
    let (showing, yuna) = (concert(&world).await, world.customer("yuna"));

    let held = yuna.place(by_post(&showing, &["A-1", "A-2"])).await.unwrap();
    assert_eq!(
        (held.state(), held.fulfilment()),
        (BookingState::AwaitingPayment, Fulfilment::Post)
    );
    let booking_id = held.booking_id;
    let shown = page_shows(&yuna, &booking_id, HELD).await;
    assert_eq!(shown.customer_id, yuna.sub);
    assert_eq!(yuna.deliveries(&booking_id).await.unwrap(), [], "nothing is sent unpaid");

    let paid = yuna.pay(&booking_id, VISA).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed);
    let shown = page_shows(&yuna, &booking_id, SENT).await;
    assert_eq!(
        (shown.title_name, shown.venue),
        ("Phantom in Concert".into(), "The Playhouse".into())
    );
    assert_eq!((shown.seats, shown.quantity), (vec!["A-1".to_owned(), "A-2".to_owned()], 2));
    assert_eq!((shown.amount, shown.start_time), (Some(won(180_000)), paid.start_time));
    let parcel = eventually("the shipper has the parcel", || async {
        let delivery = yuna.deliveries(&booking_id).await.ok()?.pop()?;
        assert_eq!(
            (delivery.state(), delivery.method()),
            (DeliveryState::Started, DeliveryMethod::Post)
        );
        delivery.parcel.filter(|it| !it.tracking_number.is_empty())
    })
    .await;
    let to = (&*parcel.name, &*parcel.phone, &*parcel.address);
    assert_eq!(to, ("Kim Yuna", "+82 2 312 3456", "12 Sejong-daero, Seoul"));

    let cancelled = yuna.cancel(&booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    page_shows(&yuna, &booking_id, REFUNDED).await;
    yuna.sees_delivery(&booking_id, DeliveryState::Cancelled).await;
    let refunded = yuna.sees_payments(&booking_id, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(180_000)));
    yuna.sees_seats(&showing, 40, 0, 0).await;
}
in_both!(booked_paid_and_sent_then_refunded_and_called_back);

/// FR-30, FR-31: the box office says that it has arrived, nobody else may; a refund calls it back from there, too.
async fn a_parcel_that_has_arrived_is_called_back_by_a_refund(world: World) {
    let (showing, yuna) = (concert(&world).await, world.customer("yuna"));
    let booking_id = sent(&yuna, &showing, &["B-7"]).await.booking_id;
    let delivery = yuna.sees_delivery(&booking_id, DeliveryState::Started).await;
    page_shows(&yuna, &booking_id, SENT).await;

    let refusal = yuna.complete(&delivery.delivery_id).await.refused();
    assert_eq!(refusal.code, Code::PermissionDenied);
    let arrived = world.admin().complete(&delivery.delivery_id).await.unwrap();
    assert_eq!(arrived.state(), DeliveryState::Completed);
    let again = world.admin().complete(&delivery.delivery_id).await.unwrap();
    // The shipper may have said its tracking number in between.
    let but_parcel = |it: Delivery| Delivery { parcel: None, ..it };
    assert_eq!(but_parcel(again), but_parcel(arrived), "again, the same");
    page_shows(&yuna, &booking_id, ARRIVED).await;

    yuna.cancel(&booking_id).await.unwrap();
    page_shows(&yuna, &booking_id, REFUNDED).await;
    let refusal = world.admin().complete(&delivery.delivery_id).await.refused();
    refusal.with(Code::FailedPrecondition, "DELIVERY_CANCELLED");
}
in_both!(a_parcel_that_has_arrived_is_called_back_by_a_refund);

/// FR-30, D-8: without an address they are e-tickets, there at once; each lets one person in, once, and none after a refund.
async fn without_an_address_the_tickets_are_e_tickets(world: World) {
    let (showing, yuna, door) = (concert(&world).await, world.customer("yuna"), world.admin());
    let booking_id =
        yuna.buy(Wish::seats(&showing, &["C-1", "C-2"]).paid_by(VISA)).await.booking_id;
    let delivery = yuna.sees_delivery(&booking_id, DeliveryState::Completed).await;
    assert_eq!((delivery.method(), delivery.parcel), (DeliveryMethod::ETicket, None));
    page_shows(&yuna, &booking_id, ARRIVED).await;
    let seats: Vec<_> = delivery.tickets.iter().map(|it| &*it.seat).collect();
    assert_eq!(seats, ["C-1", "C-2"]);

    let [first, second] = [0, 1].map(|it| delivery.tickets[it].code.clone());
    assert_eq!(yuna.check_in(&first).await.refused().code, Code::PermissionDenied);
    assert_eq!(door.check_in(&first).await.unwrap().seat, "C-1");
    door.check_in(&first).await.refused().with(Code::FailedPrecondition, "TICKET_USED");
    let forged = format!("{}x", &second[..second.len() - 1]);
    door.check_in(&forged).await.refused().with(Code::FailedPrecondition, "TICKET_FORGED");

    yuna.cancel(&booking_id).await.unwrap();
    page_shows(&yuna, &booking_id, REFUNDED).await;
    door.check_in(&second).await.refused().with(Code::FailedPrecondition, "TICKET_CANCELLED");
}
in_both!(without_an_address_the_tickets_are_e_tickets);

/// NFR-11, NFR-13: while delivery is down tickets are sold; they are sent when it is back, but not those refunded meanwhile.
async fn what_is_sold_while_delivery_is_down_is_sent_afterwards(world: World) {
    let (showing, yuna) = (concert(&world).await, world.customer("yuna"));
    world.platform.down(Context::DELIVERY).await.unwrap();
    let kept = yuna.buy(by_post(&showing, &["A-1"]).paid_by(VISA)).await.booking_id;
    let given_back = yuna.buy(by_post(&showing, &["A-2"]).paid_by(VISA)).await.booking_id;
    let cancelled = yuna.cancel(&given_back).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    yuna.sees_payments(&given_back, &[Money::Cancelled]).await;
    let sold: Standing =
        (BookingStatus::Confirmed, PaymentStatus::Approved, DeliveryStatus::Unspecified);
    page_shows(&yuna, &kept, sold).await;

    world.platform.heal(Context::DELIVERY).await.unwrap();
    page_shows(&yuna, &kept, SENT).await;
    world.comes_to_rest().await;
    let called_back = yuna.deliveries(&given_back).await.unwrap();
    assert!(called_back.iter().all(|it| it.state() == DeliveryState::Cancelled), "{called_back:?}");
    let (shown, _) = yuna.page(&given_back).await.unwrap();
    let delivery = shown.delivery_status();
    assert!(
        [DeliveryStatus::Unspecified, DeliveryStatus::Cancelled].contains(&delivery),
        "{delivery:?}"
    );
}
in_both!(what_is_sold_while_delivery_is_down_is_sent_afterwards);

/// FR-70: a delivery, and a page, are their customer's alone; customer care sees them.
async fn nobody_else_sees_where_the_tickets_go(world: World) {
    let (showing, yuna, mallory) =
        (concert(&world).await, world.customer("yuna"), world.customer("mallory"));
    let booking_id = sent(&yuna, &showing, &["D-10"]).await.booking_id;
    page_shows(&yuna, &booking_id, SENT).await;

    assert_eq!(mallory.deliveries("").await.unwrap(), []);
    assert_eq!(mallory.deliveries(&booking_id).await.unwrap(), []);
    let refusal = mallory.page(&booking_id).await.refused();
    refusal.with(Code::NotFound, "BOOKING_NOT_FOUND");
    assert_eq!(mallory.care_page(&booking_id).await.refused().code, Code::PermissionDenied);
    assert_eq!(yuna.page(&id()).await.refused().code, Code::NotFound);

    world.comes_to_rest().await;
    let seen = world.care().care_page(&booking_id).await.unwrap();
    assert_eq!(seen, yuna.page(&booking_id).await.unwrap());
    assert_eq!(world.care().deliveries(&booking_id).await.unwrap().len(), 1);
}
in_both!(nobody_else_sees_where_the_tickets_go);
