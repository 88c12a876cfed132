//! My page: what became of my seats.

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::mypage::v1::{
    BookingStatus, BookingView, DeliveryStatus, ListMyBookingsRequest, PaymentStatus, Step,
    WatchMyBookingsRequest, WatchMyBookingsResponse,
};
use boxoffice_acceptance::{
    Context, Person, Refused as _, Settings, VISA, Wish, World, eventually, in_both, won,
};
use tonic::{Code, Streaming};

use super::{R, VIP, evening, musical};

/// What happened, in order, of what booking, seating and payment have said.
fn names(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter(|it| it.context != "delivery").map(|it| &*it.name).collect()
}

/// All of one's bookings, newest first, two a page.
async fn list(person: &Person) -> Vec<BookingView> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListMyBookingsRequest { page_size: 2, page_token };
        let answer = person.client(Context::MYPAGE).my_page().list_my_bookings(request).await;
        let page = answer.unwrap().into_inner();
        assert!(page.bookings.len() <= 2, "{page:?}");
        found.extend(page.bookings);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

/// FR-70, FR-72, NFR-09, NFR-15: a purchase and its end: what, where, which seats, how much, how it stands, and every step
/// with whatever caused it.
async fn my_page_tells_the_whole_story_of_a_booking(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let held = alice.place(Wish::seats(&evening, &["A-3", "B-1"])).await.unwrap().booking_id;
    let unpaid = |it: &BookingView| it.booking_status() == BookingStatus::AwaitingPayment;
    let (page, _) = alice.sees_page("unpaid", &held, unpaid).await;
    assert_eq!(page.payment_status(), PaymentStatus::Unspecified);

    let paid = alice.pay(&held, VISA).await.unwrap();
    assert_eq!(paid.state(), BookingState::Confirmed);
    let bought = |it: &BookingView| it.delivery_status() == DeliveryStatus::Completed;
    let (page, _) = alice.sees_page("bought", &held, bought).await;
    assert_eq!((&*page.title_name, &*page.venue), ("Hadestown", "The Playhouse"));
    assert_eq!((&page.title_id, &page.showing_id), (&musical.title_id, &evening));
    assert_eq!(page.seats, ["A-3", "B-1"]);
    assert_eq!((page.quantity, &page.amount), (2, &Some(won(VIP + R))));
    assert_eq!(page.start_time, alice.showing(&evening).await.unwrap().start_time);
    let now = (page.booking_status(), page.payment_status());
    assert_eq!(now, (BookingStatus::Confirmed, PaymentStatus::Approved));
    alice.sees_seats(&evening, 16, 0, 2).await;

    alice.cancel(&held).await.unwrap();
    world.comes_to_rest().await;
    let (page, steps) = alice.page(&held).await.unwrap();
    assert_eq!(page.booking_status(), BookingStatus::Cancelled);
    assert_eq!(page.payment_status(), PaymentStatus::Cancelled);
    assert_eq!(page.delivery_status(), DeliveryStatus::Cancelled);
    let bought = ["BookingPlaced", "SeatsHeld", "PaymentApproved", "BookingConfirmed", "SeatsSold"];
    assert_eq!(names(&steps)[..6], [&bought[..], &["BookingCancelled"]].concat());
    let mut last: Vec<_> = names(&steps)[6..].to_vec();
    last.sort_unstable();
    assert_eq!(last, ["PaymentCancelled", "SeatsReleased"]);

    let cause = |effect: &str| {
        let effect = steps.iter().find(|it| it.name == effect).unwrap();
        let cause = steps.iter().find(|it| it.event_id == effect.cause_id);
        cause.map(|it| &*it.name)
    };
    assert_eq!(cause("SeatsSold"), Some("BookingConfirmed"));
    assert_eq!(cause("DeliveryStarted"), Some("BookingConfirmed"));
    assert_eq!(cause("SeatsReleased"), Some("BookingCancelled"));
    assert_eq!(cause("BookingCancelled"), None, "she did it herself");
    assert!(steps.is_sorted_by_key(|it| it.time.and_then(|it| it.to_time())), "{steps:?}");
    assert_eq!(world.care().care_page(&held).await.unwrap(), (page, steps));
}
in_both!(my_page_tells_the_whole_story_of_a_booking);

/// FR-70: newest first, page by page, and mine alone; whatever end they came to.
async fn my_page_lists_my_bookings_and_nobody_elses(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let wish = |seat: &str| Wish::seats(&evening, &[seat]);
    bob.buy(wish("C-1").paid_by(VISA)).await;
    let lost = alice.place(wish("C-1").paid_by(VISA)).await.unwrap().booking_id;
    let kept = alice.buy(wish("C-2").paid_by(VISA)).await.booking_id;
    let given_up = alice.buy(wish("C-3").paid_by(VISA)).await.booking_id;
    alice.cancel(&given_up).await.unwrap();
    let unpaid = alice.place(wish("C-4")).await.unwrap().booking_id;
    let expected = [
        (&unpaid, BookingStatus::Expired),
        (&given_up, BookingStatus::Cancelled),
        (&kept, BookingStatus::Confirmed),
        (&lost, BookingStatus::Rejected),
    ];
    let expected = expected.map(|(booking, status)| (booking.clone(), status));
    eventually("my page lists them", || async {
        let listed = list(&alice).await;
        let listed: Vec<_> =
            listed.into_iter().map(|it| (it.booking_id.clone(), it.booking_status())).collect();
        (listed == expected).then_some(())
    })
    .await;
    bob.page(&kept).await.refused().with(Code::NotFound, "BOOKING_NOT_FOUND");
    let his = list(&bob).await;
    assert_eq!(his.iter().map(|it| &*it.customer_id).collect::<Vec<_>>(), [&*bob.sub]);
    assert_eq!(alice.care_page(&kept).await.refused().code, Code::PermissionDenied);
    assert_eq!(world.nobody().page(&kept).await.refused().code, Code::Unauthenticated);
}
in_both!(my_page_lists_my_bookings_and_nobody_elses, Settings::default().flag("hold", "4s"));

/// FR-70: who looks on sees each of their bookings as it is, then as it changes, and takes the stream up again after a break.
async fn my_page_is_watched(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let first = alice.buy(Wish::seats(&evening, &["C-1"]).paid_by(VISA)).await.booking_id;
    let mut page = watch(&alice, "").await;
    until(&mut page, &first, BookingStatus::Confirmed).await;
    let second = alice.place(Wish::seats(&evening, &["C-2"])).await.unwrap().booking_id;
    let token = until(&mut page, &second, BookingStatus::AwaitingPayment).await;
    drop(page);

    alice.cancel(&second).await.unwrap();
    let mut page = watch(&alice, &token).await;
    until(&mut page, &second, BookingStatus::Cancelled).await;
}
in_both!(my_page_is_watched);

async fn watch(person: &Person, resume_token: &str) -> Streaming<WatchMyBookingsResponse> {
    let request = WatchMyBookingsRequest { resume_token: resume_token.to_owned() };
    let answer = person.client(Context::MYPAGE).my_page().watch_my_bookings(request).await;
    answer.unwrap().into_inner()
}

/// Looks on until a booking is seen in a state; where to go on.
async fn until(
    page: &mut Streaming<WatchMyBookingsResponse>,
    booking: &str,
    status: BookingStatus,
) -> String {
    let look = async {
        loop {
            let seen = page.message().await.unwrap().unwrap();
            let view = seen.booking.unwrap();
            if view.booking_id == booking && view.booking_status() == status {
                return seen.resume_token;
            }
        }
    };
    let seen = tokio::time::timeout(boxoffice_acceptance::PATIENCE, look).await;
    seen.unwrap_or_else(|_| panic!("{booking} is not seen {status:?}"))
}
