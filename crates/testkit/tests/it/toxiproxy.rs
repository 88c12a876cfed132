//! A line is cut, slowed, stalled and healed.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use boxoffice_testkit::servers::{Nats, Toxiproxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_line_to_a_server_is_cut_and_healed() {
    let (nats, toxiproxy) = (Nats::start().await.unwrap(), Toxiproxy::start().await.unwrap());
    let line = toxiproxy.proxy(&nats.url()).await.unwrap();
    let url = line.through(&nats.url()).unwrap();
    assert_eq!(url, format!("nats://{}", line.address()));

    async_nats::connect(&url).await.unwrap();
    line.cut().await.unwrap();
    assert!(async_nats::connect(&url).await.is_err());
    assert!(async_nats::connect(nats.url()).await.is_ok(), "only the line is cut");
    line.heal().await.unwrap();
    async_nats::connect(&url).await.unwrap();
    line.cut().await.unwrap();
    toxiproxy.reset().await.unwrap();
    async_nats::connect(&url).await.unwrap();
}

#[tokio::test]
async fn a_line_is_slow_or_stands_still_until_it_is_healed() {
    let toxiproxy = Toxiproxy::start().await.unwrap();
    let line = toxiproxy.proxy(&echo()).await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert!(round_trip(&mut stream).await.unwrap() < Duration::from_millis(200));

    line.latency(300).await.unwrap();
    assert!(round_trip(&mut stream).await.unwrap() >= Duration::from_millis(300));
    line.heal().await.unwrap();
    assert!(round_trip(&mut stream).await.unwrap() < Duration::from_millis(200));

    line.stall().await.unwrap();
    assert_eq!(round_trip(&mut stream).await, None);
    line.heal().await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert!(round_trip(&mut stream).await.unwrap() < Duration::from_millis(200));
}

#[tokio::test]
async fn a_line_that_was_cut_closes_what_was_open() {
    let toxiproxy = Toxiproxy::start().await.unwrap();
    let line = toxiproxy.proxy(&echo()).await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert!(round_trip(&mut stream).await.is_some());
    line.cut().await.unwrap();
    assert_eq!(round_trip(&mut stream).await, None);
}

/// How long a byte takes there and back; `None` when it does not come back.
async fn round_trip(stream: &mut TcpStream) -> Option<Duration> {
    let began = Instant::now();
    stream.write_all(b"x").await.ok()?;
    let answer = tokio::time::timeout(Duration::from_secs(1), stream.read_exact(&mut [0])).await;
    answer.ok()?.ok().map(|_| began.elapsed())
}

/// A server that says what it hears; its address.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut byte = [0];
                while stream.read_exact(&mut byte).and_then(|()| stream.write_all(&byte)).is_ok() {}
            });
        }
    });
    address
}
