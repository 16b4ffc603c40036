# shellcheck shell=sh disable=SC2154 # what is said before it names the scripts, their parameters and the parents
# The only command that the key of zfs-provisioner may run (command="..." in authorized_keys). It lets through what the
# provisioner sends, `sh -s` with one of its scripts on standard input, if
#   - the script is, to the byte, one of those that are known ($scripts: VERB SHA256 VERSION),
#   - the first line gives it parameters that are quoted as it quotes them, and nothing else, and
#   - each of them is what the verb has in that place ($parameters), its datasets inside $parents.
# Nothing of what arrives is run, expanded or given to eval before all three are proven.
set -euf
LC_ALL=C PATH=/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
NL='
'

refuse() {
  printf '%s\n' "zfs-provisioner gate: refused: $1" >&2
  exit 1
}

# The provisioner keeps its end open: what it sends ends with a line of its own. One line too many is refused.
receive() {
  IFS= read -r first || refuse 'nothing on standard input'
  body='' lines=0 last=''
  while IFS= read -r line; do
    if [ "$line" = '} </dev/null; exit' ]; then
      last=$line
      break
    fi
    body=$body$line$NL
    lines=$((lines + 1))
    [ "$lines" -le 5000 ] || refuse 'the script is longer than any of ours'
  done
  [ -n "$last" ] || refuse 'the script was cut on the way'
}

digest() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum
  elif command -v sha256 >/dev/null 2>&1; then
    sha256 -q
  else
    openssl dgst -sha256 -r
  fi
}

# name_verb: sets $verb, whose script $body is
name_verb() {
  found=$(printf '%s' "$body" | digest) || refuse 'this host has neither sha256sum nor sha256 nor openssl'
  found=${found%% *} verb=''
  IFS=$NL
  for known in $scripts; do
    case $known in
      *" $found "*) verb=${known%% *} ;;
    esac
  done
  IFS=' '
  [ -n "$verb" ] || refuse "its script is none of those that this gate knows ($found); make a new gate after an upgrade of the provisioner"
}

# Proves the first line. awk takes it from its input, and all else from the environment: nothing is code to it.
check_parameters() {
  [ "$(printf '%s' "$first" | tr -d '\000-\037\177')" = "$first" ] || refuse 'a parameter has a control character'
  reason=$(printf '%s\n' "$first" | VERB=$verb PARAMETERS=$parameters PARENTS=$parents ALLOWED=$allowed awk '
    function refuse(why) {
      print why
      refused = 1
      exit
    }
    function is_leaf(name) {
      return name ~ /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/
    }
    # Whether the name is one level below a parent, with `before` between.
    function is_below(name, before, i, head) {
      for (i = 1; i <= parents; i++) {
        head = parent[i] "/" before
        if (index(name, head) == 1 && is_leaf(substr(name, length(head) + 1))) return 1
      }
      return 0
    }
    function is_parent(name, i) {
      for (i = 1; i <= parents; i++) if (name == parent[i]) return 1
      return 0
    }
    function is_property(text, key) {
      key = text
      if (!sub(/=.*/, "", key)) return 0
      return key ~ /^[a-z0-9][a-z0-9_.-]*:[a-z0-9:_.-]*$/ || index(" " ENVIRON["ALLOWED"] " ", " property:" key " ")
    }
    # Only what this host was set up with: a command of the settings, a list of files.
    function is_said(kind, text) {
      return index("\n" ENVIRON["ALLOWED"] "\n", "\n" kind ":" text "\n")
    }
    function fits(kind, text) {
      # The words after it name processes of ours that are looked for first (prelude.sh).
      if (kind == "nonce") return text ~ /^[A-Za-z0-9]+( [0-9]+-[0-9]+-[A-Za-z0-9]+)*$/ && length(text) >= 8
      if (kind == "dataset") return is_below(text, "")
      if (kind == "trashed") return is_below(text, ".trash/")
      if (kind == "volume") return is_below(text, "") || is_below(text, ".trash/")
      if (kind == "leaf") return text == "" || is_leaf(text)
      if (kind == "repair") return text ~ /^[a-z]+=/
      if (kind == "parent") return is_parent(text)
      if (kind == "place") return is_parent(text) || (sub(/\/\.trash$/, "", text) && is_parent(text))
      if (kind == "within") return is_parent(text) || is_below(text, "")
      if (kind == "property") return is_property(text)
      if (kind == "keys") return text ~ /^[a-z0-9][a-z0-9:_.,-]*$/
      if (kind == "key") return text ~ /^[a-z0-9][a-z0-9:_.-]*$/
      if (kind == "number") return text ~ /^[0-9]*$/
      if (kind == "numbers") return text ~ /^[0-9. ]*$/
      if (kind == "word") return text ~ /^[A-Za-z0-9_.,=+-]*$/
      if (kind == "words") return text ~ /^[a-z ]*$/
      if (kind == "mode") return text ~ /^[A-Za-z0-9+=,][A-Za-z0-9+=,:-]*$/
      if (kind == "owner") return text ~ /^[0-9]*(:[0-9]+)?$/
      if (kind == "acl") return text == "" || text ~ /^[A-Za-z0-9@][A-Za-z0-9@_.:\/+,-]*$/
      if (kind == "path") return text == "" || text ~ /^\/[^\\]*$/
      if (kind == "text") return 1
      return is_said(kind, text)
    }
    {
      if (NR > 1 || index($0, "{ set --") != 1) refuse("its first line is none of ours")
      line = substr($0, 9)
      parents = split(ENVIRON["PARENTS"], parent, "\n")
      # Parted at its quotes, a line of quoted words is: blank, word, blank, word, ..., nothing. A quote within a
      # word is written as four characters, which part as: word, backslash, nothing, rest of the word.
      pieces = split(line, piece, "\047")
      words = 0
      i = 1
      while (i < pieces) {
        if (piece[i] == " ") {
          word[++words] = piece[i + 1]
          i += 2
        } else if (piece[i] == "\\" && words && piece[i + 1] == "") {
          word[words] = word[words] "\047" piece[i + 2]
          i += 3
        } else refuse("its parameters are not quoted as ours are")
      }
      if (i != pieces || piece[pieces] != "") refuse("its parameters are not quoted as ours are")
      for (rows = split(ENVIRON["PARAMETERS"], row, "\n"); rows; rows--)
        if (index(row[rows], ENVIRON["VERB"] ": ") == 1) kinds = split(row[rows], kind, " ") - 1
      if (!kinds) refuse("it is not told what parameters " ENVIRON["VERB"] " has")
      # The last kinds, after "*", come again and again.
      fixed = kinds
      for (i = 1; i <= kinds; i++) if (kind[i + 1] == "*") fixed = i - 1
      repeated = fixed == kinds ? 0 : kinds - fixed - 1
      if (words < fixed || (words > fixed && (!repeated || (words - fixed) % repeated)))
        refuse(ENVIRON["VERB"] " has another number of parameters")
      for (i = 1; i <= words; i++) {
        asked = i <= fixed ? kind[i + 1] : kind[fixed + 3 + (i - fixed - 1) % repeated]
        if (!fits(asked, word[i])) refuse("parameter " i " of " ENVIRON["VERB"] " is none that this host was set up for (" asked "): " substr(word[i], 1, 200))
      }
      proven = 1
    }
    END { if (proven && !refused) print "proven" }') || :
  # Whatever keeps awk from its end is a refusal, too.
  [ "$reason" = proven ] || refuse "${reason:-its parameters cannot be checked on this host}"
}

[ "${SSH_ORIGINAL_COMMAND-}" = 'sh -s' ] || refuse 'this key is for zfs-provisioner alone (ZFS_SSH_REQUIRETTY is not for use with it)'
receive
name_verb
check_parameters
printf '%s\n%s%s\n' "$first" "$body" "$last" | sh -s
