//! Ports nobody listens on, and nobody else's tests are about to.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};

/// Under the range the kernel takes clients' ports from (32768 and up): while a server is stopped, nobody gets
/// its port by chance, and no client that keeps trying to reach it ends up connected to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// A process takes so many at a time.
const BLOCK: u16 = 100;

/// What this process has taken and not yet given out.
static MINE: Mutex<Option<Block>> = Mutex::new(None);

/// Ports of one process; the locked file says so to the others, until the process ends.
struct Block {
    left: Range<u16>,
    _held: Vec<File>,
}

/// A loopback port that is free now, and that no test on this machine is given again while this process lives.
///
/// # Errors
/// None is left.
pub fn free_port() -> Result<u16> {
    let mut mine = MINE.lock().unwrap_or_else(PoisonError::into_inner);
    let block = mine.get_or_insert_with(|| Block { left: 0..0, _held: Vec::new() });
    loop {
        if block.left.is_empty() {
            let (left, held) = take_block()?;
            block.left = left;
            block._held.push(held);
        }
        for port in block.left.by_ref() {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(port);
            }
        }
    }
}

fn take_block() -> Result<(Range<u16>, File)> {
    let directory = std::env::temp_dir().join("boxoffice-ports");
    fs::create_dir_all(&directory).with_context(|| format!("making {}", directory.display()))?;
    for first in (FIRST..FIRST + COUNT).step_by(usize::from(BLOCK)) {
        let file =
            File::options().create(true).append(true).open(directory.join(first.to_string()));
        let file = file.with_context(|| format!("a file in {}", directory.display()))?;
        if file.try_lock().is_ok() {
            return Ok((first..first + BLOCK, file));
        }
    }
    bail!("no free port from {FIRST} to {}", FIRST + COUNT - 1)
}
