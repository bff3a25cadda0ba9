#!/usr/bin/env python3
"""The command beside its peers, on the same files, in one run: CPU time, memory, and the ratios that count.

    codemod/benches/compare.py [--into FILE] [--assert] [--floor] [--many DIR] [--rvoip DIR] [--rounds N]

Builds the command, fetches the corpora with `cargo vendor` and the peers (ripgrep, ast-grep) with `cargo install`, each
once, below target/compare. --into puts the table between the marks of FILE; --assert fails if a ratio is worse than the
one that is promised here; --floor compares with ripgrep alone, on the first corpus; --many and --rvoip take folders that
are there already.
"""

import argparse, math, os, pathlib, shutil, statistics, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WORK = TARGET / "compare"
MARKS = ("<!-- compare: begin -->", "<!-- compare: end -->")
NAME = "GlobalEventCoordinator"

# what ast-grep is given: the one simplest pattern
RULE = f"""id: construction
language: rust
rule: {{ pattern: {NAME}::monolithic() }}
fix: global_coordinator()
"""

# much of what a large application depends on
MANY = ["bevy", "polars", "datafusion", "wgpu", "tokio", "axum", "tonic", "sqlx", "diesel", "image", "nalgebra",
        "actix-web", "reqwest", "clap", "ra_ap_ide", "swc_core", "gix", "kube", "lapin", "rustls", "openssl", "libp2p"]
RVOIP = ["infra-common", "core", "core-traits", "codec-core", "media-core", "rtp-core", "sip", "sip-core", "sip-dialog",
         "sip-transport", "webrtc", "sip-registrar"]

# CPU time at most this many times that of the other. They are about twice what was measured: machines differ.
PROMISED = {
    ("many", "dry run", "rg"): 3.0,
    ("many", "dry run", "ast-grep"): 0.02,
    ("rvoip", "dry run", "ast-grep"): 0.6,
}


def cargo(*args, **options):
    subprocess.run(["cargo", *args], check=True, **options)


def peer(binary, package):
    found = shutil.which(binary) or shutil.which(binary, path=str(WORK / "peers/bin"))
    if not found:
        cargo("install", "--quiet", "--locked", "--root", str(WORK / "peers"), package)
        found = str(WORK / "peers/bin" / binary)
    return found


def vendored(name, crates, keep):
    """A folder with the sources of `crates` and what they depend on."""
    into = WORK / name
    if not into.is_dir():
        with tempfile.TemporaryDirectory() as package:
            package = pathlib.Path(package)
            (package / "src").mkdir()
            (package / "src/lib.rs").touch()
            lines = "".join(f'{c} = "{v}"\n' for c, v in crates)
            (package / "Cargo.toml").write_text(
                f'[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n{lines}')
            cargo("vendor", "--quiet", str(package / "all"), cwd=package, stdout=subprocess.DEVNULL)
            into.mkdir(parents=True)
            for crate in sorted((package / "all").iterdir()):
                if keep(crate.name):
                    shutil.move(str(crate), str(into / crate.name))
    return into


def crates_of(folder):
    """The crates below a vendored folder or cargo's registry, without those that use the bus."""
    folders = [f for f in sorted(folder.iterdir()) if f.is_dir()]
    if not any((f / "Cargo.toml").is_file() for f in folders):
        return [c for f in folders for c in crates_of(f)]
    return [str(f) for f in folders if not f.name.startswith("rvoip")]


def measured(command, cwd):
    """CPU seconds (user and system), wall seconds and peak memory in MiB of one run."""
    start = os.times().elapsed
    with open(os.devnull, "wb") as null:
        child = subprocess.Popen(command, cwd=cwd, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{command} exits with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - start, usage.ru_maxrss / 1024


def size(paths, folder):
    files = lines = naming = 0
    for file in (f for p in paths for f in (folder / p).rglob("*.rs")):
        if file.is_file():  # one at a time: a child's peak counts what its parent held when it started it
            text = file.read_bytes()
            files, lines, naming = files + 1, lines + text.count(b"\n"), naming + (NAME.encode() in text)
    return files, lines, naming


def migrated(tool, folder, name):
    """A copy of `folder` in which everything is done that can be."""
    into = WORK / f"{name}-migrated"
    if into.is_dir():
        shutil.rmtree(into)
    shutil.copytree(folder, into)
    subprocess.run([tool, "--write", "--allow-dirty", "--quiet", "."], cwd=into, stdout=subprocess.DEVNULL)
    return into


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=pathlib.Path)
    parser.add_argument("--assert", dest="promise", action="store_true")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--many", type=pathlib.Path)
    parser.add_argument("--rvoip", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    cargo("build", "--quiet", "--release", "--locked", "-p", "coordinator-codemod", cwd=ROOT)
    tool = str(TARGET / "release/coordinator-codemod")
    rg = peer("rg", "ripgrep")
    ast_grep = None if args.floor else peer("ast-grep", "ast-grep")
    corpora = {
        "many": args.many or vendored("many", [(c, "*") for c in MANY], lambda n: not n.startswith("rvoip")),
    }
    if not args.floor:
        crates = [(f"rvoip-{c}", "0.4") for c in RVOIP]
        corpora["rvoip"] = args.rvoip or vendored("rvoip", crates, lambda n: n.startswith("rvoip"))
    rows, failed = [], []
    for name, folder in corpora.items():
        paths = crates_of(folder) if name == "many" else ["."]
        files, lines, naming = size(paths, folder)
        commands = {
            "rg": ([rg, "-l", NAME, "-t", "rust", *paths], folder),
            "dry run": ([tool, *paths], folder),
        }
        if ast_grep:
            commands["ast-grep"] = ([ast_grep, "scan", "--inline-rules", RULE, *paths], folder)
        if name == "rvoip":
            done = migrated(tool, folder, name)
            commands["check, migrated"] = ([tool, "--check", "."], done)
        runs = {what: [] for what in commands}
        for what, (command, cwd) in commands.items():  # warms the cache
            measured(command, cwd)
        for _ in range(args.rounds):
            for what, (command, cwd) in commands.items():
                if what != "ast-grep" or len(runs[what]) < 2:
                    runs[what].append(measured(command, cwd))
        middle = {w: [statistics.median(c) for c in zip(*r)] for w, r in runs.items()}
        for what, (cpu, wall, memory) in middle.items():
            ratio = {o: cpu / max(middle[o][0], 0.001) if o in middle else math.nan for o in ("rg", "ast-grep")}
            rows.append(f"| {name}: {files:,} files, {lines:,} lines, {naming} name the type | {what} | {ratio['rg']:.2f} | "
                        f"{ratio['ast-grep']:.4f} | {wall / max(middle['rg'][1], 0.001):.2f} | {memory:.0f} |")
            for (n, w, other), most in PROMISED.items():
                if (n, w) == (name, what) and ratio[other] > most:
                    failed.append(f"{name}, {what}: {ratio[other]:.3f} times the CPU time of {other}; promised {most}")
    table = "\n".join(["| corpus | command | CPU, times `rg` | CPU, times `ast-grep` | wall, times `rg` | peak MiB |",
                       "|---|---|---|---|---|---|", *rows])
    print(table)
    growth = ["| files | CPU a file, times that at the smallest |", "|---|---|"]
    crates = crates_of(corpora["many"])
    first = None
    for step in (8, 4, 2, 1):
        some = crates[::step]
        count = sum(f.is_file() for c in some for f in pathlib.Path(c).rglob("*.rs"))
        each = statistics.median(measured([tool, *some], corpora["many"])[0] for _ in range(args.rounds)) / count
        first = first or each
        growth.append(f"| {count:,} | {each / first:.2f} |")
    table = "\n".join([table, "", *growth])
    print("\n".join(growth))
    if args.into:
        text = args.into.read_text()
        before, rest = text.split(MARKS[0])
        _, after = rest.split(MARKS[1])
        args.into.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}")
    if args.promise and failed:
        sys.exit("\n".join(failed))


main()
