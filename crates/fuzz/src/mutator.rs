//! What is done to an input: bytes changed, pieces cut, repeated, moved, taken from another input, and words of trouble.

use mutatis::{Candidates, Context, Mutate, Result};

/// Knows the inputs, to take pieces of one into another.
pub(crate) struct Mutator {
    inputs: Vec<Vec<u8>>,
}

/// Longer inputs are found by tests of limits, not by chance.
const LONGEST: usize = 64 * 1024;

/// What parsers stumble over.
const WORDS: [&[u8]; 32] = [
    b"\0",
    b"\r\n",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"%00",
    b"%2f",
    b"%",
    b"/../",
    b"//",
    b":",
    b"?",
    b"=",
    b"&",
    b".",
    b",",
    b";",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"[[[[[[[[",
    b"null",
    b"-1",
    b"1e400",
    b"9223372036854775808",
    b"NaN",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:60Z",
    b"00",
    b"none",
    "\u{202e}\u{1f3ad}".as_bytes(),
];

// === impl Mutator ===

impl Mutator {
    pub(crate) fn new(inputs: &[Vec<u8>]) -> Self {
        Self { inputs: inputs.to_vec() }
    }
}

impl Mutate<Vec<u8>> for Mutator {
    fn mutate(&mut self, candidates: &mut Candidates<'_>, input: &mut Vec<u8>) -> Result<()> {
        if !input.is_empty() {
            candidates.mutation(|context| {
                let (from, to) = piece(context, input);
                input.drain(from..to);
                Ok(())
            })?;
        }
        if candidates.shrink() || input.is_empty() || input.len() > LONGEST {
            return Ok(());
        }
        candidates.mutation(|context| {
            let at = index(context, input.len());
            input[at] ^= 1 << index(context, 8);
            Ok(())
        })?;
        candidates.mutation(|context| {
            let at = index(context, input.len());
            input[at] = context.rng().gen_u8();
            Ok(())
        })?;
        candidates.mutation(|context| {
            let (from, to) = piece(context, input);
            let again = input[from..to].repeat(1 + index(context, 8));
            insert(context, input, &again);
            Ok(())
        })?;
        candidates.mutation(|context| {
            let (from, to) = piece(context, input);
            let moved: Vec<u8> = input.drain(from..to).collect();
            insert(context, input, &moved);
            Ok(())
        })?;
        for _ in 0..2 {
            candidates.mutation(|context| {
                let word = WORDS[index(context, WORDS.len())];
                if context.rng().gen_bool() {
                    let (from, to) = piece(context, input);
                    input.drain(from..to);
                }
                insert(context, input, word);
                Ok(())
            })?;
        }
        candidates.mutation(|context| {
            let other = &self.inputs[index(context, self.inputs.len())];
            if !other.is_empty() {
                let (from, to) = piece(context, other);
                insert(context, input, &other[from..to]);
            }
            Ok(())
        })
    }
}

/// Of one that is not empty.
fn piece(context: &mut Context, of: &[u8]) -> (usize, usize) {
    let from = index(context, of.len());
    // Short ones more often: a field is short, a message is not.
    let longest = [1, 4, 16, of.len()][index(context, 4)].min(of.len() - from);
    (from, from + 1 + index(context, longest))
}

fn insert(context: &mut Context, input: &mut Vec<u8>, piece: &[u8]) {
    let at = index(context, input.len() + 1);
    input.splice(at..at, piece.iter().copied());
}

/// Below `bound`, which is not 0.
fn index(context: &mut Context, bound: usize) -> usize {
    context.rng().gen_index(bound).unwrap_or_default()
}
