#!/bin/sh
# Completion: what `__complete` answers, and what shells make of it: bash, and zsh
# and fish where they are installed.
. "$(dirname "$0")/lib.sh"
need bash
lab

# Another folder than the lab's, where names of files are known.
mkdir "$LAB/bin" "$LAB/here" && cd "$LAB/here" && : >file.yaml && : >other.yaml || exit 1
ln -s "$TIDEMARK" "$LAB/bin/tidemark"
PATH=$LAB/bin:$PATH

# Each line: the words after the program's name, the last one under the cursor ("_"
# if it has no letter yet); then the candidates and the last line.
answers() {
    while read -r words && read -r answer; do
        eval "set -- $(echo "$words" | sed "s/ *_\$/ ''/")"
        tm __complete "$@"
        tap_is "complete: $words" "$CODE $(cut -f 1 "$LAB/out" | tr '\n' ' ')$(cat "$LAB/err")" "0 $answer "
    done
}
answers <<'END'
get image repository _
:4
get image repository -n _
:4
END
tap_is 'a question makes no store' "$(ls "$LAB" | grep -c store.db)" 0
{
    image_repository_yaml web example.com/web
    image_repository_yaml worker example.com/worker
    image_policy_yaml web web
    image_repository_yaml far example.com/far | sed 's/name: far/name: far, namespace: infra/'
} >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
answers <<'END'
_
apply check completion create delete edit events export get help install reconcile render resolve resume run suspend version :4
co
completion :4
nothing
:4
create secret _
git githubapp oci proxy tls :4
get images _
repository policy update all :4
-n web get image pol
policy :4
get image repository _
web worker :4
get image repository wo
worker :4
get image repository web _
:4
suspend image repository web _
worker :4
suspend image repository web -- _
worker :4
get image repository --no-header _
web worker :4
get image repository -n infra _
far :4
get image repository --namespace=infra _
far :4
get image repository -ninfra _
far :4
create image repository _
:4
delete image policy _
web :4
get image policy -n _
flux-system infra :4
get image policy --namespace=in
--namespace=infra :4
get image policy -An _
flux-system infra :4
get image policy --namespace=nothing
:4
get image policy --no-header=
--no-header=true --no-header=false :4
get image policy --bogus=
:4
get image policy --bogus _
:4
get foo _
:4
create secret git --ssh-key-al
--ssh-key-algorithm :4
create secret git --ssh-key-algorithm _
rsa ecdsa ed25519 :4
create secret git x --ssh-key-algorithm=e
--ssh-key-algorithm=ecdsa --ssh-key-algorithm=ed25519 :4
create image policy --reflect-digest _
Never IfNotPresent Always :4
create image repository --cert-
--cert-ref :4
create secret git --private-key-file _
:0
create secret git --private-key-file=
:0
apply -f _
:0
edit _
:0
edit -- --policy
:0
--store _
kubernetes :4
--interval
:4
help create s
secret source :4
help create nothing _
:4
completion _
bash fish powershell zsh :4
END
tm __complete
tap_is 'no words at all' "$CODE $(wc -l <"$LAB/out")" '0 19'
tm __complete get image repo
tap_is 'what a candidate means' "$(visible <"$LAB/out")" 'repository→Show ImageRepository objects
:4'
printf '%s\n' 'apiVersion: v1' 'kind: Config' 'contexts:' '- {name: one, context: {cluster: c, user: u}}' \
    '- {name: two, context: {cluster: c, user: u}}' \
    'clusters:' '- {name: c, cluster: {server: "https://127.0.0.1:1"}}' \
    'users:' '- {name: u, user: {token: t}}' >"$LAB/kubeconfig"
export LAB
answers <<'END'
get image policy --kubeconfig $LAB/kubeconfig --context _
one two :4
get image policy --kubeconfig $LAB/kubeconfig --cluster=
--cluster=c :4
get image policy --kubeconfig $LAB/kubeconfig --user _
u :4
get image policy --kubeconfig $LAB/nope --context _
:4
get image policy --store=kubernetes --kubeconfig $LAB/kubeconfig --context one _
:4
END
answers <<'END'
get image policy --store kubernetes --kubeconfig $LAB/nope _
:4
get image policy --store sqlite:$LAB/here/file.yaml _
:4
get image policy --timeout=x _
:4
END

# bash. Each line: what is typed; then what is offered.
tm completion bash
tap_is 'the script for bash' "$CODE $(head -n 1 "$LAB/out")" '0 # bash completion for tidemark'
cp "$LAB/out" "$LAB/completion.bash"
cat >"$LAB/ask.bash" <<'END'
# As readline does it: words, split at blanks and at '=', and where the cursor is.
source "$LAB/completion.bash"
typed=$1
COMP_LINE=$typed COMP_POINT=${#typed}
spaced=${typed//=/ = }
read -ra COMP_WORDS <<<"$spaced"
[[ $typed != *[\ =] ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function_name=$(complete -p tidemark | sed 's/.*-F \([^ ]*\) .*/\1/')
$function_name
echo "${COMPREPLY[*]}"
END
while IFS= read -r typed && read -r offered; do
    run bash "$LAB/ask.bash" "$(echo "$typed" | tr _ ' ')"
    tap_is "bash: $typed" "$CODE $(cat "$LAB/out" "$LAB/err")" "0 $offered"
done <<'END'
tidemark ge
get
tidemark_
apply check completion create delete edit events export get help install reconcile render resolve resume run suspend version
tidemark get image repository_
web worker
tidemark get image repository w
web worker
tidemark get image repository -n infra_
far
tidemark get image repository --namespace=infra_
far
tidemark get image repository --namespace=in
infra
tidemark get image repository --namespace=
flux-system infra
tidemark create secret git --ssh-key-algorithm=ecdsa --ssh-ecdsa-c
--ssh-ecdsa-curve
tidemark create secret git --ssh-key-algorithm=e
ecdsa ed25519
tidemark nothing_

END
# The real thing: readline's own completion, at a terminal.
if command -v script >/dev/null; then
    printf 'PS1=; bind "set bell-style none"; source "%s"\ntidemark export image repository wo\t; exit\n' \
        "$LAB/completion.bash" >"$LAB/keys"
    TERM=dumb script -qec 'bash --norc --noprofile -i' /dev/null <"$LAB/keys" >"$LAB/terminal" 2>&1
    tap_is 'bash at a terminal' "$(grep -c '^  name: worker' "$LAB/terminal")" 1
else
    tap_skip 'bash at a terminal' 'no script'
fi

# zsh and fish.
tm completion zsh
tap_is 'the script for zsh' "$CODE $(head -n 1 "$LAB/out") $(tail -n 1 "$LAB/out")" \
    '0 #compdef tidemark compdef _tidemark tidemark'
cp "$LAB/out" "$LAB/completion.zsh"
if command -v zsh >/dev/null; then
    cat >"$LAB/ask.zsh" <<'END'
compdef() { :; }
_describe() { print -r -- "${(P@)2}"; }
_files() { print files; }
source "$LAB/completion.zsh"
words=("${(@s: :)1}") CURRENT=${#words}
_tidemark
END
    while IFS= read -r typed && read -r offered; do
        run zsh -f "$LAB/ask.zsh" "$(echo "$typed" | tr _ ' ')"
        tap_is "zsh: $typed" "$CODE $(cat "$LAB/out" "$LAB/err")" "0 $offered"
    done <<'END'
tidemark get image_
repository:Show ImageRepository objects policy:Show ImagePolicy objects update:Show ImageUpdateAutomation objects all:Show all image objects
tidemark get image repository_
web worker
tidemark get image repository --namespace=in
--namespace=infra
tidemark apply -f_
files
END
else
    tap_skip 'zsh' 'not installed'
fi
tm completion fish
tap_is 'the script for fish' "$CODE $(head -n 1 "$LAB/out")" '0 # fish completion for tidemark'
cp "$LAB/out" "$LAB/completion.fish"
if command -v fish >/dev/null; then
    while IFS= read -r typed && read -r offered; do
        run fish --no-config -c "source $LAB/completion.fish; complete -C '$(echo "$typed" | tr _ ' ')'"
        tap_is "fish: $typed" "$CODE $(tr '\n\t' '  ' <"$LAB/out")$(cat "$LAB/err")" "0 $offered "
    done <<'END'
tidemark get image_
all Show all image objects policy Show ImagePolicy objects repository Show ImageRepository objects update Show ImageUpdateAutomation objects
tidemark get image repository_
web worker
tidemark get image repository wo
worker
tidemark get image repository --namespace=in
--namespace=infra
tidemark apply -f fi
file.yaml
END
else
    tap_skip 'fish' 'not installed'
fi
tm completion powershell
tap_is 'the script for powershell' "$CODE $(head -n 1 "$LAB/out")" '0 # powershell completion for tidemark'
fails 'another shell' 'unknown command "tcl" for "tidemark completion"' completion tcl
fails 'operands' 'unknown command "x" for "tidemark completion bash"' completion bash x
tap_done
