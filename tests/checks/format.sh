#!/usr/bin/env bash
# Every C++ file that git knows is formatted as .clang-format says; names those that are not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t files < <(git ls-files '*.cc' '*.h')
[ ${#files[@]} -gt 0 ] || { echo "git knows no C++ file in $PWD" >&2; exit 1; }
wrong=$(clang-format --dry-run "${files[@]}" 2>&1 | sed -n 's/:[0-9]*:[0-9]*: warning: .*clang-format.*//p' | sort -u)
[ -z "$wrong" ] || { printf 'not formatted; run clang-format -i on:\n%s\n' "$wrong"; exit 1; }
