//! Processes hang and die under load; Kubernetes starts them again, and what was accepted is kept.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use boxoffice_acceptance::{CONTEXTS, Context, eventually, eventually_within};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::crowd::Crowd;
use crate::kube::{Kube, Pod};

/// A wedged process is noticed, told to end, ended, and started again.
const RESTART: Duration = Duration::from_secs(90);

/// OPS-04: it is there, and says nothing; the kubelet asks, and starts another in its place.
#[tokio::test]
async fn a_wedged_process_is_restarted_by_its_liveness_probe() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let before = kube.pod(Context::REVIEW.as_str()).await;
    kill(Pid::from_raw(before.process()?), Signal::SIGSTOP)?;
    let after = eventually_within(RESTART, "the wedged process is restarted", || async {
        let pods = kube.pods(Context::REVIEW.as_str()).await.ok()?;
        let pod = pods.into_iter().find(|it| it.name == before.name)?;
        (pod.ready && pod.restarts() > before.restarts()).then_some(pod)
    })
    .await;
    let ended = after.own_container().map(|it| &it["lastState"]["terminated"]["exitCode"]);
    let ended = ended.context("it has a container")?;
    ensure!(*ended == 137, "it is killed, for it hears nothing: {ended}");
    let about = format!("involvedObject.name={},reason=Unhealthy", after.name);
    let events = kube.kubectl(&["get", "events", "--field-selector", &about]).await?;
    ensure!(events.contains("Liveness probe failed"), "{events}");
    let title = world.admin().register_film("Safety Last").await.title_id;
    eventually("reviews can be read again", || async { world.nobody().reviews(&title).await.ok() })
        .await;
    Ok(())
}

/// OPS-04: whoever repeats an unanswered request gets what they asked for, once, whoever died meanwhile.
#[tokio::test]
async fn no_accepted_booking_is_lost_when_every_pod_is_killed_in_turn() -> Result<()> {
    let (kube, world) = (Kube::here(), crate::world());
    let crowd = Crowd::gathers(&world).await;
    let deaths = async {
        for context in CONTEXTS {
            let before = kube.pod(context.as_str()).await;
            kill(Pid::from_raw(before.process()?), Signal::SIGKILL)?;
            eventually_within(RESTART, &format!("{context} is started again"), || async {
                let pods = kube.pods(context.as_str()).await.ok()?;
                let restarts = pods.iter().map(Pod::restarts).max()?;
                (pods.iter().all(|it| it.ready) && restarts > before.restarts()).then_some(())
            })
            .await;
        }
        anyhow::Ok(())
    };
    let (told, died) = crowd.calls_while(deaths).await;
    died?;
    println!("{} bookings were accepted, {} requests failed", told.bought(), told.failed.len());
    ensure!(told.bought() > 50, "only {} bookings were accepted", told.bought());
    told.is_kept(&world, &crowd.showing).await;
    world.comes_to_rest().await;
    Ok(())
}
