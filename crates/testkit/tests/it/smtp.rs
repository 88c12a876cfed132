//! A mail server is talked to, stopped and started.

use boxoffice_testkit::servers::Smtp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Says each line and returns the code of each answer, the greeting's first.
async fn talk(url: &str, lines: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(url.strip_prefix("smtp://").unwrap()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut codes = Vec::new();
    for line in [""].iter().chain(lines) {
        if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        }
        let mut answer = String::new();
        while answer.is_empty() || answer.as_bytes()[3] == b'-' {
            answer.clear();
            stream.read_line(&mut answer).await.unwrap();
        }
        codes.push(answer[..3].to_owned());
    }
    codes
}

#[tokio::test]
async fn letters_are_kept_across_restarts_and_some_are_refused() {
    let mut smtp = Smtp::start().await.unwrap();
    assert_eq!(smtp.mails().unwrap(), []);
    let letter = "Subject: =?utf-8?b?7ZGc?=\r\n\r\nhello\r\n.";
    let to = |who: &str| format!("RCPT TO:<{who}@example.org>");
    let (unknown, busy, bob) = (to("unknown"), to("busy"), to("bob"));
    let lines =
        ["EHLO x", "MAIL FROM:<a@example.org>", &unknown, &busy, &busy, &bob, "DATA", letter];
    let codes = talk(&smtp.url(), &lines).await;
    assert_eq!(codes, ["220", "250", "250", "550", "451", "250", "250", "354", "250"]);
    smtp.stop().await.unwrap();
    smtp.start_again().await.unwrap();
    smtp.lock(true).unwrap();
    let codes = talk(&smtp.url(), &["EHLO x", "MAIL FROM:<a@example.org>"]).await;
    assert_eq!(codes, ["220", "250", "530"]);
    let mails = smtp.mails().unwrap();
    assert_eq!((mails.len(), mails[0].header("subject")), (1, Some("표")));
    assert_eq!(mails[0].recipients, ["busy@example.org", "bob@example.org"]);
    assert_eq!(mails[0].text.trim(), "hello");
}
