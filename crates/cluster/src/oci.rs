//! Writes container images as OCI image layouts in a tar file.
