#!/bin/sh
# A plan that finds nothing to do, offline, against ninja's no-op on as many edges. Arguments: numbers of targets.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release -DMIGRATE_BENCH=ON >/dev/null
cmake --build build/release --target bench_graph_noop >/dev/null
exec build/release/bench/bench_graph_noop compare "$@"
