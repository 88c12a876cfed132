//! Puts the programme to try into a platform that runs: this process's, or the one `boxoffice demo` names.

use std::time::Duration;

use anyhow::Context as _;
use boxoffice_kernel::Clock;
use boxoffice_runtime::Role;
use secrecy::ExposeSecret as _;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::args::{Demo, DevKey};
use crate::demo::{self, Summary};
use crate::token;

/// The box office manager of the demo: a `request_id` belongs to whoever used it.
const SUB: &str = "demo-admin";

pub(crate) async fn run(args: &Demo) -> anyhow::Result<()> {
    let token = match &args.token {
        Some(token) => token.expose_secret().to_owned(),
        None => admin(&args.key)?,
    };
    let summary = put_in(args.url.as_str(), &token).await?;
    println!("{summary}");
    Ok(())
}

/// The token of the demo's manager, from the development issuer.
pub(crate) fn admin(key: &DevKey) -> anyhow::Result<String> {
    token::mint(key, SUB, vec![Role::Admin], Duration::from_secs(600))
}

/// Puts the programme in at `url`, or what is missing of it.
pub(crate) async fn put_in(url: &str, token: &str) -> anyhow::Result<Summary> {
    let endpoint = Endpoint::from_shared(url.to_owned())?.connect_timeout(Duration::from_secs(5));
    let channel: Channel =
        endpoint.connect().await.with_context(|| format!("no platform answers at {url}"))?;
    let bearer: MetadataValue<Ascii> = format!("Bearer {token}").parse()?;
    let signed = InterceptedService::new(channel, move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", bearer.clone());
        Ok::<_, Status>(request)
    });
    demo::put_in(signed.clone(), signed, Clock.now()).await
}
