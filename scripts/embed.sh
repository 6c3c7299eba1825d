#!/bin/sh
# Prints C source that defines NAME, an array with the bytes of the files, each
# after a line `---`, and a NUL, and NAME_size, the number of bytes without the
# NUL: scripts/embed.sh NAME FILE…
set -eu
name=$1
shift
echo "#include <stddef.h>"
echo "extern const char ${name}[];"
echo "extern const size_t ${name}_size;"
echo "const char ${name}[] = {"
for file; do
    echo ---
    cat "$file"
done | od -An -v -tu1 | sed 's/ *\([0-9][0-9]*\)/\1,/g'
echo '0};'
echo "const size_t ${name}_size = sizeof($name) - 1;"
