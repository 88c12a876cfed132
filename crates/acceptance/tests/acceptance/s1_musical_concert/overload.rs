//! Booking is overloaded: it refuses quickly and says when to come back; who comes back gets an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{Booking, BookingState, RejectionReason};
use boxoffice_acceptance::{
    Context, Fleet, PATIENCE, Person, Plan, Refusal, Refused as _, Settings, Single, VISA, Wish,
    World, eventually, in_fleet, in_single,
};
use boxoffice_testkit::platform::Platform as _;
use futures::future::join_all;
use tonic::{Code, Status};

/// People, and what each of them asks for at the same time: more than may wait.
const FANS: usize = 200;
const WISHES: usize = 8;
const SEATS: i32 = 100;

/// A refusal is told within milliseconds, on a busy machine.
const QUICK: Duration = Duration::from_millis(250);

/// Whether somebody was turned away; they were told when to come back, as they are in any other trouble.
fn turned_away(told: Status) -> (bool, Refusal) {
    let refusal = Err::<(), _>(told).refused();
    assert!(refusal.retry.is_some(), "no hint when to come back: {refusal:?}");
    // No room in the process, or none in the lane.
    if ["OVERLOADED", "BUSY"].contains(&&*refusal.reason) {
        assert_eq!(refusal.code, Code::ResourceExhausted, "{refusal:?}");
        (true, refusal)
    } else {
        assert_eq!(refusal.code, Code::Unavailable, "{refusal:?}");
        (false, refusal)
    }
}

/// Asks, and comes back when told to, until there is an answer.
async fn comes_back(fan: &Person, wish: Wish, refused: &AtomicU32) -> Booking {
    let began = Instant::now();
    loop {
        let told = match fan.place(wish.clone()).await {
            Ok(booking) => return booking,
            Err(told) => told,
        };
        let (away, refusal) = turned_away(told);
        refused.fetch_add(away.into(), Ordering::Relaxed);
        assert!(began.elapsed() < PATIENCE, "never answered: {refusal:?}");
        tokio::time::sleep(refusal.retry.unwrap_or_default()).await;
    }
}

/// Somebody who comes when it is full is told so at once.
async fn somebody_else_is_told_at_once(late: &Person, wish: &Wish, refused: &AtomicU32) {
    let took = eventually("somebody who comes late is told at once", || async {
        if refused.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let began = Instant::now();
        let told = tokio::time::timeout(QUICK, late.place(wish.clone())).await.ok()?;
        let (away, _) = turned_away(told.err()?);
        away.then(|| began.elapsed())
    });
    println!("turned away within {:?}", took.await);
}

/// Everybody wants one of a hundred seats while nothing gets on, from `jam` until `clear`.
async fn a_crowd_is_refused_quickly_and_comes_back(
    world: &World,
    jam: impl Future<Output = ()>,
    clear: impl Future<Output = ()>,
) {
    let (admin, late) = (world.admin(), world.customer("late"));
    let title = admin.register_musical("Phantom in Concert").await;
    let plan = Plan::general(SEATS, 90_000).of_title(&title.title_id);
    let showing = admin.schedule(plan).await;
    let fans: Vec<_> = (0..FANS).map(|number| world.customer(&format!("fan{number}"))).collect();
    for told in join_all(fans.iter().map(Person::bookings)).await {
        assert_eq!(told.unwrap(), [], "everybody is connected");
    }
    late.buy(Wish::places(&showing, 1).paid_by(VISA)).await;

    jam.await;
    let refused = AtomicU32::new(0);
    let wish = || Wish::places(&showing, 1).paid_by(VISA);
    let crowd = fans.iter().flat_map(|fan| (0..WISHES).map(move |_| fan));
    let crowd = join_all(crowd.map(|fan| comes_back(fan, wish(), &refused)));
    let latecomer = async {
        let wish = wish();
        somebody_else_is_told_at_once(&late, &wish, &refused).await;
        clear.await;
        comes_back(&late, wish, &refused).await
    };
    let (mut bookings, last) = tokio::join!(crowd, latecomer);
    bookings.push(last);

    println!("{} were turned away", refused.load(Ordering::Relaxed));
    admin.sees_seats(&showing, 0, 0, SEATS).await;
    let lost = |it: &Booking| {
        let reason = it.rejection.as_ref().map(|it| it.reason());
        it.state() == BookingState::Rejected && reason == Some(RejectionReason::SeatsUnavailable)
    };
    let (lost, won): (Vec<_>, Vec<_>) = bookings.into_iter().partition(lost);
    assert_eq!((won.len(), lost.len()), (SEATS as usize - 1, FANS * WISHES + 2 - SEATS as usize));
}

/// NFR-07, NFR-16: PostgreSQL does not answer booking.
async fn an_overloaded_booking_refuses_quickly(world: World, fleet: Arc<Fleet>) {
    let line = fleet.line_to_store(Context::BOOKING).unwrap();
    let jam = async { line.stall().await.unwrap() };
    let clear = async { line.heal().await.unwrap() };
    a_crowd_is_refused_quickly_and_comes_back(&world, jam, clear).await;
}
in_fleet!(an_overloaded_booking_refuses_quickly, Settings::default().lines());

/// NFR-07, NFR-16: the file booking writes to is locked.
async fn an_overloaded_process_refuses_quickly(world: World, single: Arc<Single>) {
    let jam = async { single.down(Context::BOOKING).await.unwrap() };
    let clear = async { single.heal(Context::BOOKING).await.unwrap() };
    a_crowd_is_refused_quickly_and_comes_back(&world, jam, clear).await;
}
in_single!(an_overloaded_process_refuses_quickly, Settings::default());
