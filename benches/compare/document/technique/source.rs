//! Places in the source that pages lead to, and the numbers that stand there.

/// An item of a file.
#[derive(Clone, Copy)]
pub struct Source {
    /// Seen from the top of the repository.
    pub path: &'static str,
    /// Its name, as the file defines it.
    pub item: &'static str,
    /// What is in the file.
    pub text: &'static str,
}

/// An item of a file; the compiler sees to it that there is one.
macro_rules! source {
    ($path:literal, $item:literal) => {
        Source {
            path: $path,
            item: $item,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)),
        }
    };
}
pub(super) use source;

impl Source {
    /// Whether the file defines it.
    pub fn is_defined(&self) -> bool {
        self.text.lines().any(|line| self.definition(line).is_some())
    }

    /// The number that a constant is, if it is one: a product of numbers.
    pub fn number(&self) -> Option<u64> {
        let line = self.text.lines().find(|line| self.definition(line) == Some("const"))?;
        let (_, value) = line.split_once('=')?;
        let factors = value.trim().strip_suffix(';')?.split('*');
        factors.map(|factor| factor.trim().replace('_', "").parse::<u64>().ok()).product()
    }

    /// By which keyword a line defines it.
    fn definition<'a>(&self, line: &'a str) -> Option<&'a str> {
        const KEYWORDS: [&str; 6] = ["const", "fn", "struct", "enum", "trait", "static"];
        let mut words =
            line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let keyword = words.find(|word| KEYWORDS.contains(word))?;
        (words.next() == Some(self.item)).then_some(keyword)
    }

    /// A link from a page to it.
    pub fn link(&self) -> String {
        format!("[`{}`](../../{})", self.item, self.path)
    }
}
