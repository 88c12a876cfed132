//! The images the cluster runs.

mod boxoffice;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use boxoffice_testkit::servers::Tools;

pub use self::boxoffice::{BOXOFFICE, write_boxoffice, write_boxoffice_dev};
use crate::layout::Layout;
use crate::oci::{Image, Start};
use crate::programs::Programs;

/// What holds a pod's namespaces.
pub const PAUSE: &str = "localhost/pause:1";
/// Where Istio's images are said to come from.
pub const ISTIO_HUB: &str = "localhost";
/// The tag of Istio's images: `localhost/pilot:1`, `localhost/proxyv2:1`.
pub const ISTIO_TAG: &str = "1";

/// Where trusted certificates lie in an image: the first place that is looked at.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// And where distributions keep them.
const SYSTEM_AUTHORITIES: [&str; 3] =
    [AUTHORITIES, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The program that is every iptables, and the names that Istio calls it by.
const XTABLES: &str = "/usr/sbin/xtables-nft-multi";
const IPTABLES: [&str; 6] = ["", "-save", "-restore", "-nft", "-nft-save", "-nft-restore"];
/// What Istio's rules match by, and do.
const RULES: [&str; 11] = [
    "CONNMARK",
    "MARK",
    "REDIRECT",
    "addrtype",
    "comment",
    "connmark",
    "conntrack",
    "mark",
    "owner",
    "standard",
    "tcp",
];

/// The user that Istio's processes are, whose traffic is not sent back to them.
const ISTIO_USER: u64 = 1337;

/// Writes the images the cluster needs to be one (pause, pilot, proxyv2) into the layout's directory of images.
///
/// # Errors
/// A file to put into one is missing.
pub fn write_system(layout: &Layout, programs: &Programs) -> Result<Vec<PathBuf>> {
    let directory = layout.images();
    fs::create_dir_all(&directory).with_context(|| format!("making {}", directory.display()))?;
    let envoy = Tools::find().program("envoy")?;
    let images = [
        ("pause", pause(programs)),
        ("pilot", pilot(programs)?),
        ("proxyv2", proxy(programs, &envoy)?),
    ];
    let write = |(name, image): (&str, Image)| {
        Ok(image.write(&directory.join(name).with_extension("tar"))?.path)
    };
    images.into_iter().map(write).collect()
}

fn pause(programs: &Programs) -> Image {
    Image::new(PAUSE, starting("/pause", "65535:65535")).copy(
        programs.program("pause"),
        "/pause",
        0o755,
    )
}

/// istiod.
fn pilot(programs: &Programs) -> Result<Image> {
    let program = "/usr/local/bin/pilot-discovery";
    let start = starting(program, &format!("{ISTIO_USER}:{ISTIO_USER}"));
    Ok(istio("pilot", start)?.copy(programs.program("istio"), program, 0o755).directory(
        "/var/run/secrets",
        0o755,
        0,
    ))
}

/// Sidecar and gateway: an agent, the Envoy that it starts, and iptables for the container that redirects a pod's traffic.
fn proxy(programs: &Programs, envoy: &Path) -> Result<Image> {
    let program = "/usr/local/bin/pilot-agent";
    let mut image = istio("proxyv2", starting(program, ""))?
        .copy(programs.program("istio"), program, 0o755)
        .copy(envoy, "/usr/local/bin/envoy", 0o755)
        .copy(programs.envoy_bootstrap(), "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json", 0o644)
        .copy(XTABLES, XTABLES, 0o755)
        .directory("/etc/istio/proxy", 0o755, 0)
        .directory("/run", 0o755, 0)
        .directory("/var/run", 0o755, 0);
    for family in ["iptables", "ip6tables"] {
        for kind in IPTABLES {
            image = image.link(format!("/usr/sbin/{family}{kind}"), "xtables-nft-multi");
        }
    }
    let extensions = extensions()?;
    let mut dynamic = vec![envoy, Path::new(XTABLES)];
    dynamic.extend(extensions.iter().map(PathBuf::as_path));
    for file in libraries(&dynamic)?.iter().chain(&extensions) {
        image = image.copy(file, file, 0o755);
    }
    Ok(image)
}

/// What both of Istio's images have.
fn istio(name: &str, start: Start) -> Result<Image> {
    let (root, user) = ("root:x:0:0::/:/none", format!("istio-proxy:x:{ISTIO_USER}:{ISTIO_USER}"));
    Ok(Image::new(format!("{ISTIO_HUB}/{name}:{ISTIO_TAG}"), start)
        .text("/etc/passwd", format!("{root}\n{user}::/:/none\n"))
        .text("/etc/group", format!("root:x:0:\nistio-proxy:x:{ISTIO_USER}:\n"))
        .copy(authorities()?, AUTHORITIES, 0o644)
        .directory("/tmp", 0o1777, 0))
}

fn starting(program: &str, user: &str) -> Start {
    let path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".to_owned();
    Start {
        user: user.to_owned(),
        entrypoint: vec![program.to_owned()],
        env: [("PATH".to_owned(), path)].into(),
        ..Start::default()
    }
}

/// The certificates this machine trusts.
fn authorities() -> Result<PathBuf> {
    let found = SYSTEM_AUTHORITIES.iter().map(PathBuf::from).find(|file| file.is_file());
    found.context("no certificates to trust are installed: install ca-certificates")
}

/// iptables' extensions for these rules: some have one for each family, some one for both.
fn extensions() -> Result<Vec<PathBuf>> {
    let directory = format!("/usr/lib/{}-linux-gnu/xtables", std::env::consts::ARCH);
    let mut extensions = Vec::new();
    for rule in RULES {
        let before = extensions.len();
        for family in ["xt", "ipt", "ip6t"] {
            let file = Path::new(&directory).join(format!("lib{family}_{rule}.so"));
            extensions.extend(Some(file).filter(|file| file.is_file()));
        }
        ensure!(extensions.len() > before, "iptables has no {rule} in {directory}");
    }
    Ok(extensions)
}

/// The libraries that any of these programs needs, the loader with them.
fn libraries(programs: &[&Path]) -> Result<BTreeSet<PathBuf>> {
    // It ends with an error where one needs none.
    let said = Command::new("ldd").args(programs).output().context("starting ldd")?;
    let said = String::from_utf8(said.stdout)?;
    let missing = said.lines().find(|line| line.contains("not found"));
    ensure!(missing.is_none(), "a library is missing: {}", missing.unwrap_or_default().trim());
    Ok(said.lines().filter_map(library).collect())
}

/// Reads `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`.
fn library(line: &str) -> Option<PathBuf> {
    let (line, _) = line.strip_prefix('\t')?.split_once(" (")?;
    let path = line.split_once(" => ").map_or(line, |(_, path)| path);
    Some(PathBuf::from(path)).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_of_a_program_are_those_its_loader_names() {
        for (line, expected) in [
            (
                "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007)",
                Some("/lib/x86_64-linux-gnu/libm.so.6"),
            ),
            ("\t/lib64/ld-linux-x86-64.so.2 (0x00007)", Some("/lib64/ld-linux-x86-64.so.2")),
            ("\tlinux-vdso.so.1 (0x00007)", None),
            ("\tstatically linked", None),
            ("/usr/sbin/xtables-nft-multi:", None),
        ] {
            assert_eq!(library(line), expected.map(PathBuf::from), "{line}");
        }
        let shell = libraries(&[Path::new("/bin/sh")]).unwrap();
        assert!(shell.iter().all(|library| library.is_file()), "{shell:?}");
        assert!(shell.iter().any(|library| library.ends_with("libc.so.6")), "{shell:?}");
    }
}
