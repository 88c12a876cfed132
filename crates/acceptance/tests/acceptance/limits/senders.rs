//! Clients that send slowly, or not at all.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_acceptance::{Single, World, in_single};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use super::wire::{DATA, END_HEADERS, END_STREAM, HEADERS, Wire, connect, rpc, to_the_end};
use super::{Office, impatient};

/// Clients of each kind.
const MANY: usize = 50;

/// A body that is announced, and comes to an end only in its sender's words.
const POST: &str = "POST /v1/bookings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";

/// Slow-loris: headers that come a byte at a time never get to an end.
async fn slow_headers_are_cut_off(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    let mut slow = Vec::new();
    for said in ["", "G", "PRI * HT", "GET /docs HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        for _ in 0..MANY {
            let mut client = connect(&office.url).await;
            client.write_all(said.as_bytes()).await.unwrap();
            slow.push(client);
        }
    }
    office.goes_on_selling(&world).await;
    let mut last = slow.pop().unwrap();
    while last.write_all(b"a").await.is_ok() {
        sleep(Duration::from_millis(50)).await;
    }
    for mut client in slow {
        to_the_end(&mut client).await;
    }
    office.goes_on_selling(&world).await;
}
in_single!(slow_headers_are_cut_off, impatient());

/// More bodies are begun than are waited for; whoever sends a whole one is served meanwhile.
async fn slow_bodies_keep_nobody_waiting(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    let alice = office.customer.token.clone().unwrap();
    let token = format!("content-type: application/json\r\nauthorization: Bearer {alice}");
    let post = POST.replace("content-type: application/json", &token);
    let mut slow = Vec::new();
    for _ in 0..MANY {
        let mut client = connect(&office.url).await;
        client.write_all(post.as_bytes()).await.unwrap();
        slow.push(client);
    }
    // 600 calls whose messages do not come.
    let mut wires = [Wire::open(&office.url, 65_535).await, Wire::open(&office.url, 65_535).await];
    let call = rpc("/boxoffice.catalog.v1.CatalogService/ListTitles");
    for wire in &mut wires {
        for stream in 0..300 {
            wire.send(HEADERS, END_HEADERS, 2 * stream + 1, &call).await.unwrap();
            wire.send(DATA, 0, 2 * stream + 1, &[0, 0, 0, 1]).await.unwrap();
        }
    }
    office.goes_on_selling(&world).await;
    for mut client in slow {
        let mut said = to_the_end(&mut client).await;
        said.truncate(400);
        let told = ["REQUEST_TOO_SLOW", "OVERLOADED"].iter().any(|reason| said.contains(reason));
        assert!(told, "{said}");
    }
    for wire in &mut wires {
        let mut answered = 0;
        while answered < 300 {
            let frame = wire.next().await.expect("each is answered");
            answered += usize::from(frame.kind == HEADERS && frame.flags & END_STREAM != 0);
        }
    }
    office.goes_on_selling(&world).await;
}
in_single!(slow_bodies_keep_nobody_waiting, impatient());

/// As many are connected as there are places, and say nothing, or hold on to HTTP/2: there is a place for whoever comes.
async fn idle_connections_make_room(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    let (mut silent, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..MANY {
        silent.push(connect(&office.url).await);
        idle.push(Wire::open(&office.url, 65_535).await);
    }
    for _ in 0..5 {
        office.goes_on_selling(&world).await;
    }
    for mut client in silent {
        to_the_end(&mut client).await;
    }
}
in_single!(idle_connections_make_room, impatient().flag("max-connections", "60"));
