//! A second address for a server that listens on the loopback.

use anyhow::{Context as _, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Hands on whoever comes; when it is dropped it is closed, and they are hung up on.
pub(super) struct Door(#[expect(dead_code, reason = "held for its drop")] JoinSet<()>);

// === impl Door ===

impl Door {
    /// Opens it at an address and a port; it leads to a port of the loopback.
    pub(super) async fn open(address: &str, outside: u16, inside: u16) -> Result<Self> {
        let listener = TcpListener::bind((address, outside)).await;
        let listener = listener.with_context(|| format!("listening on {address}:{outside}"))?;
        let mut door = JoinSet::new();
        door.spawn(async move {
            let mut callers = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                callers.spawn(lead(caller, inside));
                while callers.try_join_next().is_some() {}
            }
        });
        Ok(Self(door))
    }
}

/// Whoever finds the server gone is hung up on, as it would have done itself.
async fn lead(mut caller: TcpStream, inside: u16) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", inside)).await else { return };
    caller.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    copy_bidirectional(&mut caller, &mut server).await.ok();
}

#[cfg(test)]
mod tests {
    use boxoffice_testkit::servers::free_port;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_door_leads_to_the_server_and_is_shut_when_it_is_dropped() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let outside = free_port().unwrap();
        let inside = server.local_addr().unwrap().port();
        let door = Door::open("127.0.0.1", outside, inside).await.unwrap();
        let mut caller = TcpStream::connect(("127.0.0.1", outside)).await.unwrap();
        let (mut answering, _) = server.accept().await.unwrap();
        caller.write_all(b"hello").await.unwrap();
        let mut heard = [0; 5];
        answering.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");

        drop(server);
        drop(answering);
        assert_eq!(caller.read(&mut heard).await.unwrap(), 0, "the server has hung up");
        let mut next = TcpStream::connect(("127.0.0.1", outside)).await.unwrap();
        assert_eq!(next.read(&mut heard).await.unwrap_or(0), 0, "nobody is there");
        drop(door);
        while TcpStream::connect(("127.0.0.1", outside)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
