#!/bin/sh
# check in the embedded home, with and without what it looks for.
. "$(dirname "$0")/lib.sh"
lab
git_version=$(git --version | sed 's/git version \([0-9]*\.[0-9]*\.[0-9]*\).*/\1/')
ssh_version=$(ssh -V 2>&1 | cut -d , -f 1)

tm check
printed 'before there is a store' 0 <<END
2> ► checking prerequisites
2> ✔ git $git_version >=2.32.0-0
2> ✔ ssh $ssh_version
2> ✔ prerequisites checks passed
2> ► checking store
2> ✔ store: not there yet, the first command that writes makes it
2> ✔ all checks passed
END
tap_is 'and it makes none' "$(ls "$LAB" | grep -c store.db)" 0
image_repository_yaml web example.com/web >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
tm check
tap_is 'a store' "$CODE $(sed -n '/store$/,$p' "$LAB/err" | visible)" '0 ► checking store
✔ LAB/store.db: 1 object
✔ all checks passed'
tm check --pre
tap_is 'the prerequisites only' "$CODE $(tail -n 1 "$LAB/err")" '0 ✔ prerequisites checks passed'
head -c 8192 /dev/urandom >"$LAB/broken.db"
tm check --store="sqlite:$LAB/broken.db"
tap_like 'a store that cannot be read' "$CODE $(cat "$LAB/err")" "1 ✗ '$LAB/broken.db' is not a database of tidemark*"
fails 'operands' 'unknown command "x" for "tidemark check"' check x

# Programs that are not there, or too old.
mkdir "$LAB/bin" "$LAB/none"
with() { # PATH
    CODE=0
    PATH=$1 "$TIDEMARK" check --pre >"$LAB/out" 2>"$LAB/err" || CODE=$?
}
with "$LAB/none"
tap_like 'neither git nor ssh' "$CODE $(cat "$LAB/err")" '1 *
✗ git: *
⚠️ ssh: *; ssh URLs cannot be used
✗ check failed'
while read -r answer && read -r line; do
    printf '#!/bin/sh\necho "%s"\n' "$answer" >"$LAB/bin/git"
    chmod 755 "$LAB/bin/git"
    with "$LAB/bin"
    tap_is "$answer" "$(sed -n 2p "$LAB/err")" "$line"
done <<'END'
git version 2.31.9
✗ git version 2.31.9 does not match >=2.32.0-0
git version 2.32.0
✔ git 2.32.0 >=2.32.0-0
git version 2.45.1.windows.1
✔ git 2.45.1 >=2.32.0-0
git version 2.39.5 (Apple Git-154)
✔ git 2.39.5 >=2.32.0-0
git version 3.0
✔ git 3.0.0 >=2.32.0-0
hello
✗ git version can't be determined
END
tap_done
