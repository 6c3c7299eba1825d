#!/bin/sh
# create: every flag, what --export prints for it, and what is refused, word for word.
. "$(dirname "$0")/lib.sh"
lab

tm create image repository full -n web --image=registry.acme.test/web/full --interval=10m \
    --scan-timeout 90s --secret-ref=pull --cert-ref registry-ca --insecure \
    --label=team=web,tier=front --label=app.kubernetes.io/part-of=shop --export
printed 'image repository, every flag' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata:
  labels:
    app.kubernetes.io/part-of: shop
    team: web
    tier: front
  name: full
  namespace: web
spec:
  certSecretRef:
    name: registry-ca
  image: registry.acme.test/web/full
  insecure: true
  interval: 10m0s
  secretRef:
    name: pull
  timeout: 1m30s
END
tm create image repository plain --image=alpine --cert-secret-ref=ca --label= --export
printed 'image repository, defaults, and a flag by its other name' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata:
  name: plain
  namespace: flux-system
spec:
  certSecretRef:
    name: ca
  image: alpine
  interval: 1m0s
END

tm create image policy main --image-ref=web --select-numeric=asc \
    --filter-regex='^main-[a-f0-9]+-(?P<ts>[0-9]+)' --filter-extract='$ts' \
    --reflect-digest=Always --interval=3m --label team=web --export
printed 'image policy, every flag' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  labels:
    team: web
  name: main
  namespace: flux-system
spec:
  digestReflectionPolicy: Always
  filterTags:
    extract: $ts
    pattern: ^main-[a-f0-9]+-(?P<ts>[0-9]+)
  imageRepositoryRef:
    name: web
  interval: 3m0s
  policy:
    numerical:
      order: asc
END
tm create image policy range --image-ref=web --select-semver='>=1.0.0 <2.0.0' --filter-regex=x --export
printed 'image policy by range; a filter always has an extract' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: range
  namespace: flux-system
spec:
  filterTags:
    extract: ""
    pattern: x
  imageRepositoryRef:
    name: web
  policy:
    semver:
      range: '>=1.0.0 <2.0.0'
END
tm create image policy alpha --image-ref=web --select-alpha=desc --reflect-digest=IfNotPresent --export
tap_is 'image policy by alphabet' "$CODE $(sed -n '/^spec/,$p' "$LAB/out")" '0 spec:
  digestReflectionPolicy: IfNotPresent
  imageRepositoryRef:
    name: web
  policy:
    alphabetical:
      order: desc'

tm create image update full --git-repo-ref=acme --git-repo-namespace=infra \
    --git-repo-path=./clusters/prod --checkout-branch=main --push-branch=image-updates \
    --author-name=acmebot --author-email=bot@acme.test \
    --commit-template='{{range .Changed.Changes}}{{println .NewValue}}{{end}}' \
    --signing-key-secret=signing --signing-key-type=ssh --interval=30m --export
printed 'image update, every flag' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata:
  name: full
  namespace: flux-system
spec:
  git:
    checkout:
      ref:
        branch: main
    commit:
      author:
        email: bot@acme.test
        name: acmebot
      messageTemplate: '{{range .Changed.Changes}}{{println .NewValue}}{{end}}'
      signingKey:
        secretRef:
          name: signing
        type: ssh
    push:
      branch: image-updates
  interval: 30m0s
  sourceRef:
    kind: GitRepository
    name: acme
    namespace: infra
  update:
    path: ./clusters/prod
    strategy: Setters
END
tm create image update small --git-repo-ref=acme --checkout-branch=main --author-name=b \
    --author-email=e --signing-key-secret=signing --commit-template="$(printf 'a: b\n\n- c')" --export
printed 'image update, only what is required, and a message of several lines' 0 <<'END'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata:
  name: small
  namespace: flux-system
spec:
  git:
    checkout:
      ref:
        branch: main
    commit:
      author:
        email: e
        name: b
      messageTemplate: |-
        a: b

        - c
      signingKey:
        secretRef:
          name: signing
  interval: 1m0s
  sourceRef:
    kind: GitRepository
    name: acme
END

tm create source git full --url=https://git.acme.test/a.git --branch=main --interval=5m \
    --secret-ref=login --proxy-secret-ref=proxy --provider=generic --fetch-timeout=20s \
    --label=team=web --export
printed 'source git, every flag' 0 <<'END'
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  labels:
    team: web
  name: full
  namespace: flux-system
spec:
  interval: 5m0s
  provider: generic
  proxySecretRef:
    name: proxy
  ref:
    branch: main
  secretRef:
    name: login
  timeout: 20s
  url: https://git.acme.test/a.git
END
# Which reference counts. Each row: flags, what becomes of them.
while IFS='|' read -r flags ref; do
    # shellcheck disable=SC2086  # the words are flags
    tm create source git ref --url=ssh://git@git.acme.test/a $flags --export
    tap_is "$flags" "$(sed -n '/^  ref:/,/^  url/p' "$LAB/out" | sed '1d;$d' | tr -s '\n ' ' ')" " $ref "
done <<'END'
--tag=v1 --branch=main|tag: v1
--tag-semver=1.x --tag=v1|semver: 1.x
--ref-name=refs/heads/x --tag-semver=1.x|name: refs/heads/x
--commit=0123 --ref-name=x --branch=main|branch: main commit: "0123"
END

# Labels: the last of two equal keys wins.
tm create image repository labels --image=alpine --label a=1 --label=a=yes --export
tap_is 'labels are text' "$(sed -n '/labels/,/name/p' "$LAB/out")" '  labels:
    a: "yes"
  name: labels'

# What is refused. Lines: what comes after `create`, then the error.
while read -r line && read -r error; do
    eval "set -- $line"
    fails "create $line" "$error" create "$@"
done <<'END'
image repository
name is required
image repository Bad_Name --interval=1m
name 'Bad_Name' is invalid, it should adhere to standard defined in RFC 1123, the name can only contain alphanumeric characters or '-'
image repository a.b
name 'a.b' is invalid, it should adhere to standard defined in RFC 1123, the name can only contain alphanumeric characters or '-'
image repository web
an image repository (--image) is required
image repository web --image=
an image repository (--image) is required
image repository web --image=acme/web:1.0
unable to parse image value: repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: acme/web:1.0
image repository web --image=acme/Web
unable to parse image value: repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: acme/Web
image repository web --image
flag needs an argument: --image
image repository web --image=x --interval=5
invalid argument "5" for "--interval" flag: time: missing unit in duration "5"
image repository web --image=x --interval=1d
invalid argument "1d" for "--interval" flag: time: unknown unit "d" in duration "1d"
image repository web --image=x --export=foo
invalid argument "foo" for "--export" flag: strconv.ParseBool: parsing "foo": invalid syntax
image repository web --image=alpine --bogus
unknown flag: --bogus
image repository web --image=alpine -x
unknown shorthand flag: 'x' in -x
image repository web --image=alpine -n 'BAD NS'
namespace must be a valid DNS label: "BAD NS"
image repository web --image=alpine --label=a=b=c
invalid label format 'a=b=c', must be key=value
image repository web --image=alpine --label=a
invalid label format 'a', must be key=value
image repository web --image=alpine '--label=a b=c'
invalid label 'a b': [name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]
image repository web --image=alpine --label=a=-c
invalid label value '-c': [a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]
image policy
name is required
image policy web
the name of an ImageRepository in the namespace is required (--image-ref)
image policy web --image-ref=web
a policy must be provided with either --select-semver, --select-alpha or --select-numeric
image policy web --image-ref=web --select-alpha=asc --select-numeric=asc
only one of --select-semver, --select-alpha or --select-numeric can be specified
image policy web --image-ref=web --select-semver=1.x --select-numeric=asc
only one of --select-semver, --select-alpha or --select-numeric can be specified
image policy web --image-ref=web --select-semver='>>1'
ImagePolicy flux-system/web: invalid policy: improper constraint: ">>1"
image policy web --image-ref=web --select-alpha=up
--select-alpha must be one of ["asc", "desc"]
image policy web --image-ref=web --select-numeric=ASC
--select-numeric must be one of ["asc", "desc"]
image policy web --image-ref=web --select-alpha=asc --filter-extract='$1'
cannot specify --filter-extract without specifying --filter-regex
image policy web --image-ref=web --select-alpha=asc --filter-regex='(a)' --filter-extract='$'
--filter-extract is malformed
image policy web --image-ref=web --select-alpha=asc --filter-regex='(a)' --filter-extract='${a'
--filter-extract is malformed
image policy web --image-ref=web --select-alpha=asc --filter-regex='(?P<a>a)' --filter-extract='$$$b'
capture group $b used in --filter-extract not found in --filter-regex
image policy web --image-ref=web --select-alpha=asc --reflect-digest=always
invalid value for --reflect-digest, must be one of 'Never', 'IfNotPresent', 'Always'
image policy web --image-ref=web --select-alpha=asc --interval=1m
the --interval flag can only be used with the 'Always' digest reflection policy, use --reflect-digest=Always
image update web
a reference to a GitRepository is required (--git-repo-ref)
image update web --git-repo-ref=a
the Git repository branch is required (--checkout-branch)
image update web --git-repo-ref=a --checkout-branch=main
the author name is required (--author-name)
image update web --git-repo-ref=a --checkout-branch=main --author-name=b
the author email is required (--author-email)
image update web --git-repo-ref=a --checkout-branch=main --author-name=b --author-email=e --signing-key-type=x
--signing-key-type requires --signing-key-secret
image update web --git-repo-ref=a --checkout-branch=main --author-name=b --author-email=e --signing-key-type=x --signing-key-secret=s
--signing-key-type must be one of: gpg, ssh
image update web --git-repo-ref=a --checkout-branch=main --author-name=b --author-email=e --commit-template='{{.X'
ImageUpdateAutomation flux-system/web: unable to create commit message template from spec: template: commit message:1: unclosed action
source git web
url is required
source git web --url=https://git.acme.test/a
a Git ref is required, use one of the following: --branch, --tag, --commit, --ref-name or --tag-semver
source git web --url=ftp://git.acme.test/a --branch=main
git URL scheme 'ftp' not supported, can be: ssh, http and https
source git web '--url=http://[::1' --branch=main
git URL parse failed: malformed host or port in the http URL
source git web --url=git@github.com:a/b --branch=main
git URL parse failed: parse "git@github.com:a/b": first path segment in URL cannot contain colon; write ssh://user@host/path
source git web --url=ssh://git.acme.test/a --branch=main --ca-file=/x
specifying a CA file is not supported for Git over SSH
source git web --url=https://git.acme.test/a --branch=main --provider=foo
invalid argument "foo" for "--provider" flag: source Git provider 'foo' is not supported, must be one of: generic|github|aws|azure
END
tm create image policy web --image-ref=web --select-alpha=asc --filter-regex='['
tap_like 'a filter that is no regular expression' "$CODE $(cat "$LAB/err")" \
    '1 ✗ --filter-regex is an invalid regex pattern*'
tap_is 'nothing of that has made a store' "$(ls "$LAB"/store.db* 2>&1)" "ls: cannot access '$LAB/store.db*': No such file or directory"
tap_done
