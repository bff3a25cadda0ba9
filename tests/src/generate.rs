//! Small programs that pass coordinators around, made from a seed: functions, structs, enums, traits, closures, tasks,
//! loops, tuples, lifetimes, shadowing, modules and crates, sync and async.
//!
//! Every program compiles and prints the same whatever bus it is given. One of an even seed is *clean*: all of its slots
//! can go. One of an odd seed also has what keeps some of them.

use std::fmt::Write as _;
use std::path::PathBuf;

use fastrand::Rng;
use serde_json::Value;

use crate::cargo::{Bus, Scratch, new_diagnostics, scratch_name};
use crate::tree::{self, Tree};

/// A program and what is known about it.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its files.
    pub files: Tree,
    /// Whether no slot may be left.
    pub clean: bool,
}

/// How a parameter or variable holds the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Owned,
    Ref,
    Bare,
    Into,
    Opt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Param {
    Bus(Form),
    Number,
    Text,
}

#[derive(Debug, Clone)]
struct Function {
    path: String,
    is_async: bool,
    params: Vec<Param>,
}

#[derive(Debug, Clone)]
struct Struct {
    path: String,
    new_is_async: bool,
    params: Vec<Param>,
}

/// A variable or field that holds the bus.
#[derive(Debug, Clone)]
struct Var {
    name: String,
    form: Form,
}

const ARC: &str = "Arc<GlobalEventCoordinator>";
const NAMES: &[&str] = &["bus", "coordinator", "global_coordinator", "events", "c"];
const READ: &str = "stats().await.registered_handlers";

struct Generator {
    rng: Rng,
    clean: bool,
    functions: Vec<Function>,
    structs: Vec<Struct>,
    next: usize,
}

/// The program of a seed.
#[must_use]
pub fn program(seed: u64) -> Program {
    let mut generator = Generator {
        rng: Rng::with_seed(seed),
        clean: seed.is_multiple_of(2),
        functions: Vec::new(),
        structs: Vec::new(),
        next: 0,
    };
    let files = generator.files();
    Program {
        files,
        clean: generator.clean,
    }
}

impl Generator {
    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    fn pick<'p, T>(&mut self, of: &'p [T]) -> &'p T {
        &of[self.rng.usize(0..of.len())]
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn files(&mut self) -> Tree {
        let is_split = self.chance(30);
        let mut files = Tree::new();
        let mut put = |path: &str, text: String| {
            files.insert(PathBuf::from(path), text.into_bytes());
        };
        let bus = "rvoip-infra-common = { version = \"0.4\", features = [\"no-global-allocator\"] }\ntokio = { version = \"1\", features = [\"full\"] }\n";
        let package = |name: &str, rest: &str| {
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{bus}{rest}"
            )
        };
        let head = "use std::sync::Arc;\n\nuse rvoip_infra_common::events::coordinator::GlobalEventCoordinator;\n\n";
        let mut main = head.to_owned();
        if is_split {
            put(
                "Cargo.toml",
                "[workspace]\nresolver = \"2\"\nmembers = [\"parts\", \"app\"]\n".into(),
            );
            put("parts/Cargo.toml", package("parts", ""));
            put(
                "app/Cargo.toml",
                package(
                    "app",
                    "pieces = { package = \"parts\", path = \"../parts\" }\n",
                ),
            );
            let mut lib = head.to_owned();
            self.items(&mut lib, "pieces::", 3);
            put("parts/src/lib.rs", self.styled(&lib));
        } else {
            put("Cargo.toml", package("app", ""));
            if self.chance(50) {
                let mut module = "use super::*;\n\n".to_owned();
                self.items(&mut module, "inner::", 2);
                let indented: String = module
                    .lines()
                    .map(|l| match l.is_empty() {
                        true => "\n".to_owned(),
                        false => format!("    {l}\n"),
                    })
                    .collect();
                let _ = writeln!(main, "mod inner {{\n{indented}}}\n");
            }
        }
        self.items(&mut main, "", 4);
        main.push_str("#[tokio::main]\nasync fn main() {\n");
        let name = (*self.pick(NAMES)).to_owned();
        let _ = writeln!(
            main,
            "    let {name} = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());"
        );
        main.push_str("    let mut n = 0usize;\n");
        let vars = [Var {
            name,
            form: Form::Owned,
        }];
        for function in self.functions.clone() {
            let call = self.call(&function, &vars);
            let _ = writeln!(main, "    n += {call};");
        }
        for it in self.structs.clone() {
            let made = self.make(&it, &vars);
            let _ = writeln!(main, "    n += {made}.run(2).await;");
        }
        for _ in 0..3 {
            self.statement(&mut main, 1, &vars, true);
        }
        main.push_str("    println!(\"{n}\");\n}\n");
        put(
            if is_split {
                "app/src/main.rs"
            } else {
                "src/main.rs"
            },
            self.styled(&main),
        );
        files
    }

    fn items(&mut self, out: &mut String, path: &str, count: usize) {
        for _ in 0..count {
            match self.rng.u8(0..10) {
                0..4 => self.function(out, path),
                4..6 => self.structure(out, path),
                6 => self.behaviour(out, path),
                _ => match self.rng.u8(0..7) {
                    0 => self.views(out, path),
                    1 => self.pairs(out, path),
                    2 => self.choices(out, path),
                    3 => self.updates(out, path),
                    4 => self.generic(out, path),
                    5 => self.closures(out, path),
                    _ => self.by_hand(out, path),
                },
            }
        }
    }

    fn params(&mut self, is_async: bool) -> Vec<Param> {
        let forms: &[Form] = match is_async {
            true => &[
                Form::Owned,
                Form::Owned,
                Form::Ref,
                Form::Bare,
                Form::Into,
                Form::Opt,
            ],
            false => &[Form::Owned, Form::Owned, Form::Ref],
        };
        let mut params = vec![Param::Bus(*self.pick(forms))];
        for _ in 0..self.rng.usize(0..3) {
            let other = *self.pick(&[Param::Number, Param::Text, Param::Number]);
            let at = self.rng.usize(0..=params.len());
            params.insert(at, other);
        }
        if self.chance(15) {
            params.push(Param::Bus(Form::Ref));
        }
        params
    }

    /// Declared parameters, and the variables of the body that hold the bus.
    fn declare(&mut self, params: &[Param]) -> (String, Vec<Var>) {
        let mut list = Vec::new();
        let mut vars: Vec<Var> = Vec::new();
        for (i, param) in params.iter().enumerate() {
            match param {
                Param::Number => list.push(format!("number{i}: usize")),
                Param::Text => list.push(format!("text{i}: &str")),
                Param::Bus(form) => {
                    let mut name = (*self.pick(NAMES)).to_owned();
                    while vars.iter().any(|v| v.name == name) {
                        name.push('x');
                    }
                    let ty = match form {
                        Form::Owned => ARC.to_owned(),
                        Form::Ref => format!("&{ARC}"),
                        Form::Bare => "&GlobalEventCoordinator".to_owned(),
                        Form::Into => format!("impl Into<{ARC}>"),
                        Form::Opt => format!("Option<{ARC}>"),
                    };
                    list.push(format!("{name}: {ty}"));
                    vars.push(Var { name, form: *form });
                }
            }
        }
        (list.join(", "), vars)
    }

    /// What a body says of its plain parameters, so that they have a use.
    fn plain(params: &[Param]) -> String {
        let mut sum = String::from("0");
        for (i, param) in params.iter().enumerate() {
            match param {
                Param::Number => {
                    let _ = write!(sum, " + number{i}");
                }
                Param::Text => {
                    let _ = write!(sum, " + text{i}.len()");
                }
                Param::Bus(_) => {}
            }
        }
        sum.strip_prefix("0 + ").unwrap_or(&sum).to_owned()
    }

    /// Variables of a form that statements can use.
    fn settle(&mut self, out: &mut String, vars: &mut [Var]) {
        for var in vars {
            match var.form {
                Form::Into => {
                    let _ = writeln!(out, "    let {0}: {ARC} = {0}.into();", var.name);
                    var.form = Form::Owned;
                }
                Form::Opt => {
                    let text = match self.rng.u8(0..3) {
                        0 => format!("    let {0} = {0}.unwrap();\n", var.name),
                        1 => format!("    let {0} = {0}.expect(\"a bus\");\n", var.name),
                        _ => format!(
                            "    let Some({0}) = {0} else {{\n        return 0;\n    }};\n",
                            var.name
                        ),
                    };
                    out.push_str(&text);
                    var.form = Form::Owned;
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, out: &mut String, path: &str) {
        let is_async = self.chance(75);
        let reads = !self.clean && self.chance(30);
        // a function that cannot await only has something to do with a bus if it reads it
        let is_async = is_async || !reads;
        let params = self.params(is_async);
        let (list, mut vars) = self.declare(&params);
        let name = self.fresh("work");
        let visibility = if path.is_empty() { "" } else { "pub " };
        let keyword = if is_async { "async " } else { "" };
        let _ = writeln!(out, "{visibility}{keyword}fn {name}({list}) -> usize {{");
        self.settle(out, &mut vars);
        let plain = Self::plain(&params);
        let _ = writeln!(out, "    let mut n = {plain};");
        if is_async {
            let below = self.below(path);
            if !below.is_empty() && self.chance(70) {
                let shared: Vec<Var> = (vars.iter().filter(|v| v.form != Form::Bare))
                    .cloned()
                    .collect();
                if !shared.is_empty() {
                    let function = self.pick(&below).clone();
                    let call = self.call(&function, &shared);
                    let _ = writeln!(out, "    n += {call};");
                }
            }
            for _ in 0..self.rng.usize(1..4) {
                self.statement(out, 1, &vars, true);
            }
        } else {
            for var in &vars {
                let arc = match var.form {
                    Form::Ref => var.name.clone(),
                    _ => format!("&{}", var.name),
                };
                let _ = writeln!(out, "    n += Arc::strong_count({arc}).min(1);");
            }
        }
        out.push_str("    n\n}\n\n");
        self.functions.push(Function {
            path: format!("{path}{name}"),
            is_async,
            params,
        });
    }

    /// The functions that code below `path` can call, as they are named there.
    fn below(&self, path: &str) -> Vec<Function> {
        self.functions
            .iter()
            .filter_map(|f| {
                let name = f.path.strip_prefix(path)?;
                let visible = path.is_empty() || !name.contains("::");
                visible.then(|| Function {
                    path: name.to_owned(),
                    ..f.clone()
                })
            })
            .collect()
    }

    fn structure(&mut self, out: &mut String, path: &str) {
        let name = self.fresh("Engine");
        let field = (*self.pick(NAMES)).to_owned();
        let nested = match self.structs.is_empty() || self.chance(50) {
            true => None,
            false => {
                let structs = self.structs.clone();
                let it = self.pick(&structs).clone();
                // a crate below does not see its users
                (it.path.starts_with(path) || path.is_empty()).then_some(it)
            }
        };
        let is_tuple = self.chance(25);
        let new_is_async = self.chance(30) || nested.as_ref().is_some_and(|n| n.new_is_async);
        let optional = self.chance(15);
        let held = match optional {
            true => format!("Option<{ARC}>"),
            false => ARC.to_owned(),
        };
        let visibility = if path.is_empty() { "" } else { "pub " };
        let own = |i: &Struct| match path.is_empty() {
            true => i.path.clone(),
            false => i.path.trim_start_matches(path).to_owned(),
        };
        let derive = if self.chance(50) {
            "#[derive(Clone)]\n"
        } else {
            ""
        };
        let inner = nested.as_ref().map(|n| Struct {
            path: own(n),
            ..n.clone()
        });
        let place = self.rng.usize(0..2);
        // the fields' places: the bus, a number, and perhaps another struct
        let mut fields = vec![(field.clone(), held.clone())];
        fields.insert(place, ("id".to_owned(), "usize".to_owned()));
        if let Some(inner) = &inner {
            fields.push(("inner".to_owned(), format!("Arc<{}>", inner.path)));
        }
        let at = |what: &str| match is_tuple {
            true => fields
                .iter()
                .position(|(n, _)| n == what)
                .unwrap_or(0)
                .to_string(),
            false => what.to_owned(),
        };
        if is_tuple {
            let list: Vec<&str> = fields.iter().map(|(_, t)| t.as_str()).collect();
            let _ = writeln!(
                out,
                "{derive}{visibility}struct {name}({});\n",
                list.join(", ")
            );
        } else {
            let _ = writeln!(out, "{derive}{visibility}struct {name} {{");
            for (field, ty) in &fields {
                let _ = writeln!(out, "    {field}: {ty},");
            }
            out.push_str("}\n\n");
        }
        let mut params = self.params(new_is_async);
        params.retain(|p| !matches!(p, Param::Bus(Form::Bare)));
        if !params.iter().any(|p| matches!(p, Param::Bus(_))) {
            params.push(Param::Bus(Form::Owned));
        }
        if !new_is_async {
            for param in &mut params {
                if matches!(param, Param::Bus(Form::Opt | Form::Into)) {
                    *param = Param::Bus(Form::Owned);
                }
            }
        }
        // a constructor has no way out
        for param in &mut params {
            if *param == Param::Bus(Form::Opt) {
                *param = Param::Bus(Form::Owned);
            }
        }
        let (list, mut vars) = self.declare(&params);
        let keyword = if new_is_async { "async " } else { "" };
        let _ = writeln!(out, "impl {name} {{");
        let _ = writeln!(out, "    {visibility}{keyword}fn new({list}) -> Self {{");
        let mut body = String::new();
        self.settle(&mut body, &mut vars);
        if let Some(inner) = &inner {
            let made = self.make(inner, &vars);
            let _ = writeln!(body, "    let inner = Arc::new({made});");
        }
        let plain = Self::plain(&params);
        let var = vars[0].clone();
        let mut given = self.argument(&var, Form::Owned);
        if var.form == Form::Owned && self.chance(40) {
            given = var.name.clone();
        }
        if optional {
            given = format!("Some({given})");
        }
        let values: Vec<(String, String)> = fields
            .iter()
            .map(|(f, _)| match f.as_str() {
                "id" => (f.clone(), plain.clone()),
                "inner" => (f.clone(), "inner".to_owned()),
                _ => (f.clone(), given.clone()),
            })
            .collect();
        if is_tuple {
            let list: Vec<&str> = values.iter().map(|(_, v)| v.as_str()).collect();
            let _ = writeln!(body, "    Self({})", list.join(", "));
        } else {
            body.push_str("    Self {\n");
            for (field, value) in &values {
                let text = match field == value {
                    true => field.clone(),
                    false => format!("{field}: {value}"),
                };
                let _ = writeln!(body, "        {text},");
            }
            body.push_str("    }\n");
        }
        out.push_str(&indented(&body));
        out.push_str("    }\n\n");
        let _ = writeln!(
            out,
            "    {visibility}async fn run(&self, times: usize) -> usize {{\n        let mut n = times + self.{};",
            at("id")
        );
        if inner.is_some() {
            let _ = writeln!(
                out,
                "        if times > 0 {{\n            n += self.{}.run(times - 1).await;\n        }}",
                at("inner")
            );
        }
        let place = format!("self.{}", at(&field));
        let mut body = String::new();
        if optional {
            let _ = writeln!(
                body,
                "    if let Some(it) = &{place} {{\n        n += it.{READ};\n    }}"
            );
        } else {
            let vars = [Var {
                name: place.clone(),
                form: Form::Owned,
            }];
            for _ in 0..self.rng.usize(1..4) {
                self.statement(&mut body, 1, &vars, true);
            }
        }
        out.push_str(&indented(&body));
        out.push_str("        n\n    }\n");
        if !optional && self.chance(25) && path.is_empty() {
            let _ = writeln!(
                out,
                "\n    fn given(&self) -> &{ARC} {{\n        &{place}\n    }}\n\n    async fn twice(&self) -> usize {{\n        self.given().{READ} + self.given().clone().{READ}\n    }}"
            );
            let _ = writeln!(
                out,
                "\n    async fn all(&self) -> usize {{\n        self.twice().await\n    }}"
            );
        }
        if !self.clean && !optional && self.chance(30) {
            let _ = writeln!(
                out,
                "\n    {visibility}fn strong(&self) -> usize {{\n        Arc::strong_count(&{place}).min(1)\n    }}"
            );
        }
        out.push_str("}\n\n");
        self.structs.push(Struct {
            path: format!("{path}{name}"),
            new_is_async,
            params,
        });
    }

    /// A trait of one's own, with an impl, called through `dyn` or a generic.
    fn behaviour(&mut self, out: &mut String, path: &str) {
        let (name, of, work) = (
            self.fresh("Worker"),
            self.fresh("Plain"),
            self.fresh("drive"),
        );
        let field = (*self.pick(NAMES)).to_owned();
        let visibility = if path.is_empty() { "" } else { "pub " };
        let _ = writeln!(
            out,
            "{visibility}trait {name} {{\n    fn work(&self, {field}: {ARC}, n: usize) -> impl std::future::Future<Output = usize> + Send;\n}}\n"
        );
        let _ = writeln!(
            out,
            "{visibility}struct {of}(pub usize);\n\nimpl {name} for {of} {{\n    async fn work(&self, {field}: {ARC}, n: usize) -> usize {{\n        {field}.{READ} + n + self.0\n    }}\n}}\n"
        );
        let _ = writeln!(
            out,
            "{visibility}async fn {work}(bus: {ARC}) -> usize {{\n    let it = {of}(1);\n    it.work(bus.clone(), 1).await + {name}::work(&it, bus, 2).await\n}}\n"
        );
        self.functions.push(Function {
            path: format!("{path}{work}"),
            is_async: true,
            params: vec![Param::Bus(Form::Owned)],
        });
    }

    /// The function that uses a family of items, to be called by others.
    fn driver(&mut self, out: &mut String, path: &str, body: &str) {
        let visibility = if path.is_empty() { "" } else { "pub " };
        let name = self.fresh("drive");
        let form = *self.pick(&[Form::Owned, Form::Ref]);
        let ty = match form {
            Form::Ref => format!("&{ARC}"),
            _ => ARC.to_owned(),
        };
        let (owned, lent) = match form {
            Form::Ref => ("bus.clone()", "bus"),
            _ => ("Arc::clone(&bus)", "&bus"),
        };
        let body = body.replace("OWNED", owned).replace("LENT", lent);
        let _ = writeln!(
            out,
            "{visibility}async fn {name}(bus: {ty}) -> usize {{\n{body}}}\n"
        );
        self.functions.push(Function {
            path: format!("{path}{name}"),
            is_async: true,
            params: vec![Param::Bus(form)],
        });
    }

    /// Structs that borrow the bus, what holds and gives them, and futures that borrow it.
    fn views(&mut self, out: &mut String, path: &str) {
        let (view, all, later) = (self.fresh("View"), self.fresh("Views"), self.fresh("later"));
        let visibility = if path.is_empty() { "" } else { "pub " };
        let field = (*self.pick(NAMES)).to_owned();
        let named = self.chance(40);
        let of = match self.chance(60) {
            true => format!("&'a {ARC}"),
            false => "&'a GlobalEventCoordinator".to_owned(),
        };
        let lent = if of.contains("Arc") {
            "LENT"
        } else {
            "&**LENT"
        };
        let is_tuple = self.chance(30);
        let (extra, given, text) = match named {
            true => ("name: &'a str, ", "name, ", "\"three\", "),
            false => ("", "", ""),
        };
        let (at, size, length) = match (is_tuple, named) {
            (true, true) => ("1".to_owned(), "2", "self.0.len()"),
            (true, false) => ("0".to_owned(), "1", "0"),
            (false, true) => (field.clone(), "id", "self.name.len()"),
            (false, false) => (field.clone(), "id", "0"),
        };
        let types = extra.replace("name: ", "");
        let _ = match is_tuple {
            true => writeln!(out, "{visibility}struct {view}<'a>({types}{of}, usize);\n"),
            false => writeln!(
                out,
                "{visibility}struct {view}<'a> {{ {extra}{field}: {of}, id: usize }}\n"
            ),
        };
        let literal = match is_tuple {
            true => format!("{view}({given}{field}, id)"),
            false => format!("{view} {{ {given}{field}, id }}"),
        };
        let result = *self.pick(&["Self", "VIEW<'a>"]);
        let result = result.replace("VIEW", &view);
        let _ = writeln!(
            out,
            "impl<'a> {view}<'a> {{\n    {visibility}fn new({extra}{field}: {of}, id: usize) -> {result} {{\n        {literal}\n    }}\n\n    {visibility}async fn run(&self) -> usize {{\n        self.{size} + {length} + self.{at}.{READ}\n    }}\n}}\n"
        );
        let header = *self.pick(&["impl<'v> VIEW<'v>", "impl VIEW<'_>"]);
        let header = header.replace("VIEW", &view);
        let _ = writeln!(
            out,
            "{header} {{\n    {visibility}fn id(&self) -> usize {{\n        self.{size}\n    }}\n}}\n"
        );
        let _ = writeln!(
            out,
            "{visibility}struct {all}<'a> {{ all: Vec<{view}<'a>>, first: Option<usize> }}\n\nimpl<'a> {all}<'a> {{\n    {visibility}async fn sum(&self) -> usize {{\n        let mut n = self.first.unwrap_or(0);\n        for view in &self.all {{\n            n += view.run().await + view.id();\n        }}\n        n\n    }}\n}}\n"
        );
        let made = self.fresh("made");
        let name = if named { "name: &'a str, " } else { "" };
        let _ = writeln!(
            out,
            "{visibility}fn {made}<'a>({name}{field}: {of}) -> {all}<'a> {{\n    let all: Vec<{view}<'_>> = (0..2).map(|id| {view}::new({given}{field}, id)).collect();\n    {all} {{ first: all.first().map({view}::id), all }}\n}}\n"
        );
        let boxed = self.chance(50);
        let (lifetime, bound) = *self.pick(&[("", "'_"), ("<'f>", "'f")]);
        let borrow = if lifetime.is_empty() { "&" } else { "&'f " };
        let ret = match boxed {
            true => format!(
                "std::pin::Pin<Box<dyn std::future::Future<Output = usize> + Send + {bound}>>"
            ),
            false => format!("impl std::future::Future<Output = usize> + {bound}"),
        };
        let body = format!("async move {{ more + {field}.{READ} }}");
        let body = if boxed {
            format!("Box::pin({body})")
        } else {
            body
        };
        let _ = writeln!(
            out,
            "#[allow(clippy::manual_async_fn)]\n{visibility}fn {later}{lifetime}({field}: {borrow}{ARC}, more: usize) -> {ret} {{\n    {body}\n}}\n"
        );
        let body = format!(
            "    let one = {view}::new({text}{lent}, 3);\n    one.run().await + {made}({text}{lent}).sum().await + {later}(LENT, 2).await\n"
        );
        self.driver(out, path, &body);
    }

    /// Functions that give the bus beside something else.
    fn pairs(&mut self, out: &mut String, path: &str) {
        let (pair, more) = (self.fresh("pair"), self.fresh("pair"));
        let is_first = self.chance(50);
        let fails = self.chance(40);
        let of = |a: &str, b: &str| match is_first {
            true => format!("({a}, {b})"),
            false => format!("({b}, {a})"),
        };
        let ty = of(ARC, "usize");
        let ret = if fails {
            format!("Result<{ty}, String>")
        } else {
            ty
        };
        let wrap = |t: String| if fails { format!("Ok({t})") } else { t };
        let early = match fails {
            true => "    if n > 90 {\n        return Err(\"many\".to_owned());\n    }\n",
            false => "",
        };
        let given = wrap(of("bus.clone()", "n + 1"));
        let _ = writeln!(
            out,
            "async fn {pair}(bus: &{ARC}, n: usize) -> {ret} {{\n{early}    let n = n + bus.{READ};\n    {given}\n}}\n"
        );
        let question = match fails {
            true => ".unwrap()",
            false => "",
        };
        let name = *self.pick(&["bus", "other", "_"]);
        let pat = of(name, "n");
        let read = if name == "_" {
            "0".to_owned()
        } else {
            format!("{name}.{READ}")
        };
        let triple = format!("(usize, {ARC}, &'static str)");
        let _ = writeln!(
            out,
            "async fn {more}(bus: {ARC}) -> {triple} {{\n    let {} = {pair}(&bus, 1).await{question};\n    match n {{\n        0 => (0, bus, \"none\"),\n        _ => (n, Arc::clone(&bus), \"some\"),\n    }}\n}}\n",
            of("_", "n")
        );
        let body = format!(
            "    let {pat} = {pair}(LENT, 2).await{question};\n    let mut sum = n + {read};\n    for _ in 0..2 {{\n        let (k, it, word) = {more}(OWNED).await;\n        sum += k + word.len() + it.{READ};\n    }}\n    sum\n"
        );
        self.driver(out, path, &body);
    }

    /// An enum with the bus in some of its variants.
    fn choices(&mut self, out: &mut String, path: &str) {
        let choice = self.fresh("Choice");
        let visibility = if path.is_empty() { "" } else { "pub " };
        let field = (*self.pick(NAMES)).to_owned();
        let derive = *self.pick(&["", "#[derive(Clone)]\n"]);
        let _ = writeln!(
            out,
            "{derive}{visibility}enum {choice} {{\n    One({ARC}),\n    Two(usize, {ARC}),\n    Named {{ {field}: {ARC}, id: usize }},\n    None,\n}}\n"
        );
        let last = *self.pick(&["Self::None => 7", "CHOICE::None => 7", "_ => 7"]);
        let last = last.replace("CHOICE", &choice);
        let named = match self.chance(50) {
            true => format!("Self::Named {{ {field}, id }} => id + {field}.{READ}"),
            false => format!(
                "Self::Named {{ {field}: it, id: n }} => {{\n                let more = it.{READ};\n                n + more\n            }}"
            ),
        };
        let _ = writeln!(
            out,
            "impl {choice} {{\n    {visibility}async fn run(&self) -> usize {{\n        match self {{\n            Self::One(it) => it.{READ},\n            Self::Two(n, it) => n + it.{READ},\n            {named},\n            {last},\n        }}\n    }}\n\n    {visibility}fn kind(&self) -> usize {{\n        if matches!(self, Self::One(_)) {{\n            return 1;\n        }}\n        if let {choice}::Two(n, _) = self {{\n            return *n;\n        }}\n        usize::from(matches!(self, {choice}::Named {{ id: 3, .. }})) + 4\n    }}\n}}\n"
        );
        let order = match self.chance(50) {
            true => format!("{choice}::Named {{ {field}: OWNED, id: 3 }}"),
            false => format!("{choice}::Named {{ id: 4, {field}: OWNED }}"),
        };
        let body = format!(
            "    let all = [{choice}::One(OWNED), {choice}::Two(2, OWNED), {order}, {choice}::None];\n    let mut sum = 0;\n    for it in &all {{\n        sum += it.run().await + it.kind();\n    }}\n    sum\n"
        );
        self.driver(out, path, &body);
    }

    /// A struct that is built from others of its kind, and taken apart.
    fn updates(&mut self, out: &mut String, path: &str) {
        // of that name alone: what an iterator gives is not always known
        let (base, with_bus) = (self.fresh("Base"), self.fresh("with_bus"));
        let visibility = if path.is_empty() { "" } else { "pub " };
        let field = (*self.pick(NAMES)).to_owned();
        let wide = self.chance(50);
        let (more, zero, plus) = match wide {
            true => ("more: usize, ", "more: 2, ", " + more"),
            false => ("", "", ""),
        };
        let place = self.chance(50);
        let fields = match place {
            true => format!("id: usize, {more}{field}: {ARC}"),
            false => format!("{field}: {ARC}, {more}id: usize"),
        };
        let _ = writeln!(
            out,
            "#[derive(Clone)]\n{visibility}struct {base} {{ {fields} }}\n"
        );
        let taken = match wide {
            true => format!("let {base} {{ {field}, id, more }} = self;"),
            false => format!("let Self {{ id, {field}, .. }} = self;"),
        };
        let _ = writeln!(
            out,
            "impl {base} {{\n    {visibility}fn new({field}: {ARC}, id: usize) -> Self {{\n        Self {{ {zero}id, {field} }}\n    }}\n\n    {visibility}fn with_id(self, id: usize) -> Self {{\n        Self {{ id, ..self }}\n    }}\n\n    {visibility}fn {with_bus}(&self, {field}: &{ARC}) -> {base} {{\n        {base} {{ {field}: {field}.clone(), ..self.clone() }}\n    }}\n\n    {visibility}async fn end(self) -> usize {{\n        {taken}\n        id{plus} + {field}.{READ}\n    }}\n}}\n"
        );
        // without the bus, nothing but `id` may be left of it
        let one = match wide {
            true => format!(
                "let one = {base} {{ id: 1, ..{base}::new(OWNED, 2) }};\n    sum + one.end().await"
            ),
            false => "sum".to_owned(),
        };
        let body = format!(
            "    let mut sum = 0;\n    for it in (0..2).map(|id| {base}::new(OWNED, id)) {{\n        sum += it.{with_bus}(LENT).with_id(5).end().await;\n    }}\n    {one}\n"
        );
        self.driver(out, path, &body);
    }

    /// A generic struct, one around it that is taken apart with it, and a boxed trait.
    fn generic(&mut self, out: &mut String, path: &str) {
        let (cell, outer, run) = (self.fresh("Cell"), self.fresh("Outer"), self.fresh("Run"));
        let visibility = if path.is_empty() { "" } else { "pub " };
        let field = (*self.pick(NAMES)).to_owned();
        let bound = *self.pick(&["<T: Clone + Into<usize>>", "<T>"]);
        let clause = match bound {
            "<T>" => " where T: Clone + Into<usize>",
            _ => "",
        };
        let _ = writeln!(
            out,
            "{visibility}struct {cell}<T> {{ {field}: {ARC}, item: T }}\n\nimpl{bound} {cell}<T>{clause} {{\n    {visibility}fn of({field}: &{ARC}, item: T) -> {cell}<T> {{\n        {cell} {{ {field}: Arc::clone({field}), item }}\n    }}\n\n    {visibility}async fn run(&self) -> usize {{\n        let more: usize = self.item.clone().into();\n        more + self.{field}.{READ}\n    }}\n}}\n"
        );
        let item = *self.pick(&["u8", "u16"]);
        let _ = writeln!(
            out,
            "{visibility}struct {outer} {{ cell: {cell}<{item}>, {field}: {ARC}, id: usize }}\n\n{visibility}trait {run} {{\n    fn go<'s>(&'s self, {field}: &'s {ARC}) -> std::pin::Pin<Box<dyn std::future::Future<Output = usize> + 's>>;\n}}\n\nimpl {run} for {outer} {{\n    fn go<'s>(&'s self, {field}: &'s {ARC}) -> std::pin::Pin<Box<dyn std::future::Future<Output = usize> + 's>> {{\n        Box::pin(async move {{ self.id + self.cell.run().await + self.{field}.{READ} + {field}.{READ} }})\n    }}\n}}\n"
        );
        let taken = match self.chance(50) {
            true => format!(
                "let {outer} {{ cell: {cell} {{ {field}: held, item }}, {field}, id }} = it;\n    let more = held.{READ} + usize::from(item);\n"
            ),
            false => format!(
                "let {outer} {{ cell, {field}, id }} = it;\n    let more = cell.run().await;\n"
            ),
        };
        let body = format!(
            "    let make = || {outer} {{ cell: {cell}::of(LENT, 3), {field}: OWNED, id: 1 }};\n    let boxed: Vec<Box<dyn {run}>> = vec![Box::new(make()), Box::new(make())];\n    let mut sum = 0;\n    for it in boxed.iter() {{\n        sum += it.go(LENT).await;\n    }}\n    let it = make();\n    {taken}    sum + more + id + {field}.{READ}\n"
        );
        self.driver(out, path, &body);
    }

    /// Closures that take, capture and give the bus.
    fn closures(&mut self, out: &mut String, path: &str) {
        let (part, twice) = (self.fresh("Part"), self.fresh("twice"));
        let visibility = if path.is_empty() { "" } else { "pub " };
        let _ = writeln!(
            out,
            "{visibility}struct {part} {{ bus: {ARC}, id: usize }}\n\nimpl {part} {{\n    {visibility}fn new(bus: {ARC}, id: usize) -> Self {{\n        {part} {{ bus, id }}\n    }}\n\n    {visibility}async fn run(self) -> usize {{\n        self.id + self.bus.{READ}\n    }}\n}}\n"
        );
        let _ = writeln!(
            out,
            "{visibility}async fn {twice}<F, Fut>(f: F) -> usize\nwhere\n    F: Fn(usize) -> Fut,\n    Fut: std::future::Future<Output = usize>,\n{{\n    f(1).await + f(2).await\n}}\n"
        );
        let first = match self.rng.u8(0..3) {
            0 => format!(
                "let parts: Vec<{part}> = (0..3).map(|id| {part}::new(OWNED, id)).collect();"
            ),
            1 => format!(
                "let held = OWNED;\n    let parts: Vec<{part}> = (0..3).map(move |id| {part}::new(held.clone(), id)).collect();"
            ),
            _ => format!(
                "let make = |id: usize| {part} {{ bus: OWNED, id }};\n    let parts = vec![make(1), make(2)];"
            ),
        };
        let second = match self.rng.u8(0..3) {
            0 => format!(
                "{twice}(|n| {{\n        let held = OWNED;\n        async move {{ held.{READ} + n }}\n    }})\n    .await"
            ),
            1 => format!("{twice}(|n| {part}::new(OWNED, n).run()).await"),
            _ => {
                let body = format!(
                    "{{\n        let held = OWNED;\n        {twice}(move |n| {{\n            let held = held.clone();\n            async move {{ held.{READ} + n }}\n        }})\n    }}"
                );
                format!("{body}\n    .await")
            }
        };
        let body = format!(
            "    {first}\n    let mut sum = 0;\n    for part in parts {{\n        sum += part.run().await;\n    }}\n    sum += {second};\n    let last = 3usize.checked_sub(1).map(|n| {part}::new(OWNED, n));\n    match last {{\n        Some(part) => sum + part.run().await,\n        None => 0,\n    }}\n"
        );
        self.driver(out, path, &body);
    }

    /// Impls of well-known traits, written by hand.
    fn by_hand(&mut self, out: &mut String, path: &str) {
        let node = self.fresh("Node");
        let visibility = if path.is_empty() { "" } else { "pub " };
        let field = (*self.pick(NAMES)).to_owned();
        let is_tuple = self.chance(35);
        let (definition, literal, at, id) = match is_tuple {
            true => (
                format!("({ARC}, usize);"),
                "Self(HELD, ID)".to_owned(),
                "0".to_owned(),
                "1",
            ),
            false => (
                format!(" {{ {field}: {ARC}, id: usize }}"),
                format!("Self {{ {field}: HELD, id: ID }}"),
                field.clone(),
                "id",
            ),
        };
        let with = |held: &str, id: &str| literal.replace("HELD", held).replace("ID", id);
        let _ = writeln!(out, "{visibility}struct {node}{definition}\n");
        let cloned = with(&format!("self.{at}.clone()"), &format!("self.{id}"));
        let _ = writeln!(
            out,
            "impl Clone for {node} {{\n    fn clone(&self) -> Self {{\n        {cloned}\n    }}\n}}\n"
        );
        let shown = match is_tuple {
            true => format!("f.debug_tuple(\"{node}\").field(&self.1).finish()"),
            false => format!(
                "f.debug_struct(\"{node}\").field(\"id\", &self.id).finish_non_exhaustive()"
            ),
        };
        let _ = writeln!(
            out,
            "impl std::fmt::Debug for {node} {{\n    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n        {shown}\n    }}\n}}\n"
        );
        let _ = writeln!(
            out,
            "impl PartialEq for {node} {{\n    fn eq(&self, other: &Self) -> bool {{\n        self.{id} == other.{id}\n    }}\n}}\n\nimpl std::ops::AddAssign<usize> for {node} {{\n    fn add_assign(&mut self, more: usize) {{\n        self.{id} += more;\n    }}\n}}\n"
        );
        let made = with(&field, "size");
        let _ = writeln!(
            out,
            "impl {node} {{\n    {visibility}fn new(size: usize, {field}: {ARC}) -> Self {{\n        {made}\n    }}\n\n    {visibility}async fn into_sum(mut self, more: &[{node}]) -> usize {{\n        self += more.len();\n        let held = self.{at};\n        self.{id} + held.{READ}\n    }}\n}}\n"
        );
        let body = format!(
            "    let one = {node}::new(1, OWNED);\n    let mut two = one.clone();\n    two += 4;\n    assert_ne!(one, two, \"{{one:?}}\");\n    let all = [one.clone(), {node}::new(7, OWNED)];\n    one.into_sum(&all).await + two.into_sum(&all[1..]).await\n"
        );
        self.driver(out, path, &body);
    }

    /// One way to name the bus and `Arc`, in a whole file.
    fn styled(&mut self, text: &str) -> String {
        const BUS: &str = "rvoip_infra_common::events::coordinator::GlobalEventCoordinator";
        let import = format!("use {BUS};\n");
        match self.rng.u8(0..7) {
            0 => text
                .replace(&import, &format!("{import}\ntype Shared = {ARC};\n"))
                .replace(ARC, "Shared")
                .replace("type Shared = Shared;", &format!("type Shared = {ARC};")),
            1 => text.replace("GlobalEventCoordinator", "Hub").replace(
                "coordinator::Hub;",
                "coordinator::GlobalEventCoordinator as Hub;",
            ),
            2 => text
                .replace(
                    &import,
                    "use rvoip_infra_common::events::coordinator as of_bus;\n",
                )
                .replace("GlobalEventCoordinator", "of_bus::GlobalEventCoordinator"),
            3 => text
                .replace(&import, "")
                .replace("GlobalEventCoordinator", BUS)
                .replace("use std::sync::Arc;\n\n", "use std::sync::{self, Arc};\n")
                .replace("Arc<", "sync::Arc<"),
            _ => text.to_owned(),
        }
    }

    /// An expression of a form from a variable.
    fn argument(&mut self, var: &Var, form: Form) -> String {
        let name = &var.name;
        match (form, var.form) {
            (Form::Owned | Form::Into, Form::Ref) => match self.chance(50) {
                true => format!("{name}.clone()"),
                false => format!("Arc::clone({name})"),
            },
            (Form::Owned | Form::Into, _) => match self.chance(60) {
                true => format!("{name}.clone()"),
                false => format!("Arc::clone(&{name})"),
            },
            (Form::Opt, _) => format!("Some({})", self.argument(var, Form::Owned)),
            (Form::Ref | Form::Bare, Form::Ref | Form::Bare) => name.clone(),
            (Form::Ref, _) => format!("&{name}"),
            (Form::Bare, _) => match self.chance(50) {
                true => format!("&{name}"),
                false => format!("{name}.as_ref()"),
            },
        }
    }

    fn arguments(&mut self, params: &[Param], vars: &[Var]) -> String {
        let mut list = Vec::new();
        for param in params {
            list.push(match param {
                Param::Number => self.rng.u8(0..9).to_string(),
                Param::Text => "\"text\"".to_owned(),
                Param::Bus(form) => {
                    let var = self.pick(vars).clone();
                    self.argument(&var, *form)
                }
            });
        }
        list.join(", ")
    }

    fn call(&mut self, function: &Function, vars: &[Var]) -> String {
        let args = self.arguments(&function.params, vars);
        let wait = if function.is_async { ".await" } else { "" };
        format!("{}({args}){wait}", function.path)
    }

    fn make(&mut self, of: &Struct, vars: &[Var]) -> String {
        let args = self.arguments(&of.params, vars);
        let wait = if of.new_is_async { ".await" } else { "" };
        format!("{}::new({args}){wait}", of.path)
    }

    /// A statement of an async body that adds to `n`.
    fn statement(&mut self, out: &mut String, depth: usize, vars: &[Var], outer: bool) {
        let pad = "    ".repeat(depth);
        let var = self.pick(vars).clone();
        let name = var.name.clone();
        let shared = var.form != Form::Bare;
        let owned = match shared {
            true => self.argument(&var, Form::Owned),
            false => String::new(),
        };
        let text = match self.rng.u8(0..14) {
            0 | 1 => format!("n += {name}.{READ};"),
            2 => format!("println!(\"{{}} {{}}\", n.min(1), {name}.{READ});"),
            3 => format!("assert_eq!({name}.{READ}, 0, \"handlers of {{n}}\");"),
            4 => {
                let mut inner = String::new();
                self.statement(&mut inner, depth + 1, vars, false);
                format!("for i in 0..2 {{\n{pad}    n += i;\n{inner}{pad}}}")
            }
            5 if shared => {
                let task = self.fresh("task");
                format!(
                    "let {task} = {owned};\n{pad}n += tokio::spawn(async move {{ {task}.{READ} }}).await.unwrap();"
                )
            }
            6 if shared => {
                let task = self.fresh("task");
                format!(
                    "let {task} = tokio::spawn({{\n{pad}    let held = {owned};\n{pad}    async move {{\n{pad}        held.{READ}\n{pad}    }}\n{pad}}});\n{pad}n += {task}.await.unwrap();"
                )
            }
            7 if shared && outer => {
                let held = self.fresh("held");
                let inner_vars = [Var {
                    name: held.clone(),
                    form: Form::Owned,
                }];
                let mut inner = String::new();
                self.statement(&mut inner, depth, &inner_vars, false);
                format!("let {held} = {owned};\n{}", inner.trim()).replace("\n    \n", "\n")
            }
            8 => format!(
                "let (a, b) = tokio::join!(async {{ {name}.{READ} }}, async {{ n + 1 }});\n{pad}n += a + b;"
            ),
            9 => {
                let mut inner = String::new();
                self.statement(&mut inner, depth + 1, vars, false);
                format!(
                    "if n < 1000 {{\n{inner}{pad}}} else {{\n{pad}    n -= {name}.{READ};\n{pad}}}"
                )
            }
            10 => format!(
                "n += match {name}.{READ} {{\n{pad}    0 => n.min(3),\n{pad}    more => more,\n{pad}}};"
            ),
            11 if shared => {
                let arc = self.argument(&var, Form::Ref);
                format!(
                    "let count = |by: usize| by + Arc::strong_count({arc}).min(1);\n{pad}n += count(2);"
                )
            }
            12 if shared && !self.clean && self.chance(20) => format!(
                "let own = Arc::new(GlobalEventCoordinator::new(rvoip_infra_common::events::config::EventCoordinatorConfig::monolithic()).await.unwrap());\n{pad}n += own.{READ};"
            ),
            _ => format!("n += async {{ {name}.{READ} + 1 }}.await;"),
        };
        let _ = writeln!(out, "{pad}{text}");
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|l| match l.is_empty() {
            true => "\n".to_owned(),
            false => format!("    {l}\n"),
        })
        .collect()
}

/// Generates the programs of `seeds`, migrates them, compiles and runs both sides. Gives what went wrong, by seed.
///
/// # Panics
/// If cargo or the tool cannot be run.
#[must_use]
pub fn check(seeds: &[u64], scratch: &str) -> Vec<(u64, String)> {
    let mut wrong = Vec::new();
    let mut workspace = Scratch::new(scratch);
    let mut sides = Vec::new();
    for &seed in seeds {
        let program = program(seed);
        let dir = tempfile::tempdir().unwrap();
        tree::write(dir.path(), &program.files);
        let args = ["--write", "--allow-dirty", "--format", "json"];
        let output = crate::run_tool(dir.path(), &args);
        let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push((seed, said));
            continue;
        };
        let after = tree::read(dir.path());
        let number = |key: &str| report["summary"][key].as_u64().unwrap();
        let (slots, removed) = (number("slots"), number("slots_removed"));
        if program.clean && slots != removed {
            let kept: Vec<String> = report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| format!("{}:{} {}: {}", f["path"], f["line"], f["id"], f["message"]))
                .collect();
            let said = format!("{removed} of {slots} slots go\n{}", kept.join("\n"));
            wrong.push((seed, said));
        }
        let again = crate::run_tool(dir.path(), &["--check"]);
        if again.status.code() != Some(0) {
            let said = String::from_utf8_lossy(&again.stdout).into_owned();
            wrong.push((seed, format!("a second run would change it\n{said}")));
        }
        for (side, tree) in [("before", &program.files), ("after", &after)] {
            workspace.add(&format!("seed{seed}/{side}"), tree, Bus::Upstream, true);
        }
        sides.push(seed);
    }
    workspace.finish();
    let build = workspace.lint_and_link();
    let found = &build.diagnostics;
    for (member, list) in found {
        let Some((seed, side)) = member.split_once('/') else {
            continue;
        };
        let seed: u64 = seed.trim_start_matches("seed").parse().unwrap();
        let counterpart = format!("seed{seed}/{}", side.replacen("after", "before", 1));
        let before = found
            .get(&counterpart)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let new = match side.starts_with("after") {
            true => new_diagnostics(before, list),
            false => new_diagnostics(list, list),
        };
        for diagnostic in new {
            wrong.push((seed, format!("{side}\n{}", diagnostic.rendered)));
        }
    }
    let name = |seed: u64, side: &str| scratch_name(&format!("seed{seed}/{side}"), "app");
    for seed in sides {
        match ["before", "after"].map(|side| build.run(&name(seed, side))) {
            [Ok(before), Ok(after)] if before == after && !before.is_empty() => {}
            [before, after] => wrong.push((seed, format!("printed {before:?} and now {after:?}"))),
        }
    }
    wrong
}

/// The seeds that once went wrong: `tests/seeds`, a line each, with what it was.
///
/// # Panics
/// If the file is malformed.
#[must_use]
pub fn kept_seeds() -> Vec<u64> {
    let text = std::fs::read_to_string(crate::root().join("tests/seeds")).unwrap();
    text.lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .map(|l| l.split_whitespace().next().unwrap().parse().unwrap())
        .collect()
}
