//! Secrets: taken from files as from the environment, and shown to nobody (issue point 10, NFR-07).

use boxoffice_testkit::platform::{Output, boxoffice_with};
use tempfile::TempDir;

/// Every secret setting there is, and a value of it that holds [`HUSH`].
const SECRETS: [(&str, &str); 7] = [
    ("BOXOFFICE_DATABASE_URL", "postgres://box:hush@db/{context}"),
    ("BOXOFFICE_NATS_URL", "nats://hush@nats:4222"),
    ("BOXOFFICE_CLIENT_SECRET", "hush"),
    ("BOXOFFICE_SMTP_URL", "smtps://box:hush@mail"),
    ("BOXOFFICE_STRIPE_SECRET_KEY", "sk_test_hush"),
    ("BOXOFFICE_STRIPE_WEBHOOK_SECRET", "whsec_hush"),
    ("BOXOFFICE_TOKEN", "hush"),
];
const HUSH: &str = "hush";

fn scratch() -> TempDir {
    TempDir::new().unwrap()
}

/// Runs `boxoffice` with an environment of its own; whatever it says, it says no secret.
async fn say(directory: &TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let output = boxoffice_with(directory.path(), arguments, environment).await.unwrap();
    assert!(!output.text().contains(HUSH), "{arguments:?} shows a secret: {}", output.text());
    output
}

/// It is refused with one line that says all of this.
async fn refuses(arguments: &[&str], environment: &[(&str, &str)], expected: &[&str]) {
    let Output { status, stderr, .. } = say(&scratch(), arguments, environment).await;
    assert!(!status.success(), "{arguments:?} with {environment:?} is taken");
    assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
    for it in expected {
        assert!(stderr.contains(it), "{it}: {stderr}");
    }
}

/// A file for each secret, and the environment that names them.
fn files(directory: &TempDir) -> Vec<(String, String)> {
    let file = |(name, value): (&str, &str)| {
        let path = directory.path().join(name);
        std::fs::write(&path, format!("{value}\n")).unwrap();
        (format!("{name}_FILE"), path.display().to_string())
    };
    SECRETS.map(file).to_vec()
}

fn borrowed(environment: &[(String, String)]) -> Vec<(&str, &str)> {
    environment.iter().map(|(name, value)| (&**name, &**value)).collect()
}

#[tokio::test]
async fn a_secret_in_a_file_is_in_force_and_its_file_is_told() {
    let directory = scratch();
    let files = files(&directory);
    let config = say(&directory, &["config"], &borrowed(&files)).await;
    assert!(config.status.success(), "{}", config.text());
    // The token is the demo's; `serve` knows none.
    for (_, file) in &files[..6] {
        let told = config.stdout.lines().filter(|line| line.ends_with(&format!("(file {file})")));
        assert_eq!(told.count(), 1, "{file}: {}", config.stdout);
    }
    assert!(config.stdout.contains("postgres://box:***@db/{context}"), "{}", config.stdout);
    assert!(config.stdout.contains("nats://***@nats:4222"), "{}", config.stdout);

    let url = ["config", "--nats-url", "nats://other"];
    let config = say(&directory, &url, &borrowed(&files)).await;
    let line = config.stdout.lines().find(|line| line.starts_with("nats-url")).unwrap();
    assert!(line.contains("nats://other") && line.ends_with("(flag)"), "a flag wins: {line}");
}

#[tokio::test]
async fn help_says_where_a_secret_may_lie_and_never_what_it_is() {
    let directory = scratch();
    let files = files(&directory);
    for environment in [&borrowed(&files)[..], &SECRETS[..]] {
        for command in ["serve", "config", "demo", "audit", "saga", "dead-letters", "migrate"] {
            let help = say(&directory, &[command, "--help"], environment).await;
            assert!(help.status.success(), "{}", help.text());
        }
    }
    for (command, secrets) in [("serve", &SECRETS[..6]), ("demo", &SECRETS[6..])] {
        let help = say(&directory, &[command, "--help"], &[]).await;
        for (name, _) in secrets {
            let expected = format!("{name}_FILE may name a file with it");
            let help = help.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(help.contains(&expected), "{expected}: {help}");
        }
    }
}

/// OPS-06
#[tokio::test]
async fn a_file_without_a_secret_is_named_with_its_setting() {
    let directory = scratch();
    let empty = directory.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let empty = empty.display().to_string();
    for (name, value) in &SECRETS[..6] {
        let file = format!("{name}_FILE");
        for command in ["serve", "config"] {
            let missing = [(&*file, "/no/such/secret")];
            let expected = [&*file, "/no/such/secret", "cannot be read: No such file"];
            refuses(&[command], &missing, &expected).await;
            refuses(&[command], &[(&*file, &*empty)], &[&*file, &*empty, "is empty"]).await;
            let both = [(&*file, &*empty), (*name, *value)];
            refuses(&[command], &both, &[&*file, "are both set; keep one of them"]).await;
        }
    }
    // Whoever needs none of them does not miss them.
    let version = say(&directory, &["version"], &[("BOXOFFICE_TOKEN_FILE", "/no/such")]).await;
    assert!(version.status.success(), "{}", version.text());
}

/// However a secret is wrong, the error says which setting it is and not what it says.
#[tokio::test]
async fn an_error_about_a_secret_does_not_tell_it() {
    let serve = ["serve", "--listen", "127.0.0.1:0", "--no-demo"];
    for (name, value, expected) in [
        ("BOXOFFICE_DATABASE_URL", "kitchen=postgres://box:hush@h/x", "--database-url"),
        ("BOXOFFICE_DATABASE_URL", "hush", "--database-url"),
        ("BOXOFFICE_DATABASE_URL", "oracle://box:hush@h/{context}", "is no database URL"),
        (
            "BOXOFFICE_DATABASE_URL",
            "postgres://h/{context}?passwort=hush",
            "`passwort` is no option",
        ),
        ("BOXOFFICE_DATABASE_URL", "postgres://box:hush@127.0.0.1:1/{context}", "cannot be opened"),
        ("BOXOFFICE_NATS_URL", "nats://box:hush@", "--nats-url"),
        ("BOXOFFICE_NATS_URL", "http://box:hush@h", "is not the address of a NATS server"),
    ] {
        refuses(&serve, &[(name, value)], &[expected]).await;
    }
    let mail = [("BOXOFFICE_SMTP_URL", "hush://box"), ("BOXOFFICE_SMTP_FROM", "box@example.org")];
    refuses(&serve, &mail, &["not the URL of a mail server"]).await;
    let client = [("BOXOFFICE_ISSUER", "http://127.0.0.1:1"), ("BOXOFFICE_CLIENT_ID", "box")];
    refuses(&serve, &client, &["BOXOFFICE_CLIENT_SECRET_FILE"]).await;
    let empty = [&client[..], &[("BOXOFFICE_CLIENT_SECRET", "")]].concat();
    refuses(&serve, &empty, &["BOXOFFICE_CLIENT_SECRET_FILE"]).await;
}
