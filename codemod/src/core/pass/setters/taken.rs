//! Whether what takes the bus out of an `Option`, and leaves nothing, runs once for each value that has it.

use super::super::super::search::Places;
use super::super::sites::Root;
use super::*;

/// Where an `Option` is taken out that may be asked for again. `None`: it is not taken, or that is the only read of it, and done once
/// for each value.
pub(super) fn again(infer: &Infer<'_>, sites: &Sites, slot: SlotId) -> Option<String> {
    let roots = sites.by_slot.get(&slot).into_iter().flatten();
    let reads = roots.map(|i| &sites.roots[*i]);
    let reads: Vec<_> = reads.filter(|r| r.landing != Landing::Target).collect();
    let takes = |r: &Root| {
        let call = r.node.parent().and_then(ast::MethodCallExpr::cast)?;
        let takes = call.name_ref()?.text() == "take";
        takes.then_some(call)
    };
    let (file, call) = reads.iter().find_map(|r| Some((r.file, takes(r)?)))?;
    let once = reads.len() == 1 && is_done_once(infer, file, &call).unwrap_or_default();
    (!once).then(|| place(infer.index, file, call.syntax()))
}

/// Whether the method that takes it out is called once for each value.
fn is_done_once(infer: &Infer<'_>, file: FileId, take: &ast::MethodCallExpr) -> Option<bool> {
    let index = infer.index;
    let tree = index.tree(file)?;
    let mut around = tree.ancestors(take.syntax()).skip(1);
    let function = around.find(|n| {
        ast::Fn::can_cast(n.kind()) || repeats(n.kind()) || ast::ClosureExpr::can_cast(n.kind())
    })?;
    let function = ast::Fn::cast(function)?;
    let list = function.param_list()?;
    let block = function
        .syntax()
        .ancestors()
        .nth(2)
        .and_then(ast::Impl::cast)?;
    let of_itself = matches!(take.receiver()?, ast::Expr::FieldExpr(f)
        if f.expr()?.syntax().text() == "self");
    list.self_param()?.amp_token()?;
    if block.trait_().is_some() || !of_itself {
        return Some(false);
    }
    let key = key_of(index, file, function.syntax());
    let name = function.name()?.text().to_string();
    let places = Places::of([&name]);
    for at in search::saying(index.workspace, &name) {
        let tree = index.tree(at).filter(|t| !t.has_errors)?;
        let text = &index.workspace.file(at).text;
        for node in tree.around(places.find(text).as_deref()) {
            if let Some(path) = ast::PathExpr::cast(node.clone()) {
                let path = path.path()?;
                let named = path.segment()?.name_ref().is_some_and(|n| n.text() == name);
                let of = named
                    .then(|| infer.function_at(at, &path, Taking::Any))
                    .flatten();
                if of.is_some_and(|m| key_of(index, m.file, m.function.syntax()) == key) {
                    return Some(false);
                }
            }
            let Some(call) = ast::MethodCallExpr::cast(node) else {
                continue;
            };
            if call.name_ref()?.text() != name {
                continue;
            }
            let of = infer.called_method(at, &call);
            let receiver = call.receiver()?;
            let is_it = match of {
                Some((m, _)) => key_of(index, m.file, m.function.syntax()) == key,
                None if infer.expr(at, &receiver).is_settled() => false,
                None => return Some(false),
            };
            if is_it && !is_alone(infer, at, &call, &name)? {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// Whether a call is on a value that is made for it, or the only one of its name on a variable.
fn is_alone(
    infer: &Infer<'_>,
    file: FileId,
    call: &ast::MethodCallExpr,
    name: &str,
) -> Option<bool> {
    let tree = infer.index.tree(file)?;
    let root = |call: &ast::MethodCallExpr| {
        let mut of = call.receiver()?;
        loop {
            of = match of {
                ast::Expr::MethodCallExpr(it) => it.receiver()?,
                ast::Expr::ParenExpr(it) => it.expr()?,
                ast::Expr::AwaitExpr(it) => it.expr()?,
                ast::Expr::TryExpr(it) => it.expr()?,
                other => return Some(other),
            };
        }
    };
    // all on the way is it itself, and what it begins with is not shared
    let receiver = infer.expr(file, &call.receiver()?);
    let it = match &receiver {
        Type::Ref(of) => of.as_ref(),
        of => of,
    };
    let first = root(call)?;
    let around: Vec<SyntaxNode> = tree.ancestors(first.syntax()).collect();
    let mut around = around.into_iter().take_while(|n| n != call.syntax());
    let same = around.all(|n| match ast::Expr::cast(n) {
        Some(e @ (ast::Expr::MethodCallExpr(_) | ast::Expr::CallExpr(_))) => {
            match infer.expr(file, &e) {
                Type::Ref(of) => *of == *it,
                of => of == *it,
            }
        }
        _ => true,
    });
    if !same || !matches!(it, Type::Item(..)) || infer.expr(file, &first) != *it {
        return Some(false);
    }
    let variable = match first {
        ast::Expr::CallExpr(_) | ast::Expr::RecordExpr(_) => return Some(true),
        ast::Expr::PathExpr(it) => it,
        _ => return Some(false),
    };
    let of = variable.path()?.as_single_name_ref()?;
    let pat = locals::binding_of(tree, variable.syntax(), of.text())?;
    let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast)?;
    let list = stmt.syntax().parent()?;
    let mut around = tree.ancestors(call.syntax()).take_while(|n| *n != list);
    let again = around.any(|n| {
        repeats(n.kind())
            || matches!(
                n.kind(),
                SyntaxKind::CLOSURE_EXPR | SyntaxKind::FN | SyntaxKind::SOURCE_FILE
            )
    });
    let calls = tree.descendants(&list).into_iter();
    let calls = calls.filter_map(ast::MethodCallExpr::cast);
    let calls = calls.filter(|c| c.name_ref().is_some_and(|n| n.text() == name));
    let on_it = calls.filter(|c| match root(c) {
        Some(ast::Expr::PathExpr(p)) => {
            locals::binding_of(tree, p.syntax(), of.text()).as_ref() == Some(&pat)
                && p.syntax().text() == of.text()
        }
        _ => false,
    });
    // what else is done with it by reference may take it out
    let lent = locals::uses_of(tree, &pat).iter().any(|it| match it {
        Use::Expr(path) => {
            let parent = path.syntax().parent();
            parent.is_none_or(|p| !ast::MethodCallExpr::can_cast(p.kind()))
        }
        Use::Opaque(_) => true,
    });
    Some(!again && !lent && on_it.count() == 1)
}

fn repeats(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::FOR_EXPR | SyntaxKind::LOOP_EXPR | SyntaxKind::WHILE_EXPR
    )
}
