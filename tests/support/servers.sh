#!/usr/bin/env bash
# Starts and stops the real servers that the tests and examples run against: MariaDB, MySQL 8, DynamoDB Local.
#
#   servers.sh start DIR [mariadb] [mysql] [dynamodb]   start them (all three when none is named), wait until each one answers
#   servers.sh stop DIR       stop exactly what start has started there, and wait until it is gone
#   servers.sh env DIR        print what to evaluate in a shell: eval "$(servers.sh env DIR)"
#   servers.sh status DIR     one line per server; exit code 1 unless all of them run
#
# DIR is a scratch folder: absent, empty, or from an earlier start. Data starts afresh with every start of a server that is down.
# Everything listens on 127.0.0.1, on free ports; DIR/servers.env names them:
#   MIGRATE_TEST_MARIADB_{HOST,PORT,SOCKET,USER,PASSWORD,CA}, MIGRATE_TEST_MYSQL_{the same}, MIGRATE_TEST_DYNAMODB_ENDPOINT,
#   and AWS credentials that mean nothing, as DynamoDB Local wants some.
# MARIADB_EXTRA and MYSQL_EXTRA hold further options of the servers, MARIADB_EXTRA='--max-connections=20' for example.
# install.sh, beside this file, installs what this needs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=${MIGRATE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/migrate-tools}
mysql_home=$tools/mysql-8.0.15
dynamodb_home=$tools/dynamodb-local-2.6.1
password=rootpw

say() { echo "servers: $*" >&2; }
die() { say "error: $*"; exit 1; }

# --- processes: a pid file holds "PID START-TIME", as a number alone may be somebody else's by the time we look ---

start_time() {   # of a process that runs (a zombie does not); nothing otherwise
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
  read -ra stat <<<"${stat##*) }"   # what follows the command's name starts with field 3, the state; field 22 is the time
  [ "${stat[0]}" = Z ] || echo "${stat[19]}"
}

running() {   # running KIND: prints the pid
  local pid time
  read -r pid time 2>/dev/null <"$dir/$1.pid" || return 1
  [ "$(start_time "$pid")" = "$time" ] && echo "$pid"
}

launch() {   # launch KIND COMMAND...: in a session of its own, so that Ctrl-C at a test does not reach it; what it leaves stays in DIR
  local kind=$1; shift
  env --chdir="$dir" setsid "$@" >"$dir/$kind.log" 2>&1 </dev/null 9>&- &
  echo "$! $(start_time $!)" >"$dir/$kind.pid"
}

stop_one() {
  local pid tries
  pid=$(running "$1") || { rm -f "$dir/$1.pid"; return 0; }
  kill -TERM "$pid" 2>/dev/null || true
  for ((tries = 0; tries < 600; tries++)); do
    running "$1" >/dev/null || break
    [ $tries != 400 ] || { say "$1 ignores TERM, killing it"; kill -KILL "$pid" 2>/dev/null || true; }
    sleep 0.05
  done
  rm -f "$dir/$1.pid"
}

# --- ports: below those the system gives to clients; whoever binds first has it, the loser's server exits and tries another ---

some_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

listens() {   # listens PID PORT: is it this very process that listens there?
  local inode
  for inode in $(awk -v port=":$(printf %04X "$2")" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null); do
    find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null | grep -q . && return 0
  done
  return 1
}

# serve KIND COMMAND...: runs COMMAND --with the port in place of @PORT@ until it listens; sets $port
serve() {
  local kind=$1 attempt pid deadline; shift
  for attempt in 1 2 3 4 5; do
    port=$(some_port)
    launch "$kind" "${@//@PORT@/$port}"
    deadline=$((SECONDS + 120))
    while pid=$(running "$kind"); do
      if listens "$pid" "$port"; then echo "$port" >"$dir/$kind.port"; return 0; fi
      [ $SECONDS -lt $deadline ] || die "$kind does not listen after 120 s, see $dir/$kind.log"
      sleep 0.05
    done
    grep -qi 'address already in use\|failed to bind' "$dir/$kind.log" || break
  done
  tail -n 20 "$dir/$kind.log" >&2
  die "$kind ended after attempt $attempt; the end of $dir/$kind.log is above"
}

# --- the servers ---

# Options that MariaDB and MySQL share. The zone is not UTC, so that code which forgets to set its own shows itself.
# GTIDs are on, as data versions use them. Root may run them: a scratch folder of root's is closed to every other user.
sql_options() {   # sql_options KIND
  printf '%s\n' --no-defaults "--user=$(id -un)" "--datadir=$dir/$1" "--socket=$dir/$1.sock" "--pid-file=$dir/$1.server-pid" \
    --port=@PORT@ --bind-address=127.0.0.1 --skip-name-resolve "--secure-file-priv=$dir" --default-time-zone=+03:00 \
    --log-bin=binlog --server-id=1 --binlog-format=ROW --sync-binlog=0 --performance-schema=OFF \
    --innodb-buffer-pool-size=128M --innodb-flush-log-at-trx-commit=2 --max-connections=200
}

client() { mariadb --no-defaults --batch --skip-column-names --socket="$dir/$1.sock" --user=root "${@:2}"; }

# Named zones, from the system's own; without posix/ and right/, which nobody names and which take three times as long.
time_zones() {
  mariadb-tzinfo-to-sql /usr/share/zoneinfo 2>/dev/null | awk '
    function flush() { if (keep) printf "%s", zone; zone = ""; keep = 1; zones = 1 }
    BEGIN { print "START TRANSACTION;" }
    /^INSERT INTO time_zone \(/ { flush() }
    /^(UNLOCK|COMMIT|execute)/ { flush(); zones = 0; next }
    /^INSERT INTO time_zone_name/ && /\047(posix|right)\// { keep = 0 }
    zones { zone = zone $0 "\n" }
    END { print "COMMIT;" }'
}

# Root with a password, also over TCP (where there are no names, see --skip-name-resolve); nobody else, and a GTID position from zero.
prepare_sql() {   # prepare_sql KIND
  local reset='RESET MASTER;'
  [ "$(client "$1" --execute 'SELECT @@log_bin')" = 1 ] || reset=   # --skip-log-bin in the further options
  { time_zones; echo "
      DROP USER IF EXISTS ''@localhost, ''@'$(hostname)', root@'$(hostname)', root@'127.0.0.1', root@'::1';
      CREATE USER root@'127.0.0.1' IDENTIFIED BY '$password';
      GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
      ALTER USER root@localhost IDENTIFIED BY '$password';
      $reset"
  } | { echo 'SET sql_log_bin = 0;'; cat; } | client "$1" mysql
}

write_sql_env() {   # write_sql_env KIND CA
  local name=MIGRATE_TEST_${1^^}
  printf "export ${name}_%s=%q\n" HOST 127.0.0.1 PORT "$port" SOCKET "$dir/$1.sock" USER root PASSWORD "$password" CA "$2" >"$dir/$1.env"
}

certificates() {   # a CA and a certificate for the loopback names, as MariaDB 10.11 makes none
  local d=$dir/mariadb-tls
  mkdir -p "$d"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=migrate test CA' -keyout "$d/ca-key.pem" -out "$d/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$d/server-key.pem" -out "$d/server.csr" 2>/dev/null
  openssl x509 -req -in "$d/server.csr" -CA "$d/ca.pem" -CAkey "$d/ca-key.pem" -CAcreateserial -days 3650 -out "$d/server-cert.pem" \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
}

# Once in some dozens of times it fails on a busy machine, and not again.
install_mariadb() {
  rm -rf "$dir/mariadb"
  mariadb-install-db --no-defaults "--user=$(id -un)" "--datadir=$dir/mariadb" --auth-root-authentication-method=normal --skip-test-db \
    >"$dir/mariadb.log" 2>&1
}

start_mariadb() {
  certificates
  install_mariadb || install_mariadb || { cat "$dir/mariadb.log" >&2; die "mariadb-install-db failed, twice"; }
  local options server
  mapfile -t options < <(sql_options mariadb)
  server=$(PATH=$PATH:/usr/sbin command -v mariadbd) || die "mariadbd is missing: run $here/install.sh servers"
  # shellcheck disable=SC2086  # MARIADB_EXTRA is a list of options
  serve mariadb "$server" "${options[@]}" --gtid-strict-mode=ON --character-set-server=utf8mb4 \
    "--ssl-ca=$dir/mariadb-tls/ca.pem" "--ssl-cert=$dir/mariadb-tls/server-cert.pem" "--ssl-key=$dir/mariadb-tls/server-key.pem" ${MARIADB_EXTRA:-}
  prepare_sql mariadb
  write_sql_env mariadb "$dir/mariadb-tls/ca.pem"
}

start_mysql() {
  rm -rf "$dir/mysql"
  local server=$mysql_home/bin/mysqld options home
  [ -x "$server" ] || die "$server is missing: run $here/install.sh servers"
  home=("--basedir=$mysql_home" "--lc-messages-dir=$mysql_home/share")
  "$server" --no-defaults "--user=$(id -un)" --initialize-insecure "--datadir=$dir/mysql" "${home[@]}" \
    >"$dir/mysql.log" 2>&1 || { tail -n 20 "$dir/mysql.log" >&2; die "mysqld --initialize-insecure failed"; }
  mapfile -t options < <(sql_options mysql)
  # shellcheck disable=SC2086  # MYSQL_EXTRA is a list of options
  serve mysql "$server" "${options[@]}" "${home[@]}" --mysqlx=OFF --gtid-mode=ON --enforce-gtid-consistency=ON ${MYSQL_EXTRA:-}
  prepare_sql mysql
  write_sql_env mysql "$dir/mysql/ca.pem"
}

start_dynamodb() {
  [ -d "$dynamodb_home" ] || die "$dynamodb_home is missing: run $here/install.sh servers"
  serve dynamodb java -Xmx1g -XX:+UseSerialGC "-Djava.library.path=$dynamodb_home" -cp "$dynamodb_home/*" \
    com.amazonaws.services.dynamodbv2.local.main.ServerRunner -inMemory -sharedDb -disableTelemetry -port @PORT@
  until curl -s -o "$dir/dynamodb.answer" "http://127.0.0.1:$port/"; do
    running dynamodb >/dev/null || die "DynamoDB Local ended, see $dir/dynamodb.log"
    sleep 0.05
  done
  printf 'export MIGRATE_TEST_DYNAMODB_ENDPOINT=http://127.0.0.1:%s\n' "$port" >"$dir/dynamodb.env"
}

# --- commands ---

# Held by start and everything it runs except the servers: so stop comes after the last piece of a start that was killed.
lock() { exec 9>"$dir/lock"; flock -w 300 9 || die "another start or stop works in $dir"; }

write_env() {
  local kind
  { for kind in $kinds; do [ ! -e "$dir/$kind.env" ] || cat "$dir/$kind.env"; done
    [ ! -e "$dir/dynamodb.env" ] || printf 'export %s\n' AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1
  } >"$dir/servers.env.new"
  mv "$dir/servers.env.new" "$dir/servers.env"
}

start() {
  local kind pids=() failed=
  [ $# -gt 0 ] || set -- $kinds
  for kind in "$@"; do [[ " $kinds " = *" $kind "* ]] || die "no such server: $kind (there are: $kinds)"; done
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [ -e "$dir/.migrate-servers" ] || [ -z "$(ls -A "$dir")" ] || die "$dir holds something else; name an empty or a new folder"
  [ ${#dir} -le 90 ] || die "$dir is too long: a socket's path has at most 107 characters"
  touch "$dir/.migrate-servers"
  lock
  trap 'trap "" INT TERM; kill "${pids[@]}" 2>/dev/null || true; wait; stop; exit 130' INT TERM
  for kind in "$@"; do
    running "$kind" >/dev/null && { say "$kind runs already"; continue; }
    rm -f "$dir/$kind.env"
    ( trap - INT TERM; "start_$kind" ) &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  if [ -n "$failed" ]; then stop; exit 1; fi
  write_env
}

stop() {
  local kind
  for kind in $kinds; do stop_one "$kind" & done
  wait
  for kind in $kinds; do rm -f "$dir/$kind.env"; done
  rm -f "$dir/servers.env"
}

status() {
  local kind pid code=0
  for kind in $kinds; do
    if pid=$(running "$kind"); then echo "$kind: running, port $(cat "$dir/$kind.port"), pid $pid"; else echo "$kind: not running"; code=1; fi
  done
  return $code
}

kinds="mariadb mysql dynamodb"
command=${1:---help}
case $command in
  -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
  start | stop | env | status) ;;
  *) die "unknown command: $command (start, stop, env or status; --help explains)" ;;
esac
[ $# -ge 2 ] || die "$command needs a folder: servers.sh $command DIR"
dir=$2
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd)
case $command in
  start) start "${@:3}" ;;
  stop)
    [ -e "$dir" ] || exit 0
    [ -e "$dir/.migrate-servers" ] || die "$dir is no folder of servers"
    lock
    stop ;;
  env) [ -e "$dir/servers.env" ] || die "no servers run in $dir: servers.sh start $dir"; cat "$dir/servers.env" ;;
  status) status ;;
esac
