#include <string.h>

#include "api/image_policy.h"
#include "api/image_update.h"
#include "base/duration.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/table.h"

enum {
    COLUMNS = 6,
    WATCH_STEP_MS = 500,
};

const struct option_def events_options[] = {
    {.name = "all-namespaces",
     .letter = 'A',
     .type = OPTION_BOOL,
     .help = "show the events of all namespaces"},
    {.name = "for",
     .type = OPTION_STRING,
     .value = "KIND[/NAME]",
     .help = "only events of this kind, or of this object and the one that it refers to"},
    {.name = "types",
     .type = OPTION_STRINGS,
     .value = "Normal|Warning",
     .help = "only events of these types: Normal, Warning"},
    {.name = "watch",
     .letter = 'w',
     .type = OPTION_BOOL,
     .help = "go on printing events as they come, until --timeout"},
    {.name = NULL},
};

struct events {
    const struct strlist *types; /* empty: all */
    const char *namespace;       /* NULL: all */
    bool any_kind;
    enum api_kind kind;    /* of --for */
    char *name;            /* of --for, or NULL */
    struct api_ref refers; /* what that object refers to; no name: nothing */
    struct api_object *object;
    struct table *table;
    bool with_namespace;
    int64_t told; /* sequence of the last event that was printed */
};

static void events_finish(struct events *events)
{
    table_free(events->table);
    api_object_free(events->object);
    free(events->name);
}

static int check_types(const struct strlist *types, struct err *err)
{
    for (size_t i = 0; i < types->len; i++) {
        if (!str_equal_nocase(types->items[i], API_EVENT_NORMAL) &&
            !str_equal_nocase(types->items[i], API_EVENT_WARNING))
            return err_set(err, ERR_INVALID,
                           "type '%s' not supported. Supported types are Normal, Warning",
                           types->items[i]);
    }
    return 0;
}

static int read_kind(const char *name, enum api_kind *ret, struct err *err)
{
    for (size_t kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        if (str_equal_nocase(api_kind_info((enum api_kind)kind)->name, name)) {
            *ret = (enum api_kind)kind;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "'%s' is not a recognized Flux kind", name);
}

/* --for: "KIND" or "KIND/NAME". */
static int read_for(const char *text, struct events *events, struct err *err)
{
    const char *slash = strchr(text, '/');
    CLEANUP(mem_freep) char *kind = slash ? mem_dup(text, (size_t)(slash - text)) : str_dup(text);
    events->any_kind = !*text;
    if (events->any_kind)
        return 0;
    if (!*kind || (slash && (!slash[1] || strchr(slash + 1, '/'))))
        return err_set(err, ERR_INVALID, "--for selector must be of format <kind>[/<name>]");
    events->name = slash ? str_dup(slash + 1) : NULL;
    return read_kind(kind, &events->kind, err);
}

/* What the object of --for refers to. An object that is gone refers to nothing. */
static int find_reference(struct home *home, struct events *events, struct err *err)
{
    struct api_image_policy policy;
    struct api_image_update update;
    struct err ignored;
    if (!events->name)
        return 0;
    const struct api_ref ref = {events->kind, home->namespace, events->name};
    int found = store_get(home->store, ref, &events->object, err);
    if (found != 1)
        return found;
    if (ref.kind == API_IMAGE_POLICY &&
        api_image_policy_read(events->object, &policy, &ignored) == 0)
        events->refers =
            (struct api_ref){API_IMAGE_REPOSITORY, policy.repository_namespace, policy.repository};
    if (ref.kind == API_IMAGE_UPDATE_AUTOMATION &&
        api_image_update_read(events->object, &update, &ignored) == 0)
        events->refers =
            (struct api_ref){API_GIT_REPOSITORY, update.source_namespace, update.source};
    return 0;
}

static bool type_selected(const struct events *events, const struct api_event *event)
{
    for (size_t i = 0; i < events->types->len; i++) {
        if (str_equal_nocase(events->types->items[i], event->type))
            return true;
    }
    return events->types->len == 0;
}

static bool selected(const struct events *events, const struct api_event *event)
{
    if (event->sequence <= events->told || !type_selected(events, event))
        return false;
    if (events->refers.name && api_ref_equal(event->object, events->refers))
        return true;
    return (!events->namespace || str_equal(event->object.namespace, events->namespace)) &&
           (events->any_kind || event->object.kind == events->kind) &&
           (!events->name || str_equal(event->object.name, events->name));
}

/* "5m", or for what happened several times "5m (x3 over 10m)". */
static char *last_seen(const struct api_event *event)
{
    char last[DURATION_TEXT_SIZE], first[DURATION_TEXT_SIZE];
    int64_t now_ns = clock_wall_ns(clock_system());
    if (event->last_ns == 0)
        return str_dup("<unknown>");
    duration_format_age(now_ns - event->last_ns, last);
    duration_format_age(now_ns - event->first_ns, first);
    if (event->count <= 1)
        return str_dup(last);
    return str_printf("%s (x%lld over %s)", last, (long long)event->count, first);
}

static int visit(void *arg, const struct api_event *event, struct err *err)
{
    struct events *events = arg;
    (void)err;
    if (!selected(events, event))
        return 0;
    CLEANUP(mem_freep) char *seen = last_seen(event);
    CLEANUP(mem_freep)
    char *object = str_printf("%s/%s", api_kind_info(event->object.kind)->name, event->object.name);
    const char *cells[COLUMNS] = {event->object.namespace, seen,   event->type,
                                  event->reason,           object, event->message};
    table_add(events->table, cells + !events->with_namespace);
    events->told = event->sequence;
    return 0;
}

static struct table *new_table(bool with_namespace)
{
    static const char *const columns[COLUMNS] = {"Namespace", "Last seen", "Type",
                                                 "Reason",    "Object",    "Message"};
    return table_new(columns + !with_namespace, COLUMNS - !with_namespace);
}

/* Adds the rows that have come since the last call. */
static int collect(struct home *home, struct events *events, struct err *err)
{
    const char *namespace = events->with_namespace ? NULL : events->namespace;
    return store_list_events(home->store, namespace, visit, events, err);
}

static int show(struct home *home, struct events *events, struct err *err)
{
    if (collect(home, events, err) != 0)
        return -1;
    if (table_rows(events->table) != 0)
        table_print(events->table, true);
    else if (events->namespace)
        console_failure("No events found in %s namespace.", events->namespace);
    else
        console_failure("No events found.");
    return 0;
}

/* Until --timeout or a signal, which both are its regular end. */
static int watch(struct home *home, struct events *events, struct err *err)
{
    bool header = true;
    do {
        if (collect(home, events, err) != 0)
            return -1;
        if (table_rows(events->table) == 0)
            continue;
        table_print(events->table, header);
        table_clear(events->table);
        console_flush();
        header = false;
    } while (!console_closed() && deadline_sleep_ms(&home->deadline, WATCH_STEP_MS, NULL) == 0);
    return 0;
}

int events_run(const struct cli *cli, struct err *err)
{
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(events_finish)
    struct events events = {.types = options_list(cli->options, "types")};
    if (check_types(events.types, err) != 0 ||
        read_for(options_text(cli->options, "for"), &events, err) != 0 ||
        home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    events.namespace = options_flag(cli->options, "all-namespaces") ? NULL : home->namespace;
    if (find_reference(home, &events, err) != 0)
        return CLI_FAILED;
    events.with_namespace =
        !events.namespace ||
        (events.refers.name && !str_equal(events.refers.namespace, events.namespace));
    events.table = new_table(events.with_namespace);
    int answer =
        options_flag(cli->options, "watch") ? watch(home, &events, err) : show(home, &events, err);
    return answer == 0 ? CLI_OK : CLI_FAILED;
}
