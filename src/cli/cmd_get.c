#include <string.h>

#include "api/condition.h"
#include "api/selector.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/table.h"

enum {
    COLUMNS_MAX = 6,
    SHORT_HASH = 8,
};

const struct option_def get_options[] = {
    {.name = "all-namespaces",
     .letter = 'A',
     .type = OPTION_BOOL,
     .help = "list the objects of all namespaces"},
    {.name = "no-header", .type = OPTION_BOOL, .help = "print rows only"},
    {.name = "watch", .letter = 'w', .type = OPTION_BOOL, .help = "print a row for each change"},
    {.name = "status-selector",
     .type = OPTION_STRING,
     .help = "only objects whose condition is so: type=status or type!=status"},
    {.name = "label-selector",
     .letter = 'l',
     .type = OPTION_STRING,
     .help = "only objects with these labels: a=b,c!=d,e in (f,g)"},
    {.name = NULL},
};

/* type=status or type!=status, without regard to case. */
struct status_selector {
    char *type; /* NULL: everything is selected */
    char *status;
    bool negated;
};

struct listing {
    const struct cli *cli;
    enum api_kind kind;
    const char *name;      /* NULL: all */
    const char *namespace; /* NULL: all */
    bool with_kind;        /* names as kind/name */
    struct selector *labels;
    struct status_selector status;
    struct table *table;
    size_t found;
    bool headed; /* a watch has printed its header */
};

static const char *const columns_after_name[API_RECONCILED_COUNT][4] = {
    [API_GIT_REPOSITORY] = {"Revision", "Suspended", "Ready", "Message"},
    [API_IMAGE_REPOSITORY] = {"Last scan", "Suspended", "Ready", "Message"},
    [API_IMAGE_POLICY] = {"Image", "Tag", "Ready", "Message"},
    [API_IMAGE_UPDATE_AUTOMATION] = {"Last run", "Suspended", "Ready", "Message"},
};

static char *local_time(const struct json *value)
{
    int64_t ns;
    char text[CLOCK_TEXT_SIZE];
    return str_dup(clock_parse(json_span(value), &ns) ? clock_format_local(ns, text) : "");
}

/* TEXT with every hash cut to its first digits. */
static char *short_hashes(const char *text)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(strlen(text) + 1);
    while (*text) {
        size_t len = strspn(text, "0123456789abcdef");
        if (len == 0) {
            buf_addc(&out, *text++);
            continue;
        }
        buf_add(&out, text, len >= 40 && len <= 128 ? SHORT_HASH : len);
        text += len;
    }
    return buf_take(&out);
}

static void add_row(struct listing *listing, const struct api_object *object)
{
    struct api_condition ready = {API_FALSE, "", "waiting to be reconciled", 0};
    const struct json *status = object->status;
    const struct json *latest = json_member(status, "latestRef");
    const char *suspended = api_object_suspended(object) ? API_TRUE : API_FALSE;
    bool git = object->kind == API_GIT_REPOSITORY;
    api_condition_get(status, API_READY, &ready);
    const char *revision = json_member_text(json_member(status, "artifact"), "revision");
    const struct json *time = object->kind == API_IMAGE_REPOSITORY
                                  ? json_member(json_member(status, "lastScanResult"), "scanTime")
                                  : json_member(status, "lastAutomationRunTime");
    CLEANUP(mem_freep)
    char *second = git ? short_hashes(revision ? revision : "") : local_time(time);
    CLEANUP(mem_freep) char *message = git ? short_hashes(ready.message) : str_dup(ready.message);
    CLEANUP(mem_freep)
    char *name = listing->with_kind
                     ? str_printf("%s/%s", api_kind_info(object->kind)->singular, object->meta.name)
                     : str_dup(object->meta.name);
    const char *cells[COLUMNS_MAX];
    size_t count = 0;
    if (!listing->namespace)
        cells[count++] = object->meta.namespace;
    cells[count++] = name;
    cells[count++] =
        latest || object->kind == API_IMAGE_POLICY ? json_member_text(latest, "name") : second;
    cells[count++] = object->kind == API_IMAGE_POLICY ? json_member_text(latest, "tag") : suspended;
    cells[count++] = ready.status;
    cells[count++] = message;
    table_add(listing->table, cells);
}

static bool status_selected(const struct status_selector *selector, const struct json *status)
{
    if (!selector->type)
        return true;
    const struct json *conditions = json_member(status, "conditions");
    for (size_t i = 0; i < json_count(conditions); i++) {
        const struct json *condition = json_at(conditions, i);
        if (str_equal_nocase(json_member_text(condition, "type"), selector->type))
            return str_equal_nocase(json_member_text(condition, "status"), selector->status) !=
                   selector->negated;
    }
    return selector->negated;
}

static int visit(void *arg, const struct api_object *object, struct err *err)
{
    struct listing *listing = arg;
    (void)err;
    if ((listing->name && !str_equal(listing->name, object->meta.name)) ||
        !selector_matches(listing->labels, &object->meta.labels))
        return 0;
    listing->found++;
    if (status_selected(&listing->status, object->status))
        add_row(listing, object);
    return 0;
}

static int nothing_found(const struct listing *listing, struct err *err)
{
    const char *kind = api_kind_info(listing->kind)->name;
    CLEANUP(mem_freep)
    char *where = listing->namespace ? str_printf("\"%s\"", listing->namespace) : str_dup("any");
    if (listing->name)
        return err_set(err, ERR_NOT_FOUND, "%s object '%s' not found in %s namespace", kind,
                       listing->name, where);
    return err_set(err, ERR_NOT_FOUND, "no %s objects found in %s namespace", kind, where);
}

static int parse_status_selector(const char *text, struct status_selector *ret, struct err *err)
{
    if (!*text)
        return 0;
    const char *not_equal = strstr(text, "!="), *equal = strchr(text, '=');
    const char *at = not_equal ? not_equal : equal;
    if (!at)
        return err_set(err, ERR_INVALID,
                       "expected status selector in type=status or type!=status format, but "
                       "found: %s",
                       text);
    ret->negated = not_equal != NULL;
    ret->type = mem_dup(text, (size_t)(at - text));
    ret->status = str_dup(at + (not_equal ? 2 : 1));
    return 0;
}

static void listing_finish(struct listing *listing)
{
    selector_free(listing->labels);
    table_free(listing->table);
    free(listing->status.type);
    free(listing->status.status);
}

static int listing_init(struct listing *listing, const struct cli *cli, const char *namespace,
                        struct err *err)
{
    const struct options *options = cli->options;
    listing->cli = cli;
    listing->name = cli->operands->len != 0 ? cli->operands->items[0] : NULL;
    listing->namespace = options_flag(options, "all-namespaces") ? NULL : namespace;
    if (*options_text(options, "label-selector") &&
        selector_parse(options_text(options, "label-selector"), &listing->labels, err) != 0)
        return err_wrap(err, "unable to parse label selector");
    return parse_status_selector(options_text(options, "status-selector"), &listing->status, err);
}

static const char *const *heads(const struct listing *listing, const char *heads[COLUMNS_MAX],
                                size_t *ret_count)
{
    size_t count = 0;
    if (!listing->namespace)
        heads[count++] = "Namespace";
    heads[count++] = "Name";
    for (size_t i = 0; i < ARRAY_LEN(columns_after_name[0]); i++)
        heads[count++] = columns_after_name[listing->kind][i];
    *ret_count = count;
    return heads;
}

/* Prints the objects of one kind. */
static int list_kind(struct home *home, struct listing *listing, struct err *err)
{
    const struct store_query query = {listing->kind, listing->namespace};
    const char *names[COLUMNS_MAX];
    size_t count;
    heads(listing, names, &count);
    listing->found = 0;
    table_free(listing->table);
    listing->table = table_new(names, count);
    if (store_list(home->store, &query, visit, listing, err) != 0)
        return -1;
    if (listing->found == 0)
        return nothing_found(listing, err);
    table_print(listing->table, !options_flag(listing->cli->options, "no-header"));
    return 0;
}

/* --watch: a row for every change, from the store's own thread. */
static void print_change(void *arg, enum store_change change, const struct api_object *object)
{
    struct listing *listing = arg;
    struct err err;
    if (change == STORE_SYNCED)
        return;
    bool header = !listing->headed && !options_flag(listing->cli->options, "no-header");
    visit(listing, object, &err);
    table_print(listing->table, header);
    table_clear(listing->table);
    listing->headed = true;
    console_flush();
}

static void watch_failed(void *arg, const struct err *err)
{
    (void)arg;
    console_failure("%s", err->text);
}

static int watch_kind(struct home *home, struct listing *listing, struct err *err)
{
    const struct store_query query = {listing->kind, listing->namespace};
    const struct store_watcher watcher = {print_change, watch_failed, listing};
    struct store_watch *watch = NULL;
    enum { STEP_MS = 1000 };
    const char *names[COLUMNS_MAX];
    size_t count;
    struct err why;
    heads(listing, names, &count);
    listing->table = table_new(names, count);
    if (store_watch(home->store, &query, &watcher, &watch, err) != 0)
        return -1;
    while (!console_closed() && deadline_sleep_ms(&home->deadline, STEP_MS, &why) == 0)
        ;
    store_unwatch(home->store, watch);
    if (console_closed() || cancel_requested(home->cancel))
        return 0;
    return err_set(err, ERR_CANCELED, "timed out waiting for the condition");
}

int get_run(const struct cli *cli, struct err *err)
{
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(listing_finish) struct listing listing = {.kind = cli->command->kind};
    if (home_open(cli, &home, err) != 0 || listing_init(&listing, cli, home->namespace, err) != 0)
        return CLI_FAILED;
    int answer = options_flag(cli->options, "watch") ? watch_kind(home, &listing, err)
                                                     : list_kind(home, &listing, err);
    return answer == 0 ? CLI_OK : CLI_FAILED;
}

int get_all_run(const struct cli *cli, struct err *err)
{
    static const enum api_kind kinds[] = {API_IMAGE_REPOSITORY, API_IMAGE_POLICY,
                                          API_IMAGE_UPDATE_AUTOMATION};
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(listing_finish) struct listing listing = {.with_kind = true};
    if (options_flag(cli->options, "watch"))
        return err_set(err, ERR_INVALID, "expected a single resource type, but found all"),
               CLI_FAILED;
    if (home_open(cli, &home, err) != 0 || listing_init(&listing, cli, home->namespace, err) != 0)
        return CLI_FAILED;
    int code = CLI_OK;
    size_t found = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        listing.kind = kinds[i];
        struct err why;
        if (list_kind(home, &listing, &why) == 0) {
            console_print("\n");
        } else if (why.class != ERR_NOT_FOUND || listing.name) {
            console_failure("%s", why.text);
            code = why.class != ERR_NOT_FOUND ? CLI_FAILED_TOLD : code;
        }
        found += listing.found;
    }
    return listing.name && found == 0 ? CLI_FAILED_TOLD : code;
}
