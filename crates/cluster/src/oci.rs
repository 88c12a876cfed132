//! Writes container images without a container engine: an OCI image layout in one tar file, of one layer.
//!
//! The same files give the same bytes: what goes in is sorted, and carries neither times nor names of who built it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An image made from nothing but the files put into it.
#[derive(Debug)]
pub struct Image {
    name: String,
    start: Start,
    entries: BTreeMap<PathBuf, Entry>,
}

/// How a container of the image is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// `65532:65532`; empty is root.
    pub user: String,
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// The TCP ports it listens on.
    pub ports: BTreeSet<u16>,
    /// What the image says of itself.
    pub labels: BTreeMap<String, String>,
}

/// What an image came to.
#[derive(Debug, Clone)]
pub struct Written {
    /// `localhost/pause:1`.
    pub name: String,
    /// The tar file.
    pub path: PathBuf,
    /// Of the image's manifest, `sha256:…`: the name of exactly this content.
    pub digest: String,
    /// Bytes of its files.
    pub size: u64,
}

/// One thing in the image's file system.
#[derive(Debug)]
enum Entry {
    Directory { mode: u32, owner: u64 },
    Copy { from: PathBuf, mode: u32 },
    Text(String),
    Link { to: PathBuf },
}

/// A part of the layout, kept under its digest.
struct Blob {
    digest: String,
    size: u64,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// Passes on what is written, and sums it up.
struct Summing<W> {
    to: W,
    hash: Sha256,
    size: u64,
}

// === impl Image ===

impl Image {
    /// An empty one, called as in `localhost/pause:1`.
    #[must_use]
    pub fn new(name: impl Into<String>, start: Start) -> Self {
        Self { name: name.into(), start, entries: BTreeMap::new() }
    }

    /// Puts a directory in; those above any entry come by themselves.
    #[must_use]
    pub fn directory(self, path: impl AsRef<Path>, mode: u32, owner: u64) -> Self {
        self.entry(path.as_ref(), Entry::Directory { mode, owner })
    }

    /// Puts a copy of a file in, following links.
    #[must_use]
    pub fn copy(self, from: impl Into<PathBuf>, path: impl AsRef<Path>, mode: u32) -> Self {
        self.entry(path.as_ref(), Entry::Copy { from: from.into(), mode })
    }

    /// Puts a file of text in.
    #[must_use]
    pub fn text(self, path: impl AsRef<Path>, text: impl Into<String>) -> Self {
        self.entry(path.as_ref(), Entry::Text(text.into()))
    }

    /// Puts a symbolic link in.
    #[must_use]
    pub fn link(self, path: impl AsRef<Path>, to: impl Into<PathBuf>) -> Self {
        self.entry(path.as_ref(), Entry::Link { to: to.into() })
    }

    fn entry(mut self, path: &Path, entry: Entry) -> Self {
        let path = path.strip_prefix("/").unwrap_or(path);
        for above in path.ancestors().skip(1).filter(|above| *above != Path::new("")) {
            let plain = || Entry::Directory { mode: 0o755, owner: 0 };
            self.entries.entry(above.to_owned()).or_insert_with(plain);
        }
        self.entries.insert(path.to_owned(), entry);
        self
    }

    /// Writes the image into a tar file, which appears when it is whole.
    ///
    /// # Errors
    /// A file to copy is missing, or the tar file cannot be written.
    pub fn write(&self, to: &Path) -> Result<Written> {
        let beside = |what: &str| to.with_extension(format!("{what}-{}", std::process::id()));
        let (layer, fresh) = (beside("layer"), beside("tar"));
        let written = self.write_parts(&layer, &fresh).with_context(|| self.name.clone());
        fs::remove_file(&layer).ok();
        if written.is_err() {
            fs::remove_file(&fresh).ok();
        }
        let (digest, size) = written?;
        fs::rename(&fresh, to).with_context(|| format!("moving to {}", to.display()))?;
        Ok(Written { name: self.name.clone(), path: to.to_owned(), digest, size })
    }

    fn write_parts(&self, layer: &Path, fresh: &Path) -> Result<(String, u64)> {
        let layer = self.layer(layer)?;
        let size = layer.size;
        let config = Blob::json(&self.config(&layer.digest));
        let manifest = Blob::json(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.described(CONFIG),
            "layers": [layer.described(LAYER)],
        }));
        let digest = manifest.digest.clone();
        let index = self.index(&manifest).to_string().into_bytes();
        // Engines that know no OCI layout read this one.
        let legacy =
            json!([{"Config": config.path(), "Layers": [layer.path()], "RepoTags": [self.name]}]);
        let mut parts = vec![
            ("oci-layout".to_owned(), Content::Bytes(br#"{"imageLayoutVersion":"1.0.0"}"#.into())),
            ("index.json".to_owned(), Content::Bytes(index)),
            ("manifest.json".to_owned(), Content::Bytes(legacy.to_string().into_bytes())),
        ];
        parts.extend([config, manifest, layer].map(|blob| (blob.path(), blob.content)));
        let mut tar = tar::Builder::new(BufWriter::new(create(fresh)?));
        for (path, content) in parts {
            match content {
                Content::Bytes(bytes) => {
                    append(&mut tar, &path, 0o644, bytes.len() as u64, &*bytes)?
                }
                Content::File(file) => copy(&mut tar, Path::new(&path), 0o644, &file)?,
            }
        }
        tar.into_inner()?.into_inner()?.sync_all()?;
        Ok((digest, size))
    }

    /// Writes the files into a tar of their own.
    fn layer(&self, to: &Path) -> Result<Blob> {
        let mut tar = tar::Builder::new(Summing::new(BufWriter::new(create(to)?)));
        for (path, entry) in &self.entries {
            let place = path.display().to_string();
            match entry {
                Entry::Directory { mode, owner } => {
                    let mut header = header(EntryType::Directory, *mode, 0);
                    header.set_uid(*owner);
                    header.set_gid(*owner);
                    tar.append_data(&mut header, format!("{place}/"), io::empty())?;
                }
                Entry::Copy { from, mode } => copy(&mut tar, path, *mode, from)?,
                Entry::Text(text) => {
                    append(&mut tar, &place, 0o644, text.len() as u64, text.as_bytes())?;
                }
                Entry::Link { to } => {
                    tar.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, to)?;
                }
            }
        }
        let (mut file, digest, size) = tar.into_inner()?.finish();
        file.flush()?;
        Ok(Blob { digest, size, content: Content::File(to.to_owned()) })
    }

    fn config(&self, layer: &str) -> Value {
        let Start { user, entrypoint, env, ports, labels } = &self.start;
        let env: Vec<_> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let ports: BTreeMap<_, _> =
            ports.iter().map(|port| (format!("{port}/tcp"), json!({}))).collect();
        json!({
            "architecture": architecture(),
            "os": "linux",
            "config": {
                "Entrypoint": entrypoint,
                "Env": env,
                "ExposedPorts": ports,
                "Labels": labels,
                "User": user,
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [layer]},
        })
    }

    fn index(&self, manifest: &Blob) -> Value {
        let mut described = manifest.described(MANIFEST);
        described["platform"] = json!({"architecture": architecture(), "os": "linux"});
        let tag = self.name.rsplit_once(':').map_or("latest", |(_, tag)| tag);
        described["annotations"] = json!({
            // containerd takes the whole name from here, others the tag from the second.
            "io.containerd.image.name": self.name,
            "org.opencontainers.image.ref.name": tag,
        });
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]})
    }
}

// === impl Blob ===

impl Blob {
    fn json(value: &Value) -> Self {
        let bytes = value.to_string().into_bytes();
        let digest = digest(Sha256::new_with_prefix(&bytes));
        Self { digest, size: bytes.len() as u64, content: Content::Bytes(bytes) }
    }

    fn path(&self) -> String {
        format!("blobs/{}", self.digest.replace(':', "/"))
    }

    fn described(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest, "size": self.size})
    }
}

// === impl Summing ===

impl<W> Summing<W> {
    fn new(to: W) -> Self {
        Self { to, hash: Sha256::new(), size: 0 }
    }

    fn finish(self) -> (W, String, u64) {
        (self.to, digest(self.hash), self.size)
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn digest(hash: Sha256) -> String {
    format!("sha256:{}", hex::encode(hash.finalize()))
}

/// As Go calls it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("writing {}", path.display()))
}

/// Root's, of the year 1970.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    path: &str,
    mode: u32,
    size: u64,
    content: impl Read,
) -> Result<()> {
    Ok(tar.append_data(&mut header(EntryType::Regular, mode, size), path, content)?)
}

fn copy(tar: &mut tar::Builder<impl Write>, path: &Path, mode: u32, from: &Path) -> Result<()> {
    let what = || format!("copying {}", from.display());
    let file = File::open(from).with_context(what)?;
    let metadata = file.metadata().with_context(what)?;
    if !metadata.is_file() {
        bail!("{} is not a file", from.display());
    }
    append(tar, &path.display().to_string(), mode, metadata.len(), file).with_context(what)
}

#[cfg(test)]
mod tests;
