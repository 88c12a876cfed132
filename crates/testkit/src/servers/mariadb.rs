//! MariaDB: one server for all tests of a process, or one of a test's own to stop and start.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;

use super::certificates::{Certificate, server_files};
use super::process::Signal;
use super::scratch::Scratch;
use super::server::{Command, Server};
use super::tools::Tools;

static SHARED: OnceCell<MariaDb> = OnceCell::const_new();

/// What every server runs with: loopback only, room for a fleet, and little memory.
const SETTINGS: [&str; 6] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--max-connections=400",
    "--innodb-buffer-pool-size=64M",
    "--performance-schema=off",
];

/// For tests that do not ask what a power cut leaves behind: a commit is with the operating system, not on the disk.
const FAST: [&str; 2] = ["--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0"];

/// A scratch server.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
}

// === impl MariaDb ===

impl MariaDb {
    /// The server all tests of this process share, a [fast](Self::start_fast) one; nobody may stop it.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::start_fast).await
    }

    /// A private server that syncs what it commits to the disk, as one in production does.
    ///
    /// # Errors
    /// MariaDB is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        Self::start_on(&[], None).await
    }

    /// A private server that never waits for the disk. Its data survives its own stops and crashes.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_fast() -> Result<Self> {
        Self::start_on(&FAST, None).await
    }

    /// A private, fast server that speaks TLS too, with this certificate.
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
        let (install, program) = (tools.mariadb("mariadb-install-db")?, tools.mariadb("mariadbd")?);
        let prepare = async |port: u16| {
            let scratch = Scratch::unprivileged("mariadb")?;
            init(&install, &scratch).await?;
            let mut arguments = arguments(&scratch, port, settings);
            if let Some(certificate) = certificate {
                certificate.install(scratch.path(), scratch.owner())?;
                arguments.extend(with_tls(scratch.path()));
            }
            let command = Command {
                name: "mariadb",
                program: program.clone(),
                arguments,
                at_once: Signal::Kill,
            };
            Ok((scratch, command))
        };
        Ok(Self { server: Server::start(prepare, answers).await? })
    }

    /// Makes an empty database and returns its URL, `mysql://root@127.0.0.1:<port>/<name>`.
    ///
    /// # Errors
    /// The server is not running.
    pub async fn database(&self) -> Result<String> {
        self.database_named(&format!("test_{}", uuid::Uuid::new_v4().simple())).await
    }

    /// As [`database`](Self::database), by a name that needs no quoting.
    ///
    /// # Errors
    /// As [`database`](Self::database), or there is one of that name.
    pub async fn database_named(&self, name: &str) -> Result<String> {
        let admin =
            connect(&url(self.port(), "mysql")).await.context("connecting to make a database")?;
        admin.execute_unprepared(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await?;
        admin.close().await?;
        Ok(url(self.port(), name))
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
        self.server.end(Signal::Term).await
    }

    /// Ends it as a crash does: nothing is written any more, and the next start recovers from the log.
    ///
    /// # Errors
    /// It was not running, or does not end.
    pub async fn crash(&mut self) -> Result<()> {
        self.server.end(Signal::Kill).await
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

async fn init(install: &Path, scratch: &Scratch) -> Result<()> {
    let mut command = tokio::process::Command::new(install);
    let data = scratch.path().join("data");
    command
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(["--skip-name-resolve", FAST[0]])
        .arg(option("--datadir=", &data))
        .current_dir(scratch.path())
        .kill_on_drop(true);
    if let Some(owner) = scratch.owner() {
        command.uid(owner.uid).gid(owner.gid);
    }
    let output = command.output().await.context("starting mariadb-install-db")?;
    ensure!(
        output.status.success(),
        "mariadb-install-db: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn arguments(scratch: &Scratch, port: u16, settings: &[&str]) -> Vec<OsString> {
    let mut arguments = vec![
        "--no-defaults".into(),
        option("--datadir=", &scratch.path().join("data")),
        option("--socket=", &scratch.path().join("socket")),
        option("--pid-file=", &scratch.path().join("pid")),
        format!("--port={port}").into(),
    ];
    arguments.extend(SETTINGS.iter().chain(settings).map(Into::into));
    arguments
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

fn with_tls(scratch: &Path) -> [OsString; 2] {
    let [certificate, key] = server_files(scratch);
    [option("--ssl-cert=", &certificate), option("--ssl-key=", &key)]
}

fn url(port: u16, database: &str) -> String {
    format!("mysql://root@127.0.0.1:{port}/{database}")
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
    match connect(&url(port, "mysql")).await {
        Ok(connection) => connection.execute_unprepared("SELECT 1").await.is_ok(),
        Err(_) => false,
    }
}
