// Boxoffice: the one change to this copy. Upstream runs `protoc`; here protox compiles the same proto,
// so that a machine with nothing but Rust builds the workspace. See docs/adr/0002.
use std::env;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let proto_dir = "proto";
    let files = &["buf/validate/validate.proto"];
    println!("cargo:rerun-if-changed={proto_dir}");

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let descriptor_path = out.join("file_descriptor_set.bin");
    let mut compiler = protox::Compiler::new([proto_dir])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    std::fs::write(&descriptor_path, compiler.encode_file_descriptor_set())?;

    let mut config = prost_build::Config::new();
    config.skip_protoc_run().file_descriptor_set_path(&descriptor_path);

    #[cfg(feature = "reflect")]
    prost_reflect_build::Builder::new()
        .file_descriptor_set_path(&descriptor_path)
        .descriptor_pool("DESCRIPTOR_POOL")
        .compile_protos_with_config(config, files, &[proto_dir])?;

    #[cfg(not(feature = "reflect"))]
    config.compile_protos(files, &[proto_dir])?;

    Ok(())
}
