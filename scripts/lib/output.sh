# Shared by the start and test scripts: what they say and how they give up. Meant to be sourced.
# shellcheck shell=bash

# Progress goes to standard error, so that standard output holds results only.
say() { printf '%s\n' "==> $*" >&2; }

# Says what is wrong and what to do about it, one argument a line, and ends the script.
fail() {
  printf '%s\n' "error: $1" >&2
  shift
  [ "$#" -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# The last lines of a log, for a reader who has to find out what went wrong.
show_tail() {
  [ ! -s "$1" ] || { printf '%s\n' "--- last lines of $1" >&2 && tail -n "${2:-15}" "$1" >&2; }
}
