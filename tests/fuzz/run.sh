#!/bin/sh
# Runs every libFuzzer target of a build folder for some seconds each, from its
# corpus, and then asks each comparison with Go new random questions for as
# long: tests/fuzz/run.sh BUILD-FOLDER SECONDS. Finds go to the build folder.
set -u
folder=${1:?usage: tests/fuzz/run.sh BUILD-FOLDER SECONDS}
seconds=${2:-60}
here=$(dirname "$0")
failed=0
for target in "$folder"/tests/fuzz/*_fuzz; do
    name=$(basename "$target" _fuzz)
    finds=$folder/finds/$name
    mkdir -p "$finds"
    echo "fuzzing $name for $seconds seconds"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -artifact_prefix="$finds/crash-" "$finds" "$here/corpus/$name" 2>"$finds.log" || {
        tail -n 30 "$finds.log"
        failed=$((failed + 1))
    }
done

# A seed is named, so that what it finds can be asked again.
seed=$(date +%s)
for target in "$folder"/tests/compare/compare_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=$(basename "$target")
    log=$folder/finds/$name.log
    end=$(($(date +%s) + seconds))
    first=$seed
    while [ "$(date +%s)" -lt $end ]; do
        CI=true "$target" "$here/.." "$seed" >"$log" 2>&1 || {
            echo "$name finds a difference with the seed $seed:"
            grep -v '^ok' "$log"
            failed=$((failed + 1))
            break
        }
        seed=$((seed + 1))
    done
    echo "$name asked the questions of $((seed - first)) seeds from $first on"
done
echo "$failed targets failed"
[ $failed -eq 0 ]
