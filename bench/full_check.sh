#!/bin/bash
# `migrate check` of a table, every row and item both ways, beside a Python script that scans both sides; in turns, medians
# and their ratio. Arguments: ROWS ROUNDS. PYTHON names a Python that has boto3 and PyMySQL.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD rows=${1:-50000} rounds=${2:-5}
cmake --preset release >/dev/null
cmake --build --preset release --target migrate >/dev/null
scratch=$(mktemp -d)
trap 'tests/support/servers.sh stop "$scratch/servers" >/dev/null; rm -rf "$scratch"' EXIT
tests/support/servers.sh start "$scratch/servers" mariadb dynamodb >/dev/null
eval "$(tests/support/servers.sh env "$scratch/servers")"
sql() { MYSQL_PWD=$MIGRATE_TEST_MARIADB_PASSWORD mariadb --no-defaults -h "$MIGRATE_TEST_MARIADB_HOST" -P "$MIGRATE_TEST_MARIADB_PORT" -u "$MIGRATE_TEST_MARIADB_USER" "$@"; }
sql <<SQL
CREATE DATABASE bench;
CREATE TABLE bench.customers (id INT PRIMARY KEY, email VARCHAR(100) NOT NULL, name VARCHAR(100), price DECIMAL(10,2) NOT NULL,
  active BOOL NOT NULL, created_at DATETIME(6) NOT NULL);
INSERT INTO bench.customers SELECT seq, CONCAT('customer', seq, '@example.org'), IF(seq % 7, CONCAT('A name of some length ', seq), NULL),
  seq * 37 % 100000 / 100, seq % 2, '2024-01-01' + INTERVAL seq * 1234567 MICROSECOND FROM bench.seq_1_to_$rows;
SQL
cat >"$scratch/contract.json" <<JSON
{"tables": [{"table": "BenchCustomers", "type": "single-entity", "source_table": "customers", "pk": "id", "attributes": [
  {"name": "id", "type": "N", "source_table": "customers", "source_column": "id"},
  {"name": "email", "type": "S", "source_table": "customers", "source_column": "email"},
  {"name": "name", "type": "S", "source_table": "customers", "source_column": "name"},
  {"name": "price", "type": "N", "source_table": "customers", "source_column": "price"},
  {"name": "active", "type": "BOOL", "source_table": "customers", "source_column": "active"},
  {"name": "created_at", "type": "S", "source_table": "customers", "source_column": "created_at"}]}]}
JSON
cat >"$scratch/migrate.yaml" <<YAML
version: 1
name: bench
contract: contract.json
source: {kind: mysql, host: $MIGRATE_TEST_MARIADB_HOST, port: $MIGRATE_TEST_MARIADB_PORT, database: bench, user: $MIGRATE_TEST_MARIADB_USER, password: "\${MIGRATE_TEST_MARIADB_PASSWORD}"}
target: {kind: dynamodb, region: us-east-1, endpoint: $MIGRATE_TEST_DYNAMODB_ENDPOINT}
YAML
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
seconds() { local began; began=$(date +%s.%N); "$@" >"$scratch/said" 2>&1 || { cat "$scratch/said" >&2; exit 1; }; awk -v b="$began" -v e="$(date +%s.%N)" 'BEGIN {print e - b}'; }

(
  cd "$scratch"
  "$top/build/release/migrate" build >/dev/null
  seconds "$top/build/release/migrate" check check:BenchCustomers >/dev/null   # the server compiles itself
  for ((round = 0; round < rounds; round++)); do
    seconds "$top/build/release/migrate" check check:BenchCustomers >>ours
    "${PYTHON:-python3}" "$top/bench/full_check.py" "$MIGRATE_TEST_DYNAMODB_ENDPOINT" BenchCustomers >>script
  done
)
ours=$(median <"$scratch/ours") script=$(median <"$scratch/script")
awk -v rows="$rows" -v o="$ours" -v s="$script" 'BEGIN {printf "%d rows and items: migrate check %.2f s, script %.2f s: %.1f times faster\n", rows, o, s, s / o}'
