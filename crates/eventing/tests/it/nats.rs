//! Getting in to a real NATS, by every way it knows (issue point 10, NFR-07): the right ones work, and a wrong one is
//! told what to do. One that is away is waited for; one that refuses us is not.

mod operator;

use std::path::Path;

use boxoffice_eventing::{Broker as _, JetStream};
use boxoffice_kernel::{Context, fault::chain};
use boxoffice_testkit::servers::{Authority, Certificate, Nats};
use nkeys::KeyPair;
use tempfile::TempDir;

/// In each wrong login, so that an error which shows it is seen.
const HUSH: &str = "hush";

const REFUSED: &str = "it does not let us in; check user and password, token, nkey or creds";

/// Its streams can be used.
async fn lets_in(url: &str) {
    let broker = JetStream::connect(url, "test", 1).await.unwrap();
    assert_eq!(broker.last_sequence(Context::BOOKING).await.unwrap(), 0, "{url}");
}

async fn refuses(url: &str, advice: &str) {
    let told = chain(&JetStream::connect(url, "test", 1).await.unwrap_err());
    assert!(told.contains(advice), "{url}: {told}");
    assert!(!told.contains(HUSH), "the secret is shown: {told}");
}

/// The server's URL with a login, another scheme, host or options in it.
fn url(nats: &Nats, change: impl FnOnce(String) -> String) -> String {
    change(nats.url())
}

fn with_login(nats: &Nats, login: &str) -> String {
    url(nats, |it| it.replace("//", &format!("//{login}@")))
}

fn file(directory: &TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn a_user_needs_the_password() {
    let nats = Nats::start_with(r#"authorization { user: "box", password: "p@ss/word" }"#);
    let nats = nats.await.unwrap();
    lets_in(&with_login(&nats, "box:p%40ss%2Fword")).await;
    refuses(&with_login(&nats, &format!("box:{HUSH}")), REFUSED).await;
    refuses(&nats.url(), REFUSED).await;
}

#[tokio::test]
async fn a_token_stands_before_the_host() {
    let nats = Nats::start_with(r#"authorization { token: "s3cr3t" }"#).await.unwrap();
    lets_in(&with_login(&nats, "s3cr3t")).await;
    refuses(&with_login(&nats, HUSH), REFUSED).await;
}

#[tokio::test]
async fn a_seed_lies_in_a_file() {
    let (ours, other) = (KeyPair::new_user(), KeyPair::new_user());
    let users = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", ours.public_key());
    let nats = Nats::start_with(&users).await.unwrap();
    let directory = TempDir::new().unwrap();
    let by =
        |name: &str, text: &str| format!("{}?nkey={}", nats.url(), file(&directory, name, text));
    lets_in(&by("ours.nk", &format!("{}\n", ours.seed().unwrap()))).await;
    refuses(&by("other.nk", &other.seed().unwrap()), REFUSED).await;
    refuses(&by("none.nk", HUSH), "cannot sign; look at the file").await;
}

#[tokio::test]
async fn credentials_lie_in_a_file() {
    let operator = operator::Operator::new();
    let nats = Nats::start_with(&operator.configuration()).await.unwrap();
    let directory = TempDir::new().unwrap();
    let by =
        |name: &str, text: &str| format!("{}?creds={}", nats.url(), file(&directory, name, text));
    lets_in(&by("ours.creds", &operator.credentials())).await;
    refuses(&by("other.creds", &operator::Operator::new().credentials()), REFUSED).await;
    refuses(&by("none.creds", HUSH), "creds names a file without credentials").await;
}

#[tokio::test]
async fn what_is_no_address_is_told_what_is() {
    for (url, expected) in [
        ("not a url", "`not a url` is not the address of a NATS server"),
        ("http://box:hush@nats:4222", "`http://box:***@nats:4222` is not the address"),
        ("ws://nats:4222", "expected nats://HOST:4222, or tls://HOST:4222"),
        ("nats://nats?tls=hush", "`tls` is no option; there are tls-ca, tls-cert"),
        (
            "nats://nats?tls-ca=/no/such/ca.pem",
            "tls-ca names /no/such/ca.pem, which cannot be read",
        ),
        ("nats://nats?creds=/no/such/box.creds", "creds names /no/such/box.creds, which cannot"),
        ("nats://a:hush@one,nats://b:hush@two", "take the same login"),
    ] {
        refuses(url, expected).await;
    }
}

fn tls(certificate: &Certificate, more: &str) -> String {
    format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, {more} }}",
        certificate.certificate, certificate.key
    )
}

fn by_tls(nats: &Nats, host: &str, authority: &Path) -> String {
    let url = url(nats, |it| it.replace("nats://127.0.0.1", &format!("tls://box:{HUSH}@{host}")));
    format!("{url}?tls-ca={}", authority.display())
}

#[tokio::test]
async fn only_the_server_that_was_meant_is_spoken_to() {
    let (authority, stranger) = (Authority::new().unwrap(), Authority::new().unwrap());
    let nats = Nats::start_with(&tls(&authority.sign("localhost").unwrap(), "")).await.unwrap();
    lets_in(&by_tls(&nats, "localhost", &authority.file())).await;
    let unknown = "an authority that is not trusted; name the right CA file";
    refuses(&by_tls(&nats, "localhost", &stranger.file()), unknown).await;
    refuses(&nats.url(), unknown).await;
    refuses(&by_tls(&nats, "127.0.0.1", &authority.file()), "is for another host").await;

    let expired = authority.sign_expired("localhost").unwrap();
    let expired = Nats::start_with(&tls(&expired, "")).await.unwrap();
    refuses(&by_tls(&expired, "localhost", &authority.file()), "has expired; renew it").await;

    let plain = Nats::start().await.unwrap();
    refuses(&by_tls(&plain, "localhost", &authority.file()), "the server speaks no TLS").await;
}

#[tokio::test]
async fn a_server_may_want_a_certificate_of_ours() {
    let authority = Authority::new().unwrap();
    let verify = format!("ca_file: {:?}, verify: true", authority.file());
    let nats = tls(&authority.sign("localhost").unwrap(), &verify);
    let nats = Nats::start_with(&nats).await.unwrap();
    let url = by_tls(&nats, "localhost", &authority.file());
    let with = |it: &Certificate| {
        format!("{url}&tls-cert={}&tls-key={}", it.certificate.display(), it.key.display())
    };
    lets_in(&with(&authority.sign("box").unwrap())).await;
    refuses(&url, "the server refuses ours").await;
    let stranger = Authority::new().unwrap();
    refuses(&with(&stranger.sign("box").unwrap()), "the server refuses ours").await;
    refuses(&format!("{url}&tls-cert={}", authority.file().display()), "given together").await;
}
