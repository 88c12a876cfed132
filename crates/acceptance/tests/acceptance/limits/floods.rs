//! Clients that send what costs them nothing: headers without end, calls they take back.

use std::sync::Arc;

use boxoffice_acceptance::{Single, World, in_single};
use tokio::io::AsyncWriteExt as _;

use super::wire::{
    CONTINUATION, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, Wire, block, connect, get, rpc,
    to_the_end,
};
use super::{Office, impatient};

/// More than any library would send.
const MANY: u32 = 20_000;

/// What none of them may cost, in MiB.
const ROOM: u64 = 100;

/// 64 KiB in one header, 500 headers, a path of 64 KiB: refused with a word, over HTTP/1 and HTTP/2.
async fn headers_beyond_measure_are_refused(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    let long = "a".repeat(64 * 1024);
    let many = "x-a: b\r\n".repeat(500);
    for head in [
        format!("GET /docs HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n"),
        format!("GET /docs HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
    ] {
        let mut client = connect(&office.url).await;
        // It may hang up before it has read it all.
        _ = client.write_all(head.as_bytes()).await;
        let said = to_the_end(&mut client).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    }

    let mut wire = Wire::open(&office.url, 65_535).await;
    let many = [get("/docs"), block(&[("x-header", &"a".repeat(100))]).repeat(400)].concat();
    let (first, rest) = many.split_at(16_000);
    wire.send(HEADERS, END_STREAM, 1, first).await.unwrap();
    for (at, part) in rest.chunks(16_000).enumerate() {
        let last = (at + 1) * 16_000 >= rest.len();
        _ = wire.send(CONTINUATION, if last { END_HEADERS } else { 0 }, 1, part).await;
    }
    if let Some(frame) = wire.next().await {
        assert!(frame.kind != HEADERS || frame.flags & END_STREAM != 0, "a page was served");
    }
    office.goes_on_selling(&world).await;
}
in_single!(headers_beyond_measure_are_refused, impatient());

/// CVE-2023-44487: calls that are taken back at once.
async fn calls_that_are_taken_back_cost_nobody(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    office.goes_on_selling(&world).await;
    let before = office.memory().await;
    let call = rpc("/boxoffice.catalog.v1.CatalogService/ListTitles");
    let mut wire = Wire::open(&office.url, 65_535).await;
    let mut sent = 0;
    for call_number in 0..MANY {
        let stream = 2 * call_number + 1;
        let opened = wire.send(HEADERS, END_HEADERS, stream, &call).await;
        let taken_back = wire.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).await;
        if opened.and(taken_back).is_err() {
            break;
        }
        sent += 1;
    }
    while let Some(frame) = wire.next().await {
        if frame.kind == super::wire::GOAWAY {
            break;
        }
    }
    office.goes_on_selling(&world).await;
    let after = office.memory().await;
    assert!(after < before + ROOM, "{before} MiB, then {after} MiB, after {sent} calls");
}
in_single!(calls_that_are_taken_back_cost_nobody, impatient());

/// CVE-2024-27316: headers that go on without end.
async fn endless_continuation_ends(world: World, single: Arc<Single>) {
    let office = Office::open(&world, single).await;
    office.goes_on_selling(&world).await;
    let before = office.memory().await;
    let part = block(&[("x-header", &"a".repeat(100))]).repeat(100);
    for part in [&part[..], &[]] {
        let mut wire = Wire::open(&office.url, 65_535).await;
        wire.send(HEADERS, 0, 1, &get("/docs")).await.unwrap();
        let mut sent = 0;
        while wire.send(CONTINUATION, 0, 1, part).await.is_ok() {
            sent += 1;
            assert!(sent < 5_000_000, "it is read without end");
        }
    }
    office.goes_on_selling(&world).await;
    let after = office.memory().await;
    assert!(after < before + ROOM, "{before} MiB, then {after} MiB");
}
in_single!(endless_continuation_ends, impatient());
