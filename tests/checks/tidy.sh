#!/usr/bin/env bash
# clang-tidy finds nothing, by the list in .clang-tidy. Reads the pieces that a build with MIGRATE_UNITY compiles: a folder in
# one of them is read in the time of one file.
#
#   tidy.sh BUILD-FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1
pieces=$(grep -c '"file": .*/Unity/unity_' "$build/compile_commands.json" || true)
[ "$pieces" -gt 0 ] || { echo "$build has no pieces to read: configure it with -DMIGRATE_UNITY=ON" >&2; exit 1; }
# Within a piece one file's names shadow another's, which they do not when compiled alone.
if ! said=$(run-clang-tidy -quiet -p "$build" -j 1 -extra-arg=-Wno-unknown-warning-option -extra-arg=-Wno-shadow '/Unity/unity_' 2>&1); then
  printf '%s\n' "$said" | grep -vE '^clang-tidy|warnings? generated|^$' || true
  exit 1
fi
