//! Coordinators that are held by value, in a `Box` or in an `Rc`: what it takes to hold them in an `Arc`, which the rest
//! of the passing follows.
//!
//! Belongs here: finding the slots that hold one so, and whether all that goes in and comes out would do as an
//! `Arc`. Does not: deciding which slots go. What is written here is for slots that go, and is never seen.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ra_ap_syntax::ast::{self, AstNode, HasArgList};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::super::api::{self, Item};
use super::super::climb::{success_arm, success_pattern};
use super::super::defs::Index;
use super::super::edit::{self, Edit};
use super::super::imports;
use super::super::locals::{self, Use};
use super::super::purity;
use super::super::resolve::{Def, Namespace, Ty, first_type_arg};
use super::super::workspace::FileId;
use super::infer::Infer;
use super::sites::{Root, Sites, Source, bound_in_tuple};
use super::slots::{Form, Kind, Slot, SlotId, Slots, has_comment, is_async_scope};
use super::{Key, key_of};

/// `Arc` by the path that no scope changes.
pub(crate) const ARC: &str = "::std::sync::Arc";

/// What holds coordinators in an `Arc` that were held otherwise.
pub(crate) struct Shared {
    pub(crate) edits: BTreeMap<FileId, Vec<Edit>>,
    /// The slots that do.
    pub(crate) slots: BTreeSet<SlotId>,
}

/// Writes an `Arc` wherever a slot holds a coordinator otherwise, but for the slots `without`. `None`: there is no slot
/// where that is possible.
pub(super) fn share(
    infer: &Infer<'_>,
    slots: &mut Slots,
    without: &BTreeSet<SlotId>,
) -> Option<Shared> {
    let types: Vec<Option<Held>> = (slots.all.iter().enumerate())
        .map(|(i, s)| Held::of(infer, s).filter(|_| !without.contains(&i)))
        .collect();
    if types.iter().all(Option::is_none) {
        return None;
    }
    let sites = Sites::collect(infer, slots);
    let mut walk = Walk {
        infer,
        slots,
        sites: &sites,
        types: &types,
        arrived: HashSet::new(),
    };
    let owners = walk.owners();
    let goes = walk.fitting(&owners);
    if goes.is_empty() {
        return None;
    }
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    let index = infer.index;
    for slot in &goes {
        let file = slots.all[*slot].file;
        if let Some(held) = &types[*slot] {
            let edit = held.written.in_arc(index, file)?;
            edits.entry(file).or_default().push(edit);
        }
    }
    for owner in owners.iter().filter(|o| o.is_one_of(&goes)) {
        for (file, edit) in &owner.edits {
            let own = edits.entry(*file).or_default();
            if !own.contains(edit) {
                own.push(edit.clone());
            }
        }
    }
    // `Rc`'s
    imports::complete(index, &mut edits, &BTreeMap::new());
    let text = |file: &FileId| &index.workspace.file(*file).text;
    let fits = |(file, own): (&FileId, &Vec<Edit>)| edit::apply(text(file), own).is_ok();
    edits
        .iter()
        .all(fits)
        .then_some(Shared { edits, slots: goes })
}

/// Whether a slot holds a coordinator in what could be an `Arc`.
pub(super) fn holds(infer: &Infer<'_>, slot: &Slot) -> bool {
    Held::of(infer, slot).is_some()
}

/// What a coordinator is in that is no `Arc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pointer {
    /// By value.
    None,
    Box,
    Rc,
}

impl Pointer {
    fn of(index: &Index<'_>, file: FileId, path: &ast::Path) -> Option<Self> {
        let Def::External(path) = index.resolve_path(file, path, Namespace::Type) else {
            return None;
        };
        let std = |name: &String| matches!(name.as_str(), "std" | "alloc");
        match path.as_slice() {
            [krate, name] if std(krate) && name == "Box" => Some(Self::Box),
            [krate, module, name] if std(krate) && module == "boxed" && name == "Box" => {
                Some(Self::Box)
            }
            [krate, module, name] if std(krate) && module == "rc" && name == "Rc" => Some(Self::Rc),
            _ => None,
        }
    }
}

/// A type that says so.
struct Written {
    pointer: Pointer,
    /// Whether it is a reference.
    lent: bool,
    /// The type, without the reference.
    ty: ast::Type,
    /// The coordinator's in it.
    inner: ast::Type,
}

impl Written {
    fn of(index: &Index<'_>, file: FileId, ty: ast::Type) -> Option<Self> {
        let (lent, ty) = match ty {
            ast::Type::RefType(it) if it.mut_token().is_none() => (true, it.ty()?),
            ty => (false, ty),
        };
        let is_one = |ty: &ast::Type| index.type_of(file, ty) == Ty::Item(Item::Coordinator);
        if is_one(&ty) {
            return Some(Self {
                pointer: Pointer::None,
                lent,
                inner: ty.clone(),
                ty,
            });
        }
        let ast::Type::PathType(it) = &ty else {
            return None;
        };
        let path = it.path()?;
        let inner = first_type_arg(&path).filter(is_one)?;
        let pointer = Pointer::of(index, file, &path)?;
        Some(Self {
            pointer,
            lent,
            inner,
            ty,
        })
    }

    /// The edit that makes an `Arc` of it.
    fn in_arc(&self, index: &Index<'_>, file: FileId) -> Option<Edit> {
        let tree = index.tree(file)?;
        let inner = std::ops::Range::from(tree.range(self.inner.syntax()));
        let text = &index.workspace.file(file).text[inner];
        let range = tree.range(self.ty.syntax());
        Some(Edit::replace(range, format!("{ARC}<{text}>")))
    }
}

/// What a slot holds.
struct Held {
    written: Written,
    /// Whether it stands in a `Result`.
    result: bool,
}

impl Held {
    fn of(infer: &Infer<'_>, slot: &Slot) -> Option<Self> {
        let node = slot.node.clone();
        let ty = match slot.kind {
            Kind::Param => ast::Param::cast(node)?.ty()?,
            Kind::Field => match ast::RecordField::cast(node.clone()) {
                Some(it) => it.ty()?,
                None => ast::TupleField::cast(node)?.ty()?,
            },
            Kind::Return => ast::Fn::cast(node)?.ret_type()?.ty()?,
            Kind::Element | Kind::Static | Kind::Callback | Kind::Row => return None,
        };
        let index = infer.index;
        if !matches!(slot.form, Form::Bare | Form::Nested)
            || !index.workspace.file(slot.file).writable
        {
            return None;
        }
        let result =
            slot.kind == Kind::Return && matches!(index.type_of(slot.file, &ty), Ty::Result(_));
        let ty = match &ty {
            ast::Type::PathType(it) if result => first_type_arg(&it.path()?)?,
            _ => ty,
        };
        let written = Written::of(index, slot.file, ty)?;
        if has_comment(written.ty.syntax()) {
            return None;
        }
        Some(Self { written, result })
    }

    /// Whether an expression is of its type.
    fn takes(&self, shape: Shape) -> bool {
        let own = (self.result, self.written.lent, self.written.pointer);
        own == (shape.result, shape.lent, shape.pointer)
    }
}

/// What has a coordinator that is in no `Arc`: a slot, or a construction.
#[derive(Default)]
struct Owner {
    slot: Option<SlotId>,
    /// Slots that hold one so, and that it is given to.
    into: BTreeSet<SlotId>,
    /// Whether something takes it that would not take an `Arc`.
    fixed: bool,
    edits: Vec<(FileId, Edit)>,
}

impl Owner {
    /// Whether it is one of the slots, or is given to one.
    fn is_one_of(&self, slots: &BTreeSet<SlotId>) -> bool {
        self.slot.is_some_and(|s| slots.contains(&s)) || !self.into.is_disjoint(slots)
    }

    /// Whether it can be in an `Arc` where these slots are.
    fn follows(&self, slots: &BTreeSet<SlotId>) -> bool {
        !self.fixed && self.into.is_subset(slots) && self.slot.is_none_or(|s| slots.contains(&s))
    }
}

/// What an expression is at a point of the walk outwards.
#[derive(Clone, Copy)]
struct Shape {
    future: bool,
    result: bool,
    /// A reference to it.
    lent: bool,
    /// A construction that is not in an `Arc` yet.
    made: bool,
    pointer: Pointer,
}

struct Walk<'w, 'a> {
    infer: &'w Infer<'a>,
    slots: &'w Slots,
    sites: &'w Sites,
    types: &'w [Option<Held>],
    /// What is given to a slot and was followed there.
    arrived: HashSet<Key>,
}

impl Walk<'_, '_> {
    fn owners(&mut self) -> Vec<Owner> {
        let sites = self.sites;
        let mut slots: BTreeMap<SlotId, Owner> = BTreeMap::new();
        let mut made = Vec::new();
        for (i, _) in self.types.iter().enumerate().filter(|(_, t)| t.is_some()) {
            let slot = Some(i);
            slots.insert(
                i,
                Owner {
                    slot,
                    ..Owner::default()
                },
            );
        }
        let value = Shape {
            future: false,
            result: false,
            lent: false,
            made: false,
            pointer: Pointer::None,
        };
        for root in &sites.roots {
            match &root.source {
                Source::Isolated(_) => {
                    let shape = Shape {
                        future: true,
                        result: true,
                        made: true,
                        ..value
                    };
                    let mut owner = Owner::default();
                    if let Some(expr) = &root.expr {
                        self.follow(&mut owner, root.file, expr.clone(), shape);
                    }
                    made.push(owner);
                }
                Source::Slot(slot) => {
                    let (Some(owner), Some(held)) = (slots.get_mut(slot), &self.types[*slot])
                    else {
                        continue;
                    };
                    let of = &self.slots.all[*slot];
                    let shape = Shape {
                        future: of.kind == Kind::Return && is_async_scope(&of.node),
                        result: held.result,
                        pointer: held.written.pointer,
                        ..value
                    };
                    match (&root.expr, self.is_lent(root, of.kind)) {
                        (Some(expr), Some(lent)) => {
                            let lent = lent || held.written.lent;
                            let shape = Shape { lent, ..shape };
                            self.follow(owner, root.file, expr.clone(), shape);
                        }
                        _ => owner.fixed = true,
                    }
                }
                _ => {}
            }
        }
        slots.into_values().chain(made).collect()
    }

    /// Whether what reads a slot is a reference to what it holds: a variable of a pattern may be one. `None`: not known.
    fn is_lent(&self, root: &Root, kind: Kind) -> Option<bool> {
        match &root.expr {
            Some(ast::Expr::PathExpr(it)) if kind == Kind::Field => {
                let tree = self.infer.index.tree(root.file)?;
                let name = it.path()?.as_single_name_ref()?;
                let pat = locals::binding_of(tree, it.syntax(), name.text())?;
                self.infer.binds_reference(root.file, &pat)
            }
            _ => Some(false),
        }
    }

    /// The slots that may hold an `Arc`, as all that goes in and comes out fits.
    fn fitting(&self, owners: &[Owner]) -> BTreeSet<SlotId> {
        let mut fits: BTreeSet<SlotId> = owners.iter().filter_map(|o| o.slot).collect();
        let workspace = self.infer.index.workspace;
        for (file, expr, slot) in &self.sites.flows {
            let example = &workspace.file(*file).example;
            let is_code = example.as_ref().is_none_or(|e| e.compiled);
            let known = self
                .arrived
                .contains(&key_of(self.infer.index, *file, expr.syntax()));
            if is_code && !known && !is_error(expr) {
                fits.remove(slot);
            }
        }
        loop {
            let stays = |slot: &SlotId| {
                let group = self.slots.all[*slot].group;
                let mut all = self.slots.all.iter().enumerate();
                let alone = all.any(|(i, s)| s.group == group && !fits.contains(&i));
                // itself, and what gives to it
                let mut led = owners
                    .iter()
                    .filter(|o| o.slot == Some(*slot) || o.into.contains(slot));
                alone || led.any(|o| !o.follows(&fits))
            };
            let Some(slot) = fits.iter().copied().find(|s| stays(s)) else {
                return fits;
            };
            fits.remove(&slot);
        }
    }

    /// Where a coordinator goes, from an expression outwards.
    fn follow(&mut self, owner: &mut Owner, file: FileId, start: ast::Expr, shape: Shape) {
        if self.followed(owner, file, start, shape).is_none() {
            owner.fixed = true;
        }
    }

    /// `None`: to where an `Arc` would not do.
    fn followed(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        start: ast::Expr,
        mut shape: Shape,
    ) -> Option<()> {
        let index = self.infer.index;
        let tree = index.tree(file)?;
        if !index.workspace.file(file).writable {
            return None;
        }
        let mut cur = start;
        loop {
            if shape.made && !shape.future && !shape.result {
                let range = tree.range(cur.syntax());
                let open = Edit::insert(range.start(), format!("{ARC}::new("));
                owner.edits.push((file, open));
                owner.edits.push((file, Edit::insert(range.end(), ")")));
                shape.made = false;
            }
            if !shape.future
                && let Some(slot) = self.sites.into.get(&key_of(index, file, cur.syntax()))
            {
                return self.arrive(owner, file, &cur, shape, *slot);
            }
            if tree.is_macro_piece(cur.syntax()) {
                return None;
            }
            let parent = cur.syntax().parent()?;
            let plain = !shape.future && !shape.result;
            match parent.kind() {
                SyntaxKind::PAREN_EXPR => {}
                SyntaxKind::AWAIT_EXPR if shape.future => shape.future = false,
                SyntaxKind::TRY_EXPR if !shape.future && shape.result => shape.result = false,
                SyntaxKind::REF_EXPR if plain && !shape.lent => {
                    let it = ast::RefExpr::cast(parent.clone())?;
                    if it.mut_token().is_some() {
                        return None;
                    }
                    shape.lent = true;
                }
                SyntaxKind::METHOD_CALL_EXPR if !shape.future => {
                    let call = ast::MethodCallExpr::cast(parent.clone())?;
                    if call.receiver().as_ref() != Some(&cur) {
                        return None;
                    }
                    let name = call.name_ref()?;
                    let name = name.text();
                    if plain && shape.pointer == Pointer::Rc && name == "clone" {
                        shape.lent = false;
                    } else if plain && shape.pointer != Pointer::None && name == "as_ref" {
                        (shape.lent, shape.pointer) = (true, Pointer::None);
                    } else if plain {
                        let known = api::METHODS.contains(&name) || self.infer.borrows(name);
                        return known.then_some(());
                    } else if name == "map" {
                        // `map(Rc::new)`
                        let arg = call.arg_list()?.args().next()?;
                        let pointer = self.wrapping(file, &arg)?;
                        if shape.pointer != Pointer::None {
                            return None;
                        }
                        let edit = Edit::replace(tree.range(arg.syntax()), format!("{ARC}::new"));
                        owner.edits.push((file, edit));
                        (shape.pointer, shape.made) = (pointer, false);
                    } else {
                        shape.result = !purity::unwrapping(name, &call)?;
                    }
                }
                SyntaxKind::PREFIX_EXPR
                    if plain && (shape.lent || shape.pointer != Pointer::None) =>
                {
                    let it = ast::PrefixExpr::cast(parent.clone())?;
                    let around = parent.parent()?.kind();
                    // what is moved out of a `Box` cannot be moved out of an `Arc`
                    if it.op_kind() != Some(ast::UnaryOp::Deref)
                        || !matches!(around, SyntaxKind::REF_EXPR | SyntaxKind::PREFIX_EXPR)
                    {
                        return None;
                    }
                    match shape.lent {
                        true => shape.lent = false,
                        false => shape.pointer = Pointer::None,
                    }
                }
                SyntaxKind::ARG_LIST => {
                    let around = parent.parent()?;
                    let Some(call) = ast::CallExpr::cast(around.clone()) else {
                        let call = ast::MethodCallExpr::cast(around)?;
                        let blocks = call.name_ref().is_some_and(|n| n.text() == "block_on");
                        if !blocks || !shape.future {
                            return None;
                        }
                        shape.future = false;
                        cur = ast::Expr::MethodCallExpr(call);
                        continue;
                    };
                    match self.given(owner, file, &call, &cur, shape)? {
                        Some(next) => shape = next,
                        None => return Some(()),
                    }
                    cur = ast::Expr::CallExpr(call);
                    continue;
                }
                SyntaxKind::MATCH_EXPR if !shape.future && shape.result => {
                    let it = ast::MatchExpr::cast(parent)?;
                    let (pat, _) = success_arm(&it)?;
                    return self.taken_out(owner, file, &cur, &pat, shape);
                }
                SyntaxKind::LET_EXPR if !shape.future && shape.result => {
                    let pat = success_pattern(&ast::LetExpr::cast(parent)?.pat()?)?;
                    return self.taken_out(owner, file, &cur, &pat, shape);
                }
                // what an arm gives is what its `match` gives
                SyntaxKind::MATCH_ARM if plain => {
                    let it = parent.ancestors().find_map(ast::MatchExpr::cast)?;
                    cur = ast::Expr::MatchExpr(it);
                    continue;
                }
                SyntaxKind::TUPLE_EXPR if plain => {
                    let (_, pat) = bound_in_tuple(&parent, &cur)?;
                    return self.used(owner, file, &pat, shape);
                }
                SyntaxKind::LET_STMT if !shape.future => {
                    let stmt = ast::LetStmt::cast(parent)?;
                    return self.bound(owner, file, &stmt, shape);
                }
                SyntaxKind::EXPR_STMT if plain => return Some(()),
                SyntaxKind::BIN_EXPR if plain => return is_assigned(&parent).then_some(()),
                _ => return None,
            }
            cur = ast::Expr::cast(cur.syntax().parent()?)?;
        }
    }

    /// The pointer that `Rc::new` or `Box::new`, as a value, makes.
    fn wrapping(&self, file: FileId, value: &ast::Expr) -> Option<Pointer> {
        let ast::Expr::PathExpr(it) = value else {
            return None;
        };
        let path = it.path()?;
        let is_new = path.segment()?.name_ref()?.text() == "new";
        Pointer::of(self.infer.index, file, &path.qualifier()?).filter(|_| is_new)
    }

    /// An argument of a call that has no slot for it: what the call gives, if that is the coordinator still.
    fn given(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        call: &ast::CallExpr,
        arg: &ast::Expr,
        shape: Shape,
    ) -> Option<Option<Shape>> {
        let index = self.infer.index;
        let tree = index.tree(file)?;
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return None;
        };
        let path = callee.path()?;
        let name = path.segment()?.name_ref()?;
        if shape.future || shape.result {
            return None;
        }
        // what goes here is never seen again
        if has_comment(call.syntax()) && !matches!(name.text(), "Ok" | "drop") {
            return None;
        }
        let unwrap = |owner: &mut Owner, left: &ast::Expr, tail: &str| {
            let (whole, own) = (tree.range(call.syntax()), tree.range(left.syntax()));
            let head = TextRange::new(whole.start(), own.start());
            let rest = TextRange::new(own.end(), whole.end());
            owner.edits.push((file, Edit::delete(head)));
            owner.edits.push((file, Edit::replace(rest, tail)));
        };
        if shape.lent {
            let of = path.qualifier().filter(|_| name.text() == "clone")?;
            if shape.pointer != Pointer::Rc || Pointer::of(index, file, &of) != Some(Pointer::Rc) {
                return None;
            }
            // a method needs no path
            let place = match arg {
                ast::Expr::RefExpr(it) => it.expr()?,
                other => other.clone(),
            };
            if !matches!(place, ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_)) {
                return None;
            }
            unwrap(owner, &place, ".clone()");
            return Some(Some(Shape {
                lent: false,
                ..shape
            }));
        }
        let wraps = path
            .qualifier()
            .filter(|_| matches!(name.text(), "new" | "from"));
        match (name.text(), wraps) {
            (_, Some(of)) => {
                let pointer = Pointer::of(index, file, &of);
                if let Some(pointer) = pointer.filter(|_| shape.pointer == Pointer::None) {
                    unwrap(owner, arg, "");
                    return Some(Some(Shape { pointer, ..shape }));
                }
                // `Arc::from` takes a `Box`
                let takes = shape.pointer == Pointer::None
                    || (shape.pointer == Pointer::Box && name.text() == "from");
                if !takes || !index.is_arc(file, &of) {
                    return None;
                }
                unwrap(owner, arg, "");
                Some(None)
            }
            ("drop", _) => Some(None),
            ("Ok", _) => {
                let key = key_of(index, file, call.syntax());
                let slot = *self.sites.into.get(&key)?;
                let held = self.types[slot].as_ref()?;
                let shape = Shape {
                    result: true,
                    ..shape
                };
                if !held.takes(shape) {
                    return None;
                }
                owner.into.insert(slot);
                self.arrived.insert(key);
                Some(None)
            }
            _ => None,
        }
    }

    /// A variable, and what becomes of it.
    fn bound(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        stmt: &ast::LetStmt,
        shape: Shape,
    ) -> Option<()> {
        let index = self.infer.index;
        if stmt.let_else().is_some() {
            let made = stmt
                .initializer()
                .filter(|_| shape.result && stmt.ty().is_none())?;
            let pat = success_pattern(&stmt.pat()?)?;
            return self.taken_out(owner, file, &made, &pat, shape);
        }
        let pat = match stmt.pat()? {
            ast::Pat::IdentPat(it) => it,
            ast::Pat::WildcardPat(_) => return Some(()),
            _ => return None,
        };
        if pat.mut_token().is_some() || pat.ref_token().is_some() || pat.pat().is_some() {
            return None;
        }
        if let Some(ty) = stmt.ty() {
            let written = Written::of(index, file, ty).filter(|_| !shape.result)?;
            if written.lent != shape.lent {
                return None;
            }
            // a reference to the coordinator fits an `Arc`, too
            if written.pointer != Pointer::None || !shape.lent {
                let same = written.pointer == shape.pointer;
                let plain = same && !has_comment(written.ty.syntax());
                let edit = written.in_arc(index, file).filter(|_| plain)?;
                owner.edits.push((file, edit));
            }
        }
        self.used(owner, file, &pat, shape)
    }

    /// A variable that a pattern takes out of a `Result`.
    fn taken_out(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        of: &ast::Expr,
        pat: &ast::IdentPat,
        shape: Shape,
    ) -> Option<()> {
        if pat.mut_token().is_some() {
            return None;
        }
        if shape.made {
            self.share_success(owner, file, of)?;
        }
        let shape = Shape {
            result: false,
            made: false,
            ..shape
        };
        self.used(owner, file, pat, shape)
    }

    fn used(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        pat: &ast::IdentPat,
        shape: Shape,
    ) -> Option<()> {
        for it in locals::uses_of(self.infer.index.tree(file)?, pat) {
            let Use::Expr(path) = it else {
                return None;
            };
            self.followed(owner, file, ast::Expr::PathExpr(path), shape)?;
        }
        Some(())
    }

    /// The construction's `Result` becomes one of an `Arc`.
    fn share_success(&self, owner: &mut Owner, file: FileId, of: &ast::Expr) -> Option<()> {
        let end = self.infer.index.tree(file)?.range(of.syntax()).end();
        let edit = Edit::insert(end, format!(".map({ARC}::new)"));
        owner.edits.push((file, edit));
        Some(())
    }

    /// What is given to a slot.
    fn arrive(
        &mut self,
        owner: &mut Owner,
        file: FileId,
        expr: &ast::Expr,
        shape: Shape,
        slot: SlotId,
    ) -> Option<()> {
        let index = self.infer.index;
        let key = key_of(index, file, expr.syntax());
        match &self.types[slot] {
            Some(held) if held.takes(shape) => {
                if shape.made {
                    self.share_success(owner, file, expr)?;
                }
                owner.into.insert(slot);
                self.arrived.insert(key);
                Some(())
            }
            Some(_) => None,
            None => {
                let form = self.slots.all[slot].form;
                let fits = match form {
                    Form::RefBare => shape.lent,
                    Form::Into => !shape.lent && shape.pointer != Pointer::Rc,
                    _ => false,
                };
                (fits && !shape.result).then_some(())
            }
        }
    }
}

/// `Err(…)`: there is no coordinator in it.
fn is_error(expr: &ast::Expr) -> bool {
    let ast::Expr::CallExpr(call) = expr else {
        return false;
    };
    matches!(call.expr(), Some(ast::Expr::PathExpr(p)) if locals::is_name(&p, "Err"))
}

/// Whether an assignment's own operator is all that takes it.
fn is_assigned(parent: &SyntaxNode) -> bool {
    ast::BinExpr::cast(parent.clone())
        .is_some_and(|b| matches!(b.op_kind(), Some(ast::BinaryOp::Assignment { op: None })))
}
