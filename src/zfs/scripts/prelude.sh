# shellcheck shell=sh disable=SC2034,SC2317 # a verb need not use every function
# What every verb needs. POSIX only: runs under dash, bash, busybox, ksh, mksh and FreeBSD's sh.
#
# A verb's file follows this one; both only define functions, and the verb's last line calls main. Cut off
# in transit, nothing runs. main is called with standard input from /dev/null, so that no command can eat
# what is left of the script; the redirection comes first, as `main "$@" </dev` would run.
#
# Everything that is told is one framed line, `<nonce> TAB <kind> TAB ...`; the last is `end`. All else
# that reaches the output (banners, locale warnings) is noise. Exit codes: 0 done, 10 failed and said why.

# begin "NONCE [PROCESS]..." ZFS_COMMAND
# PROCESS: a script of ours whose end was not seen. While one of them runs, this one does nothing.
begin() {
  set -euf
  # Tests as sshd leaves them: a line that was cut must not stop a change half way.
  trap '' HUP PIPE
  umask 022
  LC_ALL=C LANG=C PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
  export LC_ALL LANG PATH
  TAB=$(printf '\t')
  NL='
'
  IFS=" $TAB$NL"
  nonce=${1%% *} zfs_command=$2
  state='' output='' status=0
  printf '\n'
  name_process "$$"
  own_process=$process
  say begin "$process"
  for unended in ${1#"$nonce"}; do
    if still_runs "$unended"; then refuse running "$unended"; fi
  done
}

# name_process PID: sets $process to PID-GROUP-START. START is when it began, in whatever words this host has for it,
# so that no later process has that name. Empty where there is no such process, or this host cannot tell.
name_process() {
  process=''
  named=$1
  if read -r stat 2>/dev/null <"/proc/$named/stat"; then
    # After the program's name, which may hold anything: state, parent, group; the 20th is the start (proc(5)).
    # shellcheck disable=SC2086 # words, set -f is on
    set -- ${stat##*")"}
    [ "$#" -ge 20 ] && [ "$1" != Z ] || return 0
    shift 2
    process=$named-$1
    shift 17
    process=$process-$1
  else
    # shellcheck disable=SC2046 # words, set -f is on
    set -- $(ps -o pgid= -o lstart= -p "$named" 2>/dev/null)
    [ "$#" -ge 2 ] || return 0
    process=$named-$1
    shift
    process=$process-$(printf '%s' "$*" | tr -cd '[:alnum:]')
  fi
}

# still_runs PROCESS: the shell of that name, or a zfs that it left behind: of whom it was the shell is gone already
still_runs() {
  name_process "${1%%-*}"
  [ "$process" != "$1" ] || return 0
  group=${1#*-}
  ps -A -o pgid= -o stat= -o comm= 2>/dev/null | awk -v group="${group%%-*}" '
    $1 == group && $2 !~ /^Z/ && $3 ~ /(^|\/)zfs/ { found = 1 }
    END { exit !found }'
}

# identify DATASET PARENT INSTANCE_KEY INSTANCE CLUSTER_KEY CLUSTER VOLUME_KEY VOLUME PROPERTIES DELAYS
identify() {
  dataset=$1 parent=$2
  instance_key=$3 instance=$4
  cluster_key=$5 cluster=$6
  volume_key=$7 volume=$8
  properties=$9
  shift 9
  delays=$1
}

# say FIELD...: one frame. Nobody may be listening any more; that is no reason to stop.
say() {
  frame=$nonce
  for field in "$@"; do frame=$frame$TAB$field; done
  printf '%s\n' "$frame" 2>/dev/null || :
}

# emit KIND: a frame for each line of $output. A few lines are framed sooner than sed starts.
emit() {
  if [ "${#output}" -gt 16384 ]; then
    printf '%s\n' "$output" | sed "s/^/$nonce$TAB$1$TAB/" 2>/dev/null || :
    return 0
  fi
  frames=''
  IFS=$NL
  for line in $output; do frames=$frames$nonce$TAB$1$TAB$line$NL; done
  IFS=" $TAB$NL"
  printf '%s' "$frames" 2>/dev/null || :
}

finish() {
  say end "$1"
  exit "$1"
}

# fail STEP: the command that has just run failed
fail() {
  say failed "$1" "$status"
  emit stderr
  finish 10
}

# refuse REASON DETAIL...: nothing failed, but this must not be done
refuse() {
  say refused "$@"
  finish 10
}

# Runs zfs; sets $status and $output, both streams (rows and sentences cannot be mistaken for each other).
# The configured command is a list of words, `sudo -n -H zfs`: split here and nowhere else.
zfs_run() {
  status=0
  # shellcheck disable=SC2086 # the words are meant to be split; set -f is on
  output=$($zfs_command "$@" 2>&1) || status=$?
}

# set_all KEY=VALUE...: all at once, or one by one where zfs is too old for that (OpenZFS 0.6)
set_all() {
  zfs_run set "$@" "$dataset"
  [ "$status" -ne 0 ] || return 0
  for property in "$@"; do
    zfs_run set "$property" "$dataset"
    [ "$status" -eq 0 ] || return 0
  done
}

# That it is mounted already is as good.
mount_dataset() {
  zfs_run mount "$dataset"
  ! has_line "cannot mount '$dataset': filesystem already mounted" || status=0
}

# That it is shared already is as good.
share_dataset() {
  zfs_run share "$dataset"
  ! has_line "cannot share '$dataset': filesystem already shared" || status=0
}

# read_rows PROPERTIES DATASET...: sets $state for `lookup`
read_rows() {
  zfs_run get -Hp -o name,property,value,source "$@"
  state=$output
}

# read_state DATASET...: reads all that a verb has to know, and tells it
read_state() {
  read_rows "$properties" "$@"
  datasets_read=$#
  say read
  emit row
}

# has_line LINE: $output has exactly this line
has_line() {
  case $NL$output$NL in
    *"$NL$1$NL"*) return 0 ;;
  esac
  return 1
}

# lookup DATASET PROPERTY: sets $value and $source from $state, both empty where there is no answer. Two rows
# are none: a value that holds a line break could fake the second. Line by line, because shells take
# milliseconds to look for a pattern in the middle of a text as long as $state.
lookup() {
  value='' source='' row='' rows=0
  key=$1$TAB$2$TAB
  IFS=$NL
  for line in $state; do
    case $line in
      "$key"*) row=${line#"$key"} rows=$((rows + 1)) ;;
    esac
  done
  IFS=" $TAB$NL"
  [ "$rows" -eq 1 ] || return 0
  case $row in
    *"$TAB"*)
      value=${row%"$TAB"*}
      source=${row##*"$TAB"}
      ;;
  esac
}

# is_local PROPERTY VALUE: set on the dataset itself; inherited and received values prove nothing
is_local() {
  lookup "$dataset" "$1"
  [ "$value" = "$2" ] && [ "$source" = local ]
}

is_unset() {
  lookup "$dataset" "$1"
  [ "$value" = - ] && [ "$source" = - ]
}

# Whether $state proves that the dataset is ours, whatever it is called. The classic provisioner wrote neither
# volume nor cluster: its datasets are known by their name and its instance.
is_ours() {
  is_local "$instance_key" "$instance" || return 1
  if is_unset "$volume_key" && is_unset "$cluster_key"; then
    [ "${dataset##*/}" = "$volume" ]
    return
  fi
  is_local "$volume_key" "$volume" && is_local "$cluster_key" "$cluster"
}

# A value that holds line breaks prints more lines than were asked for. An inherited one could end the row of
# a property with `local`.
has_extra_rows() {
  spare=0
  IFS=,
  for key in $properties; do spare=$((spare + datasets_read)); done
  IFS=$NL
  for line in $state; do
    case $line in *"$TAB"*) spare=$((spare - 1)) ;; esac
  done
  IFS=" $TAB$NL"
  [ "$spare" -lt 0 ]
}

check_identity() {
  if has_extra_rows; then refuse unreadable identity; fi
  lookup "$dataset" type
  [ -n "$value" ] || refuse unreadable type
  [ "$value" = filesystem ] || refuse type "$value"
  is_ours || refuse identity
}

# less_than A B: decimal numbers without leading zeros, of any size (mksh counts in 32 bits)
less_than() {
  [ "${#1}" -lt "${#2}" ] && return 0
  [ "${#1}" -eq "${#2}" ] && expr "x$1" \< "x$2" >/dev/null
}

is_number() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
}

# Whether what has just run failed because something still holds the mount.
mount_is_busy() {
  [ "$status" -ne 0 ] || return 1
  case $output in
    *"cannot unmount '"*"': "*[Bb]"usy"* | *"target is busy"*"cannot unmount '"*) return 0 ;;
  esac
  return 1
}

dataset_is_busy() {
  [ "$status" -ne 0 ] || return 1
  case $output in
    *"cannot destroy '$dataset': dataset is busy"* | *"cannot destroy '$dataset': pool or dataset is busy"*) return 0 ;;
  esac
  return 1
}

# choose_share LINUX FREEBSD: sets $share, sharenfs in the words of this host
choose_share() {
  share=$1
  [ "$1" != "$2" ] || return 0
  if [ "$(uname -s)" = FreeBSD ]; then share=$2; fi
}

# persist COMMAND...: runs zfs and repeats it while something is busy. A busy dataset is freed within moments
# or not at all, and is not mounted meanwhile: only the short pauses. A busy mount is tried again after the
# long ones only: on Linux each unshare sets the flush time of the kernel's export cache at least one second
# further ahead, until then the cache holds the mount, and a tight loop never succeeds.
persist() {
  zfs_run "$@"
  for delay in $delays; do
    case $delay in
      0.*) dataset_is_busy || continue ;;
      *) mount_is_busy || continue ;;
    esac
    sleep "$delay" 2>/dev/null || sleep 1
    zfs_run "$@"
  done
}
