//! Which lines of a function's documentation are about a parameter that goes.

/// For each line, whether it goes: list items about one of `names`, and the heading over a list that becomes empty.
pub(super) fn about(lines: &[&str], names: &[String]) -> Vec<bool> {
    let mut gone = vec![false; lines.len()];
    for i in 0..lines.len() {
        let is_more = i > 0 && gone[i - 1] && is_continued(lines[i]);
        gone[i] = is_more || item(lines[i]).is_some_and(|of| names.iter().any(|n| n == of));
    }
    let headings: Vec<usize> = (0..lines.len()).filter(|i| is_heading(lines[*i])).collect();
    for (at, &start) in headings.iter().enumerate() {
        let end = headings.get(at + 1).copied().unwrap_or(lines.len());
        let below = start + 1..end;
        let empty = below.clone().all(|i| gone[i] || is_blank(lines[i]));
        if !empty || !below.clone().any(|i| gone[i]) {
            continue;
        }
        gone[start..end].fill(true);
        // one blank line sets off what comes next from what was before
        let follows = end < lines.len();
        if start > 0 && is_blank(lines[start - 1]) && !follows {
            gone[start - 1] = true;
        }
    }
    gone
}

/// The parameter that a list item is about: `* `name` - …`.
fn item(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix(['*', '-'])?.trim_start();
    let text = text.trim_start_matches(['`', '*']);
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    Some(&text[..end]).filter(|n| !n.is_empty())
}

fn is_continued(line: &str) -> bool {
    let text = line.strip_prefix(' ').unwrap_or(line);
    text.starts_with("  ") && !is_blank(line) && item(line).is_none()
}

fn is_heading(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}
