//! What is tried again, and what never is: a write only where its first try cannot have run.

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{Context, Person, Plan, Refused as _, VISA, Wish, eventually};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::json;
use tonic::Code;

use crate::changed::Changed;
use crate::envoy::Envoy;
use crate::kube::{Kube, Pod};

/// A card whose provider gives no answer to the first who asks.
const SILENT_ONCE: &str = "pm_sim_unavailable_once";

/// Bookings after which a pod that is gone has been tried.
const MOST: usize = 400;

/// What the payment provider has taken.
struct Ledger(DatabaseConnection);

impl Ledger {
    async fn open(kube: &Kube) -> Result<Self> {
        let url = kube.databases.get("payment").context("payment has a database")?;
        Ok(Self(Database::connect(url).await?))
    }

    async fn charges(&self) -> Result<i64> {
        let query = "SELECT count(*) FROM simulator_charges WHERE state = 'charged'";
        let query = Statement::from_string(self.0.get_database_backend(), query);
        let row = self.0.query_one_raw(query).await?.context("a count is a row")?;
        Ok(row.try_get_by_index(0)?)
    }
}

/// A pod that is gone, of which the mesh has not heard: whoever calls it is refused.
fn gone(pod: &Pod, context: Context) -> String {
    let node = &pod.all["status"]["hostIP"];
    // Port 1, where nobody listens.
    let entry = json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "WorkloadEntry",
        "metadata": {"name": format!("{context}-gone")},
        "spec": {
            "address": node,
            "ports": {"grpc": 1},
            "labels": pod.all["metadata"]["labels"],
            "serviceAccount": context.as_str(),
        },
    });
    entry.to_string()
}

/// Every one of them is confirmed, and paid once.
async fn placed_and_charged_once(person: &Person, bookings: &[Booking]) {
    assert_eq!(person.bookings().await.unwrap().len(), bookings.len());
    for booking in bookings {
        person.sees(&booking.booking_id, BookingState::Confirmed).await;
        person.sees_payments(&booking.booking_id, &[Money::Approved]).await;
    }
}

/// A booking whose first try reaches nobody is tried again at another pod, at the ingress and within: nobody notices.
#[tokio::test]
async fn a_booking_whose_first_try_is_refused_is_placed_once_and_charged_once() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let (alice, ledger) = (world.customer("alice"), Ledger::open(&kube).await?);
    let showing = world.admin().schedule(Plan::general(1_000, 9_000)).await;
    let ingress = Envoy::at_the_ingress(&kube).await?;
    let booking = Envoy::beside(&kube, Context::BOOKING).await;
    // A try that was refused and a caller who noticed nothing, and what Envoy says of tries.
    let retried = async || -> Result<[u64; 2]> {
        let at_ingress = ingress.refusals(Context::BOOKING).await?;
        Ok([at_ingress, booking.count(Context::PAYMENT, "upstream_rq_retry_success").await?])
    };
    let (before, charges) = (retried().await?, ledger.charges().await?);
    let mut gone_pods = Vec::new();
    for context in [Context::BOOKING, Context::PAYMENT] {
        let pod = kube.pod(context.as_str()).await;
        gone_pods.push(kube.apply(&gone(&pod, context)).await?);
    }
    let mut bookings = Vec::new();
    loop {
        for _ in 0..10 {
            bookings.push(alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await);
        }
        let now = retried().await?;
        if now.iter().zip(before).all(|(now, before)| *now > before) {
            println!("{} bookings; retried: {before:?}, then {now:?}", bookings.len());
            break;
        }
        ensure!(bookings.len() < MOST, "nothing is tried again: {before:?}, {now:?}");
    }
    for gone in gone_pods {
        gone.delete().await?;
    }
    placed_and_charged_once(&alice, &bookings).await;
    let sold = i32::try_from(bookings.len())?;
    alice.sees_seats(&showing, 1_000 - sold, 0, sold).await;
    let taken = ledger.charges().await? - charges;
    ensure!(taken == i64::from(sold), "{sold} bookings were charged {taken} times");
    world.comes_to_rest().await;
    Ok(())
}

/// Payment has saved the attempt and asked its provider before it says UNAVAILABLE. Istio's own retries, in force where a
/// route names none, repeat that; ours do not.
#[tokio::test]
async fn a_write_that_ran_is_not_repeated_by_the_mesh() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let (alice, ledger) = (world.customer("alice"), Ledger::open(&kube).await?);
    let showing = world.admin().schedule(Plan::general(100, 9_000)).await;
    let sidecar = Envoy::beside(&kube, Context::BOOKING).await;
    let charges = ledger.charges().await?;
    let book = async || -> Result<(Booking, u64)> {
        // So many good answers between two bad ones that nobody's breaker opens.
        for _ in 0..3 {
            alice.buy(Wish::places(&showing, 1).paid_by(VISA)).await;
        }
        let before = sidecar.calls(Context::PAYMENT, "stable").await?;
        let booking = alice.place(Wish::places(&showing, 1).paid_by(SILENT_ONCE)).await?;
        Ok((booking, sidecar.calls(Context::PAYMENT, "stable").await? - before))
    };
    let (booking, tries) = book().await?;
    ensure!(tries == 1, "payment was called {tries} times");
    ensure!(booking.state() == BookingState::AwaitingPayment, "{booking:?}");

    let nothing_said = json!([{"op": "remove", "path": "/spec/http/0/retries"}]);
    let nothing_said = Changed::by(&kube, "virtualservice/payment", &nothing_said).await?;
    eventually("Istio's own retries repeat what ran", || async {
        let (booking, tries) = book().await.unwrap();
        (tries > 1 && booking.state() == BookingState::Confirmed).then_some(())
    })
    .await;
    nothing_said.put_back().await?;
    let bookings = alice.bookings().await?;
    placed_and_charged_once(&alice, &bookings).await;
    let (placed, taken) = (bookings.len(), ledger.charges().await? - charges);
    ensure!(taken == i64::try_from(placed)?, "{placed} bookings were charged {taken} times");
    world.comes_to_rest().await;
    Ok(())
}

/// A booking is written down before its seats are asked for. Where the mesh cuts that off, it is the customer who asks
/// again, under the same request id.
#[tokio::test]
async fn a_booking_that_is_cut_off_is_placed_once_when_its_customer_asks_again() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let (alice, ledger) = (world.customer("alice"), Ledger::open(&kube).await?);
    let showing = world.admin().schedule(Plan::general(100, 9_000)).await;
    let ingress = Envoy::at_the_ingress(&kube).await?;
    let abort = json!([{"op": "add", "path": "/spec/http/0/fault", "value": {
        "abort": {"percentage": {"value": 100}, "grpcStatus": "UNAVAILABLE"},
    }}]);
    let charges = ledger.charges().await?;
    let fault = Changed::by(&kube, "virtualservice/seating", &abort).await?;
    let cut_off = eventually("seating cannot be reached", || async {
        let wish = Wish::places(&showing, 1).paid_by(VISA);
        let before = ingress.calls(Context::BOOKING, "stable").await.unwrap();
        let refusal = alice.place(wish.clone()).await.err()?;
        let tries = ingress.calls(Context::BOOKING, "stable").await.unwrap() - before;
        Some((wish, refusal, tries))
    });
    let (wish, refusal, tries) = cut_off.await;
    Err::<(), _>(refusal).refused().with(Code::Unavailable, "PEER_UNAVAILABLE");
    ensure!(tries == 1, "booking was called {tries} times");
    fault.put_back().await?;
    let booking =
        eventually("the customer gets through", || async { alice.place(wish.clone()).await.ok() })
            .await;
    let bookings = alice.bookings().await?;
    ensure!(bookings.iter().any(|it| it.booking_id == booking.booking_id), "{bookings:?}");
    placed_and_charged_once(&alice, &bookings).await;
    let placed = i32::try_from(bookings.len())?;
    alice.sees_seats(&showing, 100 - placed, 0, placed).await;
    let taken = ledger.charges().await? - charges;
    ensure!(taken == i64::from(placed), "{placed} bookings were charged {taken} times");
    world.comes_to_rest().await;
    Ok(())
}
