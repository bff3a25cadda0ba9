//! Migrates generated programs, compiles and runs both sides. Arguments: the first seed and the one after the last
//! (default 0 60). A seed that goes wrong belongs into `tests/seeds`; `--show SEED` prints its program.

use std::process::ExitCode;

use migration_tests::generate::{check, program};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, or: u64| args.get(i).and_then(|a| a.parse().ok()).unwrap_or(or);
    if args.first().is_some_and(|a| a == "--show") {
        for (path, bytes) in program(number(1, 0)).files {
            println!(
                "==> {}\n{}",
                path.display(),
                String::from_utf8_lossy(&bytes)
            );
        }
        return ExitCode::SUCCESS;
    }
    let seeds: Vec<u64> = (number(0, 0)..number(1, 60)).collect();
    let wrong = check(&seeds, "generated-long");
    for (seed, said) in &wrong {
        println!("## {seed}\n{said}");
    }
    println!("{} programs, {} went wrong", seeds.len(), wrong.len());
    ExitCode::from(u8::from(!wrong.is_empty()))
}
