# shellcheck shell=sh disable=SC2154 # prelude.sh, exports.sh and promises.sh go before it
# main NONCE ZFS_COMMAND <identify> <tools> <ownership> <sharing> <space> CREATOR_KEY KEY=VALUE...
# Creates the dataset with all properties, or adopts one that an attempt of ours left behind; proves that it
# is mounted, shared and limited as asked; sets owner, mode and ACL of its root directory. What this run
# created and cannot finish is taken away again.

# tools CHMOD CHOWN SETFACL: words; EXPORTS_FILES: which tell what is exported
tools() {
  chmod_command=$1 chown_command=$2 setfacl_command=$3 exports_files=$4
}

# ownership MODE OWNER ACL: OWNER `UID:GID` in part or empty; ACL entries with commas between
ownership() {
  mode=$1 owner=$2 acl=$3
}

# sharing LINUX FREEBSD CLIENTS KEY: sharenfs, empty to inherit it; CLIENTS empty: not looked at. KEY: user property
# that tells later what it was shared by
sharing() {
  choose_share "$1" "$2"
  clients=$3 share_key=$4
}

# space SIZE RESERVED FULLNESS OVERCOMMIT: bytes; percent of the pool and percent of the parent, empty for no limit
space() {
  size=$1 reserved=$2 fullness=$3 overcommit=$4
}

# create KEY=VALUE...: with a note of who makes it, for whoever finds it meanwhile
create() {
  [ -z "$own_process" ] || set -- "$@" "$creator_key=$own_process"
  for property in "$@"; do
    shift
    set -- "$@" -o "$property"
  done
  zfs_run create "$@" "$dataset"
}

# abandon: what this very run created must not stay behind
abandon() {
  [ "$origin" = created ] || return 0
  kept_status=$status kept_output=$output
  persist destroy "$dataset"
  if [ "$status" -eq 0 ]; then say undone yes; else say undone no; fi
  status=$kept_status output=$kept_output
}

give_up() {
  abandon
  fail "$1"
}

look() {
  read_state "$dataset" "$parent"
  [ "$status" -eq 0 ] || give_up read
}

# Looks, and sets the mode meanwhile where nothing else is to be set: each of the two waits for a sudo of its own.
look_and_permit() {
  set_mode_where_mounted &
  read_state "$dataset" "$parent"
  if wait "$!"; then permitted=yes; fi
  [ "$status" -eq 0 ] || give_up read
}

# Where the kernel says that the dataset is mounted, and nowhere else; fails where it does not say (FreeBSD).
set_mode_where_mounted() {
  [ -z "$owner$acl" ] && [ -r /proc/self/mountinfo ] || return 1
  place=$(DATASET=$dataset awk '
    $4 == "/" { for (i = 7; i < NF; i++) if ($i == "-") { if ($(i + 2) == ENVIRON["DATASET"]) print $5; break } }
  ' /proc/self/mountinfo)
  case $place in
    /*[!A-Za-z0-9/_.:-]* | '') return 1 ;; # several, or written with escapes
  esac
  # shellcheck disable=SC2086 # the words of the command are meant to be split; set -f is on
  exec $chmod_command "$mode" "$place" >/dev/null 2>&1
}

# One that is there was made within the limits, and is about to be adopted.
is_there() {
  zfs_run get -Hp -o value guid "$dataset"
  [ "$status" -eq 0 ]
}

# A parent or pool that cannot be asked is left to zfs create, which says what is wrong with it.
check_fullness() {
  pool=${dataset%%/*}
  read_rows used,available "$pool"
  [ "$status" -eq 0 ] || return 0
  lookup "$pool" used
  used=$value
  lookup "$pool" available
  total=$(awk -v a="$used" -v b="$value" 'BEGIN { printf "%.0f", a + b }')
  after=$(awk -v a="$used" -v b="$reserved" 'BEGIN { printf "%.0f", a + b }')
  exceeds "$after" "$fullness" "$total" || return 0
  is_there || refuse fullness "$pool" "$used" "$value" "$reserved" "$fullness"
}

check_space() {
  [ -z "$fullness" ] || check_fullness
  if [ -n "$overcommit" ] && is_overcommitted && ! is_there; then refuse_overcommit; fi
}

# What was promised to others since check_space counts as well: who makes the limit overflow takes back.
check_promises() {
  [ "$origin" = created ] || return 0
  [ -n "$overcommit" ] || return 0
  is_overcommitted || return 0
  abandon
  refuse_overcommit
}

# tell_shortage: how much room there is, where what has just run found too little
tell_shortage() {
  case $output in
    *"$dataset': out of space"* | *"$dataset': size is greater than available space"*) ;;
    *) return 0 ;;
  esac
  kept_status=$status kept_output=$output
  read_rows available "$parent"
  lookup "$parent" available
  if is_number "$value"; then say available "$value" "$reserved"; fi
  status=$kept_status output=$kept_output
}

# A dataset that cannot be mounted, or not written to, is of no use whatever else is repaired.
check_place() {
  lookup "$dataset" mountpoint
  mountpoint=$value
  case $mountpoint in
    /*) ;;
    *) abandon && refuse unusable mountpoint "$value" ;;
  esac
  lookup "$dataset" readonly
  [ "$value" = off ] || { abandon && refuse unusable readonly "$value"; }
}

# differs KEY=VALUE: user properties (those with a colon) must be set on the dataset itself
differs() {
  lookup "$dataset" "${1%%=*}"
  [ "$value" = "${1#*=}" ] || return 0
  case ${1%%=*} in
    *:*) [ "$source" != local ] ;;
    *) return 1 ;;
  esac
}

# require_visible: that the path of the dataset leads to it, and not to the directory beneath it: zfs looks for the
# file system that a path is on. It does not see what was mounted over it later; the table of mounts tells.
require_visible() {
  zfs_run list -H -o name "$mountpoint"
  if [ "$status" -eq 0 ] && has_line "$dataset" && ! is_covered; then return 0; fi
  abandon
  refuse hidden "$mountpoint"
}

mount_table() {
  if [ -r /proc/self/mountinfo ]; then cat /proc/self/mountinfo; else mount -p; fi
}

# is_covered: whether something was mounted after the dataset at its mountpoint, or above that
is_covered() {
  mount_table | DATASET=$dataset MOUNTPOINT=$mountpoint awk '
    BEGIN { dataset = ENVIRON["DATASET"]; path = ENVIRON["MOUNTPOINT"] }
    {
      from = $1; at = $2
      for (i = 7; i < NF; i++) if ($i == "-") { from = $(i + 2); at = $5; break }
      gsub(/\\040/, " ", at)
    }
    from == dataset && at == path { seen = 1; covered = 0; next }
    seen && (at == path || index(path, at "/") == 1) { covered = 1 }
    END { exit !covered }'
}

# Whoever made it and still runs may take it away again, as long as nobody else has touched it.
check_creator() {
  lookup "$dataset" "$creator_key"
  case $source:$value in
    local:[0-9]*-*-*) ;;
    *) return 0 ;;
  esac
  creator=$value
  if still_runs "$creator"; then refuse making "$creator"; fi
}

# What can be chosen once only. `on` is whichever cipher the release prefers.
check_fixed() {
  for property in "$@"; do
    case $property in
      encryption=* | keyformat=* | casesensitivity=* | normalization=* | utf8only=*) ;;
      *) continue ;;
    esac
    differs "$property" || continue
    case $property:$value in
      encryption=on:off | encryption=on:-) ;;
      encryption=on:?*) continue ;;
    esac
    refuse fixed "${property%%=*}" "${property#*=}" "$value"
  done
}

# settle KEY=VALUE...: sets what differs. A reservation is dropped before the quota below it moves.
settle() {
  for property in "$@"; do
    case ${property%%=*} in
      encryption | keyformat | pbkdf2iters | casesensitivity | normalization | utf8only) continue ;;
      *:*) continue ;;
    esac
    differs "$property" || continue
    case $property in
      refquota=* | quota=*)
        lookup "$dataset" refreservation
        if [ "$value" != 0 ]; then set_property refreservation=none; fi
        ;;
    esac
    set_property "$property"
  done
  describe "$@"
}

# describe KEY=VALUE...: sets the user properties that differ
describe() {
  for property in "$@"; do
    shift
    case ${property%%=*} in
      *:*) if differs "$property"; then set -- "$@" "$property"; fi ;;
    esac
  done
  [ "$#" -gt 0 ] || return 0
  set_all "$@"
  [ "$status" -eq 0 ] || { tell_shortage && fail set; }
}

# asks_for KEY KEY=VALUE...
asks_for() {
  wanted=$1
  shift
  for property in "$@"; do
    [ "${property%%=*}" != "$wanted" ] || return 0
  done
  return 1
}

# lift_others KEY=VALUE...: what was not asked for must not limit or share the dataset
lift_others() {
  for quota in refquota quota; do
    if asks_for "$quota" "$@"; then continue; fi
    lookup "$dataset" "$quota"
    case $value in
      '' | 0 | -) ;;
      *) set_property "$quota=none" ;;
    esac
  done
  [ -z "$share" ] || return 0
  for property in "$share_key" sharenfs; do
    lookup "$dataset" "$property"
    [ "$source" = local ] || continue
    zfs_run inherit "$property" "$dataset"
    [ "$status" -eq 0 ] || fail set
  done
}

set_property() {
  zfs_run set "$1" "$dataset"
  [ "$status" -eq 0 ] && return 0
  # Set, but not shared: sharing is tried, and proven, afterwards.
  case $1$output in
    sharenfs=*"property may be set but unable to reshare filesystem"*) return 0 ;;
  esac
  tell_shortage
  fail set
}

adopt() {
  read_rows receive_resume_token "$dataset"
  lookup "$dataset" receive_resume_token
  # Old releases do not know the property, and cannot resume either.
  case $value in
    '' | -) ;;
    *) refuse receiving ;;
  esac
  look
  check_identity
  check_creator
  check_place
  check_fixed "$@"
  lookup "$dataset" mounted
  # Some properties are set by mounting anew, which would change whatever is on top.
  if [ "$value" = yes ]; then require_visible; fi
  lift_others "$@"
  settle "$@"
}

# Mounts and shares; that it was so already is as good.
publish() {
  lookup "$dataset" mounted
  if [ "$value" != yes ]; then
    mount_dataset
    [ "$status" -eq 0 ] || give_up mount
  fi
  [ "$share" != off ] || return 0
  lookup "$dataset" sharenfs
  [ -n "$share" ] || [ "$value" != off ] || return 0 # verify tells that it inherits none
  share_dataset
  [ "$status" -eq 0 ] || give_up share
}

# What is promised by the letter; others may be called otherwise than they were set (on, 1M).
verify() {
  check_place
  lookup "$dataset" mounted
  [ "$value" = yes ] || { abandon && refuse unusable mounted "$value"; }
  for property in "$@"; do
    case $property in
      *:*=* | refquota=* | quota=* | refreservation=* | sharenfs=*) ;;
      *) continue ;;
    esac
    differs "$property" || continue
    abandon
    refuse property "${property%%=*}" "${property#*=}" "$value"
  done
  [ -z "$share" ] || return 0
  lookup "$dataset" sharenfs
  [ "$value" != off ] || { abandon && refuse unshared; }
}

check_exports() {
  prove_exports && return 0
  if [ "$origin" = adopted ]; then
    # Nobody has it rather than anybody; the next attempt shares it anew.
    zfs_run set sharenfs=off "$dataset"
    if [ "$status" -eq 0 ]; then say undone yes; else say undone no; fi
  fi
  abandon
  refuse exports
}

# own STEP COMMAND WORD...: runs it on the root directory of the dataset
own() {
  step=$1 own_command=$2
  shift 2
  status=0
  # shellcheck disable=SC2086 # the words of the command are meant to be split; set -f is on
  output=$($own_command "$@" "$mountpoint" 2>&1) || status=$?
  [ "$status" -eq 0 ] || give_up "$step"
}

# The owner first: a change of owner takes setuid and setgid away. The ACL last: a mode changes its mask.
permit() {
  [ "$permitted" = no ] || return 0
  if [ "$origin" = adopted ] || [ -n "$owner$acl" ]; then
    require_visible
  fi
  [ -z "$owner" ] || own chown "$chown_command" "$owner"
  own chmod "$chmod_command" "$mode"
  [ -z "$acl" ] || own setfacl "$setfacl_command" -m "$acl"
}

main() {
  [ "$#" -ge 29 ] || exit 2
  begin "$1" "$2"
  shift 2
  identify "$@"
  shift 10
  tools "$@"
  shift 4
  ownership "$@"
  shift 3
  sharing "$@"
  shift 4
  space "$@"
  creator_key=$5
  shift 5
  [ -z "$share" ] || set -- "$@" "sharenfs=$share" "$share_key=$share"
  origin=created permitted=no

  check_space
  create "$@"
  if [ "$status" -eq 0 ]; then
    look_and_permit
  elif has_line "cannot create '$dataset': dataset already exists"; then
    origin=adopted
    adopt "$@"
    publish
    look
  else
    case $output in
      *"filesystem successfully created, but "*) ;;
      *) tell_shortage && fail create ;;
    esac
    look
    check_place
    publish
    look
  fi
  verify "$@"
  check_promises
  check_exports
  permit
  say result "$origin"
  finish 0
}

</dev/null main "$@"
