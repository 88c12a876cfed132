//! Two customers want one seat.

use std::collections::BTreeSet;

use boxoffice_acceptance::booking::v1::{Booking, BookingState, RejectionReason};
use boxoffice_acceptance::mypage::v1::BookingStatus;
use boxoffice_acceptance::notification::v1::NoticeKind;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::seating::v1::{SeatState, WatchSeatMapRequest, WatchSeatMapResponse};
use boxoffice_acceptance::{Context, Person, Plan, VISA, Wish, World, in_both, won};
use tonic::Streaming;

use super::{VIP, evening, musical};

/// What each of two was told in their own call; the winner's first.
fn winner_first(answers: [(Person, Booking); 2]) -> [(Person, Booking); 2] {
    let [first, second] = answers;
    if first.1.state() == BookingState::Confirmed { [first, second] } else { [second, first] }
}

/// FR-14, NFR-16, D-7: of two who want one seat at once, one has it, and the other is told so in the same call, with the
/// seat's name. Twenty times over, no loser ever hears "completed": not by call, notice, my page or event; nor pays.
async fn one_wins_and_the_other_is_told_at_once(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let evening = admin.schedule(Plan::rows(2, 10, 140_000)).await;
    let (mut won, mut won_by_loser) = (Vec::new(), Vec::new());
    for number in 0..20 {
        let seat = format!("{}-{}", if number < 10 { "A" } else { "B" }, number % 10 + 1);
        let wish = || Wish::seats(&evening, &[&seat]).paid_by(VISA);
        let (hers, his) = tokio::join!(alice.place(wish()), bob.place(wish()));
        let answers = [(alice.clone(), hers.unwrap()), (bob.clone(), his.unwrap())];
        let [(_, winner), (loser, lost)] = winner_first(answers);
        assert_eq!(winner.state(), BookingState::Confirmed, "{winner:?}");
        assert_eq!(lost.state(), BookingState::Rejected, "{lost:?}");
        let rejection = lost.rejection.unwrap();
        assert_eq!(rejection.reason(), RejectionReason::SeatsUnavailable);
        assert_eq!(rejection.seats, [seat]);
        won.push(winner.booking_id);
        won_by_loser.push((loser, lost.booking_id));
    }
    alice.sees_seats(&evening, 0, 0, 20).await;

    world.comes_to_rest().await;
    let said = world.platform.said(Context::BOOKING).await.unwrap();
    let confirmed: BTreeSet<_> =
        said.iter().filter(|it| it.name == "BookingConfirmed").map(|it| &*it.about).collect();
    assert!(won.iter().all(|booking| confirmed.contains(&**booking)), "{won:?}");
    for (loser, booking) in &won_by_loser {
        assert!(!confirmed.contains(&**booking), "{booking} was completed");
        assert_eq!(loser.notices(booking).await.unwrap(), [], "nothing has come about");
        assert_eq!(loser.payments(booking).await.unwrap(), []);
        let (page, steps) = loser.page(booking).await.unwrap();
        assert_eq!(page.booking_status(), BookingStatus::Rejected);
        let steps: Vec<_> = steps.iter().map(|it| &*it.name).collect();
        assert_eq!(steps, ["BookingPlaced", "BookingRejected"]);
    }
}
in_both!(one_wins_and_the_other_is_told_at_once);

/// FR-21, FR-40, FR-42, FR-43, FR-51, FR-52: who waits by the map sees the seat come free, and buys it; it was paid twice
/// and given back once.
async fn a_cancelled_seat_is_on_sale_again(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let musical = musical(&admin, "Hadestown").await;
    let evening = evening(&admin, &musical).await;
    let wish = || Wish::seats(&evening, &["A-1"]).paid_by(VISA);
    let hers = alice.buy(wish()).await.booking_id;
    let told =
        [NoticeKind::PaymentApproved, NoticeKind::BookingConfirmed, NoticeKind::DeliveryStarted];
    let told = [&told[..], &[NoticeKind::DeliveryCompleted]].concat();
    alice.is_told(&hers, &told).await;
    let lost = bob.place(wish()).await.unwrap();
    assert_eq!(lost.state(), BookingState::Rejected);
    let mut map = watch(&bob, &evening).await;
    until(&mut map, "A-1", SeatState::Sold).await;

    alice.cancel(&hers).await.unwrap();
    until(&mut map, "A-1", SeatState::Free).await;
    let his = bob.buy(wish()).await;
    assert_eq!(his.seats[0].seat, "A-1");
    until(&mut map, "A-1", SeatState::Sold).await;

    let refunded = alice.sees_payments(&hers, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(VIP)));
    bob.sees_payments(&his.booking_id, &[Money::Approved]).await;
    let back =
        [NoticeKind::BookingCancelled, NoticeKind::PaymentCancelled, NoticeKind::DeliveryCancelled];
    alice.is_told(&hers, &[&told[..], &back].concat()).await;
    bob.is_told(&his.booking_id, &told).await;
    assert_eq!(bob.get(&lost.booking_id).await.unwrap(), lost, "what is rejected stays so");
    alice.sees_seats(&evening, 17, 0, 1).await;
}
in_both!(a_cancelled_seat_is_on_sale_again);

async fn watch(person: &Person, showing_id: &str) -> Streaming<WatchSeatMapResponse> {
    let request =
        WatchSeatMapRequest { showing_id: showing_id.to_owned(), resume_token: String::new() };
    let answer = person.client(Context::SEATING).seating().watch_seat_map(request).await;
    answer.unwrap().into_inner()
}

/// Looks on until a seat is seen in a state.
async fn until(map: &mut Streaming<WatchSeatMapResponse>, seat: &str, state: SeatState) {
    let look = async {
        loop {
            let seen = map.message().await.unwrap().unwrap();
            if seen.seats.iter().any(|it| it.seat == seat && it.state() == state) {
                return;
            }
        }
    };
    let seen = tokio::time::timeout(boxoffice_acceptance::PATIENCE, look).await;
    seen.unwrap_or_else(|_| panic!("{seat} is not seen {state:?}"));
}
