//! Where `Default` may make a builder that nobody writes: by the types of fields and variables, and by what asks for one.

use super::super::super::workspace::Workspace;
use super::builder::Builder;
use super::*;

/// Types whose `Default` makes none of what they hold.
const EMPTY: &[&str] = &[
    "BTreeMap", "HashMap", "HashSet", "IndexMap", "Option", "Result", "Vec", "VecDeque",
];

/// Types whose `Default` makes what they hold by its own.
const HOLDERS: &[&str] = &["Arc", "Box", "Mutex", "Rc", "RefCell", "RwLock"];

/// Whether generic code, a generic struct or a macro may make one by `Default`.
pub(super) fn is_generic(workspace: &Workspace) -> bool {
    let derived = |text: &str| {
        text.match_indices("derive(").any(|(at, _)| {
            let (derives, behind) = text[at..].split_once(')').unwrap_or_default();
            let item = behind.split(['{', ';', '(']).next().unwrap_or_default();
            let generics = item.split_once('<').map(|(_, g)| g.trim_start());
            search::words(derives).any(|w| w == "Default")
                && generics.is_some_and(|g| !g.starts_with('\''))
        })
    };
    let expanded = |text: &str| {
        text.match_indices("::default").any(|(at, _)| {
            let before = text[..at].trim_end_matches('>');
            let name = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
            name.ends_with('$')
        })
    };
    search::bounded(workspace, "Default").next().is_some()
        || search::saying(workspace, "Default").any(|f| derived(&workspace.file(f).text))
        || search::saying(workspace, "macro_rules").any(|f| expanded(&workspace.file(f).text))
}

impl Builder<'_, '_> {
    /// Whether the `Default` of a type may make one.
    pub(super) fn may_make(&self, ty: &Type) -> bool {
        match ty {
            Type::Unknown => true,
            Type::Ref(of) => self.may_make(of),
            Type::Tuple(all) => all.iter().any(|t| self.may_make(t)),
            Type::Outside(name, _) if EMPTY.contains(&name.as_str()) => false,
            Type::Outside(_, args) => args.iter().any(|t| self.may_make(t)),
            other => self.is_it(other),
        }
    }

    /// The names of the fields, anywhere in these files, whose types have the builder's in them. `None`: a type has it that
    /// `Default` may make in a way that is not seen.
    pub(super) fn held_in(&self, files: &BTreeSet<FileId>) -> Option<BTreeSet<String>> {
        let mut out = BTreeSet::new();
        for file in files {
            let tree = self.infer.index.tree(*file)?;
            let nodes = tree.descendants(&tree.root);
            let fields = nodes.into_iter().filter_map(ast::RecordField::cast);
            for field in fields.filter(|f| f.ty().is_some_and(|t| self.says_it(*file, &t))) {
                out.extend(field.name().map(|n| n.text().to_string()));
            }
        }
        Some(out)
    }

    fn says_it(&self, file: FileId, ty: &ast::Type) -> bool {
        let mut parts = ty.syntax().descendants().filter_map(ast::Type::cast);
        parts.any(|t| self.is_it(&self.infer.lowered(file, &t)))
    }

    /// Whether the type stands where no `Default` makes one that is not seen: as that of a parameter, of a result or of an impl
    /// block, of a field that is written wherever its struct is made, or of a variable that is given one.
    pub(super) fn is_plain_type(&self, file: FileId, node: &SyntaxNode) -> bool {
        let Some(ty) = ast::Type::cast(node.clone()) else {
            return true;
        };
        let text = node.text().to_string();
        let last = text.rsplit("::").next().unwrap_or(&text);
        let last = last.split('<').next().unwrap_or(last).trim();
        if (last != self.name && last != "Self") || !self.is_it(&self.infer.lowered(file, &ty)) {
            return true;
        }
        let holds = |n: &SyntaxNode| {
            ast::PathType::cast(n.clone()).is_some_and(|t| {
                let name = t.path().and_then(|p| p.segment()?.name_ref());
                name.is_some_and(|n| EMPTY.contains(&n.text()) || HOLDERS.contains(&n.text()))
            })
        };
        const WITHIN: &[SyntaxKind] = &[
            SyntaxKind::GENERIC_ARG_LIST,
            SyntaxKind::PATH,
            SyntaxKind::PATH_SEGMENT,
            SyntaxKind::REF_TYPE,
            SyntaxKind::SLICE_TYPE,
            SyntaxKind::TYPE_ARG,
        ];
        let mut around = node.ancestors().skip(1);
        let around = around.find(|n| !WITHIN.contains(&n.kind()) && !holds(n));
        around.is_some_and(|n| match n.kind() {
            SyntaxKind::IMPL | SyntaxKind::PARAM | SyntaxKind::RET_TYPE => true,
            SyntaxKind::RECORD_FIELD => {
                n.ancestors().find_map(ast::Struct::cast).is_some_and(|s| {
                    const DERIVES: &[&str] = &["Clone", "Debug", "Eq", "Hash", "PartialEq"];
                    derives_only(s.syntax(), DERIVES)
                })
            }
            SyntaxKind::LET_STMT => {
                let init = ast::LetStmt::cast(n).and_then(|s| s.initializer());
                init.is_some_and(|e| self.infer.expr(file, &e).is_known() || is_none(&e))
            }
            _ => false,
        })
    }

    /// Whether what `default()` makes is known to be something else, or to be set before it is used.
    pub(super) fn is_fine_default(&self, file: FileId, of: &str, made: &ast::Expr) -> bool {
        let last = of.rsplit("::").next().unwrap_or(of);
        let last = last.split('<').next().unwrap_or(last).trim();
        let open = last == "Default" || last == "Self" || HOLDERS.contains(&last);
        if !open {
            return true;
        }
        let Some(parent) = made.syntax().parent() else {
            return false;
        };
        let settled = |ty: Type| !self.may_make(&ty);
        match parent.kind() {
            SyntaxKind::RECORD_EXPR_FIELD_LIST => true,
            SyntaxKind::RECORD_EXPR_FIELD => {
                let field = ast::RecordExprField::cast(parent.clone());
                let literal = parent.ancestors().find_map(ast::RecordExpr::cast);
                let of = literal.zip(field).map(|(literal, field)| {
                    let of = self.infer.expr(file, &ast::Expr::RecordExpr(literal));
                    let name = field.field_name();
                    name.map_or(Type::Unknown, |n| self.infer.field_of(&of, n.text()))
                });
                of.is_some_and(settled)
            }
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(parent);
                let ty = stmt.as_ref().and_then(|s| s.ty());
                ty.is_some_and(|t| settled(self.infer.lowered(file, &t)))
                    || self.settles(file, made)
            }
            // an `impl Default` of something else
            SyntaxKind::STMT_LIST => {
                let function = parent
                    .parent()
                    .and_then(|b| b.parent())
                    .and_then(ast::Fn::cast);
                let ty = function.and_then(|f| f.ret_type()?.ty());
                ty.is_some_and(|t| settled(self.infer.lowered(file, &t)))
                    || self.settles(file, made)
            }
            _ => false,
        }
    }
}
