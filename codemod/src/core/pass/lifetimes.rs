//! Lifetime parameters that say how long a coordinator lives, and nothing else.
//!
//! A type whose only `&'a` is a field that goes has to lose its `'a` too (E0392), and so has every place that writes it.
//! Belongs here: finding those parameters and places, and telling which of them go. Does not: writing (`rewrite`).

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasGenericParams, HasName};
use ra_ap_syntax::{Direction, SyntaxKind, SyntaxNode};

use super::super::catalog;
use super::super::climb::Left;
use super::super::options::Options;
use super::super::resolve::{Def, Namespace};
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::{FileId, Language};
use super::infer::{Infer, Type};
use super::place;
use super::slots::{Form, Kind, Slot, SlotId, Slots, has_comment, is_public};

/// Index of a lifetime parameter in [`Lifetimes`].
pub(super) type LifetimeId = usize;

#[derive(Default)]
pub(super) struct Lifetimes {
    pub(super) all: Vec<Lifetime>,
}

/// A lifetime parameter of a struct, enum or alias.
pub(super) struct Lifetime {
    pub(super) file: FileId,
    /// Its declaration.
    pub(super) node: SyntaxNode,
    /// The type or alias.
    item: SyntaxNode,
    name: String,
    /// Where the type's own definition says it.
    said: Vec<Said>,
    /// The arguments for it, wherever they are written.
    pub(super) uses: Vec<(FileId, SyntaxNode)>,
    /// Whether code outside of the workspace may write it.
    pub(super) public: bool,
    /// Why it cannot go.
    stuck: Option<Left>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Slot(SlotId),
    /// As the argument of another one.
    Argument(LifetimeId),
    Other,
}

/// What of a function's result borrows from a parameter.
pub(super) enum Lent {
    No,
    /// Lifetimes, and references without one. They are `'static` if the parameter goes: so is what the accessor gives.
    Static(Vec<SyntaxNode>),
    /// What cannot be written otherwise.
    Fixed,
}

impl Lifetime {
    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        let of = name_of(&self.item).unwrap_or_default();
        format!("lifetime `{}` of `{of}`", self.name)
    }
}

impl Lifetimes {
    pub(super) fn collect(infer: &Infer<'_>, slots: &[Slot], options: Options) -> Self {
        let mut out = Self::default();
        for slot in slots.iter().filter(|s| s.kind == Kind::Field) {
            let item = slot
                .node
                .ancestors()
                .find(|n| ast::Item::can_cast(n.kind()));
            let Some(item) = item.filter(|_| slot.keep.is_none()) else {
                continue;
            };
            for name in names_in(&slot.node) {
                out.add(infer, slot.file, &item, &name, options);
            }
        }
        let mut at = 0;
        while at < out.all.len() {
            out.find_uses(infer, at, options);
            at += 1;
        }
        for at in 0..out.all.len() {
            out.read_definition(infer, slots, at);
        }
        out
    }

    fn add(
        &mut self,
        infer: &Infer<'_>,
        file: FileId,
        item: &SyntaxNode,
        name: &str,
        options: Options,
    ) {
        let Some(node) = declared(item, name) else {
            return;
        };
        if self.all.iter().any(|l| l.file == file && l.node == node) {
            return;
        }
        let public = is_public(infer, file, item);
        let mut it = Lifetime {
            file,
            node: node.clone(),
            item: item.clone(),
            name: name.to_owned(),
            said: Vec::new(),
            uses: Vec::new(),
            public,
            stuck: None,
        };
        let variants = item.parent().into_iter().flat_map(|p| p.children());
        let own = name_of(item);
        let bounded = ast::LifetimeParam::cast(node.clone())
            .is_some_and(|p| ast::HasTypeBounds::type_bound_list(&p).is_some());
        it.stuck = if public && options.keep_public {
            Some(Left::new(
                catalog::PUBLIC_KEPT,
                format!(
                    "the {} is public, and public signatures are to stay",
                    it.words()
                ),
            ))
        } else if bounded || in_commented(&node) || !infer.index.workspace.file(file).writable {
            Some(it.stuck_at(infer, file, &node))
        } else if variants.filter(|n| name_of(n) == own).count() > 1 {
            // `cfg` variants of one type
            Some(it.stuck_at(infer, file, item))
        } else {
            None
        };
        self.all.push(it);
    }

    /// Finds what writes an argument for a lifetime parameter.
    fn find_uses(&mut self, infer: &Infer<'_>, id: LifetimeId, options: Options) {
        let (item, name) = (self.all[id].item.clone(), name_of(&self.all[id].item));
        let Some(name) = name else { return };
        let position = position(&self.all[id].node);
        let index = infer.index;
        let mut uses: Vec<(FileId, SyntaxNode)> = Vec::new();
        let mut stuck: Option<(FileId, SyntaxNode)> = None;
        let names = index.names_of(&name).to_vec();
        let says = |f: &FileId| {
            names
                .iter()
                .any(|n| search::says(&index.workspace.file(*f).text, n))
        };
        let rust = |f: &FileId| index.workspace.file(*f).language == Language::Rust;
        let files = (0..index.workspace.files.len()).map(FileId);
        for file in files.filter(|f| rust(f) && says(f)) {
            let source = index.workspace.file(file);
            let Some(tree) = index.tree(file).filter(|t| !t.has_errors) else {
                continue;
            };
            let compiled = source.example.as_ref().is_none_or(|e| e.compiled);
            for node in tree.descendants(&tree.root) {
                if names.iter().any(|n| hides(tree, &node, n)) && compiled {
                    stuck.get_or_insert((file, node));
                    continue;
                }
                let Some(segment) = ast::PathSegment::cast(node) else {
                    continue;
                };
                if segment
                    .name_ref()
                    .is_none_or(|n| !names.iter().any(|o| o == n.text()))
                {
                    continue;
                }
                let path = segment.parent_path();
                let Some(arg) = argument(&segment, position) else {
                    continue;
                };
                match index.resolve_path(file, &path, Namespace::Type) {
                    Def::Local(_, node) if node == item => {}
                    Def::Unknown if compiled => {
                        stuck.get_or_insert((file, segment.syntax().clone()));
                        continue;
                    }
                    _ => continue,
                }
                if source.writable && !in_commented(&arg) {
                    uses.push((file, arg));
                } else {
                    stuck.get_or_insert((file, arg));
                }
            }
        }
        for (file, arg) in &uses {
            let text = arg.text().to_string();
            let around = arg.ancestors().find(|n| ast::Item::can_cast(n.kind()));
            let Some(around) = around else { continue };
            match around.kind() {
                SyntaxKind::STRUCT
                | SyntaxKind::ENUM
                | SyntaxKind::UNION
                | SyntaxKind::TYPE_ALIAS => {
                    self.add(infer, *file, &around, &text, options);
                }
                _ => {}
            }
        }
        if let Some((file, node)) = stuck {
            let left = self.all[id].stuck_at(infer, file, &node);
            self.all[id].stuck.get_or_insert(left);
        }
        self.all[id].uses = uses;
    }

    /// Finds where a type's definition says its lifetime parameter.
    fn read_definition(&mut self, infer: &Infer<'_>, slots: &[Slot], id: LifetimeId) {
        let (file, item) = (self.all[id].file, self.all[id].item.clone());
        let mut said = Vec::new();
        for lifetime in item.descendants().filter_map(ast::Lifetime::cast) {
            let node = lifetime.syntax();
            if lifetime.text() != self.all[id].name
                || node.ancestors().any(|n| n == self.all[id].node)
            {
                continue;
            }
            let in_bounds = node.ancestors().any(|n| {
                matches!(
                    n.kind(),
                    SyntaxKind::WHERE_CLAUSE | SyntaxKind::GENERIC_PARAM_LIST
                )
            });
            if in_bounds {
                let left = self.all[id].stuck_at(infer, file, node);
                self.all[id].stuck.get_or_insert(left);
                continue;
            }
            let slot = slots.iter().position(|s| {
                s.file == file && s.kind == Kind::Field && node.ancestors().any(|n| n == s.node)
            });
            let of = || {
                let is_it = |l: &Lifetime| {
                    (l.uses.iter()).any(|(f, a)| *f == file && node.ancestors().any(|n| n == *a))
                };
                self.all.iter().position(is_it)
            };
            said.push(match slot {
                Some(slot) => Said::Slot(slot),
                None => of().map_or(Said::Other, Said::Argument),
            });
        }
        self.all[id].said = said;
        // `type Item = &'a T;` needs the `'a` of the header
        let kept = self.all[id].uses.iter().find_map(|(file, arg)| {
            let name = arg.text().to_string();
            let block = arg.ancestors().find_map(ast::Impl::cast)?;
            let list = block.assoc_item_list()?;
            let in_header = !arg.ancestors().any(|n| n == *list.syntax());
            let types = list.syntax().children().filter_map(ast::TypeAlias::cast);
            let mut lifetimes = types.flat_map(|t| {
                let all = t.syntax().descendants().filter_map(ast::Lifetime::cast);
                all.collect::<Vec<_>>()
            });
            let is_kept = |l: &ast::Lifetime| {
                let arg = l.syntax().parent();
                let goes = |a: &SyntaxNode| {
                    let mut uses = self.all.iter().flat_map(|l| &l.uses);
                    uses.any(|(f, u)| f == file && u == a)
                };
                l.text() == name && !arg.is_some_and(|a| goes(&a))
            };
            let found = lifetimes.find(is_kept).filter(|_| in_header)?;
            Some((*file, found.syntax().clone()))
        });
        if let Some((file, node)) = kept {
            let left = self.all[id].stuck_at(infer, file, &node);
            self.all[id].stuck.get_or_insert(left);
        }
    }

    /// The lifetime parameters that go with the slots that are not `kept`.
    pub(super) fn freed(&self, kept: &[Option<Left>]) -> Vec<bool> {
        let alive = self.alive(kept);
        alive.iter().map(|a| !a).collect()
    }

    /// The slots that have to stay, as the lifetime that only they have cannot go.
    pub(super) fn obstacles(
        &self,
        infer: &Infer<'_>,
        slots: &Slots,
        kept: &[Option<Left>],
    ) -> Vec<(SlotId, Left)> {
        let alive = self.alive(kept);
        let mut blocked: BTreeMap<LifetimeId, Left> = BTreeMap::new();
        let freed: Vec<bool> = alive.iter().map(|a| !a).collect();
        for (id, file, lent) in self.lent_by_types(infer, &freed) {
            if let Lent::Fixed = lent {
                let left = self.all[id].stuck_at(infer, file, &self.all[id].node);
                blocked.insert(id, left);
            }
        }
        for (id, it) in self.all.iter().enumerate().filter(|(id, _)| !alive[*id]) {
            if let Some(left) = &it.stuck {
                blocked.insert(id, left.clone());
            }
        }
        let mut out = Vec::new();
        let mut work: Vec<LifetimeId> = blocked.keys().copied().collect();
        while let Some(id) = work.pop() {
            let left = blocked[&id].clone();
            for said in &self.all[id].said {
                match said {
                    Said::Slot(slot) => {
                        let message = format!(
                            "{} is the only one with its lifetime, and {}",
                            slots.all[*slot].words(),
                            left.message
                        );
                        out.push((
                            *slot,
                            Left {
                                message,
                                ..left.clone()
                            },
                        ));
                    }
                    Said::Argument(of) if !blocked.contains_key(of) => {
                        blocked.insert(*of, left.clone());
                        work.push(*of);
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// Which of them something says that stays.
    fn alive(&self, kept: &[Option<Left>]) -> Vec<bool> {
        let mut alive = vec![false; self.all.len()];
        loop {
            let mut changed = false;
            for (id, it) in self
                .all
                .iter()
                .enumerate()
                .filter(|(i, _)| !alive[*i])
                .collect::<Vec<_>>()
            {
                let stays = it.said.iter().any(|s| match s {
                    Said::Slot(slot) => kept[*slot].is_some(),
                    Said::Argument(of) => alive[*of],
                    Said::Other => true,
                });
                if stays {
                    alive[id] = true;
                    changed = true;
                }
            }
            if !changed {
                return alive;
            }
        }
    }

    /// Whether an argument is one for a parameter that goes.
    pub(super) fn goes(&self, freed: &[bool], file: FileId, arg: &SyntaxNode) -> bool {
        (self.all.iter().zip(freed))
            .any(|(it, freed)| *freed && it.uses.iter().any(|(f, node)| *f == file && node == arg))
    }

    /// Whether a function's result borrows from a parameter: by a lifetime that only it has, or by elision.
    pub(super) fn lent_by(&self, infer: &Infer<'_>, freed: &[bool], slot: &Slot) -> Lent {
        let borrows = matches!(slot.form, Form::RefArc | Form::RefBare);
        let function = slot.node.ancestors().find_map(ast::Fn::cast);
        let ret = function.as_ref().and_then(ast::Fn::ret_type);
        let (Some(function), Some(ret), true) = (function, ret, borrows) else {
            return Lent::No;
        };
        let list = function.param_list();
        let others: Vec<String> = list
            .iter()
            .flat_map(|l| l.syntax().children())
            .filter(|n| *n != slot.node)
            .flat_map(|n| names_in(&n))
            .collect();
        let own = names_in(&slot.node);
        let takes_self = list.is_some_and(|l| borrows_self(&l));
        let mut lent: Vec<SyntaxNode> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for lifetime in self.left_in(freed, slot.file, ret.syntax()) {
            let name = lifetime.text().to_string();
            let declared = declared(function.syntax(), &name).is_some();
            let by_name = declared && own.contains(&name) && !others.contains(&name);
            if by_name || (name == "'_" && !takes_self && is_own(lifetime.syntax(), ret.syntax())) {
                lent.push(lifetime.syntax().clone());
                names.push(name);
            }
        }
        if !takes_self {
            let Some(bare) = self.unnamed_in(infer, freed, slot.file, ret.syntax()) else {
                return Lent::Fixed;
            };
            lent.extend(bare);
        }
        if lent.is_empty() {
            return Lent::No;
        }
        let bounded = bounds_in(&function);
        match captures(ret.syntax()) || bounded.iter().any(|n| names.contains(n)) {
            true => Lent::Fixed,
            false => Lent::Static(lent),
        }
    }

    /// The lifetimes that a function's result says beside those that go.
    fn left_in(&self, freed: &[bool], file: FileId, ret: &SyntaxNode) -> Vec<ast::Lifetime> {
        let goes = |l: &ast::Lifetime| {
            let arg = l.syntax().parent();
            arg.is_some_and(|a| self.goes(freed, file, &a))
        };
        let all = ret.descendants().filter_map(ast::Lifetime::cast);
        all.filter(|l| !goes(l)).collect()
    }

    /// The references without a lifetime in a function's result. `None`: a type in it hides one.
    fn unnamed_in(
        &self,
        infer: &Infer<'_>,
        freed: &[bool],
        file: FileId,
        ret: &SyntaxNode,
    ) -> Option<Vec<SyntaxNode>> {
        let own = || ret.descendants().filter(|n| is_own(n, ret));
        let mut paths = own().filter_map(ast::PathType::cast);
        if paths.any(|p| self.hides_one(infer, freed, file, p)) {
            return None;
        }
        let refs = own().filter_map(ast::RefType::cast);
        let bare = refs.filter(|r| r.lifetime().is_none());
        Some(bare.map(|r| r.syntax().clone()).collect())
    }

    /// What of a function's result had its lifetime from an argument for a parameter that goes, for each place that takes
    /// such a type: functions, `fn` pointers and `Fn` bounds.
    pub(super) fn lent_by_types(
        &self,
        infer: &Infer<'_>,
        freed: &[bool],
    ) -> Vec<(LifetimeId, FileId, Lent)> {
        let mut out = Vec::new();
        for (id, it) in self.all.iter().enumerate().filter(|(id, _)| freed[*id]) {
            for (file, arg) in &it.uses {
                if let Some(signature) = Signature::taking(arg) {
                    out.push((
                        id,
                        *file,
                        self.lent_in(infer, freed, *file, arg, &signature),
                    ));
                }
            }
        }
        out
    }

    fn lent_in(
        &self,
        infer: &Infer<'_>,
        freed: &[bool],
        file: FileId,
        arg: &SyntaxNode,
        signature: &Signature,
    ) -> Lent {
        let (name, ret) = (arg.text().to_string(), signature.ret.syntax());
        let gives = |n: &SyntaxNode| self.is_elided_from(infer, freed, file, n);
        let inputs = || signature.inputs.descendants();
        let elided = !signature.takes_self
            && !inputs()
                .filter(|n| is_own(n, &signature.inputs))
                .any(|n| gives(&n));
        let named = signature.declares(&name) && {
            let mut said = inputs().filter_map(ast::Lifetime::cast);
            !said.any(|l| {
                let arg = l.syntax().parent();
                l.text() == name && !arg.is_some_and(|a| self.goes(freed, file, &a))
            })
        };
        let mut lent: Vec<SyntaxNode> = Vec::new();
        for lifetime in self.left_in(freed, file, ret) {
            let node = lifetime.syntax();
            let text = lifetime.text();
            let is_elided = text == "'_" && elided && is_own(node, ret);
            if is_elided || (named && text == name.as_str()) {
                lent.push(node.clone());
            }
        }
        if elided {
            let Some(bare) = self.unnamed_in(infer, freed, file, ret) else {
                return Lent::Fixed;
            };
            lent.extend(bare);
        }
        match lent.is_empty() {
            true => Lent::No,
            false if captures(ret) => Lent::Fixed,
            false => Lent::Static(lent),
        }
    }

    /// Whether a node of a parameter's type is one that a result without names for its lifetimes may borrow from.
    pub(super) fn is_elided_from(
        &self,
        infer: &Infer<'_>,
        freed: &[bool],
        file: FileId,
        node: &SyntaxNode,
    ) -> bool {
        match node.kind() {
            SyntaxKind::REF_TYPE => true,
            SyntaxKind::LIFETIME_ARG | SyntaxKind::TYPE_BOUND => {
                node.children().any(|c| ast::Lifetime::can_cast(c.kind()))
                    && !self.goes(freed, file, node)
            }
            SyntaxKind::PATH_TYPE => ast::PathType::cast(node.clone())
                .is_some_and(|p| self.hides_one(infer, freed, file, p)),
            _ => false,
        }
    }

    /// Whether a type has a lifetime parameter that stays and that is not written.
    pub(super) fn hides_one(
        &self,
        infer: &Infer<'_>,
        freed: &[bool],
        file: FileId,
        it: ast::PathType,
    ) -> bool {
        let segment = it.path().and_then(|p| p.segment());
        let is_self = segment
            .as_ref()
            .is_some_and(|s| s.syntax().text() == "Self");
        let written = is_self || segment.is_some_and(|s| argument(&s, 0).is_some());
        let Type::Item(at, item, _) = infer.lower(file, &ast::Type::PathType(it), &Vec::new())
        else {
            return false;
        };
        let list = ast::AnyHasGenericParams::cast(item).and_then(|i| i.generic_param_list());
        let stays = |p: ast::LifetimeParam| {
            let mut known = self.all.iter().zip(freed);
            !known.any(|(l, freed)| *freed && l.file == at && l.node == *p.syntax())
        };
        !written && list.is_some_and(|l| l.lifetime_params().any(stays))
    }
}

/// What takes and gives: a function, a `fn` pointer, or the bound of a closure.
struct Signature {
    inputs: SyntaxNode,
    ret: ast::RetType,
    takes_self: bool,
}

impl Signature {
    /// The one that a node is taken by, if it gives something.
    fn taking(node: &SyntaxNode) -> Option<Self> {
        let is_edge = |n: &SyntaxNode| {
            ast::RetType::can_cast(n.kind())
                || matches!(
                    n.kind(),
                    SyntaxKind::PARAM_LIST | SyntaxKind::PARENTHESIZED_ARG_LIST
                )
                || ast::Item::can_cast(n.kind())
        };
        let inputs = node.ancestors().find(is_edge)?;
        if ast::RetType::can_cast(inputs.kind()) || ast::Item::can_cast(inputs.kind()) {
            return None;
        }
        let of = inputs.parent()?;
        if ast::ClosureExpr::can_cast(of.kind()) {
            return None;
        }
        Some(Self {
            ret: of.children().find_map(ast::RetType::cast)?,
            takes_self: ast::ParamList::cast(inputs.clone()).is_some_and(|l| borrows_self(&l)),
            inputs,
        })
    }

    /// Whether it declares a lifetime of that name, for which it asks nothing. One that a function asks something for may
    /// stand in its result alone.
    fn declares(&self, name: &str) -> bool {
        let of = self.inputs.parent().and_then(ast::Fn::cast);
        let Some(function) = of else {
            let mut around = self.inputs.ancestors();
            return around.any(|n| for_binder(&n, name).is_some());
        };
        declared(function.syntax(), name).is_some() && !bounds_in(&function).contains(&name.into())
    }
}

/// The declaration of a lifetime by the `for<…>` of a node.
pub(super) fn for_binder(node: &SyntaxNode, name: &str) -> Option<SyntaxNode> {
    let binder = node.children().find_map(ast::ForBinder::cast)?;
    let list = binder.generic_param_list()?;
    let mut params = list.lifetime_params();
    let it = params.find(|p| p.lifetime().is_some_and(|l| l.text() == name))?;
    Some(it.syntax().clone())
}

fn borrows_self(list: &ast::ParamList) -> bool {
    let this = list.self_param();
    this.is_some_and(|s| s.amp_token().is_some())
}

/// Whether a node of a signature is not of a signature within it: the lifetimes of `Fn(&A) -> &B` are its own.
fn is_own(node: &SyntaxNode, signature: &SyntaxNode) -> bool {
    let mut around = node.ancestors().take_while(|a| a != signature);
    !around.any(|a| {
        matches!(
            a.kind(),
            SyntaxKind::FN_PTR_TYPE | SyntaxKind::PARENTHESIZED_ARG_LIST | SyntaxKind::RET_TYPE
        )
    })
}

/// The lifetimes that a function's bounds name.
fn bounds_in(function: &ast::Fn) -> Vec<String> {
    let where_ = function.where_clause().map(|w| w.syntax().clone());
    let generics = function.generic_param_list().map(|l| l.syntax().clone());
    let bounds = generics.into_iter().flat_map(|g| g.descendants());
    let bounds = bounds.filter(|n| ast::TypeBoundList::can_cast(n.kind()));
    bounds.chain(where_).flat_map(|n| names_in(&n)).collect()
}

/// Whether a result says what it captures.
fn captures(ret: &SyntaxNode) -> bool {
    let mut inside = ret.descendants();
    inside.any(|n| n.kind() == SyntaxKind::USE_BOUND_GENERIC_ARGS)
}

impl Lifetime {
    fn stuck_at(&self, infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Left {
        let place = place(infer.index, file, node);
        let message = format!("the {} is needed at {place}", self.words());
        Left::new(catalog::LIFETIME_SOURCE, message)
            .help("remove the field and its lifetime by hand")
    }
}

/// The lifetimes that a node names, but for `'static` and `'_`.
pub(super) fn names_in(node: &SyntaxNode) -> Vec<String> {
    let all = node.descendants().filter_map(ast::Lifetime::cast);
    let mut names: Vec<String> = all.map(|l| l.text().to_string()).collect();
    names.retain(|n| n != "'static" && n != "'_");
    names
}

/// The declaration of a lifetime by an item.
pub(super) fn declared(item: &SyntaxNode, name: &str) -> Option<SyntaxNode> {
    let list = ast::AnyHasGenericParams::cast(item.clone())?.generic_param_list()?;
    let mut params = list.lifetime_params();
    let it = params.find(|p| p.lifetime().is_some_and(|l| l.text() == name))?;
    Some(it.syntax().clone())
}

/// Which of a list's elements of its kind it is.
fn position(node: &SyntaxNode) -> usize {
    let before = node.siblings(Direction::Prev).skip(1);
    before.filter(|n| n.kind() == node.kind()).count()
}

/// The lifetime argument at a position, as it is written at the end of a path.
fn argument(segment: &ast::PathSegment, position: usize) -> Option<SyntaxNode> {
    let list = ast::HasGenericArgs::generic_arg_list(segment)?;
    let args = list.syntax().children().filter_map(ast::LifetimeArg::cast);
    args.map(|a| a.syntax().clone()).nth(position)
}

/// Whether there is a comment in the list that an element is of, which could be lost with it.
pub(super) fn in_commented(element: &SyntaxNode) -> bool {
    element.parent().is_some_and(|l| has_comment(&l))
}

/// Whether a macro writes a type with a lifetime where it cannot be read.
fn hides(tree: &FileTree, node: &SyntaxNode, name: &str) -> bool {
    if !matches!(
        node.kind(),
        SyntaxKind::MACRO_CALL | SyntaxKind::MACRO_RULES | SyntaxKind::MACRO_DEF
    ) {
        return false;
    }
    if let Some(call) = ast::MacroCall::cast(node.clone())
        && !tree.pieces(&call).is_empty()
    {
        return false;
    }
    let all = node
        .descendants_with_tokens()
        .filter_map(|e| e.into_token());
    let tokens: Vec<_> = all.filter(|t| !t.kind().is_trivia()).collect();
    tokens.windows(3).any(|w| {
        let [name_token, angle, lifetime] = w else {
            return false;
        };
        name_token.text() == name
            && angle.text() == "<"
            && lifetime.kind() == SyntaxKind::LIFETIME_IDENT
    })
}

/// The name of a type or alias.
fn name_of(item: &SyntaxNode) -> Option<String> {
    let is_type = ast::Adt::can_cast(item.kind()) || ast::TypeAlias::can_cast(item.kind());
    let named = ast::AnyHasName::cast(item.clone()).filter(|_| is_type)?;
    let name = named.name()?.text().trim_start_matches("r#").to_owned();
    Some(name)
}
