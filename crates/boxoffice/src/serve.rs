//! `boxoffice serve`: plugs the chosen contexts into one server and runs it.

pub(crate) mod plug;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;

use anyhow::{Context as _, bail};
use boxoffice_kernel::{Context, steps};
use boxoffice_runtime::{Limits, Listen, Peers, Running, Server, terminated};
use url::Url;

use crate::args::{PerContext, Serve};
use crate::{contexts, identity, stores, try_out, welcome};

pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    // Before anything else: whoever is told to end while it starts, or is about to, does so in good order.
    let mut told = pin!(terminated());
    let running = tokio::select! {
        running = start(&args) => running?,
        () = &mut told => return Ok(()),
    };
    let address = running.address();
    let contexts = contexts::chosen(&args.contexts);
    let trial = args.identity.issuer.is_none() && contexts.len() == contexts::all().count();
    let greeting = async {
        if trial {
            greet(&args, reached(address)).await;
        } else {
            tracing::info!(%address, contexts = ?contexts, "serving");
        }
    };
    let stop = async {
        tokio::select! {
            () = told => {}
            () = async { greeting.await; std::future::pending().await } => {}
        }
    };
    Ok(Box::pin(running.until(stop)).await?)
}

/// Plugs the contexts in, and listens.
async fn start(args: &Serve) -> anyhow::Result<Running> {
    if let Some(point) = args.abort_at.clone() {
        steps::abort_at(point);
    }
    let auth = identity::open(args)?;
    let mut server = Server::new(auth.clone(), Limits::from(&args.limits));
    if let Some(address) = args.metrics_listen {
        let address = server.show_metrics(address).await?;
        tracing::info!(%address, "showing metrics");
    }
    let contexts = contexts::chosen(&args.contexts);
    let peers = Peers::new(contexts.clone(), &peer_urls(args)?, server.grpc(), &auth)?;
    let broker = stores::broker(&args.stores).await?;
    for context in contexts {
        plug::in_context(context, args, &peers, &broker, &mut server).await?;
        if let Some(peer) = peers.missing() {
            bail!(
                "{context} calls {peer}, and nothing says where that is; give --peer {peer}=http://…, or in BOXOFFICE_PEER"
            );
        }
    }
    peers.get_ready().await;
    let listen = Listen { address: args.listen, drain: args.drain, grace: args.grace };
    let mut running = server.start(listen).await?;
    running.watch("broker", move || broker.is_connected());
    Ok(running)
}

/// By which address this machine reaches what listens there: from all of its own, one that is never taken away.
fn reached(listening: SocketAddr) -> SocketAddr {
    match listening {
        SocketAddr::V4(it) if it.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => listening,
    }
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

fn peer_urls(args: &Serve) -> anyhow::Result<BTreeMap<Context, Url>> {
    let urls = PerContext::resolve(&args.peer).into_iter();
    let parse = |(context, url): (Context, String)| {
        let parsed = url.parse().with_context(|| format!("--peer {context}={url}"))?;
        Ok((context, parsed))
    };
    urls.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_at_this_machine() {
        for (listening, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            let address: SocketAddr = listening.parse().unwrap();
            assert_eq!(reached(address).to_string(), expected);
        }
    }
}
