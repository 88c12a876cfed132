//! Ports nobody listens on.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

/// Under the range the kernel takes clients' ports from (32768 and up): while a server is stopped, nobody gets
/// its port by chance, and no client that keeps trying to reach it ends up connected to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A loopback port that is free now, and was picked at random, so that tests side by side seldom pick the same.
///
/// # Errors
/// None was found.
pub fn free_port() -> Result<u16> {
    for _ in 0..200 {
        let random = u16::from_be_bytes([uuid_byte(), uuid_byte()]);
        let port = FIRST + random % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port from {FIRST} to {}", FIRST + COUNT - 1)
}

fn uuid_byte() -> u8 {
    uuid::Uuid::new_v4().as_bytes()[0]
}
