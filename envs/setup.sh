#!/bin/sh
# Makes the virtual environment $VENV (.venv) from requirements.lock with $PYTHON (python3).
# Does nothing, in a few milliseconds, if it exists already and was made from this lock.
#
# $VENV/made-from says which lock and which Python it was made from, or "unfinished".
# $VENV/making is locked while it is made.
# .venv-path, beside envs/, stores a $VENV other than .venv: make reads it if no VENV is given.
set -eu

here=$(dirname -- "$0")
lock=$here/requirements.lock
memory=$here/../.venv-path
venv=${VENV:-.venv}
python=${PYTHON:-python3}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

digest() {
    if command -v sha256sum >/dev/null; then sha256sum <"$lock"; else shasum -a 256 <"$lock"; fi | cut -d ' ' -f 1
}

version() {
    "$1" -ISc 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

is_current() {
    [ -f "$venv/made-from" ] || return 1
    has=$(version "$venv/bin/python") || return 1    # it breaks when the system's Python is replaced
    [ "$(cat "$venv/made-from")" = "$(digest) $has" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON")" = "$has" ]
}

remember() {
    known=$(cat "$memory" 2>/dev/null) || known=.venv
    if [ "$venv" = "$known" ] || [ "${VENV_REMEMBERED:-yes}" = no ]; then return; fi
    if [ "$venv" = .venv ]; then rm -f "$memory"; else printf '%s\n' "$venv" >"$memory"; fi 2>/dev/null || return 0
    echo "From now on make uses the environment in $venv, without VENV=... (remembered in .venv-path)."
}

# Whether $venv lies in this clone, so that no other clone uses it
is_own() {
    case $(cd "$venv" && pwd -P)/ in "$(cd "$here/.." && pwd -P)"/*) ;; *) return 1 ;; esac
}

# Ask before making an environment again that others may use
agree() {
    if is_own || ! [ -f "$venv/made-from" ] || [ "$(cat "$venv/made-from")" = unfinished ]; then return; fi
    "$venv/bin/python" -ISc '' 2>/dev/null || return 0    # it is broken: nobody can use it
    printf '%s\n' "$venv was made from another lock, or with another Python, than this clone asks for:" \
        "making it anew empties it, for every clone that works with it."
    if [ -t 0 ]; then
        printf 'Make it anew? [y/N] '
        read -r answer || answer=
        case $answer in y | Y | yes) return ;; esac
    fi
    fail "Nothing was changed. Name another folder with VENV=..., or delete $venv, and it is made anew."
}

[ -f "$lock" ] || fail "$lock is missing: restore it, or make it: make lock"
if is_current; then remember; exit 0; fi

found=$(version "$python") ||
    fail "$python does not run: install Python 3.11, 3.12 or 3.13, or name one: PYTHON=python3.12"
case $found in
    3.11 | 3.12 | 3.13) ;;
    *) fail "$python is Python $found, but the study needs 3.11, 3.12 or 3.13: name one, as in PYTHON=python3.12" ;;
esac
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python has no venv module: apt install python$found-venv (Debian, Ubuntu), or PYTHON=another, or conda (envs/study.yaml)"
holds=$(ls "$venv" 2>/dev/null) || holds=
# made-from must be checked last: another make may be writing it, as its first file
if [ -n "$holds" ] && [ "$holds" != making ] && [ ! -f "$venv/made-from" ]; then
    fail "$venv is there, but was not made by this project: name another folder with VENV=..., or delete it"
fi

mkdir -p "$venv"
exec 9>"$venv/making"    # the lock lives as long as this shell, and as pip, which inherits it
"$python" - "$venv" <<'END'
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print(f"Another make is setting up {sys.argv[1]}: waiting for it.", flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
END
if is_current; then remember; exit 0; fi

agree
echo "Setting up the Python $found environment in $venv, once: about two minutes, 6 GB."
echo unfinished >"$venv/made-from"
find "$venv" -mindepth 1 -maxdepth 1 ! -name made-from ! -name making -exec rm -rf {} +
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
"$python" -I -m venv "$venv" && "$venv/bin/python" -I -m pip install --quiet --require-hashes -r "$lock" ||
    fail "$venv is unfinished, for the reason above: the same command makes it again"
printf '%s %s\n' "$(digest)" "$found" >"$venv/made-from.new"
mv "$venv/made-from.new" "$venv/made-from"
remember
