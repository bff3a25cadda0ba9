//! Rows: tuples with a coordinator that a collection holds or a loop goes through, as in
//! `Vec<(String, Arc<GlobalEventCoordinator>)>`.
//!
//! Belongs here: finding the kinds of rows of which every type, tuple and pattern is known. Does not: deciding whether their
//! coordinators go. One place that cannot be followed rules out all rows of that width.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasGenericArgs, HasGenericParams};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextSize};

use super::super::api::Item;
use super::super::locals;
use super::super::purity;
use super::super::resolve::Ty;
use super::super::search::{self, Places};
use super::super::tree::{self, FileTree};
use super::super::workspace::{FileId, Language};
use super::infer::{Infer, Method, Type, item_name};
use super::sites::{bound_by, taken_apart};
use super::slots::{Form, has_comment, is_public};
use super::{Key, key_of};

/// Rows that are written with so many elements, the coordinator at one position.
pub(super) struct RowKind {
    pub(super) position: usize,
    pub(super) form: Form,
    /// The types, each with what it is a part of.
    pub(super) types: Vec<(FileId, ast::TupleType)>,
    pub(super) tuples: Vec<(FileId, ast::TupleExpr)>,
    pub(super) patterns: Vec<(FileId, ast::TuplePat)>,
}

/// The rows of the workspace.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) kinds: Vec<RowKind>,
    /// The places of their types.
    types: HashSet<Key>,
}

impl Rows {
    pub(super) fn find(infer: &Infer<'_>, type_names: &[String]) -> Self {
        let mut finder = Finder {
            infer,
            found: BTreeMap::new(),
            named: BTreeSet::new(),
        };
        finder.seeds(type_names);
        if finder.found.values().all(Option::is_none) {
            return Self::default();
        }
        finder.members();
        let kinds: Vec<RowKind> = finder.found.into_values().flatten().collect();
        let types = kinds.iter().flat_map(|k| &k.types);
        let types = types.map(|(file, ty)| key_of(infer.index, *file, ty.syntax()));
        Self {
            types: types.collect(),
            kinds,
        }
    }

    /// Whether a node is in the type of such a row.
    pub(super) fn is_in_type(&self, infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
        let mut around = node
            .ancestors()
            .filter(|n| ast::TupleType::can_cast(n.kind()));
        !self.types.is_empty()
            && around.any(|n| self.types.contains(&key_of(infer.index, file, &n)))
    }
}

/// What holds rows and leaves them as they are.
const HOLDERS: &[&str] = &[
    "Arc",
    "BTreeMap",
    "Box",
    "HashMap",
    "Mutex",
    "Option",
    "Rc",
    "Receiver",
    "RwLock",
    "Sender",
    "UnboundedReceiver",
    "UnboundedSender",
    "Vec",
    "VecDeque",
];

/// Functions that make both ends of what holds rows.
const CHANNELS: &[&str] = &["channel", "sync_channel", "unbounded_channel"];

/// What takes a row into a collection, as its last argument.
const TAKERS: &[&str] = &[
    "insert",
    "push",
    "push_back",
    "push_front",
    "send",
    "try_send",
];

/// What takes an element of a row's own, be it by value or by reference, from a pattern for it alone as well.
const MAPPERS: &[&str] = &[
    "all",
    "any",
    "filter_map",
    "flat_map",
    "for_each",
    "map",
    "position",
];

struct Finder<'f, 'a> {
    infer: &'f Infer<'a>,
    /// By width and position. `None`: something of it cannot be followed.
    found: BTreeMap<(usize, usize), Option<RowKind>>,
    /// The fields, functions and aliases whose types have rows.
    named: BTreeSet<String>,
}

/// What a node is to the rows.
enum Role {
    Row,
    /// A tuple of another kind.
    Other,
    Unknown,
}

impl Finder<'_, '_> {
    /// The rows that are told by their type, or by a literal of a list of them.
    fn seeds(&mut self, type_names: &[String]) {
        let workspace = self.infer.index.workspace;
        let accessors = self.infer.index.names_of(Item::Accessor.name());
        let names = Places::of(type_names.iter().chain(accessors.iter()));
        for (i, source) in workspace.files.iter().enumerate() {
            let file = FileId(i);
            let places = names.find(&source.text);
            if source.language != Language::Rust || places.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let opens = tuples_in_lists(&source.text);
            let named: Vec<TextSize> = (places.into_iter().flatten())
                .filter(|at| may_be_in_tuple(&source.text, usize::from(*at)))
                .collect();
            if opens.is_empty() && named.is_empty() {
                continue;
            }
            let Some(tree) = self.infer.index.tree(file).filter(|t| !t.has_errors) else {
                continue;
            };
            for node in tree.around(Some(&named)) {
                if let Some(ty) = ast::TupleType::cast(node) {
                    self.seed_type(file, ty);
                }
            }
            for node in tree.around(Some(&opens)) {
                if let Some(it) = ast::TupleExpr::cast(node)
                    && list_of(tree, &it).is_some_and(|l| l.is_fine)
                {
                    self.seed_tuple(file, &it);
                }
            }
        }
    }

    fn seed_type(&mut self, file: FileId, ty: ast::TupleType) {
        let index = self.infer.index;
        let fields: Vec<ast::Type> = ty.fields().collect();
        let forms: Vec<Option<Form>> = fields
            .iter()
            .map(|f| form_of(&index.type_of(file, f)))
            .collect();
        let holds = |f: &ast::Type| self.infer.lowered(file, f).holds_coordinator();
        let Some(position) = fields.iter().position(holds) else {
            return;
        };
        let alone = fields.iter().filter(|f| holds(f)).count() == 1;
        let key = (fields.len(), position);
        let role = self.role_of_type(file, &ty);
        match (role, forms[position]) {
            (Role::Other, _) => {}
            (Role::Row, Some(form)) if alone && !has_comment(ty.syntax()) => {
                let owner = ty.syntax().ancestors().find(|n| {
                    matches!(
                        n.kind(),
                        SyntaxKind::FN | SyntaxKind::RECORD_FIELD | SyntaxKind::TYPE_ALIAS
                    )
                });
                let name = owner.and_then(|n| n.children().find_map(ast::Name::cast));
                self.named.extend(name.map(|n| n.text().to_string()));
                if let Some(kind) = self.kind(key, form) {
                    kind.types.push((file, ty));
                }
            }
            // of several, none is told from the others
            _ => {
                let all = fields.iter().enumerate().filter(|(_, f)| holds(f));
                for at in all.map(|(at, _)| at).collect::<Vec<_>>() {
                    self.rule_out((fields.len(), at));
                }
            }
        }
    }

    fn seed_tuple(&mut self, file: FileId, it: &ast::TupleExpr) {
        let fields: Vec<ast::Expr> = it.fields().collect();
        // what is certainly none is not asked
        let may_be = |e: &ast::Expr| {
            !matches!(
                e,
                ast::Expr::Literal(_) | ast::Expr::ClosureExpr(_) | ast::Expr::TupleExpr(_)
            )
        };
        for (at, field) in fields.iter().enumerate().filter(|(_, e)| may_be(e)) {
            if let Some(form) = held(&self.infer.expr(file, field)) {
                self.kind((fields.len(), at), form);
            }
        }
    }

    fn kind(&mut self, key: (usize, usize), form: Form) -> Option<&mut RowKind> {
        let new = || {
            Some(RowKind {
                position: key.1,
                form,
                types: Vec::new(),
                tuples: Vec::new(),
                patterns: Vec::new(),
            })
        };
        if key.0 < 2 {
            return None;
        }
        let kind = self.found.entry(key).or_insert_with(new);
        if kind.as_ref().is_some_and(|k| k.form != form) {
            *kind = None;
        }
        kind.as_mut()
    }

    fn rule_out(&mut self, key: (usize, usize)) {
        self.found.insert(key, None);
    }

    fn role_of_type(&self, file: FileId, ty: &ast::TupleType) -> Role {
        let mut inner = ty.syntax().clone();
        let mut held = false;
        let place = loop {
            let Some(parent) = inner.parent() else {
                return Role::Unknown;
            };
            match parent.kind() {
                SyntaxKind::TYPE_ARG => {
                    let owner = parent.parent().and_then(|list| list.parent());
                    let Some(owner) = owner else {
                        return Role::Unknown;
                    };
                    // `collect::<Vec<…>>()`
                    if ast::MethodCallExpr::can_cast(owner.kind()) && held {
                        return Role::Row;
                    }
                    let name = ast::PathSegment::cast(owner).and_then(|s| s.name_ref());
                    // `channel::<…>(4)`, `Vec::<…>::new()`
                    let mut around = parent.ancestors().skip_while(|n| {
                        ast::GenericArgList::can_cast(n.kind())
                            || matches!(
                                n.kind(),
                                SyntaxKind::TYPE_ARG | SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH
                            )
                    });
                    let in_call = around
                        .next()
                        .is_some_and(|n| ast::PathExpr::can_cast(n.kind()));
                    if let Some(name) = name.as_ref().filter(|_| in_call) {
                        let holds =
                            CHANNELS.contains(&name.text()) || HOLDERS.contains(&name.text());
                        return if holds { Role::Row } else { Role::Unknown };
                    }
                    let whole = parent.ancestors().find_map(ast::PathType::cast);
                    let (Some(name), Some(whole)) = (name, whole) else {
                        return Role::Unknown;
                    };
                    match name.text() {
                        "Result" if !held && is_given(whole.syntax()) => return Role::Other,
                        "Result" if held => {}
                        "From" | "TryFrom" if !held => {
                            return match self.is_own_conversion(file, whole.syntax()) {
                                true => Role::Row,
                                false => Role::Unknown,
                            };
                        }
                        name if HOLDERS.contains(&name) => held = true,
                        _ => return Role::Unknown,
                    }
                    inner = whole.syntax().clone();
                }
                SyntaxKind::SLICE_TYPE | SyntaxKind::ARRAY_TYPE => {
                    held = true;
                    inner = parent;
                }
                SyntaxKind::PAREN_TYPE | SyntaxKind::REF_TYPE => inner = parent,
                SyntaxKind::RET_TYPE if !held => return Role::Other,
                _ => break parent,
            }
        };
        let is_row = held || ast::TypeAlias::can_cast(place.kind()) || is_taken_apart(&place);
        match is_row && self.may_change(file, &place) {
            true => Role::Row,
            false => Role::Unknown,
        }
    }

    /// Whether a trait of an impl is a conversion of a type that nobody else sees, and the only one to it, so that another
    /// cannot be the same.
    fn is_own_conversion(&self, file: FileId, of: &SyntaxNode) -> bool {
        let block = of.parent().and_then(ast::Impl::cast);
        let text = of.text().to_string();
        let converts = text.starts_with("From<") || text.starts_with("TryFrom<");
        let own = block.filter(|b| converts && b.trait_().is_some_and(|t| t.syntax() == of));
        let Some(ty) = own.and_then(|b| b.self_ty()) else {
            return false;
        };
        let Type::Item(at, node, _) = self.infer.lowered(file, &ty) else {
            return false;
        };
        let name = item_name(&node).unwrap_or_default();
        let names_it = |n: &SyntaxNode| search::words(&n.text().to_string()).any(|w| w == name);
        let to_it = |b: &ast::Impl| {
            let converts = b.trait_().is_some_and(|t| {
                let text = t.syntax().text().to_string();
                text.contains("From<") || text.contains("Into<")
            });
            converts && names_it(b.syntax())
        };
        let Some(tree) = self.infer.index.tree(file) else {
            return false;
        };
        let impls = tree.root.descendants().filter_map(ast::Impl::cast);
        let package = self.infer.index.workspace.file(file).package;
        let elsewhere = self.infer.index.workspace.files.iter().enumerate();
        let mut elsewhere = elsewhere.filter(|(i, f)| FileId(*i) != file && f.package == package);
        let others = elsewhere.any(|(_, f)| {
            ["From<", "Into<"].iter().any(|t| search::says(&f.text, t))
                && search::says(&f.text, &format!("for {name}"))
        });
        // every type converts to itself
        let of_itself = names_it(of);
        let alone = impls.filter(to_it).count() == 1;
        !is_public(self.infer, at, &node) && !others && !of_itself && alone
    }

    /// Whether a type may change where it stands: nobody outside of the workspace sees it, no trait asks for it.
    fn may_change(&self, file: FileId, place: &SyntaxNode) -> bool {
        let of_trait = |n: &SyntaxNode| {
            n.ancestors().any(|n| {
                ast::Trait::can_cast(n.kind())
                    || ast::Impl::cast(n).is_some_and(|b| b.trait_().is_some())
            })
        };
        match place.kind() {
            SyntaxKind::LET_STMT => true,
            SyntaxKind::RECORD_FIELD | SyntaxKind::TUPLE_FIELD => {
                !is_public(self.infer, file, place)
            }
            SyntaxKind::TYPE_ALIAS => !of_trait(place) && !is_public(self.infer, file, place),
            SyntaxKind::PARAM | SyntaxKind::RET_TYPE => {
                let owner = place.ancestors().find(|n| {
                    matches!(
                        n.kind(),
                        SyntaxKind::CLOSURE_EXPR | SyntaxKind::FN | SyntaxKind::FN_PTR_TYPE
                    )
                });
                let converts = |n: &SyntaxNode| {
                    let block = n.ancestors().nth(2).and_then(ast::Impl::cast);
                    let of = block.and_then(|b| b.trait_());
                    of.is_some_and(|t| self.is_own_conversion(file, t.syntax()))
                };
                owner.is_some_and(|n| {
                    ast::Fn::can_cast(n.kind())
                        && (converts(&n) || (!of_trait(&n) && !is_public(self.infer, file, &n)))
                })
            }
            _ => false,
        }
    }

    /// All tuples and patterns of these kinds, wherever they stand.
    fn members(&mut self) {
        let workspace = self.infer.index.workspace;
        for (i, source) in workspace.files.iter().enumerate() {
            let file = FileId(i);
            let Some(tree) = self
                .infer
                .index
                .tree(file)
                .filter(|_| source.language == Language::Rust)
            else {
                continue;
            };
            for node in tree.descendants(&tree.root) {
                if self.found.values().all(Option::is_none) {
                    return;
                }
                self.member(file, tree, &node);
            }
        }
    }

    fn member(&mut self, file: FileId, tree: &FileTree, node: &SyntaxNode) {
        match node.kind() {
            SyntaxKind::TUPLE_EXPR => {
                if let Some(it) = ast::TupleExpr::cast(node.clone()) {
                    self.tuple(file, tree, &it);
                }
            }
            SyntaxKind::TUPLE_PAT => {
                if let Some(it) = ast::TuplePat::cast(node.clone()) {
                    self.pattern(file, tree, &it);
                }
            }
            SyntaxKind::FIELD_EXPR => {
                let it = ast::FieldExpr::cast(node.clone());
                let at = it
                    .as_ref()
                    .and_then(|f| f.name_ref()?.text().parse::<usize>().ok());
                if let (Some(_), Some(base)) = (at, it.and_then(|f| f.expr())) {
                    let of = self.infer.expr(file, &base);
                    self.whole(&of, true);
                }
            }
            SyntaxKind::IDENT_PAT => {
                if let Some(it) = ast::IdentPat::cast(node.clone()) {
                    let of = self.infer.binding(file, &it);
                    self.whole(&of, false);
                }
            }
            SyntaxKind::METHOD_CALL_EXPR => {
                if let Some(it) = ast::MethodCallExpr::cast(node.clone()) {
                    self.method(file, &it);
                    if let Some((method, _)) = self.infer.called_method(file, &it) {
                        self.called(&method, node);
                    }
                }
            }
            SyntaxKind::CALL_EXPR => {
                let call = ast::CallExpr::cast(node.clone());
                let of = call.and_then(|c| self.infer.called_function(file, &c));
                if let Some(method) = of {
                    self.called(&method, node);
                }
            }
            SyntaxKind::MACRO_CALL => {
                if let Some(it) = ast::MacroCall::cast(node.clone()) {
                    self.macro_call(file, tree, &it);
                }
            }
            SyntaxKind::FOR_EXPR => {
                if let Some(it) = ast::ForExpr::cast(node.clone()) {
                    self.loops(file, &it);
                }
            }
            SyntaxKind::ARG_LIST => {
                if let Some(it) = ast::ArgList::cast(node.clone()) {
                    self.given(file, &it);
                }
            }
            SyntaxKind::ARRAY_EXPR => {
                for element in node.children().filter_map(ast::Expr::cast) {
                    self.element(file, &element);
                }
            }
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(node.clone());
                if let Some((ty, init)) = stmt.and_then(|s| Some((s.ty()?, s.initializer()?))) {
                    let wanted = self.infer.lowered(file, &ty);
                    self.filled(file, &wanted, &init);
                }
            }
            SyntaxKind::RECORD_EXPR_FIELD => {
                let field = ast::RecordExprField::cast(node.clone());
                let name = field.as_ref().and_then(|f| f.field_name());
                if let Some(init) = field.and_then(|f| f.expr())
                    && name.is_some_and(|n| self.named.contains(n.text()))
                {
                    self.filled(file, &Type::Unknown, &init);
                }
            }
            _ => {}
        }
    }

    /// A call of a function that gives a tuple, which is another kind's: it may not become a row.
    fn called(&mut self, method: &Method, call: &SyntaxNode) {
        let Some(key) = self.given_row(method) else {
            return;
        };
        if taken_apart(call).is_some_and(|p| !p.is_empty()) {
            return;
        }
        let stmt = bound_by(call);
        if !stmt.is_some_and(|s| matches!(s.pat(), Some(ast::Pat::TuplePat(_)))) {
            self.rule_out_known(key);
        }
    }

    /// The row that a function gives by itself, or as a `Result`.
    fn given_row(&self, method: &Method) -> Option<(usize, usize)> {
        let ty = method.function.ret_type()?.ty()?;
        let given = match self.infer.lowered(method.file, &ty) {
            Type::Outside(name, args) if name == "Result" => args.into_iter().next(),
            other => Some(other),
        };
        let given = given.filter(|t| matches!(t, Type::Tuple(_)));
        given.as_ref().and_then(row_of)
    }

    /// Whether a pattern for `Ok` is for what such a function gives.
    fn is_of_given(&self, file: FileId, pattern: &SyntaxNode) -> bool {
        let taken = || {
            let parent = pattern.parent()?;
            let arm = ast::MatchArm::can_cast(parent.kind());
            let of = match arm {
                true => ast::MatchExpr::cast(parent.parent()?.parent()?)?.expr(),
                false => match ast::LetStmt::cast(parent.clone()) {
                    Some(stmt) => stmt.initializer(),
                    None => ast::LetExpr::cast(parent)?.expr(),
                },
            };
            let method = match taken_out(of?) {
                ast::Expr::CallExpr(call) => self.infer.called_function(file, &call)?,
                ast::Expr::MethodCallExpr(call) => self.infer.called_method(file, &call)?.0,
                _ => return None,
            };
            self.given_row(&method)
        };
        taken().is_some()
    }

    /// A macro that is not read may take rows apart; one of the workspace's own may write them.
    fn macro_call(&mut self, file: FileId, tree: &FileTree, call: &ast::MacroCall) {
        let node = call.syntax();
        let whole = node.parent().filter(|n| ast::MacroExpr::can_cast(n.kind()));
        let in_list = whole.as_ref().is_some_and(|n| {
            let around = n.parent().map(|p| p.kind());
            let taken = matches!(around, Some(SyntaxKind::ARG_LIST | SyntaxKind::ARRAY_EXPR));
            (taken || tree.is_macro_piece(n)) && self.infer.index.macros.is_in_own(tree, node)
        });
        if in_list {
            self.rule_out_all();
        }
        let pieces = tree.pieces(call);
        let name = tree::macro_name(call);
        if name.as_ref().is_some_and(|n| n.text() == "vec") {
            let elements = pieces.iter().flat_map(SyntaxNode::children);
            for element in elements.filter_map(ast::Expr::cast) {
                self.element(file, &element);
            }
        }
        let own = name.is_some_and(|n| self.infer.index.macros.is_own(n.text()));
        if !pieces.is_empty() && !own {
            return;
        }
        let tokens = node.descendants_with_tokens();
        let words = tokens.filter_map(|e| e.into_token());
        for word in words.filter(|t| t.kind() == SyntaxKind::IDENT) {
            let named = self.named.contains(word.text());
            let bound = locals::binding_of(tree, node, word.text());
            let of = bound.map(|pat| self.infer.binding(file, &pat));
            if named {
                self.rule_out_all();
            } else if let Some(key) = of.as_ref().and_then(|of| row_of(item_of(of))) {
                self.rule_out_known(key);
            }
        }
    }

    /// A row that is not taken apart where it is got.
    fn whole(&mut self, of: &Type, unknown_counts: bool) {
        match of.peeled() {
            Type::Tuple(items) => {
                for (at, item) in items.iter().enumerate() {
                    if item.holds_coordinator() || (unknown_counts && !item.is_known()) {
                        self.rule_out_known((items.len(), at));
                    }
                }
            }
            Type::Unknown if unknown_counts => self.rule_out_all(),
            _ => {}
        }
    }

    fn rule_out_all(&mut self) {
        self.found.values_mut().for_each(|k| *k = None);
    }

    /// An element of a list that is not written as a tuple must be none.
    fn element(&mut self, file: FileId, it: &ast::Expr) {
        let is_macro = matches!(it, ast::Expr::MacroExpr(_));
        if !matches!(it, ast::Expr::TupleExpr(_)) && (may_hold(it) || is_macro) {
            let of = self.infer.expr(file, it);
            self.whole(&of, true);
        }
    }

    /// What is made elsewhere must be known to be rows where rows are asked for. `wanted`: what is, if it is known.
    fn filled(&mut self, file: FileId, wanted: &Type, init: &ast::Expr) {
        const EMPTY: &[&str] = &["::default()", "::new()", "[]", "take(", "with_capacity("];
        let key = row_of(item_of(wanted));
        if key.is_none() && wanted.is_known() {
            return;
        }
        // a variable is what it was made as
        if let ast::Expr::PathExpr(path) = init
            && let Some(made) = self.made_as(file, path)
        {
            return self.filled(file, wanted, &made);
        }
        let text = init.syntax().text().to_string();
        let empty = EMPTY.iter().any(|e| text.contains(e));
        // lists and what is collected are looked at themselves
        let looked_at = text.ends_with(".collect()")
            || matches!(
                init,
                ast::Expr::ArrayExpr(_) | ast::Expr::MacroExpr(_) | ast::Expr::RefExpr(_)
            );
        let of = self.infer.expr(file, init);
        let fits = match key {
            Some(key) => row_of(item_of(&of)) == Some(key),
            None => of.is_known(),
        };
        if !empty && !looked_at && !fits {
            match key {
                Some(key) => self.rule_out_known(key),
                None => self.rule_out_all(),
            }
        }
    }

    /// What a variable is made as, if that says more than its type.
    fn made_as(&self, file: FileId, path: &ast::PathExpr) -> Option<ast::Expr> {
        let name = path.path()?.as_single_name_ref()?;
        let tree = self.infer.index.tree(file)?;
        let pat = locals::binding_of(tree, path.syntax(), name.text())?;
        let stmt = ast::LetStmt::cast(pat.syntax().parent()?).filter(|s| s.ty().is_none())?;
        let of = self.infer.binding(file, &pat);
        stmt.initializer().filter(|_| !of.is_known())
    }

    fn rule_out_known(&mut self, key: (usize, usize)) {
        if let Some(kind) = self.found.get_mut(&key) {
            *kind = None;
        }
    }

    fn tuple(&mut self, file: FileId, tree: &FileTree, it: &ast::TupleExpr) {
        let fields: Vec<ast::Expr> = it.fields().collect();
        let known: Vec<(usize, usize)> = self.of_width(fields.len());
        for key in known {
            let of = self.infer.expr(file, &fields[key.1]);
            let others = fields.iter().enumerate().filter(|(at, _)| *at != key.1);
            let again = |(_, e): (usize, &ast::Expr)| {
                *self.infer.expr(file, e).peeled() == Type::Coordinator
            };
            match of.peeled() {
                Type::Coordinator if others.into_iter().any(again) => {
                    self.rule_out(key);
                    continue;
                }
                Type::Coordinator => {}
                Type::Unknown if may_hold(&fields[key.1]) => {
                    // one that cannot be told is none where the tuple is certainly another
                    if !matches!(self.role_of_tuple(file, tree, it), Role::Other) {
                        self.rule_out(key);
                    }
                    continue;
                }
                _ => continue,
            }
            match (self.role_of_tuple(file, tree, it), held(&of)) {
                (Role::Row, Some(form)) if !has_comment(it.syntax()) => {
                    if let Some(kind) = self.kind(key, form) {
                        kind.tuples.push((file, it.clone()));
                    }
                }
                (Role::Other, _) => {}
                _ => self.rule_out(key),
            }
        }
    }

    fn of_width(&self, width: usize) -> Vec<(usize, usize)> {
        let known = self
            .found
            .iter()
            .filter(|(k, kind)| k.0 == width && kind.is_some());
        known.map(|(k, _)| *k).collect()
    }

    fn role_of_tuple(&self, file: FileId, tree: &FileTree, it: &ast::TupleExpr) -> Role {
        if let Some(list) = list_of(tree, it) {
            return match list.is_fine || self.is_taken_by_own(file, &list.whole) {
                true => Role::Row,
                false => Role::Unknown,
            };
        }
        let expr = ast::Expr::TupleExpr(it.clone());
        let Some(parent) = it.syntax().parent() else {
            return Role::Unknown;
        };
        match parent.kind() {
            SyntaxKind::ARG_LIST => {
                let taker = locals::argument_of(&expr).and_then(|(list, at)| {
                    let call = ast::MethodCallExpr::cast(list.syntax().parent()?)?;
                    let last = at + 1 == list.args().count();
                    let name = call.name_ref()?;
                    let receiver = self.infer.expr(file, &call.receiver()?);
                    let outside = matches!(receiver.peeled(), Type::Outside(of, _) if HOLDERS.contains(&of.as_str()));
                    (last && outside && TAKERS.contains(&name.text())).then_some(())
                });
                match taker.is_some() || self.is_argument(file, &expr) {
                    true => Role::Row,
                    false => self.role_of_given(&parent),
                }
            }
            SyntaxKind::LET_STMT => {
                let of = ast::LetStmt::cast(parent);
                match of.is_some_and(|s| matches!(s.pat(), Some(ast::Pat::TuplePat(_)))) {
                    true => Role::Other,
                    false => Role::Unknown,
                }
            }
            SyntaxKind::CLOSURE_EXPR if is_mapped(&parent) => Role::Row,
            // the value of a map's entry
            SyntaxKind::TUPLE_EXPR => match ast::TupleExpr::cast(parent) {
                Some(pair) if pair.fields().count() == 2 && pair.fields().last() == Some(expr) => {
                    self.role_of_tuple(file, tree, &pair)
                }
                _ => Role::Unknown,
            },
            SyntaxKind::STMT_LIST if !tree.is_macro_list(&parent) => {
                let block = parent.parent();
                let closure = block.as_ref().and_then(SyntaxNode::parent);
                match closure.filter(|c| ast::ClosureExpr::can_cast(c.kind())) {
                    Some(closure) if is_mapped(&closure) => Role::Row,
                    Some(_) => Role::Unknown,
                    None => self.role_of_given(&parent),
                }
            }
            _ => self.role_of_given(&parent),
        }
    }

    /// Whether a tuple is given to a function of the workspace that takes it apart.
    fn is_argument(&self, file: FileId, it: &ast::Expr) -> bool {
        let taken = || {
            let (list, at) = locals::argument_of(it)?;
            let (function, at) = match ast::CallableExpr::cast(list.syntax().parent()?)? {
                ast::CallableExpr::Call(call) => {
                    let method = self.infer.called_function(file, &call)?;
                    let params = method.function.param_list()?;
                    let own = params.self_param().is_some();
                    (method, at.checked_sub(usize::from(own))?)
                }
                ast::CallableExpr::MethodCall(call) => {
                    (self.infer.called_method(file, &call)?.0, at)
                }
            };
            let param = function.function.param_list()?.params().nth(at)?;
            Some(is_taken_apart(param.syntax()))
        };
        taken().unwrap_or(false)
    }

    /// What a function gives back as a tuple is no row.
    fn role_of_given(&self, from: &SyntaxNode) -> Role {
        let mut around = from.ancestors();
        let owner = around.find(|n| {
            let is_async = |n: &SyntaxNode| {
                ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.modifier().is_some())
            };
            let passes = matches!(
                n.kind(),
                SyntaxKind::ARG_LIST
                    | SyntaxKind::BLOCK_EXPR
                    | SyntaxKind::CALL_EXPR
                    | SyntaxKind::IF_EXPR
                    | SyntaxKind::MATCH_ARM
                    | SyntaxKind::MATCH_ARM_LIST
                    | SyntaxKind::MATCH_EXPR
                    | SyntaxKind::PAREN_EXPR
                    | SyntaxKind::RETURN_EXPR
                    | SyntaxKind::STMT_LIST
                    | SyntaxKind::EXPR_STMT
            );
            !passes || is_async(n)
        });
        let of = owner
            .and_then(ast::Fn::cast)
            .and_then(|f| f.ret_type()?.ty());
        let gives = of.is_some_and(|ty| {
            let text = ty.syntax().text().to_string();
            text.starts_with('(') || text.contains("Result<(")
        });
        match gives {
            true => Role::Other,
            false => Role::Unknown,
        }
    }

    /// Whether a list is given to a function of the workspace, whose types say the rest.
    fn is_taken_by_own(&self, file: FileId, list: &SyntaxNode) -> bool {
        let call = list.parent().filter(|n| ast::ArgList::can_cast(n.kind()));
        let of = call.and_then(|args| match ast::CallableExpr::cast(args.parent()?)? {
            ast::CallableExpr::Call(it) => self.infer.called_function(file, &it),
            ast::CallableExpr::MethodCall(it) => Some(self.infer.called_method(file, &it)?.0),
        });
        of.is_some_and(|m| m.function.generic_param_list().is_none())
    }

    fn pattern(&mut self, file: FileId, tree: &FileTree, it: &ast::TuplePat) {
        let fields: Vec<ast::Pat> = it.fields().collect();
        let of = self.infer.pattern(file, it.syntax());
        if fields.iter().any(|p| matches!(p, ast::Pat::RestPat(_))) {
            return self.whole(&of, true);
        }
        let role = self.role_of_pattern(file, tree, it);
        for key in self.of_width(fields.len()) {
            let item = match of.peeled() {
                Type::Tuple(items) if items.len() == fields.len() => items[key.1].clone(),
                Type::Unknown => Type::Unknown,
                _ => continue,
            };
            let is_row = match item.peeled() {
                Type::Coordinator => true,
                Type::Unknown if matches!(role, Role::Other) => continue,
                Type::Unknown => false,
                _ => continue,
            };
            match role {
                Role::Row if is_row && !has_comment(it.syntax()) && !is_asked_alone(it, key.1) => {
                    if let Some(Some(kind)) = self.found.get_mut(&key) {
                        kind.patterns.push((file, it.clone()));
                    }
                }
                Role::Other => {}
                _ => self.rule_out(key),
            }
        }
    }

    fn role_of_pattern(&self, file: FileId, tree: &FileTree, it: &ast::TuplePat) -> Role {
        let Some(parent) = it.syntax().parent() else {
            return Role::Unknown;
        };
        match parent.kind() {
            SyntaxKind::FOR_EXPR | SyntaxKind::LET_EXPR => Role::Row,
            SyntaxKind::PARAM => {
                let closure = tree
                    .ancestors(&parent)
                    .find(|n| matches!(n.kind(), SyntaxKind::CLOSURE_EXPR | SyntaxKind::FN));
                match closure {
                    Some(n) if ast::ClosureExpr::can_cast(n.kind()) && is_mapped(&n) => Role::Row,
                    Some(n) if ast::Fn::can_cast(n.kind()) && is_taken_apart(&parent) => Role::Row,
                    _ => Role::Unknown,
                }
            }
            SyntaxKind::TUPLE_PAT => match ast::TuplePat::cast(parent) {
                Some(around) => self.role_of_pattern(file, tree, &around),
                None => Role::Unknown,
            },
            SyntaxKind::TUPLE_STRUCT_PAT => {
                let given = self.is_of_given(file, &parent);
                let of = ast::TupleStructPat::cast(parent).and_then(|p| p.path());
                if given {
                    return Role::Other;
                }
                match of.is_some_and(|p| {
                    matches!(p.syntax().text().to_string().as_str(), "Some" | "Ok")
                }) {
                    true => Role::Row,
                    false => Role::Unknown,
                }
            }
            SyntaxKind::LET_STMT => {
                let init = ast::LetStmt::cast(parent).and_then(|s| s.initializer());
                match init.map(taken_out) {
                    Some(ast::Expr::TupleExpr(_) | ast::Expr::CallExpr(_)) => Role::Other,
                    Some(ast::Expr::MethodCallExpr(call)) => {
                        let Some(receiver) = call.receiver() else {
                            return Role::Unknown;
                        };
                        if self.infer.called_method(file, &call).is_some() {
                            return Role::Other;
                        }
                        let of = self.infer.expr(file, &receiver);
                        match of.peeled() {
                            Type::Outside(name, _) if HOLDERS.contains(&name.as_str()) => Role::Row,
                            _ => Role::Unknown,
                        }
                    }
                    _ => Role::Unknown,
                }
            }
            _ => Role::Unknown,
        }
    }

    /// Methods that need their rows to be of so many elements, or make pairs that nobody writes.
    fn method(&mut self, file: FileId, call: &ast::MethodCallExpr) {
        const PAIRS: &[&str] = &[
            "cloned",
            "copied",
            "max",
            "min",
            "partition",
            "sort",
            "sort_unstable",
            "unzip",
        ];
        let (Some(name), Some(receiver)) = (call.name_ref(), call.receiver()) else {
            return;
        };
        let of = self.infer.expr(file, &receiver);
        let own = self.infer.called_method(file, call).is_some();
        let item = item_of(&of);
        if let Some(key) = row_of(item) {
            let needs_pairs = match name.text() {
                "collect" => {
                    let in_vec = || self.infer.is_collected_in_vec(file, call);
                    key.0 == 2 && !in_vec() && self.says_map(file)
                }
                name => PAIRS.contains(&name),
            };
            if needs_pairs && !own {
                self.rule_out_known(key);
            }
        }
        let last = call.arg_list().and_then(|l| l.args().last());
        if let Some(last) = last.filter(|_| TAKERS.contains(&name.text()) && !own)
            && !matches!(last, ast::Expr::TupleExpr(_))
        {
            let taken = self.infer.expr(file, &last);
            match (row_of(item), taken.peeled()) {
                (Some(key), _) => self.rule_out_known(key),
                (None, Type::Tuple(_)) => self.whole(&taken, true),
                (None, Type::Unknown) if !item.is_known() => self.rule_out_all(),
                _ => {}
            }
        }
        if matches!(name.text(), "append" | "extend")
            && let Some(key) = row_of(item)
        {
            let more = call.arg_list().and_then(|l| l.args().next());
            let more = more.map(|e| self.infer.expr(file, &e));
            if more.is_none_or(|m| row_of(item_of(&m)) != Some(key)) {
                self.rule_out_known(key);
            }
        }
        if name.text() == "collect" && !own && !self.is_told(call, item) {
            self.rule_out_all();
        }
        let result = self
            .infer
            .expr(file, &ast::Expr::MethodCallExpr(call.clone()));
        let made = row_of(item_of(&result));
        let writes = matches!(name.text(), "filter_map" | "flat_map" | "map") || own;
        if let Some(key) = made.filter(|k| !writes && row_of(item) != Some(*k)) {
            self.rule_out_known(key);
        }
    }

    /// Whether it is known of what is collected whether it is rows: by what gives it, or by what is asked for.
    fn is_told(&self, call: &ast::MethodCallExpr, item: &Type) -> bool {
        match item {
            Type::Unknown => {}
            Type::Tuple(items) if row_of(item).is_none() && items.iter().any(|i| !i.is_known()) => {
            }
            _ => return true,
        }
        let parent = call.syntax().parent();
        let by_let = parent.clone().and_then(ast::LetStmt::cast);
        let by_let = by_let.and_then(|s| s.ty());
        let by_fish = call.generic_arg_list();
        let by_fish = by_fish.and_then(|l| match l.generic_args().next()? {
            ast::GenericArg::TypeArg(of) => of.ty(),
            _ => None,
        });
        let list = parent.filter(|p| p.kind() == SyntaxKind::STMT_LIST);
        let by_fn = list.and_then(|list| {
            let function = list.parent()?.parent().and_then(ast::Fn::cast)?;
            function.ret_type()?.ty()
        });
        let wanted = by_let.or(by_fish).or(by_fn);
        wanted.is_some_and(|ty| {
            let text = ty.syntax().text().to_string();
            let of_rows = self.named.iter().any(|n| search::says(&text, n));
            !text.contains(['(', '_']) && !of_rows
        })
    }

    /// Whether what is collected may be a map: in a file that says one, or by a type of one that says the coordinator's.
    fn says_map(&self, file: FileId) -> bool {
        let index = self.infer.index;
        let coordinator = index.names_of(Item::Coordinator.name());
        let mut files = index.workspace.files.iter().enumerate();
        files.any(|(i, source)| {
            let named = || coordinator.iter().any(|n| search::says(&source.text, n));
            source.text.contains("Map") && (FileId(i) == file || named())
        })
    }

    /// Maps of coordinators are lists of pairs that nobody writes.
    fn loops(&mut self, file: FileId, it: &ast::ForExpr) {
        let iterable = it.iterable().map(|e| self.infer.expr(file, &e));
        if let Some(Type::Outside(name, args)) = iterable.as_ref().map(Type::peeled)
            && name.ends_with("Map")
        {
            for (at, _) in args
                .iter()
                .enumerate()
                .filter(|(_, a)| a.holds_coordinator())
            {
                self.rule_out_known((2, at));
            }
        }
    }

    /// A list of rows that is given to a function of others, which may ask for anything.
    fn given(&mut self, file: FileId, list: &ast::ArgList) {
        const KEEPERS: &[&str] = &[
            "Arc::new",
            "Box::new",
            "Err",
            "Mutex::new",
            "Ok",
            "RwLock::new",
            "Some",
            "drop",
        ];
        for arg in list.args() {
            let of = self.infer.expr(file, &arg);
            let Some(key) = row_of(item_of(&of)) else {
                continue;
            };
            let callee = list.syntax().parent().and_then(ast::CallExpr::cast);
            let callee = callee.and_then(|c| Some(c.expr()?.syntax().text().to_string()));
            let keeps = callee.is_some_and(|c| {
                KEEPERS
                    .iter()
                    .any(|k| c == *k || c.strip_suffix(k).is_some_and(|c| c.ends_with("::")))
            });
            let extends = list
                .syntax()
                .parent()
                .and_then(ast::MethodCallExpr::cast)
                .is_some_and(|c| {
                    let receiver = c.receiver().map(|r| self.infer.expr(file, &r));
                    receiver.is_some_and(|r| row_of(item_of(&r)) == Some(key))
                });
            if !keeps && !extends && !self.is_taken_by_own(file, arg.syntax()) {
                self.rule_out_known(key);
            }
        }
    }
}

/// Whether a parameter is a tuple that its pattern takes apart.
fn is_taken_apart(param: &SyntaxNode) -> bool {
    let param = ast::Param::cast(param.clone());
    param.is_some_and(|p| {
        matches!(p.pat(), Some(ast::Pat::TuplePat(_)))
            && matches!(p.ty(), Some(ast::Type::TupleType(_)))
    })
}

/// What a list, an iterator or a channel of that type gives.
fn item_of(of: &Type) -> &Type {
    match of.peeled() {
        Type::Outside(_, args) => args.last().map_or(&Type::Unknown, Type::peeled),
        Type::Future(inner) => item_of(inner),
        _ => &Type::Unknown,
    }
}

/// The width of a row of that type, and the position of its coordinator.
fn row_of(item: &Type) -> Option<(usize, usize)> {
    match item {
        Type::Tuple(items) => {
            let at = items.iter().position(Type::holds_coordinator)?;
            Some((items.len(), at))
        }
        Type::Outside(name, args) if matches!(name.as_str(), "Option" | "Result") => {
            row_of(args.first()?.peeled())
        }
        _ => None,
    }
}

/// Whether a pattern in `if let` would only ask whether there is a row.
fn is_asked_alone(it: &ast::TuplePat, position: usize) -> bool {
    let mut others = it.fields().enumerate().filter(|(i, _)| *i != position);
    let wild = others.all(|(_, p)| matches!(p, ast::Pat::WildcardPat(_)));
    let mut around = it.syntax().ancestors().skip(1);
    let some = around
        .next()
        .is_some_and(|n| ast::TupleStructPat::can_cast(n.kind()));
    it.fields().count() == 2
        && wild
        && some
        && around
            .next()
            .is_some_and(|n| ast::LetExpr::can_cast(n.kind()))
}

/// Whether a closure is given to a method that takes what it gives, or is given, as it is.
fn is_mapped(closure: &SyntaxNode) -> bool {
    let closure = ast::Expr::cast(closure.clone());
    let call = closure.as_ref().and_then(locals::argument_of);
    let call = call.and_then(|(list, _)| ast::MethodCallExpr::cast(list.syntax().parent()?));
    let name = call.and_then(|c| c.name_ref());
    name.is_some_and(|n| MAPPERS.contains(&n.text()))
}

/// The list that a tuple is an element of.
struct List {
    whole: SyntaxNode,
    /// Whether it is bound, gone through or held as a list.
    is_fine: bool,
}

fn list_of(tree: &FileTree, it: &ast::TupleExpr) -> Option<List> {
    let parent = it.syntax().parent()?;
    let whole = if ast::ArrayExpr::can_cast(parent.kind()) {
        let array = ast::ArrayExpr::cast(parent)?;
        // `[row; n]`
        if array.semicolon_token().is_some() {
            return None;
        }
        array.syntax().clone()
    } else if tree.is_macro_piece(it.syntax()) {
        let call = tree.ancestors(it.syntax()).find_map(ast::MacroCall::cast)?;
        tree::macro_name(&call).filter(|n| n.text() == "vec")?;
        let whole = call.syntax().parent()?;
        ast::MacroExpr::cast(whole)?.syntax().clone()
    } else {
        return None;
    };
    let mut whole = whole;
    while let Some(parent) = whole.parent() {
        match parent.kind() {
            SyntaxKind::REF_EXPR | SyntaxKind::PAREN_EXPR => whole = parent,
            _ => break,
        }
    }
    let parent = whole.parent()?;
    let is_fine = match parent.kind() {
        SyntaxKind::LET_STMT
        | SyntaxKind::FOR_EXPR
        | SyntaxKind::RECORD_EXPR_FIELD
        | SyntaxKind::RETURN_EXPR => true,
        // the last of a function, whose type says the rest
        SyntaxKind::STMT_LIST => {
            let block = parent.parent()?;
            ast::Fn::can_cast(block.parent()?.kind()) && !tree.is_macro_list(&parent)
        }
        SyntaxKind::METHOD_CALL_EXPR => {
            let call = ast::MethodCallExpr::cast(parent)?;
            let name = call.name_ref()?;
            matches!(name.text(), "into_iter" | "iter" | "map")
        }
        _ => false,
    };
    Some(List { whole, is_fine })
}

/// What is behind `.await`, `?`, `unwrap()`.
fn taken_out(mut expr: ast::Expr) -> ast::Expr {
    loop {
        let next = match &expr {
            ast::Expr::AwaitExpr(it) => it.expr(),
            ast::Expr::TryExpr(it) => it.expr(),
            ast::Expr::ParenExpr(it) => it.expr(),
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref();
                let takes = name.is_some_and(|n| purity::unwrapping(n.text(), it).is_some());
                it.receiver().filter(|_| takes)
            }
            _ => None,
        };
        match next {
            Some(next) => expr = next,
            None => return expr,
        }
    }
}

/// Whether an expression whose type is not known may be a coordinator.
fn may_hold(expr: &ast::Expr) -> bool {
    !matches!(
        expr,
        ast::Expr::Literal(_)
            | ast::Expr::BinExpr(_)
            | ast::Expr::ClosureExpr(_)
            | ast::Expr::MacroExpr(_)
            | ast::Expr::TupleExpr(_)
            | ast::Expr::ArrayExpr(_)
    )
}

/// Whether a type is that of what a function gives.
fn is_given(ty: &SyntaxNode) -> bool {
    ty.parent()
        .is_some_and(|n| ast::RetType::can_cast(n.kind()))
}

/// How a value holds the coordinator.
fn held(of: &Type) -> Option<Form> {
    let is_arc = |t: &Type| match t {
        Type::Outside(name, args) => name == "Arc" && args.first() == Some(&Type::Coordinator),
        _ => false,
    };
    match of {
        Type::Ref(inner) if is_arc(inner) => Some(Form::RefArc),
        it if is_arc(it) => Some(Form::Arc),
        _ => None,
    }
}

fn form_of(ty: &Ty) -> Option<Form> {
    let arc = Ty::Arc(Box::new(Ty::Item(Item::Coordinator)));
    match ty {
        it if *it == arc => Some(Form::Arc),
        Ty::Ref(of) if **of == arc => Some(Form::RefArc),
        _ => None,
    }
}

/// Where the first tuples of lists may open.
fn tuples_in_lists(text: &str) -> Vec<TextSize> {
    let opens = memchr::memchr_iter(b'[', text.as_bytes()).filter_map(|at| {
        let mut rest = text[at + 1..].trim_start();
        while rest.starts_with("//") {
            rest = rest
                .split_once('\n')
                .map_or("", |(_, below)| below)
                .trim_start();
        }
        let at = rest.starts_with('(').then(|| text.len() - rest.len())?;
        TextSize::try_from(at).ok()
    });
    opens.collect()
}

/// Whether what is said at a place may be in a tuple's type that is not what a function gives.
fn may_be_in_tuple(text: &str, at: usize) -> bool {
    const FAR: usize = 400;
    let mut depth = 0usize;
    for (i, byte) in text.as_bytes()[..at].iter().enumerate().rev().take(FAR) {
        match byte {
            b')' => depth += 1,
            b'(' if depth > 0 => depth -= 1,
            b'(' => {
                let before = text[..i].trim_end().as_bytes().last();
                return before.is_some_and(|b| b"<,[=&(:".contains(b));
            }
            b';' | b'{' | b'}' => return false,
            _ => {}
        }
    }
    false
}
