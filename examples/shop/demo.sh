#!/usr/bin/env bash
# The whole story on this machine: a shop in a real MySQL becomes DynamoDB tables, checked; then life goes on.
#
#   examples/shop/demo.sh [--mariadb] [--keep]
#
# Installs what is missing (once), builds migrate, starts MySQL 8 (or MariaDB) and DynamoDB Local on free ports in a scratch
# folder, makes a shop of eleven tables and 100,000 rows, and runs migrate on it. Stops its servers at the end; --keep
# leaves them running, and says how to go on and how to stop them. Two of these may run at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
top=$PWD
kind=mysql keep=
for argument in "$@"; do
  case $argument in
    --mariadb) kind=mariadb ;;
    --keep) keep=1 ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
  esac
done

bold=$'\033[1m' plain=$'\033[0m'
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || bold='' plain=''
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; }

scratch=$(mktemp -d "${TMPDIR:-/tmp}/migrate-demo.XXXXXX")
finish() {
  local code=$?
  if [ -n "$keep" ] && [ $code = 0 ]; then
    cat <<END

The servers go on running. To play with them:
  cd $scratch/shop && source ../demo.env
  migrate plan
To stop them and remove all of it:
  $top/tests/support/servers.sh stop $scratch/servers; rm -rf $scratch
END
  else
    "$top/tests/support/servers.sh" stop "$scratch/servers" >/dev/null 2>&1 || true
    rm -rf "$scratch"
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

say "Install what is missing, build migrate"
tests/support/install.sh all
mkdir -p build
(
  flock 9   # another demo in this clone builds in the same folder
  cmake --preset release && cmake --build --preset release
) >"$scratch/build.log" 2>&1 9>build/demo.lock || { tail -40 "$scratch/build.log"; exit 1; }
export PATH="$top/build/release:$PATH"
migrate --version

say "Start $kind and DynamoDB Local"
tests/support/servers.sh start "$scratch/servers" "$kind" dynamodb
{
  tests/support/servers.sh env "$scratch/servers"
  prefix=MIGRATE_TEST_$(tr '[:lower:]' '[:upper:]' <<<"$kind")
  echo "export SHOP_DB_HOST=\"\$${prefix}_HOST\" SHOP_DB_PORT=\"\$${prefix}_PORT\" SHOP_DB_NAME=shop"
  echo "export SHOP_DB_USER=\"\$${prefix}_USER\" SHOP_DB_PASSWORD=\"\$${prefix}_PASSWORD\" MIGRATE_PASSWORD=\"\$${prefix}_PASSWORD\""
  echo "export SHOP_DYNAMODB_ENDPOINT=\"\$MIGRATE_TEST_DYNAMODB_ENDPOINT\""
  echo "export PATH='$top/build/release':\"\$PATH\""
} >"$scratch/demo.env"
# shellcheck disable=SC1091
source "$scratch/demo.env"
sql() { MYSQL_PWD=$SHOP_DB_PASSWORD mariadb --no-defaults --default-character-set=utf8mb4 -h "$SHOP_DB_HOST" -P "$SHOP_DB_PORT" -u "$SHOP_DB_USER" "$@"; }

say "Make the shop: eleven tables, 100,000 rows, three of them dirty"
sql -e "CREATE DATABASE shop CHARACTER SET utf8mb4"
sql shop <examples/shop/schema.sql
sql shop <examples/shop/rows.sql
mkdir "$scratch/shop"
cp examples/shop/migrate.yaml examples/shop/*.json "$scratch/shop/"

run() {   # run EXPECTED-EXIT-CODE COMMAND...
  local expected=$1 code=0; shift
  show "$*"
  "$@" || code=$?
  [ $code = "$expected" ] || { echo "demo: expected exit code $expected, got $code" >&2; exit 1; }
}

say "A first contract from the live database: one target table each"
mkdir "$scratch/first" && cd "$scratch/first"
run 0 migrate init "mysql://$SHOP_DB_USER@$SHOP_DB_HOST:$SHOP_DB_PORT/shop"
run 0 ls

say "The shop's own contract: what would be done, and why"
cd "$scratch/shop"
run 0 migrate plan

say "Do it. Three dirty rows become dead letters, so the exit code is 3"
run 3 migrate build

say "Again: nothing to do"
run 3 migrate build

say "A new review, a changed category, a review that goes: what differs is written, and nothing else"
show "INSERT INTO reviews …; DELETE FROM reviews WHERE id = 5; UPDATE categories SET name = 'Garden' WHERE id = 11"
sql shop -e "INSERT INTO reviews (product_id, customer_id, stars, body, created_at) VALUES (7, 7, 5, 'Good', '2026-01-02 03:04:05');
             DELETE FROM reviews WHERE id = 5; UPDATE categories SET name = 'Garden' WHERE id = 11"
run 0 migrate plan
run 3 migrate build

say "What the application wrote meanwhile is never overwritten unasked: a conflict"
application() {   # application OPERATION BODY: what a program of the shop's own would ask
  curl -sf -o "$scratch/application.answer" "$SHOP_DYNAMODB_ENDPOINT" -H "X-Amz-Target: DynamoDB_20120810.$1" \
    -H 'Content-Type: application/x-amz-json-1.0' -d "$2" \
    -H 'Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'
}
show "application: category 12 is renamed, 13 gets a colour; UPDATE categories SET name = 'Sale …' WHERE id IN (12, 13)"
application UpdateItem '{"TableName":"ShopCategories","Key":{"id":{"N":"12"}},"UpdateExpression":"SET #n = :v",
  "ExpressionAttributeNames":{"#n":"name"},"ExpressionAttributeValues":{":v":{"S":"Ours"}}}'
application UpdateItem '{"TableName":"ShopCategories","Key":{"id":{"N":"13"}},"UpdateExpression":"SET colour = :v",
  "ExpressionAttributeValues":{":v":{"S":"red"}}}'
sql shop -e "UPDATE categories SET name = CONCAT('Sale ', id) WHERE id IN (12, 13)"
run 3 migrate build
run 0 cat out/dead-letters/Categories.jsonl

say "The report"
run 0 migrate report
run 0 ls out out/report
