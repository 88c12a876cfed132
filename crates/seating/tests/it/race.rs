//! Many callers, few seats, one moment (NFR-16): exactly as many as there are, on one replica and on two.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_contracts::seating::v1 as pb;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome;
use boxoffice_testkit::{on_every_server, on_every_store};
use futures::future::join_all;

use crate::sandbox::{Sandbox, cancelled, confirmed, eventually, quantity, seats};

const CALLERS: usize = 64;

/// Each caller works off their list, one request after the other, at one of the replicas.
async fn race(
    replicas: &[Sandbox],
    lists: Vec<Vec<pb::HoldSeatsRequest>>,
) -> Vec<(pb::HoldSeatsRequest, Outcome)> {
    let callers = lists.into_iter().enumerate().map(|(n, list)| {
        let sandbox = &replicas[n % replicas.len()];
        async move {
            let mut outcomes = Vec::new();
            for request in list {
                let outcome = sandbox.hold(request.clone()).await.unwrap();
                outcomes.push((request, outcome));
            }
            outcomes
        }
    });
    join_all(callers).await.concat()
}

/// Those who were held, and the requests that lost with what they were told.
fn sides(
    outcomes: &[(pb::HoldSeatsRequest, Outcome)],
) -> (Vec<&pb::HoldSeatsRequest>, Vec<(&pb::HoldSeatsRequest, &pb::SeatsUnavailable)>) {
    let (mut held, mut lost) = (Vec::new(), Vec::new());
    for (request, outcome) in outcomes {
        match outcome {
            Outcome::Held(_) => held.push(request),
            Outcome::Unavailable(unavailable) => lost.push((request, unavailable)),
        }
    }
    (held, lost)
}

fn a_hundred_seats() -> Vec<String> {
    let rows = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    rows.iter().flat_map(|row| (1..=10).map(move |n| format!("{row}-{n}"))).collect()
}

async fn hundred(sandbox: &Sandbox) -> pb::Showing {
    sandbox.rows(&["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]).await
}

/// All that are held are confirmed, and the events come to one replica or the other.
async fn sell(replicas: &[Sandbox], showing_id: &str, held: &[&pb::HoldSeatsRequest], sold: i32) {
    let sandbox = &replicas[0];
    let messages: Vec<_> = held.iter().map(|it| confirmed(it)).collect();
    sandbox.say(&messages).await;
    eventually("all are sold", async || sandbox.showing(showing_id).await.seats_sold == sold).await;
    let showing = sandbox.showing(showing_id).await;
    assert_eq!((showing.seats_held, showing.seats_left), (0, showing.capacity - sold));
    sandbox.heard().await;
    assert_eq!(sandbox.count("dead_letters").await, 0);
    sandbox.audit().await;
}

async fn single_seats(replicas: &[Sandbox]) {
    let sandbox = &replicas[0];
    let showing_id = hundred(sandbox).await.showing_id;
    let names = a_hundred_seats();
    // Everybody wants every seat, each beginning somewhere else.
    let lists = (0..CALLERS).map(|caller| {
        let from = caller * 37 % names.len();
        let wanted = names.iter().cycle().skip(from).take(names.len());
        wanted.map(|name| seats(&showing_id, &[name])).collect()
    });
    let outcomes = race(replicas, lists.collect()).await;

    let (held, lost) = sides(&outcomes);
    let winners: BTreeSet<&String> = held.iter().flat_map(|it| &it.seats).collect();
    assert_eq!((held.len(), winners.len()), (100, 100));
    assert_eq!(lost.len(), CALLERS * 100 - 100);
    assert!(lost.iter().all(|(request, told)| told.seats == request.seats));
    let showing = sandbox.showing(&showing_id).await;
    assert_eq!((showing.seats_held, showing.seats_left), (100, 0));
    sell(replicas, &showing_id, &held, 100).await;
}

async fn overlapping_groups(replicas: &[Sandbox]) {
    let sandbox = &replicas[0];
    let showing_id = hundred(sandbox).await.showing_id;
    let names = a_hundred_seats();
    // Groups of one to five that overlap their neighbours'; some backwards, to provoke deadlocks.
    let lists = (0..CALLERS).map(|caller| {
        let groups = (0..40).map(|n| {
            let (from, size) = ((caller * 31 + n * 3) % 96, 1 + (caller + n) % 5);
            let mut group: Vec<&str> =
                names[from..(from + size).min(100)].iter().map(String::as_str).collect();
            if n % 2 == 0 {
                group.reverse();
            }
            seats(&showing_id, &group)
        });
        groups.collect()
    });
    let outcomes = race(replicas, lists.collect()).await;

    let (held, lost) = sides(&outcomes);
    let mut owner = BTreeMap::new();
    for request in &held {
        for seat in &request.seats {
            assert_eq!(owner.insert(seat, &request.booking_id), None, "{seat} went twice");
        }
    }
    for (request, told) in lost {
        // The names are some of those asked for, in their order; each belongs to somebody by now.
        assert!(!told.seats.is_empty());
        assert!(told.seats.iter().all(|it| request.seats.contains(it) && owner.contains_key(it)));
    }
    let showing = sandbox.showing(&showing_id).await;
    assert_eq!(showing.seats_held as usize, owner.len());
    sell(replicas, &showing_id, &held, owner.len() as i32).await;
}

async fn counted_seats(replicas: &[Sandbox]) {
    let sandbox = &replicas[0];
    let showing_id = sandbox.general(100).await.showing_id;
    let lists = (0..CALLERS).map(|caller| {
        let sizes = (0..20).map(|n| 1 + ((caller + n) % 3) as i32);
        sizes.map(|size| quantity(&showing_id, size)).collect()
    });
    let outcomes = race(replicas, lists.collect()).await;

    let (held, lost) = sides(&outcomes);
    // Ones are asked for to the end, so the last seat goes too.
    assert_eq!(held.iter().map(|it| it.quantity).sum::<i32>(), 100);
    assert!(lost.iter().all(|(it, told)| told.seats.is_empty() && told.seats_left < it.quantity));
    sell(replicas, &showing_id, &held, 100).await;
}

on_every_store! {
    async fn a_hundred_seats_are_sold_a_hundred_times(sandbox: Sandbox) {
        let alone = [sandbox];
        single_seats(&alone).await;
        overlapping_groups(&alone).await;
        counted_seats(&alone).await;
    }
}

on_every_server! {
    async fn two_replicas_sell_no_more_than_one(sandbox: Sandbox) {
        let replicas = sandbox.doubled().await;
        single_seats(&replicas).await;
        overlapping_groups(&replicas).await;
        counted_seats(&replicas).await;
    }

    async fn replicas_never_undo_each_other(sandbox: Sandbox) {
        let replicas = sandbox.doubled().await;
        let sandbox = &replicas[0];
        let general = sandbox.general(1_000).await.showing_id;
        let named = hundred(sandbox).await.showing_id;
        let names = a_hundred_seats();
        // 40 bookings of each kind, each asked for on both replicas at once, twice. A quarter is left
        // held, a quarter sold, a quarter released, a quarter sold and then released.
        let requests: Vec<_> = (0..40)
            .flat_map(|n| [quantity(&general, 2), seats(&named, &[&names[2 * n], &names[2 * n + 1]])])
            .collect();
        let tries = (0..requests.len() * 4).map(|n| {
            let request = requests[n / 4].clone();
            let replica = &replicas[n % 2];
            async move { (n / 4, replica.hold(request).await.unwrap()) }
        });
        let mut answers = BTreeMap::new();
        for (n, outcome) in join_all(tries).await {
            assert!(matches!(outcome, Outcome::Held(_)));
            let first = answers.entry(n).or_insert_with(|| outcome.clone());
            assert_eq!(*first, outcome, "the same booking, the same answer");
        }
        let fate = |n: usize| n / 2 % 4;
        let mut messages = Vec::new();
        for (n, request) in requests.iter().enumerate() {
            if [1, 3].contains(&fate(n)) {
                messages.push(confirmed(request));
            }
            if [2, 3].contains(&fate(n)) {
                messages.push(cancelled(request));
            }
        }
        sandbox.say(&messages).await;
        sandbox.heard().await;

        for showing_id in [&general, &named] {
            let showing = sandbox.showing(showing_id).await;
            assert_eq!((showing.seats_held, showing.seats_sold), (20, 20));
        }
        assert_eq!(sandbox.count("holds").await, 80);
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsHeld'").await, 80);
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsSold'").await, 40);
        assert_eq!(sandbox.count("outbox WHERE name LIKE '%.SeatsReleased'").await, 40);
        assert_eq!(sandbox.count("dead_letters").await, 0);
        sandbox.audit().await;
    }
}
