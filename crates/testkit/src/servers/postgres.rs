//! Postgres: one cluster for all tests of a process, or one of a test's own to stop and start.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;

use super::certificates::{Certificate, server_files};
use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

static SHARED: OnceCell<Postgres> = OnceCell::const_new();

/// Databases that nobody needs any more. Each that is made takes the place of one of its cluster: an
/// empty one is 8 MB, and a fleet has eight.
static DONE_WITH: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What every cluster runs with: loopback only, and room for a dozen fleets of nine processes.
const SETTINGS: [&str; 4] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=1500",
    "timezone=UTC",
];

/// For tests that do not ask what a power cut leaves behind.
const FAST: [&str; 2] = ["fsync=off", "full_page_writes=off"];

/// A scratch cluster.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
}

// === impl Postgres ===

impl Postgres {
    /// The cluster all tests of this process share, a [fast](Self::start_fast) one; nobody may stop it.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::start_fast).await
    }

    /// Nobody will use the database at `url` again: the next one on its cluster takes its place.
    pub fn done_with(url: String) {
        done_with().push(url);
    }

    /// A private cluster that syncs what it commits to the disk, as one in production does.
    ///
    /// # Errors
    /// Postgres is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// A private cluster that never waits for the disk. Its data survives its own stops and crashes.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_fast() -> Result<Self> {
        Self::start_with(&FAST).await
    }

    /// A private, durable cluster with settings of its own, each `name=value`; the last one given counts.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(settings: &[&str]) -> Result<Self> {
        Self::start_on(settings, None).await
    }

    /// A private, fast cluster that speaks TLS too, with this certificate.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with_tls(certificate: &Certificate) -> Result<Self> {
        Self::start_on(&FAST, Some(certificate)).await
    }

    /// Gives it another certificate and starts it again.
    ///
    /// # Errors
    /// As [`restart`](Self::restart).
    pub async fn certify(&mut self, certificate: &Certificate) -> Result<()> {
        self.server.certify(certificate)?;
        self.restart().await
    }

    async fn start_on(settings: &[&str], certificate: Option<&Certificate>) -> Result<Self> {
        let tools = Tools::find();
        let (initdb, program) = (tools.postgres("initdb")?, tools.postgres("postgres")?);
        let prepare = async |port: u16| {
            let scratch = Scratch::unprivileged("postgres")?;
            init(&initdb, &scratch).await?;
            let mut arguments = arguments(&scratch, port, settings);
            if let Some(certificate) = certificate {
                certificate.install(scratch.path(), scratch.owner())?;
                arguments.extend(with_tls(scratch.path()));
            }
            let command = Command {
                name: "postgres",
                program: program.clone(),
                arguments,
                at_once: Signal::Quit,
            };
            Ok((scratch, command))
        };
        Ok(Self { server: Server::start(prepare, answers).await? })
    }

    /// Makes an empty database and returns its URL, `postgres://postgres@127.0.0.1:<port>/<name>`.
    ///
    /// # Errors
    /// The cluster is not running.
    pub async fn database(&self) -> Result<String> {
        self.database_named(&format!("test_{}", uuid::Uuid::new_v4().simple())).await
    }

    /// As [`database`](Self::database), by a name that needs no quoting.
    ///
    /// # Errors
    /// As [`database`](Self::database), or there is one of that name.
    pub async fn database_named(&self, name: &str) -> Result<String> {
        let admin = connect(&url(self.port(), "postgres"))
            .await
            .context("connecting to make a database")?;
        // Unlike template1, template0 is never in use.
        admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        if let Some(old) = self.left_behind() {
            admin.execute_unprepared(&format!("DROP DATABASE {old} WITH (FORCE)")).await?;
        }
        admin.close().await?;
        Ok(url(self.port(), name))
    }

    /// A database of this cluster that nobody needs.
    fn left_behind(&self) -> Option<String> {
        let ours = url(self.port(), "");
        let mut all = done_with();
        let at = all.iter().position(|url| url.starts_with(&ours))?;
        Some(all.swap_remove(at).split_off(ours.len()))
    }

    /// The port, the same after every restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Ends it in an orderly way; its clients are cut off.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.end(Signal::Int).await
    }

    /// Ends it as a crash does: nothing is written any more, and the next start recovers from the log.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn crash(&mut self) -> Result<()> {
        self.server.end(Signal::Quit).await
    }

    /// Starts it after a stop, on its port and with its data.
    ///
    /// # Errors
    /// It is running, or does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        self.server.start_again(answers).await
    }

    /// Stops it and starts it again.
    ///
    /// # Errors
    /// As [`stop`](Self::stop) and [`start_again`](Self::start_again).
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.start_again().await
    }
}

fn done_with() -> MutexGuard<'static, Vec<String>> {
    DONE_WITH.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn init(initdb: &Path, scratch: &Scratch) -> Result<()> {
    let mut command = tokio::process::Command::new(initdb);
    command
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ])
        .arg(scratch.path().join("data"))
        .current_dir(scratch.path())
        .kill_on_drop(true);
    if let Some(owner) = scratch.owner() {
        command.uid(owner.uid).gid(owner.gid);
    }
    let output = command.output().await.context("starting initdb")?;
    ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn arguments(scratch: &Scratch, port: u16, settings: &[&str]) -> Vec<OsString> {
    let mut arguments =
        vec!["-D".into(), scratch.path().join("data").into(), "-p".into(), port.to_string().into()];
    for setting in SETTINGS.iter().chain(settings) {
        arguments.extend(["-c".into(), setting.into()]);
    }
    arguments
}

fn with_tls(scratch: &Path) -> [OsString; 6] {
    let [certificate, key] = server_files(scratch);
    let certificate = format!("ssl_cert_file={}", certificate.display());
    let key = format!("ssl_key_file={}", key.display());
    ["-c".into(), "ssl=on".into(), "-c".into(), certificate.into(), "-c".into(), key.into()]
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn answers(port: u16) -> bool {
    // The pool would go on trying a port nobody listens on.
    if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        return false;
    }
    match connect(&url(port, "postgres")).await {
        Ok(connection) => connection.execute_unprepared("SELECT 1").await.is_ok(),
        Err(_) => false,
    }
}
