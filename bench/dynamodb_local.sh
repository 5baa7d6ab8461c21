#!/bin/bash
# A load into DynamoDB Local by the engine, by a bare client that posts the same prepared requests, and by boto3 with
# threads, in turns; medians and ratios. Arguments: ITEMS ROUNDS. PYTHON names a Python that has boto3.
set -euo pipefail
cd "$(dirname "$0")/.."
items=${1:-20000} rounds=${2:-5}
cmake --preset release -DMIGRATE_BENCH=ON >/dev/null
cmake --build build/release --target bench_dynamodb_local >/dev/null
program=build/release/bench/bench_dynamodb_local
scratch=$(mktemp -d)
trap 'tests/support/servers.sh stop "$scratch" >/dev/null; rm -rf "$scratch"' EXIT
tests/support/servers.sh start "$scratch" dynamodb >/dev/null
eval "$(tests/support/servers.sh env "$scratch")"
endpoint=$MIGRATE_TEST_DYNAMODB_ENDPOINT
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

for mode in put-if-absent overwrite; do
  rm -f "$scratch"/*.seconds
  for who in bare engine; do "$program" "$endpoint" $mode $who "$items" >/dev/null; done   # the server compiles itself
  for ((round = 0; round < rounds; round++)); do
    for who in bare engine; do "$program" "$endpoint" $mode $who "$items" >>"$scratch/$who.seconds"; done
    "${PYTHON:-python3}" bench/dynamodb_local.py "$endpoint" $mode 16 "$items" >>"$scratch/boto3.seconds"
  done
  bare=$(median <"$scratch/bare.seconds") engine=$(median <"$scratch/engine.seconds") boto3=$(median <"$scratch/boto3.seconds")
  awk -v mode=$mode -v items="$items" -v b="$bare" -v e="$engine" -v p="$boto3" 'BEGIN {
    printf "%-14s bare %d items/s, engine %d, boto3 %d: engine %.2f of bare, %.1f times boto3\n", mode, items / b, items / e, items / p, b / e, p / e }'
done
