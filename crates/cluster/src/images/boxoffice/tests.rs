//! The Dockerfile and the image made without an engine are one image.

use std::fs;

use super::*;

/// The instructions of the last stage, or of the one before, each on one line.
fn instructions(last: bool) -> Vec<(String, String)> {
    let file = Layout::find().unwrap().checkout().join("Dockerfile");
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let (before, after) = lines.rsplit_once("\nFROM ").unwrap();
    let stage = if last { format!("FROM {after}") } else { before.to_owned() };
    let joined = stage.replace("\\\n", " ");
    let split = |line: &str| {
        let (word, rest) = line.split_once(' ')?;
        Some((word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    joined.lines().filter_map(split).collect()
}

/// `A=1 B="2 3"`.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut inside = false;
    let parts = text.split(move |character: char| {
        inside ^= character == '"';
        character == ' ' && !inside
    });
    let parts: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
    parts.into_iter().map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
}

#[test]
fn the_dockerfile_starts_a_container_as_the_image_does() {
    let mut said = Start::default();
    for (instruction, rest) in instructions(true) {
        match instruction.as_str() {
            "FROM" => assert_eq!(rest, "scratch"),
            "USER" => said.user = rest,
            "ENTRYPOINT" => said.entrypoint = serde_json::from_str(&rest).unwrap(),
            "ENV" => said.env.extend(pairs(&rest)),
            "LABEL" => said.labels.extend(pairs(&rest)),
            "EXPOSE" => said.ports.extend(rest.split(' ').map(|port| port.parse::<u16>().unwrap())),
            "COPY" | "ARG" => {}
            other => panic!("what is {other} in an image made from nothing?"),
        }
    }
    assert_eq!(said, start("${VERSION}", "${REVISION}"));
}

#[test]
fn the_dockerfile_builds_and_copies_what_the_image_holds() {
    let said: Vec<_> = instructions(false).into_iter().map(|(_, rest)| rest).collect();
    let said = said.join("\n");
    for needed in [
        format!("RUSTFLAGS='{STATIC}'"),
        format!("cargo {} --target $target", BUILD.join(" ")),
        format!("echo '{}' > etc/passwd", PASSWD.trim()),
        format!("echo '{}' > etc/group", GROUP.trim()),
        format!("echo '{}' > etc/nsswitch.conf", NAMES.trim()),
        format!("install -D -m 644 {AUTHORITIES} {}", AUTHORITIES.trim_start_matches('/')),
        "install -d -m 1777 tmp".to_owned(),
        "install -d -m 700 /data".to_owned(),
    ] {
        assert!(said.contains(&needed), "no `{needed}` in\n{said}");
    }
    let copied = ("COPY".to_owned(), format!("--from=build --chown={USER}:{USER} /data/ /data/"));
    assert!(instructions(true).contains(&copied));
}

#[test]
fn the_dockerfile_compiles_with_the_pinned_rust() {
    let toolchain = Layout::find().unwrap().checkout().join("rust-toolchain.toml");
    let toolchain = fs::read_to_string(toolchain).unwrap();
    let (_, rust) = instructions(false).into_iter().find(|(word, _)| word == "ARG").unwrap();
    let pinned = rust.strip_prefix("RUST=").unwrap();
    assert!(toolchain.contains(&format!("channel = \"{pinned}\"")), "{toolchain}");
}

#[test]
fn a_binary_that_needs_a_library_is_refused() {
    let layout = Layout::find().unwrap();
    let error = write_boxoffice(&layout, "test", Some(Path::new("/bin/sh"))).unwrap_err();
    assert!(error.to_string().contains("is not static"), "{error}");
}
