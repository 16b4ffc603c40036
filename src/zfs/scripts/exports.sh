# shellcheck shell=sh disable=SC2034,SC2154,SC2317 # between prelude.sh and the verbs that share
# To whom a path is exported: asked of the host, because ZFS accepts more than it exports (a host name that
# does not resolve: nobody) and exports more than was meant (an IPv6 network without brackets: everybody).

# compare_exports FILE: sets $missing and $extra, the clients that are not there and those that nobody asked for.
# Linux: `PATH CLIENT(OPTION,...) ...`, as exportfs keeps it. FreeBSD: exports(5), `PATH -OPTION ... HOST ...`.
compare_exports() {
  differences=$(MOUNTPOINT=$mountpoint CLIENTS=$clients awk '
    function same(client) {
      client = tolower(client)
      gsub(/[][]/, "", client)
      sub(/^@/, "", client)
      sub(client ~ /:/ ? "/128$" : "/32$", "", client)
      return client == "" || client == "<world>" ? "*" : client
    }
    function bits(mask, octets, n, i, sum) {
      n = split(mask, octets, ".")
      for (i = 1; i <= n; i++) for (; octets[i] >= 128; octets[i] = (octets[i] - 128) * 2) sum++
      return n == 4 ? sum + 0 : mask
    }
    function bsd(i, word, network, mask, hosts) {
      for (i = 2; i <= NF; i++) {
        word = $i
        if (word == "-network" || word == "-mask") word = word "=" $(++i)
        if (word ~ /^-network=/) network = substr(word, 10)
        else if (word ~ /^-mask=/) mask = substr(word, 7)
        else if (word !~ /^-/) { found[same(word)]; hosts++ }
      }
      if (mask != "") network = network "/" bits(mask)
      if (network != "") found[same(network)]
      else if (!hosts) found["*"]
    }
    BEGIN {
      path = ENVIRON["MOUNTPOINT"]
      n = split(ENVIRON["CLIENTS"], words, " ")
      for (i = 1; i <= n; i++) asked[same(words[i])] = words[i]
    }
    {
      name = $1
      gsub(/\\040/, " ", name)
      if (name != path) next
      if (NF == 1 || $2 !~ /\)$/) { bsd(); next }
      for (i = 2; i <= NF; i++) { client = $i; sub(/\(.*/, "", client); found[same(client)] }
    }
    END {
      for (client in asked) if (!(client in found)) print "missing", asked[client]
      for (client in found) if (!(client in asked)) print "extra", client
    }' "$1")
  missing='' extra=''
  IFS=$NL
  for line in $differences; do
    case $line in
      "missing "*) missing="$missing ${line#missing }" ;;
      "extra "*) extra="$extra ${line#extra }" ;;
    esac
  done
  IFS=" $TAB$NL"
}

# drop WORD LIST: sets $left, the list without the word
drop() {
  left='' dropped=$1
  for word in $2; do [ "$word" = "$dropped" ] || left="$left $word"; done
}

# A host is exported to under its full name, whichever was asked for.
accept_full_names() {
  for client in $missing; do
    case $client in
      *[/:*]*) continue ;;
    esac
    for name in $(getent hosts "$client" 2>/dev/null); do
      case " $extra " in
        *" $name "*) ;;
        *) continue ;;
      esac
      drop "$name" "$extra" && extra=$left
      drop "$client" "$missing" && missing=$left
    done
  done
}

# is_exported FILE: whether it is, to whomever
is_exported() {
  MOUNTPOINT=$mountpoint awk '
    { name = $1; gsub(/\\040/, " ", name) }
    name == ENVIRON["MOUNTPOINT"] { found = 1 }
    END { exit !found }' "$1"
}

# prove_exported: succeeds unless what is to be shared is exported to nobody at all, by the first file that can be
# read. A share that was asked for in the words of zfs may mean any clients.
# shellcheck disable=SC2154 # the verb sets them
prove_exported() {
  [ "$share" != off ] || return 0
  for file in $exports_files; do
    [ -r "$file" ] || continue
    if is_exported "$file"; then return 0; fi
    say missing anyone
    return 1
  done
}

# prove_exports: succeeds unless the file of $exports_files that can be read first shows others than $clients
# for $mountpoint. What it found out goes out as frames.
# shellcheck disable=SC2154 # the verb sets them
prove_exports() {
  if [ -z "$clients" ]; then
    prove_exported
    return
  fi
  for file in $exports_files; do
    [ -r "$file" ] || continue
    compare_exports "$file"
    [ -z "$missing" ] || accept_full_names
    for client in $missing; do say missing "$client"; done
    for client in $extra; do say extra "$client"; done
    [ -z "$missing$extra" ] || return 1
    say exports as-asked
    return 0
  done
  say exports unchecked
}
