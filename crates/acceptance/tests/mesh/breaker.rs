//! Payment hangs, then it is slow, while a crowd books: the mesh opens its circuit, and nobody waits longer than the deadline.

use std::time::{Duration, Instant};

use anyhow::Result;
use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::{Context, Person, Plan, Refused as _, VISA, Wish, World, eventually};
use futures::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tonic::Code;

use crate::changed::Changed;
use crate::envoy::Envoy;
use crate::kube::Kube;

/// How long booking waits for payment in a call (`--payment-deadline`).
const DEADLINE: Duration = Duration::from_secs(2);

/// What a call needs besides, where a cluster and its testers share two cores.
const BESIDES: Duration = Duration::from_secs(3);

/// OPS-01's numbers: who books, for how long; and the pause each makes between two bookings.
const USERS: u32 = 200;
const RUSH: Duration = Duration::from_secs(50);
const PAUSE: Duration = Duration::from_secs(16);

/// More than are sold.
const CAPACITY: i32 = 5_000;

/// A booking as it was answered, and after how long; and how often it was answered that it be asked for again.
struct Answer {
    booking: Booking,
    took: Duration,
    repeats: usize,
}

/// What booking's Envoy has to say of payment.
#[derive(Debug)]
struct Circuit {
    overflowed: u64,
    ejected: u64,
}

impl Circuit {
    async fn seen_by(booking: &Envoy<'_>) -> Result<Self> {
        let count = async |counter| booking.count(Context::PAYMENT, counter).await;
        Ok(Self {
            overflowed: count("upstream_rq_active_overflow").await?,
            ejected: count("outlier_detection.ejections_enforced_total").await?,
        })
    }
}

/// OPS-01, NFR-03, NFR-06: 200 users book for 50 s while payment does not answer in time: every seat is held, all of it
/// settles, and Envoy counts what it did not let through.
#[tokio::test]
async fn payment_is_slow_and_nobody_waits_longer_than_the_deadline() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let (admin, showing) = (world.admin(), sale(&world).await);
    let users: Vec<_> = (0..USERS).map(|number| world.customer(&format!("fan{number}"))).collect();
    let booking = Envoy::beside(&kube, Context::BOOKING).await;
    let wide = booking.pool(Context::PAYMENT).await?;
    let narrow = "istio/experiments/payment-breaker-narrow.yaml";
    let narrow = Changed::by_file(&kube, "destinationrule/payment", narrow).await?;
    eventually("booking's Envoy has heard of it", || async {
        (booking.pool(Context::PAYMENT).await.ok()? < wide).then_some(())
    })
    .await;

    let rush = rush(&users, &showing);
    let (answers, trouble) = tokio::join!(rush, trouble(&kube, &booking));
    trouble?.put_back().await?;
    narrow.put_back().await?;
    nobody_waited_too_long(&answers);

    let sold = i32::try_from(answers.len())?;
    admin.sees_seats(&showing, CAPACITY - sold, 0, sold).await;
    let of_each = join_all(users.iter().map(Person::bookings)).await;
    for booking in of_each.into_iter().flat_map(Result::unwrap) {
        assert_eq!(booking.state(), BookingState::Confirmed, "{booking:?}");
    }
    eventually("payment is asked in the call again", || async {
        let booking = users[0].place(Wish::places(&showing, 1).paid_by(VISA)).await.ok()?;
        (booking.state() == BookingState::Confirmed).then_some(())
    })
    .await;
    world.comes_to_rest().await;
    Ok(())
}

async fn sale(world: &World) -> String {
    let admin = world.admin();
    let title = admin.register_musical("Phantom in Concert").await;
    admin.schedule(Plan::general(CAPACITY, 90_000).of_title(&title.title_id)).await
}

/// Everybody books again and again, one after another.
async fn rush(users: &[Person], showing: &str) -> Vec<Answer> {
    let began = Instant::now();
    let of_each = users.iter().zip(0..USERS).map(async |(user, number)| {
        tokio::time::sleep(number * PAUSE / USERS).await;
        let mut answers = Vec::new();
        while began.elapsed() < RUSH {
            answers.push(books(user, showing).await);
            tokio::time::sleep(PAUSE).await;
        }
        answers
    });
    join_all(of_each).await.into_iter().flatten().collect()
}

/// Where the machine is so busy that seating or a store is late, a customer is told to come again, and does.
async fn books(user: &Person, showing: &str) -> Answer {
    let wish = Wish::places(showing, 1).paid_by(VISA);
    let mut repeats = 0;
    loop {
        let asked = Instant::now();
        let refusal = match user.place(wish.clone()).await {
            Ok(booking) => return Answer { booking, took: asked.elapsed(), repeats },
            refused @ Err(_) => refused.refused(),
        };
        assert!(refusal.code == Code::Unavailable && repeats < 10, "{refusal:?}");
        repeats += 1;
        tokio::time::sleep(refusal.retry.unwrap()).await;
    }
}

/// A fault that a `VirtualService` injects waits in front of the pool, and is no answer of payment's: neither overflow nor
/// outlier detection sees it. So payment itself hangs first, until they have; then its answers are delayed.
async fn trouble(kube: &Kube, booking: &Envoy<'_>) -> Result<Changed> {
    let before = Circuit::seen_by(booking).await?;
    let hung = Pid::from_raw(kube.pod(Context::PAYMENT.as_str()).await.process()?);
    kill(hung, Signal::SIGSTOP)?;
    let after = eventually("payment's pool overflows, and payment is put out", || async {
        let now = Circuit::seen_by(booking).await.ok()?;
        let moved = now.overflowed > before.overflowed && now.ejected > before.ejected;
        moved.then_some(now)
    });
    let after = after.await;
    // By then its liveness probe may have had it replaced: then there is nobody to wake.
    kill(hung, Signal::SIGCONT).ok();
    println!("before: {before:?}, after: {after:?}");
    let delay = "istio/experiments/payment-delay.yaml";
    Changed::by_file(kube, "virtualservice/payment", delay).await
}

fn nobody_waited_too_long(answers: &[Answer]) {
    let mut took: Vec<_> = answers.iter().map(|it| it.took).collect();
    took.sort_unstable();
    let (number, slowest) = (took.len(), took[took.len() - 1]);
    let waited = took.iter().filter(|it| **it >= DEADLINE).count();
    let awaiting = |it: &&Answer| it.booking.state() == BookingState::AwaitingPayment;
    let unsettled = answers.iter().filter(awaiting).count();
    let repeats: usize = answers.iter().map(|it| it.repeats).sum();
    println!(
        "{number} bookings, {unsettled} unsettled, {repeats} repeated: {waited} waited {DEADLINE:?}, the slowest {slowest:?}, half {:?}",
        took[number / 2]
    );
    for Answer { booking, .. } in answers {
        // Of a payment that is only slow, an event may tell before the deadline has passed.
        let state = booking.state();
        let held = [BookingState::AwaitingPayment, BookingState::Confirmed].contains(&state);
        assert!(held, "{booking:?}");
    }
    assert!(number >= 2 * USERS as usize, "only {number} bookings");
    assert!(repeats * 4 < number, "{repeats} of {number} had to be repeated");
    assert!(slowest < DEADLINE + BESIDES, "somebody waited {slowest:?}");
    assert!(unsettled * 2 > number, "only {unsettled} of {number} were to settle later");
    assert!(waited > 0, "nobody waited for payment at all");
    assert!(waited * 4 < number, "{waited} of {number} waited: the breaker does not open");
}
