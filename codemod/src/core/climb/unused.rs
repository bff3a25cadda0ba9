//! Variables that only the text that goes had a use for.

use super::*;

impl Climber<'_> {
    /// Variables that only the dropped text used are renamed to `_name`, as rustc suggests.
    pub(super) fn rename_unused(&self, out: &mut Rewrite, node: &SyntaxNode) {
        let gone = |range: TextRange| {
            out.dropped.iter().any(|d| d.contains_range(range))
                && !out.kept.iter().any(|k| k.contains_range(range))
        };
        let mut renamed: Vec<(String, TextSize)> = Vec::new();
        for binding in self.variables_before(out, node) {
            let Some(name) = binding.name().filter(|n| !n.text().starts_with('_')) else {
                continue;
            };
            let uses = locals::uses_of(self.tree, &binding);
            let is_gone = |u: &Use| match u {
                Use::Expr(path) => gone(self.range(path)),
                Use::Opaque(token) => gone(self.tree.token_range(token)),
            };
            let place = self.range(&name);
            let in_record = binding
                .syntax()
                .parent()
                .is_some_and(|p| p.kind() == SyntaxKind::RECORD_PAT_FIELD);
            if !uses.is_empty() && !in_record && !gone(place) && uses.iter().all(is_gone) {
                renamed.push((name.text().to_string(), place.start()));
            }
        }
        for (name, at) in renamed {
            out.edits.push(Edit::insert(at, "_"));
            out.unused.push(name);
        }
    }

    /// The variables of the function around `node` whose names stand in the dropped text.
    fn variables_before(&self, out: &Rewrite, node: &SyntaxNode) -> Vec<ast::IdentPat> {
        let Some(function) = self
            .tree
            .ancestors(node)
            .filter(|n| n.kind() == SyntaxKind::FN)
            .last()
        else {
            return Vec::new();
        };
        let dropped: Vec<&str> = out.dropped.iter().map(|d| self.source(*d)).collect();
        self.tree
            .descendants(&function)
            .into_iter()
            .filter_map(ast::IdentPat::cast)
            .filter(|b| {
                b.name()
                    .is_some_and(|n| dropped.iter().any(|d| d.contains(n.text())))
            })
            .collect()
    }
}
