//! `boxoffice serve`: plugs the chosen contexts into one server and runs it.

pub(crate) mod plug;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Context as _;
use boxoffice_kernel::{Context, steps};
use boxoffice_runtime::{Limits, Listen, Peers, Server, terminated};
use url::Url;

use crate::args::{PerContext, Serve};
use crate::{contexts, identity, stores, try_out, welcome};

pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    if let Some(point) = args.abort_at.clone() {
        steps::abort_at(point);
    }
    let auth = identity::open(&args)?;
    let mut server = Server::new(auth.clone(), Limits::from(&args.limits));
    if let Some(address) = args.metrics_listen {
        let address = server.show_metrics(address).await?;
        tracing::info!(%address, "showing metrics");
    }
    let contexts = chosen(&args);
    let peers = Peers::new(contexts.clone(), &peer_urls(&args)?, server.grpc(), &auth)?;
    let broker = stores::broker(&args.stores).await?;
    for context in &contexts {
        plug::in_context(*context, &args, &peers, &broker, &mut server).await?;
    }

    let listen = Listen { address: args.listen, drain: args.drain, grace: args.grace };
    let mut running = server.start(listen).await?;
    running.watch("broker", move || broker.is_connected());
    let address = running.address();
    let trial = args.identity.issuer.is_none() && contexts.len() == contexts::all().count();
    let greeting = async {
        if trial {
            greet(&args, address).await;
        } else {
            tracing::info!(%address, contexts = ?contexts, "serving");
        }
    };
    let stop = async {
        tokio::pin!(greeting);
        tokio::select! {
            () = terminated() => {}
            () = async { greeting.await; std::future::pending().await } => {}
        }
    };
    Ok(running.until(stop).await?)
}

/// Puts the programme in, unless told not to, and says how to go on.
async fn greet(args: &Serve, address: SocketAddr) {
    let greeted = async {
        let key = identity::dev_key(args);
        let offer = if args.no_demo {
            None
        } else {
            let token = try_out::admin(&key)?;
            try_out::put_in(&format!("http://{address}"), &token).await?.offer
        };
        welcome::print(address, &key, offer.as_ref())
    };
    if let Err(error) = greeted.await {
        tracing::warn!(error = format!("{error:#}"), %address, "serving, without a programme to try");
    }
}

fn chosen(args: &Serve) -> Vec<Context> {
    if args.contexts.is_empty() { contexts::all().collect() } else { args.contexts.clone() }
}

fn peer_urls(args: &Serve) -> anyhow::Result<BTreeMap<Context, Url>> {
    let urls = PerContext::resolve(&args.peer).into_iter();
    let parse = |(context, url): (Context, String)| {
        let parsed = url.parse().with_context(|| format!("--peer {context}={url}"))?;
        Ok((context, parsed))
    };
    urls.map(parse).collect()
}
