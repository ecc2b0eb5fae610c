#!/bin/sh
# mutate.sh SOURCE OUTPUT FROM TO: copies SOURCE with its one occurrence of the text FROM replaced by TO.
# Fails when FROM does not occur exactly once: a mutant that changes nothing would test nothing. An
# empty FROM copies.
set -eu
[ -n "$3" ] || exec cp "$1" "$2"
awk -v from="$3" -v to="$4" '
    { line = $0; at = index(line, from)
      if (at) { count++; line = substr(line, 1, at - 1) to substr(line, at + length(from)) }
      print line }
    END { if (count != 1) { print "mutate.sh: found " count + 0 " times: " from > "/dev/stderr"; exit 1 } }
' "$1" > "$2"
