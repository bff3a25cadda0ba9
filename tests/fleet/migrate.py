"""Migrates every cloned repository that names the bus crate, with all-repos.

usage: migrate.py [-C CONFIG] [--dry-run] [--jobs N] [-- ARGUMENTS OF coordinator-codemod]
"""
import argparse
import functools
import os
import subprocess
import sys
from typing import Sequence

from all_repos import autofix_lib
from all_repos.config import Config
from all_repos.grep import repos_matching


def find_repos(config: Config) -> set[str]:
    return repos_matching(config, ('-l', 'GlobalEventCoordinator', '--', '*.rs'))


def apply_fix(arguments: Sequence[str]) -> None:
    tool = os.environ.get('CODEMOD', 'coordinator-codemod')
    # 0: changed, or nothing to do; anything else: all-repos goes on with the next repository
    autofix_lib.run(tool, '--write', *arguments)


def main(argv: Sequence[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else list(argv)
    at = argv.index('--') if '--' in argv else len(argv)
    parser = argparse.ArgumentParser()
    autofix_lib.add_fixer_args(parser)
    args = parser.parse_args(argv[:at])
    repos, config, commit, settings = autofix_lib.from_cli(
        args,
        find_repos=find_repos,
        msg='One global_coordinator()',
        branch_name='global-coordinator',
    )
    autofix_lib.fix(
        repos,
        apply_fix=functools.partial(apply_fix, argv[at + 1:]),
        config=config,
        commit=commit,
        autofix_settings=settings,
    )
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
