//! Messages, clients and servers. Only servers validate what they decode.

use std::io;

use prost_build::{Config, Service, ServiceGenerator};
use tonic_prost_build::FileDescriptorSet;

/// A client that decodes and a server that decodes and validates.
struct ClientAndServer {
    client: Box<dyn ServiceGenerator>,
    server: Box<dyn ServiceGenerator>,
}

/// Writes one file of Rust a package.
pub(crate) fn generate(mut descriptors: FileDescriptorSet) -> io::Result<()> {
    // Nothing is generated for the well-known types, but prost asks what they are made of.
    let wanted = ["boxoffice/", "google/type/", "google/protobuf/"];
    descriptors.file.retain(|file| wanted.iter().any(|it| file.name().starts_with(it)));

    let mut config = Config::new();
    config.enable_type_names();
    config.disable_comments([".google"]);
    for (proto, rust) in super::WELL_KNOWN {
        config.extern_path(proto, rust);
    }
    config.service_generator(Box::new(ClientAndServer {
        client: tonic_prost_build::configure().build_server(false).service_generator(),
        server: tonic_prost_build::configure()
            .build_client(false)
            .codec_path("crate::codec::Validated")
            .service_generator(),
    }));
    config.compile_fds(descriptors)
}

// === impl ClientAndServer ===

impl ServiceGenerator for ClientAndServer {
    fn generate(&mut self, service: Service, buf: &mut String) {
        self.client.generate(service.clone(), buf);
        self.server.generate(service, buf);
    }
}
