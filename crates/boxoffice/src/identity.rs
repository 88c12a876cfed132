//! Whose tokens are good: an OpenID Connect issuer's, or those of the development issuer.

use std::net::SocketAddr;

use anyhow::ensure;
use boxoffice_runtime::auth::Client;
use boxoffice_runtime::{Auth, DevIssuer, OidcConfig};
use secrecy::ExposeSecret as _;
use url::{Host, Url};

use crate::args::{DevKey, Serve};
use crate::stores;

/// The issuer that the settings name.
pub(crate) fn open(args: &Serve) -> anyhow::Result<Auth> {
    let given = &args.identity;
    if let Some(issuer) = &given.issuer {
        let secret = given.client_secret.clone().filter(|it| !it.expose_secret().is_empty());
        let client = given.client_id.clone().zip(secret);
        ensure!(
            client.is_some() || given.client_id.is_none(),
            "--client-id {} needs its secret: give --client-secret, or BOXOFFICE_CLIENT_SECRET_FILE",
            given.client_id.as_deref().unwrap_or_default()
        );
        refuse_eavesdroppers(issuer, given.insecure_issuer)?;
        return Ok(Auth::oidc(OidcConfig {
            issuer: issuer.clone(),
            audience: given.audience.clone(),
            roles_claim: given.roles_claim.clone(),
            client: client.map(|(id, secret)| Client { id, secret }),
        })?);
    }
    refuse_strangers(args.listen, given.insecure_dev_login)?;
    let path = dev_key(args).path();
    if let Some(dir) = path.parent() {
        stores::make_dir(dir)?;
    }
    Ok(Auth::development(DevIssuer::open(&path)?))
}

/// Where the development issuer's key lies for `serve`.
pub(crate) fn dev_key(args: &Serve) -> DevKey {
    let data_dir = args.stores.data_dir.clone();
    DevKey { data_dir, dev_key: args.identity.dev_key.clone() }
}

fn refuse_strangers(listen: SocketAddr, insecure: bool) -> anyhow::Result<()> {
    ensure!(
        insecure || listen.ip().is_loopback(),
        "with the development issuer anybody can be anybody, so it does not listen on {listen}; \
         give --issuer, or --insecure-dev-login where that is meant"
    );
    Ok(())
}

fn refuse_eavesdroppers(issuer: &Url, insecure: bool) -> anyhow::Result<()> {
    let is_this_machine = match issuer.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    ensure!(
        insecure || issuer.scheme() == "https" || is_this_machine,
        "whoever is on the way to {issuer} could let anybody in by keys of their own; \
         give --issuer as https://…, or --insecure-issuer where a mesh encrypts the way"
    );
    Ok(())
}
