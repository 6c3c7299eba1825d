#!/bin/sh
# Prints C source that defines NAME, an array with the bytes of the files, each
# after a line `---`, and NAME_size, their number: scripts/embed.sh NAME FILE…
set -eu
name=$1
shift
echo "#include <stddef.h>"
echo "extern const unsigned char ${name}[];"
echo "extern const size_t ${name}_size;"
echo "const unsigned char ${name}[] = {"
for file; do
    echo ---
    cat "$file"
done | od -An -v -tu1 | sed 's/ *\([0-9][0-9]*\)/\1,/g'
echo '};'
echo "const size_t ${name}_size = sizeof($name);"
