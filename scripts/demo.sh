#!/bin/sh
# The tutorial on real parts: a container registry and a Git server are started
# on loopback, and tidemark keeps the one in step with the other. Everything
# lives in a temporary folder and is gone at the end.
set -eu
tidemark=$(realpath "${1:?usage: scripts/demo.sh TIDEMARK}")
cd "$(dirname "$0")/.."
REGISTRY_LAB_SH=$PWD/tests/lib/registry.sh
export REGISTRY_LAB_SH
. tests/lib/git.sh
. tests/lib/registry.sh

lab=$(mktemp -d)
finish() {
    set +e
    git_lab_stop
    registry_lab_stop
    rm -rf "$lab"
}
trap finish EXIT
trap 'exit 1' INT TERM

say() { printf '\n# %s\n' "$*"; }

# Shows a command as a user would type it, then runs it.
run() {
    printf '\n$ %s\n' "$1"
    PATH="$lab/bin:$PATH" sh -c "$1" 2>&1
}

registry_lab_init "$lab/registry"
git_lab_init "$lab/git"
mkdir -p "$lab/bin"
ln -s "$tidemark" "$lab/bin/tidemark"
export TIDEMARK_STORE="$lab/store.db"

say 'A registry (Debian docker-registry) with the image sid/nginx, pushed as 1.0.0, 1.1.0, 1.2.0 and 2.0.0.'
registry_lab_start registry
registry=127.0.0.1:${REGISTRY_LAB#*:}
registry_lab_push "http://$registry" sid/nginx 1.0.0 1.1.0 1.2.0 2.0.0

say 'A Git server (git http-backend) with nginx.git, which holds nginx/manifests/deployment.yaml.'
git_lab_http
git_lab_repo nginx
url=$GIT_LAB_HTTP/git/nginx.git
git clone -q "$url" "$lab/work" 2>/dev/null
mkdir -p "$lab/work/nginx/manifests"
cat >"$lab/work/nginx/manifests/deployment.yaml" <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx   # three blanks here, and they stay
spec:
  selector: {matchLabels: {app: nginx}}

  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - name: nginx
        image: $registry/sid/nginx:1.0.0 # {"imagepolicy":"flux-system:nginx-policy"}
END
git -C "$lab/work" add -A
git -C "$lab/work" commit -q -m 'Deploy nginx'
git -C "$lab/work" push -q origin HEAD:main

say 'Where the manifests are, which image to look at, which tag is wanted, and how to commit:'
run "tidemark create source git nginx-app --url=$url --branch=main"
run "tidemark create image repository nginx-repo --image=$registry/sid/nginx --interval=1m --insecure"
run "tidemark create image policy nginx-policy --image-ref=nginx-repo --select-semver=1.x.0"
run "tidemark create image update nginx-update --git-repo-ref=nginx-app --git-repo-path=./nginx/manifests \\
    --checkout-branch=main --push-branch=main --author-name=fluxcdbot \\
    --author-email=fluxcdbot@users.noreply.github.com \\
    --commit-template='{{range .Updated.Images}}{{println .}}{{end}}'"
run 'tidemark get image all'

say 'The commit that was pushed: one value changed, every other byte as it was.'
git -C "$lab/work" pull -q origin main
run "git -C $lab/work show --format='%an <%ae>%n%n    %s%n'"
git -C "$lab/work" show -s --format=%an | grep -qx fluxcdbot

say 'A new image comes out; a cron or CI job runs this:'
registry_lab_push "http://$registry" sid/nginx 1.3.0
run 'tidemark run --once'
git -C "$lab/work" pull -q origin main
run "git -C $lab/work log --format='%h %an: %s'"
grep -q "sid/nginx:1.3.0 # {" "$lab/work/nginx/manifests/deployment.yaml"

say 'For your own registry:'
cat <<'END'

$ build/tidemark resolve --select-semver='>=1.0.0' --image=REGISTRY/IMAGE
$ build/tidemark create image repository my-repo --image=REGISTRY/IMAGE

The README goes on from there; tidemark --help lists every command.
END
