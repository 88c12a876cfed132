//! `boxoffice audit`: reads every context's store and says which invariant is broken, row by row (design §9).

mod deliveries;
mod fan_outs;
mod licenses;
mod pages;
mod purchases;
mod ratings;
mod transit;

use std::process::ExitCode;
use std::time::Duration;

use boxoffice_eventing::Broker;
use boxoffice_kernel::Context;
use boxoffice_payment::audit::{Mismatch, PaymentRow};
use boxoffice_payment::provider::stripe;
use boxoffice_runtime::Database;
use boxoffice_seating::audit::Books;
use tokio::time::Instant;

use crate::args::Audit;
use crate::stores;

use self::purchases::Purchases;
use self::transit::Transit;

/// The databases of all contexts.
struct Stores {
    catalog: Database,
    seating: Database,
    booking: Database,
    payment: Database,
    delivery: Database,
    streaming: Database,
    review: Database,
    notification: Database,
    mypage: Database,
}

/// What was found, as people read it.
#[derive(Debug, Default)]
struct Findings {
    broken: Vec<String>,
    in_flight: Vec<String>,
}

pub(crate) async fn run(args: &Audit) -> anyhow::Result<ExitCode> {
    let stores = Stores::open(args).await?;
    let broker = stores::broker(&args.stores).await?;
    let settled_by = Instant::now() + args.settle;
    let provider = args.stripe.config().as_ref().map(stripe::Books::open).transpose()?;
    let mut transit = Transit::look(&stores, &*broker).await?;
    let mut findings = examine(&stores, &*broker, provider.as_ref(), &transit).await?;
    while Instant::now() < settled_by && !(transit.is_over() && findings.in_flight.is_empty()) {
        tokio::time::sleep(stores::LOOK.min(Duration::from_secs(1))).await;
        transit = Transit::look(&stores, &*broker).await?;
        findings = examine(&stores, &*broker, provider.as_ref(), &transit).await?;
    }
    transit.report(args.settle, &mut findings);
    Ok(findings.print())
}

async fn examine(
    stores: &Stores,
    broker: &dyn Broker,
    provider: Option<&stripe::Books>,
    transit: &Transit,
) -> anyhow::Result<Findings> {
    let seating = Books::read(&stores.seating.read).await?;
    let jobs = boxoffice_booking::audit::fan_outs(&stores.booking.read).await?;
    let bookings = boxoffice_booking::audit::bookings(&stores.booking.read).await?;
    let payments = boxoffice_payment::audit::payments(&stores.payment.read).await?;
    let mut findings = Findings::default();
    findings.broken.extend(seating.findings().iter().map(|it| format!("invariant 1: {it}")));
    let ledger = mismatches(&stores.payment, provider, &payments).await?;
    findings.broken.extend(ledger.iter().map(|it| format!("invariant 2: {it}")));
    findings.in_flight.extend(jobs.iter().map(|job| fan_outs::progress(job, &bookings)));
    Purchases::new(&bookings, &seating, &payments).compare(&mut findings);
    let licenses = boxoffice_streaming::audit::licenses(&stores.streaming.read).await?;
    licenses::compare(&bookings, &licenses, &mut findings);
    deliveries::compare(stores, broker, &bookings, &mut findings).await?;
    ratings::compare(&stores.catalog, &stores.review, &mut findings).await?;
    pages::compare(stores, broker, transit, &mut findings).await?;
    Ok(findings)
}

/// Our payments beside the provider's books: the simulator's ledger, and Stripe's, which only our key there opens.
async fn mismatches(
    payment: &Database,
    provider: Option<&stripe::Books>,
    payments: &[PaymentRow],
) -> anyhow::Result<Vec<Mismatch>> {
    let mut charges = boxoffice_payment::audit::charges(&payment.read).await?;
    let at_stripe = boxoffice_payment::audit::at_stripe(&payment.read).await?;
    let mut payments = payments.to_vec();
    match provider {
        Some(books) if !at_stripe.is_empty() => charges.extend(books.charges(&at_stripe).await?),
        Some(_) | None => payments.retain(|it| !at_stripe.contains(&it.payment_id)),
    }
    Ok(boxoffice_payment::audit::mismatches(&payments, &charges))
}

// === impl Stores ===

impl Stores {
    async fn open(args: &Audit) -> anyhow::Result<Self> {
        Ok(Self {
            catalog: stores::open(&args.stores, Context::CATALOG).await?,
            seating: stores::open(&args.stores, Context::SEATING).await?,
            booking: stores::open(&args.stores, Context::BOOKING).await?,
            payment: stores::open(&args.stores, Context::PAYMENT).await?,
            delivery: stores::open(&args.stores, Context::DELIVERY).await?,
            streaming: stores::open(&args.stores, Context::STREAMING).await?,
            review: stores::open(&args.stores, Context::REVIEW).await?,
            notification: stores::open(&args.stores, Context::NOTIFICATION).await?,
            mypage: stores::open(&args.stores, Context::MYPAGE).await?,
        })
    }

    fn all(&self) -> Vec<(Context, &Database)> {
        vec![
            (Context::CATALOG, &self.catalog),
            (Context::SEATING, &self.seating),
            (Context::BOOKING, &self.booking),
            (Context::PAYMENT, &self.payment),
            (Context::DELIVERY, &self.delivery),
            (Context::STREAMING, &self.streaming),
            (Context::REVIEW, &self.review),
            (Context::NOTIFICATION, &self.notification),
            (Context::MYPAGE, &self.mypage),
        ]
    }
}

// === impl Findings ===

impl Findings {
    fn print(&self) -> ExitCode {
        for line in &self.in_flight {
            println!("in flight: {line}");
        }
        for line in &self.broken {
            println!("broken: {line}");
        }
        println!("audit: {} broken, {} in flight", self.broken.len(), self.in_flight.len());
        if self.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
