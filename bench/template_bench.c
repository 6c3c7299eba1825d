/*
 * The CPU time of a commit message for many changes: building the data,
 * parsing, rendering. Prints one line a template.
 *
 *     template_bench [CHANGES]
 */
#include <stdio.h>
#include <time.h>

#include "base/str.h"
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
} templates[] = {
    {"plain", "{{range .Changed.Changes}}{{.OldValue}} -> {{.NewValue}}\n{{end}}"},
    {"documented",
     "Automated image update\n\nAutomation name: {{ .AutomationObject }}\n\nFiles:\n"
     "{{ range $filename, $_ := .Changed.FileChanges -}}\n- {{ $filename }}\n{{ end -}}\n\n"
     "Objects:\n{{ range $resource, $changes := .Changed.Objects -}}\n"
     "- {{ $resource.Kind }} {{ $resource.Name }}\n  Changes:\n"
     "{{- range $_, $change := $changes }}\n    - {{ $change.OldValue }} -> {{ $change.NewValue }}"
     "\n{{ end -}}\n{{ end -}}"},
    {"older", "{{range $file, $result := .Updated.Files}}{{$file}}:{{range $object, $images := "
              "$result.Objects}} {{$object.Name}} {{range $images}}{{.}} {{end}}{{end}}\n{{end}}"
              "{{range .Updated.Images}}{{.Repository}} {{.Identifier}}\n{{end}}"},
    {"functions",
     "{{range .Changed.Changes}}{{if regexMatch \":v?[0-9]+\" .NewValue}}{{$p := splitList \":\" "
     ".NewValue}}{{first $p | base | upper | printf \"%-20s\"}} {{last $p | trunc 12}} {{sha1sum "
     ".Setter | trunc 7}}\n{{end}}{{end}}"},
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

/* The least of some rounds, each with data and template of its own. */
static int measure(const struct template_commit *commit, const char *name, const char *text)
{
    double least[3] = {1e9, 1e9, 1e9};
    size_t bytes = 0;
    struct err err;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(template_freep) struct template *template = NULL;
        CLEANUP(template_data_freep) struct template_data *data = NULL;
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        double start = cpu_ms(), times[4] = {start};
        if (template_data_new_commit(commit, &data, &err) != 0)
            break;
        times[1] = cpu_ms();
        if (template_parse("commit message", span_of(text), &template, &err) != 0)
            break;
        times[2] = cpu_ms();
        if (template_render(template, data, &out, &err) != 0)
            break;
        times[3] = cpu_ms();
        bytes = out.len;
        for (int j = 0; j < 3; j++) {
            if (times[j + 1] - times[j] < least[j])
                least[j] = times[j + 1] - times[j];
        }
    }
    if (bytes == 0) {
        fprintf(stderr, "%s: %s\n", name, err.text);
        return 1;
    }
    printf("%-12s data %6.2f ms, parse %6.3f ms, render %6.2f ms, %zu bytes\n", name, least[0],
           least[1], least[2], bytes);
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_CHANGES;
    struct template_change *changes = mem_calloc(count, sizeof(*changes));
    struct template_commit commit = {.automation_namespace = "flux-system",
                                     .automation_name = "apps",
                                     .changes = changes,
                                     .n_changes = count};
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        changes[i] = new_change(i);
    printf("%zu changes\n", count);
    for (size_t i = 0; i < ARRAY_LEN(templates); i++)
        failed |= measure(&commit, templates[i].name, templates[i].text);
    return failed;
}
