//! The caller disconnects, at whatever moment: the end is the same as if they had stayed (design §2, rule 6).

use std::time::Duration;

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, DECLINED, Person, Plan, Settings, VISA, Wish, World, eventually, in_both,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

/// The provider takes so long that callers leave before it answers, too.
const PROVIDER: &str = "400ms";

/// When callers leave: from before anything has happened to after everything has.
fn moments() -> impl Iterator<Item = Duration> {
    (0..30).map(|step| Duration::from_millis(step * step))
}

/// How long a request may still be on its way when its caller has gone.
const ON_ITS_WAY: Duration = Duration::from_secs(3);

/// The one booking of a person, once nothing happens to it any more; `None`: it never came to one.
async fn end_of(person: &Person) -> Option<Booking> {
    tokio::time::sleep(ON_ITS_WAY).await;
    eventually("their booking ends", || async {
        let bookings = person.bookings().await.ok()?;
        assert!(bookings.len() < 2, "{bookings:?}");
        let open = [BookingState::Placed, BookingState::AwaitingPayment];
        let ended = bookings.iter().all(|it| !open.contains(&it.state()));
        ended.then(|| bookings.into_iter().next())
    })
    .await
}

/// A gRPC call is reset.
async fn whoever_hangs_up_while_buying_has_bought_or_has_never_asked(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(200, 9_000)).await;
    let callers = moments().map(|moment| {
        let (caller, wish) = (world.customer("caller"), Wish::places(&showing, 1).paid_by(VISA));
        async move {
            // Connected already, so that the moment is one of the call itself.
            caller.bookings().await.unwrap();
            drop(timeout(moment, caller.place(wish)).await);
            match end_of(&caller).await {
                None => 0,
                Some(booking) => {
                    assert_eq!(booking.state(), BookingState::Confirmed, "left after {moment:?}");
                    caller.sees_payments(&booking.booking_id, &[Money::Approved]).await;
                    1
                }
            }
        }
    });
    let sold = join_all(callers).await.into_iter().sum();
    assert!(sold > 10, "only {sold} have bought");
    admin.sees_seats(&showing, 200 - sold, 0, sold).await;
}
in_both!(
    whoever_hangs_up_while_buying_has_bought_or_has_never_asked,
    Settings::default().flag("simulator-latency", PROVIDER)
);

/// An HTTP connection is closed.
async fn whoever_closes_the_connection_has_bought_or_has_never_asked(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(200, 9_000)).await;
    let callers = moments().map(|moment| {
        let caller = world.customer("caller");
        let body = json!({
            "requestId": boxoffice_acceptance::id(),
            "showing": { "showingId": showing, "quantity": 1 },
            "paymentMethod": VISA,
        });
        async move {
            let request = caller.client(Context::BOOKING).http(Method::POST, "/v1/bookings");
            drop(timeout(moment, request.json(&body).send()).await);
            match end_of(&caller).await {
                None => 0,
                Some(booking) => {
                    assert_eq!(booking.state(), BookingState::Confirmed, "left after {moment:?}");
                    1
                }
            }
        }
    });
    let sold = join_all(callers).await.into_iter().sum();
    assert!(sold > 10, "only {sold} have bought");
    admin.sees_seats(&showing, 200 - sold, 0, sold).await;
}
in_both!(
    whoever_closes_the_connection_has_bought_or_has_never_asked,
    Settings::default().flag("simulator-latency", PROVIDER)
);

/// A decline that nobody waited for rejects the booking all the same.
async fn whoever_hangs_up_on_a_declined_card_is_rejected(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(200, 9_000)).await;
    let callers = moments().map(|moment| {
        let caller = world.customer("caller");
        let wish = Wish::places(&showing, 1).paid_by(DECLINED);
        async move {
            caller.bookings().await.unwrap();
            drop(timeout(moment, caller.place(wish)).await);
            if let Some(booking) = end_of(&caller).await {
                assert_eq!(booking.state(), BookingState::Rejected, "left after {moment:?}");
            }
        }
    });
    join_all(callers).await;
    admin.sees_seats(&showing, 200, 0, 0).await;
}
in_both!(
    whoever_hangs_up_on_a_declined_card_is_rejected,
    Settings::default().flag("simulator-latency", PROVIDER)
);

/// Paying and cancelling, too, are carried out whole or not at all.
async fn whoever_hangs_up_while_paying_or_cancelling_has_done_so_or_not(world: World) {
    let admin = world.admin();
    let showing = admin.schedule(Plan::general(200, 9_000)).await;
    let callers = moments().map(|moment| {
        let (caller, showing) = (world.customer("caller"), showing.clone());
        async move {
            let held = caller.place(Wish::places(&showing, 1)).await.unwrap().booking_id;
            drop(timeout(moment, caller.pay(&held, VISA)).await);
            // Whoever asks again is told what has become of it.
            let paid = eventually("it is paid", || async {
                let booking = caller.get(&held).await.ok()?;
                let unpaid = booking.payment.is_none();
                if unpaid {
                    caller.pay(&held, VISA).await.ok()?;
                }
                (booking.state() == BookingState::Confirmed).then_some(booking)
            });
            paid.await;
            caller.sees_payments(&held, &[Money::Approved]).await;
            drop(timeout(moment / 20, caller.cancel(&held)).await);
            let cancelled = caller.cancel(&held).await.unwrap();
            assert_eq!(cancelled.state(), BookingState::Cancelled);
            caller.sees_payments(&held, &[Money::Cancelled]).await;
        }
    });
    join_all(callers).await;
    admin.sees_seats(&showing, 200, 0, 0).await;
}
in_both!(
    whoever_hangs_up_while_paying_or_cancelling_has_done_so_or_not,
    Settings::default().flag("simulator-latency", PROVIDER)
);
