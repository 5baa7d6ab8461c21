#!/bin/bash
# Conditional updates with their reads on DynamoDB Local, 8, 16 and 32 requests in flight, and the same by boto3 with 32
# threads, in turns; medians and ratios. Arguments: ITEMS ROUNDS. PYTHON names a Python that has boto3.
set -euo pipefail
cd "$(dirname "$0")/.."
items=${1:-5000} rounds=${2:-3}
cmake --preset release -DMIGRATE_BENCH=ON >/dev/null
cmake --build build/release --target bench_conditional_update >/dev/null
program=build/release/bench/bench_conditional_update
scratch=$(mktemp -d)
trap 'tests/support/servers.sh stop "$scratch" >/dev/null; rm -rf "$scratch"' EXIT
tests/support/servers.sh start "$scratch" dynamodb >/dev/null
eval "$(tests/support/servers.sh env "$scratch")"
endpoint=$MIGRATE_TEST_DYNAMODB_ENDPOINT
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

for warm in 1 2; do "$program" "$endpoint" 8 "$items" >/dev/null; done   # the server compiles itself
for ((round = 0; round < rounds; round++)); do
  for in_flight in 8 16 32; do "$program" "$endpoint" $in_flight "$items" >>"$scratch/$in_flight.seconds"; done
  "${PYTHON:-python3}" bench/conditional_update.py "$endpoint" 32 "$items" >>"$scratch/boto3.seconds"
done
boto3=$(median <"$scratch/boto3.seconds")
awk -v items="$items" -v s="$boto3" 'BEGIN { printf "boto3, 32 threads: %d items/s\n", items / s }'
for in_flight in 8 16 32; do
  median <"$scratch/$in_flight.seconds" | awk -v items="$items" -v n=$in_flight -v p="$boto3" \
    '{ printf "%d in flight: %d items/s, %.1f times boto3\n", n, items / $1, p / $1 }'
done
