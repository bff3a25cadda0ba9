//! What the containers, iterators, channels and tasks of the standard library, tokio and their like give.
//!
//! Belongs here: types from outside of the workspace, by their names and their methods'. "Unknown" where two of one name
//! differ. Does not: anything that is declared in the workspace (`infer`).

use super::{Type, unwrapped};

/// What a method is called with, as far as types tell.
pub(super) struct Given<'g> {
    /// The type of an argument.
    pub(super) arg: &'g dyn Fn(usize) -> Type,
    /// What the closure or function that is an argument gives.
    pub(super) result: &'g dyn Fn(usize) -> Type,
    /// The path that is an argument.
    pub(super) path: &'g dyn Fn(usize) -> Option<String>,
}

fn option(of: Type) -> Type {
    Type::Outside("Option".into(), vec![of])
}

fn result(of: Type) -> Type {
    Type::Outside("Result".into(), vec![of])
}

fn iter(of: Type) -> Type {
    Type::Outside("Iter".into(), vec![of])
}

fn list(of: Type) -> Type {
    Type::Outside("Vec".into(), vec![of])
}

/// The key and the value of a map. What iterating over a `DashMap` gives stands for its value.
fn pair(name: &str, args: &[Type]) -> Option<(Type, Type)> {
    let is_map = matches!(
        name,
        "AHashMap" | "BTreeMap" | "DashMap" | "FxHashMap" | "HashMap" | "IndexMap"
    );
    match args {
        [key, value, ..] if is_map => Some((key.clone(), value.clone())),
        _ => None,
    }
}

/// Whether a type of that name is a map.
pub(super) fn is_map(name: &str) -> bool {
    pair(name, &[Type::Unknown, Type::Unknown]).is_some()
}

/// Whether a type of the standard library holds others, and does not lead to them by itself.
pub(super) fn holds(name: &str) -> bool {
    is_sequence(name) || is_map(name) || matches!(name, "Iter" | "Option" | "Result")
}

/// Whether a function of such a type makes an empty one.
pub(super) fn makes(name: &str) -> bool {
    matches!(
        name,
        "default" | "with_capacity" | "with_capacity_and_hasher" | "with_hasher"
    )
}

/// What a function of a pointer's or cell's type gives, that is given one.
pub(super) fn of_pointer(kind: &str, name: &str, given: &Type) -> Type {
    let plain = match given {
        Type::Ref(of) => of.as_ref(),
        other => other,
    };
    let inner = match plain {
        Type::Outside(of, args) if of == kind => args.first().cloned().unwrap_or(Type::Unknown),
        _ => Type::Unknown,
    };
    let lent = |of: Type| Type::Ref(Box::new(of));
    match name {
        "try_unwrap" => inner.within(result),
        "into_inner" if matches!(kind, "Arc" | "Rc") => inner.within(option),
        "unwrap_or_clone" => inner,
        "get_mut" => inner.within(|of| option(lent(of))),
        "as_ref" | "deref" | "leak" | "make_mut" => inner.within(lent),
        "default" => Type::Outside(kind.into(), Vec::new()),
        _ => Type::Unknown,
    }
}

/// Whether a type is a container, channel or set of tasks, and what is in it is not known.
pub(super) fn is_open(of: &Type) -> bool {
    let Type::Outside(name, args) = of else {
        return false;
    };
    let holds = is_sequence(name)
        || is_map(name)
        || name.ends_with("Receiver")
        || matches!(
            name.as_str(),
            "JoinSet" | "OnceCell" | "OnceLock" | "Option"
        );
    holds && args.iter().all(|a| !a.is_known())
}

/// What the two halves of a channel are.
pub(super) fn channel(of: Type) -> Type {
    let half = |name: &str| Type::Outside(name.into(), vec![of.clone()]);
    Type::Tuple(vec![half("Sender"), half("Receiver")])
}

fn is_sequence(name: &str) -> bool {
    matches!(
        name,
        "BTreeSet"
            | "BinaryHeap"
            | "HashSet"
            | "IndexSet"
            | "LinkedList"
            | "SmallVec"
            | "Vec"
            | "VecDeque"
    )
}

/// What an index or a key finds in a container.
pub(super) fn element(of: &Type) -> Type {
    match of.peeled() {
        Type::Outside(name, args) => match pair(name, args) {
            Some((_, value)) => value,
            None => args.last().cloned().unwrap_or(Type::Unknown),
        },
        _ => Type::Unknown,
    }
}

/// What a `for` gets from each round.
pub(super) fn items(of: &Type) -> Type {
    match of.peeled() {
        Type::Outside(name, args) => match pair(name, args) {
            Some((_, value)) if name == "DashMap" => value,
            Some((key, value)) => Type::Tuple(vec![key, value]),
            None => args.last().cloned().unwrap_or(Type::Unknown),
        },
        _ => Type::Unknown,
    }
}

/// What awaiting a value gives that is no future of the workspace's.
pub(super) fn awaited(of: Type) -> Type {
    if let Type::Future(inner) = of.peeled() {
        return inner.as_ref().clone();
    }
    match of {
        Type::Outside(name, args)
            if args.len() == 1 && matches!(name.as_str(), "JoinHandle" | "Receiver") =>
        {
            Type::Outside("Result".into(), args)
        }
        other => other,
    }
}

/// What stands for a bound that says what comes out of it.
pub(super) fn bound(name: &str, of: Type) -> Option<Type> {
    match name {
        "Future" | "IntoFuture" => Some(Type::Future(Box::new(of))),
        "DoubleEndedIterator" | "ExactSizeIterator" | "IntoIterator" | "Iterator" | "Stream" => {
            Some(iter(of))
        }
        "Deref" | "DerefMut" => Some(Type::Outside("Box".into(), vec![of])),
        _ => None,
    }
}

/// What mapping values by a closure or function gives.
fn mapped(item: &Type, given: &Given<'_>) -> Type {
    let path = (given.path)(0).unwrap_or_default();
    let plain = match item {
        Type::Ref(of) => of.as_ref().clone(),
        other => other.clone(),
    };
    match path.rsplit_once("::") {
        Some((_, "clone")) => plain,
        Some((of @ ("Arc" | "Box" | "Mutex" | "Rc" | "RwLock"), "new")) => {
            Type::Outside(of.into(), vec![item.clone()])
        }
        _ => (given.result)(0),
    }
}

/// What a method of such a type gives. `None`: it is none of those that are known.
pub(super) fn method(name: &str, of: &Type, given: &Given<'_>) -> Option<Type> {
    let Type::Outside(kind, args) = of.peeled() else {
        return None;
    };
    let plain = || of.peeled().clone();
    let kind = kind.as_str();
    if kind == "Iter" {
        return of_iterator(name, args.first()?, of.peeled(), given);
    }
    if matches!(kind, "Option" | "Result") {
        return match name {
            "flatten" => Some(args.first()?.clone()),
            "transpose" => match args.first()? {
                Type::Outside(inner, of) => Some(Type::Outside(
                    inner.clone(),
                    vec![Type::Outside(kind.into(), of.clone())],
                )),
                _ => None,
            },
            "map" => {
                Some(mapped(args.first()?, given).within(|of| Type::Outside(kind.into(), vec![of])))
            }
            "and_then" => Some((given.result)(0)),
            "get_or_insert" | "get_or_insert_with" | "insert" => {
                Some(Type::Ref(Box::new(args.first()?.clone())))
            }
            "iter" | "into_iter" | "iter_mut" => Some(iter(args.first()?.clone())),
            _ => None,
        };
    }
    if kind == "Entry" {
        return match name {
            "or_default" | "or_insert" | "or_insert_with" | "or_insert_with_key" => {
                Some(Type::Ref(Box::new(args.first()?.clone())))
            }
            "and_modify" => Some(plain()),
            _ => None,
        };
    }
    if kind.ends_with("Receiver") || kind.ends_with("Sender") {
        let of = args.first()?.clone();
        return match name {
            "blocking_recv" | "next" | "recv" | "recv_async" | "recv_timeout" | "try_recv" => {
                Some(option(of))
            }
            "borrow" | "borrow_and_update" => Some(of),
            _ => None,
        };
    }
    match (kind, name) {
        ("JoinSet", "join_next" | "try_join_next") => {
            return Some(option(result(args.first()?.clone())));
        }
        ("Cell", "get" | "into_inner" | "replace" | "take") => return Some(args.first()?.clone()),
        ("JoinHandle", "join") | ("OnceCell" | "OnceLock", "get_or_try_init") => {
            return Some(result(args.first()?.clone()));
        }
        ("OnceCell" | "OnceLock", "get_or_init") | ("AsRef", "as_ref") | ("Borrow", "borrow") => {
            return Some(Type::Ref(Box::new(args.first()?.clone())));
        }
        ("Into", "into") => return Some(args.first()?.clone()),
        _ => {}
    }
    if let Some((key, value)) = pair(kind, args) {
        let both = || Type::Tuple(vec![key.clone(), value.clone()]);
        return match name {
            "drain" | "into_iter" | "iter" | "iter_mut" | "range" | "range_mut" => {
                Some(iter(items(of)))
            }
            "into_values" | "values" | "values_mut" => Some(iter(value)),
            "into_keys" | "keys" => Some(iter(key)),
            // what a `DashMap` removes is a pair
            "remove" if kind == "DashMap" => Some(option(both())),
            "get" | "get_mut" | "insert" | "remove" | "shift_remove" | "swap_remove" => {
                Some(option(value))
            }
            "first_key_value" | "get_key_value" | "last_key_value" | "pop_first" | "pop_last"
            | "remove_entry" => Some(option(both())),
            "entry" => Some(Type::Outside("Entry".into(), vec![value])),
            _ => None,
        };
    }
    if !is_sequence(kind) {
        return None;
    }
    let item = args.first()?.clone();
    match (name, kind) {
        ("drain" | "into_iter" | "iter" | "iter_mut" | "range", _) => Some(iter(item)),
        ("remove" | "swap_remove", "Vec" | "SmallVec") => Some(item),
        // of an array, which is taken for a `Vec`
        ("map", "Vec") => Some(list(mapped(&item, given))),
        ("each_mut" | "each_ref", "Vec") => Some(list(item)),
        ("as_mut_slice" | "as_slice" | "into_boxed_slice" | "to_vec", _) => Some(list(item)),
        (
            "back" | "back_mut" | "first" | "first_mut" | "front" | "front_mut" | "get" | "get_mut"
            | "last" | "last_mut" | "peek" | "peek_mut" | "pop" | "pop_back" | "pop_first"
            | "pop_front" | "pop_last" | "remove",
            _,
        ) => Some(option(item)),
        ("split_first" | "split_first_mut" | "split_last" | "split_last_mut", _) => {
            Some(option(Type::Tuple(vec![item.clone(), list(item)])))
        }
        ("split_at" | "split_at_mut", _) => Some(Type::Tuple(vec![list(item.clone()), list(item)])),
        ("chunks" | "chunks_exact" | "chunks_mut" | "rchunks" | "windows", _) => {
            Some(iter(list(item)))
        }
        _ => None,
    }
}

fn of_iterator(name: &str, item: &Type, whole: &Type, given: &Given<'_>) -> Option<Type> {
    let found = match name {
        "by_ref" | "chain" | "cloned" | "copied" | "cycle" | "filter" | "fuse" | "inspect"
        | "into_iter" | "iter" | "peekable" | "rev" | "skip" | "skip_while" | "step_by"
        | "take" | "take_while" => whole.clone(),
        "enumerate" => iter(Type::Tuple(vec![Type::Unknown, item.clone()])),
        "zip" => iter(Type::Tuple(vec![item.clone(), items(&(given.arg)(0))])),
        "flatten" => items(item).within(iter),
        "map" => mapped(item, given).within(iter),
        "flat_map" => items(&(given.result)(0)).within(iter),
        "filter_map" | "map_while" => unwrapped((given.result)(0)).within(iter),
        "find_map" => (given.result)(0),
        "find" | "last" | "max" | "max_by" | "max_by_key" | "min" | "min_by" | "min_by_key"
        | "next" | "next_back" | "nth" | "nth_back" | "peek" | "reduce" | "rfind" => {
            option(item.clone())
        }
        "partition" => Type::Tuple(vec![whole.clone(), whole.clone()]),
        _ => return None,
    };
    Some(found)
}

/// What the parameter at a position of a closure is that is given to a method of such a type.
pub(super) fn closure_param(name: &str, at: usize, of: &Type) -> Type {
    let Type::Outside(kind, args) = of.peeled() else {
        return Type::Unknown;
    };
    let first = || args.first().cloned().unwrap_or(Type::Unknown);
    match (kind.as_str(), name, at) {
        (
            "Iter" | "Option" | "Result",
            "all" | "and_then" | "any" | "filter" | "filter_map" | "find" | "find_map" | "flat_map"
            | "for_each" | "inspect" | "is_none_or" | "is_ok_and" | "is_some_and" | "map"
            | "map_or" | "map_or_else" | "map_while" | "max_by_key" | "min_by_key" | "partition"
            | "position" | "rposition" | "skip_while" | "take_while" | "then" | "try_for_each",
            0,
        ) => first(),
        ("Vec", "map", 0) => first(),
        ("Iter", "fold" | "try_fold", 1) => first(),
        ("Iter", "max_by" | "min_by" | "reduce", 0 | 1) => first(),
        ("Entry", "and_modify", 0) => first(),
        (_, "retain", 0 | 1) if pair(kind, args).is_some() => {
            let found = pair(kind, args).map(|(key, value)| if at == 0 { key } else { value });
            found.unwrap_or(Type::Unknown)
        }
        (
            _,
            "retain" | "retain_mut" | "sort_by_cached_key" | "sort_by_key" | "sort_unstable_by_key",
            0,
        )
        | (_, "sort_by" | "sort_unstable_by", 0 | 1)
            if is_sequence(kind) =>
        {
            first()
        }
        _ => Type::Unknown,
    }
}
