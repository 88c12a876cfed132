//! Certificates: an authority of a test's own, and what it signs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tempfile::TempDir;

use super::scratch::Owner;

/// Signs certificates. Its files, and theirs, are gone with it.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

/// The files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// For everybody.
    pub certificate: PathBuf,
    /// For its owner alone.
    pub key: PathBuf,
}

// === impl Authority ===

impl Authority {
    /// One that nobody knows yet.
    ///
    /// # Errors
    /// There is no room for its files.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        // A name of its own: others that sign are others.
        let name = format!("boxoffice test authority {}", uuid::Uuid::new_v4());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let directory = TempDir::with_prefix("boxoffice-authority-")?;
        // Servers that run as somebody else read what is in it.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
        fs::write(directory.path().join("ca.pem"), issuer.pem())?;
        Ok(Self { issuer, directory })
    }

    /// Its own certificate, for whoever is to trust it.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// A certificate for a host name or an address, good today.
    ///
    /// # Errors
    /// There is no room for its files.
    pub fn sign(&self, host: &str) -> Result<Certificate> {
        self.write(host, host, CertificateParams::new([host.to_owned()])?)
    }

    /// One that ended years ago.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_expired(&self, host: &str) -> Result<Certificate> {
        let mut params = CertificateParams::new([host.to_owned()])?;
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.write(&format!("{host}-expired"), host, params)
    }

    fn write(&self, name: &str, host: &str, params: CertificateParams) -> Result<Certificate> {
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &self.issuer);
        let signed = signed.with_context(|| format!("a certificate for {host}"))?;
        let file = |kind: &str| self.directory.path().join(format!("{name}.{kind}.pem"));
        let files = Certificate { certificate: file("crt"), key: file("key") };
        fs::write(&files.certificate, signed.pem())?;
        fs::write(&files.key, key.serialize_pem())?;
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600))?;
        Ok(files)
    }
}

// === impl Certificate ===

impl Certificate {
    /// Puts both files where [`server_files`] says, as the server's own.
    pub(crate) fn install(&self, scratch: &Path, owner: Option<Owner>) -> Result<()> {
        for (from, to) in [&self.certificate, &self.key].into_iter().zip(server_files(scratch)) {
            fs::copy(from, &to).with_context(|| format!("copying {}", from.display()))?;
            if let Some(owner) = owner {
                chown(&to, Some(owner.uid), Some(owner.gid)).context("giving a file away")?;
            }
        }
        Ok(())
    }
}

/// A server's certificate and its key, in its directory.
pub(crate) fn server_files(scratch: &Path) -> [PathBuf; 2] {
    ["server.crt", "server.key"].map(|name| scratch.join(name))
}
