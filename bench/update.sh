#!/bin/sh
# What an update costs: bench/update.sh TIDEMARK     (ROUNDS=9 FILES=10000)
#
# A repository of FILES manifests, ten of them marked, over http on loopback. A
# new tag comes out and `tidemark run --once` does the whole job: scans the
# registry, resolves, lists the remote, edits, commits, pushes.
#
#   first    nothing is known of the repository yet
#            against  git fetch --depth=1, and git push of such a commit
#   second   the head is what was pushed last
#            against  a script of git plumbing: ls-remote, cat-file, hash-object, read-tree,
#                     update-index, write-tree, commit-tree, push
#   moved    somebody else committed meanwhile
#            against  the same script, with a fetch and diff-tree
#   nothing  there is nothing to do
#            against  git ls-remote
set -eu
. "$(dirname "$0")/lib.sh"
files=${FILES:-10000}
git_lab_http
registry_lab_start registry
registry=127.0.0.1:${REGISTRY_LAB#*:}
patch=0

# The next version comes out.
release() {
    patch=$((patch + 1))
    registry_lab_push "http://$registry" acme/web "1.0.$patch"
}

# A repository with COUNT manifests, ten of them marked, cloned as work-NAME.
make_repository() { # NAME COUNT
    git_lab_repo "$1"
    git init -q "$work/work-$1"
    (
        cd "$work/work-$1"
        git remote add origin "$GIT_LAB/repos/$1.git"
        python3 - "$2" "$registry/acme/web" <<'END'
import os, sys
count, image = int(sys.argv[1]), sys.argv[2]
for i in range(count):
    folder = f"apps/team-{i // 100:03d}"
    os.makedirs(folder, exist_ok=True)
    marked = i % (count // 10) == 0
    name = f'{image}:1.0.0 # {{"$imagepolicy": "flux-system:web"}}' if marked \
        else f"ghcr.io/acme/app-{i}:v1.{i % 50}.0"
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
          image: {name}
          ports:
            - containerPort: {8000 + i % 1000}
          resources:
            limits:
              memory: {64 + i % 64}Mi
""")
END
        git add . && git commit -q -m first && git push -q origin HEAD:main
    )
    git -C "$GIT_LAB/repos/$1.git" repack -q -a -d
}

other_commit() { # NAME
    (
        cd "$work/work-$1"
        git fetch -q origin main && git reset -q --hard FETCH_HEAD
        echo "# $patch" >>apps/team-000/app-00001.yaml
        git commit -q -a -m "other $patch" && git push -q origin HEAD:main
    )
}

# A fresh store with the four objects for a repository.
make_store() { # NAME
    rm -rf "$work/store" && mkdir "$work/store"
    export TIDEMARK_STORE="$work/store/$1.db"
    "$tidemark" apply -f - >/dev/null <<END
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: apps}
spec: {url: "$GIT_LAB_HTTP/git/$1.git", interval: 1h, ref: {branch: main}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web}
spec: {image: "$registry/acme/web", interval: 1h, insecure: true}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web}
spec: {imageRepositoryRef: {name: web}, policy: {semver: {range: 1.x}}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: apps}
spec:
  sourceRef: {kind: GitRepository, name: apps}
  interval: 1h
  git:
    checkout: {ref: {branch: main}}
    commit: {author: {name: bot, email: bot@example.com}}
    push: {branch: main}
END
}

# The plumbing that somebody who knows git well would write. The marked files
# were found before: the file `marked` is their list, "mode id path".
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
/imagepolicy/ { sub(/:1\.0\.[^ ]* #/, ":1.0." round " #") }
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

rounds_of() { # FUNCTION…
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        "$@"
    done
}

first() {
    make_store large
    release
    measure first "$tidemark" run --once
    rm -rf "$work/plain" && git init -q --bare "$work/plain"
    measure fetch git -C "$work/plain" fetch -q --depth=1 "$GIT_LAB_HTTP/git/large.git" main
    other_commit large
    (
        cd "$work/work-large"
        release
        for f in $(git grep -l imagepolicy); do sed -i "s/:1\.0\.[^ ]* #/:1.0.$patch #/" "$f"; done
        git commit -q -a -m "plain $patch"
    )
    measure push git -C "$work/work-large" push -q "$GIT_LAB_HTTP/git/large.git" HEAD:main
}

second() { # NAME
    release
    measure "second-$1" "$tidemark" run --once
}

moved() { # NAME
    release
    other_commit "$1"
    measure "moved-$1" "$tidemark" run --once
}

nothing() { # NAME
    measure "nothing-$1" "$tidemark" run --once
    measure "ls-remote-$1" git ls-remote --heads "$GIT_LAB_HTTP/git/$1.git" refs/heads/main
}

script() { # NAME
    patch=$((patch + 1))
    measure "script-$1" sh "$work/script.sh" "$GIT_LAB_HTTP/git/$1.git" "$patch" same
}

script_moved() { # NAME
    patch=$((patch + 1))
    other_commit "$1"
    measure "script-moved-$1" sh "$work/script.sh" "$GIT_LAB_HTTP/git/$1.git" "$patch" moved
}

make_repository large "$files"
make_repository small 100
rounds_of first
sed -n 's/^fetch \([0-9.]*\) .*/\1/p' "$work/results" >"$work/fetches"
sed -n 's/^push \([0-9.]*\) .*/\1/p' "$work/results" | paste "$work/fetches" - |
    awk '{ print "fetch+push", $1 + $2, 0 }' >>"$work/results"
for name in large small; do
    make_store "$name"
    release
    "$tidemark" run --once >/dev/null 2>&1
    rounds_of second "$name"
    rounds_of moved "$name"
    rounds_of nothing "$name"
    script_mirror "$name"
    rounds_of script "$name"
    rounds_of script_moved "$name"
done

heading "update of $files manifests, 10 marked" git
report 'first update, against fetch --depth=1 and push' first fetch+push 2.0
report 'second update, against a script of git plumbing' second-large script-large 1.5
report 'the same after another commit' moved-large script-moved-large 1.5
report "second update, against that of 100 manifests" second-large second-small 1.3
report 'nothing to do, against git ls-remote' nothing-large ls-remote-large 5
