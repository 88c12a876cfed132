//! Nothing outlives the test process, whatever it dies of.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use boxoffice_testkit::servers::{Nats, Postgres};

/// Started by the test below as a process of its own, which is then killed.
#[tokio::test]
#[ignore = "the other test's helper: never ends by itself"]
async fn a_process_with_servers() {
    let nats = Nats::start().await.unwrap();
    let postgres = Postgres::start_fast().await.unwrap();
    println!("\nstarted {} {} {}", nats.url(), postgres.port(), nats.store_dir().display());
    std::future::pending::<()>().await;
}

#[test]
fn servers_end_with_a_test_process_that_is_killed() {
    let mut helper = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "watchdog::a_process_with_servers", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(helper.stdout.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.into_iter().find(|line| line.starts_with("started ")).unwrap();
    let words: Vec<_> = started.split(' ').collect();
    let nats = words[1].trim_start_matches("nats://");
    let postgres = format!("127.0.0.1:{}", words[2]);
    let store = Path::new(words[3]);
    let listens = |address: &str| std::net::TcpStream::connect(address).is_ok();
    assert!(listens(nats) && listens(&postgres) && store.exists());

    helper.kill().unwrap();
    helper.wait().unwrap();
    let began = Instant::now();
    while listens(nats) || listens(&postgres) || store.exists() {
        assert!(began.elapsed() < Duration::from_secs(10), "a server outlived its test");
        std::thread::sleep(Duration::from_millis(20));
    }
}
