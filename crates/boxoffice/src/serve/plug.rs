//! Opens a context's database and builds it into the server, with its part of the settings.

use std::sync::Arc;

use anyhow::Context as _;
use boxoffice_eventing::{Broker, LaneCounts};
use boxoffice_kernel::{Clock, Context};
use boxoffice_notification::mailer::Mailer;
use boxoffice_notification::mailer::log::Log;
use boxoffice_notification::mailer::smtp::Smtp;
use boxoffice_payment::provider::simulator;
use boxoffice_runtime::{BreakerConfig, Deps, Peers, Server};

use crate::args::Serve;
use crate::{contexts, stores};

pub(crate) async fn in_context(
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
    (contexts::member(context)?.plug)(args, &deps, server)
}

pub(crate) fn catalog(_: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    boxoffice_catalog::build(boxoffice_catalog::Config::default(), deps, server);
    Ok(())
}

pub(crate) fn seating(_: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    boxoffice_seating::build(boxoffice_seating::Config::default(), deps, server);
    Ok(())
}

pub(crate) fn booking(args: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    let terms = &args.terms;
    let defaults = boxoffice_booking::Config::default();
    let config = boxoffice_booking::Config {
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
    };
    boxoffice_booking::build(config, deps, server);
    Ok(())
}

pub(crate) fn payment(args: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    let provider = &args.provider;
    let config = boxoffice_payment::Config {
        provider_deadline: provider.provider_deadline,
        breaker: breaker(args),
        simulator: simulator::Config {
            latency: provider.simulator_latency,
            down: provider.simulator_down,
            slow: provider.simulator_slow,
        },
        stripe: provider.stripe.config(),
        ..boxoffice_payment::Config::default()
    };
    boxoffice_payment::build(config, deps, server)?;
    Ok(())
}

pub(crate) fn delivery(args: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    let config = boxoffice_delivery::Config {
        peer_deadline: args.terms.peer_deadline,
        breaker: breaker(args),
        ..boxoffice_delivery::Config::default()
    };
    boxoffice_delivery::build(config, deps, server);
    Ok(())
}

pub(crate) fn streaming(_: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    boxoffice_streaming::build(boxoffice_streaming::Config::default(), deps, server);
    Ok(())
}

pub(crate) fn review(args: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    let config = boxoffice_review::Config {
        deadline: args.terms.review_deadline,
        breaker: breaker(args),
        ..boxoffice_review::Config::default()
    };
    boxoffice_review::build(config, deps, server);
    Ok(())
}

pub(crate) fn notification(args: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    let mail = &args.mail;
    let mailer: Arc<dyn Mailer> = match &mail.smtp_url {
        Some(url) => {
            let from = mail.smtp_from.as_deref().context("--smtp-url needs --smtp-from")?;
            Arc::new(Smtp::new(url, from, mail.mail_deadline)?)
        }
        None => Arc::new(Log),
    };
    let config = boxoffice_notification::Config {
        peer_deadline: args.terms.peer_deadline,
        breaker: breaker(args),
        mail_deadline: mail.mail_deadline,
        ..boxoffice_notification::Config::default()
    };
    boxoffice_notification::build(mailer, config, deps, server);
    Ok(())
}

pub(crate) fn mypage(_: &Serve, deps: &Deps, server: &mut Server) -> anyhow::Result<()> {
    boxoffice_mypage::build(boxoffice_mypage::Config::default(), deps, server);
    Ok(())
}

fn breaker(args: &Serve) -> BreakerConfig {
    BreakerConfig { open: args.terms.breaker_wait, ..BreakerConfig::default() }
}
