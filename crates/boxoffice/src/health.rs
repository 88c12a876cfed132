//! `boxoffice health`: whether processes take calls, asked as Kubernetes asks them.

use std::process::ExitCode;
use std::time::Duration;

use boxoffice_kernel::fault::chain;
use futures::future::join_all;
use tokio::time::{Instant, sleep};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use url::Url;

use crate::args::Health;

/// How long one question may take.
const DEADLINE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(500);

/// Asks all of them at once, and prints a line for each.
pub(crate) async fn run(args: &Health) -> ExitCode {
    let until = Instant::now() + args.wait;
    let mut well = true;
    for (url, answer) in
        args.url.iter().zip(join_all(args.url.iter().map(|url| settled(url, until))).await)
    {
        well &= answer.is_ok();
        println!("{url}: {}", answer.map_or_else(|why| why, |()| "serving".to_owned()));
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first good answer, or the last bad one.
async fn settled(url: &Url, until: Instant) -> Result<(), String> {
    loop {
        let answer = ask(url).await;
        if answer.is_ok() || Instant::now() >= until {
            return answer;
        }
        sleep(PAUSE).await;
    }
}

async fn ask(url: &Url) -> Result<(), String> {
    let endpoint = Endpoint::from_shared(url.to_string()).map_err(|error| chain(&error))?;
    let endpoint = endpoint.connect_timeout(DEADLINE).timeout(DEADLINE);
    let channel = endpoint.connect().await.map_err(|error| chain(&error))?;
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    match answer
        .map_err(|status| format!("{}: {}", status.code(), status.message()))?
        .get_ref()
        .status()
    {
        ServingStatus::Serving => Ok(()),
        ServingStatus::NotServing | ServingStatus::Unknown | ServingStatus::ServiceUnknown => {
            Err("not serving".to_owned())
        }
    }
}
