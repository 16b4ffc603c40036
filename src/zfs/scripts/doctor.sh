# shellcheck shell=sh disable=SC2154 # prelude.sh goes before it
# main NONCE ZFS_COMMAND CHMOD_COMMAND CHOWN_COMMAND SETFACL_COMMAND EXPORTS_FILES ASKED PARENT...
# Tells how the host is, and changes nothing: rights are tried on names that nothing has (doctor-NONCE), where each
# command fails for that reason alone if it may run. ASKED: the tools whose rights are wanted; `session`: nothing is
# looked at, as only the session counts. What may hang comes last, and is named before it begins.

# The program itself, without sudo: lists of sudoers need not allow what only tells a version.
release() {
  say doing 'zfs version'
  status=0
  output=$("${zfs_command##* }" version 2>&1) || status=$?
  say version "$status"
  emit said
}

exports() {
  for file in $exports_files; do
    if [ ! -e "$file" ]; then
      say exports "$file" absent
    elif [ -r "$file" ]; then
      say exports "$file" readable "$(grep -c '^/' "$file")"
    else
      say exports "$file" unreadable
    fi
  done
}

# Whether anything listens on the port of NFS: Linux tells all users, in hexadecimal; BSD by netstat.
nfs_server() {
  server=unknown
  if [ -r /proc/net/tcp ]; then
    server=stopped
    for file in /proc/net/tcp /proc/net/tcp6; do
      [ -r "$file" ] || continue
      if awk '$2 ~ /:0801$/ && $4 == "0A" { found = 1 } END { exit !found }' "$file"; then server=running; fi
    done
  elif output=$(netstat -an 2>/dev/null); then
    server=stopped
    if printf '%s\n' "$output" | awk '/LISTEN/ && $4 ~ /[.:]2049$/ { found = 1 } END { exit !found }'; then server=running; fi
  fi
  say nfs "$server"
}

# by_sudo: sets $sudo_words, the command by which sudo is asked what it would allow, without doing it. -l takes none of
# the options that only matter to what is run; others than these nobody knows here.
by_sudo() {
  sudo_words=''
  # shellcheck disable=SC2086 # words, set -f is on
  set -- $zfs_command
  case ${1##*/} in
    sudo) sudo_words="$1 -n -l" ;;
    *) return 1 ;;
  esac
  shift
  while [ "$#" -gt 0 ]; do
    case $1 in
      -*[!nHEPS-]*) return 1 ;;
      -*) shift ;;
      *) break ;;
    esac
  done
  sudo_words="$sudo_words $*"
}

# would VERB ARGUMENT...
would() {
  status=0
  # shellcheck disable=SC2086 # words
  output=$($sudo_words "$@" 2>&1) || status=$?
  say would "$1" "$parent" "$status"
  emit said
}

# try TOOL COMMAND ARGUMENT...
try() {
  tool=$1 words=$2
  shift 2
  status=0
  # shellcheck disable=SC2086 # words, set -f is on
  output=$($words "$@" 2>&1) || status=$?
  say tried "$tool" "$parent" "$status"
  emit said
}

# rights_in PARENT MOUNTPOINT
rights_in() {
  nobody=$1/doctor-$nonce
  zfs_run set "zfs-provisioner.io:doctor=$nonce" "$nobody"
  say tried zfs "$1" "$status"
  emit said
  if by_sudo; then
    would create -o "zfs-provisioner.io:doctor=$nonce" "$nobody"
    for verb in mount unmount share destroy; do would "$verb" "$nobody"; done
    would inherit zfs-provisioner.io:doctor "$nobody"
    would rename "$nobody" "$1/.trash/doctor-$nonce"
  fi
  case $2 in
    /*) ;;
    *) return 0 ;;
  esac
  for tool in $asked; do
    case $tool in
      chmod) try chmod "$chmod_command" g+w "$2/doctor-$nonce" ;;
      chown) try chown "$chown_command" 0:0 "$2/doctor-$nonce" ;;
      setfacl) try setfacl "$setfacl_command" -m u:0:rwx "$2/doctor-$nonce" ;;
    esac
  done
}

examine() {
  parent=$1
  say doing "zfs get of $parent"
  read_rows type,mounted,mountpoint,readonly,canmount,available,used,sharenfs "$parent"
  say parent "$parent" "$status"
  emit row
  [ "$status" -eq 0 ] || return 0
  lookup "$parent" mountpoint
  mountpoint=$value
  say doing "the rights in $parent"
  rights_in "$parent" "$mountpoint"
}

# Releases before 0.8 do not know the property.
keys() {
  zfs_run get -Hp -o name,property,value,source keystatus "$1"
  [ "$status" -ne 0 ] || emit row
}

pool() {
  say doing "zfs get of the pool $1"
  zfs_run get -Hp -o name,property,value,source used,available,readonly "$1"
  say pool "$1" "$status"
  emit row
}

# Never by way of sudo, which may mail each refusal.
health() {
  say doing 'zpool list'
  status=0
  output=$(zpool list -H -o name,capacity,health 2>&1) || status=$?
  say zpool "$status"
  emit pools
}

main() {
  [ "$#" -ge 7 ] || exit 2
  begin "$1" "$2"
  chmod_command=$3 chown_command=$4 setfacl_command=$5 exports_files=$6 asked=$7
  shift 7
  say clock "$(date -u +%s)"
  [ "$asked" != session ] || finish 0
  say system "$(uname -s)" "$(uname -r)"
  say user "$(id -un)" "$(id -u)"
  exports
  nfs_server
  release
  health
  pools=' '
  for parent in "$@"; do
    examine "$parent"
    keys "$parent"
    case $pools in
      *" ${parent%%/*} "*) continue ;;
    esac
    pools="$pools${parent%%/*} "
    pool "${parent%%/*}"
  done
  finish 0
}

</dev/null main "$@"
