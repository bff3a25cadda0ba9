//! The unified diff that `git apply` and `patch -p1` take.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use similar::TextDiff;

use crate::apply::Rewritten;

/// The diff of all files, in their order. `color` paints it as git does.
#[must_use]
pub fn render(files: &[Rewritten], color: bool) -> String {
    let mut out = String::new();
    for file in files {
        let text = of_file(file);
        if color {
            for line in text.split_inclusive('\n') {
                paint(&mut out, line);
            }
        } else {
            out.push_str(&text);
        }
    }
    out
}

/// The diff of one file.
#[must_use]
pub fn of_file(file: &Rewritten) -> String {
    let path = file.path.to_string_lossy().replace('\\', "/");
    // a tab ends a name that holds blanks
    let tab = if path.contains(' ') { "\t" } else { "" };
    TextDiff::from_lines(&*file.before, file.after.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}{tab}"), &format!("b/{path}{tab}"))
        .to_string()
}

fn paint(out: &mut String, line: &str) {
    let style = match line.as_bytes().first() {
        _ if line.starts_with("---") || line.starts_with("+++") => Style::new().bold(),
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    };
    let text = line.trim_end_matches('\n');
    let end = &line[text.len()..];
    // writing to a string cannot fail
    let _ = write!(out, "{style}{text}{style:#}{end}");
}
