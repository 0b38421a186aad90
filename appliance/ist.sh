#!/bin/sh
# The `ist` command of a checkout: the bundle of the last build, or the sources when one of them is newer.
set -eu
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
bundle=$here/../.cache/bundle/current
program=$here/cli.ts
if [ -f "$bundle/stamp" ] && [ -f "$bundle/cli.js" ]; then
  newer=$(find "$here" "$here/../package.json" "$here/../package-lock.json" -path "$here/testing" -prune -o \
    -type f \( -name '*.ts' ! -name '*.test.ts' -o -name 'package*.json' \) -newer "$bundle/stamp" -print -quit)
  [ -n "$newer" ] || program=$(readlink -f "$bundle")/cli.js
fi
exec sh "$here/node.sh" "$program" "$@"
