//! The slots: parameters, fields, results and statics that hold a coordinator.
//!
//! Belongs here: finding their definitions, which of them stand or fall together, and what keeps one by its definition
//! alone. Does not: uses (`sites`).

use std::collections::{BTreeMap, HashMap};

use ra_ap_syntax::ast::{self, AstNode, AstToken, HasAttrs, HasName, HasVisibility};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, T, TextRange, TextSize};

use super::super::api::Item;
use super::super::catalog;
use super::super::climb::Left;
use super::super::defs::{ModuleId, is_conditional};
use super::super::options::Options;
use super::super::resolve::{Def, Namespace, Ty};
use super::super::search;
use super::super::search::Places;
use super::super::tree::{self, FileTree};
use super::super::workspace::{FileId, Language, TargetKind};
use super::alternatives;
use super::callbacks;
use super::ends;
use super::generics;
use super::infer::{Infer, Taking, Type, item_name};
use super::lifetimes::Lifetimes;
use super::rows::Rows;
use super::{Key, key_of, place};

/// Index of a slot in [`Slots::all`].
pub(super) type SlotId = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a function; of a closure that is bound to a variable.
    Param,
    /// Of a struct or variant, named or by position.
    Field,
    /// What a function gives back.
    Return,
    /// An element of the tuple that a function gives back.
    Element,
    /// A `static` or `const`.
    Static,
    /// The argument of a function type.
    Callback,
    /// An element of the tuples that a collection holds.
    Row,
}

/// How a slot holds its coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// `Arc<GlobalEventCoordinator>`.
    Arc,
    /// `&Arc<GlobalEventCoordinator>`.
    RefArc,
    /// `&GlobalEventCoordinator`.
    RefBare,
    /// `impl Into<Arc<GlobalEventCoordinator>>`, or a bound that lends one.
    Into,
    /// `Option<Arc<GlobalEventCoordinator>>`.
    Opt,
    /// `Option<&Arc<GlobalEventCoordinator>>`, or of a plain reference, of a parameter alone.
    OptRef,
    /// `&Option<Arc<GlobalEventCoordinator>>`, of a parameter alone.
    RefOpt,
    /// `Result<Arc<GlobalEventCoordinator>, …>`, of a function alone.
    Res,
    /// `Result<&Arc<GlobalEventCoordinator>, …>`, of a function alone.
    ResRef,
    /// By value.
    Bare,
    /// `OnceCell<Arc<GlobalEventCoordinator>>` or alike, of a static alone.
    Cell,
    /// Inside of another type.
    Nested,
}

#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) kind: Kind,
    pub(super) file: FileId,
    /// The parameter, field, function or static.
    pub(super) node: SyntaxNode,
    pub(super) range: TextRange,
    pub(super) form: Form,
    /// The variable or field; the function for a result.
    pub(super) name: String,
    /// What has it: `Engine::new`, `Engine`.
    pub(super) owner: String,
    /// The position among the arguments or fields.
    pub(super) position: usize,
    /// Whether code outside of the workspace may reach it.
    pub(super) public: bool,
    /// Slots of one group go together or stay together.
    pub(super) group: usize,
    /// Why it stays, as far as its definition and the places that name it tell.
    pub(super) keep: Option<Left>,
    /// Whether a derived `Default` may fill it.
    pub(super) defaulted: bool,
    /// Whether it holds a coordinator in the place of what only led to it.
    pub(super) of_context: bool,
    /// What it is read as where it only led to a coordinator.
    pub(super) led_to: Option<String>,
}

impl Form {
    pub(super) fn is_result(self) -> bool {
        matches!(self, Form::Res | Form::ResRef)
    }

    pub(super) fn is_option(self) -> bool {
        matches!(self, Form::Opt | Form::OptRef | Form::RefOpt)
    }
}

impl Slot {
    /// Whether it is a parameter that is a reference.
    pub(super) fn is_lent(&self) -> bool {
        let ty = ast::Param::cast(self.node.clone()).and_then(|p| p.ty());
        matches!(ty, Some(ast::Type::RefType(_)))
    }

    /// Whether its going leaves a variable, bound where it was. The others are asked for where they are read.
    pub(super) fn is_bound(&self) -> bool {
        let bound = self.form != Form::Into && !self.form.is_option();
        self.kind == Kind::Param && bound && self.led_to.is_none()
    }

    /// Whether it is a static that is set once, by who asks first, and that nobody else sees.
    pub(super) fn is_cell(&self) -> bool {
        self.form == Form::Cell && !self.public
    }

    /// Why it stays, as it is not taken apart.
    pub(super) fn nested(&self) -> Left {
        let help = match self.kind {
            Kind::Static => {
                "see that each program and test sets it before it is read, then ask for \
                 `global_coordinator().await` where it is used, and remove it by hand"
            }
            _ => "ask for `global_coordinator().await` where it is used, then remove it by hand",
        };
        Left::new(
            catalog::NESTED_TYPE,
            format!(
                "{} holds the coordinator inside of another type",
                self.words()
            ),
        )
        .help(help)
    }

    /// Where a reader looks for it: without the attributes and comments in front of it.
    pub(super) fn told(&self, tree: Option<&FileTree>) -> TextRange {
        let Some(tree) = tree.filter(|t| t.range(&self.node) == self.range) else {
            return self.range;
        };
        let leads = |kind: SyntaxKind| {
            matches!(
                kind,
                SyntaxKind::ATTR | SyntaxKind::COMMENT | SyntaxKind::WHITESPACE
            )
        };
        let children = self.node.children_with_tokens();
        let own = children.into_iter().find(|c| !leads(c.kind()));
        let start = own.map(|c| match c {
            NodeOrToken::Node(n) => tree.range(&n).start(),
            NodeOrToken::Token(t) => tree.token_range(&t).start(),
        });
        TextRange::new(start.unwrap_or(self.range.start()), self.range.end())
    }

    /// Whether it is a field without a name.
    pub(super) fn is_positional(&self) -> bool {
        self.kind == Kind::Field && self.name.starts_with(|c: char| c.is_ascii_digit())
    }

    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        match self.kind {
            Kind::Param => format!("parameter `{}` of `{}`", self.name, self.owner),
            Kind::Field if self.is_positional() => {
                format!("field {} of `{}`", self.name, self.owner)
            }
            Kind::Field => format!("field `{}` of `{}`", self.name, self.owner),
            Kind::Return => format!("the result of `{}`", self.owner),
            Kind::Element => format!("the coordinator in the result of `{}`", self.owner),
            Kind::Static => format!("static `{}`", self.name),
            Kind::Callback => format!("argument {} of `{}`", self.position + 1, self.owner),
            Kind::Row => format!("the coordinator in the tuples at {}", self.owner),
        }
    }
}

/// A function, or a closure bound to a variable, with slots.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) file: FileId,
    pub(super) node: SyntaxNode,
    pub(super) has_self: bool,
    /// By position; the receiver does not count.
    pub(super) params: Vec<Option<SlotId>>,
    pub(super) ret: Option<SlotId>,
    /// Of the tuple that it gives.
    pub(super) element: Option<SlotId>,
}

impl Function {
    /// All of its slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = SlotId> {
        let params = self.params.iter().flatten().copied();
        params.chain(self.ret).chain(self.element)
    }

    /// Whether it is a method of a trait that has no body.
    pub(super) fn is_declaration(&self) -> bool {
        ast::Fn::cast(self.node.clone()).is_some_and(|f| f.body().is_none())
    }
}

/// A struct or variant with slots.
#[derive(Debug, Clone)]
pub(super) struct Adt {
    pub(super) file: FileId,
    pub(super) node: SyntaxNode,
    /// By position.
    pub(super) fields: Vec<Option<SlotId>>,
    pub(super) tuple: bool,
}

#[derive(Default)]
pub(super) struct Slots {
    pub(super) all: Vec<Slot>,
    pub(super) functions: BTreeMap<Key, Function>,
    pub(super) adts: BTreeMap<Key, Adt>,
    pub(super) functions_by_name: HashMap<String, Vec<Key>>,
    pub(super) fields_by_name: HashMap<String, Vec<SlotId>>,
    /// Names that may stand for the coordinator's type.
    pub(super) type_names: Vec<String>,
    pub(super) lifetimes: Lifetimes,
    /// The lists of function types that take a coordinator.
    pub(super) callbacks: Vec<Key>,
    pub(super) rows: Rows,
    /// The tuples and patterns of rows, each with its slot.
    pub(super) row_places: Vec<(FileId, SyntaxNode, SlotId)>,
}

impl Slots {
    pub(super) fn collect(infer: &Infer<'_>, options: Options) -> Self {
        let mut slots = Self {
            type_names: infer.index.names_of(Item::Coordinator.name()).to_vec(),
            ..Self::default()
        };
        slots.rows = Rows::find(infer, &slots.type_names);
        let names = Places::of(&slots.type_names);
        for (i, source) in infer.index.workspace.files.iter().enumerate() {
            let file = FileId(i);
            let places = names.find(&source.text);
            if source.language != Language::Rust || places.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let Some(tree) = infer.index.tree(file).filter(|t| !t.has_errors) else {
                continue;
            };
            let mut collector = Collector {
                infer,
                file,
                tree,
                options,
                slots: &mut slots,
            };
            collector.file(places.as_deref());
        }
        slots.add_rows(infer);
        slots.group_variants(infer);
        slots.group_modules(infer);
        alternatives::group(infer, &mut slots);
        callbacks::collect(infer, &mut slots);
        slots.group_traits(infer);
        slots.by_name();
        slots.lifetimes = Lifetimes::collect(infer, &slots.all, options);
        slots
    }

    /// A slot for each type of a kind of rows, or for its tuples if no type is written.
    fn add_rows(&mut self, infer: &Infer<'_>) {
        for kind in std::mem::take(&mut self.rows.kinds) {
            let types = kind
                .types
                .iter()
                .map(|(f, t)| (*f, t.fields().nth(kind.position)));
            let types = types.filter_map(|(f, t)| Some((f, t?.syntax().clone())));
            let tuples = kind
                .tuples
                .iter()
                .map(|(f, t)| (*f, t.fields().nth(kind.position)));
            let tuples = tuples.filter_map(|(f, e)| Some((f, e?.syntax().clone())));
            let mut nodes: Vec<(FileId, SyntaxNode)> = types.collect();
            if nodes.is_empty() {
                nodes.extend(tuples.take(1));
            }
            let bound =
                kind.patterns
                    .iter()
                    .find_map(|(_, p)| match p.fields().nth(kind.position)? {
                        ast::Pat::IdentPat(it) => Some(it.name()?.text().to_string()),
                        _ => None,
                    });
            let name = bound.unwrap_or_else(|| "coordinator".to_owned());
            let first = self.all.len();
            for (file, node) in nodes {
                let Some(tree) = infer.index.tree(file) else {
                    continue;
                };
                let mut slot = Slot {
                    kind: Kind::Row,
                    file,
                    range: tree.range(&node),
                    form: kind.form,
                    name: name.clone(),
                    owner: place(infer.index, file, &node),
                    position: kind.position,
                    public: false,
                    group: first,
                    keep: None,
                    defaulted: false,
                    of_context: false,
                    led_to: None,
                    node,
                };
                if !infer.index.workspace.file(file).writable {
                    let message =
                        format!("{} are in a file that is not to be changed", slot.words());
                    slot.keep = Some(Left::new(catalog::UNRESOLVED_CALL, message));
                }
                self.all.push(slot);
            }
            if self.all.len() == first {
                continue;
            }
            let tuples = kind.tuples.iter().map(|(f, t)| (*f, t.syntax().clone()));
            let patterns = kind.patterns.iter().map(|(f, p)| (*f, p.syntax().clone()));
            self.row_places
                .extend(tuples.chain(patterns).map(|(f, n)| (f, n, first)));
        }
    }

    fn by_name(&mut self) {
        for (key, function) in &self.functions {
            if let Some(name) = function_name(&function.node) {
                self.functions_by_name.entry(name).or_default().push(*key);
            }
        }
        for (i, slot) in self.all.iter().enumerate() {
            if slot.kind == Kind::Field {
                self.fields_by_name
                    .entry(slot.name.clone())
                    .or_default()
                    .push(i);
            }
        }
    }

    /// Makes two slots stand or fall together.
    pub(super) fn unite(&mut self, a: SlotId, b: SlotId) {
        let (from, to) = (self.all[b].group, self.all[a].group);
        for slot in &mut self.all {
            if slot.group == from {
                slot.group = to;
            }
        }
    }

    /// Marks a slot to stay. The first reason counts.
    pub(super) fn keep(&mut self, slot: SlotId, left: Left) {
        self.all[slot].keep.get_or_insert(left);
    }

    /// Functions and types of one name in one scope are `cfg` variants of each other.
    fn group_variants(&mut self, infer: &Infer<'_>) {
        let mut seen: BTreeMap<(Key, String), Vec<Key>> = BTreeMap::new();
        for (key, function) in &self.functions {
            if let Some(name) = function_name(&function.node)
                && let Some(container) = container(infer, function.file, &function.node)
            {
                seen.entry((container, name)).or_default().push(*key);
            }
        }
        for keys in seen.into_values() {
            let mut lists: Vec<Vec<Option<SlotId>>> = keys
                .iter()
                .map(|k| self.functions[k].params.clone())
                .collect();
            // one beside it that has no slots
            let first = &self.functions[&keys[0]];
            let beside = variants_beside(infer, first.file, &first.node).into_iter();
            lists.extend(beside.filter(|k| !keys.contains(k)).map(|_| Vec::new()));
            if lists.len() < 2 {
                continue;
            }
            self.unite_columns(&lists);
            let elements: Vec<SlotId> = (keys.iter())
                .filter_map(|k| self.functions[k].element)
                .collect();
            for element in elements {
                self.keep(element, self.all[element].nested());
            }
            let rets: Vec<SlotId> = keys.iter().filter_map(|k| self.functions[k].ret).collect();
            for pair in rets.windows(2) {
                self.unite(pair[0], pair[1]);
            }
        }
        let mut seen: BTreeMap<(Key, String), Vec<Key>> = BTreeMap::new();
        for (key, adt) in &self.adts {
            let name = item_name(&adt.node);
            if let (Some(name), Some(parent)) = (name, adt.node.parent()) {
                let container = key_of(infer.index, adt.file, &parent);
                seen.entry((container, name)).or_default().push(*key);
            }
        }
        for keys in seen.into_values().filter(|k| k.len() > 1) {
            let lists: Vec<Vec<Option<SlotId>>> =
                keys.iter().map(|k| self.adts[k].fields.clone()).collect();
            self.unite_columns(&lists);
        }
    }

    /// What modules of one name have, which are `cfg` variants of each other, goes from all of them or from none.
    fn group_modules(&mut self, infer: &Infer<'_>) {
        let functions = self.functions.values().map(|f| {
            let name = function_name(&f.node).unwrap_or_default();
            let block = f.node.ancestors().find_map(ast::Impl::cast);
            let of = block
                .and_then(|b| b.self_ty())
                .map(|t| t.syntax().text().to_string());
            let own = f.params.iter().copied().chain([f.ret, f.element]);
            let path = format!("{of:?}::{name}()");
            let words = vec![name];
            OfModule::new(infer, f.file, &f.node, &path, own.collect(), &words)
        });
        let functions: Vec<OfModule> = functions.flatten().collect();
        self.unite_modules(functions);
        let adts = self.adts.values().map(|a| {
            let name = item_name(&a.node).unwrap_or_default();
            let fields = a.fields.iter().flatten();
            let is_seen = |s: &SlotId| {
                let field = ast::AnyHasVisibility::cast(self.all[*s].node.clone());
                field.is_none_or(|f| f.visibility().is_some())
            };
            let words = match a.tuple || fields.clone().any(is_seen) {
                // reads may be taken for those of another variant
                true => vec![name.clone()],
                // it stays with what fills it
                false => {
                    let fillers = self.functions.values().filter(|f| {
                        let of = infer.self_type(f.file, &f.node);
                        let mut params = f.params.iter().flatten();
                        matches!(of, Type::Item(_, node, _) if node == a.node)
                            && params.any(|p| self.all[*p].keep.is_some())
                    });
                    let fillers = fillers.filter_map(|f| function_name(&f.node));
                    fillers.collect()
                }
            };
            OfModule::new(infer, a.file, &a.node, &name, a.fields.clone(), &words)
        });
        let adts: Vec<OfModule> = adts.flatten().collect();
        self.unite_modules(adts);
    }

    fn unite_modules(&mut self, all: Vec<OfModule>) {
        type Lists = Vec<Vec<Option<SlotId>>>;
        let mut seen: BTreeMap<(ModuleId, String), (usize, Lists)> = BTreeMap::new();
        for it in all {
            let known = seen
                .entry((it.parent, it.path))
                .or_insert((it.count, Vec::new()));
            known.1.push(it.slots);
        }
        for (count, mut lists) in seen.into_values() {
            // a variant that has no such slot
            lists.resize(lists.len().max(count), Vec::new());
            self.unite_columns(&lists);
        }
    }

    pub(super) fn unite_columns(&mut self, lists: &[Vec<Option<SlotId>>]) {
        let width = lists.iter().map(Vec::len).max().unwrap_or(0);
        for column in 0..width {
            let cells: Vec<Option<SlotId>> = lists
                .iter()
                .map(|l| l.get(column).copied().flatten())
                .collect();
            let known: Vec<SlotId> = cells.iter().flatten().copied().collect();
            for pair in known.windows(2) {
                self.unite(pair[0], pair[1]);
            }
            if known.len() < cells.len() {
                for slot in known {
                    self.keep(
                        slot,
                        Left::new(
                            catalog::UNRESOLVED_CALL,
                            "`cfg` variants of one name have different parameters or fields",
                        ),
                    );
                }
            }
        }
    }

    /// A method of a trait and those of its impls.
    fn group_traits(&mut self, infer: &Infer<'_>) {
        let keys: Vec<Key> = self.functions.keys().copied().collect();
        for key in keys {
            let function = self.functions[&key].clone();
            let Some(name) = function_name(&function.node) else {
                continue;
            };
            let Some(owner) = function.node.ancestors().skip(1).find(|n| {
                matches!(
                    n.kind(),
                    SyntaxKind::IMPL | SyntaxKind::TRAIT | SyntaxKind::FN
                )
            }) else {
                continue;
            };
            if ast::Trait::can_cast(owner.kind()) {
                for (file, block) in infer.impls_of_trait(function.file, &owner) {
                    let Some(own) = function_of(&block, &name) else {
                        continue;
                    };
                    let own = key_of(infer.index, file, own.syntax());
                    self.unite_functions(key, own);
                }
                for (file, block) in infer.unresolved_impls_of(&owner) {
                    let Some(own) = function_of(&block, &name) else {
                        continue;
                    };
                    let message = format!(
                        "`{name}` at {} may be of its trait, and could not be followed",
                        infer.index.place(file, own.syntax().text_range().start())
                    );
                    for slot in function.slots() {
                        self.keep(slot, Left::new(catalog::UNRESOLVED_CALL, message.clone()));
                    }
                }
            } else if let Some(of) = ast::Impl::cast(owner).and_then(|i| i.trait_()) {
                let found = match infer.lower(function.file, &of, &Vec::new()) {
                    t @ Type::Item(..) => infer.method(&t, &name, Taking::Any),
                    _ => None,
                };
                match found {
                    Some(method) => {
                        let theirs = key_of(infer.index, method.file, method.function.syntax());
                        self.unite_functions(theirs, key);
                    }
                    None => {
                        let message = format!(
                            "the method is one of the trait `{}`, which is not the workspace's",
                            of.syntax().text()
                        );
                        let slots = function.params.iter().flatten().chain(&function.ret);
                        for slot in slots {
                            self.keep(*slot, Left::new(catalog::FOREIGN_TRAIT, message.clone()));
                        }
                    }
                }
            }
        }
    }

    fn unite_functions(&mut self, a: Key, b: Key) {
        let (Some(first), Some(second)) = (self.functions.get(&a), self.functions.get(&b)) else {
            // one of them takes it in a way that was not read as a slot
            for key in [a, b] {
                let slots: Vec<SlotId> = self
                    .functions
                    .get(&key)
                    .map(|f| f.params.iter().flatten().copied().chain(f.ret).collect())
                    .unwrap_or_default();
                for slot in slots {
                    self.keep(
                        slot,
                        Left::new(
                            catalog::FOREIGN_TRAIT,
                            "the trait's method and its impls take the coordinator in different ways",
                        ),
                    );
                }
            }
            return;
        };
        let (rets, lists) = (
            (first.ret, second.ret),
            [first.params.clone(), second.params.clone()],
        );
        self.unite_columns(&lists);
        if let (Some(a), Some(b)) = rets {
            self.unite(a, b);
        }
    }
}

/// The functions of the name that one has, in its list.
fn variants_beside(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Vec<Key> {
    let siblings = node.parent().into_iter().flat_map(|p| p.children());
    let functions = siblings.filter(|n| ast::Fn::can_cast(n.kind()));
    let same = functions.filter(|n| function_name(n) == function_name(node));
    same.map(|n| key_of(infer.index, file, &n)).collect()
}

/// The function of that name in an impl block.
fn function_of(block: &ast::Impl, name: &str) -> Option<ast::Fn> {
    let items = block.assoc_item_list().into_iter();
    items.flat_map(|l| l.assoc_items()).find_map(|i| match i {
        ast::AssocItem::Fn(f) if f.name().is_some_and(|n| n.text() == name) => Some(f),
        _ => None,
    })
}

/// What stands in a module that has `cfg` variants.
struct OfModule {
    /// The module that declares these.
    parent: ModuleId,
    path: String,
    /// How many of the variants may have it.
    count: usize,
    slots: Vec<Option<SlotId>>,
}

impl OfModule {
    fn new(
        infer: &Infer<'_>,
        file: FileId,
        node: &SyntaxNode,
        name: &str,
        slots: Vec<Option<SlotId>>,
        words: &[String],
    ) -> Option<Self> {
        let (parent, path, count) = variant(infer, file, node, words)?;
        Some(Self {
            parent,
            path: format!("{path}::{name}"),
            count,
            slots,
        })
    }
}

/// The module that declares several of one name around a node, the path from there, and how many of them may have what is
/// called by one of `words`.
fn variant(
    infer: &Infer<'_>,
    file: FileId,
    node: &SyntaxNode,
    words: &[String],
) -> Option<(ModuleId, String, usize)> {
    let modules = &infer.index.modules;
    let mut at = infer.index.module_of(file, node)?;
    let mut path = String::new();
    let mut found = None;
    while let Some(parent) = modules[at.0].parent {
        let mut named = modules[parent.0].children.iter();
        let (name, all) = named.find(|(_, all)| all.contains(&at))?;
        path = format!("{name}::{path}");
        if all.len() > 1 {
            // in one that is built of further files it may stand there
            let says = |m: &&ModuleId| {
                let text = module_text(infer, **m);
                text.is_none_or(|t| words.iter().any(|w| search::says(&t, w)))
            };
            let count = all.iter().filter(says).count();
            found = Some((parent, path.clone(), count));
        }
        at = parent;
    }
    found
}

/// All that a module says. `None`: it has modules or includes of its own.
fn module_text(infer: &Infer<'_>, module: ModuleId) -> Option<String> {
    let data = &infer.index.modules[module.0];
    let source = &infer.index.workspace.file(data.file).text;
    let text = match data.inline_at {
        Some(at) => {
            let tree = infer.index.tree(data.file)?;
            let at = TextSize::try_from(at).ok()?;
            let token = tree.root.token_at_offset(at).right_biased()?;
            let node = token.parent_ancestors().find_map(ast::Module::cast)?;
            node.syntax().text().to_string()
        }
        None => source.to_string(),
    };
    let whole = data.children.is_empty() && !search::says(&text, "include");
    whole.then_some(text)
}

/// The name of a function, or of the variable that a closure is bound to.
pub(super) fn function_name(node: &SyntaxNode) -> Option<String> {
    if let Some(it) = ast::Fn::cast(node.clone()) {
        return it
            .name()
            .map(|n| n.text().trim_start_matches("r#").to_owned());
    }
    let stmt = ast::LetStmt::cast(node.parent()?)?;
    match stmt.pat()? {
        ast::Pat::IdentPat(it) => it.name().map(|n| n.text().to_string()),
        _ => None,
    }
}

/// The scope that a function's name belongs to: a module, a block, or a type.
fn container(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Option<Key> {
    let parent = node.parent()?;
    if parent.kind() != SyntaxKind::ASSOC_ITEM_LIST {
        return Some(key_of(infer.index, file, &parent));
    }
    let block = ast::Impl::cast(parent.parent()?)?;
    if block.trait_().is_some() {
        return Some(key_of(infer.index, file, &parent));
    }
    match infer.lower(file, &block.self_ty()?, &Vec::new()).peeled() {
        // blocks for different arguments are different types
        Type::Item(at, n, args) if args.is_empty() => {
            let first = first_of_name(n).unwrap_or_else(|| n.clone());
            Some(key_of(infer.index, *at, &first))
        }
        _ => Some(key_of(infer.index, file, &parent)),
    }
}

/// The first of the types of one name that different builds have.
fn first_of_name(item: &SyntaxNode) -> Option<SyntaxNode> {
    let name = item_name(item).filter(|_| is_conditional(item))?;
    let mut beside = item.parent()?.children();
    beside.find(|n| ast::Adt::can_cast(n.kind()) && item_name(n).as_ref() == Some(&name))
}

/// Whether there is a comment in a node.
pub(super) fn has_comment(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens()
        .any(|t| t.kind() == SyntaxKind::COMMENT)
}

/// Whether there is a comment in a node that documents nothing.
pub(super) fn has_plain_comment(node: &SyntaxNode) -> bool {
    let tokens = node.descendants_with_tokens();
    let mut comments = tokens.filter_map(|t| ast::Comment::cast(t.into_token()?));
    comments.any(|c| c.kind().doc.is_none())
}

/// Whether a type says the coordinator's elsewhere than as the argument of a function type.
fn says(infer: &Infer<'_>, file: FileId, slots: &Slots, ty: &ast::Type, depth: usize) -> bool {
    let mut paths = ty.syntax().descendants().filter_map(ast::Path::cast);
    paths.any(|p| {
        is_said_at(infer, file, slots, &p, depth)
            && !callbacks::is_taken(infer, file, p.syntax())
            && !slots.rows.is_in_type(infer, file, p.syntax())
    })
}

/// Whether a path is the coordinator's type, or an alias that holds it.
pub(super) fn is_said(infer: &Infer<'_>, file: FileId, slots: &Slots, path: &ast::Path) -> bool {
    is_said_at(infer, file, slots, path, 0)
}

/// The same, so many aliases in.
fn is_said_at(
    infer: &Infer<'_>,
    file: FileId,
    slots: &Slots,
    path: &ast::Path,
    depth: usize,
) -> bool {
    const MAX_DEPTH: usize = 12;
    let said = path
        .segment()
        .and_then(|s| s.name_ref())
        .is_some_and(|n| slots.type_names.iter().any(|t| t == n.text()));
    if !said || depth > MAX_DEPTH {
        return false;
    }
    let index = infer.index;
    match index.resolve_path(file, path, Namespace::Type) {
        Def::Local(at, node) => {
            let of = ast::TypeAlias::cast(node).and_then(|a| a.ty());
            of.is_some_and(|t| says(infer, at, slots, &t, depth + 1))
        }
        def => index.item_of(&def) == Some(Item::Coordinator),
    }
}

struct Collector<'c, 'a> {
    infer: &'c Infer<'a>,
    file: FileId,
    tree: &'c FileTree,
    options: Options,
    slots: &'c mut Slots,
}

impl Collector<'_, '_> {
    /// `places`: where the file says one of the type's names.
    fn file(&mut self, places: Option<&[TextSize]>) {
        for node in self.tree.around(places) {
            match node.kind() {
                SyntaxKind::FN => self.function(&node),
                SyntaxKind::CLOSURE_EXPR => self.closure(&node),
                SyntaxKind::PARENTHESIZED_ARG_LIST | SyntaxKind::PARAM_LIST => self.callback(&node),
                SyntaxKind::STRUCT => {
                    let list = ast::Struct::cast(node.clone()).and_then(|s| s.field_list());
                    self.fields(&node, list);
                }
                SyntaxKind::VARIANT => {
                    let list = ast::Variant::cast(node.clone()).and_then(|s| s.field_list());
                    self.fields(&node, list);
                }
                SyntaxKind::UNION => {
                    let list = ast::Union::cast(node.clone())
                        .and_then(|u| u.record_field_list())
                        .map(ast::FieldList::RecordFieldList);
                    self.fields(&node, list);
                }
                SyntaxKind::STATIC => {
                    let it = ast::Static::cast(node.clone());
                    let (ty, name) = (
                        it.as_ref().and_then(|s| s.ty()),
                        it.as_ref().and_then(HasName::name),
                    );
                    self.item(&node, ty, name);
                }
                SyntaxKind::CONST => {
                    let it = ast::Const::cast(node.clone());
                    let (ty, name) = (
                        it.as_ref().and_then(|s| s.ty()),
                        it.as_ref().and_then(HasName::name),
                    );
                    self.item(&node, ty, name);
                }
                _ => {}
            }
        }
    }

    /// How a type holds a coordinator. `None`: it does not.
    fn form(&self, ty: &ast::Type) -> Option<Form> {
        let index = self.infer.index;
        let mut names = ty.syntax().descendants().filter_map(ast::NameRef::cast);
        let is_one = |n: &str| n == "Self" || self.slots.type_names.iter().any(|t| t == n);
        if !names.any(|n| is_one(n.text().trim_start_matches("r#"))) {
            return None;
        }
        let coordinator = Ty::Item(Item::Coordinator);
        let arc = Ty::Arc(Box::new(coordinator.clone()));
        let known = index.type_of(self.file, ty);
        if known == arc {
            return Some(Form::Arc);
        }
        if known == coordinator {
            return Some(Form::Bare);
        }
        if known == Ty::Ref(Box::new(arc.clone())) {
            return Some(Form::RefArc);
        }
        let lent = [arc.clone(), coordinator.clone()].map(|of| Ty::Ref(Box::new(of)));
        if matches!(&known, Ty::Option(of) if lent.contains(of)) {
            return Some(Form::OptRef);
        }
        if known == Ty::Ref(Box::new(coordinator)) {
            return Some(Form::RefBare);
        }
        if known == Ty::Option(Box::new(arc.clone())) {
            return Some(Form::Opt);
        }
        if known == Ty::Ref(Box::new(Ty::Option(Box::new(arc.clone())))) {
            return Some(Form::RefOpt);
        }
        if matches!(known, Ty::Result(_)) {
            match self.first_argument(ty) {
                Some(of) if of == arc => return Some(Form::Res),
                Some(Ty::Ref(of)) if *of == arc => return Some(Form::ResRef),
                _ => {}
            }
        }
        if let Some(ast::Type::ImplTraitType(it)) = generics::lent(ty) {
            let bounds = it.type_bound_list();
            let bounds = bounds.iter().flat_map(|l| l.bounds());
            let bounds: Vec<ast::TypeBound> = bounds.filter(|b| !generics::is_marker(b)).collect();
            if let [only] = bounds.as_slice()
                && self.converts(only)
            {
                return Some(Form::Into);
            }
        }
        self.mentions(ty).then_some(Form::Nested)
    }

    /// Whether a bound is `Into<Arc<GlobalEventCoordinator>>`, `AsRef<GlobalEventCoordinator>` or
    /// `Deref<Target = GlobalEventCoordinator>`.
    fn converts(&self, bound: &ast::TypeBound) -> bool {
        let coordinator = Ty::Item(Item::Coordinator);
        let of = || {
            let ast::Type::PathType(path) = bound.ty()? else {
                return None;
            };
            let segment = path.path()?.segment()?;
            let list = ast::HasGenericArgs::generic_arg_list(&segment)?;
            let name = segment.name_ref()?;
            match (list.generic_args().next()?, name.text()) {
                (ast::GenericArg::TypeArg(t), "Into") => {
                    Some((t.ty()?, Ty::Arc(Box::new(coordinator.clone()))))
                }
                (ast::GenericArg::TypeArg(t), "AsRef") => Some((t.ty()?, coordinator.clone())),
                (ast::GenericArg::AssocTypeArg(t), "Deref") => Some((t.ty()?, coordinator.clone())),
                _ => None,
            }
        };
        of().is_some_and(|(t, wanted)| self.infer.index.type_of(self.file, &t) == wanted)
    }

    /// The first generic argument of a path, as it is written: an alias of `Result` has no other.
    fn first_argument(&self, ty: &ast::Type) -> Option<Ty> {
        let ast::Type::PathType(it) = ty else {
            return None;
        };
        let list = ast::HasGenericArgs::generic_arg_list(&it.path()?.segment()?)?;
        match list.generic_args().next()? {
            ast::GenericArg::TypeArg(of) => Some(self.infer.index.type_of(self.file, &of.ty()?)),
            _ => None,
        }
    }

    /// Whether a type says the coordinator's anywhere.
    fn mentions(&self, ty: &ast::Type) -> bool {
        says(self.infer, self.file, self.slots, ty, 0)
    }

    fn add(&mut self, slot: Slot) -> SlotId {
        let id = self.slots.all.len();
        self.slots.all.push(Slot { group: id, ..slot });
        id
    }

    /// The field whose coordinator is held in the place of what led to it.
    fn of_context(&self, node: &SyntaxNode) -> Option<String> {
        let index = self.infer.index;
        let start = || index.origin(self.file, self.tree.range(node)).start();
        let mut all = index.contexts.iter();
        let found = all.find(|c| c.leading.contains(&(self.file, start())));
        found.map(|c| c.field.clone())
    }

    /// The field whose coordinator is held in the place of what held nothing else, if that has the better name.
    fn wrapped(&self, kind: Kind, node: &SyntaxNode, name: &str) -> Option<String> {
        let held = matches!(kind, Kind::Param | Kind::Field) && !tells_of_bus(name);
        let text = held.then(|| node.text().to_string())?;
        let says = |of: &str| search::words(&text).any(|w| w == of);
        let mut all = self.infer.index.wrapped.iter();
        let (_, field) = all.find(|(of, field)| tells_of_bus(field) && says(of))?;
        Some(field.clone())
    }

    fn slot(&self, kind: Kind, node: &SyntaxNode, form: Form, name: String, owner: String) -> Slot {
        let form = match form {
            it if it.is_result() && kind != Kind::Return => Form::Nested,
            Form::OptRef if !matches!(kind, Kind::Param | Kind::Return) => Form::Nested,
            Form::RefOpt if kind != Kind::Param => Form::Nested,
            Form::Nested if is_once_cell(node) => Form::Cell,
            form => form,
        };
        let of_context = self.of_context(node);
        let led_to = of_context
            .clone()
            .or_else(|| self.wrapped(kind, node, &name));
        let mut slot = Slot {
            kind,
            file: self.file,
            node: node.clone(),
            range: self.tree.range(node),
            form,
            name,
            owner,
            position: 0,
            public: false,
            group: 0,
            keep: None,
            defaulted: false,
            of_context: of_context.is_some(),
            led_to,
        };
        let words = slot.words();
        slot.keep = match (form, kind) {
            (Form::Nested, _) => Some(slot.nested()),
            // whether it goes, the functions that use it tell
            (Form::Cell, _) => None,
            (Form::Bare, _) => Some(Left::new(
                catalog::OWNED_VALUE,
                format!("{words} holds a coordinator by value, and the shared instance cannot be given away"),
            )
            .help("change the type to `Arc<GlobalEventCoordinator>`, then run again")),
            (Form::Opt, Kind::Static) => Some(late_bound(&words)),
            (_, Kind::Static) => Some(Left::new(
                catalog::NESTED_TYPE,
                format!("{words} is read where nothing can be awaited"),
            )),
            _ => None,
        };
        if !self.slots_writable() && slot.keep.is_none() {
            slot.keep = Some(Left::new(
                catalog::UNRESOLVED_CALL,
                format!("{words} is in a file that is not to be changed"),
            ));
        }
        slot
    }

    fn slots_writable(&self) -> bool {
        self.infer.index.workspace.file(self.file).writable
    }

    fn function(&mut self, node: &SyntaxNode) {
        let Some(it) = ast::Fn::cast(node.clone()) else {
            return;
        };
        let Some(name) = it.name().filter(|n| n.text() != "__m") else {
            return;
        };
        let owner = self.owner(node, name.text());
        let list = it.param_list();
        let has_self = list.as_ref().is_some_and(|l| l.self_param().is_some());
        let public = is_public(self.infer, self.file, node);
        let mut params = Vec::new();
        for (position, param) in list.iter().flat_map(|l| l.params()).enumerate() {
            let generic = |t: &ast::Type| {
                let found = generics::of_type(self.infer, t, |b| self.converts(b));
                found.map(|_| Form::Into)
            };
            let ty = param.ty();
            let form = ty.and_then(|t| self.form(&t).or_else(|| generic(&t)));
            let Some(form) = form else {
                params.push(None);
                continue;
            };
            let mut slot = self.slot(
                Kind::Param,
                param.syntax(),
                form,
                pattern_name(&param),
                owner.clone(),
            );
            slot.position = position;
            slot.public = public;
            self.param_rules(&it, &param, &mut slot);
            params.push(Some(self.add(slot)));
        }
        let ty = it.ret_type().and_then(|r| r.ty());
        let element = ty.as_ref().and_then(|t| self.element(&it, t));
        let element = element.map(|(ty, position)| {
            let fname = name.text().to_string();
            let mut slot = self.slot(Kind::Element, ty.syntax(), Form::Arc, fname, owner.clone());
            slot.position = position;
            slot.public = public;
            self.return_rules(&it, &mut slot);
            self.add(slot)
        });
        let form = ty.filter(|_| element.is_none()).and_then(|t| self.form(&t));
        let ret = form.map(|form| {
            let mut slot = self.slot(Kind::Return, node, form, name.text().to_string(), owner);
            slot.range = self.tree.range(name.syntax());
            slot.public = public;
            self.return_rules(&it, &mut slot);
            self.add(slot)
        });
        if params.iter().any(Option::is_some) || ret.is_some() || element.is_some() {
            self.slots.functions.insert(
                key_of(self.infer.index, self.file, node),
                Function {
                    file: self.file,
                    node: node.clone(),
                    has_self,
                    params,
                    ret,
                    element,
                },
            );
        }
    }

    /// The one element of the tuple that a function gives, be it in a `Result`, which is a coordinator.
    fn element(&self, function: &ast::Fn, ty: &ast::Type) -> Option<(ast::Type, usize)> {
        let of_trait = function.syntax().ancestors().any(|n| {
            ast::Trait::can_cast(n.kind())
                || ast::Impl::cast(n).is_some_and(|b| b.trait_().is_some())
        });
        let tuple = match ty {
            ast::Type::TupleType(it) => it.clone(),
            ast::Type::PathType(it) => {
                let list = ast::HasGenericArgs::generic_arg_list(&it.path()?.segment()?)?;
                let first = match list.generic_args().next()? {
                    ast::GenericArg::TypeArg(of) => of.ty()?,
                    _ => return None,
                };
                let is_result = matches!(self.infer.index.type_of(self.file, ty), Ty::Result(_));
                match first {
                    ast::Type::TupleType(it) if is_result => it,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let forms: Vec<Option<Form>> = tuple.fields().map(|t| self.form(&t)).collect();
        let at = forms.iter().position(|f| *f == Some(Form::Arc))?;
        let alone = forms.iter().flatten().count() == 1 && forms.len() > 1;
        let plain = alone && !of_trait && !has_comment(tuple.syntax());
        Some((tuple.fields().nth(at).filter(|_| plain)?, at))
    }

    fn param_rules(&self, function: &ast::Fn, param: &ast::Param, slot: &mut Slot) {
        let words = slot.words();
        let keep = |id, message: String| Some(Left::new(id, message));
        if slot.keep.is_some() {
            return;
        }
        slot.keep = if function.abi().is_some() || has_attr(function, &["no_mangle", "export_name"])
        {
            keep(
                catalog::FFI,
                format!("{words} is part of a foreign function interface"),
            )
        } else if self.options.keep_public && slot.public {
            keep(
                catalog::PUBLIC_KEPT,
                format!("{words} is public, and public signatures are to stay"),
            )
        } else if !binds_plainly(param) {
            keep(
                catalog::NESTED_TYPE,
                format!("{words} is taken apart by its pattern"),
            )
        } else if let Some(attr) = unknown_attr(function.attrs(), FN_ATTRS) {
            keep(
                catalog::UNREADABLE_MACRO,
                format!(
                    "the attribute `{attr}` may read the parameters of `{}`",
                    slot.owner
                ),
            )
        } else {
            None
        };
    }

    fn return_rules(&self, function: &ast::Fn, slot: &mut Slot) {
        if slot.keep.is_some() {
            return;
        }
        let words = slot.words();
        let workspace = self.infer.index.workspace;
        let package = workspace.file(self.file).package;
        let published = package.is_none_or(|p| workspace.package(p).published);
        slot.keep = if slot.public && (published || self.options.keep_public) {
            Some(
                Left::new(catalog::RETURNED_FROM_API, format!("{words} is public API"))
                    .help("deprecate the function in favour of `global_coordinator().await`"),
            )
        } else if function.abi().is_some() || has_attr(function, &["no_mangle", "export_name"]) {
            Some(Left::new(
                catalog::FFI,
                format!("{words} is part of a foreign function interface"),
            ))
        } else if slot.kind != Kind::Element && self.ends_what_it_takes(function) {
            let message = format!("{words} is what is left of an argument that ends there");
            Some(
                Left::new(catalog::RETURNED, message)
                    .help("drop the argument where it is called, then remove it by hand"),
            )
        } else {
            unknown_attr(function.attrs(), FN_ATTRS).map(|attr| {
                Left::new(
                    catalog::UNREADABLE_MACRO,
                    format!("the attribute `{attr}` may use {words}"),
                )
            })
        };
    }

    /// Whether a function takes something by value whose end can be seen.
    fn ends_what_it_takes(&self, function: &ast::Fn) -> bool {
        let list = function.param_list();
        let mut params = list.iter().flat_map(|l| l.params());
        let own = list.as_ref().and_then(|l| l.self_param());
        let by_value = own.is_some_and(|s| s.amp_token().is_none() && s.ty().is_none());
        let of = || self.infer.self_type(self.file, function.syntax());
        (by_value && ends::is_seen(self.infer, &of()))
            || params.any(|p| {
                p.ty()
                    .is_none_or(|t| ends::is_written_seen(self.infer, self.file, &t))
            })
    }

    /// A closure that a variable holds, with a parameter whose type is written.
    fn closure(&mut self, node: &SyntaxNode) {
        let Some(it) = ast::ClosureExpr::cast(node.clone()) else {
            return;
        };
        let mut params = Vec::new();
        let owner = function_name(node);
        for (position, param) in it.param_list().iter().flat_map(|l| l.params()).enumerate() {
            let Some(form) = param.ty().and_then(|t| self.form(&t)) else {
                params.push(None);
                continue;
            };
            let words = owner.clone().unwrap_or_else(|| "the closure".into());
            let mut slot = self.slot(
                Kind::Param,
                param.syntax(),
                form,
                pattern_name(&param),
                words,
            );
            slot.position = position;
            if owner.is_none() {
                slot.keep.get_or_insert(Left::new(
                    catalog::USED_AS_VALUE,
                    "the closure is passed on, and who calls it is not known here",
                ));
            } else if !binds_plainly(&param) {
                slot.keep.get_or_insert(Left::new(
                    catalog::NESTED_TYPE,
                    "the parameter is taken apart by its pattern",
                ));
            }
            params.push(Some(self.add(slot)));
        }
        if params.iter().any(Option::is_some) {
            self.slots.functions.insert(
                key_of(self.infer.index, self.file, node),
                Function {
                    file: self.file,
                    node: node.clone(),
                    has_self: false,
                    params,
                    ret: None,
                    element: None,
                },
            );
        }
    }

    /// The argument of a function type.
    fn callback(&mut self, list: &SyntaxNode) {
        let Some(taken) = callbacks::taken(self.infer, self.file, list) else {
            return;
        };
        let whole = match list.kind() {
            SyntaxKind::PARAM_LIST => list.parent(),
            _ => list.ancestors().nth(2),
        };
        let text = whole.map_or(String::new(), |n| n.text().to_string());
        let owner = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = taken.position.to_string();
        let mut slot = self.slot(Kind::Callback, &taken.element, taken.form, name, owner);
        slot.position = taken.position;
        let item = list.ancestors().find(|n| ast::Item::can_cast(n.kind()));
        slot.public = item.is_some_and(|i| is_public(self.infer, self.file, &i));
        if slot.keep.is_none() {
            slot.keep = callbacks::obstacle(list, &taken.element, &slot.words());
        }
        let own = self.add(slot);
        let params = (0..taken.arity).map(|i| (i == taken.position).then_some(own));
        let key = key_of(self.infer.index, self.file, list);
        self.slots.callbacks.push(key);
        self.slots.functions.insert(
            key,
            Function {
                file: self.file,
                node: list.clone(),
                has_self: false,
                params: params.collect(),
                ret: None,
                element: None,
            },
        );
    }

    fn fields(&mut self, node: &SyntaxNode, list: Option<ast::FieldList>) {
        let item = node
            .ancestors()
            .find(|n| ast::Item::can_cast(n.kind()))
            .unwrap_or_else(|| node.clone());
        let mut owner = item_name(&item).unwrap_or_default();
        if let Some(variant) = ast::Variant::cast(node.clone()).and_then(|v| v.name()) {
            owner = format!("{owner}::{}", variant.text());
        }
        let mut fields = Vec::new();
        let tuple = matches!(list, Some(ast::FieldList::TupleFieldList(_)));
        let parts: Vec<(SyntaxNode, Option<ast::Type>, String, bool)> = match &list {
            Some(ast::FieldList::RecordFieldList(l)) => l
                .fields()
                .map(|f| {
                    let name = f.name().map(|n| n.text().to_string()).unwrap_or_default();
                    let public = is_plain_pub(f.visibility());
                    (f.syntax().clone(), f.ty(), name, public)
                })
                .collect(),
            Some(ast::FieldList::TupleFieldList(l)) => l
                .fields()
                .enumerate()
                .map(|(i, f)| {
                    let public = is_plain_pub(f.visibility());
                    (f.syntax().clone(), f.ty(), i.to_string(), public)
                })
                .collect(),
            None => Vec::new(),
        };
        let is_variant = ast::Variant::can_cast(node.kind());
        let public_item = is_public(self.infer, self.file, &item);
        for (position, (field, ty, name, public)) in parts.iter().enumerate() {
            let Some(form) = ty.as_ref().and_then(|t| self.form(t)) else {
                fields.push(None);
                continue;
            };
            let mut slot = self.slot(Kind::Field, field, form, name.clone(), owner.clone());
            slot.position = position;
            // positions after it shift
            let shifts = tuple && parts[position..].iter().any(|(_, _, _, public)| *public);
            slot.public = public_item && (*public || shifts || is_variant);
            self.field_rules(&item, &mut slot);
            fields.push(Some(self.add(slot)));
        }
        // the positions of some builds
        let is_cfg = |n: &SyntaxNode| tree::cfgs(n).next().is_some();
        if tuple && parts.iter().any(|(field, ..)| is_cfg(field)) {
            let message = "`cfg` variants of one name have different parameters or fields";
            for slot in fields.iter().flatten() {
                self.slots
                    .keep(*slot, Left::new(catalog::UNRESOLVED_CALL, message));
            }
        }
        // fields of one name, of which each build has one
        let mut named: BTreeMap<&str, Vec<Vec<Option<SlotId>>>> = BTreeMap::new();
        for ((_, _, name, _), slot) in parts.iter().zip(&fields) {
            named.entry(name).or_default().push(vec![*slot]);
        }
        for variants in named.into_values().filter(|v| v.len() > 1) {
            self.slots.unite_columns(&variants);
        }
        if fields.iter().any(Option::is_some) {
            self.slots.adts.insert(
                key_of(self.infer.index, self.file, node),
                Adt {
                    file: self.file,
                    node: node.clone(),
                    fields,
                    tuple,
                },
            );
        }
    }

    fn field_rules(&self, item: &SyntaxNode, slot: &mut Slot) {
        if slot.keep.is_some() {
            return;
        }
        let words = slot.words();
        let attrs = ast::AnyHasAttrs::cast(item.clone());
        let unknown = attrs
            .as_ref()
            .and_then(|a| unknown_attr(a.attrs(), TYPE_ATTRS));
        let repr_c = attrs.as_ref().is_some_and(|a| {
            a.attrs().any(|a| {
                let text = a.syntax().text().to_string();
                text.contains("repr") && (text.contains("(C") || text.contains("transparent"))
            })
        });
        slot.defaulted = attrs
            .as_ref()
            .is_some_and(|a| has_attr(a, &["Default", "Deserialize"]));
        slot.keep = if self.options.keep_public && slot.public {
            Some(Left::new(
                catalog::PUBLIC_KEPT,
                format!("{words} is public, and public signatures are to stay"),
            ))
        } else if repr_c || ast::Union::can_cast(item.kind()) {
            Some(Left::new(
                catalog::FFI,
                format!("{words} is part of a layout that other languages may read"),
            ))
        } else if let Some(attr) = unknown {
            Some(
                Left::new(
                    catalog::UNREADABLE_MACRO,
                    format!("`{attr}` may make code from the fields of `{}`", slot.owner),
                )
                .help("remove the field by hand if it does not"),
            )
        } else {
            None
        };
    }

    fn item(&mut self, node: &SyntaxNode, ty: Option<ast::Type>, name: Option<ast::Name>) {
        let (Some(form), Some(name)) = (ty.and_then(|t| self.form(&t)), name) else {
            return;
        };
        let name = name.text().to_string();
        let mut slot = self.slot(Kind::Static, node, form, name.clone(), name);
        slot.public = is_public(self.infer, self.file, node);
        self.add(slot);
    }

    /// `Type::name`, or the name alone.
    fn owner(&self, node: &SyntaxNode, name: &str) -> String {
        let of = node.ancestors().skip(1).find_map(|n| {
            if let Some(it) = ast::Impl::cast(n.clone()) {
                return it.self_ty().map(|t| t.syntax().text().to_string());
            }
            ast::Trait::cast(n)
                .and_then(|t| t.name())
                .map(|n| n.text().to_string())
        });
        match of {
            Some(of) => format!("{of}::{name}"),
            None => name.to_owned(),
        }
    }
}

/// Whether an item is `pub` in a library, and all that is around it.
pub(super) fn is_public(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
    let index = infer.index;
    let module = index.module_of(file, node);
    let of_lib = |m: ModuleId| {
        let krate = &index.crates[index.modules[m.0].krate.0];
        krate.kind == TargetKind::Lib && !index.modules[m.0].test
    };
    module.is_some_and(of_lib) && is_open(infer, file, node)
}

/// Whether an item is `pub` in the root of a binary, which lints take for reachable.
pub(super) fn is_open_in_binary(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
    let index = infer.index;
    let is_root = |m: ModuleId| {
        let krate = &index.crates[index.modules[m.0].krate.0];
        krate.kind == TargetKind::Bin && krate.root == m
    };
    index.module_of(file, node).is_some_and(is_root) && is_open(infer, file, node)
}

/// Whether an item is `pub`, and the trait or type that it is of.
fn is_open(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
    let own = ast::AnyHasVisibility::cast(node.clone()).and_then(|v| v.visibility());
    let around = node.ancestors().skip(1).find(|n| {
        matches!(
            n.kind(),
            SyntaxKind::IMPL | SyntaxKind::TRAIT | SyntaxKind::FN
        )
    });
    match around {
        Some(n) if ast::Fn::can_cast(n.kind()) => false,
        Some(n) if ast::Trait::can_cast(n.kind()) => {
            is_plain_pub(ast::AnyHasVisibility::cast(n).and_then(|v| v.visibility()))
        }
        Some(n) => {
            let block = ast::Impl::cast(n);
            let of_trait = block.as_ref().is_some_and(|b| b.trait_().is_some());
            let of_public = match block
                .and_then(|b| b.self_ty())
                .map(|t| infer.lower(file, &t, &Vec::new()))
            {
                Some(Type::Item(_, item, _)) => {
                    is_plain_pub(ast::AnyHasVisibility::cast(item).and_then(|v| v.visibility()))
                }
                _ => true,
            };
            // a trait's methods are as public as the trait, which is asked itself
            !of_trait && of_public && is_plain_pub(own)
        }
        None => is_plain_pub(own),
    }
}

/// Why an `Option` stays that is not always `Some`.
pub(super) fn late_bound(words: &str) -> Left {
    Left::new(
        catalog::LATE_BOUND_OPTION,
        format!("{words} is an `Option`: code tells by it whether there is a bus"),
    )
    .help("decide what `None` stands for, then remove it by hand")
}

/// Why a result stays whose callers want the coordinator.
pub(super) fn returned(words: &str) -> Left {
    Left::new(
        catalog::RETURNED,
        format!("{words} is the coordinator still"),
    )
}

pub(super) fn is_plain_pub(visibility: Option<ast::Visibility>) -> bool {
    visibility.is_some_and(|v| v.syntax().text() == "pub")
}

/// Whether a parameter is bound as a whole, or not at all.
pub(super) fn binds_plainly(param: &ast::Param) -> bool {
    matches!(
        param.pat(),
        Some(ast::Pat::IdentPat(_) | ast::Pat::WildcardPat(_))
    )
}

/// The variable that a parameter binds.
pub(super) fn pattern_name(param: &ast::Param) -> String {
    match param.pat() {
        Some(ast::Pat::IdentPat(it)) => it.name().map(|n| n.text().to_string()),
        Some(other) => Some(other.syntax().text().to_string()),
        None => None,
    }
    .unwrap_or_else(|| "_".into())
}

/// Attributes of functions that leave parameters alone, or name them where it can be seen.
pub(super) const FN_ATTRS: &[&str] = &[
    "allow",
    "async_trait",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "deprecated",
    "doc",
    "expect",
    "ignore",
    "inline",
    "instrument",
    "main",
    "must_use",
    "should_panic",
    "test",
    "track_caller",
    "warn",
    "deny",
    "tokio",
    "rustfmt",
    "serial",
    "timeout",
    "no_mangle",
    "export_name",
];

/// Attributes of types that leave fields alone.
const TYPE_ATTRS: &[&str] = &[
    "allow",
    "cfg",
    "cfg_attr",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "must_use",
    "non_exhaustive",
    "repr",
    "serde",
    "warn",
    "deny",
    "error",
    "derivative",
    "educe",
    "rustfmt",
    "default",
];

/// Derives whose code follows the fields and needs nothing else.
const DERIVES: &[&str] = &[
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Derivative",
    "Educe",
    "Eq",
    "Error",
    "Hash",
    "JsonSchema",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Serialize",
];

/// The first attribute that is not among `known`, or derives something that is not known.
pub(super) fn unknown_attr(
    attrs: impl Iterator<Item = ast::Attr>,
    known: &[&str],
) -> Option<String> {
    for attr in attrs {
        let text: String = attr.syntax().text().to_string();
        let inner = text
            .trim_start_matches(['#', '!', '[', ' '])
            .trim_end_matches(']');
        let path = inner.split(['(', '=', ' ']).next().unwrap_or_default();
        let mut names = path.split("::");
        let first = names.next().unwrap_or_default();
        let last = path.rsplit("::").next().unwrap_or_default();
        if matches!(first, "rustfmt" | "clippy") {
            continue;
        }
        if !known.contains(&last) {
            return Some(format!("#[{path}]"));
        }
        if let Some(at) = inner.find("derive(") {
            let derives = inner[at + 7..].split(')').next().unwrap_or_default();
            for derive in derives.split(',') {
                let name = derive.trim().rsplit("::").next().unwrap_or_default();
                if !name.is_empty() && !DERIVES.contains(&name) {
                    return Some(format!("#[derive({name})]"));
                }
            }
        }
    }
    None
}

fn has_attr(item: &impl HasAttrs, names: &[&str]) -> bool {
    item.attrs().any(|a| {
        let text = a.syntax().text().to_string();
        names.iter().any(|n| text.contains(n))
    })
}

/// Whether an item is a static of a type that is set once.
fn is_once_cell(node: &SyntaxNode) -> bool {
    let ty = ast::Static::cast(node.clone()).and_then(|s| s.ty());
    let name = ty.and_then(|t| match t {
        ast::Type::PathType(it) => it.path()?.segment()?.name_ref(),
        _ => None,
    });
    name.is_some_and(|n| matches!(n.text(), "OnceCell" | "OnceLock"))
}

/// Whether a function body, async block or async closure can await.
pub(super) fn is_async_scope(node: &SyntaxNode) -> bool {
    match node.kind() {
        SyntaxKind::BLOCK_EXPR => {
            ast::BlockExpr::cast(node.clone()).is_some_and(|b| b.async_token().is_some())
        }
        SyntaxKind::FN => ast::Fn::cast(node.clone()).is_some_and(|f| f.async_token().is_some()),
        SyntaxKind::CLOSURE_EXPR => node.children_with_tokens().any(|c| c.kind() == T![async]),
        _ => false,
    }
}

/// Whether a name is one that people give a coordinator.
fn tells_of_bus(name: &str) -> bool {
    ["bus", "coordinator", "event"]
        .iter()
        .any(|part| name.contains(part))
}
