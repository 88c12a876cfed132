//! Databases by TLS (issue point 10, NFR-07): the server that was meant, or none, and a word on what to do.

use std::path::Path;

use boxoffice_kernel::fault::chain;
use boxoffice_runtime::database::{Options, connect};
use boxoffice_testkit::servers::{Authority, MariaDb, Postgres};

use crate::database::ask;

async fn refuses(url: &str, advice: &str) {
    let told = chain(&connect(url, &Options::default()).await.unwrap_err());
    assert!(told.contains(advice), "{url}: {told}");
    assert!(!told.contains("hush"), "the password is shown: {told}");
}

/// A URL as the test kit gives it, by another host, with a password and the options of a careful operator.
fn careful(url: &str, host: &str, authority: &Path) -> String {
    let url = url.replace("@127.0.0.1", &format!(":hush@{host}"));
    let options = match url.starts_with("postgres") {
        true => "sslmode=verify-full&sslrootcert",
        false => "ssl-mode=VERIFY_IDENTITY&ssl-ca",
    };
    format!("{url}?{options}={}", authority.display())
}

/// What is refused while the server has a good certificate for `localhost`.
async fn refuses_others(url: &str, authority: &Authority) {
    let stranger = Authority::new().unwrap();
    let unknown = "by an authority that is not trusted; name the right CA file";
    refuses(&careful(url, "localhost", &stranger.file()), unknown).await;
    refuses(&careful(url, "127.0.0.1", &authority.file()), "is for another host").await;
}

#[tokio::test]
async fn postgres_is_the_one_that_was_meant() {
    let authority = Authority::new().unwrap();
    let certificate = authority.sign("localhost").unwrap();
    let mut server = Postgres::start_with_tls(&certificate).await.unwrap();
    let url = server.database().await.unwrap();
    let ours = careful(&url, "localhost", &authority.file());
    let db = connect(&ours, &Options::default()).await.unwrap();
    let by_tls = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(ask(&db.read, by_tls).await, "true");
    refuses_others(&url, &authority).await;

    server.certify(&authority.sign_expired("localhost").unwrap()).await.unwrap();
    refuses(&ours, "its certificate has expired; renew it").await;

    let plain = Postgres::shared().await.unwrap().database().await.unwrap();
    refuses(&careful(&plain, "localhost", &authority.file()), "the server speaks no TLS").await;
}

#[tokio::test]
async fn mariadb_is_the_one_that_was_meant() {
    let authority = Authority::new().unwrap();
    let certificate = authority.sign("localhost").unwrap();
    let mut server = MariaDb::start_with_tls(&certificate).await.unwrap();
    let url = server.database().await.unwrap();
    // Root has no password here, and the server minds one.
    let ours = careful(&url, "localhost", &authority.file()).replace(":hush", "");
    let db = connect(&ours, &Options::default()).await.unwrap();
    let by_tls = "SELECT variable_value <> '' FROM information_schema.session_status \
                  WHERE variable_name = 'SSL_CIPHER'";
    assert_eq!(ask(&db.read, by_tls).await, "1");
    refuses_others(&url, &authority).await;

    server.certify(&authority.sign_expired("localhost").unwrap()).await.unwrap();
    refuses(&ours, "its certificate has expired; renew it").await;

    let plain = MariaDb::shared().await.unwrap().database().await.unwrap();
    refuses(&careful(&plain, "localhost", &authority.file()), "the server speaks no TLS").await;
}

/// The drivers would skip each of these, and go on without a check.
#[tokio::test]
async fn an_option_that_checks_nothing_is_refused() {
    for (url, expected) in [
        ("postgres://h/x?ssl_mode=hush", "`ssl_mode` is no option; there are sslmode, sslrootcert"),
        ("mysql://h/x?sslrootcert=hush", "`sslrootcert` is no option; there are ssl-mode, ssl-ca"),
        (
            "postgres://h/x?sslrootcert=/dev/null&sslmode=require",
            "sslrootcert is of use only with sslmode=verify-full",
        ),
        ("mysql://h/x?ssl-ca=/dev/null", "ssl-ca is of use only with ssl-mode=VERIFY_IDENTITY"),
        (
            "postgres://u:hush@h/x?sslmode=verify-full&sslrootcert=/no/ca.pem",
            "sslrootcert names /no/ca.pem, which cannot be read",
        ),
    ] {
        refuses(url, expected).await;
    }
}
