//! What the node's programs are told: templates beside the code, with this cluster's values put in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{DNS, NODE, PODS, SERVICES, cgroups};
use crate::images;
use crate::layout::Layout;

/// Who has a kubeconfig.
const USERS: [&str; 7] = [
    "admin",
    "coredns",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "metrics-server",
    "node",
];

/// Where distributions put the programs that connect pods.
const CNI: [&str; 2] = ["/usr/lib/cni", "/opt/cni/bin"];

/// What the programs read.
const FILES: [(&str, &str); 7] = [
    ("containerd.toml", include_str!("../../files/containerd.toml")),
    ("cni/10-pods.conflist", include_str!("../../files/pods.conflist")),
    ("kubelet.yaml", include_str!("../../files/kubelet.yaml")),
    ("kube-proxy.yaml", include_str!("../../files/kube-proxy.yaml")),
    ("Corefile", include_str!("../../files/Corefile")),
    ("resolv.conf", include_str!("../../files/resolv.conf")),
    ("addons.yaml", include_str!("../../files/addons.yaml")),
];

/// How they are started.
const ARGUMENTS: [(&str, &str); 9] = [
    ("containerd", include_str!("../../files/arguments/containerd")),
    ("coredns", include_str!("../../files/arguments/coredns")),
    ("etcd", include_str!("../../files/arguments/etcd")),
    ("kube-apiserver", include_str!("../../files/arguments/kube-apiserver")),
    ("kube-controller-manager", include_str!("../../files/arguments/kube-controller-manager")),
    ("kube-proxy", include_str!("../../files/arguments/kube-proxy")),
    ("kube-scheduler", include_str!("../../files/arguments/kube-scheduler")),
    ("kubelet", include_str!("../../files/arguments/kubelet")),
    ("metrics-server", include_str!("../../files/arguments/metrics-server")),
];

/// Writes all of them.
pub(super) fn write(layout: &Layout) -> Result<()> {
    let config = layout.config();
    fs::create_dir_all(config.join("cni"))?;
    for (name, template) in FILES {
        put(&config.join(name), &render(template, layout)?)?;
    }
    USERS.into_iter().try_for_each(|user| kubeconfig(user, layout))
}

fn kubeconfig(user: &str, layout: &Layout) -> Result<()> {
    let text = include_str!("../../files/kubeconfig.yaml").replace("@USER@", user);
    put(&layout.config().join(format!("{user}.conf")), &render(&text, layout)?)
}

/// Writes a file of values for Helm, and says where.
pub(crate) fn values(layout: &Layout, name: &str, template: &str) -> Result<PathBuf> {
    let path = layout.config().join(name);
    put(&path, &render(template, layout)?)?;
    Ok(path)
}

/// A program's arguments, one a line.
pub(super) fn arguments(program: &str, layout: &Layout) -> Result<Vec<String>> {
    let template = ARGUMENTS.into_iter().find(|(name, _)| *name == program);
    let (_, template) =
        template.with_context(|| format!("nobody wrote how {program} is started"))?;
    let text = render(template, layout)?;
    Ok(text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect())
}

fn render(template: &str, layout: &Layout) -> Result<String> {
    let mut text = template.to_owned();
    let path = |path: PathBuf| path.display().to_string();
    let values = [
        ("@CGROUP@", format!("/{}", cgroups::name(layout))),
        ("@CONFIG@", path(layout.config())),
        ("@DNS@", DNS.to_owned()),
        ("@HUB@", images::ISTIO_HUB.to_owned()),
        ("@NODE@", NODE.to_owned()),
        ("@PAUSE@", images::PAUSE.to_owned()),
        ("@PKI@", path(layout.pki())),
        ("@PODS@", PODS.to_owned()),
        ("@RUN@", path(layout.run())),
        ("@SERVICES@", SERVICES.to_owned()),
        ("@TAG@", images::ISTIO_TAG.to_owned()),
    ];
    for (name, value) in values {
        text = text.replace(name, &value);
    }
    if text.contains("@CNI@") {
        text = text.replace("@CNI@", cni()?);
    }
    if text.contains("@AUTHORITY@") {
        let authority = fs::read(layout.pki().join("ca.crt")).context("reading the authority")?;
        text = text.replace("@AUTHORITY@", &BASE64_STANDARD.encode(authority));
    }
    ensure!(!text.contains('@'), "a value is missing: {text}");
    Ok(text)
}

pub(super) fn cni() -> Result<&'static str> {
    let found = CNI.into_iter().find(|directory| Path::new(directory).join("ptp").is_file());
    found.with_context(|| {
        format!(
            "no CNI plugins in {}: apt-get install containernetworking-plugins",
            CNI.join(" or ")
        )
    })
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_and_kubeconfig_that_a_program_is_told_of_is_there() {
        let state = tempfile::tempdir().unwrap();
        let layout = Layout::at(state.path()).unwrap();
        super::super::pki::write(&layout.pki()).unwrap();
        fs::create_dir_all(layout.config()).unwrap();
        for user in USERS {
            kubeconfig(user, &layout).unwrap();
        }
        let templates = FILES.into_iter().chain(ARGUMENTS).filter(|(_, it)| !it.contains("@CNI@"));
        let mut texts =
            templates.map(|(_, template)| render(template, &layout).unwrap()).collect::<Vec<_>>();
        for user in USERS {
            let file = layout.config().join(format!("{user}.conf"));
            texts.push(fs::read_to_string(file).unwrap());
        }
        let mut seen = 0;
        for text in &texts {
            let words = text.split(|it: char| it.is_whitespace() || "=,{}\"".contains(it));
            for word in words.filter(|word| {
                word.ends_with(".crt") || word.ends_with(".key") || word.ends_with(".conf")
            }) {
                assert!(Path::new(word).is_file() || word.ends_with("resolv.conf"), "{word}");
                seen += 1;
            }
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn a_value_that_nobody_gives_is_said() {
        let layout = Layout::at(Path::new("/there")).unwrap();
        assert_eq!(render("--data-dir=@RUN@/etcd", &layout).unwrap(), "--data-dir=/there/run/etcd");
        let error = render("--data-dir=@RUM@/etcd", &layout).unwrap_err();
        assert!(error.to_string().contains("@RUM@"), "{error}");
    }
}
