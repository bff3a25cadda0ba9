//! Annotations of GitHub Actions: one workflow command a finding.

use std::fmt::Write;

use super::{Outcome, human};
use crate::core::finding::Level;

/// The annotations, and the summary as a notice.
#[must_use]
pub fn render(outcome: &Outcome) -> String {
    let mut out = String::new();
    for finding in &outcome.findings {
        let command = match finding.level {
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let mut place = format!("file={}", property(&finding.path.to_string_lossy()));
        if let Some((line, column)) = finding.place {
            let _ = write!(place, ",line={line},col={column}");
        }
        let _ = writeln!(
            out,
            "::{command} {place},title={}::{}",
            property(finding.id.0),
            data(&finding.text())
        );
    }
    let _ = writeln!(
        out,
        "::notice title=coordinator-codemod::{}",
        data(human::summary(outcome).trim_end())
    );
    out
}

/// Escapes as the runner's `ActionCommand` unescapes.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
