#!/bin/sh
# A zfs(8) of plain files for the tests of the remote scripts: fake-zfs.sh ROOT VERB ARGUMENT...
#
# ROOT/ds/POOL/.../NAME   a dataset; in it: .p/KEY (value TAB source), .snap/NAME, .mounted, .shared
# ROOT/mnt/...            where datasets are mounted
# ROOT/log                one line for each call
# ROOT/fail/VERB.N        the N-th call of VERB (or VERB.all) fails: line 1 `EXITCODE before|after`, then its
#                         words; `after` does the work first
# Prints what zfs prints (OpenZFS 2.3), where the scripts care.
set -euf
ROOT=$1 verb=$2
shift 2
TAB=$(printf '\t')

home() { printf '%s/ds/%s' "$ROOT" "$1"; }
exists() { [ -d "$(home "$1")" ]; }

die() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

# own DATASET KEY: prints `value TAB source` as set there
own() { cat "$(home "$1")/.p/$2" 2>/dev/null; }

put() {
  mkdir -p "$(home "$1")/.p"
  printf '%s\t%s\n' "$3" "${4:-local}" >"$(home "$1")/.p/$2"
}

# inherited DATASET KEY: prints `value TAB source`, fails if nobody above has it
inherited() (
  up=$1
  while :; do
    case $up in
      */*) up=${up%/*} ;;
      *) return 1 ;;
    esac
    if found=$(own "$up" "$2"); then
      printf '%s\tinherited from %s\n' "${found%"$TAB"*}" "$up"
      return 0
    fi
  done
)

mountpoint() (
  if found=$(own "$1" mountpoint); then
    printf '%s\n' "$found"
    return 0
  fi
  case $1 in
    */*) ;;
    *)
      printf '%s/mnt/%s\tdefault\n' "$ROOT" "$1"
      return 0
      ;;
  esac
  above=$(mountpoint "${1%/*}")
  case ${above%"$TAB"*} in
    /*) printf '%s/%s\tinherited from %s\n' "${above%"$TAB"*}" "${1##*/}" "${1%/*}" ;;
    *) printf '%s\tinherited from %s\n' "${above%"$TAB"*}" "${1%/*}" ;;
  esac
)

path_of() (
  found=$(mountpoint "$1")
  printf '%s' "${found%"$TAB"*}"
)

value_of() (
  found=$(property "$1" "$2")
  printf '%s' "${found%"$TAB"*}"
)

# property DATASET KEY: prints `value TAB source`
property() (
  case $2 in
    mountpoint) mountpoint "$1" ;;
    mounted) if [ -e "$(home "$1")/.mounted" ]; then printf 'yes\t-\n'; else printf 'no\t-\n'; fi ;;
    sharenfs | readonly) own "$1" "$2" || inherited "$1" "$2" || printf 'off\tdefault\n' ;;
    type) own "$1" type || printf 'filesystem\t-\n' ;;
    refquota | refreservation) own "$1" "$2" || printf '0\tdefault\n' ;;
    guid) own "$1" guid || printf '%s\t-\n' "$(printf '%s' "$1" | cksum | cut -d ' ' -f 1)" ;;
    referenced | used) own "$1" "$2" || printf '98304\t-\n' ;;
    available) own "$1" "$2" || printf '1000000000\t-\n' ;;
    creation) own "$1" "$2" || printf '1700000000\t-\n' ;;
    usedbysnapshots) own "$1" "$2" || printf '0\t-\n' ;;
    *:*) own "$1" "$2" || inherited "$1" "$2" || printf -- '-\t-\n' ;;
    *) own "$1" "$2" || printf -- '-\t-\n' ;;
  esac
)

children() { find "$(home "$1")" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | sort | sed "s,^$ROOT/ds/,,"; }
snapshots() { find "$(home "$1")/.snap" -mindepth 1 -maxdepth 1 2>/dev/null | sort | sed "s,.*/,$1@,"; }

do_mount() {
  [ ! -e "$(home "$1")/.mounted" ] || die "cannot mount '$1': filesystem already mounted"
  case $(path_of "$1") in
    /*) ;;
    *) return 0 ;;
  esac
  mkdir -p "$(path_of "$1")"
  : >"$(home "$1")/.mounted"
}

do_share() {
  [ "$(value_of "$1" sharenfs)" != off ] || return 0
  [ ! -e "$(home "$1")/.mounted" ] || : >"$(home "$1")/.shared"
}

do_create() {
  eval "name=\${$#}"
  parent=${name%/*}
  exists "${name%%/*}" || die "cannot create '$name': no such pool '${name%%/*}'"
  exists "$parent" || die "cannot create '$name': parent does not exist"
  ! exists "$name" || die "cannot create '$name': dataset already exists"
  mkdir -p "$(home "$name")"
  while [ "$#" -gt 1 ]; do
    put "$name" "${2%%=*}" "${2#*=}"
    shift 2
  done
  do_mount "$name"
  do_share "$name"
}

do_get() {
  recursive=no types='' depth=''
  while :; do
    case $1 in
      -Hp) shift ;;
      -r) recursive=yes && shift ;;
      -d) depth=$2 && shift 2 ;;
      -t) types=$2 && shift 2 ;;
      -o) columns=$2 && shift 2 ;;
      *) break ;;
    esac
  done
  keys=$1 code=0
  shift
  for name in "$@"; do
    if ! exists "$name"; then
      printf "cannot open '%s': dataset does not exist\n" "$name" >&2
      code=1
    elif [ "$types" = snapshot ] && [ "$depth" = 1 ]; then
      snapshots "$name" | while IFS= read -r snapshot; do
        for key in $(printf '%s' "$keys" | tr , ' '); do
          printf '%s\t%s\t%s\n' "$snapshot" "$key" \
            "$(cat "$(home "$name")/.snap/${snapshot#*@}/$key" 2>/dev/null || printf -- -)"
        done
      done
    else
      show "$name"
    fi
  done
  return "$code"
}

show() {
  for key in $(printf '%s' "$keys" | tr , ' '); do
    printf '%s\t%s\t%s\n' "$1" "$key" "$(property "$1" "$key")"
  done
  [ "$recursive" = yes ] || return 0
  children "$1" | while IFS= read -r child; do show "$child"; done
}

do_set() {
  key=${1%%=*} new=${1#*=}
  [ "$new" != none ] || new=0
  put "$2" "$key" "$new"
  case $key in
    sharenfs) if [ "$new" = off ]; then rm -f "$(home "$2")/.shared"; else do_share "$2"; fi ;;
  esac
}

do_destroy() {
  case $1 in
    *@%)
      rm -rf "$(home "${1%@*}")/.snap"
      put "${1%@*}" usedbysnapshots 0 -
      return 0
      ;;
  esac
  exists "$1" || die "cannot open '$1': dataset does not exist"
  below=$(children "$1" && snapshots "$1")
  [ -z "$below" ] || die "cannot destroy '$1': filesystem has children
use '-r' to destroy the following datasets:
$below"
  [ ! -e "$(home "$1")/.mounted" ] || rm -rf "$(path_of "$1")"
  rm -rf "$(home "$1")"
}

act() {
  case $verb in
    create) do_create "$@" ;;
    get) do_get "$@" ;;
    set) do_set "$@" ;;
    mount) do_mount "$1" ;;
    share)
      [ ! -e "$(home "$1")/.shared" ] || die "cannot share '$1': filesystem already shared"
      do_share "$1"
      ;;
    unmount)
      [ -e "$(home "$1")/.mounted" ] || die "cannot unmount '$1': not currently mounted"
      rm -f "$(home "$1")/.mounted" "$(home "$1")/.shared"
      ;;
    list)
      eval "name=\${$#}"
      printf '%s\n' "$name"
      children "$name"
      snapshots "$name"
      ;;
    destroy) do_destroy "$@" ;;
    *) die "unrecognized command '$verb'" 2 ;;
  esac
}

printf '%s' "$verb" >>"$ROOT/log"
for argument in "$@"; do printf ' %s' "$argument" >>"$ROOT/log"; done
printf '\n' >>"$ROOT/log"
calls=$(grep -c "^$verb " "$ROOT/log")
for rule in "$ROOT/fail/$verb.$calls" "$ROOT/fail/$verb.all"; do
  [ -e "$rule" ] || continue
  read -r code when <"$rule"
  [ "$when" = before ] || act "$@"
  sed 1d "$rule" >&2
  exit "$code"
done
act "$@"
