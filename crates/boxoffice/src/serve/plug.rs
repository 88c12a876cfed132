//! The one place that knows every context: opens its database and builds it into the server.

use std::sync::Arc;

use boxoffice_eventing::{Broker, LaneCounts};
use boxoffice_kernel::{Clock, Context};
use boxoffice_notification::mailer::Mailer;
use boxoffice_notification::mailer::log::Log;
use boxoffice_notification::mailer::smtp::Smtp;
use boxoffice_payment::provider::simulator;
use boxoffice_runtime::{BreakerConfig, Deps, Peers, Server};

use crate::args::Serve;
use crate::stores;

pub(super) async fn in_context(
    context: Context,
    args: &Serve,
    peers: &Peers,
    broker: &Arc<dyn Broker>,
    server: &mut Server,
) -> anyhow::Result<()> {
    let db = stores::open(&args.stores, context).await?;
    stores::migrate(&db, context).await?;
    let deps = Deps {
        context,
        db,
        broker: Arc::clone(broker),
        peers: peers.clone(),
        clock: Clock,
        lanes: LaneCounts { interactive: args.lanes, events: args.lanes },
    };
    match context {
        Context::Catalog => {
            drop(boxoffice_catalog::build(boxoffice_catalog::Config::default(), &deps, server))
        }
        Context::Seating => drop(boxoffice_seating::build(seating(), &deps, server)),
        Context::Booking => drop(boxoffice_booking::build(booking(args), &deps, server)),
        Context::Payment => drop(boxoffice_payment::build(payment(args), &deps, server)),
        Context::Delivery => drop(boxoffice_delivery::build(delivery(args), &deps, server)),
        Context::Streaming => {
            drop(boxoffice_streaming::build(boxoffice_streaming::Config::default(), &deps, server))
        }
        Context::Notification => {
            let (mailer, config) = (mailer(args)?, notification(args));
            drop(boxoffice_notification::build(mailer, config, &deps, server));
        }
        Context::Review => drop(boxoffice_review::build(review(args), &deps, server)),
        Context::Mypage => {
            drop(boxoffice_mypage::build(boxoffice_mypage::Config::default(), &deps, server))
        }
    }
    Ok(())
}

fn seating() -> boxoffice_seating::Config {
    boxoffice_seating::Config::default()
}

fn booking(args: &Serve) -> boxoffice_booking::Config {
    let terms = &args.terms;
    let defaults = boxoffice_booking::Config::default();
    boxoffice_booking::Config {
        terms: boxoffice_booking::domain::Terms {
            hold: terms.hold,
            placing: terms.placing,
            payment: terms.payment_deadline,
            ..defaults.terms
        },
        most_seats: terms.most_seats,
        peer_deadline: terms.peer_deadline,
        breaker: breaker(args),
        sweep: terms.sweep,
    }
}

fn payment(args: &Serve) -> boxoffice_payment::Config {
    let provider = &args.provider;
    let defaults = boxoffice_payment::Config::default();
    boxoffice_payment::Config {
        provider_deadline: provider.provider_deadline,
        breaker: breaker(args),
        simulator: simulator::Config {
            latency: provider.simulator_latency,
            down: provider.simulator_down,
            slow: provider.simulator_slow,
        },
        ..defaults
    }
}

fn review(args: &Serve) -> boxoffice_review::Config {
    boxoffice_review::Config {
        deadline: args.terms.review_deadline,
        breaker: breaker(args),
        ..boxoffice_review::Config::default()
    }
}

fn delivery(args: &Serve) -> boxoffice_delivery::Config {
    boxoffice_delivery::Config {
        peer_deadline: args.terms.peer_deadline,
        breaker: breaker(args),
        ..boxoffice_delivery::Config::default()
    }
}

fn notification(args: &Serve) -> boxoffice_notification::Config {
    boxoffice_notification::Config {
        peer_deadline: args.terms.peer_deadline,
        breaker: breaker(args),
        mail_deadline: args.mail.mail_deadline,
        ..boxoffice_notification::Config::default()
    }
}

fn mailer(args: &Serve) -> anyhow::Result<Arc<dyn Mailer>> {
    let mail = &args.mail;
    Ok(match &mail.smtp_url {
        Some(url) => {
            let from = mail.smtp_from.as_deref().unwrap_or_default();
            Arc::new(Smtp::new(url, from, mail.mail_deadline)?)
        }
        None => Arc::new(Log),
    })
}

fn breaker(args: &Serve) -> BreakerConfig {
    BreakerConfig { open: args.terms.breaker_wait, ..BreakerConfig::default() }
}
