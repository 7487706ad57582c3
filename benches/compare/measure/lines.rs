//! Lines that several processes have put out. Pure, so that the test suite can include this file.

/// Sorts lines by what follows the first blank in them: the name of the file. That is the order in which the files of
/// a row are given, and so that of a single process.
pub fn by_name(text: &[u8]) -> Vec<u8> {
    let name = |line: &&[u8]| line.iter().position(|&byte| byte == b' ').map(|blank| line[blank..].to_vec());
    let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    lines.sort_by_cached_key(name);
    lines.concat()
}
