//! Who is connected: a bound in all and for each address, and who has to make room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::super::Limits;

/// All connections.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_of_one: usize,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    /// Told of each that has gone.
    pub(super) freed: Notify,
}

/// One connection, as its calls see it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(super) peer: IpAddr,
    /// It is to be closed: its streams end.
    pub(super) leaving: CancellationToken,
    /// It has to make room, at once.
    pub(super) evicted: CancellationToken,
    /// One of our own services calls by it: it is spared, because not every client sends again what crossed a goodbye.
    ours: AtomicBool,
    calls: Mutex<Calls>,
}

#[derive(Debug)]
struct Calls {
    open: usize,
    /// Since when there is none.
    idle_since: Instant,
}

/// Held for as long as the connection.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    pub(super) connection: Arc<Connection>,
}

/// Held for as long as a call, its answer included.
#[derive(Debug)]
pub(super) struct Call(Arc<Connection>);

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// For anybody, just now.
    Now,
    /// For this address.
    ForYou,
}

// === impl Places ===

impl Places {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        let most_of_one = limits.connections_per_address;
        Arc::new(Self {
            most: limits.connections.max(1),
            most_of_one: if most_of_one == 0 { usize::MAX } else { most_of_one },
            open: Mutex::default(),
            next: AtomicU64::default(),
            freed: Notify::new(),
        })
    }

    /// A place for a connection that ends when `draining` begins. If there is none, whoever has been idle for longest is sent
    /// away: try again when that has gone.
    pub(super) fn take(
        self: &Arc<Self>,
        peer: IpAddr,
        draining: &CancellationToken,
    ) -> Result<Place, Full> {
        let mut open = self.open();
        if self.most_of_one != usize::MAX
            && open.values().filter(|it| it.peer == peer).count() >= self.most_of_one
        {
            return Err(Full::ForYou);
        }
        if open.len() >= self.most {
            let idle = open.values().filter(|it| !it.evicted.is_cancelled());
            let idle = idle.filter_map(|it| Some((it.idle_since()?, it)));
            if let Some((_, longest)) = idle.min_by_key(|(since, _)| *since) {
                longest.evicted.cancel();
            }
            return Err(Full::Now);
        }
        let connection = Arc::new(Connection {
            peer,
            leaving: draining.child_token(),
            evicted: CancellationToken::new(),
            ours: AtomicBool::new(false),
            calls: Mutex::new(Calls { open: 0, idle_since: Instant::now() }),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        open.insert(number, Arc::clone(&connection));
        Ok(Place { places: Arc::clone(self), number, connection })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Place ===

impl Drop for Place {
    fn drop(&mut self) {
        self.places.open().remove(&self.number);
        self.places.freed.notify_one();
    }
}

// === impl Connection ===

impl Connection {
    pub(super) fn call(self: &Arc<Self>) -> Call {
        self.calls().open += 1;
        Call(Arc::clone(self))
    }

    /// From now on it is not closed before the server stops.
    pub(super) fn spare(&self) {
        self.ours.store(true, Ordering::Relaxed);
    }

    /// Since when nobody has called; `None`: somebody is calling, or it is spared.
    fn idle_since(&self) -> Option<Instant> {
        let calls = self.calls();
        (calls.open == 0 && !self.ours.load(Ordering::Relaxed)).then_some(calls.idle_since)
    }

    /// Waits until it has lived for so long.
    pub(super) async fn has_lived(&self, age: Duration) {
        sleep(age).await;
        if self.ours.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until nobody has called for so long.
    pub(super) async fn idle_for(&self, longest: Duration) {
        loop {
            let until = self.idle_since().unwrap_or_else(Instant::now) + longest;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Call ===

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.open -= 1;
        calls.idle_since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const BOB: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn places(connections: usize, connections_per_address: usize) -> Arc<Places> {
        Places::new(Limits { connections, connections_per_address, ..Limits::default() })
    }

    #[test]
    fn whoever_is_idle_for_longest_makes_room() {
        let (places, never) = (places(3, 0), CancellationToken::new());
        let held: Vec<_> = (0..3).map(|_| places.take(ALICE, &never).unwrap()).collect();
        let busy = held[0].connection.call();
        assert_eq!(places.take(BOB, &never).unwrap_err(), Full::Now);
        let evicted: Vec<_> = held.iter().map(|it| it.connection.evicted.is_cancelled()).collect();
        assert_eq!(evicted, [false, true, false]);
        assert_eq!(places.take(BOB, &never).unwrap_err(), Full::Now);
        assert!(held[2].connection.evicted.is_cancelled(), "the next one");
        assert_eq!(places.take(BOB, &never).unwrap_err(), Full::Now);
        assert!(!held[0].connection.evicted.is_cancelled(), "who is calling stays");
        drop((busy, held));
        assert!(places.take(BOB, &never).is_ok());
    }

    #[test]
    fn one_address_does_not_take_all() {
        let (places, never) = (places(10, 2), CancellationToken::new());
        let held: Vec<_> = (0..2).map(|_| places.take(ALICE, &never).unwrap()).collect();
        assert_eq!(places.take(ALICE, &never).unwrap_err(), Full::ForYou);
        assert!(places.take(BOB, &never).is_ok());
        drop(held);
        assert!(places.take(ALICE, &never).is_ok());
    }
}
