//! Zeros in data, in units of a file's offsets: what a hole can stand for.

/// How long the run of units of `unit` bytes is, from the start of `bytes`, that are all zeros (`zeros`), or of those that
/// are not. `offset`: so many bytes of the first unit came before.
#[must_use]
pub fn run(bytes: &[u8], unit: usize, offset: usize, zeros: bool) -> usize {
    let mut at = 0;
    let mut end = unit.saturating_sub(offset).min(bytes.len());
    while at < end && is_zero(&bytes[at..end]) == zeros {
        at = end;
        end = (end + unit).min(bytes.len());
    }
    at
}

/// Most units that are not can be told at a glance; the others a word at a time, of any width the compiler likes.
fn is_zero(unit: &[u8]) -> bool {
    let (words, rest) = unit.as_chunks::<64>();
    let glance = unit.iter().take(8).all(|byte| *byte == 0);
    glance
        && words.iter().all(|word| word.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_units() {
        let mut bytes = vec![0; 3000];
        bytes[1100] = 1;
        assert_eq!(run(&bytes, 512, 0, true), 1024);
        assert_eq!(run(&bytes[1024..], 512, 0, false), 512);
        assert_eq!(run(&bytes[1536..], 512, 0, true), 3000 - 1536);
        assert_eq!(run(&bytes, 512, 12, true), 1012, "the unit ends where it would have ended in the file");
        assert_eq!(run(&bytes, 512, 0, false), 0);
        assert_eq!(run(&bytes, 4096, 0, true), 0);
        assert_eq!(run(&bytes, 4096, 3096, true), 1000);
        assert_eq!(run(&[], 512, 0, true), 0);
        for at in 0..512 {
            let mut unit = [0; 512];
            assert!(is_zero(&unit));
            unit[at] = 128;
            assert!(!is_zero(&unit));
        }
    }
}
