//! Clients that ask, and do not read what they are answered.

use std::io::ErrorKind;
use std::sync::Arc;

use boxoffice_acceptance::{Single, World, eventually, in_single};
use tokio::io::AsyncWriteExt as _;

use super::wire::{DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RST_STREAM, Wire, connect, get};
use super::{Office, impatient};

/// Calls of one client.
const CALLS: u32 = 400;

/// What none of them may cost, in MiB; the document alone is larger than a third of a megabyte.
const ROOM: u64 = 100;

/// HTTP/2, whose reader never opens its window: its calls are reset, one by one, and nothing is kept for it.
async fn answers_that_nobody_reads_are_dropped(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    office.goes_on_selling(&world).await;
    let before = office.memory().await;
    let mut wire = Wire::open(&office.url, 0).await;
    let watch = format!("/v1/showings/{}/seats:watch", office.showing);
    for call in 0..CALLS {
        let path = if call % 8 == 0 { &*watch } else { "/openapi.json" };
        wire.send(HEADERS, END_HEADERS | END_STREAM, 2 * call + 1, &get(path)).await.unwrap();
    }
    office.goes_on_selling(&world).await;
    let mut reset = 0;
    while reset < CALLS {
        let frame = wire.next().await.expect("the connection is as good as any");
        assert!(frame.kind != DATA || frame.payload.is_empty(), "nobody has asked for data");
        assert_ne!(frame.kind, GOAWAY);
        reset += u32::from(frame.kind == RST_STREAM);
    }
    office.goes_on_selling(&world).await;
    let after = office.memory().await;
    assert!(after < before + ROOM, "{before} MiB, then {after} MiB");
}
in_single!(answers_that_nobody_reads_are_dropped, impatient());

/// HTTP/1, asked again and again without a pause.
async fn a_client_that_only_asks_is_cut_off(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    office.goes_on_selling(&world).await;
    let before = office.memory().await;
    let mut greedy = Vec::new();
    for _ in 0..20 {
        let mut client = connect(&office.url).await;
        let asks = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
        client.write_all(asks.as_bytes()).await.unwrap();
        greedy.push(client);
    }
    office.goes_on_selling(&world).await;
    for client in greedy {
        eventually("it is cut off", || async {
            let said = client.try_write(b"G");
            said.is_err_and(|error| error.kind() != ErrorKind::WouldBlock).then_some(())
        })
        .await;
    }
    let after = office.memory().await;
    assert!(after < before + ROOM, "{before} MiB, then {after} MiB");
}
in_single!(a_client_that_only_asks_is_cut_off, impatient());
