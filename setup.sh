#!/bin/sh
# Set up what the program needs: Debian or Ubuntu packages, .venv from a hashed lock, the command `briefing`.
# usage: setup.sh PYTHON LOCK KIND:NAME=PACKAGE ...    (KIND: lib, font or cmd; called by the Makefile)
set -eu
python=$1 lock=$2
shift 2

if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2
    exit 1
fi

there() {
    case $1 in
        lib:*) /sbin/ldconfig -p | grep -q "${1#lib:}" ;;
        font:*) find /usr/share/fonts /usr/local/share/fonts -name "${1#font:}" 2>/dev/null | grep -q . ;;
        cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    esac
}

missing=""
for item; do
    there "${item%%=*}" || missing="$missing ${item#*=}"
done
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing $(basename "$python")-venv"

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then sudo=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo="sudo"
    elif command -v sudo >/dev/null 2>&1 && [ -t 0 ] && sudo -v; then sudo="sudo"
    else
        echo "No rights to install packages; have an administrator run: apt-get install$missing" >&2
        exit 1
    fi
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # shellcheck disable=SC2086 # one word a package
    if ! { $sudo apt-get update -q && $sudo apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "apt-get failed; its whole output is in $log" >&2
        exit 1
    fi
    rm -f "$log"
fi

[ -x .venv/bin/python ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    "$python" -m venv --clear .venv
echo "Installing Python packages from $lock"
pip="env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pip --disable-pip-version-check -q"
$pip install --require-hashes --only-binary :all: -r "$lock"
$pip install --no-build-isolation --no-deps -e .
env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m compileall -q generator
