/*
 * The CPU time of a commit message for many changes (building the data, parsing
 * and rendering the template) as a ratio to printing the same changes as JSON.
 * The least of some rounds. Exits with 1 if a target is missed.
 *
 *     template_bench [CHANGES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "adapt/json.h"
#include "base/str.h"
#include "row.h"
#include "template/data.h"
#include "template/template.h"

enum {
    DEFAULT_CHANGES = 1000,
    ROUNDS = 20,
    CHANGES_A_FILE = 4,
    CHANGES_A_POLICY = 10,
};

static const struct {
    const char *name, *text;
    double most; /* the target */
} templates[] = {
    {"old and new values", "{{range .Changed.Changes}}{{.OldValue}} -> {{.NewValue}}\n{{end}}", 4},
    {"Flux's documented example",
     "Automated image update\n\nAutomation name: {{ .AutomationObject }}\n\nFiles:\n"
     "{{ range $filename, $_ := .Changed.FileChanges -}}\n- {{ $filename }}\n{{ end -}}\n\n"
     "Objects:\n{{ range $resource, $changes := .Changed.Objects -}}\n"
     "- {{ $resource.Kind }} {{ $resource.Name }}\n  Changes:\n"
     "{{- range $_, $change := $changes }}\n    - {{ $change.OldValue }} -> {{ $change.NewValue }}"
     "\n{{ end -}}\n{{ end -}}",
     4},
    {"older data, .Updated",
     "{{range $file, $result := .Updated.Files}}{{$file}}:{{range $object, $images := "
     "$result.Objects}} {{$object.Name}} {{range $images}}{{.}} {{end}}{{end}}\n{{end}}"
     "{{range .Updated.Images}}{{.Repository}} {{.Identifier}}\n{{end}}",
     4},
    {"with eight functions a change",
     "{{range .Changed.Changes}}{{if regexMatch \":v?[0-9]+\" .NewValue}}{{$p := splitList \":\" "
     ".NewValue}}{{first $p | base | upper | printf \"%-20s\"}} {{last $p | trunc 12}} {{sha1sum "
     ".Setter | trunc 7}}\n{{end}}{{end}}",
     10},
};

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static struct template_change new_change(size_t i)
{
    size_t policy = i / CHANGES_A_POLICY, file = i / CHANGES_A_FILE;
    return (struct template_change){
        .file = str_printf("clusters/prod/team-%zu/app-%zu.yaml", file % 37, file),
        .api_version = "apps/v1",
        .kind = "Deployment",
        .name = str_printf("app-%zu", i),
        .namespace = "shop",
        .old_value = str_printf("registry.example/shop/app-%zu:v1.%zu.0", policy, i % 90),
        .new_value = str_printf("registry.example/shop/app-%zu:v1.%zu.1", policy, i % 90),
        .setter = str_printf("flux-system:app-%zu", policy),
        .policy_namespace = "flux-system",
        .policy_name = str_printf("app-%zu", policy),
        .image = str_printf("registry.example/shop/app-%zu:v1.%zu.1", policy, i % 90),
    };
}

static double measure_json(const struct template_commit *commit)
{
    double least = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        double start = cpu_ms();
        CLEANUP(json_freep) struct json *list = json_new_array();
        for (size_t k = 0; k < commit->n_changes; k++) {
            const struct template_change *change = &commit->changes[k];
            struct json *item = json_new_object();
            json_put_text(item, "file", change->file);
            json_put_text(item, "apiVersion", change->api_version);
            json_put_text(item, "kind", change->kind);
            json_put_text(item, "name", change->name);
            json_put_text(item, "namespace", change->namespace);
            json_put_text(item, "old", change->old_value);
            json_put_text(item, "new", change->new_value);
            json_put_text(item, "setter", change->setter);
            json_push_take(list, item);
        }
        json_print(list, JSON_STYLE_COMPACT, &out);
        double taken = cpu_ms() - start;
        least = taken < least ? taken : least;
    }
    return least;
}

/* Each round has data and template of its own. */
static double measure(const struct template_commit *commit, const char *text)
{
    double least = 1e9;
    struct err err;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(template_freep) struct template *template = NULL;
        CLEANUP(template_data_freep) struct template_data *data = NULL;
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        double start = cpu_ms();
        if (template_data_new_commit(commit, &data, &err) != 0 ||
            template_parse("commit message", span_of(text), &template, &err) != 0 ||
            template_render(template, data, &out, &err) != 0) {
            fprintf(stderr, "template_bench: %s\n", err.text);
            exit(1);
        }
        double taken = cpu_ms() - start;
        least = taken < least ? taken : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_CHANGES;
    struct template_change *changes = mem_calloc(count, sizeof(*changes));
    struct template_commit commit = {.automation_namespace = "flux-system",
                                     .automation_name = "apps",
                                     .changes = changes,
                                     .n_changes = count};
    CLEANUP(mem_freep) char *title = str_printf("commit message for %zu changes", count);
    bool missed = false;
    for (size_t i = 0; i < count; i++)
        changes[i] = new_change(i);
    double json = measure_json(&commit);
    bench_heading(title, "as JSON");
    for (size_t i = 0; i < ARRAY_LEN(templates); i++)
        missed |= bench_ratio(templates[i].name, measure(&commit, templates[i].text), json,
                              templates[i].most);
    return missed;
}
