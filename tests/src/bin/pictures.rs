//! Draws the README's pictures: `docs/run.svg`, the default run on the sample, and `docs/review.svg`, the review of a file.

use std::fs;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use migration_tests::{root, tool, tree};

fn draw(name: &str, title: &str, text: &str) -> io::Result<()> {
    let text = text.replace("\r\n", "\n");
    let drawn = anstyle_svg::Term::new().render_svg(&format!("$ {title}\n{text}"));
    fs::create_dir_all(root().join("docs"))?;
    fs::write(root().join("docs").join(name), drawn)
}

fn main() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let case = root().join("fixtures/sample/before");
    tree::write(dir.path(), &tree::read(&case));
    let output = Command::new(tool())
        .args(["--color", "always", "signalling"])
        .current_dir(dir.path())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    draw("run.svg", "coordinator-codemod signalling", &text)?;
    let command = format!(
        "{} --interactive --color always signalling",
        tool().display()
    );
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        for answer in ["y", "n"] {
            thread::sleep(Duration::from_millis(500));
            writeln!(input, "{answer}")?;
        }
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    draw(
        "review.svg",
        "coordinator-codemod --interactive signalling",
        &text,
    )
}
