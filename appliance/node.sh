#!/bin/sh
# Runs the Node that is locked in package-lock.json, whatever the machine has: sh appliance/node.sh FILE [ARGUMENT...]
# By path, because `npm ci` of npm 10 removes node_modules/.bin/node together with the other architecture's package.
set -eu
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=none ;;
esac
node=${IST_NODE:-$root/node_modules/node-linux-$arch/bin/node}
if [ ! -x "$node" ]; then
  # The database driver crashes below Node 22 instead of saying so: never start there.
  node=$(command -v node || true)
  if [ -z "$node" ] || ! "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)'; then
    echo "ist: no Node.js runtime for $(uname -s) $(uname -m)." >&2
    echo "     Expected $root/node_modules/node-linux-$arch/bin/node: run 'npm ci' in $root without --omit=optional." >&2
    echo "     Supported: 64-bit x86 and ARM Linux with glibc. A Node.js of your own works from 22.18 on${node:+ (found $("$node" --version) at $node)}." >&2
    exit 70
  fi
fi
# Half a megabyte of live data needs no 16 MB of young generation: 17 MB less memory, no more CPU (measured).
flags="--disable-warning=ExperimentalWarning --max-semi-space-size=1"
case ${1:-} in
  */cli.js | */cli.ts)
    # One helper thread compiles and collects. Giving up the optimising compiler, or speed for size, would save 8 MB and
    # make a day's chart twice as slow (measured), so both stay.
    flags="$flags --single-threaded-gc --v8-pool-size=1"
    # mallopt(3): one arena instead of one per thread, and what start-up freed goes back to the system.
    export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
    ;;
esac
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/.cache/compile}"
# shellcheck disable=SC2086 # the flags are words
exec "$node" $flags ${IST_NODE_FLAGS:-} "$@"
