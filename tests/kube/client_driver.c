/*
 * The client of a Kubernetes API server, for shell tests: takes the flags of
 * kube_flags.h, reads commands from stdin and answers each with one line.
 *
 *     config                               server and namespace
 *     get VERSION PLURAL NAMESPACE NAME    VERSION: "v1", or "GROUP/v1"; "-": none
 *     create VERSION PLURAL NAMESPACE JSON
 *     replace VERSION PLURAL NAMESPACE JSON  of the name in it
 *     delete VERSION PLURAL NAMESPACE NAME
 *     watch VERSION PLURAL NAMESPACE SILENCE-MS COMMAND   runs COMMAND at the first event
 *     discover GROUP VERSION…
 *     version
 *     run COMMAND
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/kube_flags.h"

enum {
    LINE_MAX_BYTES = 64 * 1024,
};

struct driver {
    struct kube_config *config;
    struct kube_client *client;
};

static void print_fault(const struct err *err)
{
    printf("%s: %s\n", err_class_name(err->class), err->text);
}

/* Takes the next word off *REST; "" for "-" and at the end. */
static char *word(struct span *rest)
{
    struct span part = {0};
    span_next(rest, ' ', &part);
    return span_is(part, "-") ? str_dup("") : span_dup(part);
}

static void run_shell(struct span command)
{
    CLEANUP(mem_freep) char *text = span_dup(command);
    fflush(stdout);
    if (system(text) != 0)
        printf("failed: %s\n", text);
}

struct target {
    char *group, *version, *plural, *namespace;
    struct kube_request request;
};

static void target_read(struct target *target, struct span *rest)
{
    char *group = word(rest);
    char *slash = strchr(group, '/');
    if (slash)
        *slash = '\0';
    *target = (struct target){.group = slash ? group : str_dup(""),
                              .version = slash ? str_dup(slash + 1) : group,
                              .plural = word(rest),
                              .namespace = word(rest)};
    target->request = (struct kube_request){
        .resource = {target->group, target->version, target->plural, *target->namespace != '\0'},
        .namespace = *target->namespace ? target->namespace : NULL,
    };
}

static void target_finish(struct target *target)
{
    free(target->group);
    free(target->version);
    free(target->plural);
    free(target->namespace);
}

static void do_request(struct driver *driver, const char *verb, struct span rest)
{
    CLEANUP(target_finish) struct target target;
    CLEANUP(json_freep) struct json *body = NULL;
    CLEANUP(json_freep) struct json *got = NULL;
    CLEANUP(mem_freep) char *name = NULL;
    struct kube_answer answer;
    struct err err;
    target_read(&target, &rest);
    if (str_equal(verb, "create") || str_equal(verb, "replace")) {
        if (json_parse(rest, &body, &err) != 0) {
            print_fault(&err);
            return;
        }
        target.request.body = body;
        if (str_equal(verb, "replace"))
            target.request.name = json_member_text(json_member(body, "metadata"), "name");
        target.request.method = target.request.name ? "PUT" : "POST";
    } else {
        name = word(&rest);
        target.request.name = *name ? name : NULL;
        target.request.method = str_equal(verb, "delete") ? "DELETE" : "GET";
    }
    int found = kube_perform(driver->client, &target.request, NULL, &got, &answer, &err);
    const char *kind = json_member_text(got, "kind");
    const char *of = json_member_text(json_member(got, "metadata"), "name");
    if (found < 0)
        printf("%d %s ", answer.code, answer.reason[0] ? answer.reason : "-"), print_fault(&err);
    else if (found == 0)
        printf("absent\n");
    else
        printf("%s %s\n", kind ? kind : "?", of ? of : "-");
}

struct watching {
    struct span command;
    int events;
};

static int on_line(void *arg, struct span line, struct err *err)
{
    struct watching *watching = arg;
    CLEANUP(json_freep) struct json *event = NULL;
    if (json_parse(line, &event, err) != 0)
        return -1;
    const struct json *object = json_member(event, "object");
    const char *name = json_member_text(json_member(object, "metadata"), "name");
    if (!name)
        name = json_member_text(object, "message"); /* of a Status */
    printf("%s %s\n", json_member_text(event, "type"), name ? name : "-");
    if (watching->events++ == 0)
        run_shell(watching->command);
    return 0;
}

static void do_watch(struct driver *driver, struct span rest)
{
    CLEANUP(target_finish) struct target target;
    uint64_t silence_ms = 0;
    struct span part;
    struct err err;
    target_read(&target, &rest);
    span_next(&rest, ' ', &part);
    span_to_u64(part, &silence_ms);
    struct watching watching = {.command = rest};
    if (kube_stream(driver->client, &target.request, (int64_t)silence_ms, on_line, &watching, NULL,
                    NULL, &err) != 0)
        print_fault(&err);
    else
        printf("end\n");
}

static void do_discover(struct driver *driver, struct span rest)
{
    CLEANUP(strlist_finish) struct strlist versions = STRLIST_INIT;
    CLEANUP(mem_freep) char *group = word(&rest);
    const char *found = NULL;
    struct err err;
    for (struct span part; span_next(&rest, ' ', &part);)
        strlist_add_span(&versions, part);
    int answer = kube_discover(driver->client, group, strlist_argv(&versions), NULL, &found, &err);
    if (answer < 0)
        print_fault(&err);
    else
        printf("%s\n", answer == 0 ? "none" : found);
}

static void do_version(struct driver *driver)
{
    CLEANUP(mem_freep) char *version = NULL;
    struct err err;
    if (kube_server_version(driver->client, NULL, &version, &err) != 0)
        print_fault(&err);
    else
        printf("%s\n", version);
}

static void obey(struct driver *driver, struct span rest)
{
    CLEANUP(mem_freep) char *verb = word(&rest);
    const char *namespace = kube_config_namespace(driver->config);
    if (str_equal(verb, "config"))
        printf("%s %s\n", kube_config_server(driver->config), namespace ? namespace : "-");
    else if (str_equal(verb, "watch"))
        do_watch(driver, rest);
    else if (str_equal(verb, "discover"))
        do_discover(driver, rest);
    else if (str_equal(verb, "version"))
        do_version(driver);
    else if (str_equal(verb, "run"))
        run_shell(rest);
    else
        do_request(driver, verb, rest);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct option_def *const tables[] = {kube_flags_options, NULL};
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
    CLEANUP(kube_config_freep) struct kube_config *config = NULL;
    CLEANUP(http_client_freep) struct http_client *http = http_client_new();
    struct err err;
    signal(SIGPIPE, SIG_IGN);
    if (options_parse(tables, (size_t)argc - 1, (const char *const *)argv + 1, &options, &operands,
                      &err) != 0) {
        print_fault(&err);
        return 1;
    }
    const struct kube_options flags = kube_flags_read(options);
    if (kube_config_load(&flags, &config, &err) != 0) {
        print_fault(&err);
        return 1;
    }
    struct kube_client_options made = {.config = config, .http = http, .clock = clock_system()};
    CLEANUP(kube_client_freep) struct kube_client *client = kube_client_new(&made);
    struct driver driver = {config, client};
    char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof(line), stdin))
        obey(&driver, span_trim(span_of(line)));
    return 0;
}
