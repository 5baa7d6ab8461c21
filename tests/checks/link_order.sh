#!/usr/bin/env bash
# Folders are layers: a file includes only its own folder and those before it in link order.
#
#   link_order.sh [ROOT]     the tree to look at, this one when none is named
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"
layers="base cache graph contract sql cloud engine report rules cli"   # as CMakeLists.txt links them

files=$(find src cache graph rules \( -name '*.cc' -o -name '*.h' \) 2>/dev/null | sort || true)
[ -n "$files" ] || { echo "link_order: no sources in $PWD" >&2; exit 1; }
# shellcheck disable=SC2086  # a list of files
awk -v layers="$layers" '
  BEGIN { n = split(layers, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
  FNR == 1 { split(FILENAME, part, "/"); own = part[1] == "src" ? part[2] : part[1]
             if (!(own in rank)) { print FILENAME ": the folder " own " has no place in the link order"; bad = 1 } }
  match($0, /^#include "[^"]+"/) {
    split(substr($0, RSTART + 10, RLENGTH - 11), path, "/"); other = path[1]
    if (!(other in rank)) { print FILENAME ":" FNR ": includes of our own start with a folder in link order: " $0; bad = 1 }
    else if (own in rank && rank[other] > rank[own]) { print FILENAME ":" FNR ": " own " is linked before " other ": " $0; bad = 1 }
  }
  END { exit bad }' $files
