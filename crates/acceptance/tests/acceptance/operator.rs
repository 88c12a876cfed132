//! What an operator gets wrong: one sentence that says what to change, and a non-zero exit (issue table, last row).

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use boxoffice_testkit::platform::{Output, boxoffice};
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
