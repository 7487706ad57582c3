//! Which extended attributes are copied: /etc/xattr.conf, as libattr reads it.

use std::ffi::CStr;
use std::fs;
use std::sync::OnceLock;

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Copy,
    /// It says who may do what: copied together with the mode.
    Permissions,
    Skip,
}

const FILE: &str = "/etc/xattr.conf";

/// The file as distributions have it, for systems that have none.
const USUAL: &[u8] = b"
system.nfs4_acl permissions
system.nfs4acl permissions
system.posix_acl_access permissions
system.posix_acl_default permissions
trusted.SGI_ACL_DEFAULT skip
trusted.SGI_ACL_FILE skip
trusted.SGI_CAP_FILE skip
trusted.SGI_DMI_* skip
trusted.SGI_MAC_FILE skip
xfsroot.* skip
user.Beagle.* skip
security.evm skip
afs.* skip
";

type Rule = (Vec<u8>, Action);

/// What is done with the attribute `name`. The file is read when this is first asked, which for most files never
/// happens.
pub fn action(name: &CStr) -> Action {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    let rules = RULES.get_or_init(|| fs::read(FILE).map_or_else(|_| parse(USUAL), |text| parse(&text)));
    find(rules, name.to_bytes())
}

fn find(rules: &[Rule], name: &[u8]) -> Action {
    rules.iter().find(|(pattern, _)| matches(pattern, name)).map_or(Action::Copy, |(_, action)| *action)
}

/// Lines of a pattern and a word; `#` starts a comment. What makes no sense is passed over.
fn parse(text: &[u8]) -> Vec<Rule> {
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let pattern = words.next()?.to_vec();
            match words.next()? {
                b"skip" => Some((pattern, Action::Skip)),
                b"permissions" => Some((pattern, Action::Permissions)),
                _ => None,
            }
        })
        .collect()
}

/// `fnmatch(3)` without flags, except for bracket expressions, which stand for themselves: no file has any.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    // Where to go on with one more byte swallowed by the last star.
    let mut retry: Option<(usize, usize)> = None;
    while in_name < name.len() {
        let escaped = pattern.get(at) == Some(&b'\\') && at + 1 < pattern.len();
        match pattern.get(at + usize::from(escaped)) {
            Some(b'*') if !escaped => {
                retry = Some((at + 1, in_name));
                at += 1;
                continue;
            }
            Some(byte) if *byte == name[in_name] || (*byte == b'?' && !escaped) => {
                at += 1 + usize::from(escaped);
                in_name += 1;
                continue;
            }
            _ => {}
        }
        let Some((after_star, swallowed)) = retry else { return false };
        retry = Some((after_star, swallowed + 1));
        (at, in_name) = (after_star, swallowed + 1);
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases: &[(&[u8], &[u8], bool)] = &[
            (b"a", b"a", true),
            (b"a", b"ab", false),
            (b"a*", b"a", true),
            (b"a*", b"abc", true),
            (b"*.x", b"a.x.x", true),
            (b"*.x*y", b"a.x.xy", true),
            (b"*.x*y", b"a.x.xyz", false),
            (b"?b", b"ab", true),
            (b"\\*b", b"*b", true),
            (b"\\*b", b"ab", false),
            (b"", b"", true),
            (b"**", b"", true),
            (b"", b"a", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name), *expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn the_usual_rules() {
        let rules = parse(USUAL);
        assert_eq!(rules.len(), 13);
        assert_eq!(find(&rules, b"user.a"), Action::Copy);
        assert_eq!(find(&rules, b"security.capability"), Action::Copy);
        assert_eq!(find(&rules, b"system.posix_acl_access"), Action::Permissions);
        assert_eq!(find(&rules, b"trusted.SGI_DMI_X"), Action::Skip);
        let rules = parse(b"# user.a skip\n user.b\tskip # odd\nuser.c\nuser.d perhaps\n");
        assert_eq!(rules, [(b"user.b".to_vec(), Action::Skip)]);
    }
}
