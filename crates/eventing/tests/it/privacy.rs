//! A person is taken out of what is still to be said, and out of what was put aside.

use boxoffice_eventing::privacy::{Mention, erase};
use boxoffice_eventing::{Listener, Message, Relay, Wake, dead_letters};
use boxoffice_kernel::Context;
use uuid::Uuid;

use crate::stores::{Store, on_every_store};
use crate::toy::{CONFIRMED, Command, Error, PLACED, Tasks, Toy, event};
use crate::world::{Bench, Embedded, read_all, until};

on_every_store!(what_is_theirs_becomes_nobodys_and_what_cannot_be_read_goes);

const SOURCE: Context = Context::BOOKING;

/// What was confirmed is theirs, and one letter; another names them, but nobody can read it.
fn look(name: &str, payload: &[u8]) -> Mention {
    match (name, payload) {
        (_, b"nobody's" | b"another's") => Mention::None,
        (_, b"garbage") => Mention::Unreadable,
        (CONFIRMED, _) | (_, b"theirs") => Mention::Theirs(b"nobody's"[..].into()),
        (_, _) => Mention::None,
    }
}

async fn what_is_theirs_becomes_nobodys_and_what_cannot_be_read_goes(store: Store) {
    let (bench, mut tasks, wake) = (Embedded::start().await, Tasks::default(), Wake::new());
    let toy = Toy::default().open(&store.db, &mut tasks, &wake);
    let id = Uuid::now_v7();
    toy.ask(Command::place(id)).await.unwrap();
    toy.ask(Command::Confirm { id }).await.unwrap();
    let letters = put_aside(&store, ["theirs", "garbage", "another's"]).await;

    assert_eq!(erase(&store.db, &look).await.unwrap(), 3);
    assert_eq!(erase(&store.db, &look).await.unwrap(), 0, "the second time");

    let left = dead_letters::list(&store.db, 10).await.unwrap();
    let mut left: Vec<_> = left.iter().map(|letter| (letter.id, &*letter.payload)).collect();
    left.sort_unstable();
    assert_eq!(left, [(letters[0], &b"nobody's"[..]), (letters[2], b"another's")]);
    tasks.run(Relay::new(SOURCE, &store.db, &bench.broker(), &wake).run());
    until("both to be said", async || read_all(&*bench.broker()).await.len() == 2).await;
    let said = read_all(&*bench.broker()).await;
    assert_eq!((&*said[0].payload, &*said[1].payload), (&b"\x08\x01"[..], &b"nobody's"[..]));
}

/// Events with these payloads that a listener could not take; their ids, in order.
async fn put_aside<const N: usize>(store: &Store, payloads: [&'static str; N]) -> [Uuid; N] {
    let (bench, mut tasks) = (Embedded::start().await, Tasks::default());
    let said = payloads
        .map(|payload| Message { payload: payload.into(), ..event(PLACED, Uuid::now_v7(), 1) });
    let published = bench.broker().publish(SOURCE, 0, &said).await;
    assert!(published.failure.is_none(), "{published:?}");
    let listener = Listener::new(Context::PAYMENT, SOURCE, &store.db, &bench.broker());
    tasks.run(listener.run(|_| std::future::ready(Err(Error::Poisoned))));
    until("all to be put aside", async || {
        dead_letters::list(&store.db, 10).await.unwrap().len() == N
    })
    .await;
    tasks.0.shutdown().await;
    said.map(|message| message.id)
}
