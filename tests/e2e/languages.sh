#!/bin/sh
# Templates, ranges and patterns that cannot work: refused by create and apply,
# and by every run where such an object came another way.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 || exit 1
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps

create_update() { # TEMPLATE
    set -- create image update apps --git-repo-ref=apps --checkout-branch=main \
        --author-name=bot --author-email=bot@example.com --commit-template="$1"
    tm "$@"
}

create_update '{{range .Changed.Changes}}{{.NewValue}}'
printed 'create: a template that does not parse' 1 <<'END'
2> ✗ ImageUpdateAutomation flux-system/apps: unable to create commit message template from spec: template: commit message:1: unexpected EOF
END
create_update '{{.Changed.Images}}'
printed 'create: a template that does not run' 1 <<'END'
2> ✗ ImageUpdateAutomation flux-system/apps: failed to run template from spec: template: commit message:1:10: executing "commit message" at <.Changed.Images>: can't evaluate field Images in type update.Result
END
fails 'create: a range' \
    'ImagePolicy flux-system/web: invalid policy: improper constraint: ">1 -"' \
    create image policy web --image-ref=web --select-semver='>1 -'
fails 'the same with --export' \
    'ImagePolicy flux-system/web: invalid policy: improper constraint: ">1 -"' \
    create image policy web --image-ref=web --select-semver='>1 -' --export
tap_is 'nothing was stored' "$(sql 'SELECT count(*) FROM object' 2>/dev/null)" ''

{
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web
    image_update_yaml apps apps | sed 's/git: {commit: {/&messageTemplate: "{{.Values.why}}", /'
} >"$LAB/good.yaml"

refused() { # NAME SED-SCRIPT ERROR
    sed "$2" "$LAB/good.yaml" >"$LAB/bad.yaml"
    fails "apply: $1" "LAB/bad.yaml:$3" apply -f "$LAB/bad.yaml"
}
refused 'a template' 's/\.Values\.why/nope/' '17: ImageUpdateAutomation flux-system/apps: unable to create commit message template from spec: template: commit message:1: function "nope" not defined'
refused 'a range' 's/range: "\*"/range: 1x/' \
    '12: ImagePolicy flux-system/web: invalid policy: constraint parser error'
refused 'a filter' 's/policy: {semver/filterTags: {pattern: "v("}, &/' \
    "12: ImagePolicy flux-system/web: failed to filter tags: invalid regular expression pattern 'v(': error parsing regexp: missing closing ): \`v(\`"
refused 'an exclusion' 's/insecure: true/&, exclusionList: ["*"]/' \
    '7: ImageRepository flux-system/web: spec.exclusionList[0]: failed to compile regex *: error parsing regexp: missing argument to repetition operator: `*`'
refused 'a range of Git tags' 's/ref: {branch: main}/ref: {semver: "?"}/' \
    '2: GitRepository flux-system/apps: spec.ref.semver: semver parse error: improper constraint: "?"'
tap_is 'still nothing was stored' "$(sql 'SELECT count(*) FROM object')" 0

must apply -f "$LAB/good.yaml"
tm run --once
tap_is 'what works is accepted and runs' "$CODE" 0
sql "UPDATE object SET body = replace(body, '.Values.why', '.Valuable') WHERE name = 'apps'"
tm run --once
tap_is 'a run that has nothing to commit fails all the same' "$(condition ImageUpdateAutomation apps Ready)" \
    'False GitOperationFailed failed to update source: failed to run template from spec: template: commit message:1:2: executing "commit message" at <.Valuable>: can'"'"'t evaluate field Valuable in type source.TemplateData'
tap_done
