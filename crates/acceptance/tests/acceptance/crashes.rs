//! The process dies before and after every step; after its restart every booking reaches its end, and nothing is
//! charged twice. The steps are those that `kernel::steps` names.

use std::time::Duration;

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, DECLINED, Person, Plan, Settings, Topology, VISA, Wish, World, eventually, id,
};
use boxoffice_testkit::platform;
use futures::{StreamExt as _, stream};

/// What is going on when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// A booking is placed and paid in one call.
    Buying,
    /// The same, with a card that is declined.
    Declined,
    /// A booking that awaits payment is paid.
    Paying,
    /// The provider was down when the booking was placed; now payment settles it by itself.
    Settling,
    /// A paid booking is cancelled.
    Cancelling,
    /// A booking whose payment is not settled is cancelled.
    GivingUp,
}

/// How the booking ends when nobody does anything about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// There is none.
    Nowhere,
    /// It is in this state.
    In(BookingState),
    /// It depends on whether booking has died too: then it asks again, else payment tells it.
    Either { died_too: BookingState, went_on: BookingState },
}

impl End {
    fn hold(self) -> &'static str {
        match self {
            Self::In(BookingState::Expired) | Self::Either { .. } => SHORT_HOLD,
            Self::In(_) | Self::Nowhere => HOLD,
        }
    }
}

/// Who dies at which step of a story, and how it ends.
type Case = (Story, Context, &'static str, End);

use Story::{Buying, Cancelling, Declined, GivingUp, Paying, Settling};

const B: Context = Context::BOOKING;
const P: Context = Context::PAYMENT;

const CONFIRMED: End = End::In(BookingState::Confirmed);
const REJECTED: End = End::In(BookingState::Rejected);
const EXPIRED: End = End::In(BookingState::Expired);
const CANCELLED: End = End::In(BookingState::Cancelled);
/// A decline in the placing call rejects; one learned later leaves time for another card.
const REJECTED_OR_EXPIRED: End =
    End::Either { died_too: BookingState::Rejected, went_on: BookingState::Expired };

const PURCHASE: [Case; 20] = [
    (Buying, B, "before:place", End::Nowhere),
    (Buying, B, "after:place", CONFIRMED),
    (Buying, B, "before:hold", CONFIRMED),
    (Buying, B, "after:hold", CONFIRMED),
    (Buying, B, "before:await-payment", CONFIRMED),
    (Buying, B, "after:await-payment", CONFIRMED),
    (Buying, B, "before:approve", CONFIRMED),
    (Buying, B, "after:approve", CONFIRMED),
    (Buying, B, "before:settle", CONFIRMED),
    (Buying, B, "after:settle", CONFIRMED),
    (Buying, P, "before:intent", CONFIRMED),
    (Buying, P, "after:intent", CONFIRMED),
    (Buying, P, "before:charge", CONFIRMED),
    (Buying, P, "after:charge", CONFIRMED),
    (Buying, P, "before:answer", CONFIRMED),
    (Buying, P, "after:answer", CONFIRMED),
    (Declined, B, "before:approve", REJECTED),
    (Declined, B, "after:approve", REJECTED),
    (Declined, B, "after:settle", REJECTED),
    (Declined, P, "after:charge", REJECTED_OR_EXPIRED),
];

const SETTLEMENT: [Case; 12] = [
    // Nobody has begun to pay, so the hold runs out.
    (Paying, B, "before:pay", EXPIRED),
    (Paying, B, "after:pay", CONFIRMED),
    (Paying, B, "before:approve", CONFIRMED),
    (Paying, B, "after:approve", CONFIRMED),
    (Paying, B, "before:settle", CONFIRMED),
    (Paying, B, "after:settle", CONFIRMED),
    (Paying, P, "after:intent", CONFIRMED),
    (Paying, P, "after:charge", CONFIRMED),
    (Settling, P, "before:charge", CONFIRMED),
    (Settling, P, "after:charge", CONFIRMED),
    (Settling, P, "before:answer", CONFIRMED),
    (Settling, P, "after:answer", CONFIRMED),
];

const CANCELLATION: [Case; 10] = [
    (Cancelling, B, "before:cancel", CONFIRMED),
    (Cancelling, B, "after:cancel", CANCELLED),
    (Cancelling, P, "before:refund", CANCELLED),
    (Cancelling, P, "after:refund", CANCELLED),
    (Cancelling, P, "before:refund-answer", CANCELLED),
    (Cancelling, P, "after:refund-answer", CANCELLED),
    (GivingUp, P, "before:refund", CANCELLED),
    (GivingUp, P, "after:refund", CANCELLED),
    (GivingUp, P, "before:refund-answer", CANCELLED),
    (GivingUp, P, "after:refund-answer", CANCELLED),
];

/// Most of a case is waiting.
const AT_A_TIME: usize = 4;

/// Longer than whatever takes a booking up again after a restart, on a machine that is busy with other tests.
const HOLD: &str = "60s";
/// Where the hold has to run out: only longer than paying and dying.
const SHORT_HOLD: &str = "14s";

async fn survive(topology: Topology, cases: &[Case]) {
    let ends = stream::iter(cases).map(|case| async move {
        let settings = Settings::default().flag("hold", case.3.hold());
        let world = World { platform: platform::start(topology, settings).await.unwrap() };
        let told = tokio::time::timeout(Duration::from_secs(180), survive_one(&world, *case)).await;
        let told = told.unwrap_or_else(|_| Err("it hangs".to_owned()));
        told.map_err(|why| format!("{case:?}: {why}\n{}", world.platform.last_words()))
    });
    let failed: Vec<String> =
        ends.buffer_unordered(AT_A_TIME).filter_map(async |it| it.err()).collect().await;
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// Tells the story until the process dies, starts it again, and sees how it ends.
async fn survive_one(world: &World, (story, who, point, end): Case) -> Result<(), String> {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = match story {
        Buying | Settling | Cancelling | GivingUp => Wish::places(&showing, 2).paid_by(VISA),
        Declined => Wish::places(&showing, 2).paid_by(DECLINED),
        Paying => Wish::places(&showing, 2),
    };
    let before = prepare(world, &alice, story, &wish).await;
    world.platform.abort_at(who, point).await.map_err(|it| it.to_string())?;
    let (teller, request) = (alice.clone(), id());
    let act = async move {
        let booking = before.map(|it| it.booking_id).unwrap_or_default();
        match story {
            // Whatever they are told is lost, or is an error.
            Buying | Declined => drop(teller.place(wish.clone()).await),
            Paying => drop(teller.pay_under(&request, &booking, VISA).await),
            Cancelling | GivingUp => drop(teller.cancel(&booking).await),
            Settling => {}
        }
        wish
    };
    let (died, wish) = tokio::join!(world.platform.ended(who), act);
    let code = died.map_err(|it| format!("it does not die: {it:#}"))?.code();
    if code != Some(128 + 6) {
        return Err(format!("it ends with {code:?}, not by abort"));
    }
    world.platform.start(who).await.map_err(|it| format!("{it:#}"))?;
    let settled = settled(world, &alice, story, end).await?;
    if matches!(story, Buying | Declined) {
        repeat(&alice, &wish, settled.as_ref()).await?;
    }
    let report =
        world.platform.audit(Duration::from_secs(30)).await.map_err(|it| it.to_string())?;
    match report.clean && report.text.contains(" 0 in flight") {
        true => Ok(()),
        false => Err(report.text),
    }
}

/// What has happened before.
async fn prepare(world: &World, alice: &Person, story: Story, wish: &Wish) -> Option<Booking> {
    match story {
        Buying | Declined => None,
        Paying => Some(alice.place(wish.clone()).await.unwrap()),
        Cancelling => Some(alice.buy(wish.clone()).await),
        Settling | GivingUp => {
            let provider_down = [("simulator-down", "")];
            world.platform.restart_with(Context::PAYMENT, &provider_down).await.unwrap();
            let placed =
                eventually("it awaits payment", || async { alice.place(wish.clone()).await.ok() });
            let placed = placed.await;
            assert_eq!(placed.state(), BookingState::AwaitingPayment);
            Some(placed)
        }
    }
}

/// The booking at its end, which has to be as told, and its money accordingly.
async fn settled(
    world: &World,
    alice: &Person,
    story: Story,
    end: End,
) -> Result<Option<Booking>, String> {
    let state = match end {
        End::In(state) => state,
        End::Either { died_too, .. } if world.is_single() => died_too,
        End::Either { went_on, .. } => went_on,
        End::Nowhere => {
            let bookings = alice.bookings().await.map_err(|it| it.to_string())?;
            return if bookings.is_empty() { Ok(None) } else { Err(format!("{bookings:?}")) };
        }
    };
    let what = format!("it ends {state:?}");
    let booking = eventually(&what, || async {
        alice.bookings().await.ok()?.pop().filter(|it| it.state() == state)
    });
    let booking = booking.await;
    let money: &[Money] = match state {
        BookingState::Confirmed => &[Money::Approved],
        BookingState::Cancelled => &[Money::Cancelled],
        BookingState::Rejected | BookingState::Expired if story == Declined => &[Money::Declined],
        BookingState::Unspecified
        | BookingState::Placed
        | BookingState::AwaitingPayment
        | BookingState::Rejected
        | BookingState::Expired
        | BookingState::Cancelling => &[],
    };
    alice.sees_payments(&booking.booking_id, money).await;
    Ok(Some(booking))
}

/// The caller comes back with the same request, and is told what became of it; what was never begun is begun now.
async fn repeat(alice: &Person, wish: &Wish, settled: Option<&Booking>) -> Result<(), String> {
    let again =
        eventually("the request is answered", || async { alice.place(wish.clone()).await.ok() });
    let again = again.await;
    let right = match settled {
        Some(settled) => again == *settled,
        None => again.state() == BookingState::Confirmed,
    };
    if right { Ok(()) } else { Err(format!("{settled:?} is now {again:?}")) }
}

macro_rules! deaths {
    ($($name:ident: $cases:ident),+ $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn single() {
                survive(Topology::Single, &$cases).await;
            }

            #[tokio::test]
            async fn fleet() {
                survive(Topology::Fleet, &$cases).await;
            }
        }
    )+};
}

deaths! {
    a_purchase_survives_a_death_at_every_step: PURCHASE,
    a_settlement_survives_a_death_at_every_step: SETTLEMENT,
    a_cancellation_survives_a_death_at_every_step: CANCELLATION,
}
