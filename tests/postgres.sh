#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL cluster, whose address is in KEPT_TEST_POSTGRES, and removes the cluster afterwards:
#
#     tests/postgres.sh [--durable] COMMAND…      --durable keeps PostgreSQL's own settings for commits, as a benchmark needs
#     tests/postgres.sh --installed               exit status 0 when there is a server to make a cluster with
set -euo pipefail

bin=""
for directory in $(tr ':' '\n' <<<"$PATH") $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
  if [[ -x $directory/initdb && -x $directory/postgres && -x $directory/pg_ctl ]]; then bin=$directory; break; fi
done

# PostgreSQL refuses to run as root.
as_owner=()
if [[ $(id -u) == 0 ]]; then
  if id -u postgres >/dev/null 2>&1; then as_owner=(runuser -u postgres --); else bin=""; fi
fi

if [[ ${1-} == --installed ]]; then [[ -n $bin ]]; exit; fi
if [[ -z $bin ]]; then echo "PostgreSQL's server (initdb, postgres, pg_ctl) is not installed, or nobody is there to run it" >&2; exit 69; fi
speed="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
if [[ ${1-} == --durable ]]; then speed=""; shift; fi

home=$(mktemp -d "${TMPDIR:-/tmp}/kept-postgres.XXXXXX")
finish() {
  (cd / && "${as_owner[@]}" "$bin/pg_ctl" -D "$home/data" -m immediate -w stop) >/dev/null 2>&1 || true
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [[ ${#as_owner[@]} -gt 0 ]]; then chown postgres "$home"; fi

if ! (cd / && "${as_owner[@]}" "$bin/initdb" -D "$home/data" -U kept -A trust -E UTF8 --locale=C --no-sync) >"$home.log" 2>&1; then
  cat "$home.log" >&2; rm -f "$home.log"; exit 70
fi
rm -f "$home.log"

started=""
for _ in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 30000))
  options="-p $port -k $home -c listen_addresses=127.0.0.1 -c max_connections=300 $speed"
  if (cd / && "${as_owner[@]}" "$bin/pg_ctl" -D "$home/data" -l "$home/log" -o "$options" -w -t 60 start) >/dev/null 2>&1; then started=yes; break; fi
done
if [[ -z $started ]]; then cat "$home/log" >&2; exit 70; fi

export KEPT_TEST_POSTGRES="postgres://kept@127.0.0.1:$port/postgres"
"$@"
