//! From a path in user code to what it means.
//!
//! Belongs here: following imports, globs, renames, re-exports and type aliases, within and across the workspace's
//! crates. Does not: local variables (`locals`), deciding. A name that cannot be followed is `Unknown`, never guessed.

use std::rc::Rc;

use ra_ap_syntax::ast::{
    self, AnyHasVisibility, AstNode, HasGenericArgs, HasGenericParams, HasName, HasVisibility,
    VisibilityKind,
};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::api::{self, Item};
use super::defs::{
    Entry, Import, Index, ModuleId, Scope, import_name, is_conditional, segments, starts_absolute,
    use_item,
};
use super::imports;
use super::pass::contexts::HELD;
use super::search;
use super::workspace::{FileId, TargetKind};

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Def {
    /// A path inside the bus crate (`["events", "GlobalEventCoordinator"]`; empty: the crate itself).
    Bus(Vec<String>),
    /// A module of the workspace.
    Module(ModuleId),
    /// An item of the workspace: its node, and the file that it stands in.
    Local(FileId, SyntaxNode),
    /// A variant of an enum of the workspace.
    Variant(FileId, SyntaxNode),
    /// A path into a crate outside of the workspace.
    External(Vec<String>),
    /// A generic parameter.
    Param,
    /// It could not be followed.
    Unknown,
}

/// A type, as far as the migration tells types apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    Item(Item),
    Arc(Box<Ty>),
    Ref(Box<Ty>),
    Result(Box<Ty>),
    Option(Box<Ty>),
    Other,
}

/// Which names a lookup is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Namespace {
    Type,
    Value,
}

const MAX_HOPS: usize = 48;

impl Index<'_> {
    /// What a path means at the place where it stands.
    pub(crate) fn resolve_path(&self, file: FileId, path: &ast::Path, ns: Namespace) -> Def {
        if path.segments().any(|s| s.type_anchor().is_some()) {
            return Def::Unknown;
        }
        self.resolve(
            file,
            path.syntax(),
            &segments(path),
            starts_absolute(path),
            ns,
        )
    }

    /// What a list of names means at `node`.
    pub(crate) fn resolve(
        &self,
        file: FileId,
        node: &SyntaxNode,
        names: &[String],
        absolute: bool,
        ns: Namespace,
    ) -> Def {
        if self.depth.get() > MAX_HOPS {
            return Def::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let def = self.resolve_inner(file, node, names, absolute, ns);
        self.depth.set(self.depth.get() - 1);
        def
    }

    fn resolve_inner(
        &self,
        file: FileId,
        node: &SyntaxNode,
        names: &[String],
        absolute: bool,
        ns: Namespace,
    ) -> Def {
        let Some((first, mut rest)) = names.split_first() else {
            return Def::Unknown;
        };
        if self.is_detour && first == HELD {
            return Def::Bus(api::path_of(Item::Coordinator));
        }
        let Some(module) = self.module_of(file, node) else {
            return Def::Unknown;
        };
        let ns_of = |rest: &[String]| if rest.is_empty() { ns } else { Namespace::Type };
        let mut def = match first.as_str() {
            "crate" => Def::Module(self.crates[self.modules[module.0].krate.0].root),
            "self" if !rest.is_empty() => Def::Module(module),
            "super" => {
                let mut at = self.modules[module.0].parent;
                while let Some((next, further)) = rest.split_first()
                    && next == "super"
                {
                    at = at.and_then(|m| self.modules[m.0].parent);
                    rest = further;
                }
                at.map_or(Def::Unknown, Def::Module)
            }
            "Self" => self.self_type(file, node),
            _ if absolute => self.extern_crate(module, first),
            _ => self.lookup(file, node, module, first, ns_of(rest)),
        };
        while let Some((next, further)) = rest.split_first() {
            rest = further;
            def = self.member(&def, next, ns_of(rest));
        }
        self.of_build(file, node, def)
    }

    /// Of types of one name that different builds have, the one of the builds that have the place.
    fn of_build(&self, file: FileId, node: &SyntaxNode, def: Def) -> Def {
        let Def::Local(at, item) = &def else {
            return def;
        };
        if !ast::Adt::can_cast(item.kind()) || !is_conditional(item) {
            return def;
        }
        let around = imports::conditions(self, file, node).unwrap_or_default();
        let fits = |n: &SyntaxNode| {
            let own = imports::conditions(self, *at, n);
            own.is_some_and(|own| own.iter().all(|c| around.contains(c)))
        };
        let name = |n: &SyntaxNode| {
            let name = ast::AnyHasName::cast(n.clone()).and_then(|n| n.name());
            name.map(|n| n.text().to_string())
        };
        let is_it = |n: &SyntaxNode| {
            ast::Adt::can_cast(n.kind()) && name(n) == name(item) && is_conditional(n) && fits(n)
        };
        let beside = item.parent().filter(|_| !fits(item));
        let other = beside.and_then(|p| p.children().find(is_it));
        other.map_or(def.clone(), |n| Def::Local(*at, n))
    }

    /// A single name: blocks and generics around the place, the module, the crates in reach, the standard prelude.
    fn lookup(
        &self,
        file: FileId,
        node: &SyntaxNode,
        module: ModuleId,
        name: &str,
        ns: Namespace,
    ) -> Def {
        let Some(tree) = self.tree(file) else {
            return Def::Unknown;
        };
        for around in tree.ancestors(node) {
            if around.kind() == SyntaxKind::STMT_LIST {
                let scope = self.scope_of(&around, None);
                if let Some(def) = self.in_scope(file, &around, &scope, name, ns, None) {
                    return def;
                }
            } else if ns == Namespace::Type && declares_type_param(&around, name) {
                return Def::Param;
            } else if ast::Module::can_cast(around.kind()) {
                break;
            }
        }
        if let Some(def) = self.in_module(module, name, ns) {
            return def;
        }
        match self.extern_crate(module, name) {
            Def::Unknown if PRELUDE.contains(&name) => {
                Def::External(vec!["std".into(), name.into()])
            }
            def => def,
        }
    }

    /// A name among a module's own items and imports.
    pub(crate) fn in_module(&self, module: ModuleId, name: &str, ns: Namespace) -> Option<Def> {
        let known = self.known.borrow();
        if let Some(known) = known.get(&(module, ns)).and_then(|names| names.get(name)) {
            return known.clone();
        }
        drop(known);
        // neither declared nor brought by a glob
        let text = &self.workspace.file(self.modules[module.0].file).text;
        if !search::says(text, name) && !search::may_glob(text) {
            return None;
        }
        let scope = self.module_scope(module)?;
        let node = self.module_node(module)?;
        let before = self.passed_over.get();
        let def = self.in_scope(self.modules[module.0].file, &node, &scope, name, ns, None);
        // what is found in the middle of following globs or imports may lack what they bring
        let whole = self.passed_over.get() == before;
        if whole && self.globs.borrow().is_empty() && self.following.get() == 0 {
            let mut known = self.known.borrow_mut();
            let names = known.entry((module, ns)).or_default();
            names.insert(name.to_owned(), def.clone());
        }
        def
    }

    /// The same, if code of the module `from` may name it there.
    pub(crate) fn seen_in(
        &self,
        module: ModuleId,
        name: &str,
        ns: Namespace,
        from: ModuleId,
    ) -> Option<Def> {
        let def = self.in_module(module, name, ns)?;
        if self.is_within(from, module) {
            return Some(def);
        }
        let scope = self.module_scope(module)?;
        let node = self.module_node(module)?;
        let file = self.modules[module.0].file;
        self.in_scope(file, &node, &scope, name, ns, Some(from))
    }

    /// Whether `module` is `around` or stands in it.
    pub(crate) fn is_within(&self, module: ModuleId, around: ModuleId) -> bool {
        let parent = |m: &ModuleId| self.modules[m.0].parent;
        std::iter::successors(Some(module), parent).any(|m| m == around)
    }

    /// Whether what stands in `module` with the visibility of `item` can be named in `from`.
    fn reaches(&self, item: Option<AnyHasVisibility>, module: ModuleId, from: ModuleId) -> bool {
        let Some(item) = item else { return true };
        let data = &self.modules[module.0];
        let within = match item.visibility().map(|v| v.kind()) {
            None | Some(VisibilityKind::PubSelf) => module,
            Some(VisibilityKind::PubCrate) => self.crates[data.krate.0].root,
            Some(VisibilityKind::PubSuper) => data.parent.unwrap_or(module),
            Some(VisibilityKind::Pub | VisibilityKind::In(_)) => return true,
        };
        self.is_within(from, within)
    }

    /// What a glob import opens. `None` while it is being found out: its own path does not lead through it.
    fn glob_target(&self, file: FileId, glob: &Import) -> Option<Def> {
        let key = glob.tree.syntax();
        if let Some(known) = self.glob_targets.borrow().get(key) {
            return known.clone();
        }
        self.glob_targets.borrow_mut().insert(key.clone(), None);
        self.following.set(self.following.get() + 1);
        let def = self.follow(file, glob, Namespace::Type);
        self.following.set(self.following.get() - 1);
        self.glob_targets
            .borrow_mut()
            .insert(key.clone(), Some(def.clone()));
        Some(def)
    }

    fn in_scope(
        &self,
        file: FileId,
        node: &SyntaxNode,
        scope: &Rc<Scope>,
        name: &str,
        ns: Namespace,
        from: Option<ModuleId>,
    ) -> Option<Def> {
        let hidden = |item: Option<&SyntaxNode>| {
            let item = item.and_then(|n| AnyHasVisibility::cast(n.clone()));
            let module = from.and_then(|_| self.module_of(file, node));
            from.zip(module)
                .is_some_and(|(from, module)| !self.reaches(item, module, from))
        };
        let mut found: Option<Def> = None;
        let entries = || scope.entries.get(name).into_iter().flatten();
        // what is declared here comes first: an import beside it is of another namespace, but for `cfg` variants
        let declared = entries().filter(|e| !matches!(e, Entry::Import(_)));
        let imported = entries().filter(|e| matches!(e, Entry::Import(_)));
        for entry in declared.chain(imported) {
            // one that a macro declares is not found
            let declaration = || {
                let mut modules = node.children().filter_map(ast::Module::cast);
                let it = modules.find(|m| m.name().is_some_and(|n| n.text() == name))?;
                Some(it.syntax().clone())
            };
            let item = match entry {
                Entry::Module(_) if from.is_some() => declaration(),
                _ => entry.item(),
            };
            if from.is_some() && hidden(item.as_ref()) {
                // nothing comes by a glob beside it
                let takes = match entry {
                    Entry::Import(import) => self
                        .imported(file, import, ns)
                        .is_some_and(|d| d != Def::Unknown),
                    Entry::Value(_) => ns == Namespace::Value,
                    Entry::Type(_) | Entry::Module(_) | Entry::ExternCrate(_) => {
                        ns == Namespace::Type
                    }
                };
                if takes {
                    return None;
                }
                continue;
            }
            let def = match (entry, ns) {
                (Entry::Import(import), _) => {
                    if found.is_some() && !import.is_conditional() {
                        continue;
                    }
                    let Some(def) = self.imported(file, import, ns) else {
                        continue;
                    };
                    def
                }
                (Entry::Module(m), Namespace::Type) => Def::Module(*m),
                (Entry::ExternCrate(krate), Namespace::Type) => {
                    let module = self.module_of(file, node)?;
                    self.extern_crate(module, krate)
                }
                (Entry::Type(item), Namespace::Type) | (Entry::Value(item), Namespace::Value) => {
                    Def::Local(file, item.clone())
                }
                _ => continue,
            };
            // `cfg` variants that disagree cannot be told apart
            match &found {
                Some(known) if *known != def && self.item_of(known) != self.item_of(&def) => {
                    return Some(Def::Unknown);
                }
                _ => found = Some(def),
            }
        }
        if found.is_some() {
            return found;
        }
        for glob in &scope.globs {
            if from.is_some() && hidden(use_item(&glob.tree).as_ref().map(AstNode::syntax)) {
                continue;
            }
            let target = self.glob_target(file, glob);
            let Some(target) = target else { continue };
            let def = match &target {
                // a module's glob does not see itself through a child that imports it back
                Def::Module(m) => {
                    let here = self.module_of(file, node);
                    here.and_then(|here| self.glob_member(*m, name, ns, here))
                }
                Def::Local(at, node) => {
                    variant_of(node, name).map(|variant| Def::Variant(*at, variant))
                }
                Def::Bus(path) => {
                    let mut path = path.clone();
                    path.push(name.to_owned());
                    (api::item_at(&path).is_some() || api::is_module(&path))
                        .then_some(Def::Bus(path))
                }
                // all that is known of the standard library's modules
                Def::External(path) if name == "Arc" && path.ends_with(&["sync".to_owned()]) => {
                    let mut path = path.clone();
                    path.push(name.to_owned());
                    is_std_arc(&path).then_some(Def::External(path))
                }
                _ => None,
            };
            if def.is_some() {
                return def;
            }
        }
        None
    }

    /// What an import brings in of a namespace. `None`: it is of the other one, or being followed: its own path does not
    /// lead through it.
    fn imported(&self, file: FileId, import: &Import, ns: Namespace) -> Option<Def> {
        let key = import.tree.syntax();
        if self.imports.borrow().contains(key) {
            self.passed_over.set(self.passed_over.get() + 1);
            return None;
        }
        self.imports.borrow_mut().push(key.clone());
        let def = self.follow(file, import, ns);
        let is_value = || match ns {
            Namespace::Type => self.follow(file, import, Namespace::Value) != Def::Unknown,
            Namespace::Value => true,
        };
        let is_other = def == Def::Unknown && is_value();
        self.imports.borrow_mut().pop();
        (!is_other).then_some(def)
    }

    fn glob_member(
        &self,
        module: ModuleId,
        name: &str,
        ns: Namespace,
        from: ModuleId,
    ) -> Option<Def> {
        // modules may glob each other
        let key = (module, name.to_owned());
        if !self.globs.borrow_mut().insert(key.clone()) {
            return None;
        }
        let def = self.seen_in(module, name, ns, from);
        self.globs.borrow_mut().remove(&key);
        def
    }

    /// What an import's path means.
    pub(crate) fn follow(&self, file: FileId, import: &Import, ns: Namespace) -> Def {
        // `use x::y;` looks `x` up around the import, but never finds itself
        let own_name = import.segments.len() == 1
            && !import.absolute
            && import_name(&import.tree, &import.segments).as_ref() == import.segments.first()
            && import.tree.star_token().is_none();
        if own_name && let Some(module) = self.module_of(file, import.tree.syntax()) {
            return self.extern_crate(module, &import.segments[0]);
        }
        self.resolve(
            file,
            import.tree.syntax(),
            &import.segments,
            import.absolute,
            ns,
        )
    }

    /// A crate in reach of a module, by its own name or by the one that the crate's root gives it.
    fn extern_crate(&self, module: ModuleId, name: &str) -> Def {
        let own = self.dependency(module, name);
        if own != Def::Unknown {
            return own;
        }
        let krate = &self.crates[self.modules[module.0].krate.0];
        let at_root = self.module_scope(krate.root);
        let renamed = at_root.iter().find_map(|scope| {
            let mut entries = scope.entries.get(name)?.iter();
            entries.find_map(|e| match e {
                Entry::ExternCrate(of) if of != name => Some(of.clone()),
                _ => None,
            })
        });
        renamed.map_or(Def::Unknown, |of| self.dependency(module, &of))
    }

    /// A crate in reach of a module: dependencies, the package's own library, the standard ones.
    fn dependency(&self, module: ModuleId, name: &str) -> Def {
        let krate = &self.crates[self.modules[module.0].krate.0];
        if let Some(package) = krate.package {
            let data = self.workspace.package(package);
            if let Some(dependency) = data.dependencies.iter().find(|d| d.extern_name == name) {
                if api::is_bus_package(&dependency.package) {
                    return Def::Bus(Vec::new());
                }
                return match dependency.member.and_then(|m| self.lib(m)) {
                    Some(lib) => Def::Module(lib),
                    None => Def::External(vec![name.to_owned()]),
                };
            }
            let own_lib = data
                .targets
                .iter()
                .any(|t| t.kind == TargetKind::Lib && t.name == name);
            if own_lib
                && krate.kind != TargetKind::Lib
                && let Some(lib) = self.lib(package)
            {
                return Def::Module(lib);
            }
        }
        if matches!(name, "std" | "core" | "alloc") {
            return Def::External(vec![name.to_owned()]);
        }
        Def::Unknown
    }

    fn member(&self, def: &Def, name: &str, ns: Namespace) -> Def {
        match def {
            Def::Bus(path) => {
                let mut path = path.clone();
                path.push(name.to_owned());
                Def::Bus(path)
            }
            Def::External(path) => {
                let mut path = path.clone();
                path.push(name.to_owned());
                Def::External(path)
            }
            Def::Module(module) => self.in_module(*module, name, ns).unwrap_or(Def::Unknown),
            Def::Local(at, node) => match ast::TypeAlias::cast(node.clone()).and_then(|a| a.ty()) {
                Some(ast::Type::PathType(of)) => of.path().map_or(Def::Unknown, |path| {
                    let of = self.resolve_path(*at, &path, Namespace::Type);
                    self.member(&of, name, ns)
                }),
                _ => variant_of(node, name)
                    .map_or(Def::Unknown, |variant| Def::Variant(*at, variant)),
            },
            Def::Variant(..) | Def::Param | Def::Unknown => Def::Unknown,
        }
    }

    /// Whether a path to a type may lead to `item`, by its last name alone: one that stands for it somewhere.
    pub(crate) fn may_be(&self, path: &ast::Path, item: Item) -> bool {
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return true;
        };
        let name = name.text().trim_start_matches("r#");
        name == "Self" || self.names_of(item.name()).iter().any(|n| n == name)
    }

    /// The item of the bus crate that a def is.
    pub(crate) fn item_of(&self, def: &Def) -> Option<Item> {
        match def {
            Def::Bus(path) => api::item_at(path),
            _ => None,
        }
    }

    fn self_type(&self, file: FileId, node: &SyntaxNode) -> Def {
        let Some(tree) = self.tree(file) else {
            return Def::Unknown;
        };
        let Some(ast::Type::PathType(ty)) = tree
            .ancestors(node)
            .find_map(ast::Impl::cast)
            .and_then(|i| i.self_ty())
        else {
            return Def::Unknown;
        };
        ty.path().map_or(Def::Unknown, |p| {
            self.resolve_path(file, &p, Namespace::Type)
        })
    }

    /// The type that a path names, aliases followed.
    pub(crate) fn type_of_path(&self, file: FileId, path: &ast::Path) -> Ty {
        let first_arg = || first_type_arg(path).map_or(Ty::Other, |t| self.type_of(file, &t));
        // `<Type>::name`
        if let Some(anchor) = path.segment().and_then(|s| s.type_anchor()) {
            return match anchor.ty() {
                Some(ty) if anchor.as_token().is_none() => self.type_of(file, &ty),
                _ => Ty::Other,
            };
        }
        let def = self.resolve_path(file, path, Namespace::Type);
        if let Some(item) = self.item_of(&def) {
            return Ty::Item(item);
        }
        match def {
            Def::External(path) if is_std_arc(&path) => Ty::Arc(Box::new(first_arg())),
            Def::Local(file, node) => {
                let alias = ast::TypeAlias::cast(node);
                let ty = alias.as_ref().and_then(ast::TypeAlias::ty);
                let Some(ty) = ty.filter(|_| self.depth.get() < MAX_HOPS) else {
                    return Ty::Other;
                };
                self.depth.set(self.depth.get() + 1);
                let aliased = self.type_of(file, &ty);
                self.depth.set(self.depth.get() - 1);
                // `type Result<T> = std::result::Result<T, Error>`
                let is_open = alias.is_some_and(|a| holds_first_param(&a, &ty));
                match aliased {
                    Ty::Result(_) if is_open => Ty::Result(Box::new(first_arg())),
                    Ty::Option(_) if is_open => Ty::Option(Box::new(first_arg())),
                    Ty::Arc(_) if is_open => Ty::Arc(Box::new(first_arg())),
                    aliased => aliased,
                }
            }
            Def::External(_) | Def::Unknown => match path
                .segment()
                .and_then(|s| s.name_ref())
                .as_ref()
                .map(ToString::to_string)
                .as_deref()
            {
                Some("Result") => Ty::Result(Box::new(first_arg())),
                Some("Option") => Ty::Option(Box::new(first_arg())),
                _ => Ty::Other,
            },
            _ => Ty::Other,
        }
    }

    /// The static of the workspace that an expression names.
    pub(crate) fn static_at(&self, file: FileId, expr: &ast::Expr) -> Option<(FileId, SyntaxNode)> {
        let ast::Expr::PathExpr(it) = expr else {
            return None;
        };
        match self.resolve_path(file, &it.path()?, Namespace::Value) {
            Def::Local(at, node) if ast::Static::can_cast(node.kind()) => Some((at, node)),
            _ => None,
        }
    }

    /// Whether a path names the standard library's `Arc`, or an alias of an `Arc<…>`.
    pub(crate) fn is_arc(&self, file: FileId, path: &ast::Path) -> bool {
        match self.resolve_path(file, path, Namespace::Type) {
            Def::External(path) => is_std_arc(&path),
            Def::Local(..) => matches!(self.type_of_path(file, path), Ty::Arc(_)),
            _ => false,
        }
    }

    /// What a type is.
    pub(crate) fn type_of(&self, file: FileId, ty: &ast::Type) -> Ty {
        match ty {
            ast::Type::PathType(it) => it.path().map_or(Ty::Other, |p| self.type_of_path(file, &p)),
            ast::Type::RefType(it) => Ty::Ref(Box::new(
                it.ty().map_or(Ty::Other, |t| self.type_of(file, &t)),
            )),
            ast::Type::ParenType(it) => it.ty().map_or(Ty::Other, |t| self.type_of(file, &t)),
            _ => Ty::Other,
        }
    }
}

/// The variant of that name, if `node` is an enum.
pub(crate) fn variant_of(node: &SyntaxNode, name: &str) -> Option<SyntaxNode> {
    let list = ast::Enum::cast(node.clone())?.variant_list()?;
    let mut variants = list.variants();
    let variant = variants.find(|v| v.name().is_some_and(|n| n.text() == name))?;
    Some(variant.syntax().clone())
}

/// The first type that a path's last name is given.
pub(crate) fn first_type_arg(path: &ast::Path) -> Option<ast::Type> {
    let args = path.segment()?.generic_arg_list()?;
    args.generic_args().find_map(|a| match a {
        ast::GenericArg::TypeArg(it) => it.ty(),
        _ => None,
    })
}

/// Whether what an alias stands for holds the first of the alias's own parameters, and nothing around it.
fn holds_first_param(alias: &ast::TypeAlias, ty: &ast::Type) -> bool {
    let own = alias.generic_param_list();
    let own = own.and_then(|l| l.type_or_const_params().next()?.name());
    let ast::Type::PathType(ty) = ty else {
        return false;
    };
    let held = ty.path().and_then(|p| first_type_arg(&p));
    own.zip(held)
        .is_some_and(|(own, held)| held.syntax().text() == own.text())
}

/// `std::sync::Arc`, whichever facade it comes through.
fn is_std_arc(path: &[String]) -> bool {
    matches!(path, [krate, sync, arc] if matches!(krate.as_str(), "std" | "alloc") && sync == "sync" && arc == "Arc")
}

const PRELUDE: &[&str] = &[
    "Box", "Default", "Err", "From", "Into", "None", "Ok", "Option", "Result", "Some", "String",
    "Vec", "drop",
];

/// Whether a node declares a generic type of that name.
pub(crate) fn declares_type_param(node: &SyntaxNode, name: &str) -> bool {
    let list = match node.kind() {
        SyntaxKind::FN => ast::Fn::cast(node.clone()).and_then(|n| n.generic_param_list()),
        SyntaxKind::IMPL => ast::Impl::cast(node.clone()).and_then(|n| n.generic_param_list()),
        SyntaxKind::STRUCT => ast::Struct::cast(node.clone()).and_then(|n| n.generic_param_list()),
        SyntaxKind::ENUM => ast::Enum::cast(node.clone()).and_then(|n| n.generic_param_list()),
        SyntaxKind::TRAIT => ast::Trait::cast(node.clone()).and_then(|n| n.generic_param_list()),
        SyntaxKind::TYPE_ALIAS => {
            ast::TypeAlias::cast(node.clone()).and_then(|n| n.generic_param_list())
        }
        _ => None,
    };
    list.is_some_and(|l| {
        l.generic_params().any(|p| match p {
            ast::GenericParam::TypeParam(t) => t.name().is_some_and(|n| n.text() == name),
            _ => false,
        })
    })
}
