#!/bin/sh
# The `ist` command of a checkout.
set -eu
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
exec sh "$here/node.sh" "$here/cli.ts" "$@"
