//! Lines that a tool makes itself, and has drawn when it likes: a meter with parts of its own choice.
//!
//! indicatif puts them over those drawn before, and takes them out of the way of diagnostics. It is not asked to make
//! them: its templates wrap where they do not fit.

use super::{FRAMES_PER_SECOND, Progress};
use crate::sys::process;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the terminal does not say how wide it is.
const USUAL_WIDTH: u16 = 80;

/// The lines as they are, or shall be, on the screen: ends of lines between them.
pub(super) type Text = Arc<Mutex<String>>;

impl Progress {
    /// For lines that the tool makes; off where standard error is no terminal, or one that can't go back.
    #[must_use]
    pub fn drawn() -> Self {
        if process::standard(2).is_err() {
            return Self::off();
        }
        let target = ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND);
        if target.is_hidden() { Self::off() } else { Self::drawn_on(target) }
    }

    fn drawn_on(target: ProgressDrawTarget) -> Self {
        let progress = Self::visible(b"", None, Some(target));
        if let (Some(bar), Some(shown)) = (progress.bar(), &progress.0) {
            bar.set_style(style(&shown.text));
        }
        progress
    }

    /// Columns of the terminal at this moment.
    #[must_use]
    pub fn width() -> usize {
        let size = process::standard(2).ok().and_then(|fd| rustix::termios::tcgetwinsize(fd).ok());
        // indicatif, too, believes the one only with the other.
        let width =
            size.filter(|size| size.ws_col > 0 && size.ws_row > 0).map_or(USUAL_WIDTH, |size| size.ws_col);
        width.into()
    }

    /// Draws `lines`, each as wide as the terminal at most, over those that were drawn before.
    pub fn draw(&self, lines: &[String]) {
        if let Some(bar) = self.bar() {
            self.set_text(lines.join("\n"));
            bar.force_draw();
        }
    }

    /// As [`Progress::finish`], but the lines stay: these, or those that were drawn last. The cursor goes below.
    pub fn leave(&self, lines: Option<&[String]>) {
        let (Some(bar), Some(shown)) = (self.bar(), &self.0) else { return };
        if let Some(lines) = lines {
            self.set_text(lines.join("\n"));
        }
        bar.abandon();
        shown.finished.store(true, Ordering::Relaxed);
        if !shown.text.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            // indicatif leaves the cursor behind the last column.
            let _ = process::standard(2).and_then(|_| io::stderr().lock().write_all(b"\n"));
        }
    }

    fn set_text(&self, text: String) {
        if let Some(shown) = &self.0 {
            *shown.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }
    }

    fn bar(&self) -> Option<&ProgressBar> {
        self.0.as_ref().and_then(|shown| shown.visible_bar())
    }
}

/// Not indicatif's own message: setting that draws, unless indicatif thinks that it is too soon.
fn style(text: &Text) -> ProgressStyle {
    let text = Arc::clone(text);
    let lines = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = out.write_str(&text.lock().unwrap_or_else(PoisonError::into_inner));
    };
    let style = ProgressStyle::with_template("{lines}").unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("lines", lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;

    /// A terminal of 20 columns that writes down what it is told.
    #[derive(Clone, Debug, Default)]
    struct Terminal(Arc<Mutex<String>>);

    impl Terminal {
        fn told(&self) -> String {
            std::mem::take(&mut self.0.lock().expect("one thread"))
        }

        fn note(&self, what: &str) {
            self.0.lock().expect("one thread").push_str(what);
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            20
        }
        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            if n > 0 {
                self.note(&format!("<up {n}>"));
            }
            Ok(())
        }
        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            self.note(&format!("<down {n}>"));
            Ok(())
        }
        fn move_cursor_right(&self, n: usize) -> io::Result<()> {
            self.note(&format!("<right {n}>"));
            Ok(())
        }
        fn move_cursor_left(&self, n: usize) -> io::Result<()> {
            self.note(&format!("<left {n}>"));
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.note(&format!("{text}\n"));
            Ok(())
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.note(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.note("<clear>");
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines<const N: usize>(lines: [&str; N]) -> Vec<String> {
        lines.map(str::to_owned).to_vec()
    }

    #[test]
    fn draws_what_it_is_given_and_nothing_else() {
        let terminal = Terminal::default();
        let progress = Progress::drawn_on(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        terminal.told();
        progress.draw(&lines(["12345678901234567890"]));
        assert_eq!(terminal.told(), "12345678901234567890");
        // As often as asked, however soon.
        for _ in 0..50 {
            progress.draw(&lines(["12345678901234567890"]));
            assert_eq!(terminal.told(), "<clear>12345678901234567890");
        }
        progress.draw(&lines(["12345678901234567890", "abcdefghijklmnopqrst"]));
        assert_eq!(terminal.told(), "<clear>12345678901234567890abcdefghijklmnopqrst");
        progress.draw(&lines(["x"]));
        assert_eq!(terminal.told(), format!("<up 1><clear><down 1><clear><up 1>x{}", " ".repeat(19)));
        // Counting, which others do, draws nothing here.
        progress.suspend(|| terminal.note("line\n"));
        assert_eq!(terminal.told(), format!("<clear>line\nx{}", " ".repeat(19)));
    }

    #[test]
    fn what_is_left_is_not_drawn_again() {
        let terminal = Terminal::default();
        let progress = Progress::drawn_on(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        progress.draw(&lines(["x"]));
        terminal.told();
        // Nothing is left: then there is no line to be ended on the real standard error either.
        progress.leave(Some(&[]));
        assert_eq!(terminal.told(), "<clear>");
        progress.draw(&lines(["y"]));
        progress.finish();
        progress.suspend(|| terminal.note("line\n"));
        assert_eq!(terminal.told(), "line\n");
    }
}
