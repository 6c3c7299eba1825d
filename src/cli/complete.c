#include "cli/complete.h"

#include <string.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/kube_flags.h"

enum {
    HOME_TIMEOUT_MS = 3000, /* nobody waits longer for a key to answer */
};

/* A question and its answer so far. */
struct completion {
    struct command_words words; /* those before the cursor */
    const struct option_def *tables[COMMAND_TABLES_MAX];
    struct strlist operands;
    const struct option_def *pending; /* the option whose value comes next, or NULL */
    bool only_operands;               /* "--" has been there */
    const char *prefix;               /* what of the word is written */
    const char *lead;                 /* stands before each candidate: "--store=" */
    bool files;                       /* names of files make sense */
};

static void offer(const struct completion *completion, const char *word, const char *meaning)
{
    if (!str_starts_with(word, completion->prefix))
        return;
    console_print("%s%s%s%s\n", completion->lead, word, str_empty(meaning) ? "" : "\t",
                  meaning ? meaning : "");
}

static const struct option_def *find_option(const struct completion *completion, struct span name,
                                            char letter)
{
    for (const struct option_def *const *table = completion->tables; *table; table++) {
        for (const struct option_def *def = *table; def->name; def++) {
            if (letter ? def->letter == letter : span_is(name, def->name))
                return def;
        }
    }
    return NULL;
}

/* The option of WORD that takes the word behind it as its value, or NULL. */
static const struct option_def *opened_by(const struct completion *completion, const char *word)
{
    const struct option_def *def = NULL;
    if (str_starts_with(word, "--")) {
        def = find_option(completion, span_of(word + 2), 0); /* "name=value" is none */
        return def && def->type != OPTION_BOOL ? def : NULL;
    }
    for (const char *letter = word + 1; *letter; letter++) {
        def = find_option(completion, (struct span){0}, *letter);
        if (!def || def->type != OPTION_BOOL)
            return def && !letter[1] ? def : NULL;
    }
    return NULL;
}

/* Sorts the words before the cursor into options and operands. */
static void read_words(struct completion *completion)
{
    for (size_t i = 0; i < completion->words.rest_len; i++) {
        const char *word = completion->words.rest[i];
        if (completion->pending)
            completion->pending = NULL;
        else if (completion->only_operands || word[0] != '-' || !word[1])
            strlist_add(&completion->operands, word);
        else if (str_equal(word, "--"))
            completion->only_operands = true;
        else
            completion->pending = opened_by(completion, word);
    }
}

/* The home as the options so far name it; NULL if it cannot be had. */
static struct home *open_home(const struct completion *completion, struct options **ret_options)
{
    const struct command_words *words = &completion->words;
    struct strlist operands = STRLIST_INIT;
    struct home *home = NULL;
    size_t count = words->rest_len - (completion->pending ? 1 : 0);
    *ret_options = NULL;
    if (options_parse(completion->tables, count, words->rest, ret_options, &operands, NULL) == 0) {
        const struct cli cli = {words->path[words->depth - 1], *ret_options, &operands};
        if (home_open_existing(&cli, &home, NULL) != 1)
            home = NULL;
    }
    strlist_finish(&operands);
    if (home) {
        home->deadline =
            deadline_in(clock_system(), HOME_TIMEOUT_MS * CLOCK_NS_PER_MS, home->cancel);
        home_start_timer(home);
    }
    return home;
}

static int collect_name(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    strlist_add(arg, object->meta.name);
    return 0;
}

static int collect_namespace(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    if (*object->meta.namespace)
        strlist_add(arg, object->meta.namespace);
    return 0;
}

static void offer_all(const struct completion *completion, struct strlist *names)
{
    strlist_sort(names, true);
    for (size_t i = 0; i < names->len; i++)
        offer(completion, names->items[i], NULL);
}

/* Several only where the command takes several. */
static void offer_objects(const struct completion *completion, const struct command *command)
{
    if (completion->operands.len != 0 && !str_ends_with(command->operands, "..."))
        return;
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(home_closep) struct home *home = open_home(completion, &options);
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    if (!home)
        return;
    const struct store_query query = {command->kind, home->namespace};
    store_list(home->store, &query, collect_name, &names, NULL);
    strlist_sort(&names, true);
    for (size_t i = 0; i < names.len; i++) {
        if (!strlist_contains(&completion->operands, names.items[i]))
            offer(completion, names.items[i], NULL);
    }
}

/* In a cluster those that there are, in the embedded home those in use. */
static void offer_namespaces(const struct completion *completion)
{
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(home_closep) struct home *home = open_home(completion, &options);
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct store_query query = {.kind = API_NAMESPACE};
    if (!home)
        return;
    store_list(home->store, &query, collect_name, &names, NULL);
    for (size_t kind = 0; !home->cluster && kind < API_RECONCILED_COUNT; kind++) {
        query.kind = (enum api_kind)kind;
        store_list(home->store, &query, collect_namespace, &names, NULL);
    }
    offer_all(completion, &names);
}

/* Contexts, clusters or users of the kubeconfig. */
static void offer_entries(const struct completion *completion, enum kube_config_entry what)
{
    const struct command_words *words = &completion->words;
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    size_t count = words->rest_len - (completion->pending ? 1 : 0);
    if (options_parse(completion->tables, count, words->rest, &options, &operands, NULL) != 0)
        return;
    const struct kube_options named = kube_flags_read(options);
    if (kube_config_list(&named, what, &names, NULL) == 0)
        offer_all(completion, &names);
}

/* The words of "rsa|ecdsa|ed25519"; those in capitals only stand for some. */
static void offer_choices(struct completion *completion, const char *choices)
{
    struct span rest = span_of(choices), choice;
    bool several = strchr(choices, '|') != NULL;
    while (span_next(&rest, '|', &choice)) {
        CLEANUP(mem_freep) char *word = span_dup(choice);
        if (str_equal(word, "FILE") || str_equal(word, "DIR"))
            completion->files = true;
        else if (several && strpbrk(word, "abcdefghijklmnopqrstuvwxyz") && !strchr(word, ':'))
            offer(completion, word, NULL);
    }
}

static void offer_values(struct completion *completion, const struct option_def *def)
{
    static const struct {
        const char *option;
        enum kube_config_entry what;
    } entries[] = {{"context", KUBE_CONFIG_CONTEXTS},
                   {"cluster", KUBE_CONFIG_CLUSTERS},
                   {"user", KUBE_CONFIG_USERS}};
    if (str_equal(def->name, "namespace")) {
        offer_namespaces(completion);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        if (str_equal(def->name, entries[i].option)) {
            offer_entries(completion, entries[i].what);
            return;
        }
    }
    if (def->type == OPTION_BOOL)
        offer_choices(completion, "true|false");
    else if (def->value)
        offer_choices(completion, def->value);
}

/* "--name=val": the value alone is under the cursor. */
static void offer_attached_value(struct completion *completion, const char *word)
{
    const char *equals = strchr(word, '=');
    const struct option_def *def =
        find_option(completion, (struct span){word + 2, (size_t)(equals - word) - 2}, 0);
    if (!def)
        return;
    CLEANUP(mem_freep) char *lead = mem_dup(word, (size_t)(equals - word) + 1);
    completion->prefix = equals + 1;
    completion->lead = lead;
    offer_values(completion, def);
    completion->lead = "";
}

static void offer_options(struct completion *completion)
{
    for (const struct option_def *const *table = completion->tables; *table; table++) {
        for (const struct option_def *def = *table; def->name; def++) {
            CLEANUP(mem_freep) char *word = str_printf("--%s", def->name);
            if (!def->hidden)
                offer(completion, word, def->help);
        }
    }
}

static void offer_commands(const struct completion *completion, const struct command *group)
{
    for (const struct command *child = group->children; child && child->name; child++) {
        if (!child->hidden)
            offer(completion, child->name, child->summary);
    }
}

/* `help` takes the words of a command. */
static void offer_help(const struct completion *completion)
{
    const struct command *group = &command_root;
    for (size_t i = 0; group && i < completion->operands.len; i++)
        group = command_child(group, completion->operands.items[i]);
    if (group)
        offer_commands(completion, group);
}

static void offer_operands(struct completion *completion, const struct command *command)
{
    if (command->children && completion->operands.len == 0)
        offer_commands(completion, command);
    else if (command->run == help_run)
        offer_help(completion);
    else if (command->takes_names)
        offer_objects(completion, command);
    else
        completion->files = command->operands && strstr(command->operands, "PATH");
}

int complete_print(size_t count, const char *const *words)
{
    struct completion completion = {.lead = "", .prefix = count != 0 ? words[count - 1] : ""};
    const char *word = completion.prefix;
    command_find(count != 0 ? count - 1 : 0, words, &completion.words);
    const struct command *command = completion.words.path[completion.words.depth - 1];
    command_tables(command, completion.tables);
    read_words(&completion);
    if (completion.pending)
        offer_values(&completion, completion.pending);
    else if (!completion.only_operands && str_starts_with(word, "--") && strchr(word, '='))
        offer_attached_value(&completion, word);
    else if (!completion.only_operands && word[0] == '-')
        offer_options(&completion);
    else
        offer_operands(&completion, command);
    console_print(":%d\n", completion.files ? 0 : 4);
    strlist_finish(&completion.operands);
    command_words_finish(&completion.words);
    return console_flush() == 0 ? 0 : 1;
}
