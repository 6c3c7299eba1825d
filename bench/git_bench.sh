#!/bin/sh
# The CPU time (user and system, with all children) of the Git side of an update,
# against plain git driven by a script, over http on loopback; the server's time
# does not count. Prints one line a case: milliseconds of tidemark and of the
# script (the medians of ROUNDS runs), and their ratio.
#
#     bench/git_bench.sh [BUILD_DIR]          ROUNDS=9 FILES=10000
#
#   first    fetch, list, read all files, edit 10, commit, push
#            against  git fetch --depth=1, git push
#   second   the head is what we pushed: list, read 10 files, edit, commit, push
#            against  ls-remote, cat-file, hash-object, read-tree, update-index, write-tree,
#                     commit-tree, push
#   moved    another person committed meanwhile: list, fetch, diff, read, commit, push
#            against  the same by plumbing
#   small    `second` in a repository of 100 files, against `second` in the large one
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${ROUNDS:-9}
files=${FILES:-10000}
ninja -C "$build" bench/git_bench >/dev/null
bench=$build/bench/git_bench
. "$here/../tests/lib/git.sh"
work=$(mktemp -d)
trap 'git_lab_stop; rm -rf "$work"' EXIT
git_lab_init "$work"
git_lab_http

# A repository with COUNT manifests, ten of them marked, cloned as work-NAME.
make_repository() { # NAME COUNT
    git_lab_repo "$1"
    git init -q "$work/work-$1"
    (
        cd "$work/work-$1"
        git remote add origin "../repos/$1.git"
        python3 - "$2" <<'END'
import os, sys
count = int(sys.argv[1])
for i in range(count):
    folder = f"apps/team-{i // 100:03d}"
    os.makedirs(folder, exist_ok=True)
    marker = ' # {"$imagepolicy": "apps:web"}' if i % (count // 10) == 0 else ""
    with open(f"{folder}/app-{i:05d}.yaml", "w") as out:
        out.write(f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{i}
  namespace: team-{i // 100}
spec:
  replicas: {i % 5 + 1}
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{i}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{i}
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/app-{i}:v1.{i % 50}.0{marker}
          ports:
            - containerPort: {8000 + i % 1000}
          resources:
            limits:
              memory: {64 + i % 64}Mi
""")
END
        git add . && git commit -q -m first && git push -q
    )
    git -C "$work/repos/$1.git" repack -q -a -d
}

other_commit() { # NAME ROUND
    (
        cd "$work/work-$1"
        git fetch -q origin main && git reset -q --hard FETCH_HEAD
        echo "# $2" >>apps/team-000/app-00001.yaml
        git commit -q -a -m "other $2" && git push -q
    )
}

# The plumbing that somebody who knows git well would write. The marked files
# were found before: $1 is their list, "mode id path".
cat >"$work/script.sh" <<'END'
set -eu
url=$1 round=$2 moved=$3
cd "$MIRROR"
head=$(git ls-remote --heads "$url" refs/heads/main | cut -f 1)
if [ "$moved" = moved ]; then
    git fetch -q --depth=1 --no-tags --no-write-fetch-head "$url" "+$head:refs/heads/seen"
    git diff-tree -r "$(cat known)" "$head" >changed
fi
rm -rf edit && mkdir edit
cut -d ' ' -f 2 marked | git cat-file --batch --buffer >contents
awk -v round="$round" '
/^[0-9a-f]* blob [0-9]*$/ { n++; out = "edit/" n; next }
/imagepolicy/ { sub(/:v[^ ]*/, ":v" round) }
{ print >out }' contents
# cat-file ends each content with a newline of its own.
for f in edit/*; do sed -i '$d' "$f"; done
ls -v edit | sed 's,^,edit/,' | git hash-object -w --stdin-paths >ids
cut -d ' ' -f 3 marked | paste -d ' ' ids - | sed 's/^\([0-9a-f]*\) /100644 \1\t/' >index-info
export GIT_INDEX_FILE=$PWD/index.tmp
git read-tree "$head"
git update-index --index-info <index-info
tree=$(git write-tree)
commit=$(git commit-tree -p "$head" -m 'Update from image update automation' "$tree")
git push -q "--force-with-lease=refs/heads/main:$head" "$url" "$commit:refs/heads/main"
echo "$commit" >known
cut -d ' ' -f 3 marked | paste -d ' ' ids - | sed 's/^/100644 /' >marked.new
mv marked.new marked
END

# A mirror for the script, at the present head.
script_mirror() { # NAME
    MIRROR=$work/script-$1
    export MIRROR
    rm -rf "$MIRROR"
    git init -q --bare "$MIRROR"
    (
        cd "$MIRROR"
        git fetch -q --depth=1 "$GIT_LAB_HTTP/git/$1.git" +main:refs/heads/seen
        git rev-parse refs/heads/seen >known
        git grep -l imagepolicy refs/heads/seen | sed 's/^[^:]*://' |
            xargs git ls-tree -r refs/heads/seen -- | sed 's/ blob / /; s/\t/ /' >marked
    )
}

median() { # LABEL
    sed -n "s/^$1 //p" "$work/results" | sort -n | sed -n "$(((rounds + 1) / 2))p"
}

report() { # CASE TIDEMARK OTHER TARGET
    awk -v name="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v target="$4" 'BEGIN {
        printf "%-8s %8.1f ms %8.1f ms   ratio %.2f (target at most %s)\n", name, a, b, a / b, target }'
}

measure() { # LABEL COMMAND…
    "$bench" measure "$@" >>"$work/results"
}

make_repository large "$files"
make_repository small 100
large=$GIT_LAB_HTTP/git/large.git
small=$GIT_LAB_HTTP/git/small.git
: >"$work/results"

i=0
while [ $i -lt "$rounds" ]; do
    i=$((i + 1))
    rm -rf "$work/state" && mkdir "$work/state"
    measure first "$bench" update "$large" "$work/state" "first-$i"
    rm -rf "$work/plain" && git init -q --bare "$work/plain"
    measure fetch git -C "$work/plain" fetch -q --depth=1 "$large" main
    # The commit that is pushed is made by the way, unmeasured.
    script_mirror large
    other_commit large "plain-$i"
    (
        cd "$work/work-large"
        for f in $(git grep -l imagepolicy); do sed -i "s/:v[^ ]* #/:vplain-$i #/" "$f"; done
        git commit -q -a -m "plain $i"
    )
    measure push git -C "$work/work-large" push -q "$large" main
done
# The sums of fetch and push, round by round.
sed -n 's/^fetch //p' "$work/results" >"$work/fetches"
sed -n 's/^push //p' "$work/results" | paste "$work/fetches" - |
    awk '{ print "fetch+push", $1 + $2 }' >>"$work/results"

for name in large small; do
    url=$GIT_LAB_HTTP/git/$name.git
    rm -rf "$work/state" && mkdir "$work/state"
    "$bench" update "$url" "$work/state" start
    i=0
    while [ $i -lt "$rounds" ]; do
        i=$((i + 1))
        measure "second-$name" "$bench" update "$url" "$work/state" "second-$i"
    done
    i=0
    while [ $i -lt "$rounds" ]; do
        i=$((i + 1))
        other_commit "$name" "$i"
        measure "moved-$name" "$bench" update "$url" "$work/state" "moved-$i"
    done
    script_mirror "$name"
    i=0
    while [ $i -lt "$rounds" ]; do
        i=$((i + 1))
        measure "script-$name" sh "$work/script.sh" "$url" "s$i" same
    done
    i=0
    while [ $i -lt "$rounds" ]; do
        i=$((i + 1))
        other_commit "$name" "s$i"
        measure "script-moved-$name" sh "$work/script.sh" "$url" "sm$i" moved
    done
done

echo "          tidemark        git"
report first first fetch+push 2.0
report second second-large script-large 1.5
report moved moved-large script-moved-large 1.5
echo "          $files files   100 files"
report small second-large second-small 1.3
