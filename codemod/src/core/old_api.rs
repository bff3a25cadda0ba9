//! The differences between the API from before publication and the published one.
//!
//! Belongs here: `DeploymentMode`, which `deployment_mode()` does not return any more, and the statistics' field that
//! was called after it. Does not: constructions.

use std::collections::BTreeMap;

use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{self, AstNode};

use super::api::Item;
use super::catalog;
use super::edit::Edit;
use super::finding::Finding;
use super::imports::{self, Need};
use super::locals;
use super::plan::Facts;
use super::resolve::{Namespace, Ty};
use super::search;
use super::tree::FileTree;
use super::workspace::{FileId, Language};

/// Adds the edits for `DeploymentMode` and the statistics' field.
pub(crate) fn rewrite(
    facts: &Facts<'_>,
    edits: &mut BTreeMap<FileId, Vec<Edit>>,
    needs: &mut BTreeMap<FileId, Vec<Need>>,
    findings: &mut Vec<Finding>,
) {
    for (i, source) in facts.index.workspace.files.iter().enumerate() {
        let file = FileId(i);
        let says = |name| search::says(&source.text, name);
        let mentions = says("deployment_mode") || says("DeploymentMode");
        if source.language != Language::Rust || !source.writable || !mentions {
            continue;
        }
        let Some(tree) = facts.index.tree(file).filter(|t| !t.has_errors) else {
            continue;
        };
        let mut found = Found::default();
        OldApi { facts, file, tree }.find(&mut found);
        findings.extend(found.findings);
        if !found.edits.is_empty() {
            edits.entry(file).or_default().extend(found.edits);
            needs.entry(file).or_default().extend(found.needs);
        }
    }
}

#[derive(Default)]
struct Found {
    edits: Vec<Edit>,
    needs: Vec<Need>,
    findings: Vec<Finding>,
}

struct OldApi<'a> {
    facts: &'a Facts<'a>,
    file: FileId,
    tree: &'a FileTree,
}

impl OldApi<'_> {
    fn find(&self, out: &mut Found) {
        for node in self.tree.descendants(&self.tree.root) {
            if let Some(path) = ast::Path::cast(node.clone()) {
                self.mode(&path, out);
            } else if let Some(field) = ast::RecordPatField::cast(node.clone()) {
                self.stats_pattern(&field, out);
            } else if let Some(field) = ast::FieldExpr::cast(node) {
                self.stats_field(&field, out);
            }
        }
    }

    /// `DeploymentMode`, and its variants where they are compared with what `deployment_mode()` gives.
    fn mode(&self, path: &ast::Path, out: &mut Found) {
        let is_import = path
            .syntax()
            .ancestors()
            .any(|n| ast::UseTree::can_cast(n.kind()));
        let def = self
            .facts
            .index
            .resolve_path(self.file, path, Namespace::Type);
        if is_import || self.facts.index.item_of(&def) != Some(Item::DeploymentMode) {
            return;
        }
        let whole = path.parent_path();
        let variant = whole
            .as_ref()
            .and_then(ast::Path::segment)
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string());
        if !self.in_old_package() && !self.compared(path.syntax()) {
            return;
        }
        let range = self.tree.range(path.syntax());
        let outer = whole.map_or_else(|| path.syntax().clone(), |p| p.syntax().clone());
        let is_pattern =
            outer.parent().is_some_and(|p| ast::Pat::can_cast(p.kind())) || self.in_matches(&outer);
        if variant.as_deref() == Some("Distributed") && !is_pattern {
            out.findings.push(Finding::new(catalog::OLD_API_LEFT, self.file, range,
                "`DeploymentConfig::Distributed` holds its transport and discovery, which nothing here says",
            ));
            return;
        }
        match imports::name_for(
            &self.facts.index,
            self.file,
            self.tree,
            path,
            Item::Deployment,
        ) {
            Ok((name, need)) => {
                out.edits.push(Edit::replace(range, name));
                out.needs.extend(need);
                if variant.as_deref() == Some("Distributed") {
                    out.edits
                        .push(Edit::insert(self.tree.range(&outer).end(), " { .. }"));
                }
                out.findings.push(Finding::new(
                    catalog::OLD_API,
                    self.file,
                    range,
                    "`DeploymentMode` is `DeploymentConfig` in the published API",
                ));
            }
            Err(left) => out.findings.push(Finding::new(
                catalog::OLD_API_LEFT,
                self.file,
                range,
                left.message,
            )),
        }
    }

    /// Whether the package is on the bus crate's older name, where nothing else can be meant.
    fn in_old_package(&self) -> bool {
        let file = self.facts.index.workspace.file(self.file);
        file.package.is_some_and(|p| {
            self.facts
                .index
                .workspace
                .package(p)
                .dependencies
                .iter()
                .any(|d| d.extern_name == "infra_common")
        })
    }

    /// Whether the match, `if let` or `matches!` around looks at `deployment_mode()`.
    fn compared(&self, node: &SyntaxNode) -> bool {
        self.tree.ancestors(node).take(12).any(|n| {
            let looked_at = if let Some(it) = ast::MatchExpr::cast(n.clone()) {
                it.expr().map(|e| e.syntax().clone())
            } else if let Some(it) = ast::LetExpr::cast(n.clone()) {
                it.expr().map(|e| e.syntax().clone())
            } else {
                ast::MacroCall::cast(n).and_then(|c| self.tree.pieces(&c).first().cloned())
            };
            looked_at.is_some_and(|e| {
                e.descendants().any(|d| {
                    ast::MethodCallExpr::cast(d.clone())
                        .and_then(|m| m.name_ref())
                        .or_else(|| ast::FieldExpr::cast(d).and_then(|f| f.name_ref()))
                        .is_some_and(|n| n.text() == "deployment_mode")
                })
            })
        })
    }

    /// Whether an expression stands for a pattern: the second piece of `matches!`.
    fn in_matches(&self, node: &SyntaxNode) -> bool {
        self.tree
            .ancestors(node)
            .filter_map(ast::MacroCall::cast)
            .any(|c| {
                let name = c
                    .path()
                    .and_then(|p| p.segment())
                    .and_then(|s| s.name_ref());
                name.is_some_and(|n| n.text().contains("matches"))
            })
    }

    /// `stats.deployment_mode`.
    fn stats_field(&self, field: &ast::FieldExpr, out: &mut Found) {
        let Some(name) = field.name_ref().filter(|n| n.text() == "deployment_mode") else {
            return;
        };
        if !field.expr().is_some_and(|e| self.is_stats(&e)) {
            return;
        }
        self.rename_field(name.syntax(), "deployment_config", out);
    }

    /// `EventCoordinatorStats { deployment_mode, .. }`.
    fn stats_pattern(&self, field: &ast::RecordPatField, out: &mut Found) {
        let path = field.parent_record_pat().path();
        let def = path.map(|p| {
            self.facts
                .index
                .resolve_path(self.file, &p, Namespace::Type)
        });
        if def.and_then(|d| self.facts.index.item_of(&d)) != Some(Item::Stats) {
            return;
        }
        match (field.name_ref(), field.pat()) {
            (Some(name), _) if name.text() == "deployment_mode" => {
                self.rename_field(name.syntax(), "deployment_config", out);
            }
            (None, Some(ast::Pat::IdentPat(it))) => {
                if let Some(name) =
                    ast::HasName::name(&it).filter(|n| n.text() == "deployment_mode")
                {
                    self.rename_field(name.syntax(), "deployment_config: deployment_mode", out);
                }
            }
            _ => {}
        }
    }

    fn rename_field(&self, name: &SyntaxNode, to: &str, out: &mut Found) {
        let range = self.tree.range(name);
        out.edits.push(Edit::replace(range, to));
        out.findings.push(Finding::new(
            catalog::OLD_API,
            self.file,
            range,
            "the statistics' `deployment_mode` is `deployment_config` in the published API",
        ));
    }

    fn is_stats(&self, expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| self.is_stats(&e)),
            ast::Expr::RefExpr(it) => it.expr().is_some_and(|e| self.is_stats(&e)),
            ast::Expr::AwaitExpr(it) => matches!(it.expr(), Some(ast::Expr::MethodCallExpr(m))
                if m.name_ref().is_some_and(|n| n.text() == "stats")),
            ast::Expr::PathExpr(it) => {
                let binding = it
                    .path()
                    .and_then(|p| p.as_single_name_ref())
                    .and_then(|n| locals::binding_of(self.tree, it.syntax(), n.text()));
                let Some(parent) = binding.and_then(|b| b.syntax().parent()) else {
                    return false;
                };
                if let Some(param) = ast::Param::cast(parent.clone()) {
                    let ty = param.ty().map(|t| self.facts.index.type_of(self.file, &t));
                    return match ty {
                        Some(Ty::Ref(inner)) => *inner == Ty::Item(Item::Stats),
                        Some(ty) => ty == Ty::Item(Item::Stats),
                        None => false,
                    };
                }
                ast::LetStmt::cast(parent)
                    .and_then(|l| l.initializer())
                    .is_some_and(|e| self.is_stats(&e))
            }
            _ => false,
        }
    }
}
