//! Words in plain text, to whoever listens at an address.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What somebody there says to an ordinary HTTP request; nothing, if they hang up.
///
/// # Panics
/// Nobody listens there, or they neither answer nor hang up.
pub(crate) async fn said(address: &str) -> String {
    let exchange = async {
        let connecting = TcpStream::connect(address).await;
        let mut line = connecting.unwrap_or_else(|error| panic!("{address}: {error}"));
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let mut said = Vec::new();
        // A line that is cut is an answer too: none.
        if line.write_all(request.as_bytes()).await.is_ok() {
            let _ = line.read_to_end(&mut said).await;
        }
        String::from_utf8_lossy(&said).into_owned()
    };
    let answer = timeout(Duration::from_secs(20), exchange).await;
    answer.unwrap_or_else(|_| panic!("{address} neither answers nor hangs up"))
}
