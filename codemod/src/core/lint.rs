//! Attributes that allow or expect lints.

/// `#[expect(lint, …)]`, by one of these names, without that lint: empty where it has no other. `None`: it does not say it.
pub(crate) fn without(attr: &str, lint: &str, by: &[&str]) -> Option<String> {
    let open = attr.find('(')?;
    let close = attr.rfind(')')?;
    let name = attr[..open].trim_start_matches(['#', '!', '[', ' ']);
    let list = attr.get(open + 1..close)?;
    // a reason may have commas, and comes last
    let (lints, reason) = list.split_at(list.find("reason").unwrap_or(list.len()));
    let said = lints.split(',').map(str::trim).filter(|l| !l.is_empty());
    let left: Vec<&str> = said.clone().filter(|l| *l != lint).collect();
    if !by.contains(&name.trim()) || left.len() == said.count() || attr.contains("//") {
        return None;
    }
    if left.is_empty() {
        return Some(String::new());
    }
    let between = if reason.is_empty() { "" } else { ", " };
    let (head, tail) = (&attr[..=open], &attr[close..]);
    Some(format!("{head}{}{between}{reason}{tail}", left.join(", ")))
}
