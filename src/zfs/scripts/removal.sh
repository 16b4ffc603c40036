# shellcheck shell=sh disable=SC2034,SC2154,SC2317 # between prelude.sh and the verbs that take a dataset away
# What is absent, whose parent it is, and who keeps a dataset busy.

is_gone() {
  [ "$status" -eq 1 ] && has_line "cannot open '$dataset': dataset does not exist"
}

# It is gone only if ZFS names it, exactly, between two looks at a parent that is there to be seen: a pool that
# is imported or exported meanwhile can make any one of these answers. Returns if it is not gone.
# look_elsewhere, of the verb, ends it where it knows better.
conclude_if_absent() {
  is_gone || return 0
  kept_status=$status kept_output=$output
  see_parent
  zfs_run get -Hp -o value guid "$dataset"
  if is_gone; then
    look_elsewhere
    see_parent
    check_mountpoint
    say result absent
    finish 0
  fi
  status=$kept_status output=$kept_output
}

# Renamed by a person, it still says whose it is. What is in the trash was put there by us. A host may let the parent
# be read, and not the whole pool.
refuse_renamed() {
  for place in "${dataset%%/*}" "$parent"; do
    zfs_run get -Hp -r -t filesystem -o name,property,value,source "$instance_key,$cluster_key,$volume_key" "$place"
    [ "$status" -ne 0 ] || break
  done
  [ "$status" -eq 0 ] || fail read
  rows=$output
  renamed=$(
    export instance_key instance cluster_key cluster volume_key volume
    printf '%s\n' "$rows" | awk -F "$TAB" '
      function is(name) { return $2 == ENVIRON[name "_key"] && $3 == ENVIRON[name] && $4 == "local" }
      $1 !~ /\/\.trash\// && (is("instance") || is("cluster") || is("volume")) && ++known[$1] == 3 { print $1 }'
  )
  [ -z "$renamed" ] || refuse renamed "${renamed%%"$NL"*}"
}

see_parent() {
  read_state "$parent"
  [ "$status" -eq 0 ] || fail read
  check_parent
}

check_parent() {
  lookup "$parent" guid
  is_number "$value" || refuse unreadable guid
  [ -z "$parent_guid" ] || [ "$value" = "$parent_guid" ] || refuse parent "$value"
}

# The dataset that is gone must be the one that the volume named: its parent would mount it there.
check_mountpoint() {
  [ -n "$mountpoint" ] || return 0
  lookup "$parent" mountpoint
  [ "${value%/}/${dataset##*/}" = "$mountpoint" ] || refuse elsewhere "$value"
}

# is_in_trash: by where it is
is_in_trash() {
  [ "${parent##*/}" = .trash ]
}

# find_dataset: reads it, or ends: it is absent, or that cannot be told.
find_dataset() {
  read_state "$dataset" "$parent"
  if [ "$status" -ne 0 ]; then
    is_gone || fail read
    conclude_if_absent
    read_state "$dataset" "$parent"
    [ "$status" -eq 0 ] || fail read
  fi
  check_parent
}

# look_at_use: sets was_mounted and was_shared
look_at_use() {
  lookup "$dataset" mounted
  was_mounted=$value
  lookup "$dataset" sharenfs
  if [ "$value" = off ]; then was_shared=no; else was_shared=yes; fi
}

# Who has the file system, as far as any user of the host may see it: a container has a mount table of its
# own, where it stays when the host has unmounted it. Linux only; elsewhere nothing is told.
tell_holders() {
  if grep -sqF " $dataset " /proc/self/mountinfo; then
    say holder
    return 0
  fi
  set +f
  tables=$(grep -lsF " $dataset " /proc/[0-9]*/mountinfo) || :
  set -f
  for table in $tables; do
    folder=${table%/mountinfo}
    name=$(tr -c 'A-Za-z0-9._\n-' _ 2>/dev/null <"$folder/comm") || continue
    pod=$(sed -n 's/.*pod\([0-9a-f_-]\{36\}\).*/\1/p' "$folder/cgroup" 2>/dev/null) || :
    say holder "${folder##*/}" "$name" "${pod%%"$NL"*}"
  done
}

# Mounted and shared as it was found: was_mounted, was_shared.
mount_again() {
  [ "$was_mounted" = yes ] || return 0
  kept_status=$status kept_output=$output
  mounted=yes shared=yes
  mount_dataset
  [ "$status" -eq 0 ] || mounted=no
  if [ "$was_shared" = yes ]; then
    share_dataset
    [ "$status" -eq 0 ] || shared=no
  fi
  say restored "$mounted" "$shared"
  status=$kept_status output=$kept_output
}
