//! The comments of the contracts.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// Leading comments by file and path of the commented thing.
pub(crate) struct Comments(HashMap<(String, Vec<i32>), String>);

// === impl Comments ===

impl Comments {
    /// All of them.
    pub(crate) fn of(pool: &DescriptorPool) -> Self {
        let mut comments = HashMap::new();
        for file in pool.files() {
            let Some(info) = &file.file_descriptor_proto().source_code_info else { continue };
            for location in &info.location {
                let text = unwrapped(location.leading_comments());
                if !text.is_empty() {
                    comments.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(comments)
    }

    /// What is said about the thing at `path` of `file`; nothing if nothing is.
    pub(crate) fn about(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        let key = (file.name().to_owned(), path.to_vec());
        self.0.get(&key).map_or("", String::as_str)
    }
}

/// The text without the space after the slashes.
fn unwrapped(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
