# Names for what is done most often; `cargo xtask` does the work.

# List the recipes
default:
    @just --list

# Start everything in one process, with nothing else installed
run *args:
    cargo run -- serve {{ args }}

# Install what the tests start (NATS, PostgreSQL, toxiproxy, buf, …)
setup:
    cargo xtask setup

# Every check and test, as the CI runs them; `just test --only unit` for one stage
test *args:
    cargo xtask test {{ args }}

# Formatting, protos, lints, licences: what needs no server
lint:
    cargo xtask test --only fmt --only buf --only clippy --only deny

# Format the Rust code
fmt:
    cargo fmt --all

# Boot a one-node Kubernetes with Istio, and install Boxoffice on it
cluster-up *args:
    cargo xtask cluster up {{ args }}

# Test on it: the scenarios through the ingress, then what only a cluster can prove; `just cluster-test breaker` for some
cluster-test *args:
    cargo xtask cluster test {{ args }}

# End it
cluster-down:
    cargo xtask cluster down

# Measure
bench *args:
    cargo xtask bench {{ args }}

# Write docs/events.md, the event catalogue
events:
    cargo xtask events

# Write the values of the chart into helm/boxoffice/README.md
chart-docs:
    cargo xtask chart-docs

# Write the container image, without a container engine: target/image/boxoffice.tar
image *args:
    cargo xtask image {{ args }}

# Write what the binary is made of: target/sbom/boxoffice.cdx.json
sbom:
    cargo xtask sbom

# Keep the present protos as the release that later ones may not break
buf-image:
    cargo xtask buf-image
