#!/bin/sh
# The tutorial of the README, typed as it stands, with all that it prints; and
# every byte of the path from the files in Git to the files in Git.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" sid/nginx 1.0.0 1.1.0 1.2.0 2.0.0 || exit 1
repository nginx
files=$LAB/work/nginx/nginx/manifests
mkdir -p "$files"
cat >"$files/deployment.yaml" <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx   # three blanks here, and they stay

spec:
  template:
    spec:
      containers:
      - name: nginx
        image:  $REGISTRY/sid/nginx:1.0.0   # {"imagepolicy":"flux-system:nginx-policy"}
END
# All that an editor or a parser could take for untidy: a byte-order mark, CRLF,
# tabs, blanks at line ends, two documents, and no last newline.
printf '\357\273\277# licence\r\n---\r\nimage: "%s/sid/nginx:1.0.0"\t\t# {"$imagepolicy": "flux-system:nginx-policy"}\r\nkeep:   [ a,b ]  \r\n\r\n---\r\ntag: '"'1.0.0'"' # {"$imagepolicy": "flux-system:nginx-policy:tag"}\r\nlast: ~' \
    "$REGISTRY" >"$files/untidy.yaml"
printf 'image: %s/sid/nginx:1.0.0 # {"$imagepolicy": "flux-system:nginx-policy"}\n' "$REGISTRY" \
    >"$LAB/work/nginx/outside.yaml"
cp -r "$LAB/work/nginx" "$LAB/before"
publish nginx 'Deploy nginx'
first=$(head_of nginx)

tm create source git nginx-app --url="$GIT_LAB_HTTP/git/nginx.git" --branch=main
printed_exactly 'create source git' 0 <<END
2> ✚ generating GitRepository source
2> ► applying GitRepository source
2> ✔ GitRepository source created
2> ◎ waiting for GitRepository source reconciliation
2> ✔ GitRepository source reconciliation completed
2> ✔ fetched revision: main@sha1:$first
END

tm create image repository nginx-repo --image="$REGISTRY/sid/nginx" --interval=1m --insecure
printed_exactly 'create image repository' 0 <<END
2> ✚ generating ImageRepository
2> ► applying ImageRepository
2> ✔ ImageRepository created
2> ◎ waiting for ImageRepository reconciliation
2> ✔ ImageRepository reconciliation completed
END

tm create image policy nginx-policy --image-ref=nginx-repo --select-semver=1.x.0
printed_exactly 'create image policy' 0 <<END
2> ✚ generating ImagePolicy
2> ► applying ImagePolicy
2> ✔ ImagePolicy created
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ ImagePolicy reconciliation completed
END

tm create image update nginx-update --git-repo-ref=nginx-app --git-repo-path="./nginx/manifests" \
    --checkout-branch=main --push-branch=main --author-name=fluxcdbot \
    --author-email=fluxcdbot@users.noreply.github.com \
    --commit-template="{{range .Updated.Images}}{{println .}}{{end}}"
printed_exactly 'create image update' 0 <<END
2> ✚ generating ImageUpdateAutomation
2> ► applying ImageUpdateAutomation
2> ✔ ImageUpdateAutomation created
2> ◎ waiting for ImageUpdateAutomation reconciliation
2> ✔ ImageUpdateAutomation reconciliation completed
END

# The tables, byte for byte.
tm get image all
checksum=$(printf '2.0.0\n1.2.0\n1.1.0\n1.0.0\n' | sha256sum | cut -d ' ' -f 1)
scan=$(sed -n 's/^imagerepository.nginx-repo\t\([^\t]*\)\t.*/\1/p' "$LAB/out")
ran=$(sed -n 's/^imageupdateautomation.nginx-update\t\([^\t]*\)\t.*/\1/p' "$LAB/out")
tap_like 'the time of the scan is RFC 3339' "$scan" '20??-??-??T??:??:??Z'
tap_like 'the time of the run is RFC 3339' "$ran" '20??-??-??T??:??:??Z'
scanned="successful scan: found 4 tags with checksum sha256:$checksum"
resolved="Latest image tag for $REGISTRY/sid/nginx resolved to 1.2.0"
pushed="committed and pushed $(head_of nginx) to main"
image=$REGISTRY/sid/nginx
printed_exactly 'get image all' 0 <<END
NAME                      →LAST SCAN           →SUSPENDED→READY→$(wide MESSAGE "$scanned") $
imagerepository/nginx-repo→$scan→False    →True →$scanned→$

NAME                    →$(wide IMAGE "$image")→TAG  →READY→$(wide MESSAGE "$resolved") $
imagepolicy/nginx-policy→$image→1.2.0→True →$resolved→$

NAME                              →LAST RUN            →SUSPENDED→READY→$(wide MESSAGE "$pushed") $
imageupdateautomation/nginx-update→$ran→False    →True →$pushed→$

END

# The commit.
tap_is 'one commit, on top of the first' "$(commits_of nginx) $(git -C "$LAB/git/repos/nginx.git" rev-parse main~1)" "2 $first"
tap_is 'author, committer and message' \
    "$(git -C "$LAB/git/repos/nginx.git" cat-file commit main | sed -E 's/> [0-9]{10} \+0000$/> NOW/; /^(tree|parent) /d')" \
    "author fluxcdbot <fluxcdbot@users.noreply.github.com> NOW
committer fluxcdbot <fluxcdbot@users.noreply.github.com> NOW

$REGISTRY/sid/nginx:1.2.0"
sed "s|nginx:1.0.0|nginx:1.2.0|" "$LAB/before/nginx/manifests/deployment.yaml" >"$LAB/want"
file_of nginx nginx/manifests/deployment.yaml >"$LAB/got"
tap_is 'only the value has changed' "$(diff "$LAB/want" "$LAB/got")" ''
sed "s|1\.0\.0\(['\"]\)|1.2.0\1|" "$LAB/before/nginx/manifests/untidy.yaml" >"$LAB/want"
file_of nginx nginx/manifests/untidy.yaml >"$LAB/got"
tap_is 'an untidy file keeps every other byte' "$(cmp "$LAB/want" "$LAB/got" 2>&1)" ''
tap_is 'nothing outside of the path is touched' \
    "$(git -C "$LAB/git/repos/nginx.git" diff --name-only main~1 main)" 'nginx/manifests/deployment.yaml
nginx/manifests/untidy.yaml'

# Once more, with nothing to do.
tm run --once
printed 'a second run has nothing to do' 0 <<END
2> TIME info  stored artifact for revision 'main@sha1:COMMIT' kind=GitRepository object=flux-system/nginx-app reason=Succeeded
2> TIME info  repository up-to-date kind=ImageUpdateAutomation object=flux-system/nginx-update reason=Succeeded
END
tap_is 'and commits nothing' "$(commits_of nginx)" 2
tm get image update nginx-update --no-header
tap_like 'get says so' "$(cat "$LAB/out")" '*	True	repository up-to-date	'
tm run --once
printed 'a third run has no news' 0 </dev/null

# A new image.
registry_lab_push "http://$REGISTRY" sid/nginx 1.10.0
tm run --once
printed 'a run with a new image' 0 <<END
2> TIME info  successful scan: found 5 tags with checksum SHA256 kind=ImageRepository object=flux-system/nginx-repo reason=Succeeded
2> TIME info  Latest image tag for REGISTRY/sid/nginx resolved to 1.10.0 (previously REGISTRY/sid/nginx:1.2.0) kind=ImagePolicy object=flux-system/nginx-policy reason=Succeeded
2> TIME info  pushed commit '$(head_of nginx | cut -c 1-7)' to branch 'main' REGISTRY/sid/nginx:1.10.0  kind=ImageUpdateAutomation object=flux-system/nginx-update reason=Succeeded
END
sed "s|1\.0\.0\(['\"]\)|1.10.0\1|" "$LAB/before/nginx/manifests/untidy.yaml" >"$LAB/want"
file_of nginx nginx/manifests/untidy.yaml >"$LAB/got"
tap_is 'and still every other byte is as it was' "$(cmp "$LAB/want" "$LAB/got" 2>&1)" ''
tap_done
