#!/bin/sh
# Every function of templates has three cases that a person wrote, at least one
# of which is an error: functions.sh PROJECT-FOLDER
. "$(dirname "$0")/../lib/tap.sh"
cd "$1" || exit 1

# Rows of the functions' tables; methods begin with a capital.
names=$(cat src/template/funcs_*.c src/template/sprig_*.c |
    grep -oE '\{"[a-z][A-Za-z0-9_]*", "' | cut -d '"' -f 2 | sort -u)
poor=$(cat tests/cases/template/*.txt | awk -F '\t' -v names="$names" '
    BEGIN { count = split(names, name, /[ \n]+/) }
    /^#/ || NF < 2 { next }
    {
        seen = " "
        words = split($(NF - 1), word, /[^A-Za-z0-9_.$]+/)
        for (i = 1; i <= words; i++) {
            calls[word[i]]++
            if ($NF ~ /^error: / && !index(seen, " " word[i] " "))
                errors[word[i]]++
            seen = seen word[i] " "
        }
    }
    END {
        for (i = 1; i <= count; i++)
            if (calls[name[i]] < 3 || errors[name[i]] < 1)
                print name[i] ": " calls[name[i]] + 0 " cases, " errors[name[i]] + 0 " errors"
    }')
tap_is 'there are all functions' "$(echo "$names" | wc -l)" 212
tap_is 'each has its cases' "$poor" ''
tap_done
