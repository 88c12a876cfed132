//! What one process takes from the outside, and no more.

use std::time::Duration;

/// What one process takes from the outside. docs/operations.md says of each what its excess is answered.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. One more takes the place of the one that has been idle for longest; if none is idle, it waits.
    pub connections: usize,
    /// Connections of one address at once; more are closed. 0: as many as of all.
    pub connections_per_address: usize,
    /// How long a connection lives; then its streams are told to go on elsewhere.
    pub connection_age: Duration,
    /// How long the calls of a connection that has lived for so long may take to end.
    pub connection_grace: Duration,
    /// How long an HTTP/2 connection may be without a call. An HTTP/1 connection has [`header_read`](Self::header_read).
    pub idle: Duration,
    /// How often a silent HTTP/2 connection is asked whether it is alive; it is closed when it does not answer for as long.
    pub keep_alive: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
    /// Bytes of all headers of a request; more is 431.
    pub headers: u32,
    /// How long a request's headers may take to arrive, counted from when the one before was answered.
    pub header_read: Duration,
    /// Bytes of a body; more is `REQUEST_TOO_LARGE`, 413.
    pub body: usize,
    /// How long a request's body may take to arrive.
    pub body_read: Duration,
    /// Bodies that are waited for at once. Most come with their headers, and are not.
    pub bodies: usize,
    /// How long an answer, or a part of a stream, may wait for its reader.
    pub unread: Duration,
    /// Calls of one service that are handled at once; more are `OVERLOADED`. Our own services' are not counted.
    pub calls: usize,
    /// Streams that wait for news at once; more are `TOO_MANY_WATCHERS`.
    pub watchers: usize,
    /// Calls a second of one customer, and as many in one moment; more are `RATE_LIMITED`. 0: any number.
    pub rate_per_customer: u32,
    /// Calls a second of one address, likewise.
    pub rate_per_address: u32,
    /// How many proxies in front of us name their caller at the end of `x-forwarded-for`.
    pub trusted_proxies: usize,
    /// A call that takes longer is logged.
    pub slow: Duration,
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 0,
            connection_age: Duration::from_secs(30 * 60),
            connection_grace: Duration::from_secs(30),
            idle: Duration::from_secs(5 * 60),
            keep_alive: Duration::from_secs(20),
            streams: 512,
            headers: 32 * 1024,
            header_read: Duration::from_secs(10),
            body: 1024 * 1024,
            body_read: Duration::from_secs(30),
            bodies: 512,
            unread: Duration::from_secs(30),
            calls: 512,
            watchers: 10_000,
            rate_per_customer: 1_000,
            rate_per_address: 0,
            trusted_proxies: 0,
            slow: Duration::from_secs(1),
        }
    }
}
