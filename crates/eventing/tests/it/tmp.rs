//! Temporary.
use std::sync::Arc;
use std::time::Duration;

use boxoffice_eventing::{
    Broker, EventLog, JetStream, LaneCounts, Lanes, Listener, Relay, Wake, pending,
};
use boxoffice_kernel::Context;
use boxoffice_testkit::servers::Nats;
use tokio::time::Instant;
use uuid::Uuid;

use crate::stores::Store;
use crate::toy::{CONFIRMED, Command, Error, PLACED, Tasks, Toy};
use crate::world::{connect, read_all, until, whole_and_in_order};

fn follow(tasks: &mut Tasks, copy: Lanes<Toy>, store: &Store, broker: &Arc<dyn Broker>) {
    let listener = Listener::new(Context::Payment, Context::Booking, &store.db, broker);
    tasks.run(listener.run(move |message| {
        let copy = copy.clone();
        async move {
            let id = message.aggregate_id;
            match message.name.as_str() {
                PLACED => copy.ask_once(&message, Command::place(id)).await,
                CONFIRMED => copy.ask_once(&message, Command::Confirm { id }).await,
                _ => Ok::<(), Error>(()),
            }
        }
    }));
}

async fn run(booking: Store, payment: Store, broker: Arc<dyn Broker>, callers: usize) {
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let counts = LaneCounts::suiting(&booking.db);
    let toy = Lanes::open("toy", Toy::default(), &booking.db, counts, &mut tasks, wake.clone());
    tasks.run(Relay::new(Context::Booking, &booking.db, &broker, &wake).run());
    let copy = Lanes::open("toy", Toy::default(), &payment.db, counts, &mut tasks, Wake::new());
    follow(&mut tasks, copy, &payment, &broker);
    let began = Instant::now();
    let set = tokio::task::JoinSet::from_iter((0..callers).map(|_| {
        let toy = toy.clone();
        async move {
            let mut n = 0u64;
            while began.elapsed() < Duration::from_secs(5) {
                let id = Uuid::now_v7();
                toy.ask(Command::place(id)).await.unwrap();
                toy.ask(Command::Confirm { id }).await.unwrap();
                n += 2;
            }
            n
        }
    }));
    let done: u64 = set.join_all().await.iter().sum();
    let asked = began.elapsed();
    until("published", async || pending(&booking.db).await.unwrap().outbox_unpublished == 0).await;
    let published = began.elapsed();
    until("copied", async || broker.lag(Context::Booking, "payment-booking").await.unwrap() == 0)
        .await;
    let copied = began.elapsed();
    println!(
        "{callers} callers: {done} commands, {:.0}/s; published after {published:?} {:.0}/s; copied after {copied:?} {:.0}/s",
        done as f64 / asked.as_secs_f64(),
        done as f64 / published.as_secs_f64(),
        done as f64 / copied.as_secs_f64()
    );
    assert_eq!(payment.count("inbox").await as u64, done);
    assert_eq!(payment.count("tickets WHERE version = 2").await as u64, done / 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tmp"]
async fn speed_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    for callers in [8, 128] {
        let log = EventLog::open(&dir.path().join(format!("{callers}.db"))).await.unwrap();
        run(Store::sqlite().await, Store::sqlite().await, Arc::new(log), callers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tmp"]
async fn speed_postgres() {
    for callers in [8, 128] {
        let nats = Nats::start().await.unwrap();
        let broker = connect(&nats.url()).await;
        run(Store::postgres().await, Store::postgres().await, Arc::new(broker), callers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tmp"]
async fn cluster() {
    let dir = tempfile::tempdir().unwrap();
    let bin = std::env::var_os("NATS_BIN").unwrap();
    let start = |n: usize| {
        tokio::process::Command::new(&bin)
            .args(["-js", "-a", "127.0.0.1", "-p", &format!("{}", 26220 + n)])
            .args(["--server_name", &format!("n{n}"), "--cluster_name", "C"])
            .args(["--cluster", &format!("nats://127.0.0.1:{}", 26320 + n)])
            .args([
                "--routes",
                "nats://127.0.0.1:26321,nats://127.0.0.1:26322,nats://127.0.0.1:26323",
            ])
            .args(["-sd", dir.path().join(format!("{n}")).to_str().unwrap()])
            .args(["-l", dir.path().join(format!("{n}.log")).to_str().unwrap()])
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    };
    let mut servers = vec![start(1), start(2), start(3)];
    let urls = "nats://127.0.0.1:26221,nats://127.0.0.1:26222,nats://127.0.0.1:26223";
    let js = JetStream::connect(urls, "t", 3).await.unwrap().with_patience(Duration::from_secs(2));
    let broker: Arc<dyn Broker> = Arc::new(js);
    let (booking, payment) = (Store::postgres().await, Store::postgres().await);
    let mut tasks = Tasks::default();
    let wake = Wake::new();
    let toy = Toy::default().open(&booking.db, &mut tasks, &wake);
    tasks.run(Relay::new(Context::Booking, &booking.db, &broker, &wake).run());
    let copy = Toy::default().open(&payment.db, &mut tasks, &Wake::new());
    follow(&mut tasks, copy, &payment, &broker);
    let began = Instant::now();
    for round in 0..9 {
        let sales = (0..100).map(|_| {
            let toy = toy.clone();
            async move {
                let id = Uuid::now_v7();
                toy.ask(Command::place(id)).await.unwrap();
                for _ in 0..9 {
                    toy.ask(Command::Confirm { id }).await.unwrap();
                }
            }
        });
        let killing = async {
            if round > 0 {
                let n = round % 3;
                tokio::time::sleep(Duration::from_millis(30)).await;
                servers[n].kill().await.unwrap();
                tokio::time::sleep(Duration::from_secs(2)).await;
                servers[n] = start(n + 1);
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        };
        tokio::join!(futures::future::join_all(sales), killing);
        println!(
            "round {round} {:?}: end {:?}, unpublished {}",
            began.elapsed(),
            broker.last_sequence(Context::Booking).await,
            pending(&booking.db).await.unwrap().outbox_unpublished
        );
    }
    until("published", async || pending(&booking.db).await.unwrap().outbox_unpublished == 0).await;
    let said = read_all(&*broker).await;
    println!("{} said after {:?}", said.len(), began.elapsed());
    assert!(whole_and_in_order(&said));
    assert_eq!(said.len(), 9000);
    until("copied", async || payment.count("tickets WHERE version = 10").await == 900).await;
    println!("copied after {:?}", began.elapsed());
}
