#!/bin/sh
# A zfs(8) of plain files for the tests of the remote scripts: fake-zfs.sh ROOT VERB ARGUMENT...
#
# ROOT/ds/POOL/.../NAME   a dataset; in it: .p/KEY (value TAB source), .snap/NAME, .mounted, .shared
# ROOT/mnt/...            where datasets are mounted
# ROOT/log                one line for each call
# ROOT/fail/VERB.N        the N-th call of VERB (or VERB.all) fails: line 1 `EXITCODE WHEN`, then its words. WHEN:
#                         `before` it does anything, `after` it did its work, `unmounted` and `unshared`
#                         after it did all but that; `killed`: after it did its work, with the script that calls it
# ROOT/crash              a number of calls: all after them do nothing and say nothing, as if killed
# Prints what zfs prints (OpenZFS 2.3), where the scripts care.
set -euf
ROOT=$1 verb=$2
shift 2
TAB='	'
NL='
'

# Functions that answer set $found, `value TAB source`: forking for each property would make tests slow.

# Sentences of another language, unless asked for C's.
die() {
  [ "${LC_ALL-C}" = C ] || printf 'Fehler: ' >&2
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

exists() { [ -d "$ROOT/ds/$1" ]; }

# own DATASET KEY: as set there
own() {
  file=$ROOT/ds/$1/.p/$2 found=''
  [ -e "$file" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do found=$found${found:+$NL}$line; done <"$file"
}

put() { printf '%s\t%s\n' "$3" "${4:-local}" >"$ROOT/ds/$1/.p/$2"; }

# inherited DATASET KEY: from the nearest above that has it
inherited() {
  up=$1
  while [ "${up%/*}" != "$up" ]; do
    up=${up%/*}
    own "$up" "$2" || continue
    found="${found%"$TAB"*}${TAB}inherited from $up"
    return 0
  done
  return 1
}

mountpoint() {
  below=''
  if own "$1" mountpoint; then return 0; fi
  if inherited "$1" mountpoint; then below=${1#"$up"}; else found=$ROOT/mnt/$1${TAB}default; fi
  case $found in
    /*) found=${found%"$TAB"*}$below$TAB${found##*"$TAB"} ;;
  esac
}

# property DATASET KEY
property() {
  case $2 in
    mountpoint) mountpoint "$1" ;;
    mounted) if [ -e "$ROOT/ds/$1/.mounted" ]; then found=yes$TAB-; else found=no$TAB-; fi ;;
    sharenfs | readonly) own "$1" "$2" || inherited "$1" "$2" || found=off${TAB}default ;;
    refquota | quota | refreservation) own "$1" "$2" || found=0${TAB}default ;;
    *:*) own "$1" "$2" || inherited "$1" "$2" || found=-$TAB- ;;
    *) own "$1" "$2" || native "$1" "$2" ;;
  esac
}

native() {
  case $2 in
    type) found=filesystem$TAB- ;;
    guid) found=1000${#1}$TAB- ;;
    referenced | used) found=98304$TAB- ;;
    available) found=1000000000$TAB- ;;
    creation) found=1700000000$TAB- ;;
    usedbysnapshots) found=0$TAB- ;;
    *) found=-$TAB- ;;
  esac
}

value_of() {
  property "$1" "$2"
  found=${found%"$TAB"*}
}

children() { find "$ROOT/ds/$1" -mindepth 1 -maxdepth 1 -type d ! -name .p ! -name .snap | sort | sed "s,^$ROOT/ds/,,"; }
snapshots() { find "$ROOT/ds/$1/.snap" -mindepth 1 -maxdepth 1 2>/dev/null | sort | sed "s,.*/,$1@,"; }

do_mount() {
  [ ! -e "$ROOT/ds/$1/.mounted" ] || die "cannot mount '$1': filesystem already mounted"
  if own "$1" canmount && [ "${found%"$TAB"*}" = off ]; then return 0; fi
  value_of "$1" mountpoint
  case $found in
    /*) mkdir -p "$found" ;;
    *) return 0 ;;
  esac
  : >"$ROOT/ds/$1/.mounted"
}

do_share() {
  value_of "$1" sharenfs
  [ "$found" != off ] || return 0
  [ ! -e "$ROOT/ds/$1/.mounted" ] || : >"$ROOT/ds/$1/.shared"
}

do_create() {
  eval "name=\${$#}"
  parent=${name%/*}
  exists "${name%%/*}" || die "cannot create '$name': no such pool '${name%%/*}'"
  exists "$parent" || die "cannot create '$name': parent does not exist"
  ! exists "$name" || die "cannot create '$name': dataset already exists"
  mkdir -p "$ROOT/ds/$name/.p"
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
      -o) shift 2 ;;
      *) break ;;
    esac
  done
  keys=$1 code=0
  shift
  IFS=,
  for name in "$@"; do
    if ! exists "$name"; then
      printf "cannot open '%s': dataset does not exist\n" "$name" >&2
      code=1
    elif [ "$types" = snapshot ] && [ "$depth" = 1 ]; then
      snapshots "$name" | while IFS= read -r snapshot; do
        for key in $keys; do
          printf '%s\t%s\t%s\n' "$snapshot" "$key" \
            "$(cat "$ROOT/ds/$name/.snap/${snapshot#*@}/$key" 2>/dev/null || printf -- -)"
        done
      done
    else
      show "$name"
      [ "$depth" != 1 ] || children "$name" | while IFS= read -r child; do show "$child"; done
    fi
  done
  return "$code"
}

show() {
  for key in $keys; do
    property "$1" "$key"
    printf '%s\t%s\t%s\n' "$1" "$key" "$found"
  done
  [ "$recursive" = yes ] || return 0
  children "$1" | while IFS= read -r child; do show "$child"; done
}

do_set() {
  eval "name=\${$#}"
  exists "$name" || die "cannot open '$name': dataset does not exist"
  while [ "$#" -gt 1 ]; do
    key=${1%%=*} new=${1#*=}
    [ "$new" != none ] || new=0
    put "$name" "$key" "$new"
    case $key in
      sharenfs) if [ "$new" = off ]; then rm -f "$ROOT/ds/$name/.shared"; else do_share "$name"; fi ;;
    esac
    shift
  done
}

do_rename() {
  exists "$1" || die "cannot open '$1': dataset does not exist"
  exists "${2%/*}" || die "cannot create '$2': parent does not exist"
  ! exists "$2" || die "cannot rename to '$2': dataset already exists"
  mv "$ROOT/ds/$1" "$ROOT/ds/$2"
}

do_destroy() {
  case $1 in
    *@%)
      rm -rf "$ROOT/ds/${1%@*}/.snap"
      put "${1%@*}" usedbysnapshots 0 -
      return 0
      ;;
  esac
  exists "$1" || die "cannot open '$1': dataset does not exist"
  below=$(children "$1" && snapshots "$1")
  [ -z "$below" ] || die "cannot destroy '$1': filesystem has children
use '-r' to destroy the following datasets:
$below"
  value_of "$1" mountpoint
  [ ! -e "$ROOT/ds/$1/.mounted" ] || rm -rf "$found"
  rm -rf "$ROOT/ds/$1"
}

act() {
  case $verb in
    create) do_create "$@" ;;
    get) do_get "$@" ;;
    set) do_set "$@" ;;
    mount) do_mount "$1" ;;
    share)
      [ ! -e "$ROOT/ds/$1/.shared" ] || die "cannot share '$1': filesystem already shared"
      do_share "$1"
      ;;
    unmount)
      [ -e "$ROOT/ds/$1/.mounted" ] || die "cannot unmount '$1': not currently mounted"
      rm -f "$ROOT/ds/$1/.mounted" "$ROOT/ds/$1/.shared"
      ;;
    inherit) rm -f "$ROOT/ds/$2/.p/$1" ;;
    list)
      eval "name=\${$#}"
      case $name in
        "$ROOT/mnt/"*)
          if [ -e "$ROOT/ds/${name#"$ROOT/mnt/"}/.mounted" ] && [ ! -e "$ROOT/hidden" ]; then
            printf '%s\n' "${name#"$ROOT/mnt/"}"
          else
            printf '%s\n' "${name#"$ROOT/mnt/"}" | sed 's,/[^/]*$,,'
          fi
          return 0
          ;;
      esac
      printf '%s\n' "$name"
      children "$name"
      snapshots "$name"
      ;;
    destroy) do_destroy "$@" ;;
    rename) do_rename "$@" ;;
    *) die "unrecognized command '$verb'" 2 ;;
  esac
}

printf '%s' "$verb" >>"$ROOT/log"
for argument in "$@"; do printf ' %s' "$argument" >>"$ROOT/log"; done
printf '\n' >>"$ROOT/log"
if [ -e "$ROOT/crash" ]; then
  read -r limit <"$ROOT/crash"
  [ "$(grep -c . "$ROOT/log")" -le "$limit" ] || exit 137
fi
calls=$(grep -c "^$verb " "$ROOT/log")
for rule in "$ROOT/fail/$verb.$calls" "$ROOT/fail/$verb.all"; do
  [ -e "$rule" ] || continue
  read -r code when <"$rule"
  [ "$when" = before ] || act "$@"
  last=''
  eval "last=\${$#}"
  case $when in
    unmounted) rm -f "$ROOT/ds/$last/.mounted" "$ROOT/ds/$last/.shared" ;;
    unshared) rm -f "$ROOT/ds/$last/.shared" ;;
    killed) kill -9 0 ;;
  esac
  sed 1d "$rule" >&2
  exit "$code"
done
act "$@"
