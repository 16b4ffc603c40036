# shellcheck shell=sh disable=SC2154 # what is said before it names the expressions and programs
# Runs zfs, chmod, chown or setfacl as root for zfs-provisioner, if the whole command line is one of those that its
# scripts use: doas cannot tell arguments apart. Called by way of doas: as-root zfs ARGUMENT...
set -euf
LC_ALL=C PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
TAB=$(printf '\t')
NL='
'
IFS=" $TAB$NL"

refuse() {
  printf '%s\n' "zfs-provisioner as-root: refused: $1" >&2
  exit 1
}

main() {
  [ "$#" -ge 2 ] || refuse 'no command'
  line=''
  for word in "$@"; do
    case $word in
      *"$TAB"* | *"$NL"*) refuse 'an argument has a tab or a line break' ;;
    esac
    line=$line${line:+$TAB}$word
  done
  # A list of expressions, a line each.
  printf '%s\n' "$line" | grep -Eqx -e "$expressions" || refuse "$1 $2 with these arguments"
  case $1 in
    zfs) program=$zfs_program ;;
    chmod) program=$chmod_program ;;
    chown) program=$chown_program ;;
    setfacl) program=$setfacl_program ;;
    *) refuse "$1" ;;
  esac
  shift
  exec "$program" "$@"
}

main "$@"
