#!/usr/bin/env bash
# Make the Python environment in .venv and keep it equal to the lock.
#
#   scripts/setup.sh run    what the platform needs to run
#   scripts/setup.sh full   the same and the tools for tests and checks
#
# Needs python3 3.11 or newer; everything else is fetched into .tools and .venv. A stamp per lock makes the second
# run cost almost nothing. `run` never removes what `full` has installed, so both commands share one environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$(pwd -P)

UV_VERSION=0.13.9
SET=${1:-run}
case $SET in
  run) LOCK=requirements-run.lock ;;
  full) LOCK=requirements.lock ;;
  *) echo "usage: scripts/setup.sh run|full" >&2; exit 2 ;;
esac

# The path is part of the stamp: the programs in .venv/bin name their interpreter by its full path.
stamp() { echo "$(sha256sum "$1" | cut -d' ' -f1) $ROOT"; }
current() { [[ -x .venv/bin/python && -f .venv/.stamp-$1 && "$(<".venv/.stamp-$1")" == "$(stamp "$2")" ]]; }

if current full requirements.lock; then exit 0; fi
if [[ $SET == run ]] && current run requirements-run.lock; then exit 0; fi

# Where this is set, nothing is compiled ahead and every start of the platform costs seconds.
unset PYTHONDONTWRITEBYTECODE
# A Python environment that happens to be active must not be mistaken for ours.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
# Trust what the system trusts (offices have their own certificate authorities) and the index pip was told to use.
if [[ -f /etc/ssl/certs/ca-certificates.crt ]]; then export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}; fi
if [[ -n ${PIP_INDEX_URL:-} && -z ${UV_INDEX_URL:-} ]]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}; fi

mkdir -p .tools
LOG=.tools/setup.log
: >"$LOG"
if command -v flock >/dev/null; then # two terminals may start at once
  exec 9>.tools/.lock
  flock 9
  if current "$SET" "$LOCK"; then exit 0; fi
fi

BEGAN=$EPOCHREALTIME
seconds_since() { local us=$((${EPOCHREALTIME//[.,]/} - ${1//[.,]/})); printf '%d.%d' $((us / 1000000)) $((us / 100000 % 10)); }

# step LABEL COMMAND…: run quietly; say so when it takes longer than two seconds, and again every fifteen.
step() {
  local label=$1 began=$EPOCHREALTIME ticks=0 status=0
  shift
  "$@" >>"$LOG" 2>&1 9>&- &
  local child=$!
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.1
    ticks=$((ticks + 1))
    if ((ticks == 20)); then echo "setup: $label …"; fi
    if ((ticks > 20 && ticks % 150 == 0)); then echo "setup: $label … $((ticks / 10)) s"; fi
  done
  wait "$child" || status=$?
  if ((ticks >= 20 && status == 0)); then echo "setup: $label: done ($(seconds_since "$began") s)"; fi
  return "$status"
}

give_up() {
  echo "setup: $*" >&2
  exit 1
}

good_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local name
  for name in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && good_python "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

PYTHON=$(find_python) || give_up "Python 3.11 or newer is needed. On Debian 12: apt-get install python3 python3-venv"

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}
may_be_root() { [[ $(id -u) == 0 ]] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

new_venv() { rm -rf "$1" && "$PYTHON" -m venv "$1"; }

# Debian leaves the bundled pip out of python3: there a plain `-m venv` fails until python3-venv is installed.
# A pip outside the new environment can fill it as well.
venv_with_outer_pip() {
  rm -rf "$1" && "$PYTHON" -m venv --without-pip "$1" && "$PYTHON" -m pip --python "$1/bin/python" --version
}

outer_pip() { # a pip that installs into the environment $1, whichever way that was made
  local venv=$1
  shift
  if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$venv/bin/python" -m pip "$@"
  else
    "$PYTHON" -m pip --python "$venv/bin/python" "$@"
  fi
}

make_venv() {
  if step "environment" new_venv "$1"; then return; fi
  if step "environment without its own pip" venv_with_outer_pip "$1"; then return; fi
  if command -v apt-get >/dev/null && may_be_root; then
    step "installing python3-venv" apt_install python3-venv || true
    if step "environment" new_venv "$1"; then return; fi
  fi
  rm -rf "$1"
  give_up "Python cannot make an environment here. Install it with: apt-get install python3-venv"
}

uv_version() { "$1" --version 2>/dev/null | cut -d' ' -f2; }

find_uv() { # sets UV, or leaves it empty: then pip does the work
  UV=.tools/bin/uv
  if [[ -x $UV && $(uv_version "$UV") == "$UV_VERSION" ]]; then return; fi
  make_venv .tools/new
  if step "installer (uv)" outer_pip .tools/new install --quiet --only-binary :all: "uv==$UV_VERSION"; then
    mkdir -p .tools/bin
    mv -f .tools/new/bin/uv "$UV"
  else
    UV=
  fi
  rm -rf .tools/new
}

sync_with_uv() {
  if [[ ! -x .venv/bin/python || ! -f .venv/pyvenv.cfg ]]; then
    rm -rf .venv
    "$UV" venv --quiet --no-project --no-config --python "$PYTHON" .venv
  fi
  local command=(sync)
  # Half a test environment is brought up to date without taking the rest away.
  if [[ $SET == run && -f .venv/.had-full ]]; then command=(install -r); fi
  "$UV" pip "${command[@]}" --quiet --no-config --python .venv/bin/python --require-hashes "$LOCK"
}

sync_with_pip() {
  outer_pip .venv install --quiet --require-hashes -r "$LOCK"
}

# A moved checkout or a newer interpreter: begin again, the cache makes it cheap.
for old in .venv/.stamp-run .venv/.stamp-full; do
  if [[ -f $old && "$(<"$old")" != *" $ROOT" ]]; then rm -rf .venv; fi
done
rm -f ".venv/.stamp-$SET"

find_uv
synced=
if [[ -n $UV ]] && step "Python packages ($SET)" sync_with_uv; then
  synced=yes
fi
if [[ -z $synced ]]; then
  echo "setup: uv could not do it, going on with pip (slower)"
  if [[ ! -x .venv/bin/python ]]; then make_venv .venv; fi
  step "Python packages with pip ($SET)" sync_with_pip || {
    tail -n 20 "$LOG" >&2
    give_up "the packages of $LOCK could not be installed (the whole log: $LOG)"
  }
fi
if [[ $SET == full ]]; then touch .venv/.had-full; fi
stamp "$LOCK" >".venv/.stamp-$SET"
echo "setup: environment ready ($(seconds_since "$BEGAN") s)"
