//! What the machine must have; said before anything is started, with what to do about it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::statfs::{OVERLAYFS_SUPER_MAGIC, statfs};
use nix::unistd::Uid;

use super::files;
use crate::layout::Layout;

/// Each is tried in a network namespace of its own, which ends with it.
const PROBES: [(&str, &str); 4] = [
    ("a bridge (CONFIG_BRIDGE)", "ip link add probe0 type bridge"),
    ("pairs of devices (CONFIG_VETH)", "ip link add probe0 type veth peer name probe1"),
    ("nftables (CONFIG_NF_TABLES, CONFIG_NFT_NAT)", "nft add table ip probe"),
    (
        "redirection by owner in iptables (CONFIG_NETFILTER_XT_TARGET_REDIRECT, CONFIG_NETFILTER_XT_MATCH_OWNER)",
        "iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner 1 -j REDIRECT --to-ports 1",
    ),
];

/// Programs of the distribution, and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 8] = [
    ("conntrack", "conntrack"),
    ("containerd", "containerd"),
    ("ctr", "containerd"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("nft", "nftables"),
    ("nsenter", "util-linux"),
    ("runc", "runc"),
];

/// Whether we may make namespaces at all: known before programs are built for minutes.
///
/// # Errors
/// We may not.
pub fn privileges() -> Result<()> {
    ensure!(
        Uid::effective().is_root(),
        "a cluster needs root: it makes network devices, mounts and cgroups (in namespaces of its own). Run it as root, or without it: cargo xtask test"
    );
    try_it("unshare", "--net --mount --pid --fork true").context(
        "this machine lets root make no namespaces; in a container, start that one with --privileged",
    )
}

/// Whether the programs are there, and the kernel does what they ask of it.
pub(super) fn check(layout: &Layout) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories = std::env::split_paths(&path).collect::<Vec<_>>();
    directories.extend(["/usr/sbin".into(), "/sbin".into(), layout.bin()]);
    for (program, package) in PROGRAMS {
        let found = directories.iter().any(|directory| directory.join(program).is_file());
        ensure!(found, "there is no {program}: apt-get install {package}");
    }
    files::cni()?;
    for (what, probe) in PROBES {
        let arguments = format!("--net -- env PATH=/usr/sbin:/sbin:/usr/bin:/bin {probe}");
        try_it("unshare", &arguments).with_context(|| {
            format!("the kernel lacks {what}: load its module, or take another")
        })?;
    }
    let kinds = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    ensure!(
        kinds.split_whitespace().any(|kind| kind == "overlay"),
        "the kernel has no overlayfs (CONFIG_OVERLAY_FS), which images are mounted by: modprobe overlay"
    );
    let kind = statfs(layout.state()).context("asking for the kind of file system")?;
    ensure!(
        kind.filesystem_type() != OVERLAYFS_SUPER_MAGIC,
        "{} lies on an overlayfs, which cannot lie on another: set BOXOFFICE_CLUSTER_DIR to a directory on ext4, xfs or tmpfs",
        layout.state().display()
    );
    ensure!(
        Path::new("/sys/fs/cgroup").read_dir().is_ok_and(|mut it| it.next().is_some()),
        "no cgroups are mounted at /sys/fs/cgroup"
    );
    Ok(())
}

fn try_it(program: &str, arguments: &str) -> Result<()> {
    let output = Command::new(program).args(arguments.split_whitespace()).output();
    let output = output.with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {arguments}: {}", said.trim());
    }
    Ok(())
}
