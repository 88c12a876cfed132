//! A title goes, and its future showings with it (D-9).

use boxoffice_contracts::catalog::v1::TitleRemoved;
use boxoffice_contracts::seating::v1 as pb;
use boxoffice_eventing::Message;
use boxoffice_kernel::{Clock, Context};
use boxoffice_testkit::{on_every_server, on_every_store};
use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;

use crate::sandbox::{Sandbox, eventually, general, quantity, refusal, said, scheduling};

fn removed(title_id: &str) -> Message {
    let event = TitleRemoved { title_id: title_id.to_owned() };
    said(Context::CATALOG, title_id, 2, &event)
}

fn of_title(title_id: &str) -> pb::ScheduleShowingRequest {
    pb::ScheduleShowingRequest { title_id: title_id.to_owned(), ..scheduling(general(10)) }
}

on_every_store! {
    async fn a_removed_title_is_withdrawn_page_by_page(sandbox: Sandbox) {
        let (title_id, other) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
        let scheduled = join_all((0..230).map(|_| sandbox.schedule(of_title(&title_id)))).await;
        let showing_id = scheduled[0].as_ref().unwrap().showing_id.clone();
        sandbox.schedule(of_title(&other)).await.unwrap();
        sandbox.hold(quantity(&showing_id, 2)).await.unwrap();
        let soon = Clock.now() + chrono::TimeDelta::milliseconds(300);
        let starting = pb::ScheduleShowingRequest {
            start_time: Some(soon.into()),
            end_time: Some((soon + chrono::TimeDelta::hours(1)).into()),
            ..of_title(&title_id)
        };
        let starting = sandbox.schedule(starting).await.unwrap().showing_id;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;

        sandbox.say(&[removed(&title_id), removed(&title_id)]).await;
        eventually("all are cancelled", async || {
            sandbox.count("showings WHERE state = 'cancelled'").await == 230
        })
        .await;
        eventually("the job is over", async || {
            sandbox.count("titles WHERE state = 'withdrawn'").await == 1
        })
        .await;

        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.ShowingCancelled'").await, 230);
        assert_eq!(sandbox.showing(&starting).await.state(), pb::ShowingState::Scheduled);
        let held = sandbox.showing(&showing_id).await;
        assert_eq!(held.seats_held, 2, "until booking closes its bookings");
        let refused = refusal(sandbox.schedule(of_title(&title_id)).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::FailedPrecondition, "TITLE_REMOVED"));
        sandbox.schedule(of_title(&other)).await.unwrap();
        sandbox.audit().await;
    }
}

on_every_server! {
    async fn no_showing_slips_through_while_its_title_is_removed(sandbox: Sandbox) {
        let [here, there] = sandbox.doubled().await;
        for round in 1..=5 {
            let title_id = Uuid::now_v7().to_string();
            let scheduling = (0..60).map(|n| {
                let replica = [&here, &there][n % 2];
                replica.schedule(of_title(&title_id))
            });
            let removal = removed(&title_id);
            let messages = [removal];
            let (scheduled, ()) = futures::join!(join_all(scheduling), here.say(&messages));
            for outcome in scheduled.into_iter().filter(Result::is_err) {
                assert_eq!(refusal(outcome).1, "TITLE_REMOVED");
            }
            eventually("the job is over", async || {
                here.count("titles WHERE state = 'withdrawn'").await == round
            })
            .await;
            assert_eq!(here.count("showings WHERE state = 'scheduled'").await, 0);
        }
    }
}
