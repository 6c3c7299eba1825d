#!/bin/sh
# The commands on objects that are there: apply, export, suspend, resume,
# reconcile and delete, without a daemon; and version, help, wrong words.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps

# apply: one file of many documents, a folder, stdin.
mkdir -p "$LAB/objects/below" "$LAB/objects/.hidden"
{
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web 1.x
    image_policy_yaml next web
} >"$LAB/objects/images.yaml"
cat >"$LAB/objects/below/secret.yml" <<'END'
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {username: me, password: "a b"}
data: {ca: aGVsbG8=}
END
git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git" >"$LAB/objects/below/git.yaml"
echo 'not: an object' >"$LAB/objects/README.md"
echo 'not: an object' >"$LAB/objects/.hidden/x.yaml"
ln -s nowhere "$LAB/objects/dangling.yaml"
tm apply -f "$LAB/objects"
printed 'apply a folder: its manifests at any depth, Secrets first' 0 <<'END'
secret/login created
gitrepository/apps created
imagerepository/web created
imagepolicy/web created
imagepolicy/next created
END
tm apply -f "$LAB/objects"
printed 'apply it again' 0 <<'END'
secret/login unchanged
gitrepository/apps unchanged
imagerepository/web unchanged
imagepolicy/web unchanged
imagepolicy/next unchanged
END
tm apply --force-conflicts -f "$LAB/objects/images.yaml"
printed 'there is nobody to take a field from' 0 <<'END'
imagerepository/web unchanged
imagepolicy/web unchanged
imagepolicy/next unchanged
END
image_update_yaml apps apps >"$LAB/update.yaml"
run sh -c '"$0" apply -f - <"$1"' "$TIDEMARK" "$LAB/update.yaml"
printed 'apply from stdin' 0 <<'END'
imageupdateautomation/apps created
END
printf '{"apiVersion":"v1","kind":"List","items":[%s,%s]}' \
    '{"apiVersion":"image.toolkit.fluxcd.io/v1","kind":"ImagePolicy","metadata":{"name":"next"},"spec":{"imageRepositoryRef":{"name":"web"},"policy":{"semver":{"range":"2.x"}}}}' \
    '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"infra","labels":{"team":"ops"}}}' >"$LAB/list.json"
tm apply -f "$LAB/list.json" -f "$LAB/objects/images.yaml"
tap_like 'apply a JSON list and a second file, in their order' "$CODE $(cat "$LAB/out")" '0 *imagepolicy/next configured
imagerepository/web unchanged
imagepolicy/web unchanged
imagepolicy/next configured'
tap_is 'data and stringData of a Secret' "$(sql "SELECT body FROM object WHERE kind = 'Secret'" |
    python3 -c 'import base64, json, sys
data = json.load(sys.stdin)["data"]
print(*(k + "=" + base64.b64decode(data[k]).decode() for k in sorted(data)), sep="\n")')" 'ca=hello
password=a b
username=me'

# What is wrong is named with its place, and nothing of the whole is stored. The
# document in $LAB/wrong stands in the middle, with its first line on line 7.
refused() { # NAME ERROR
    { image_policy_yaml before web; echo ---; cat "$LAB/wrong"; image_policy_yaml after web; } \
        >"$LAB/wrong.yaml"
    tm apply -f "$LAB/wrong.yaml"
    printed "$1" 1 <<END
2> ✗ LAB/wrong.yaml:$2
END
    tap_is "$1: nothing is stored" \
        "$(sql "SELECT count(*) FROM object WHERE name IN ('before', 'after')")" 0
}
image_policy_yaml typo web | sed '1d; s/imageRepositoryRef/imageRepoRef/' >"$LAB/wrong"
refused 'an unknown field' '7: ImagePolicy flux-system/typo: unknown field "spec.imageRepoRef"'
image_policy_yaml deep web | sed '1d; s/range:/rang:/' >"$LAB/wrong"
refused 'an unknown field below, and what may be meant' \
    '7: ImagePolicy flux-system/deep: unknown field "spec.policy.semver.rang"; did you mean "range"?'
image_repository_yaml never x | sed '1d; s/1h/never/' >"$LAB/wrong"
refused 'a bad duration' \
    '7: ImageRepository flux-system/never: spec.interval: "never" is not a duration such as "1m30s"'
image_policy_yaml range web '>>1' | sed 1d >"$LAB/wrong"
refused 'a bad range' '7: ImagePolicy flux-system/range: invalid policy: improper constraint: ">>1"'
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n' >"$LAB/wrong"
refused 'another kind' '7: kind Pod of v1 is not one that tidemark keeps'
printf 'apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\n' >"$LAB/wrong"
refused 'no name' '7: metadata.name is missing'
printf 'a: [\n' >"$LAB/wrong"
refused 'no YAML' ' line 8: did not find expected node content while parsing a flow node'
tm apply
printed 'apply nothing' 1 <<'END'
2> ✗ a file or folder is required (-f)
END
tm apply -f "$LAB/nope"
printed 'apply what is not there' 1 <<'END'
2> ✗ cannot open 'LAB/nope': No such file or directory
END
fails 'apply takes no operands' 'unknown command "x" for "tidemark apply"' apply x


# export
tm export image policy web
printed 'export one' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: web
  namespace: flux-system
spec:
  digestReflectionPolicy: Never
  imageRepositoryRef:
    name: web
  policy:
    semver:
      range: 1.x
END
tm export image policy --all
tap_is 'export all, by name' "$CODE $(sed -n 's/^  name: //p' "$LAB/out" | tr '\n' ' ')" '0 next web '
cp "$LAB/out" "$LAB/exported.yaml"
tm apply -f "$LAB/exported.yaml"
printed 'what is exported applies as it is' 0 <<'END'
imagepolicy/next unchanged
imagepolicy/web unchanged
END
cat >"$LAB/labelled.yaml" <<'END'
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: closed, labels: {team: web}, annotations: {note: "1"}}
spec: {interval: 1h, url: "https://git.acme.test/x", secretRef: {name: login}, suspend: true}
END
must apply -f "$LAB/labelled.yaml"
tm export source git closed --with-credentials
printed 'export with annotations, labels and the Secret' 0 <<'END'
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  annotations:
    note: "1"
  labels:
    team: web
  name: closed
  namespace: flux-system
spec:
  interval: 1h
  secretRef:
    name: login
  suspend: true
  timeout: 60s
  url: https://git.acme.test/x
---
apiVersion: v1
data:
  ca: aGVsbG8=
  password: YSBi
  username: bWU=
kind: Secret
metadata:
  name: login
  namespace: flux-system
type: Opaque
END
tm export source git closed
tap_is 'export without the Secret' "$CODE $(grep '^kind' "$LAB/out")" '0 kind: GitRepository'
fails 'export nothing' 'name is required' export image repository
fails 'export what is not there' 'imagerepositories.image.toolkit.fluxcd.io "nope" not found' \
    export image repository nope
fails 'export all of none' 'no objects found in other namespace' export image update --all -n other
must delete source git closed -s

# reconcile: without a daemon the command does the work itself.
tm reconcile image repository web
printed 'reconcile a repository' 0 <<'END'
2> ► annotating ImageRepository web in flux-system namespace
2> ✔ ImageRepository annotated
2> ◎ waiting for ImageRepository reconciliation
2> ✔ scan fetched 2 tags
END
tm reconcile image policy web
printed 'reconcile a policy' 0 <<'END'
2> ► annotating ImagePolicy web in flux-system namespace
2> ✔ ImagePolicy annotated
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ selected ref REGISTRY/acme/web:1.1.0
END
tm reconcile source git apps
printed 'reconcile a source' 0 <<'END'
2> ► annotating GitRepository apps in flux-system namespace
2> ✔ GitRepository annotated
2> ◎ waiting for GitRepository reconciliation
2> ✔ fetched revision main@sha1:COMMIT
END
tm reconcile image update apps
printed 'reconcile an update' 0 <<'END'
2> ► annotating ImageUpdateAutomation apps in flux-system namespace
2> ✔ ImageUpdateAutomation annotated
2> ◎ waiting for ImageUpdateAutomation reconciliation
2> ✔ repository up-to-date
END
tap_is 'what it does is pushed' "$(commits_of apps) $(file_of apps web.yaml | grep -c 'web:1.1.0')" '2 1'
sed '/range/s/range: .*/range: 9.x/' "$LAB/exported.yaml" >"$LAB/none.yaml"
must apply -f "$LAB/none.yaml"
tm reconcile image policy next
printed 'reconcile what cannot succeed' 1 <<'END'
2> ► annotating ImagePolicy next in flux-system namespace
2> ✔ ImagePolicy annotated
2> ◎ waiting for ImagePolicy reconciliation
2> ✗ ImagePolicy reconciliation failed: 'unable to determine latest version from provided list'
END
must apply -f "$LAB/exported.yaml"
fails 'reconcile nothing' 'ImagePolicy name is required' reconcile image policy
fails 'reconcile what is not there' 'imagepolicies.image.toolkit.fluxcd.io "nope" not found' \
    reconcile image policy nope

# suspend and resume
tm suspend image policy web
printed 'suspend one' 0 <<'END'
2> ► suspending image policy web in flux-system namespace
2> ✔ image policy suspended
END
tm suspend image policy web nope next web
printed 'suspend several, twice one, and one that is not there' 1 <<'END'
2> ► suspending image policy next in flux-system namespace
2> ✔ image policy suspended
2> ✗ ImagePolicy nope not found in flux-system namespace
2> ► suspending image policy web in flux-system namespace
2> ✔ image policy suspended
END
fails 'a suspended object is not reconciled' 'resource is suspended' reconcile image policy web
tm export image policy web
tap_is 'suspension is part of the spec' "$(grep suspend "$LAB/out")" '  suspend: true'
tm resume image policy web
printed 'resume one, and wait' 0 <<'END'
2> ► resuming image policy web in flux-system namespace
2> ✔ image policy resumed
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ ImagePolicy web reconciliation completed
2> ✔ selected ref REGISTRY/acme/web:1.1.0
END
tm export image policy web
tap_is 'nothing of the suspension is left' "$(grep suspend "$LAB/out")" ''
tm resume image policy next web nope
printed 'resume several, without waiting' 1 <<'END'
2> ► resuming image policy next in flux-system namespace
2> ✔ image policy resumed
2> ✗ ImagePolicy object 'nope' not found in flux-system namespace
2> ► resuming image policy web in flux-system namespace
2> ✔ image policy resumed
END
tm suspend image policy --all
tap_is 'suspend all' "$CODE $(grep -c suspended "$LAB/err")" '0 2'
tm resume image policy --all --wait
printed 'resume all, and wait' 0 <<'END'
2> ► resuming image policy next in flux-system namespace
2> ✔ image policy resumed
2> ► resuming image policy web in flux-system namespace
2> ✔ image policy resumed
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ ImagePolicy next reconciliation completed
2> ✔ selected ref REGISTRY/acme/web:1.1.0
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ ImagePolicy web reconciliation completed
2> ✔ selected ref REGISTRY/acme/web:1.1.0
END
must apply -f "$LAB/none.yaml"
tm resume image policy web next --wait
printed 'resume several that fail, and wait' 1 <<'END'
2> ► resuming image policy next in flux-system namespace
2> ✔ image policy resumed
2> ► resuming image policy web in flux-system namespace
2> ✔ image policy resumed
2> ◎ waiting for ImagePolicy reconciliation
2> ✗ ImagePolicy next reconciliation failed: unable to determine latest version from provided list
2> ◎ waiting for ImagePolicy reconciliation
2> ✗ ImagePolicy web reconciliation failed: unable to determine latest version from provided list
2> ✗ reconciliation failed for 2 ImagePolicy(s)
END
must apply -f "$LAB/exported.yaml"
tm resume image update apps --wait=false
printed 'resume what is not suspended, without waiting' 0 <<'END'
2> ► resuming image update automation apps in flux-system namespace
2> ✔ image update automation resumed
END
fails 'suspend nothing' 'image update automation name is required' suspend image update
fails 'suspend all of none' 'no objects found' suspend source git --all -n other
fails 'resume nothing' 'source git name is required' resume source git
tm resume image repository --all -n other
printed 'resume all of none' 0 <<'END'
2> ✗ no ImageRepository objects found in other namespace
END

# delete
answered() { # ANSWER ARGUMENT…
    answered_text=$1
    shift
    printf '%b' "$answered_text" >"$LAB/answer"
    run sh -c 'answer=$1; shift; exec "$0" "$@" <"$answer"' "$TIDEMARK" "$LAB/answer" "$@"
}
while read -r answer; do
    answered "${answer:+$answer\n}" delete image policy next
    tap_is "the answer '$answer' deletes nothing" "$CODE $(tr -d '\n' <"$LAB/out")$(cat "$LAB/err")" \
        '1 ? Are you sure you want to delete this image policy? [y/N] ✗ aborting'
done <<'END'

n
yes
nope
ya
END
must get image policy next
answered 'y\n' delete image policy next
tap_is 'the answer y deletes' "$CODE $(cat "$LAB/out")
$(cat "$LAB/err")" '0 ? Are you sure you want to delete this image policy? [y/N] 
► deleting image policy next in flux-system namespace
✔ image policy deleted'
fails 'and it is gone' "ImagePolicy object 'next' not found in \"flux-system\" namespace" \
    get image policy next
tm delete image repository web --silent
printed 'delete without a question' 0 <<'END'
2> ► deleting image repository web in flux-system namespace
2> ✔ image repository deleted
END
tm get image all
tap_is 'it is gone, and its policy is not' "$(sed -n 's/\t.*//; /.*\//p' "$LAB/out" | tr -s '\n ' ' ')" \
    'imagepolicy/web imageupdateautomation/apps '
fails 'delete what is gone' 'imagerepositories.image.toolkit.fluxcd.io "web" not found' \
    delete image repository web -s
fails 'delete nothing' 'source git name is required' delete source git

# Words that are no commands, and help.
tm version
tap_like 'version' "$CODE $(cat "$LAB/out")" '0 tidemark: v[0-9]*.[0-9]*.[0-9]*'
cp "$LAB/out" "$LAB/version"
tm version --client -o json
printed_exactly 'version as JSON' 0 <<END
{
  "tidemark": "$(sed -n 's/^tidemark: //p' "$LAB/version")"
}
END
fails 'version as something else' '--output must be json or yaml, not xml' version --output=xml
tm --version
tap_is '--version' "$CODE $(cat "$LAB/out")" "0 tidemark version $(sed 's/.* v//' "$LAB/version")"
tm -v
tap_is '-v' "$CODE $(cut -d ' ' -f 1,2 "$LAB/out")" '0 tidemark version'
fails 'version takes no operands' 'unknown command "x" for "tidemark version"' version x
fails 'an unknown command' 'unknown command "frobnicate" for "tidemark"' frobnicate
tm creat image policy
tap_is 'a near miss' "$CODE $(seen "$LAB/err")" '1 ✗ unknown command "creat" for "tidemark"

Did you mean this?
→create'
tm get image foo
tap_is 'an unknown kind' "$CODE $(head -n 1 "$LAB/err")" '1 ✗ unknown command "foo" for "tidemark get image"'
fails 'an unknown flag' 'unknown flag: --bogus' get image policy --bogus
fails 'an unknown letter' "unknown shorthand flag: 'x' in -x" get image policy -x
fails 'an unknown flag before the command' 'unknown flag: --bogus' --bogus get image policy
fails 'a bad duration' 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"' \
    get image policy --timeout=5
fails 'a kind of store that there is not' \
    "store 'postgres:x' is of no kind that tidemark has: use sqlite:PATH or kubernetes" get image policy --store=postgres:x
FLUX_SYSTEM_NAMESPACE=other tm get image policy
tap_is 'the namespace from the environment' "$CODE $(cat "$LAB/err")" '1 ✗ no ImagePolicy objects found in "other" namespace'
FLUX_SYSTEM_NAMESPACE=foo_ tm get image policy --no-header
tap_is 'one that is no name is ignored, aloud' "$CODE $(cut -f 1 "$LAB/out") $(cat "$LAB/err")" \
    '0 web ⚠️  ignoring invalid FLUX_SYSTEM_NAMESPACE: "foo_"'
fails 'help for what is not there' 'unknown command "foo" for "tidemark get"' help get foo
for words in '' 'create' 'get image' 'get image policy' 'run' 'resolve' 'delete source'; do
    # shellcheck disable=SC2086  # words
    tm $words --help
    tap_is "help of '$words'" "$CODE $(grep -c '^Usage:' "$LAB/out") $(cat "$LAB/err")" '0 1 '
    cp "$LAB/out" "$LAB/help"
    # shellcheck disable=SC2086
    tm help $words
    tap_is "and by 'help $words'" "$CODE $(cmp "$LAB/out" "$LAB/help")" '0 '
    # shellcheck disable=SC2086
    case $words in '' | create | 'get image' | 'delete source')
        tm $words
        tap_is "'$words' alone is its help" "$CODE $(cmp "$LAB/out" "$LAB/help")" '0 '
        ;;
    esac
done
tap_done
