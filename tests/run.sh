#!/usr/bin/env bash
# Everything that must hold before a change lands: installs what is missing, builds, starts the real servers, runs all tests.
#
#   tests/run.sh [CTEST-OPTION...]       e.g. tests/run.sh -R conflict
#
# All tests run under AddressSanitizer and UndefinedBehaviorSanitizer; those of the concurrent folders once more under
# ThreadSanitizer, which cannot share a binary with the others. Two clones may run this at once. The last output is ctest's summary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD

stage() {   # stage NAME COMMAND...: quiet when it succeeds, but for the time that it took
  local name=$1 began=$SECONDS; shift
  "$@" >"$scratch/stage.log" 2>&1 || { tail -n 100 "$scratch/stage.log" >&2; echo "tests/run.sh: $name failed" >&2; exit 1; }
  echo "$name: $((SECONDS - began)) s"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/migrate-tests.XXXXXX")
trap '"$top/tests/support/servers.sh" stop "$scratch/servers" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

stage "install" tests/support/install.sh all
stage "configure" bash -ec 'cmake --preset tsan; cmake --preset asan "-DMIGRATE_TSAN_BUILD=$PWD/build/tsan"'
stage "build with ASan and UBSan" cmake --build --preset asan
stage "build with TSan" cmake --build --preset tsan --target concurrent_tests
stage "start servers" tests/support/servers.sh start "$scratch/servers"

eval "$(tests/support/servers.sh env "$scratch/servers")"
export UBSAN_OPTIONS=print_stacktrace=1
# A run says the same twice, so that what it blames is the change at hand. To explore: MIGRATE_TEST_SEED=$RANDOM tests/run.sh -R andom
export MIGRATE_TEST_SEED=${MIGRATE_TEST_SEED:-1}
# Tests share the servers: a transaction of one hides for a moment which version of its table another sees. What fails once is
# printed, and tried once more; a fault fails twice.
ctest --test-dir build/asan --no-label-summary --output-on-failure --repeat until-pass:2 -j "$(nproc)" "$@"
