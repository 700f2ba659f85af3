#!/usr/bin/env bash
# See to it that the browser tests find a Chromium; install it where that is possible, say so where it is not.
set -euo pipefail

find_browser() {
  local name
  for name in "${U4SSC_CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

if find_browser; then exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "tests: the browser tests need Chromium: install it so that 'chromium' is on the PATH, then run again." >&2
  exit 1
fi
as_root=()
if [[ $(id -u) != 0 ]]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    echo "tests: the browser tests need Chromium: run 'sudo apt-get install chromium fonts-liberation', then again." >&2
    exit 1
  fi
  as_root=(sudo -n)
fi

began=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# libatomic1: what drives the browser is a Node that wants it
echo "tests: installing chromium and fonts-liberation …"
if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-liberation libatomic1; } >"$log" 2>&1 || ! find_browser; then
  tail -n 20 "$log" >&2
  echo "tests: chromium could not be installed with apt-get (see above); the browser tests need it." >&2
  exit 1
fi
echo "tests: chromium installed ($((SECONDS - began)) s)"
