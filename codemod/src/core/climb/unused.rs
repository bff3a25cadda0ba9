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
            // what is bound in several alternatives is used by the name of the first
            let bound = locals::alternatives_of(&binding);
            let uses = locals::uses_of(self.tree, bound.first().unwrap_or(&binding));
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

impl Climber<'_> {
    /// Private items of the package that only the dropped text named. Where the crate denies such warnings, dropping it
    /// would break the build.
    ///
    /// # Errors
    /// [`Left`] if it would.
    pub(super) fn orphans(&self, out: &mut Rewrite, node: &SyntaxNode) -> Result<(), Left> {
        let gone = |range: TextRange| {
            out.dropped.iter().any(|d| d.contains_range(range))
                && !out.kept.iter().any(|k| k.contains_range(range))
        };
        let Some(function) = self
            .tree
            .ancestors(node)
            .filter(|n| n.kind() == SyntaxKind::FN)
            .last()
        else {
            return Ok(());
        };
        let mut orphans: Vec<String> = Vec::new();
        for path in self
            .tree
            .descendants(&function)
            .into_iter()
            .filter_map(ast::PathExpr::cast)
        {
            let Some(path) = path.path().filter(|p| gone(self.range(p))) else {
                continue;
            };
            let written: String = path
                .syntax()
                .text()
                .to_string()
                .split_whitespace()
                .collect();
            if let Some(name) = self.private_item(&path)
                && !orphans.contains(&written)
                && self.mentions(&name, &gone) <= 1
            {
                orphans.push(written);
            }
        }
        if let Some(first) = orphans.first()
            && self.denies_warnings(node)
        {
            return Err(Left::new(
                catalog::RESULT_USED,
                format!("without the error path nothing uses `{first}`, and the crate denies such warnings"),
            )
            .help(format!("remove `{first}` with the error path by hand")));
        }
        out.unused.extend(orphans);
        Ok(())
    }

    /// The name of the private function or variant of the workspace that a path means.
    fn private_item(&self, path: &ast::Path) -> Option<String> {
        let name = path.segment()?.name_ref()?.text().to_string();
        let value = self.index.resolve_path(self.file, path, Namespace::Value);
        let owner = path
            .qualifier()
            .map(|q| self.index.resolve_path(self.file, &q, Namespace::Type));
        for def in [Some(value), owner].into_iter().flatten() {
            if let Def::Local(_, item) = def
                && matches!(
                    item.kind(),
                    SyntaxKind::FN | SyntaxKind::ENUM | SyntaxKind::CONST
                )
                && !item.children().any(|c| c.kind() == SyntaxKind::VISIBILITY)
            {
                return Some(name);
            }
        }
        None
    }

    /// How often the package's files say a name, outside of what goes.
    fn mentions(&self, name: &str, gone: &dyn Fn(TextRange) -> bool) -> usize {
        let package = self.index.workspace.file(self.file).package;
        let files = self.index.workspace.files.iter().enumerate();
        let own = files.filter(|(_, f)| f.package == package && f.language == Language::Rust);
        own.map(|(i, f)| {
            let is_word = |at: usize| {
                let word = |c: char| c.is_alphanumeric() || c == '_';
                !f.text[..at].ends_with(word) && !f.text[at + name.len()..].starts_with(word)
            };
            f.text
                .match_indices(name)
                .filter(|(at, _)| is_word(*at))
                .filter(|(at, _)| {
                    let range =
                        TextSize::try_from(*at).map(|s| TextRange::at(s, TextSize::of(name)));
                    FileId(i) != self.file || !range.is_ok_and(gone)
                })
                .count()
        })
        .sum()
    }

    /// Whether the root of the crate denies unused code.
    fn denies_warnings(&self, node: &SyntaxNode) -> bool {
        let Some(module) = self.index.module_of(self.file, node) else {
            return false;
        };
        let krate = &self.index.crates[self.index.modules[module.0].krate.0];
        let root = &self
            .index
            .workspace
            .file(self.index.modules[krate.root.0].file)
            .text;
        root.match_indices("#![").any(|(at, _)| {
            let attr = &root[at..at + root[at..].find(']').unwrap_or(0)];
            (attr.contains("deny") || attr.contains("forbid"))
                && ["warnings", "unused", "dead_code"]
                    .iter()
                    .any(|lint| attr.contains(lint))
        })
    }
}
