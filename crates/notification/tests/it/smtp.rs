//! Letters to a real mail server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_contracts::notification::v1::NoticeState;
use boxoffice_kernel::Context;
use boxoffice_notification::mailer::smtp::Smtp;
use boxoffice_testkit::servers::Smtp as Server;
use uuid::Uuid;

use crate::telling::expired;
use crate::world::{World, eventually};

/// The one who is told lives at this address.
async fn tell(world: &World, customer: &str, email: &str, language: &str) {
    let id = Uuid::new_v4();
    world.booking.knows(id, email, language);
    world.says(Context::BOOKING, id, &expired(id, customer)).await;
}

fn mailer(url: &str, step: Duration) -> Arc<Smtp> {
    Arc::new(Smtp::new(&url.into(), "Box office <tickets@boxoffice.example>", step).unwrap())
}

/// A world on SQLite with time enough for a server written in Python.
async fn patient() -> World {
    let mut world = World::on_sqlite().await;
    world.config.mail_deadline = Duration::from_secs(3);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_arrives_as_it_was_written() {
    let (world, server) = (patient().await, Server::start().await.unwrap());
    let process = world.start_with(mailer(&server.url(), Duration::from_secs(1))).await;
    for (customer, language) in [("jimin", "ko"), ("alice", "en")] {
        let email = format!("{customer}@example.org");
        tell(&world, customer, &email, language).await;
        let notice = world.until(&process, customer, NoticeState::Sent).await;
        let mails = server.mails().unwrap();
        let mail = mails.last().unwrap();
        assert_eq!(mail.text.trim_end(), notice.text);
        assert_eq!(mail.header("subject"), Some(&*notice.subject));
        assert_eq!((&*mail.sender, &*mail.recipients), ("tickets@boxoffice.example", &[email][..]));
        let id = format!("<{}@boxoffice.example>", notice.notice_id);
        assert_eq!(mail.header("message-id"), Some(&*id));
        assert_eq!(mail.header("from"), Some("Box office <tickets@boxoffice.example>"));
        assert_eq!(mail.header("auto-submitted"), Some("auto-generated"));
        assert!(mail.header("content-type").unwrap().starts_with("text/plain"));
    }
    assert_eq!(server.mails().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_is_final_or_for_now_as_the_server_says() {
    let (world, server) = (patient().await, Server::start().await.unwrap());
    let process = world.start_with(mailer(&server.url(), Duration::from_secs(1))).await;
    tell(&world, "bob", "unknown@example.org", "").await;
    world.until(&process, "bob", NoticeState::Undeliverable).await;
    for (n, hostile) in
        ["a@b.c\r\nBcc: eve@x.org", "a@b.c>\r\nRCPT TO:<eve@x.org"].iter().enumerate()
    {
        let customer = format!("mallory-{n}");
        tell(&world, &customer, hostile, "").await;
        world.until(&process, &customer, NoticeState::Undeliverable).await;
    }
    // An address of another script, and a server that knows none.
    tell(&world, "jimin", "지민@example.org", "").await;
    world.until(&process, "jimin", NoticeState::Undeliverable).await;
    assert_eq!(server.mails().unwrap(), []);
    tell(&world, "alice", "busy@example.org", "").await;
    world.until(&process, "alice", NoticeState::Sent).await;
    let mails = server.mails().unwrap();
    assert_eq!((mails.len(), &*mails[0].recipients[0]), (1, "busy@example.org"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_or_locks_us_out_costs_nobody_their_mail() {
    let (world, mut server) = (patient().await, Server::start().await.unwrap());
    let process = world.start_with(mailer(&server.url(), Duration::from_secs(1))).await;
    server.lock(true).unwrap();
    tell(&world, "alice", "alice@example.org", "").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.until(&process, "alice", NoticeState::Sending).await;
    server.lock(false).unwrap();
    world.until(&process, "alice", NoticeState::Sent).await;
    server.stop().await.unwrap();
    tell(&world, "bob", "bob@example.org", "").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.until(&process, "bob", NoticeState::Sending).await;
    server.start_again().await.unwrap();
    world.until(&process, "bob", NoticeState::Sent).await;
    assert_eq!(server.mails().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let mut world = World::on_sqlite().await;
    world.config.mail_deadline = Duration::from_millis(200);
    let process = world.start_with(mailer(&url, Duration::from_secs(60))).await;
    silent.set_nonblocking(true).unwrap();
    let began = Instant::now();
    tell(&world, "alice", "alice@example.org", "ko").await;
    let mut open = Vec::new();
    eventually("tried twice", async || {
        open.extend(silent.accept());
        open.len() == 2
    })
    .await;
    assert!(began.elapsed() > Duration::from_millis(200), "the first was given its time");
    world.until(&process, "alice", NoticeState::Sending).await;
}
