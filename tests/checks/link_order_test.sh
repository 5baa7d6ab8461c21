#!/usr/bin/env bash
# This tree keeps the link order, and the check sees one that does not.
set -euo pipefail
check=$(dirname "${BASH_SOURCE[0]}")/link_order.sh
"$check"

bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
mkdir -p "$bad"/{src/sql,graph,cache,rules}
echo '#include "base/text.h"' >"$bad/graph/good.h"
echo '#include "sql/view.h"' >"$bad/graph/bad.h"
expected='graph/bad.h:1: graph is linked before sql: #include "sql/view.h"'
if said=$("$check" "$bad"); then echo "the check let a wrong include pass"; exit 1; fi
[ "$said" = "$expected" ] || { printf 'expected: %s\nsaid:     %s\n' "$expected" "$said"; exit 1; }
