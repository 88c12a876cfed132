//! What an operator gets wrong: one sentence that says what to change, and a non-zero exit (issue table, last row).

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use boxoffice_testkit::platform::{Node, Output, boxoffice};
use boxoffice_testkit::servers::free_port;
use boxoffice_testkit::stores::Store;
use futures::future::join_all;
use tempfile::TempDir;

/// Runs `boxoffice` in a directory of its own; it has to end by itself, with an error of one line.
async fn refuses(directory: &TempDir, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = boxoffice(directory.path(), arguments).await.unwrap();
    assert!(!status.success(), "{arguments:?} is taken: {stdout}{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

fn scratch() -> TempDir {
    TempDir::new().unwrap()
}

/// The error is one line.
#[track_caller]
fn one_line(stderr: &str) {
    assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("boxoffice: "), "{stderr}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = refuses(&scratch(), &["serve", "--no-demo", "--listen", &address]).await;
    assert!(told.contains(&address) && told.contains("choose another address or port"), "{told}");
    one_line(&told);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_named() {
    let directory = scratch();
    let file = directory.path().join("a-file");
    std::fs::write(&file, "not a directory").unwrap();
    let inside = file.join("data").display().to_string();
    let told =
        refuses(&directory, &["serve", "--listen", "127.0.0.1:0", "--data-dir", &inside]).await;
    assert!(told.contains(&inside) && told.contains("--data-dir"), "{told}");
    one_line(&told);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written_is_named() {
    let directory = scratch();
    let sealed = directory.path().join("sealed");
    std::fs::create_dir(&sealed).unwrap();
    std::fs::set_permissions(&sealed, std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(sealed.join("probe"), "").is_ok() {
        // Root may write anywhere; a directory in /proc refuses even root.
        let told = refuses(&directory, &["serve", "--data-dir", "/proc/boxoffice"]).await;
        return assert!(told.contains("/proc/boxoffice") && told.contains("--data-dir"), "{told}");
    }
    let sealed = sealed.display().to_string();
    let told = refuses(&directory, &["serve", "--data-dir", &sealed]).await;
    assert!(told.contains(&sealed), "{told}");
}

#[tokio::test]
async fn a_database_url_that_is_none_is_named_without_its_password() {
    for (url, hint) in [
        ("booking=oracle://scott:tiger@nowhere/booking", "booking"),
        ("booking=postgres://scott:tiger@127.0.0.1:1/booking", "booking"),
    ] {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--no-demo", "--database-url", url];
        let told = refuses(&scratch(), &arguments).await;
        assert!(told.contains(hint), "{told}");
        assert!(!told.contains("tiger"), "the password is shown: {told}");
        one_line(&told);
    }
}

#[tokio::test]
async fn a_database_url_for_nobody_is_refused() {
    let told = refuses(&scratch(), &["serve", "--database-url", "kitchen=postgres://h/x"]).await;
    assert!(told.contains("--database-url") && told.contains("CONTEXT=URL"), "{told}");
}

/// OPS-05
#[tokio::test]
async fn a_peer_whose_address_nobody_gives_is_named() {
    for (context, given, peer) in [
        ("booking", "catalog=http://c payment=http://p seating=http://s", "streaming"),
        ("review", "", "booking"),
        ("delivery", "seating=http://s", "booking"),
    ] {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--context", context];
        arguments.extend(given.split_whitespace().flat_map(|it| ["--peer", it]));
        let told = refuses(&scratch(), &arguments).await;
        let expected = format!("{context} calls {peer}, and nothing says where that is");
        assert!(told.contains(&expected) && told.contains("BOXOFFICE_PEER"), "{told}");
        one_line(&told);
    }
}

/// As a chart's test asks them, and a probe that has no other way.
#[tokio::test]
async fn who_takes_calls_is_asked_and_waited_for() {
    let directory = scratch();
    let mut node = Node::new("boxoffice", free_port().unwrap()).unwrap();
    let (url, nobody) = (node.url(), format!("http://127.0.0.1:{}", free_port().unwrap()));
    let arguments = ["health", "--url", &url, "--wait", "60s"];
    let waited = boxoffice(directory.path(), &arguments);
    let (waited, started) = tokio::join!(waited, async {
        // Asked before it is there.
        tokio::time::sleep(Duration::from_millis(200)).await;
        node.start().await
    });
    started.unwrap();
    let waited = waited.unwrap();
    assert!(waited.status.success(), "{}", waited.text());
    assert_eq!(waited.stdout, format!("{url}/: serving\n"));

    let both = boxoffice(directory.path(), &["health", "--url", &nobody, "--url", &url]).await;
    let both = both.unwrap();
    assert_eq!(both.status.code(), Some(1), "{}", both.text());
    let lines: Vec<_> = both.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with(&format!("{nobody}/: ")) && lines[0].contains("refused"));
    assert_eq!(lines[1], format!("{url}/: serving"));
}

/// A Job that Kubernetes starts twice.
#[tokio::test]
async fn two_that_migrate_at_once_are_both_content() {
    let stores = [Store::postgres().await.unwrap(), Store::mariadb().await.unwrap()];
    for store in stores {
        let url = format!("booking={}", store.url());
        let arguments = ["migrate", "--context", "booking", "--database-url", &url];
        let directory = scratch();
        let both = (0..4).map(|_| boxoffice(directory.path(), &arguments));
        for migrated in join_all(both).await {
            let migrated = migrated.unwrap();
            assert!(migrated.status.success(), "{}: {}", store.kind(), migrated.text());
            assert_eq!(migrated.stdout, "booking: up to date\n");
        }
    }
}

#[tokio::test]
async fn an_unknown_flag_is_named() {
    let told = refuses(&scratch(), &["serve", "--prot", "8080"]).await;
    assert!(told.contains("--prot"), "{told}");
}

#[tokio::test]
async fn a_broken_value_is_named_with_its_flag() {
    for (flag, value) in [
        ("--hold", "soon"),
        ("--listen", "everywhere"),
        ("--most-seats", "many"),
        ("--context", "kitchen"),
        ("--nats-url", "not a url"),
    ] {
        let told = refuses(&scratch(), &["serve", flag, value]).await;
        assert!(told.contains(flag) && told.contains(value), "{flag} {value}: {told}");
    }
}

#[tokio::test]
async fn the_development_issuer_serves_this_machine_only() {
    let told = refuses(&scratch(), &["serve", "--listen", "0.0.0.0:0"]).await;
    assert!(told.contains("--issuer") && told.contains("--insecure-dev-login"), "{told}");
    one_line(&told);
}

#[tokio::test]
async fn keys_come_encrypted_or_from_this_machine() {
    for issuer in ["http://login.example.com/", "http://192.0.2.1:8080/", "ftp://localhost.evil/"] {
        let told = refuses(&scratch(), &["serve", "--issuer", issuer]).await;
        assert!(told.contains(issuer) && told.contains("--insecure-issuer"), "{told}");
        one_line(&told);
    }
}

#[tokio::test]
async fn an_audit_of_nothing_finds_nothing_broken() {
    let directory = scratch();
    let migrated = boxoffice(directory.path(), &["migrate"]).await.unwrap();
    assert!(migrated.status.success(), "{}", migrated.text());
    let again = boxoffice(directory.path(), &["migrate"]).await.unwrap();
    assert!(again.status.success(), "{}", again.text());
    let audit = boxoffice(directory.path(), &["audit"]).await.unwrap();
    assert!(audit.status.success(), "{}", audit.text());
    assert!(audit.stdout.contains("audit: 0 broken, 0 in flight"), "{}", audit.stdout);
}

#[tokio::test]
async fn the_settings_in_force_are_printed_without_secrets() {
    let url = "booking=postgres://scott:tiger@db/booking";
    let arguments =
        ["config", "--database-url", url, "--client-id", "it", "--client-secret", "hush"];
    let config = boxoffice(scratch().path(), &arguments).await.unwrap();
    assert!(config.status.success(), "{}", config.text());
    assert!(config.stdout.contains("scott:***@db"), "{}", config.stdout);
    assert!(!config.text().contains("tiger") && !config.text().contains("hush"));
}
