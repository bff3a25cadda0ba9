//! SARIF 2.1.0 (OASIS, `sarif-schema-2.1.0.json`): findings for code-scanning services.

use serde_json::{Value, json};

use super::{Outcome, Shown};
use crate::core::catalog;

/// The findings as one SARIF log, with a line end.
///
/// # Errors
/// Only if serialising fails, which plain data does not.
pub fn render(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let mut ids: Vec<&str> = outcome.findings.iter().map(|f| f.id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let rules: Vec<Value> = ids
        .iter()
        .filter_map(|id| catalog::find(id))
        .map(|entry| {
            json!({
                "id": entry.id.0,
                "shortDescription": { "text": entry.title },
                "fullDescription": { "text": entry.title },
                "help": { "text": entry.explanation, "markdown": entry.explanation },
                "defaultConfiguration": { "level": entry.level.name() },
            })
        })
        .collect();
    let results: Vec<Value> = outcome.findings.iter().map(|f| result(f, &ids)).collect();
    let s = &outcome.summary;
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ROOT": { "description": { "text": "the folder that was migrated" } } },
            "properties": {
                "constructions": s.constructions,
                "rewritten": s.rewritten,
                "isolated": s.isolated,
                "left": s.left,
                "slots": s.slots,
                "slotsRemoved": s.removed,
                "filesChanged": s.files_changed,
            },
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn result(finding: &Shown, ids: &[&str]) -> Value {
    let mut location = json!({
        "artifactLocation": { "uri": uri(&finding.path.to_string_lossy()), "uriBaseId": "ROOT" },
    });
    if let Some((line, column)) = finding.place {
        location["region"] = json!({ "startLine": line, "startColumn": column });
    }
    json!({
        "ruleId": finding.id.0,
        "ruleIndex": ids.iter().position(|id| *id == finding.id.0),
        "level": finding.level.name(),
        "message": { "text": finding.text() },
        "locations": [{ "physicalLocation": location }],
    })
}

/// A path as a URI reference: what RFC 3986 does not let stand is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
