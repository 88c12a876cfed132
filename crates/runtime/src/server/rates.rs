//! How often a customer, and an address, may call.

use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use boxoffice_kernel::{Fault, Kind};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::{HeaderMap, HeaderName};

use super::Limits;

/// Who has called how often. Each is limited by a bucket of its own, which is forgotten when it is full again.
pub(crate) struct Rates {
    customers: Option<DefaultKeyedRateLimiter<String>>,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
    trusted_proxies: usize,
}

/// Too often.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{whose} calls too often; slow down")]
pub(crate) struct TooOften {
    whose: &'static str,
    again: Duration,
}

const FORGETS_EVERY: Duration = Duration::from_secs(1);

static FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

// === impl Rates ===

impl Rates {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            customers: limiter(limits.rate_per_customer),
            addresses: limiter(limits.rate_per_address),
            trusted_proxies: limits.trusted_proxies,
        }
    }

    /// Counts a call of the subject of a token.
    pub(crate) fn customer(&self, subject: &String) -> Result<(), TooOften> {
        count(self.customers.as_ref(), subject, "this customer")
    }

    /// Counts a call that came over a connection of `peer`.
    pub(crate) fn address(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), TooOften> {
        let caller = || household(forwarded(headers, self.trusted_proxies).unwrap_or(peer));
        let Some(addresses) = &self.addresses else { return Ok(()) };
        count(Some(addresses), &caller(), "this address")
    }

    /// Forgets again and again: what is kept is bounded by what a second brings.
    pub(crate) async fn keep_small(&self) {
        if self.customers.is_none() && self.addresses.is_none() {
            return;
        }
        loop {
            tokio::time::sleep(FORGETS_EVERY).await;
            self.forget();
        }
    }

    /// Forgets whoever has not called lately.
    fn forget(&self) {
        if let Some(customers) = &self.customers {
            customers.retain_recent();
            customers.shrink_to_fit();
        }
        if let Some(addresses) = &self.addresses {
            addresses.retain_recent();
            addresses.shrink_to_fit();
        }
    }
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates")
            .field("customers", &self.customers.as_ref().map(RateLimiter::len))
            .field("addresses", &self.addresses.as_ref().map(RateLimiter::len))
            .finish_non_exhaustive()
    }
}

fn limiter<K: Hash + Eq + Clone>(per_second: u32) -> Option<DefaultKeyedRateLimiter<K>> {
    NonZeroU32::new(per_second).map(|rate| RateLimiter::keyed(Quota::per_second(rate)))
}

fn count<K: Hash + Eq + Clone>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
    whose: &'static str,
) -> Result<(), TooOften> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|until| {
        let again = until.wait_time_from(DefaultClock::default().now());
        TooOften { whose, again: again.max(Duration::from_millis(1)) }
    })
}

/// Whom the farthest of our own proxies was called by. Each writes its caller at the end, so what stands before was written by
/// strangers. `None`: fewer have written than we trust, so it did not come through them.
fn forwarded(headers: &HeaderMap, trusted_proxies: usize) -> Option<IpAddr> {
    let nth = trusted_proxies.checked_sub(1)?;
    // In bytes: what a stranger has written in a line need not be text, and must not hide what stands after it.
    let lines = headers.get_all(&FORWARDED).iter().map(http::HeaderValue::as_bytes);
    let entries: Vec<&[u8]> = lines.flat_map(|line| line.split(|byte| *byte == b',')).collect();
    let entry = std::str::from_utf8(entries.into_iter().rev().nth(nth)?).ok()?.trim();
    entry.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))
}

/// Whoever has an IPv6 address has all of its /64 (RFC 6177).
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

// === impl TooOften ===

impl Fault for TooOften {
    fn kind(&self) -> Kind {
        Kind::Exhausted
    }

    fn reason(&self) -> &'static str {
        "RATE_LIMITED"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(self.again)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let line = |line: &&str| (FORWARDED.clone(), line.parse().unwrap());
        lines.iter().map(line).collect()
    }

    #[test]
    fn an_address_is_what_the_farthest_trusted_proxy_saw() {
        let told = headers(&["6.6.6.6, 203.0.113.7", "198.51.100.1:4711 ,[2001:db8::1]:80"]);
        let by = |trusted| forwarded(&told, trusted).map(|it| it.to_string());
        assert_eq!(by(0), None, "nobody is believed");
        assert_eq!(by(1).as_deref(), Some("2001:db8::1"));
        assert_eq!(by(2).as_deref(), Some("198.51.100.1"));
        assert_eq!(by(3).as_deref(), Some("203.0.113.7"));
        assert_eq!(by(5), None, "it came past our proxies");
        assert_eq!(forwarded(&headers(&["me"]), 1), None);
    }

    /// Whatever a stranger has written before, the address that our own proxy saw counts.
    #[test]
    fn fuzz_forwarded() {
        let seen = IpAddr::from([203, 0, 113, 7]);
        boxoffice_fuzz::hold("forwarded", &[], |input| {
            let input = [input, b",203.0.113.7".as_slice()].concat();
            let Ok(line) = http::HeaderValue::from_bytes(&input) else { return Ok(()) };
            let told = HeaderMap::from_iter([(FORWARDED.clone(), line)]);
            match forwarded(&told, 1) {
                Some(address) if address == seen => Ok(()),
                other => Err(format!("{other:?} is believed")),
            }
        });
    }

    #[test]
    fn a_household_is_one_address() {
        let same = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].map(|it| it.parse().unwrap());
        assert_eq!(household(same[0]), household(same[1]));
        let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        assert_eq!(household(mapped), IpAddr::from([203, 0, 113, 7]));
    }

    #[test]
    fn each_is_counted_alone_and_told_when_to_come_back() {
        let rates = Rates::new(Limits { rate_per_address: 2, ..Limits::default() });
        let call = |last| rates.address(Ipv4Addr::new(10, 0, 0, last).into(), &HeaderMap::new());
        assert!(call(1).is_ok() && call(1).is_ok());
        let again = call(1).unwrap_err().retry_after().unwrap();
        assert!(again <= Duration::from_millis(500), "{again:?}");
        assert!(call(2).is_ok(), "another address");
    }

    #[test]
    fn who_has_not_called_lately_is_forgotten() {
        let rates = Rates::new(Limits { rate_per_address: 1_000, ..Limits::default() });
        let addresses = rates.addresses.as_ref().unwrap();
        for last in 0..=u8::MAX {
            rates.address(Ipv4Addr::new(10, 0, 0, last).into(), &HeaderMap::new()).unwrap();
        }
        let began = std::time::Instant::now();
        while !addresses.is_empty() {
            rates.forget();
            assert!(began.elapsed() < Duration::from_secs(30), "{} are kept", addresses.len());
            std::thread::yield_now();
        }
    }
}
