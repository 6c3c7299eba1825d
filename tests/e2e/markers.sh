#!/bin/sh
# What an automation does to a repository: fields by name, tag and digest, markers
# that are wrong and told, files that are no YAML, symlinks, the path, and objects
# of other namespaces.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.10.0 || exit 1
registry_lab_push "http://$REGISTRY" acme/api 7 8 || exit 1
digest=$(registry_lab_pushed_digest)
repository apps
files=$LAB/work/apps/apps
mkdir -p "$files/below" "$LAB/work/apps/other"
m() { # SETTER
    printf '# {"$imagepolicy": "%s"}' "$1"
}

# Several policies, in one file; every kind of field; every quoting.
cat >"$files/all.yaml" <<END
# An image: $(m flux-system:web) in a sentence is none.
plain: $REGISTRY/acme/web:1.0.0 $(m flux-system:web)
single: '$REGISTRY/acme/api:7'   $(m flux-system:api)
double:   "$REGISTRY/acme/web:1.0.0"	$(m flux-system:web)
name: old $(m flux-system:web:name)
tag: "1.0.0" $(m flux-system:web:tag)
number: 7 $(m flux-system:api:tag)
digest: ~ $(m flux-system:pinned:digest)
pinned: x $(m flux-system:pinned)
older: x # {"imagepolicy": "flux-system:api"}
list:
- x $(m flux-system:web:tag)
- $(m flux-system:api:tag)
  x
flow: {image: x, # a comment
  tag: y } # b
anchor: &a x $(m flux-system:web:tag)
alias: *a
---
second: x $(m flux-system:api)
END
cat >"$LAB/want" <<END
# An image: $(m flux-system:web) in a sentence is none.
plain: $REGISTRY/acme/web:1.10.0 $(m flux-system:web)
single: '$REGISTRY/acme/api:8'   $(m flux-system:api)
double:   "$REGISTRY/acme/web:1.10.0"	$(m flux-system:web)
name: $REGISTRY/acme/web $(m flux-system:web:name)
tag: "1.10.0" $(m flux-system:web:tag)
number: "8" $(m flux-system:api:tag)
digest: $digest $(m flux-system:pinned:digest)
pinned: $REGISTRY/acme/api:7@$digest $(m flux-system:pinned)
older: $REGISTRY/acme/api:8 # {"imagepolicy": "flux-system:api"}
list:
- 1.10.0 $(m flux-system:web:tag)
- $(m flux-system:api:tag)
  "8"
flow: {image: x, # a comment
  tag: y } # b
anchor: &a 1.10.0 $(m flux-system:web:tag)
alias: *a
---
second: $REGISTRY/acme/api:8 $(m flux-system:api)
END

# Markers that do nothing. The number is the line that the notice names.
cat >"$files/wrong.yaml" <<END
unknown: x $(m flux-system:nope)
other: x $(m other:web)
suffix: x $(m flux-system:web:tagg)
bare: x $(m web)
slash: x $(m flux-system/web)
broken: x # {"\$imagepolicy": "flux-system:web"
list: x # {"\$imagepolicy": ["flux-system:web"]}
digest: x $(m flux-system:web:digest)
$(m flux-system:web)
above: x
mapping: $(m flux-system:web)
  a: b
END
cp "$files/wrong.yaml" "$LAB/wrong.yaml"

# Files that are no YAML are edited by their lines.
cat >"$files/chart.yaml" <<END
{{- if .Values.web }}
image: $REGISTRY/acme/web:1.0.0 $(m flux-system:web)
{{- end }}
tag: {{ .Values.tag }} $(m flux-system:web:tag)
END
# What is not touched: other names of files, what lies outside of the path, symlinks.
line="image: $REGISTRY/acme/web:1.0.0 $(m flux-system:web)"
for file in other/web.yaml outside.yaml apps/web.txt apps/web.yaml.bak; do
    echo "$line" >"$LAB/work/apps/$file"
done
ln -s ../outside.yaml "$files/link.yaml"
ln -s ../other "$files/folder"
ln -s /etc "$files/etc"
echo "$line" >"$files/below/web.yml"
printf '%s' "$line" >"$files/below/.hidden.yaml"
: >"$files/below/empty.yaml"
publish apps

{
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web
    image_repository_yaml api "$REGISTRY/acme/api"
    image_policy_yaml api api | sed 's/{semver: .*/{numerical: {order: asc}}}/'
    image_policy_yaml pinned api | sed 's/^spec: {/spec: {digestReflectionPolicy: IfNotPresent, /
        s/{semver: .*/{numerical: {order: desc}}}/'
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_update_yaml apps apps ./apps
} >"$LAB/objects.yaml"
tm run --once -f "$LAB/objects.yaml"
tap_is 'the run succeeds' "$CODE $(grep '^✗' "$LAB/err")" '0 '
file_of apps apps/all.yaml >"$LAB/got"
tap_is 'fields of every kind' "$(diff "$LAB/want" "$LAB/got")" ''
tap_is 'the files that changed' "$(git -C "$LAB/git/repos/apps.git" diff --name-only main~1 main)" \
    'apps/all.yaml
apps/below/.hidden.yaml
apps/below/web.yml
apps/chart.yaml'
file_of apps apps/wrong.yaml >"$LAB/got"
tap_is 'wrong markers change nothing' "$(cmp "$LAB/got" "$LAB/wrong.yaml" 2>&1)" ''
tap_is 'a template is edited by its lines' "$(file_of apps apps/chart.yaml | masked)" '{{- if .Values.web }}
image: REGISTRY/acme/web:1.10.0 # {"$imagepolicy": "flux-system:web"}
{{- end }}
tag: {{ .Values.tag }} # {"$imagepolicy": "flux-system:web:tag"}'
tap_is 'symlinks stay symlinks' "$(git -C "$LAB/git/repos/apps.git" ls-tree -r main | grep -c '^120000')" 3
tap_is 'a missing last newline stays missing' "$(file_of apps apps/below/.hidden.yaml | tail -c 1)" '}'
object ImageUpdateAutomation apps '.metadata.annotations."tidemark.dev/notices"' >"$LAB/notices"
tap_is 'each of them is told on the object' "$(cat "$LAB/notices")" "apps/all.yaml:1: marker is not read: the comment is not one JSON object
apps/chart.yaml:1: document is not valid YAML and edited by single lines: did not find expected node content while parsing a flow node
apps/chart.yaml:4: marker 'flux-system:web:tag' is not at a field: in a document that is not valid YAML it must stand behind a value on one line
apps/wrong.yaml:1: there is no policy for marker 'flux-system:nope'
apps/wrong.yaml:2: there is no policy for marker 'other:web'
apps/wrong.yaml:3: marker is not read: the part behind the policy is not 'tag', 'name' or 'digest'
apps/wrong.yaml:4: marker is not read: its value is not 'namespace:policy'
apps/wrong.yaml:5: marker is not read: its value is not 'namespace:policy'
apps/wrong.yaml:6: marker is not read: the comment is not one JSON object
apps/wrong.yaml:7: marker is not read: a value in it is not a text
apps/wrong.yaml:8: policy 'flux-system/web' has no digest; the field is left alone
apps/wrong.yaml:9: marker 'flux-system:web' is not at a field: it stands above a key; put it behind the value
apps/wrong.yaml:11: marker 'flux-system:web' is not at a field: it stands behind a key; put it behind the value"
tap_is 'and once in the log' "$(grep -c 'wrong.yaml' "$LAB/err")" 10
tm run --once
tap_is 'a second run has nothing to do, and nothing new to tell' \
    "$CODE $(commits_of apps) $(grep -c 'wrong.yaml' "$LAB/err")" '0 2 0'

# A marker that is put right is edited, and no longer told of.
git -C "$LAB/work/apps" pull -q --rebase
echo "image: x $(m flux-system:api)" >"$files/wrong.yaml"
git -C "$LAB/work/apps" rm -q apps/chart.yaml
publish apps 'Put it right'
tm run --once
tap_is 'what is put right is edited' "$CODE $(file_of apps apps/wrong.yaml | masked)" \
    '0 image: REGISTRY/acme/api:8 # {"$imagepolicy": "flux-system:api"}'
tap_is 'and the notices go' "$(object ImageUpdateAutomation apps '.metadata.annotations."tidemark.dev/notices"')" \
    'apps/all.yaml:1: marker is not read: the comment is not one JSON object'

# The path: one file, a symlink, the way out.
for path in apps/link.yaml ../outside apps/folder apps/folder/web.yaml /apps/wrong.yaml outside.yaml; do
    image_update_yaml apps apps $path >"$LAB/path.yaml"
    must apply -f "$LAB/path.yaml"
    tm reconcile image update apps
    echo "$path: $CODE $(tail -n 1 "$LAB/err" | masked)"
done >"$LAB/paths"
tap_is 'where a path may lead' "$(cat "$LAB/paths")" "\
apps/link.yaml: 1 ✗ ImageUpdateAutomation reconciliation failed: 'failed to apply policies: update path 'apps/link.yaml' is a symlink: name the folder or file that it points to'
../outside: 1 ✗ ImageUpdateAutomation reconciliation failed: 'failed to apply policies: update path '../outside' leaves the repository'
apps/folder: 1 ✗ ImageUpdateAutomation reconciliation failed: 'failed to apply policies: update path 'apps/folder' is a symlink: name the folder or file that it points to'
apps/folder/web.yaml: 1 ✗ ImageUpdateAutomation reconciliation failed: 'failed to apply policies: walking path for files: lstat apps/folder/web.yaml: no such file or directory'
/apps/wrong.yaml: 0 ✔ repository up-to-date
outside.yaml: 0 ✔ committed and pushed COMMIT to main"
tap_is 'what lies outside of the path is as it was' \
    "$(git -C "$LAB/git/repos/apps.git" diff --name-only main~1 main)" 'outside.yaml'

# Other namespaces: an ImageRepository lets in whom it names, or nobody.
access() { # ACCESS-FROM
    image_repository_yaml shared "$REGISTRY/acme/web" |
        sed "s/{name: shared}/{name: shared, namespace: infra}/; s/^spec: {/spec: {${1:+accessFrom: $1, }/" \
            >"$LAB/access.yaml"
    must apply -f "$LAB/access.yaml"
    tm reconcile image policy far
    tail -n 1 "$LAB/err" | masked
}
cat >"$LAB/far.yaml" <<END
apiVersion: v1
kind: Namespace
metadata: {name: flux-system, labels: {team: web, env: prod}}
END
image_policy_yaml far shared | sed 's/{name: shared}/{name: shared, namespace: infra}/' >>"$LAB/far.yaml"
must apply -f "$LAB/far.yaml"
access '' >/dev/null
must reconcile image repository shared -n infra
denied="✗ ImagePolicy reconciliation failed: 'failed to get the referred ImageRepository: access denied: 'infra/shared' can't be accessed due to"
selected='✔ selected ref REGISTRY/acme/web:1.10.0'
while IFS='|' read -r selectors want; do
    case $want in
    none) want="$denied missing ACL labels on 'accessFrom''" ;;
    other) want="$denied ACL labels mismatch on namespace 'flux-system''" ;;
    yes) want=$selected ;;
    esac
    tap_is "accessFrom $selectors" "$(access "$selectors")" "$want"
done <<'END'
|none
{namespaceSelectors: []}|other
{namespaceSelectors: [{}]}|yes
{namespaceSelectors: [{matchLabels: {team: api}}]}|other
{namespaceSelectors: [{matchLabels: {team: web, env: test}}]}|other
{namespaceSelectors: [{matchLabels: {team: api}}, {matchLabels: {team: web, env: prod}}]}|yes
END
# A source in another namespace, and what --no-cross-namespace-refs makes of both.
{
    git_repository_yaml shared "$GIT_LAB_HTTP/git/apps.git" | sed 's/{name: shared}/{name: shared, namespace: infra}/'
    image_update_yaml cross shared other | sed 's/name: shared}/name: shared, namespace: infra}/'
} >"$LAB/cross.yaml"
must apply -f "$LAB/cross.yaml"
tm run --once
tap_is 'a source in another namespace' "$CODE $(grep '^✗' "$LAB/err") $(file_of apps other/web.yaml | grep -c 1.10.0)" '0  1'
tm run --once --no-cross-namespace-refs
tap_is 'unless that is forbidden' "$CODE $(grep '^✗' "$LAB/err")" "1 \
✗ ImagePolicy flux-system/far: failed to get the referred ImageRepository: cannot access 'ImageRepository/infra/shared', cross-namespace references have been blocked
✗ ImageUpdateAutomation flux-system/cross: can't access 'GitRepository/infra/shared', cross-namespace references have been blocked"
tm run --once
tap_is 'for that run' "$CODE" 0
tap_done
