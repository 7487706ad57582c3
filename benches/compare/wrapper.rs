//! Reads a wrapper script, so that what it wraps can be run without the shell. Pure, so that the test suite can
//! include this file.

/// The words before `"$@"` of a script's `exec WORD... "$@"` line.
///
/// `None` where the script is anything else, or uses quoting beyond plain double and single quotes: it must
/// then be run as it is.
pub fn exec_words(script: &str) -> Option<Vec<String>> {
    if !script.starts_with("#!") {
        return None;
    }
    let mut code = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = code.next()?;
    if code.next().is_some() {
        return None; // it does something else as well
    }
    let command = line.strip_prefix("exec ")?.trim_end().strip_suffix("\"$@\"")?;
    let words = split(command)?;
    (!words.is_empty()).then_some(words)
}

/// Splits at blanks outside quotes; `None` where a shell would do more than that.
fn split(command: &str) -> Option<Vec<String>> {
    const EXPANDS: &str = "$`\\";
    const OPERATES: &str = "|&;<>()*?[~#";
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), c) if EXPANDS.contains(c) => return None,
            (None, c) if OPERATES.contains(c) => return None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default(); // "" is a word, too
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
