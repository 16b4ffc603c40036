# shellcheck shell=sh disable=SC2034,SC2154,SC2317 # between prelude.sh and the verbs that promise space

# exceeds A FACTOR B: whether A is above FACTOR percent of B
exceeds() {
  awk -v a="$1" -v factor="$2" -v b="$3" 'BEGIN { exit !(a * 100 > factor * b) }'
}

# is_overcommitted: whether $size for the dataset and what the others below its parent were promised are more than
# $overcommit percent of the parent's space. What a dataset was promised is its quota; what has none may count for
# what it uses. A parent that cannot be asked is left to the command that changes something, which says what is wrong.
# shellcheck disable=SC2154 # the verb sets them
is_overcommitted() {
  zfs_run get -Hp -d 1 -t filesystem -o name,property,value,source used,available,refquota,quota "$parent"
  [ "$status" -eq 0 ] || return 1
  sums=$(printf '%s\n' "$output" | awk -F "$TAB" -v parent="$parent" -v dataset="$dataset" '
    NF != 4 || $1 == dataset { next }
    $1 == parent { own[$2] = $3; next }
    { of[$1, $2] = $3; names[$1] }
    END {
      for (name in names) {
        quota = of[name, "refquota"] + 0
        if (!quota) quota = of[name, "quota"] + 0
        promised += quota ? quota : of[name, "used"]
      }
      printf "%.0f %.0f", promised, own["used"] + own["available"]
    }')
  promised=${sums% *} total=${sums#* }
  exceeds "$(awk -v a="$promised" -v b="$size" 'BEGIN { printf "%.0f", a + b }')" "$overcommit" "$total"
}

# shellcheck disable=SC2154 # the verb sets them
refuse_overcommit() {
  refuse overcommit "$parent" "$promised" "$total" "$size" "$overcommit"
}
