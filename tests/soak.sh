#!/usr/bin/env bash
# Longer than tests/run.sh has time for: random rounds of later builds against a model (tests/servers/cli/model_test.cc), until as
# many builds have been killed as asked for. The seed of each run is printed; the first one that fails ends it.
#
#   tests/soak.sh [--kills N] [--seed S]     N: 1000 unless given; S: the seed of the first run, any unless given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kills=1000 seed=$RANDOM
while [ $# -gt 0 ]; do
  case $1 in
    --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --kills) kills=${2:?--kills takes a number}; shift 2 ;;
    --seed) seed=${2:?--seed takes a number}; shift 2 ;;
    *) echo "tests/soak.sh: '$1' is not known; see --help" >&2; exit 2 ;;
  esac
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/migrate-soak.XXXXXX")
trap 'tests/support/servers.sh stop "$scratch/servers" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
tests/support/install.sh all >/dev/null
cmake --preset asan >/dev/null
cmake --build --preset asan --target migrate servers_cli >/dev/null
tests/support/servers.sh start "$scratch/servers" >/dev/null
eval "$(tests/support/servers.sh env "$scratch/servers")"
export UBSAN_OPTIONS=print_stacktrace=1 MIGRATE_TEST_ROUNDS=${MIGRATE_TEST_ROUNDS:-50}

for ((done = 0; done < kills; ++seed)); do
  MIGRATE_TEST_SEED=$seed build/asan/tests/servers_cli '--gtest_filter=*Model.*' >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  done=$((done + $(awk -F= '/^MODEL_KILLS=/ { n += $2 } END { print n + 0 }' "$scratch/log")))
  echo "MIGRATE_TEST_SEED=$seed: $done builds killed so far"
done
