//! Turns proto/ into Rust: messages, clients, servers, JSON, validation, REST and `OpenAPI`. No protoc.

mod access;
mod bridge;
mod comments;
mod grpc;
mod openapi;
mod validation;

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::{DescriptorPool, ServiceDescriptor};

/// Well-known types, and the Rust types that stand for them.
const WELL_KNOWN: [(&str, &str); 3] = [
    (".google.protobuf.Timestamp", "crate::wkt::Timestamp"),
    (".google.protobuf.Duration", "crate::wkt::Duration"),
    (".google.protobuf.FieldMask", "crate::wkt::FieldMask"),
];

/// What is generated from; the other packages are imports.
const PACKAGES: [&str; 2] = [".boxoffice", ".google.type"];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo runs this in the crate's directory. Nothing here names a place on this machine: a copy of the tree that shares
    // the target directory builds nothing again.
    let root = Path::new("../..");
    let (ours, theirs) = (root.join("proto"), root.join("third_party/proto"));
    for directory in [&ours, &theirs] {
        println!("cargo:rerun-if-changed={}", directory.display());
    }
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);

    let mut compiler = protox::Compiler::new([&ours, &theirs])?;
    compiler.include_imports(true).include_source_info(true).open_files(protos(&ours)?)?;
    let descriptors = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &descriptors)?;
    let pool = DescriptorPool::decode(descriptors.as_slice())?;

    access::check(&pool)?;
    grpc::generate(compiler.file_descriptor_set())?;
    json(&descriptors)?;
    validation::generate(&descriptors, &pool, &out)?;
    bridge::generate(&pool, &out)?;
    let documents = rest(&descriptors, &pool, &out)?;
    let document = openapi::merge(&pool, documents)?;
    fs::write(out.join("openapi.json"), serde_json::to_string_pretty(&document)?)?;
    Ok(())
}

/// Every proto file under `directory`, sorted.
fn protos(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension() == Some(OsStr::new("proto")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Our services with at least one HTTP annotation; the others are for our own services only.
fn public_services(pool: &DescriptorPool) -> Vec<ServiceDescriptor> {
    let http = pool.get_extension_by_name("google.api.http");
    pool.services()
        .filter(|service| {
            service.methods().any(|method| {
                http.as_ref().is_some_and(|http| method.options().has_extension(http))
            })
        })
        .collect()
}

/// proto3 JSON of all messages.
fn json(descriptors: &[u8]) -> std::io::Result<()> {
    let mut builder = pbjson_build::Builder::new();
    builder.register_descriptors(descriptors)?;
    for (proto, rust) in WELL_KNOWN {
        builder.extern_path(proto, rust);
    }
    builder.build(&PACKAGES)
}

/// The REST face of every public service, and its raw `OpenAPI` document: one directory a package,
/// because each context transcodes alone.
fn rest(
    descriptors: &[u8],
    pool: &DescriptorPool,
    out: &Path,
) -> Result<Vec<String>, Box<dyn Error>> {
    use rest_over_grpc::build::{DescriptorOptions, Generator, OpenApiInfo, ServiceDefinition};

    let mut documents = Vec::new();
    let packages: BTreeSet<String> =
        public_services(pool).iter().map(|service| service.package_name().to_owned()).collect();
    for package in packages {
        let options = DescriptorOptions::new().package(format!(".{package}"));
        let info = OpenApiInfo::new("Boxoffice", env!("CARGO_PKG_VERSION"));
        let mut generator =
            Generator::builder().emit_tonic_bridge(false).emit_openapi_spec(Some(info)).build();
        generator.add_all(ServiceDefinition::from_fds(descriptors, &options)?);
        let directory = out.join("rest").join(&package);
        fs::create_dir_all(&directory)?;
        generator.write(&directory)?;
        documents.push(fs::read_to_string(directory.join(format!("{package}.openapi.json")))?);
    }
    Ok(documents)
}
