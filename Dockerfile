# The image that `cargo xtask image` makes without a container engine; a test holds the two to each other.
ARG RUST=1.95.0
FROM rust:${RUST}-slim-bookworm AS build
WORKDIR /checkout
COPY . .
# Of Rust's tools nothing but the compiler.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/checkout/target \
    target=$(uname -m)-unknown-linux-gnu && \
    RUSTUP_TOOLCHAIN=$RUST_VERSION RUSTFLAGS='-C target-feature=+crt-static' \
    cargo build --locked --release --package boxoffice --target $target && \
    install -D -m 755 target/$target/release/boxoffice /image/boxoffice
WORKDIR /image
RUN install -D -m 644 /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt && \
    echo 'boxoffice:x:65532:65532::/data:/none' > etc/passwd && \
    echo 'boxoffice:x:65532:' > etc/group && \
    echo 'hosts: files dns' > etc/nsswitch.conf && \
    install -d -m 1777 tmp && \
    install -d -m 700 /data

FROM scratch
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /data/ /data/
USER 65532:65532
ENV BOXOFFICE_DATA_DIR=/data \
    BOXOFFICE_LISTEN=0.0.0.0:8080
EXPOSE 8080 9464
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Boxoffice" \
      org.opencontainers.image.description="Sells tickets for films and stage shows, and films to watch at home" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/boxoffice"]
