//! Makes an embedded store hang, from outside: whoever reads or writes it waits.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// Holds every lock a SQLite file in WAL mode is read under. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Stall(#[expect(dead_code, reason = "its locks go with it")] File);

/// The bytes of the write-ahead log's index that say "somebody reads", whether they write as well or not: one of five
/// (SQLite's `walformat`, 2.3.1).
const READ_LOCKS: RangeInclusive<i64> = 123..=127;

/// Whoever reads just now is through in a moment.
const PATIENCE: Duration = Duration::from_secs(10);

// === impl Stall ===

impl Stall {
    pub(super) async fn begin(store: &Path) -> Result<Self> {
        let mut index = OsString::from(store);
        index.push("-shm");
        let index = OpenOptions::new().read(true).write(true).open(&index);
        let index = index.with_context(|| format!("opening the index of {}", store.display()))?;
        let began = Instant::now();
        for byte in READ_LOCKS {
            while !take(&index, byte)? {
                ensure!(began.elapsed() < PATIENCE, "{} is always read", store.display());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Ok(Self(index))
    }
}

/// `false`: somebody has it. The lock is this open file's, not this process's, which may have opened the store as well.
fn take(index: &File, byte: i64) -> Result<bool> {
    let lock = libc::flock {
        l_type: libc::F_WRLCK.try_into()?,
        l_whence: libc::SEEK_SET.try_into()?,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    };
    match fcntl(index, FcntlArg::F_OFD_SETLK(&lock)) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error).context("locking"),
    }
}
