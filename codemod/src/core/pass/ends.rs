//! Whether it can be seen when a value ends: by its own `Drop`, or by what it holds.

use ra_ap_syntax::SyntaxKind;
use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{self, AstNode};

use super::super::resolve::{Def, Namespace};
use super::super::search;
use super::super::workspace::FileId;
use super::infer::{Infer, Type, item_name};

/// Types of the standard library and of common crates whose end nobody sees, but for that of what they hold.
const SILENT: &[&str] = &[
    "AbortHandle",
    "Arc",
    "AtomicBool",
    "AtomicI32",
    "AtomicI64",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicU8",
    "AtomicUsize",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "Bytes",
    "BytesMut",
    "CancellationToken",
    "Cell",
    "Cow",
    "DashMap",
    "DashSet",
    "DateTime",
    "Duration",
    "GlobalEventCoordinator",
    "HashMap",
    "HashSet",
    "IndexMap",
    "Instant",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "JoinHandle",
    "Mutex",
    "Notify",
    "OnceCell",
    "OnceLock",
    "Option",
    "OsString",
    "PathBuf",
    "PhantomData",
    "Range",
    "Rc",
    "RefCell",
    "Regex",
    "Result",
    "RwLock",
    "Semaphore",
    "SocketAddr",
    "String",
    "SystemTime",
    "Url",
    "Uuid",
    "Value",
    "Vec",
    "VecDeque",
    "Weak",
    "bool",
    "char",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

/// Whether a type has a `Drop` of its own.
pub(super) fn has_drop(infer: &Infer<'_>, ty: &Type) -> bool {
    let Type::Item(file, node, _) = ty else {
        return false;
    };
    let Some(name) = item_name(node) else {
        return false;
    };
    let workspace = infer.index.workspace;
    let mut files = search::saying(workspace, "Drop")
        .filter(|f| search::says(&workspace.file(*f).text, &name) || f == file);
    files.any(|at| {
        let Some(tree) = infer.index.tree(at) else {
            return true;
        };
        let mut blocks = tree.root.descendants().filter_map(ast::Impl::cast);
        blocks.any(|block| {
            let of_drop = block.trait_().is_some_and(|t| {
                let text = t.syntax().text().to_string();
                text.rsplit("::").next() == Some("Drop")
            });
            let of = block.self_ty().filter(|_| of_drop);
            let of = of.map(|t| infer.lowered(at, &t));
            matches!(of, Some(Type::Item(f, n, _)) if f == *file && n == *node)
        })
    })
}

/// The same of a type as it is written.
pub(super) fn is_written_seen(infer: &Infer<'_>, file: FileId, ty: &ast::Type) -> bool {
    written_ends(infer, file, ty, &mut Vec::new())
}

/// Whether it can be seen when a value of a type ends.
pub(super) fn is_seen(infer: &Infer<'_>, ty: &Type) -> bool {
    ends_in(infer, ty, &mut Vec::new())
}

fn ends_in(infer: &Infer<'_>, ty: &Type, seen: &mut Vec<(FileId, SyntaxNode)>) -> bool {
    match ty {
        Type::Ref(_) | Type::Coordinator => false,
        Type::Tuple(all) => all.iter().any(|t| ends_in(infer, t, seen)),
        Type::Outside(name, args) => {
            !SILENT.contains(&name.as_str()) || args.iter().any(|t| ends_in(infer, t, seen))
        }
        Type::Item(file, node, args) => {
            let known = (*file, node.clone());
            if seen.contains(&known) {
                return false;
            }
            seen.push(known);
            // what implements a trait is not known
            let fields = !ast::Trait::can_cast(node.kind()) && !ast::Union::can_cast(node.kind());
            !fields
                || has_drop(infer, ty)
                || args.iter().any(|t| ends_in(infer, t, seen))
                || written(node).any(|t| written_ends(infer, *file, &t, seen))
        }
        Type::Unknown | Type::Future(_) | Type::Closure(..) => true,
    }
}

/// The same of a type as it is written in a field.
fn written_ends(
    infer: &Infer<'_>,
    file: FileId,
    ty: &ast::Type,
    seen: &mut Vec<(FileId, SyntaxNode)>,
) -> bool {
    let inner = |t: Option<ast::Type>, seen: &mut Vec<_>| {
        t.is_none_or(|t| written_ends(infer, file, &t, seen))
    };
    match ty {
        ast::Type::RefType(_)
        | ast::Type::PtrType(_)
        | ast::Type::FnPtrType(_)
        | ast::Type::NeverType(_) => false,
        ast::Type::ArrayType(it) => inner(it.ty(), seen),
        ast::Type::SliceType(it) => inner(it.ty(), seen),
        ast::Type::ParenType(it) => inner(it.ty(), seen),
        ast::Type::TupleType(it) => it.fields().any(|t| written_ends(infer, file, &t, seen)),
        ast::Type::PathType(it) => {
            let path = it.path();
            let segment = path.as_ref().and_then(ast::Path::segment);
            let name = segment.as_ref().and_then(|s| s.name_ref());
            let name = name.map(|n| n.text().to_string()).unwrap_or_default();
            let args = segment.and_then(|s| ast::HasGenericArgs::generic_arg_list(&s));
            let args = args.into_iter().flat_map(|l| l.generic_args());
            let mut args = args.filter_map(|a| match a {
                ast::GenericArg::TypeArg(t) => t.ty(),
                _ => None,
            });
            let lowered = infer.lowered(file, ty);
            let is_param = path
                .is_some_and(|p| infer.index.resolve_path(file, &p, Namespace::Type) == Def::Param);
            match lowered {
                // what it stands for counts where it is given
                _ if is_param => false,
                Type::Item(..) => {
                    ends_in(infer, &lowered, seen)
                        || args.any(|t| written_ends(infer, file, &t, seen))
                }
                Type::Coordinator => false,
                _ if SILENT.contains(&name.as_str()) => {
                    args.any(|t| written_ends(infer, file, &t, seen))
                }
                // an alias
                Type::Outside(of, args) if of != name => {
                    ends_in(infer, &Type::Outside(of, args), seen)
                }
                _ => true,
            }
        }
        _ => true,
    }
}

/// The types of a struct's or an enum's fields.
fn written(item: &SyntaxNode) -> impl Iterator<Item = ast::Type> + use<> {
    let fields = item
        .descendants()
        .filter(|n| matches!(n.kind(), SyntaxKind::RECORD_FIELD | SyntaxKind::TUPLE_FIELD));
    fields.filter_map(|f| f.children().find_map(ast::Type::cast))
}
