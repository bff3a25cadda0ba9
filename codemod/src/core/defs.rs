//! Crates, modules and what each scope declares.
//!
//! Belongs here: the module tree of every package, and the names that a module or a block brings in. Does not:
//! following paths (`resolve`).

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{Edition, SyntaxNode, TextRange, TextSize};

use super::api::Item;
use super::compose;
use super::edit::Edit;
use super::lex::{self, ModDecl};
use super::macros::Macros;
use super::pass::contexts::{Context, HELD};
use super::resolve::{Def, Namespace};
use super::search::{self, Renames};
use super::tree::FileTree;
use super::workspace::{FileId, Language, PackageId, Target, TargetKind, Workspace, normalize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CrateId(pub(crate) usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) usize);

pub(crate) struct CrateData {
    pub(crate) package: Option<PackageId>,
    pub(crate) kind: TargetKind,
    pub(crate) root: ModuleId,
}

pub(crate) struct ModuleData {
    pub(crate) krate: CrateId,
    pub(crate) parent: Option<ModuleId>,
    pub(crate) file: FileId,
    /// Where the name of a `mod x { … }` starts, as an offset in its file. `None`: the file itself is the module.
    pub(crate) inline_at: Option<usize>,
    pub(crate) children: BTreeMap<String, Vec<ModuleId>>,
    /// Compiled for tests only, by its own attribute or that of a module around it.
    pub(crate) test: bool,
}

/// What one scope (module or block) declares.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) entries: BTreeMap<String, Vec<Entry>>,
    pub(crate) globs: Vec<Import>,
}

impl Scope {
    /// The names that imports bring.
    pub(crate) fn imported(&self) -> impl Iterator<Item = &String> {
        let is_import = |e: &Entry| matches!(e, Entry::Import(_));
        let named = self.entries.iter();
        let imported = named.filter(move |(_, entries)| entries.iter().any(is_import));
        imported.map(|(name, _)| name)
    }
}

#[derive(Clone)]
pub(crate) enum Entry {
    Import(Import),
    Module(ModuleId),
    ExternCrate(String),
    /// A type, trait or other item in the type namespace.
    Type(SyntaxNode),
    /// A function, constant or static.
    Value(SyntaxNode),
}

impl Entry {
    /// The item that says who sees it. `None`: it is not known.
    pub(crate) fn item(&self) -> Option<SyntaxNode> {
        match self {
            Self::Import(import) => use_item(&import.tree).map(|u| u.syntax().clone()),
            Self::Type(node) | Self::Value(node) => Some(node.clone()),
            Self::Module(_) | Self::ExternCrate(_) => None,
        }
    }
}

/// A leaf of a use tree.
#[derive(Clone)]
pub(crate) struct Import {
    pub(crate) tree: ast::UseTree,
    pub(crate) segments: Vec<String>,
    /// Starts with `::`.
    pub(crate) absolute: bool,
}

impl Import {
    /// Whether only some builds have it.
    pub(crate) fn is_conditional(&self) -> bool {
        use_item(&self.tree).is_some_and(|u| is_conditional(u.syntax()))
    }
}

/// Whether only some builds have an item.
pub(crate) fn is_conditional(item: &SyntaxNode) -> bool {
    let mut attrs = item.children().filter(|c| ast::Attr::can_cast(c.kind()));
    attrs.any(|a| a.text().to_string().contains("cfg"))
}

/// What names mean. `None`: nothing.
type Names = HashMap<String, Option<Def>>;

/// What blocks and modules declare. Read without its module, a scope lacks the modules inside of it.
type Scopes = HashMap<(SyntaxNode, Option<ModuleId>), Rc<Scope>>;

/// Everything that name resolution needs.
pub(crate) struct Index<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) crates: Vec<CrateData>,
    pub(crate) modules: Vec<ModuleData>,
    /// Whether passing comes after, with an index of what the edits of this one give.
    pub(crate) is_first: bool,
    /// Whether the earlier one is a step on the way here, of which nothing is told.
    pub(crate) is_detour: bool,
    /// Aliases that go from the whole workspace, or are not there: what exports them does not keep them.
    pub(crate) passing_aliases: Vec<String>,
    /// The structs among these that held a coordinator, and the field that did.
    pub(crate) wrapped: Vec<(String, String)>,
    /// Structs whose coordinator is held in the place of what led to it.
    pub(crate) contexts: Vec<Context>,
    /// The workspace's own macros.
    pub(crate) macros: Rc<Macros>,
    trees: Vec<OnceCell<Option<Rc<FileTree>>>>,
    decls: Vec<OnceCell<Rc<Vec<ModDecl>>>>,
    renames: OnceCell<Renames>,
    names: RefCell<HashMap<String, Rc<Vec<String>>>>,
    by_path: HashMap<PathBuf, FileId>,
    file_modules: HashMap<FileId, ModuleId>,
    libs: HashMap<PackageId, ModuleId>,
    /// How many crates are targets. The others are files that no module tree reaches.
    targets: usize,
    /// Files that a crate declares more than once.
    declared_again: HashSet<FileId>,
    /// Files that several crates declare. One of these is followed.
    shared: HashSet<FileId>,
    scopes: RefCell<Scopes>,
    /// How many imports and aliases the path in hand has been followed through.
    pub(crate) depth: Cell<usize>,
    /// Glob lookups under way.
    pub(crate) globs: RefCell<HashSet<(ModuleId, String)>>,
    /// How many globs are being followed.
    pub(crate) following: Cell<usize>,
    /// Imports that are being followed.
    pub(crate) imports: RefCell<Vec<SyntaxNode>>,
    /// How often one of them was passed over.
    pub(crate) passed_over: Cell<usize>,
    /// What globs open, by their use tree. `None`: it is being found out.
    pub(crate) glob_targets: RefCell<HashMap<SyntaxNode, Option<Def>>>,
    /// What names mean in modules.
    pub(crate) known: RefCell<HashMap<(ModuleId, Namespace), Names>>,
    /// What the files were before earlier edits. Those without edits share what was read of them.
    earlier: Option<(&'a Index<'a>, &'a BTreeMap<FileId, Vec<Edit>>)>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self::build(workspace, None)
    }

    /// An index of what `edits` made of the files of `before`; places are told as they were there.
    pub(crate) fn after(
        workspace: &'a Workspace,
        before: &'a Index<'a>,
        edits: &'a BTreeMap<FileId, Vec<Edit>>,
    ) -> Self {
        Self::build(workspace, Some((before, edits)))
    }

    fn build(
        workspace: &'a Workspace,
        earlier: Option<(&'a Index<'a>, &'a BTreeMap<FileId, Vec<Edit>>)>,
    ) -> Self {
        let mut index = Self {
            workspace,
            crates: Vec::new(),
            modules: Vec::new(),
            is_first: false,
            is_detour: false,
            wrapped: Vec::new(),
            contexts: Vec::new(),
            passing_aliases: match earlier {
                Some((before, _)) => before.passing_aliases.clone(),
                None => Vec::new(),
            },
            macros: match earlier {
                Some((before, _)) => Rc::clone(&before.macros),
                None => Rc::new(Macros::of(workspace)),
            },
            trees: vec![OnceCell::new(); workspace.files.len()],
            decls: vec![OnceCell::new(); workspace.files.len()],
            renames: OnceCell::new(),
            names: RefCell::default(),
            by_path: workspace
                .files
                .iter()
                .enumerate()
                .map(|(i, f)| (f.path.clone(), FileId(i)))
                .collect(),
            file_modules: HashMap::new(),
            libs: HashMap::new(),
            targets: 0,
            declared_again: HashSet::new(),
            shared: HashSet::new(),
            scopes: RefCell::default(),
            depth: Cell::default(),
            globs: RefCell::default(),
            following: Cell::default(),
            imports: RefCell::default(),
            passed_over: Cell::default(),
            glob_targets: RefCell::default(),
            known: RefCell::default(),
            earlier,
        };
        for (i, package) in workspace.packages.iter().enumerate() {
            for target in &package.targets {
                let Some(&file) = index.by_path.get(&normalize(&target.root)) else {
                    continue;
                };
                let root = index.add_crate(Some(PackageId(i)), target.kind, file);
                if target.kind == TargetKind::Lib {
                    index.libs.insert(PackageId(i), root);
                }
            }
        }
        index.targets = index.crates.len();
        // what no module tree reaches (included files, folders of other tools) still has a package to name things in
        for (i, file) in workspace.files.iter().enumerate() {
            if file.language == Language::Rust && !index.file_modules.contains_key(&FileId(i)) {
                let in_tests = file.path.components().any(|c| c.as_os_str() == "tests");
                let kind = if in_tests {
                    TargetKind::Test
                } else {
                    TargetKind::Bin
                };
                index.add_crate(file.package, kind, FileId(i));
            }
        }
        index
    }

    /// The earlier index, if it has the same text of the file.
    fn unchanged(&self, file: FileId) -> Option<&'a Index<'a>> {
        let same = |before: &Index<'_>| {
            let (now, then) = (self.workspace.file(file), before.workspace.file(file));
            Arc::ptr_eq(&now.text, &then.text)
        };
        self.earlier.map(|(before, _)| before).filter(|b| same(b))
    }

    /// The modules that a file declares.
    fn mod_decls(&self, file: FileId) -> Rc<Vec<ModDecl>> {
        let read = || match self.unchanged(file) {
            Some(before) => before.mod_decls(file),
            None => {
                let text = &self.workspace.file(file).text;
                Rc::new(lex::mod_decls(text, self.edition(file)))
            }
        };
        Rc::clone(self.decls[file.0].get_or_init(read))
    }

    /// The index of the files as they were before the first step.
    pub(crate) fn before(&self) -> Option<&'a Index<'a>> {
        let (before, _) = self.earlier?;
        match self.is_detour {
            true => before.before(),
            false => Some(before),
        }
    }

    /// Where a range was in the files that were read first.
    pub(crate) fn origin(&self, file: FileId, range: TextRange) -> TextRange {
        let Some((before, edits)) = self.earlier else {
            return range;
        };
        let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
        let len = before.workspace.file(file).text.len();
        let at = |at| compose::origin(len, own, at);
        before.origin(file, TextRange::new(at(range.start()), at(range.end())))
    }

    /// `path:line` of an offset, in the file that a person sees.
    pub(crate) fn place(&self, file: FileId, at: TextSize) -> String {
        if let Some((before, edits)) = self.earlier {
            let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
            let len = before.workspace.file(file).text.len();
            return before.place(file, compose::origin(len, own, at));
        }
        let (mut file, mut at, workspace) = (file, at, self.workspace);
        if let Some(example) = &workspace.file(file).example {
            (file, at) = (example.host, example.to_host(at));
        }
        let source = workspace.file(file);
        let before = source.text.get(..usize::from(at)).unwrap_or(&source.text);
        let line = before.matches('\n').count() + 1;
        format!("{}:{line}", source.path.display())
    }

    /// Names that may stand for what is called `name` somewhere: itself first, then those of aliases and renames.
    pub(crate) fn names_of(&self, name: &str) -> Rc<Vec<String>> {
        if let Some(known) = self.names.borrow().get(name) {
            return Rc::clone(known);
        }
        let renames = self.renames.get_or_init(|| search::renames(self.workspace));
        let mut names = vec![name.to_owned()];
        let mut at = 0;
        while at < names.len() {
            for new in renames.get(names[at].as_str()).into_iter().flatten() {
                if !names.iter().any(|n| n == new) {
                    names.push((*new).to_owned());
                }
            }
            at += 1;
        }
        if self.is_detour && name == Item::Coordinator.name() {
            names.push(HELD.to_owned());
        }
        names[1..].sort();
        let names = Rc::new(names);
        let mut known = self.names.borrow_mut();
        Rc::clone(known.entry(name.to_owned()).or_insert(names))
    }

    fn add_crate(
        &mut self,
        package: Option<PackageId>,
        kind: TargetKind,
        file: FileId,
    ) -> ModuleId {
        let krate = CrateId(self.crates.len());
        let root = ModuleId(self.modules.len());
        self.crates.push(CrateData {
            package,
            kind,
            root,
        });
        self.modules.push(ModuleData {
            krate,
            parent: None,
            file,
            inline_at: None,
            children: BTreeMap::new(),
            test: kind == TargetKind::Test,
        });
        self.file_modules.entry(file).or_insert(root);
        let decls = self.mod_decls(file);
        let dir = parent_dir(&self.workspace.file(file).path);
        let mut seen = HashSet::from([file]);
        self.add_modules(root, &decls, &dir, &dir, &mut seen);
        root
    }

    /// Adds what `decls` declares. `dir`: where `mod x;` looks; `path_dir`: where `#[path]` starts.
    fn add_modules(
        &mut self,
        parent: ModuleId,
        decls: &[ModDecl],
        dir: &Path,
        path_dir: &Path,
        seen: &mut HashSet<FileId>,
    ) {
        for decl in decls {
            let parent_data = &self.modules[parent.0];
            let (krate, parent_file) = (parent_data.krate, parent_data.file);
            let test = parent_data.test || decl.cfg_test;
            let id = ModuleId(self.modules.len());
            let mut data = ModuleData {
                krate,
                parent: Some(parent),
                file: parent_file,
                inline_at: None,
                children: BTreeMap::new(),
                test,
            };
            if let Some(inner) = &decl.inline {
                data.inline_at = Some(decl.range.start);
                self.modules.push(data);
                self.adopt(parent, &decl.name, id);
                let below = decl
                    .path
                    .as_ref()
                    .map_or_else(|| dir.join(&decl.name), |p| path_dir.join(p));
                self.add_modules(id, inner, &below, &below, seen);
                continue;
            }
            let candidates = match &decl.path {
                Some(path) => vec![path_dir.join(path)],
                None => vec![
                    dir.join(format!("{}.rs", decl.name)),
                    dir.join(&decl.name).join("mod.rs"),
                ],
            };
            let Some(file) = candidates
                .iter()
                .find_map(|c| self.by_path.get(&normalize(c)).copied())
            else {
                continue;
            };
            if !seen.insert(file) {
                self.declared_again.insert(file);
                continue;
            }
            data.file = file;
            self.modules.push(data);
            if *self.file_modules.entry(file).or_insert(id) != id {
                self.shared.insert(file);
            }
            self.adopt(parent, &decl.name, id);
            let path = self.workspace.file(file).path.clone();
            let own_dir = parent_dir(&path);
            let is_mod_rs = path.file_name().is_some_and(|n| n == "mod.rs") || decl.path.is_some();
            let below = if is_mod_rs {
                own_dir.clone()
            } else {
                own_dir.join(&decl.name)
            };
            let decls = self.mod_decls(file);
            self.add_modules(id, &decls, &below, &own_dir, seen);
        }
    }

    /// The files in which what is private to the modules of `file` may be named: those of the modules below them, and those
    /// that no module tree reaches, as one of these may include them.
    pub(crate) fn files_below(&self, file: FileId) -> HashSet<FileId> {
        let mut below: Vec<bool> = Vec::with_capacity(self.modules.len());
        let mut out = HashSet::from([file]);
        // parents come before their children
        for module in &self.modules {
            let example = &self.workspace.file(module.file).example;
            let is_below = module.file == file
                || self.declared_again.contains(&module.file)
                || module.parent.is_some_and(|p| below[p.0])
                || (module.krate.0 >= self.targets && example.as_ref().is_none_or(|e| !e.compiled));
            below.push(is_below);
            if is_below {
                out.insert(module.file);
            }
        }
        out
    }

    fn adopt(&mut self, parent: ModuleId, name: &str, child: ModuleId) {
        self.modules[parent.0]
            .children
            .entry(name.to_owned())
            .or_default()
            .push(child);
    }

    pub(crate) fn edition(&self, file: FileId) -> Edition {
        self.workspace
            .file(file)
            .package
            .map_or(Edition::Edition2021, |p| self.workspace.package(p).edition)
    }

    /// The file's tree. `None` if it is nested too deeply to be parsed.
    pub(crate) fn tree(&self, file: FileId) -> Option<&FileTree> {
        self.shared_tree(file).as_deref()
    }

    fn shared_tree(&self, file: FileId) -> &Option<Rc<FileTree>> {
        self.trees[file.0].get_or_init(|| {
            if let Some(before) = self.unchanged(file) {
                return before.shared_tree(file).clone();
            }
            let source = self.workspace.file(file);
            if source.language != Language::Rust {
                return None;
            }
            let macros = &self.macros.readable;
            FileTree::parse(&source.text, self.edition(file), macros).map(Rc::new)
        })
    }

    /// Whether code outside of its crate may name what is public in a module: it is one of a library, or of a file that
    /// no module tree reaches, which a library may include.
    pub(crate) fn may_be_of_library(&self, module: ModuleId) -> bool {
        let krate = &self.crates[self.modules[module.0].krate.0];
        let root = &self.workspace.file(self.modules[krate.root.0].file).path;
        let targets = krate.package.map(|p| &self.workspace.package(p).targets);
        let is_target = |t: &Target| t.kind == krate.kind && normalize(&t.root) == *root;
        krate.kind == TargetKind::Lib || !targets.is_some_and(|all| all.iter().any(is_target))
    }

    /// Whether code in one file may name what another one declares, by what their packages depend on. `written`: it is
    /// written by a macro, and so resolved where that is called.
    pub(crate) fn may_name(&self, from: FileId, to: FileId, written: bool) -> bool {
        let krate = |f: FileId| {
            let module = self.file_modules.get(&f);
            let module = module.filter(|_| !self.is_shared(f));
            module.map(|m| self.modules[m.0].krate)
        };
        let (Some(from), Some(to)) = (krate(from), krate(to)) else {
            return true;
        };
        let open = |k: CrateId| self.may_be_of_library(self.crates[k.0].root);
        let reaches = |from: CrateId, to: CrateId| {
            let packages = (self.crates[from.0].package, self.crates[to.0].package);
            let (Some(from), Some(own)) = packages else {
                return true;
            };
            open(to) && self.depends(from, own)
        };
        from == to || reaches(from, to) || (written && reaches(to, from))
    }

    /// Whether a package is another one, or depends on it.
    fn depends(&self, from: PackageId, on: PackageId) -> bool {
        let mut reached = vec![from];
        let mut at = 0;
        while let Some(package) = reached.get(at).copied() {
            let dependencies = self.workspace.package(package).dependencies.iter();
            for member in dependencies.filter_map(|d| d.member) {
                if !reached.contains(&member) {
                    reached.push(member);
                }
            }
            at += 1;
        }
        reached.contains(&on)
    }

    /// Whether several crates have a file, or one has it several times.
    pub(crate) fn is_shared(&self, file: FileId) -> bool {
        self.shared.contains(&file) || self.declared_again.contains(&file)
    }

    /// Whether no module tree reaches a file of code, so that it stands in another one if it is compiled at all.
    pub(crate) fn is_included(&self, file: FileId) -> bool {
        let module = self.file_modules.get(&file);
        let apart = module.is_some_and(|m| self.modules[m.0].krate.0 >= self.targets);
        apart && self.workspace.file(file).example.is_none()
    }

    /// The library of a package.
    pub(crate) fn lib(&self, package: PackageId) -> Option<ModuleId> {
        self.libs.get(&package).copied()
    }

    pub(crate) fn package_of(&self, module: ModuleId) -> Option<PackageId> {
        self.crates[self.modules[module.0].krate.0].package
    }

    /// The module around a node.
    pub(crate) fn module_of(&self, file: FileId, node: &SyntaxNode) -> Option<ModuleId> {
        let mut module = *self.file_modules.get(&file)?;
        let tree = self.tree(file)?;
        let mut around: Vec<ast::Module> = tree
            .ancestors(node)
            .filter_map(ast::Module::cast)
            .filter(|m| m.item_list().is_some() && m.syntax() != node)
            .collect();
        around.reverse();
        for inline in around {
            let at = inline
                .mod_token()
                .map(|t| usize::from(t.text_range().start()));
            let name = inline.name()?.text().trim_start_matches("r#").to_owned();
            let children = self.modules[module.0].children.get(&name)?;
            module = *children
                .iter()
                .find(|c| self.modules[c.0].inline_at == at)
                .or(children.first())?;
        }
        Some(module)
    }

    /// The node that holds a module's items: the source file, or the item list of `mod x { … }`.
    pub(crate) fn module_node(&self, module: ModuleId) -> Option<SyntaxNode> {
        let data = &self.modules[module.0];
        let root = &self.tree(data.file)?.root;
        let Some(at) = data.inline_at else {
            return Some(root.clone());
        };
        let token = root
            .token_at_offset(TextSize::try_from(at).ok()?)
            .right_biased()?;
        token
            .parent_ancestors()
            .find_map(ast::Module::cast)?
            .item_list()
            .map(|l| l.syntax().clone())
    }

    /// What the module declares.
    pub(crate) fn module_scope(&self, module: ModuleId) -> Option<Rc<Scope>> {
        let node = self.module_node(module)?;
        Some(self.scope_of(&node, Some(module)))
    }

    /// What a module's or block's items declare; `module` gives child modules their ids.
    pub(crate) fn scope_of(&self, node: &SyntaxNode, module: Option<ModuleId>) -> Rc<Scope> {
        let key = (node.clone(), module);
        if let Some(scope) = self.scopes.borrow().get(&key) {
            return Rc::clone(scope);
        }
        let mut scope = Scope::default();
        for item in node.children().filter_map(ast::Item::cast) {
            self.declare(&item, module, &mut scope);
        }
        let scope = Rc::new(scope);
        self.scopes.borrow_mut().insert(key, Rc::clone(&scope));
        scope
    }

    fn declare(&self, item: &ast::Item, module: Option<ModuleId>, scope: &mut Scope) {
        let mut add = |name: Option<ast::Name>, entry: Entry| {
            if let Some(name) = name {
                let name = name.text().trim_start_matches("r#").to_owned();
                scope.entries.entry(name).or_default().push(entry);
            }
        };
        let node = item.syntax().clone();
        match item {
            ast::Item::Use(it) => {
                if let Some(tree) = it.use_tree() {
                    declare_use(&tree, &mut Vec::new(), false, scope);
                }
            }
            ast::Item::Module(it) => {
                let Some(name) = it.name() else { return };
                let name = name.text().trim_start_matches("r#").to_owned();
                let children = module.and_then(|m| self.modules[m.0].children.get(&name));
                for child in children.into_iter().flatten() {
                    scope
                        .entries
                        .entry(name.clone())
                        .or_default()
                        .push(Entry::Module(*child));
                }
            }
            ast::Item::ExternCrate(it) => {
                let Some(krate) = it.name_ref() else { return };
                let krate = krate.text().to_string();
                let name = match it.rename() {
                    Some(rename) => rename.name().map(|n| n.text().to_string()),
                    None => Some(krate.clone()),
                };
                if let Some(name) = name {
                    scope
                        .entries
                        .entry(name)
                        .or_default()
                        .push(Entry::ExternCrate(krate));
                }
            }
            ast::Item::Struct(it) => {
                add(it.name(), Entry::Type(node.clone()));
                if matches!(it.kind(), ast::StructKind::Tuple(_) | ast::StructKind::Unit) {
                    add(it.name(), Entry::Value(node));
                }
            }
            ast::Item::Enum(it) => add(it.name(), Entry::Type(node)),
            ast::Item::Union(it) => add(it.name(), Entry::Type(node)),
            ast::Item::Trait(it) => add(it.name(), Entry::Type(node)),
            ast::Item::TypeAlias(it) => add(it.name(), Entry::Type(node)),
            ast::Item::Fn(it) => add(it.name(), Entry::Value(node)),
            ast::Item::Const(it) => add(it.name(), Entry::Value(node)),
            ast::Item::Static(it) => add(it.name(), Entry::Value(node)),
            _ => {}
        }
    }
}

/// Adds the leaves of a use tree to `scope`.
fn declare_use(tree: &ast::UseTree, prefix: &mut Vec<String>, absolute: bool, scope: &mut Scope) {
    let before = prefix.len();
    let mut absolute = absolute;
    if let Some(path) = tree.path() {
        absolute |= before == 0 && starts_absolute(&path);
        prefix.extend(segments(&path));
    } else if before == 0 && tree.coloncolon_token().is_some() {
        absolute = true;
    }
    if let Some(list) = tree.use_tree_list() {
        for child in list.use_trees() {
            declare_use(&child, prefix, absolute, scope);
        }
    } else {
        let mut path = prefix.clone();
        // `a::{self}` names `a`
        if path.len() > 1 && path.last().is_some_and(|s| s == "self") {
            path.pop();
        }
        let import = Import {
            tree: tree.clone(),
            segments: path,
            absolute,
        };
        if tree.star_token().is_some() {
            scope.globs.push(import);
        } else if let Some(name) = import_name(tree, &import.segments) {
            scope
                .entries
                .entry(name)
                .or_default()
                .push(Entry::Import(import));
        }
    }
    prefix.truncate(before);
}

/// The item that a use tree stands in.
pub(crate) fn use_item(tree: &ast::UseTree) -> Option<ast::Use> {
    tree.syntax().ancestors().find_map(ast::Use::cast)
}

/// The path of a leaf of a use tree, with those around it, and whether it starts with `::`.
pub(crate) fn whole_path(leaf: &ast::UseTree) -> (Vec<String>, bool) {
    let mut around: Vec<ast::UseTree> = (leaf.syntax().ancestors())
        .take_while(|n| !ast::Use::can_cast(n.kind()))
        .filter_map(ast::UseTree::cast)
        .collect();
    around.reverse();
    let paths: Vec<ast::Path> = around.iter().filter_map(ast::UseTree::path).collect();
    let names = paths.iter().flat_map(segments).collect();
    let lead = around
        .first()
        // behind a path it is that of the group
        .is_some_and(|t| t.path().is_none() && t.coloncolon_token().is_some());
    (names, lead || paths.first().is_some_and(starts_absolute))
}

/// The name that a leaf of a use tree brings in; `_` for `as _`, which nothing can look up.
pub(crate) fn import_name(tree: &ast::UseTree, segments: &[String]) -> Option<String> {
    match tree.rename() {
        Some(rename) => Some(
            rename
                .name()
                .map_or_else(|| "_".into(), |n| n.text().to_string()),
        ),
        None => segments.last().cloned(),
    }
}

/// Whether a path starts with `::`.
pub(crate) fn starts_absolute(path: &ast::Path) -> bool {
    path.first_segment()
        .is_some_and(|s| s.coloncolon_token().is_some())
}

/// The names of a path's segments, raw prefixes removed.
pub(crate) fn segments(path: &ast::Path) -> Vec<String> {
    path.segments()
        .filter_map(|s| s.name_ref())
        .map(|n| n.text().trim_start_matches("r#").to_owned())
        .collect()
}

fn parent_dir(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
