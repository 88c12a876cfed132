//! What the node sees of the machine: its own mounts and its own network, nothing of which is left behind.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use nix::mount::{MsFlags, mount};

use super::{NODE, holder::Holder};
use crate::layout::Layout;

/// Where programs write without asking: mounted over by directories of the cluster's own.
const HARD_CODED: [&str; 2] = ["/var/lib/cni", "/var/lib/kubelet"];

/// Mounts, inside the namespaces.
pub(super) fn mounts(layout: &Layout) -> Result<()> {
    // What a kubelet mounts for one pod, others are to see.
    let everything = MsFlags::MS_REC | MsFlags::MS_SHARED;
    mount(None::<&str>, "/", None::<&str>, everything, None::<&str>).context("sharing mounts")?;
    // Sockets with short names that no other cluster has.
    let options = Some("mode=755");
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), options).context("/run")?;
    for directory in ["/run/lock", "/run/netns", "/run/tmp"] {
        fs::create_dir_all(directory)?;
    }
    bind(&layout.log(), Path::new("/var/log"))?;
    let aside = layout.run().join("tmp");
    fs::create_dir_all(&aside)?;
    bind(&aside, Path::new("/run/tmp"))?;
    open_to_all(Path::new("/run/tmp"))?;
    for directory in HARD_CODED.map(Path::new) {
        let own = layout.run().join(directory.strip_prefix("/")?);
        fs::create_dir_all(&own)?;
        fs::create_dir_all(directory)?;
        bind(&own, directory)?;
    }
    resolver(layout)
}

/// The mount points made on the machine's own disk, unless another cluster uses them.
pub(super) fn remove_mount_points() -> Result<()> {
    if Holder::find_any()?.is_none() {
        for directory in HARD_CODED {
            // Somebody else's is not empty.
            fs::remove_dir(directory).ok();
        }
    }
    Ok(())
}

/// Servers that refuse to be root write there, too.
fn open_to_all(directory: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(directory, fs::Permissions::from_mode(0o1777))?)
}

/// Names are asked of the cluster's DNS server.
fn resolver(layout: &Layout) -> Result<()> {
    let place = Path::new("/etc/resolv.conf");
    // It may be a link into the /run that is hidden now.
    let place =
        fs::read_link(place).map_or_else(|_| place.to_owned(), |link| Path::new("/etc").join(link));
    if !place.exists() {
        fs::create_dir_all(place.parent().context("a file has a directory")?)?;
        fs::write(&place, "")?;
    }
    bind(&layout.config().join("resolv.conf"), &place)
}

fn bind(from: &Path, to: &Path) -> Result<()> {
    mount(Some(from), to, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .with_context(|| format!("mounting {} on {}", from.display(), to.display()))
}

/// The network, inside the namespaces: the node's address on a bridge without ports, since small kernels have no dummy
/// device; no way out.
pub(super) fn network() -> Result<()> {
    ip("link set lo up")?;
    ip("link add node0 type bridge")?;
    ip(&format!("address add {NODE}/32 dev node0"))?;
    ip("link set node0 up")?;
    // Whoever looks for the node's own address asks which one he would go out by.
    ip(&format!("route add default dev node0 src {NODE}"))?;
    fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("letting packets through")
}

fn ip(arguments: &str) -> Result<()> {
    let output = Command::new("ip").args(arguments.split(' ')).output().context("starting ip")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ip {arguments}: {}", said.trim());
    Ok(())
}
