//! The type that the place of an expression asks for, as it is written there, and what it says of a closure's parameters.

use super::*;

/// A type as it is written in a file.
pub(in super::super) type Written = (FileId, ast::Type);

impl Infer<'_> {
    /// The type of a parameter of a closure whose place says it: `Box<dyn Fn(&Context)>`, `F: Fn(&Context)`, or an alias.
    pub(super) fn expected_param(&self, file: FileId, closure: &ast::Expr, at: usize) -> Type {
        let param = self.expected(file, closure, 0).and_then(|(file, ty)| {
            let (file, ty) = self.unaliased(file, ty);
            let bounds = match &ty {
                ast::Type::DynTraitType(it) => vec![it.type_bound_list()],
                ast::Type::ImplTraitType(it) => vec![it.type_bound_list()],
                ast::Type::PathType(it) => bounds_of(&it.path()?),
                ast::Type::FnPtrType(it) => {
                    let param = it.param_list()?.params().nth(at)?;
                    return Some((file, param.ty()?));
                }
                _ => return None,
            };
            let bounds = bounds.into_iter().flatten().flat_map(|l| l.bounds());
            let params = bounds.into_iter().find_map(|b| match b.ty()? {
                ast::Type::PathType(it) => it.path()?.segment()?.parenthesized_arg_list(),
                _ => None,
            })?;
            let param = params.type_args().nth(at)?.ty()?;
            Some((file, param))
        });
        param.map_or(Type::Unknown, |(file, ty)| {
            self.lower(file, &ty, &Env::new())
        })
    }

    /// What an alias stands for.
    fn unaliased(&self, mut file: FileId, mut ty: ast::Type) -> Written {
        for _ in 0..MAX_DEPTH {
            let ast::Type::PathType(it) = &ty else { break };
            let def = it
                .path()
                .map(|p| self.index.resolve_path(file, &p, Namespace::Type));
            let Some(Def::Local(at, node)) = def else {
                break;
            };
            let alias = ast::TypeAlias::cast(node).and_then(|a| a.ty());
            let Some(of) = alias else { break };
            (file, ty) = (at, of);
        }
        (file, ty)
    }

    /// A generic argument of a type.
    fn argument(&self, (file, ty): Written, last: bool) -> Option<Written> {
        let (file, ty) = self.unaliased(file, ty);
        let of = match &ty {
            ast::Type::PathType(it) => {
                let list = it.path()?.segment()?.generic_arg_list()?;
                let mut types = list.generic_args().filter_map(|a| match a {
                    ast::GenericArg::TypeArg(t) => t.ty(),
                    _ => None,
                });
                if last { types.last() } else { types.next() }
            }
            ast::Type::ArrayType(it) => it.ty(),
            ast::Type::SliceType(it) => it.ty(),
            ast::Type::RefType(it) => return self.argument((file, it.ty()?), last),
            _ => None,
        };
        Some((file, of?))
    }

    fn expected(&self, file: FileId, expr: &ast::Expr, depth: usize) -> Option<Written> {
        let tree = self.tree(file).filter(|_| depth < MAX_DEPTH)?;
        let parent = expr.syntax().parent()?;
        let around = |n: SyntaxNode| self.expected(file, &ast::Expr::cast(n)?, depth + 1);
        match parent.kind() {
            SyntaxKind::PAREN_EXPR | SyntaxKind::REF_EXPR => around(parent),
            SyntaxKind::LET_STMT => Some((file, ast::LetStmt::cast(parent)?.ty()?)),
            SyntaxKind::RECORD_EXPR_FIELD => self.field_set(file, parent),
            SyntaxKind::TUPLE_EXPR => {
                let at = parent.children().position(|c| c == *expr.syntax())?;
                let (file, ty) = around(parent)?;
                match self.unaliased(file, ty) {
                    (file, ast::Type::TupleType(it)) => Some((file, it.fields().nth(at)?)),
                    _ => None,
                }
            }
            SyntaxKind::ARRAY_EXPR => self.argument(around(parent)?, false),
            SyntaxKind::RETURN_EXPR => self.given_back(file, &parent),
            SyntaxKind::STMT_LIST if tree.is_macro_list(&parent) => {
                let call = tree.parent(&parent)?;
                let whole = call.ancestors().find_map(ast::MacroExpr::cast)?;
                let name = whole.macro_call().and_then(|c| tree::macro_name(&c))?;
                let list = (name.text() == "vec").then(|| around(whole.syntax().clone()))?;
                self.argument(list?, false)
            }
            SyntaxKind::STMT_LIST => {
                let block = parent.parent()?;
                let list = ast::StmtList::cast(parent)?;
                list.tail_expr().filter(|t| t == expr)?;
                match block.parent().and_then(ast::Fn::cast) {
                    Some(function) => Some((file, function.ret_type()?.ty()?)),
                    None => around(block),
                }
            }
            SyntaxKind::ARG_LIST => {
                let (list, at) = locals::argument_of(expr)?;
                let call = list.syntax().parent()?;
                if let Some(call) = ast::MethodCallExpr::cast(call.clone()) {
                    return self.taken(file, &call, at);
                }
                let path = match ast::CallExpr::cast(call.clone())?.expr()? {
                    ast::Expr::PathExpr(callee) => callee.path()?,
                    _ => return None,
                };
                let wraps = ["Arc::new", "Box::new", "Ok", "Rc::new", "Some"];
                if wraps.contains(&path.syntax().text().to_string().as_str()) {
                    return self.argument(around(call)?, false);
                }
                let method = self.function_at(file, &path, Taking::Path(list.args().count()))?;
                argument_type(&method, at)
            }
            _ => None,
        }
    }

    /// Whether a `collect` gives a `Vec`, as its place says, or that of the variable that holds it.
    pub(in super::super) fn is_collected_in_vec(
        &self,
        file: FileId,
        call: &ast::MethodCallExpr,
    ) -> bool {
        if let Some(list) = call.generic_arg_list() {
            return list.syntax().text().to_string().contains("Vec<");
        }
        let wanted = |e: &ast::Expr| self.expected(file, e, 0);
        let held = || {
            let stmt = ast::LetStmt::cast(call.syntax().parent()?)?;
            let ast::Pat::IdentPat(pat) = stmt.pat().filter(|_| stmt.ty().is_none())? else {
                return None;
            };
            let uses = locals::uses_of(self.tree(file)?, &pat);
            uses.iter().find_map(|u| match u {
                locals::Use::Expr(path) => wanted(&ast::Expr::PathExpr(path.clone())),
                locals::Use::Opaque(_) => None,
            })
        };
        let own = wanted(&ast::Expr::MethodCallExpr(call.clone()));
        let Some((file, ty)) = own.or_else(held) else {
            return false;
        };
        match self.unaliased(file, ty).1 {
            ast::Type::PathType(it) => {
                let name = it.path().and_then(|p| p.segment()?.name_ref());
                name.is_some_and(|n| n.text() == "Vec")
            }
            _ => false,
        }
    }

    /// The type of the field that a literal sets.
    pub(in super::super) fn field_set(&self, file: FileId, set: SyntaxNode) -> Option<Written> {
        let literal = set.ancestors().find_map(ast::RecordExpr::cast)?;
        let name = ast::RecordExprField::cast(set)?.field_name()?;
        match self.fields_at(file, &literal.path()?)? {
            (at, ast::FieldList::RecordFieldList(list)) => Some((at, field_type(&list, &name)?)),
            _ => None,
        }
    }

    /// The type of an argument of a method: as it is declared, or as the field says that it is called on.
    fn taken(&self, file: FileId, call: &ast::MethodCallExpr, at: usize) -> Option<Written> {
        let receiver = call.receiver()?;
        let name = call.name_ref()?;
        let of = self.expr(file, &receiver);
        let taking = Taking::of(call.arg_list());
        if let Some((method, _)) = self.method_of(&of, name.text(), taking) {
            let param = method.function.param_list()?.params().nth(at)?;
            return Some((method.file, param.ty()?));
        }
        let puts = matches!((name.text(), at), ("insert", 1) | ("push" | "push_back", 0));
        let ast::Expr::FieldExpr(field) = receiver else {
            return None;
        };
        let base = self.expr(file, &field.expr()?);
        let Type::Item(at, node, _) = base.peeled() else {
            return None;
        };
        let name = field.name_ref().filter(|_| puts)?;
        let list = node.children().find_map(ast::RecordFieldList::cast)?;
        self.argument((*at, field_type(&list, &name)?), true)
    }

    /// What the function around a `return` gives back.
    pub(in super::super) fn given_back(&self, file: FileId, node: &SyntaxNode) -> Option<Written> {
        let mut around = self.tree(file)?.ancestors(node).skip(1);
        let scope = around.find(|n| {
            let block = ast::BlockExpr::cast(n.clone()).and_then(|b| b.modifier());
            block.is_some() || matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR)
        })?;
        Some((file, ast::Fn::cast(scope)?.ret_type()?.ty()?))
    }
}

/// The type of the argument at a position of a call by a path, where a receiver is one.
pub(in super::super) fn argument_type(method: &Method, at: usize) -> Option<Written> {
    let params = method.function.param_list()?;
    let first = usize::from(params.self_param().is_some());
    let param = params.params().nth(at.checked_sub(first)?)?;
    Some((method.file, param.ty()?))
}

/// The type of the field of a name.
pub(in super::super) fn field_type(
    list: &ast::RecordFieldList,
    name: &ast::NameRef,
) -> Option<ast::Type> {
    let mut fields = list.fields();
    let own = fields.find(|f| f.name().is_some_and(|n| n.text() == name.text()));
    own?.ty()
}

/// The bounds of the generic parameter that a path names.
pub(in super::super) fn bounds_of(path: &ast::Path) -> Vec<Option<ast::TypeBoundList>> {
    let Some(name) = path.as_single_name_ref() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let generic = path
        .syntax()
        .ancestors()
        .filter_map(ast::AnyHasGenericParams::cast);
    for it in generic {
        let params = it
            .generic_param_list()
            .into_iter()
            .flat_map(|l| l.type_or_const_params());
        for param in params {
            if let ast::TypeOrConstParam::Type(param) = param
                && param.name().is_some_and(|n| n.text() == name.text())
            {
                out.push(param.type_bound_list());
            }
        }
        let clauses = it.where_clause().into_iter().flat_map(|w| w.predicates());
        out.extend(
            clauses
                .filter(|c| c.ty().is_some_and(|t| t.syntax().text() == name.text()))
                .map(|c| c.type_bound_list()),
        );
    }
    out
}
