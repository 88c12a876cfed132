//! Runs a command with its output passing by, and counts the test cases in it.

use std::io::{BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// How many test cases ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

/// Runs the command to its end; its standard output is shown line by line and read for test results.
pub(crate) fn stream(command: &mut Command) -> Result<(ExitStatus, Cases)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let output = BufReader::new(child.stdout.take().context("the output was not piped")?);
    let cases = pass_on(output, std::io::stdout())?;
    Ok((child.wait()?, cases))
}

fn pass_on(mut from: impl BufRead, mut to: impl Write) -> Result<Cases> {
    let mut cases = Cases::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        if let Some(result) = Cases::read(&String::from_utf8_lossy(&line)) {
            cases += result;
        }
        line.clear();
    }
    Ok(cases)
}

// === impl Cases ===

impl Cases {
    /// Reads libtest's `test result: ok. 3 passed; 0 failed; 1 ignored; …`, coloured or not.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result:")?.split_once(". ")?;
        let count = |what: &str| {
            let part = counts.split(';').find_map(|part| part.trim().strip_suffix(what))?;
            part.trim().parse().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
        })
    }
}

impl AddAssign for Cases {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.ignored += more.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0.42s";

    #[test]
    fn a_test_result_is_counted_and_nothing_else_is() {
        assert_eq!(Cases::read(LINE), Some(Cases { passed: 3, failed: 2, ignored: 1 }));
        assert_eq!(
            Cases::read("test result: \x1b[32mok\x1b[m. 7 passed; 0 failed; 0 ignored"),
            Some(Cases { passed: 7, ..Cases::default() })
        );
        for other in ["", "running 3 tests", "test a ... ok", "3 passed; 0 failed; 0 ignored"] {
            assert_eq!(Cases::read(other), None, "{other}");
        }
    }

    #[test]
    fn the_results_of_several_test_binaries_add_up_and_the_output_passes_unchanged() {
        let said =
            [b"running\n", LINE.as_bytes(), b"\n\xff", LINE.as_bytes(), b"\n", LINE.as_bytes()]
                .concat();
        let mut shown = Vec::new();
        let cases = pass_on(said.as_slice(), &mut shown).unwrap();
        assert_eq!(cases, Cases { passed: 6, failed: 4, ignored: 2 });
        assert_eq!(shown, said);
    }

    #[test]
    fn a_command_that_ends_badly_is_told_with_its_status() {
        let (status, cases) = stream(Command::new("sh").args(["-c", "exit 3"])).unwrap();
        assert_eq!((status.code(), cases), (Some(3), Cases::default()));
    }
}
