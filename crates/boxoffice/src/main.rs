//! The box office: one binary, all contexts or any of them.

use std::process::ExitCode;

fn main() -> ExitCode {
    boxoffice::main(&[])
}
