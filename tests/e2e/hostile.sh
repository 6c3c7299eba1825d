#!/bin/sh
# The world as it must not be: registries, repositories, servers, templates and
# objects that mean no good. Each has to end soon, in an error that says what is
# wrong or in work that is right; nothing of it may run, crash, or fill the memory.
. "$(dirname "$0")/lib.sh"
lab git

LIMIT_MIB=200 # of memory, for any of what follows
! grep -q __asan_init "$TIDEMARK" || LIMIT_MIB=2000

# Runs tidemark in the folder in which nothing may appear, and notes in PEAK what
# it did to the machine: "fine", or that it was killed, or took too much.
t() { # ARGUMENT…
    run timeout -k 5 100 python3 -c 'import os, resource, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[3], sys.argv[3:])
_, status, usage = os.wait4(pid, 0)
mib = usage.ru_maxrss // 1024
code = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as peak:
    peak.write("fine" if mib <= int(sys.argv[2]) and code in (0, 1) else "%d MiB, exit %d" % (mib, code))
sys.exit(code if code >= 0 else 128 - code)' "$LAB/peak" "$LIMIT_MIB" "$TIDEMARK" "$@"
    PEAK=$(cat "$LAB/peak")
    rm -f "$LAB/peak"
    ! grep -q 'ERROR: AddressSanitizer\|[.]c:[0-9:]* runtime error:' "$LAB/err" || PEAK=$(cat "$LAB/err")
}

mkdir "$LAB/nowhere"
cd "$LAB/nowhere" || exit 1

# Every line that ends a command, without what varies.
errors() {
    grep '^✗' "$LAB/err" | masked | sed -E "s/127.0.0.1:[0-9]+/HOST/g; s/ over limit.*\(/ (/; s/(to allocate )[0-9]+/\1N/"
}

#
# Registries.
#
registry_lab_serve hostile hostile_registry.py "$LAB/requests" || exit 1
host_of() { # WAY
    echo "127.0.0.1:$(sed -n "s/^$1 //p" "$LAB/registry/hostile.out")"
}
scan() { # WAY…
    store=$LAB/registries.db
    export TIDEMARK_STORE="$store"
    for scan_way; do
        image_repository_yaml "$(echo "$scan_way" | tr _ -)" "$(host_of "$scan_way")/acme/web" |
            sed 's/^spec: {/&timeout: 20s, /'
    done
}
{
    scan endless_body endless_string circle_of_one circle_of_five huge_header many_headers gzip_bomb \
        nul_bytes bad_utf8 redirect_file redirect_circle next_elsewhere next_file big_error error_with_lines \
        no_length_error hostile_tags redirect_to_notes
    image_policy_yaml hostile hostile-tags
    image_policy_yaml last hostile-tags | sed 's/{semver: .*}}}/{alphabetical: {order: asc}}}/'
    cat <<END
---
apiVersion: v1
kind: Secret
metadata: {name: creds}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths": {"$(host_of redirect_to_notes)": {"auth": "dTpw"}, "$(host_of next_elsewhere)": {"auth": "dTpw"}}}'}
END
} | sed 's/^metadata: {name: \(redirect-to-notes\|next-elsewhere\)}/&/' >"$LAB/objects.yaml"
python3 - "$LAB/objects.yaml" <<'END'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"(name: (?:redirect-to-notes|next-elsewhere)}\nspec: {)", r"\1secretRef: {name: creds}, ", text)
open(sys.argv[1], "w").write(text)
END
t run --once --concurrent 16 -f "$LAB/objects.yaml"
tap_is 'hostile registries' "$PEAK $CODE $(errors | sed -n 's/^[^ ]* ImageRepository flux-system\/\([a-z0-9-]*\): scan failed: .*/\1/p' | tr '\n' ' ')" \
    'fine 1 bad-utf8 big-error circle-of-five circle-of-one endless-body endless-string error-with-lines gzip-bomb huge-header many-headers next-elsewhere next-file no-length-error nul-bytes redirect-circle redirect-file '
# As in Flux, a tag may begin with '-': so there are three.
tap_is 'tags that are none are not there' \
    "$(object ImageRepository hostile-tags .status.lastScanResult.tagCount) $(object ImagePolicy hostile .status.latestRef.tag) $(object ImagePolicy last .status.latestRef.tag)" \
    '3 1.1.0 1.1.0'
tap_is 'credentials follow nobody' "$(grep ' /moved\|next_elsewhere .*page=1' "$LAB/requests" | sort -u)" \
    'redirect_to_notes GET /moved -'
tap_is 'control characters stay out of the store' \
    "$(sql "SELECT body FROM object; SELECT message FROM event" | LC_ALL=C tr -d '\n' | LC_ALL=C tr -dc '\001-\037\177' | wc -c)" 0

#
# Git servers.
#
registry_lab_serve git hostile_git.py || exit 1
hostile_git=http://127.0.0.1:$(head -n 1 "$registry_lab_out")
TIDEMARK_STORE=$LAB/servers.db
for way in to_file to_ext in_circles endless_refs endless_blanks long_packet no_number nul_bytes short_id odd_names \
    words_without_end odd_words; do
    git_repository_yaml "$(echo $way | tr _ -)" "$hostile_git/$way/x.git" | sed 's/^spec: {/&timeout: 60s, /'
done >"$LAB/objects.yaml"
{
    git_repository_yaml no-pack "$hostile_git/no_pack/x.git"
    image_update_yaml no-pack no-pack
} >>"$LAB/objects.yaml"
t run --once --concurrent 1 --log-encoding json -f "$LAB/objects.yaml"
tap_is 'hostile git servers' "$PEAK $CODE
$(errors | sed "s|failed to checkout and determine revision: unable to list remote for 'http://HOST/[a-z_]*/x.git': ||")" \
    "fine 1
✗ GitRepository flux-system/endless-blanks: attempting to allocate N (the server sends more than git may hold in memory)
✗ GitRepository flux-system/endless-refs: attempting to allocate N (the server sends more than git may hold in memory)
✗ GitRepository flux-system/in-circles: unable to access 'http://HOST/in_circles/x.git/': Maximum (20) redirects followed
✗ GitRepository flux-system/long-packet: protocol error: bad line length 65531
✗ GitRepository flux-system/no-number: protocol error: bad line length character: xyzw
✗ GitRepository flux-system/nul-bytes: protocol error: bad line length character:
✗ GitRepository flux-system/odd-names: failed to checkout and determine revision: unable to clone 'http://HOST/odd_names/x.git': couldn't find remote ref \"refs/heads/main\"
✗ GitRepository flux-system/odd-words: authorization failed: unable to access 'http://HOST/odd_words/x.git/': The requested URL returned error: 403; the server says:  ]0;title red second �� line
✗ GitRepository flux-system/short-id: protocol error: unexpected '1111 refs/heads/main'
✗ GitRepository flux-system/to-ext: unable to access 'http://HOST/to_ext/x.git/': The redirect target URL could not be parsed: Unsupported URL scheme
✗ GitRepository flux-system/to-file: unable to access 'http://HOST/to_file/x.git/': Protocol \"file\" not supported or disabled in libcurl
✗ GitRepository flux-system/words-without-end: attempting to allocate N (the server sends more than git may hold in memory)
✗ ImageUpdateAutomation flux-system/no-pack: failed to checkout source: unable to clone 'http://HOST/no_pack/x.git': the remote end hung up unexpectedly"

# Is the log, line by line, JSON in UTF-8?
log_is_json() { # NAME
    tap_is "$1" "$(python3 -c 'import json, sys
for line in open(sys.argv[1], "rb"):
    if line.startswith(b"{"):
        json.loads(line.decode())' "$LAB/err" 2>&1 | tail -n 1)" ''
}
log_is_json 'what servers say is JSON in the log'

#
# Repositories.
#
update_from() { # KIND [IMAGE]
    TIDEMARK_STORE=$LAB/$1.db
    git_lab_repo "$1"
    python3 "$E2E/../lib/hostile_repository.py" "$LAB/git/repos/$1.git" "$1" \
        "${2:-$(host_of hostile_tags)/acme/web}" >"$LAB/made"
    {
        image_repository_yaml web "$(host_of hostile_tags)/acme/web"
        image_policy_yaml web web
        git_repository_yaml "$1" "$GIT_LAB_HTTP/git/$1.git"
        image_update_yaml "$1" "$1"
    } >"$LAB/objects.yaml"
    t run --once --log-encoding json -f "$LAB/objects.yaml"
}
changed_in() { # NAME
    git -C "$LAB/git/repos/$1.git" diff-tree -r --name-only main~1 main
}

update_from names
tap_is 'files with odd names are files' "$PEAK $CODE $(changed_in names | wc -l)" "fine 0 $(cat "$LAB/made")"
tap_is 'all of their bytes are right' \
    "$(git -C "$LAB/git/repos/names.git" grep -a -h image main | sed 's/127.0.0.1:[0-9]*/HOST/' | sort | uniq -c | tr -s ' ')" \
    " $(cat "$LAB/made") image: HOST/acme/web:1.1.0 # {\"\$imagepolicy\": \"flux-system:web\"}"
log_is_json 'their names are JSON in the log'

update_from kinds
tap_is 'no links, no submodules, nothing too large' "$PEAK $CODE $(changed_in kinds | tr '\n' ' ')" \
    'fine 0 aliases.yaml deep.yaml deeper.yaml good.yaml line.yaml nul.yaml '
log_is_json 'what is wrong with them is JSON in the log'
tap_is 'links stay links' "$(git -C "$LAB/git/repos/kinds.git" ls-tree main | grep -c '^120000\|^160000')" 7

update_from git
tap_is 'what git would not check out' "$PEAK $CODE $(errors)" 'fine 0 '

update_from bomb
tap_is 'trees that hold each other' "$PEAK $(errors)" \
    'fine ✗ ImageUpdateAutomation flux-system/bomb: failed to apply policies: there are more than 250000 manifests; narrow spec.update.path'
update_from words
tap_is 'the same, without manifests' "$PEAK $(errors)" \
    'fine ✗ ImageUpdateAutomation flux-system/words: failed to apply policies: there are more than 4000000 files; narrow spec.update.path'
update_from files 250000
tap_is 'as many manifests as there may be' "$PEAK $CODE $(errors)" 'fine 0 '
update_from markers 10
tap_is 'a hundred thousand markers' "$PEAK $CODE $(changed_in markers | wc -l)" 'fine 0 10'

#
# Templates, policies, objects.
#
while read -r template; do
    t render --template "$template"
    tap_like "template $template" "$PEAK $CODE $(head -c 200 "$LAB/err")" 'fine [01] *'
done <<'END'
{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}
{{range until 1000000000}}{{.}}{{end}}
{{range until 60000}}{{range until 60000}}{{end}}{{end}}
{{repeat 1000000000 "x"}}
{{printf "%999999999d" 1}}
{{printf "%*d" 999999999 1}}
{{printf "%.999999999f" 1.0}}
{{$x := "xxxxxxxx"}}{{range until 60000}}{{$x = print $x $x}}{{end}}
{{$x := list 1}}{{range until 60000}}{{$x = list $x $x}}{{end}}{{toJson $x}}
{{$d := dict}}{{$_ := set $d "a" $d}}{{printf "%v" $d}}
{{$t := repeat 1000000 "a"}}{{range until 60000}}{{if regexMatch "(a+)+b" $t}}{{end}}{{end}}
{{div 1 0}}
{{div -9223372036854775808 -1}}{{mod -9223372036854775808 -1}}
{{index (list 1) 99999999999999999999}}
{{fromJson (repeat 100000 "[")}}
{{env "HOME"}}{{getHostByName "localhost"}}{{genPrivateKey "rsa"}}
END
t render --template "{{$(printf '(%.0s' $(seq 5000))"
tap_is 'a template that nests' "$PEAK $CODE $(cat "$LAB/err")" \
    'fine 1 ✗ template: commit message:1: max expression depth exceeded'
TIDEMARK_STORE=$LAB/loop.db
{
    git_repository_yaml loop "$GIT_LAB_HTTP/git/kinds.git"
    image_update_yaml loop loop |
        sed "s/git: {commit: {/&messageTemplate: '{{define \"a\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}', /"
} >"$LAB/objects.yaml"
t run --once -f "$LAB/objects.yaml"
tap_like 'a template that does not end, in an object' "$PEAK $(errors)" \
    'fine ✗ *ImageUpdateAutomation flux-system/loop: *exceeded maximum template depth*'

python3 -c 'print("\n".join("1.%d.0-%s" % (i, "a" * 100) for i in range(300000)))' >"$LAB/tags"
for filter in '(((((a{1,1000}){1,1000}){1,1000}){1,1000}' '(.*)*(.*)*(.*)*$' '((a*)*b*)*c'; do
    t resolve --tags "$LAB/tags" --select-semver '*' --filter-regex "$filter"
    tap_like "filter $filter" "$PEAK $CODE $(head -c 200 "$LAB/err")" 'fine [01] *'
done
t resolve --tags /dev/zero --select-semver '*'
tap_is 'tags without end' "$PEAK $CODE" 'fine 1'

TIDEMARK_STORE=$LAB/apply.db
refused() { # NAME ERROR: of $LAB/bad.yaml
    t apply -f "$LAB/bad.yaml"
    tap_like "apply: $1" "$PEAK $(visible <"$LAB/err")" "fine ✗ $2"
}
python3 -c 'print("kind: Secret\na0: &a0 [x,x,x,x,x,x,x,x,x]")
for i in range(1, 30): print("a%d: &a%d [%s]" % (i, i, ",".join(["*a%d" % (i - 1)] * 9)))' >"$LAB/bad.yaml"
refused 'aliases of aliases' '*: document contains excessive aliasing'
python3 -c 'print("[" * 100000)' >"$LAB/bad.yaml"
refused 'deep' '*: YAML text nests deeper than 256 levels'
python3 -c 'print("a: " + "x" * 5000000)' >"$LAB/bad.yaml"
refused 'large' '*is larger than the limit of 4194304 bytes'
python3 -c 'print("---\n" * 1000000)' >"$LAB/bad.yaml"
refused 'many' '*: YAML text has more than 500000 nodes'
printf 'a: \000' >"$LAB/bad.yaml"
refused 'a NUL' '*: control characters are not allowed'
printf '\377\376a\000' >"$LAB/bad.yaml"
refused 'UTF-16' '*: YAML text is UTF-16, not UTF-8'
printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: ../../etc/x}' >"$LAB/bad.yaml"
refused 'a path for a name' '*: a name has lower-case letters, digits, *'
printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: ../x}' >"$LAB/bad.yaml"
refused 'a path for a namespace' '*: namespace must be a valid DNS label: *'
printf 'apiVersion: v1\nkind: Secret\nmetadata: 5' >"$LAB/bad.yaml"
refused 'another type' '*: metadata.name is missing'
printf 'apiVersion: v1\nkind: List\nitems: [[[]], 3, null]' >"$LAB/bad.yaml"
refused 'a list of nothing' '*: it has no apiVersion and kind'
tap_is 'nothing of that is in the store' "$(sql 'SELECT count(*) FROM object')" 0

# URLs that would be commands, were they given to git as they stand.
n=0
while read -r url; do
    n=$((n + 1))
    git_repository_yaml "url$n" URL | sed "s|URL|$(echo "$url" | sed 's/[\\"&|]/\\&/g; s/\\"/\\\\"/g')|"
done >"$LAB/objects.yaml" <<'END'
--upload-pack=touch ran
ext::sh -c "touch ran"
ssh://-oProxyCommand=touch%20ran/x
ssh://-oProxyCommand=touch@host/x
ssh://user@-oProxyCommand=touch/x
ssh://127.0.0.1:1/'; touch ran;'
ssh://127.0.0.1:1/$(touch ran)
file:///$(touch ran)
fd::17
git://127.0.0.1:1/x
-x
END
t run --once -f "$LAB/objects.yaml"
tap_is 'URLs are never commands' "$PEAK $CODE $(errors | wc -l)" "fine 1 $n"
tap_is 'nothing has run, nothing was made' "$(ls -A "$LAB/nowhere"; find "$LAB" -name ran -not -path '*.git/*')" ''
tap_done
