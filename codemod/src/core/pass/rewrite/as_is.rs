//! What is given to a closure is of the very type that what it calls takes, so that a path may stand for it.
//!
//! Belongs here: types reference by reference, as they are written or told by literals and constants. Does not: what the rest of
//! the rewrite asks of types, which looks through references (`infer`).

use super::*;

impl Writer<'_, '_> {
    /// What a closure that a method takes is given, reference by reference, if that is known.
    pub(super) fn given_to(&self, file: FileId, closure: &ast::ClosureExpr) -> Option<Type> {
        let call = closure.syntax().parent().and_then(|l| l.parent());
        let receiver = call.and_then(ast::MethodCallExpr::cast)?.receiver()?;
        self.gives(file, &receiver)
    }

    /// What an iterator, an array or an `Option` gives.
    fn gives(&self, file: FileId, expr: &ast::Expr) -> Option<Type> {
        const SAME_ITEMS: &[&str] = &["filter", "rev", "skip", "skip_while", "take", "take_while"];
        const OF_STRINGS: &[&str] = &[
            "lines",
            "rsplit",
            "split",
            "split_terminator",
            "split_whitespace",
            "strip_prefix",
            "strip_suffix",
        ];
        if let ast::Expr::MethodCallExpr(it) = expr {
            let receiver = it.receiver()?;
            let name = it.name_ref()?;
            return match name.text() {
                name if SAME_ITEMS.contains(&name) => self.gives(file, &receiver),
                name if OF_STRINGS.contains(&name) => Some(str_ref()),
                "map" if it.arg_list()?.syntax().text() == "(String::as_str)" => Some(str_ref()),
                "copied" | "cloned" => match self.gives(file, &receiver)? {
                    Type::Ref(of) => Some(*of),
                    _ => None,
                },
                "iter" => Some(Type::Ref(Box::new(held(owned(
                    self.exact(file, &receiver)?,
                ))?))),
                "into_iter" if self.infer.index.edition(file) >= Edition::Edition2021 => {
                    held(self.exact(file, &receiver)?)
                }
                "as_deref" => match held(owned(self.exact(file, &receiver)?))? {
                    Type::Outside(name, _) if name == "String" => Some(str_ref()),
                    _ => None,
                },
                _ => held(self.exact(file, expr)?),
            };
        }
        held(self.exact(file, expr)?)
    }

    /// The type of an expression, reference by reference, if it is written somewhere or told by literals.
    fn exact(&self, file: FileId, expr: &ast::Expr) -> Option<Type> {
        let all_of = |mut elements: Box<dyn Iterator<Item = Option<ast::Expr>> + '_>| {
            let first = self.exact(file, &elements.next()??)?;
            elements
                .all(|e| e.and_then(|e| self.exact(file, &e)).as_ref() == Some(&first))
                .then(|| Type::Outside("Vec".into(), vec![first]))
        };
        match expr {
            ast::Expr::ParenExpr(it) => self.exact(file, &it.expr()?),
            ast::Expr::RefExpr(it) => Some(Type::Ref(Box::new(self.exact(file, &it.expr()?)?))),
            ast::Expr::Literal(it) => {
                matches!(it.kind(), ast::LiteralKind::String(_)).then(str_ref)
            }
            ast::Expr::ArrayExpr(it) => all_of(Box::new(it.exprs().map(Some))),
            ast::Expr::MacroExpr(it) => {
                let call = it.macro_call()?;
                let is_list = tree::macro_name(&call).is_some_and(|n| n.text() == "vec");
                let pieces = is_list.then(|| self.tree(file).map(|t| t.pieces(&call)));
                let pieces = pieces.flatten()?.into_iter();
                all_of(Box::new(
                    pieces.map(|p| ast::StmtList::cast(p)?.tail_expr()),
                ))
            }
            ast::Expr::RecordExpr(_) => Some(self.infer.expr(file, expr)),
            // one by position, or of a generic type, may be of what was inferred
            ast::Expr::FieldExpr(it) => {
                let name = it.name_ref()?;
                let of = self.infer.expr(file, &it.expr()?);
                let is_written = matches!(of.peeled(), Type::Item(_, _, args) if args.is_empty())
                    && !name.text().starts_with(|c: char| c.is_ascii_digit());
                is_written.then(|| self.infer.expr(file, expr))
            }
            ast::Expr::MethodCallExpr(it) => {
                let of = self.infer.expr(file, &it.receiver()?);
                let name = it.name_ref()?;
                let found = self.infer.method(
                    of.peeled(),
                    name.text(),
                    Taking::Method(it.arg_list()?.args().count()),
                )?;
                self.returned(&found)
            }
            ast::Expr::CallExpr(it) => {
                let ast::Expr::PathExpr(callee) = it.expr()? else {
                    return None;
                };
                let args = it.arg_list()?;
                if callee.syntax().text() == "Some" {
                    let of = self.exact(file, &args.args().next()?)?;
                    return Some(Type::Outside("Option".into(), vec![of]));
                }
                // a list made into a stream of what it holds
                if callee.syntax().text().to_string().ends_with("stream::iter") {
                    return self.exact(file, &args.args().next()?);
                }
                let taking = Taking::Path(args.args().count());
                let found = self.infer.function_at(file, &callee.path()?, taking)?;
                self.returned(&found)
            }
            ast::Expr::PathExpr(it) => {
                let path = it.path()?;
                let bound = path.as_single_name_ref().and_then(|name| {
                    locals::binding_of(self.tree(file)?, it.syntax(), name.text())
                });
                let Some(pat) = bound else {
                    let def = self.infer.index.resolve_path(file, &path, Namespace::Value);
                    let Def::Local(at, node) = def else {
                        return None;
                    };
                    let ty = match ast::Item::cast(node)? {
                        ast::Item::Const(it) => it.ty(),
                        ast::Item::Static(it) => it.ty(),
                        _ => None,
                    };
                    return Some(self.infer.lowered(at, &ty?));
                };
                let around = pat
                    .syntax()
                    .parent()
                    .filter(|_| pat.ref_token().is_none())?;
                let ty = ast::Param::cast(around.clone()).and_then(|p| p.ty());
                let stmt = ast::LetStmt::cast(around);
                let ty = ty.or_else(|| stmt.as_ref()?.ty());
                match ty {
                    Some(ty) => Some(self.written(file, &ty)),
                    None => self.exact(file, &stmt?.initializer()?),
                }
            }
            _ => None,
        }
    }

    /// What a function is written to give, unless that depends on what it is called with.
    fn returned(&self, function: &Method) -> Option<Type> {
        let (file, function) = (function.file, &function.function);
        let plain = function.async_token().is_none()
            && ast::HasGenericParams::generic_param_list(function).is_none();
        let ty = function.ret_type().filter(|_| plain)?.ty()?;
        Some(self.written(file, &ty))
    }

    /// What a type means; `impl Iterator<Item = T>` stands for a list of these.
    fn written(&self, file: FileId, ty: &ast::Type) -> Type {
        let lowered = |t: &ast::Type| self.infer.lowered(file, t);
        let ast::Type::ImplTraitType(it) = ty else {
            return lowered(ty);
        };
        let mut args = it
            .syntax()
            .descendants()
            .filter_map(ast::AssocTypeArg::cast);
        let item = args.find(|a| a.name_ref().is_some_and(|n| n.text() == "Item"));
        match item.and_then(|a| a.ty()) {
            Some(item) => Type::Outside("Vec".into(), vec![lowered(&item)]),
            None => Type::Unknown,
        }
    }

    /// Whether nothing that a function takes, but for the parameters that go, and nothing that it gives is of a type that
    /// another converts to by itself. `given`: what it is given. `iterates`: nothing asks for another type of what it gives.
    pub(super) fn takes_as_is(
        &self,
        function: &Method,
        gone: &[usize],
        given: Option<&Type>,
        generic: bool,
        iterates: bool,
    ) -> bool {
        let (file, function) = (function.file, &function.function);
        let generics = ast::HasGenericParams::generic_param_list(function);
        let own: Vec<String> = (generics.iter().flat_map(|l| l.type_or_const_params()))
            .filter_map(|p| p.name())
            .map(|n| n.text().to_string())
            .collect();
        let params = function.param_list();
        let params = params.iter().flat_map(|l| l.params()).enumerate();
        let mut types = params
            .filter(|(i, _)| !gone.contains(i))
            .map(|(_, p)| p.ty());
        let ret = function.ret_type().map(|r| r.syntax().text().to_string());
        let converts = |t: &String| {
            let may = |c: &&str| t.contains(*c);
            ["&", "dyn"].iter().any(may)
                || (!iterates && ["Arc<", "Box<", "Pin<", "Rc<"].iter().any(may))
        };
        let is_generic = |t: &ast::Type| match t {
            ast::Type::ImplTraitType(_) => true,
            ast::Type::PathType(it) => {
                let name = it.path().and_then(|p| p.as_single_name_ref());
                name.is_some_and(|n| own.iter().any(|o| o == n.text()))
            }
            _ => false,
        };
        types.all(|taken| {
            taken.is_some_and(|t| match is_generic(&t) {
                // what it stands for is told by what is given
                true => generic,
                false => self.is_as_is(file, &t, given),
            })
        }) && function.unsafe_token().is_none()
            && function
                .param_list()
                .is_some_and(|l| l.self_param().is_none())
            && (generics.is_none() || generic)
            && !ret.is_some_and(|r| converts(&r))
    }

    /// The same of what a tuple struct or variant holds.
    pub(super) fn holds_as_is(&self, adt: &Adt, gone: &[usize], given: Option<&Type>) -> bool {
        let fields = adt.node.children().find_map(ast::TupleFieldList::cast);
        let fields = fields.iter().flat_map(|l| l.fields()).enumerate();
        let mut types = fields
            .filter(|(i, _)| !gone.contains(i))
            .map(|(_, f)| f.ty());
        let mut around = adt.node.ancestors();
        let of = around.find_map(ast::Adt::cast);
        of.is_some_and(|a| ast::HasGenericParams::generic_param_list(&a).is_none())
            && types.all(|held| held.is_some_and(|t| self.is_as_is(adt.file, &t, given)))
    }

    /// Whether nothing else converts to a type by itself.
    fn is_as_is(&self, file: FileId, ty: &ast::Type, given: Option<&Type>) -> bool {
        const POINTERS: &[&str] = &[
            "Arc", "Box", "Cell", "NonNull", "Pin", "Rc", "RefCell", "Weak",
        ];
        match ty {
            ast::Type::PathType(it) => {
                let name = it.path().and_then(|p| p.segment()?.name_ref());
                let def = it
                    .path()
                    .map(|p| self.infer.index.resolve_path(file, &p, Namespace::Type));
                let alias =
                    matches!(def, Some(Def::Local(_, n)) if ast::TypeAlias::can_cast(n.kind()));
                !alias && name.is_some_and(|n| !POINTERS.contains(&n.text()))
            }
            ast::Type::RefType(it) => {
                // `&Vec<…>` may be given as a slice, and an array too
                let exact = |of: &Type| match of {
                    Type::Outside(name, _) => matches!(name.as_str(), "str" | "String"),
                    // a trait stands for what implements it, which is converted to it
                    Type::Item(_, node, _) => !ast::Trait::can_cast(node.kind()),
                    _ => false,
                };
                let known = matches!(given, Some(Type::Ref(of)) if exact(of));
                known && it.mut_token().is_none() && given == Some(&self.infer.lowered(file, ty))
            }
            // their elements are not converted
            ast::Type::TupleType(_) => true,
            _ => false,
        }
    }
}

fn str_ref() -> Type {
    Type::Ref(Box::new(Type::Outside("str".into(), Vec::new())))
}

/// What a list or an `Option` holds, behind the reference that it stands behind.
fn held(of: Type) -> Option<Type> {
    const HOLDING: &[&str] = &[
        "BTreeSet",
        "BinaryHeap",
        "HashSet",
        "Option",
        "Result",
        "Vec",
        "VecDeque",
    ];
    match of {
        Type::Ref(of) => Some(Type::Ref(Box::new(held(*of)?))),
        Type::Outside(name, args) if HOLDING.contains(&name.as_str()) => args.into_iter().next(),
        _ => None,
    }
}

/// A type without the references to it.
fn owned(mut of: Type) -> Type {
    while let Type::Ref(inner) = of {
        of = *inner;
    }
    of
}
