//! Keys and certificates of a cluster, made anew each time it is booted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::{API, NODE};

/// Whom a certificate stands for: Kubernetes takes the common name for the user's, the organisation for his group.
struct Subject {
    file: &'static str,
    name: &'static str,
    group: Option<&'static str>,
    /// By what names it is called, if it is a server.
    hosts: &'static [&'static str],
}

const SUBJECTS: [Subject; 10] = [
    Subject::server(
        "kube-apiserver",
        "kube-apiserver",
        &[
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "localhost",
            "127.0.0.1",
            NODE,
            API,
        ],
    ),
    Subject::server("kubelet", "node1", &["node1", NODE]),
    // It serves, and asks the API server who asks it.
    Subject::server("metrics-server", "metrics-server", &["metrics-server.kube-system.svc", NODE]),
    Subject::client("admin", "admin", Some("system:masters")),
    Subject::client(
        "kube-apiserver-kubelet-client",
        "kube-apiserver-kubelet-client",
        Some("system:masters"),
    ),
    Subject::client("kube-controller-manager", "system:kube-controller-manager", None),
    Subject::client("kube-scheduler", "system:kube-scheduler", None),
    Subject::client("kube-proxy", "system:kube-proxy", None),
    Subject::client("node", "system:node:node1", Some("system:nodes")),
    Subject::client("coredns", "coredns", None),
];

/// Writes them all into a directory for nobody else.
pub(super) fn write(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    let authority = authority("boxoffice cluster")?;
    put(directory, "ca", &authority.pem(), authority.key())?;
    for subject in &SUBJECTS {
        subject.sign(directory, &authority)?;
    }
    let front = self::authority("boxoffice cluster front proxy")?;
    put(directory, "front-proxy-ca", &front.pem(), front.key())?;
    Subject::client("front-proxy-client", "front-proxy-client", None).sign(directory, &front)?;
    let tokens = KeyPair::generate()?;
    put(directory, "service-accounts", &tokens.public_key_pem(), &tokens)
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// A key, and what others know of it.
fn put(directory: &Path, name: &str, public: &str, key: &KeyPair) -> Result<()> {
    let file = |kind: &str| directory.join(format!("{name}.{kind}"));
    fs::write(file("crt"), public).with_context(|| format!("writing {name}.crt"))?;
    fs::write(file("key"), key.serialize_pem()).with_context(|| format!("writing {name}.key"))
}

// === impl Subject ===

impl Subject {
    const fn server(
        file: &'static str,
        name: &'static str,
        hosts: &'static [&'static str],
    ) -> Self {
        Self { file, name, group: None, hosts }
    }

    const fn client(file: &'static str, name: &'static str, group: Option<&'static str>) -> Self {
        Self { file, name, group, hosts: &[] }
    }

    fn sign(&self, directory: &Path, issuer: &CertifiedIssuer<'_, KeyPair>) -> Result<()> {
        let hosts = self.hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(hosts)?;
        params.distinguished_name.push(DnType::CommonName, self.name);
        if let Some(group) = self.group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        if !self.hosts.is_empty() {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, issuer)?;
        put(directory, self.file, &signed.pem(), &key)
    }
}
