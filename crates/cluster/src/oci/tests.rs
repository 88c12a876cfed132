//! An image is read as an engine reads it.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// What a tar holds: path to kind, mode, owner, time, content or where it links to.
type Tar = BTreeMap<String, (EntryType, u32, u64, u64, Vec<u8>)>;

fn read(bytes: &[u8]) -> Tar {
    let mut archive = tar::Archive::new(bytes);
    let mut order = Vec::new();
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        order.push(path.clone());
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if let Some(to) = entry.link_name().unwrap() {
            content = to.display().to_string().into_bytes();
        }
        let header = entry.header();
        let (mode, time) = (header.mode().unwrap(), header.mtime().unwrap());
        (path, (header.entry_type(), mode, header.uid().unwrap(), time, content))
    });
    let tar: Tar = entries.collect();
    assert_eq!(tar.len(), order.len(), "something is in there twice: {order:?}");
    tar
}

fn content<'a>(tar: &'a Tar, path: &str) -> &'a [u8] {
    &tar.get(path).unwrap_or_else(|| panic!("no {path}")).4
}

/// The blob a descriptor means, checked against its digest and size.
fn blob<'a>(tar: &'a Tar, descriptor: &Value) -> &'a [u8] {
    let named = descriptor["digest"].as_str().unwrap();
    let bytes = content(tar, &format!("blobs/{}", named.replace(':', "/")));
    assert_eq!(digest(Sha256::new_with_prefix(bytes)), named);
    assert_eq!(descriptor["size"], bytes.len());
    bytes
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn start() -> Start {
    Start {
        user: "7:7".to_owned(),
        entrypoint: vec!["/bin/program".to_owned(), "serve".to_owned()],
        env: [("A", "1"), ("B", "2")].map(|(name, to)| (name.to_owned(), to.to_owned())).into(),
        ports: [80, 443].into(),
        labels: [("title".to_owned(), "Program".to_owned())].into(),
    }
}

/// A program beside which the image is written.
fn image(scratch: &Path) -> Image {
    let program = scratch.join("program");
    fs::write(&program, "#!/bin/true").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&program, scratch.join("link")).ok();
    Image::new("localhost/program:7", start())
        .text("/etc/passwd", "root:x:0:0")
        .copy(scratch.join("link"), "/bin/program", 0o755)
        .link("/bin/alias", "program")
        .directory("/data", 0o700, 7)
}

#[test]
fn every_part_is_found_under_its_digest() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("image.tar");
    let written = image(scratch.path()).write(&file).unwrap();
    let layout = read(&fs::read(&file).unwrap());

    assert_eq!(json_of(content(&layout, "oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json_of(content(&layout, "index.json"));
    let described = &index["manifests"][0];
    assert_eq!(described["annotations"]["io.containerd.image.name"], "localhost/program:7");
    assert_eq!(described["annotations"]["org.opencontainers.image.ref.name"], "7");
    assert_eq!(described["digest"], written.digest);
    let manifest = json_of(blob(&layout, described));
    let config = json_of(blob(&layout, &manifest["config"]));
    let layer = blob(&layout, &manifest["layers"][0]);
    assert_eq!(written.size, layer.len() as u64);
    assert_eq!(config["rootfs"]["diff_ids"][0], manifest["layers"][0]["digest"]);
    assert_eq!(config["config"]["User"], "7:7");
    assert_eq!(config["config"]["Entrypoint"], json!(["/bin/program", "serve"]));
    assert_eq!(config["config"]["Env"], json!(["A=1", "B=2"]));
    assert_eq!(config["config"]["ExposedPorts"], json!({"80/tcp": {}, "443/tcp": {}}));
    assert_eq!(config["config"]["Labels"], json!({"title": "Program"}));

    let legacy = json_of(content(&layout, "manifest.json"));
    assert_eq!(legacy[0]["RepoTags"], json!(["localhost/program:7"]));
    assert_eq!(content(&layout, legacy[0]["Layers"][0].as_str().unwrap()), layer);
    assert_eq!(json_of(content(&layout, legacy[0]["Config"].as_str().unwrap())), config);
    // Three blobs and three names, and nothing left beside the tar.
    assert_eq!(layout.len(), 6);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 3);
}

#[test]
fn the_layer_holds_what_was_put_in_and_the_directories_above() {
    let scratch = tempfile::tempdir().unwrap();
    let blob = image(scratch.path()).layer(&scratch.path().join("layer")).unwrap();
    let files = read(&fs::read(scratch.path().join("layer")).unwrap());
    let (directory, file, link) = (EntryType::Directory, EntryType::Regular, EntryType::Symlink);
    let expected: [(&str, _); 6] = [
        ("bin/", (directory, 0o755, 0, 0, Vec::new())),
        ("bin/alias", (link, 0o777, 0, 0, b"program".to_vec())),
        ("bin/program", (file, 0o755, 0, 0, b"#!/bin/true".to_vec())),
        ("data/", (directory, 0o700, 7, 0, Vec::new())),
        ("etc/", (directory, 0o755, 0, 0, Vec::new())),
        ("etc/passwd", (file, 0o644, 0, 0, b"root:x:0:0".to_vec())),
    ];
    assert_eq!(files, expected.map(|(path, entry)| (path.to_owned(), entry)).into());
    assert_eq!(blob.size, fs::metadata(scratch.path().join("layer")).unwrap().len());
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let (once, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |scratch: &Path| {
        let written = image(scratch).write(&scratch.join("image.tar")).unwrap();
        (written.digest, fs::read(written.path).unwrap())
    };
    let (first, second) = (write(once.path()), write(again.path()));
    assert_eq!(first, second);
    fs::write(once.path().join("program"), "other").unwrap();
    let other = Image::new("localhost/program:7", start())
        .copy(once.path().join("program"), "/bin/program", 0o755)
        .write(&once.path().join("image.tar"))
        .unwrap();
    assert_ne!(other.digest, second.0);
}

#[test]
fn a_file_that_is_missing_is_named_and_nothing_is_left_behind() {
    let scratch = tempfile::tempdir().unwrap();
    let image = Image::new("localhost/program:7", Start::default());
    let image = image.copy(scratch.path().join("absent"), "/program", 0o755);
    let error = image.write(&scratch.path().join("image.tar")).unwrap_err();
    assert!(format!("{error:#}").contains("absent"), "{error:#}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}
