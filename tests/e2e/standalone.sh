#!/bin/sh
# resolve, edit and render: single steps, with no store, no Git and, but for
# `resolve --image`, no network.
. "$(dirname "$0")/lib.sh"
lab registry
cd "$LAB/work" || exit 1

# resolve. Each row: what the policy is, tags, the answer.
printf '%s\n' 1.0.0 v1.2.0 1.10.0 2.0.0 2.1.0-rc.1 latest >versions
printf '%s\n' main-a1-100 main-b2-99 dev-c3-500 main-d4-1000 >builds
while IFS='|' read -r flags file answer; do
    eval "tm resolve $flags --tags=$file"
    printed "resolve $flags" 0 <<END
$answer
END
done <<'END'
--select-semver=1.x|versions|1.10.0
--select-semver='>=2.1.0-0'|versions|2.1.0-rc.1
--select-semver 1.2.x|versions|v1.2.0
--select-alpha=asc|versions|v1.2.0
--select-alpha=desc|versions|1.0.0
--select-numeric=asc --filter-regex='^main-[a-f0-9]+-(?P<ts>[0-9]+)$' --filter-extract='$ts'|builds|main-d4-1000
--select-numeric=desc --filter-regex='^main-[a-f0-9]+-(?P<ts>[0-9]+)$' --filter-extract='$1'|builds|main-b2-99
--select-alpha=asc --filter-regex=^dev-|builds|dev-c3-500
END
run sh -c '"$0" resolve --select-semver=2.x --tags - <versions' "$TIDEMARK"
printed 'resolve the tags on stdin' 0 <<'END'
2.0.0
END
printf '  1.0.0\t\r\n\r\n\n1.1.0' >untidy
tm resolve --select-semver=1.x --tags untidy
printed 'blanks, empty lines, CR and a missing newline do not count' 0 <<'END'
1.1.0
END
tm resolve --select-numeric=asc --filter-regex='^main-.*-(?P<ts>[0-9]+)$' --filter-extract='${ts}' --tags builds -o json
printed 'resolve as JSON' 0 <<'END'
{"tag":"main-d4-1000","candidates":3,"considered":4}
END

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
tm resolve --select-semver=1.x --image="$REGISTRY/acme/web"
printed 'resolve the tags of a registry' 0 <<'END'
1.1.0
END
tm resolve --select-semver=1.x --image="$REGISTRY/acme/nope"
printed 'resolve what the registry does not have' 1 <<'END'
2> ✗ GET http://REGISTRY/v2/acme/nope/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry; map[name:acme/nope] (does 'acme/nope' exist on 'REGISTRY'?)
END

printf '1.0.0\nbell\007\n' >no-tag
# What is refused. Lines: what comes after `resolve`, then the error.
while read -r line && read -r error; do
    eval "set -- $line"
    fails "resolve $line" "$error" resolve "$@"
done <<'END'
--tags versions
exactly one of --select-semver, --select-alpha and --select-numeric is required
--select-semver 1.x --select-alpha asc --tags versions
exactly one of --select-semver, --select-alpha and --select-numeric is required
--select-alpha up --tags versions
--select-alpha must be one of ["asc", "desc"]
--select-alpha asc
one of --tags and --image is required
--select-alpha asc --tags versions --image acme/web
one of --tags and --image is required
--select-alpha asc --tags nope
cannot open 'nope': No such file or directory
--select-alpha asc --tags no-tag
no-tag:2: tag 'bell ' holds a control character
--select-alpha asc --tags versions -o yaml
--output must be json, not yaml
--select-semver '>=' --tags versions
invalid policy: improper constraint: ">="
--select-semver 9.x --tags versions
unable to determine latest version from provided list
--select-alpha asc --filter-regex '[' --tags versions
failed to filter tags: invalid regular expression pattern '[': error parsing regexp: missing closing ]: `[`
--select-alpha asc --filter-extract '$1' --tags versions
cannot specify --filter-extract without specifying --filter-regex
--select-numeric asc --tags versions
failed to parse invalid numeric value 'v1.2.0'; also 'latest', '2.1.0-rc.1', '2.0.0' and 2 more
--select-alpha asc --tags /dev/null
version list argument cannot be empty
--select-semver 1.x --image acme/web:1.0
image 'acme/web:1.0' should not include a tag; remove ':1.0'
x --select-alpha asc --tags versions
unknown command "x" for "tidemark resolve"
END

# edit
mkdir -p apps/below apps/.git
cat >apps/web.yaml <<'END'
# a comment
image:   "acme/web:1.0.0"  # {"$imagepolicy": "ns:web"}
name: acme/web # {"$imagepolicy": "ns:web:name"}
tag: 1.0 # {"$imagepolicy": "ns:web:tag"}
digest: none # {"$imagepolicy": "ns:web:digest"}
other: acme/api:1 # {"$imagepolicy": "ns:api"}
END
cp apps/web.yaml apps/below/web.yml
cp apps/web.yaml apps/.git/web.yaml
cp apps/web.yaml apps/web.txt
chmod 640 apps/web.yaml
printf 'image: acme/web:1.0.0 # {"$imagepolicy": "ns:web"}' >outside.yaml
ln -s ../outside.yaml apps/link.yaml
digest=sha256:$(printf x | sha256sum | cut -d ' ' -f 1)
cp -a apps before

tm edit --policy "ns:web=acme/web:1.10@$digest" --dry-run apps
sed 's/^/| /' "$LAB/out" >"$LAB/diff"
tap_is 'a dry run succeeds, and tells about what it cannot set' "$CODE
$(cat "$LAB/err")" '0
⚠️ apps/below/web.yml:6: there is no policy for marker '"'ns:api'"'
⚠️ apps/web.yaml:6: there is no policy for marker '"'ns:api'"''
tap_is 'a dry run changes nothing' "$(diff -r --no-dereference before apps)" ''
tm edit --policy "ns:web=acme/web:1.10@$digest" --dry-run apps/web.yaml
cp "$LAB/out" one.diff
tm edit --policy "ns:web=acme/web:1.10@$digest" apps
tap_is 'edit names the files that it changed' "$CODE
$(cat "$LAB/out")" '0
apps/below/web.yml
apps/web.yaml'
tap_is 'it changes the marked scalars, and nothing else' "$(cat apps/web.yaml)" "# a comment
image:   \"acme/web:1.10@$digest\"  # {\"\$imagepolicy\": \"ns:web\"}
name: acme/web # {\"\$imagepolicy\": \"ns:web:name\"}
tag: \"1.10\" # {\"\$imagepolicy\": \"ns:web:tag\"}
digest: $digest # {\"\$imagepolicy\": \"ns:web:digest\"}
other: acme/api:1 # {\"\$imagepolicy\": \"ns:api\"}"
tap_is 'the file keeps its mode' "$(stat -c %a apps/web.yaml)" 640
tap_is 'and is what the dry run has shown' \
    "$(mkdir -p shown/apps && cp before/web.yaml shown/apps && cd shown &&
        git apply ../one.diff 2>&1 && cmp apps/web.yaml ../apps/web.yaml 2>&1)" ''
tap_is 'no symlink is followed, and Git is left alone' "$(cat outside.yaml; cat apps/.git/web.yaml apps/web.txt)" \
    "$(printf 'image: acme/web:1.0.0 # {"$imagepolicy": "ns:web"}'; cat before/.git/web.yaml before/web.txt)"
tm edit --policy "ns:web=acme/web:1.10@$digest" apps
tap_is 'a second time there is nothing to do' "$CODE $(cat "$LAB/out")" '0 '
tm edit --policy ns:web=acme/web:2.0 --policy ns:api=acme/api:2 apps/web.txt
tap_is 'a file that is named is edited whatever its name; with several policies' \
    "$CODE $(cat "$LAB/out") $(grep -c '^image: *"acme/web:2.0"\|^other: acme/api:2 #' apps/web.txt)" '0 apps/web.txt 2'

printf 'a: [\nimage: acme/web:1 # {"$imagepolicy": "ns:web"}\n' >template.yaml
printf 'image: acme/web:1 # {"$imagepolicy": "ns:web"}\n' >good.yaml
tm edit --policy ns:web=acme/web:2 nope template.yaml apps/link.yaml good.yaml
printed 'what cannot be edited is told, the rest is edited' 1 <<'END'
template.yaml
good.yaml
2> ✗ cannot open 'nope': No such file or directory
2> ⚠️ template.yaml:3: document is not valid YAML and edited by single lines: did not find expected ',' or ']' while parsing a flow sequence
2> ✗ 'apps/link.yaml' is a symlink: it is not edited
END
while read -r line && read -r error; do
    eval "set -- $line"
    fails "edit $line" "$error" edit "$@"
done <<'END'
apps
at least one --policy is required
--policy ns:web=acme/web:1
a file or folder is required
--policy web=acme/web:1 apps
--policy 'web=acme/web:1': the namespace or the name is missing; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]
--policy ns:web apps
--policy 'ns:web': the namespace or the name is missing; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]
--policy ns:web=acme/web apps
--policy 'ns:web=acme/web': the image has no tag; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]
--policy ns:web=acme/web:1@sha256:12 apps
--policy 'ns:web=acme/web:1@sha256:12': invalid checksum digest length; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]
--policy ns:web=acme/Web:1 apps
--policy 'ns:web=acme/Web:1': repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: acme/Web; it must read NAMESPACE:NAME=IMAGE:TAG[@DIGEST]
END

# render
printf '{"Changed":{"Changes":[{"OldValue":"a:1","NewValue":"a:2"},{"OldValue":"b:1","NewValue":"b:2"}]},"Values":{"team":"web"}}' >data.json
# shellcheck disable=SC2016
printf '{{range .Changed.Changes}}{{println .OldValue "->" .NewValue}}{{end}}for {{.Values.team | upper}}' >template
tm render --template-file template --data data.json
printed 'render a template from a file' 0 <<'END'
a:1 -> a:2
b:1 -> b:2
for WEB
\ no newline at the end
END
run sh -c '"$0" render --template "{{len .Changed.Changes}} changes" --data - <data.json' "$TIDEMARK"
printed 'render with data from stdin' 0 <<'END'
2 changes
\ no newline at the end
END
tm render --template 'no data: {{1}}{{"\n"}}'
printed 'render without data' 0 <<'END'
no data: 1
END
echo '{' >broken.json
while read -r line && read -r error; do
    eval "set -- $line"
    fails "render $line" "$error" render "$@"
done <<'END'
--data data.json
one of --template and --template-file is required
--template a --template-file template
one of --template and --template-file is required
--template-file nope
cannot open 'nope': No such file or directory
--template '{{.X' --data data.json
template: commit message:1: unclosed action
--template '{{.Values.team.x}}' --data data.json
template: commit message:1:9: executing "commit message" at <.Values.team.x>: can't evaluate field x in type interface {}
--template '{{index .Changed.Changes 9}}' --data data.json
template: commit message:1:2: executing "commit message" at <index .Changed.Changes 9>: error calling index: index out of range: 9
--template '{{nofunction 1}}'
template: commit message:1: function "nofunction" not defined
--template a --data nope
cannot open 'nope': No such file or directory
--template a --data broken.json
broken.json: invalid JSON: line 2, column 0: string or '}' expected near end of file
--template a x
unknown command "x" for "tidemark render"
END
tap_is 'no store is made' "$(ls "$LAB"/store.db* 2>/dev/null)" ''
tap_done
