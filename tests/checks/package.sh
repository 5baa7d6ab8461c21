#!/usr/bin/env bash
# package.sh BUILD-FOLDER: the .deb holds what an installation needs, names the libraries that are loaded late, and its program runs.
set -euo pipefail
build=$1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/migrate-package.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$scratch" >cpack.log 2>&1 || { cat cpack.log >&2; exit 1; }
deb=$(echo "$scratch"/migrate_*.deb)

failed=0
expect() {   # expect WHERE TEXT
  grep -qF -- "$2" "$1" || { echo "package.sh: no '$2' in the package's $1" >&2; failed=1; }
}
dpkg-deb --contents "$deb" >contents
dpkg-deb --field "$deb" Depends >depends
for file in bin/migrate share/man/man1/migrate.1.gz share/bash-completion/completions/migrate share/zsh/vendor-completions/_migrate \
            share/fish/vendor_completions.d/migrate.fish share/doc/migrate/LICENSE share/doc/migrate/docs/errors.md; do
  expect contents "./usr/$file"
done
for library in libmariadb libcurl libssl libc6; do expect depends "$library"; done
dpkg-deb --extract "$deb" root
root/usr/bin/migrate --version >version
expect version "migrate "
exit $failed
