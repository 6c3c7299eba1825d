/*
 * The registry client as a program, for tests against servers and for bench/:
 *
 *     registry_driver [OPTION…] list IMAGE      prints the tags, one a line
 *     registry_driver [OPTION…] digest IMAGE:TAG
 *
 * An error goes to stderr as "class: text", with exit code 1. Options:
 *
 *     --insecure           as in an ImageRepository
 *     --secret FILE        a Docker config, taken for the Secret "test/creds"
 *     --home FILE          the user's Docker config, with its helpers
 *     --ca FILE --cert FILE --key FILE
 *     --proxy URL --proxy-user NAME --proxy-password WORD
 *     --timeout DURATION   default 10s
 *     --retry-ms N         waits before the second and third try; default 10
 *     --tags-max N --pages-max N --listing-max N
 *     --count              print only what was found: tags, skipped, pages
 *     --threads N          do it all N times at once, print the first one's
 *     --repeat N           do it all N times one after the other, likewise
 *     --linger MS          stay that long before the end, idle
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/file.h"
#include "base/imageref.h"
#include "base/str.h"
#include "registry/docker_config.h"
#include "registry/docker_home.h"
#include "registry/registry_client.h"

enum {
    FILE_MAX = 1024 * 1024,
    THREADS_MAX = 64,
};

struct setup {
    struct registry_options options;
    struct registry_limits limits;
    char *ca, *cert, *key;
    struct http_tls tls;
    struct http_proxy proxy;
    struct docker_config config;
    int64_t timeout_ns;
    bool count_only;
    int threads, repeat, linger_ms;
};

struct job {
    const struct setup *setup;
    struct registry_pool *pool;
    const char *verb, *image;
    bool quiet;
    int answer;
    struct err err;
};

static void die(const struct err *err)
{
    fprintf(stderr, "%s: %s\n", err_class_name(err->class), err->text);
    exit(1);
}

static char *read_file(const char *path)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(FILE_MAX);
    struct err err;
    if (file_read(path, &text, &err) != 0)
        die(&err);
    return buf_take(&text);
}

static int print_tag(void *arg, struct span tag, struct err *err)
{
    (void)err;
    if (!*(const bool *)arg)
        printf("%.*s\n", (int)tag.len, tag.data);
    return 0;
}

static int list(const struct job *job, struct registry_client *client, struct err *err)
{
    struct registry_listing listing = {0};
    bool silent = job->quiet || job->setup->count_only;
    if (registry_client_list_tags(client, print_tag, &silent, &listing, err) != 0)
        return -1;
    if (!job->quiet && job->setup->count_only)
        printf("%zu tags, %zu skipped%s%s, %zu pages\n", listing.tags, listing.skipped,
               listing.skipped ? " like " : "", listing.first_skipped, listing.pages);
    return 0;
}

static int digest(const struct job *job, struct registry_client *client, const char *tag,
                  struct err *err)
{
    char text[REGISTRY_DIGEST_SIZE];
    if (registry_client_get_digest(client, tag, text, err) != 0)
        return -1;
    if (!job->quiet)
        puts(text);
    return 0;
}

static int work(struct job *job, struct err *err)
{
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    struct deadline deadline = deadline_in(clock_system(), job->setup->timeout_ns, NULL);
    struct registry_options options = job->setup->options;
    if (imageref_parse(job->image, &ref, err) != 0)
        return -1;
    options.registry = ref.registry;
    options.repository = ref.repository;
    options.deadline = &deadline;
    CLEANUP(registry_client_freep)
    struct registry_client *client = registry_client_new(job->pool, &options);
    return str_equal(job->verb, "list") ? list(job, client, err)
                                        : digest(job, client, imageref_identifier(&ref), err);
}

static void *run_job(void *arg)
{
    struct job *job = arg;
    for (int i = 0; i < job->setup->repeat && job->answer == 0; i++) {
        job->answer = work(job, &job->err);
        job->quiet = true;
    }
    return NULL;
}

static size_t number(const char *text)
{
    return strtoul(text, NULL, 10);
}

static void add_secret(struct setup *setup, const char *path)
{
    CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
    CLEANUP(mem_freep) char *text = read_file(path);
    struct err err;
    strmap_set(&data, ".dockerconfigjson", text);
    if (docker_config_add_secret(&setup->config, "kubernetes.io/dockerconfigjson", &data,
                                 "test/creds", &err) != 0)
        die(&err);
    setup->options.credentials = (struct credential_provider){docker_config_find, &setup->config};
}

static void set_option(struct setup *setup, const char *name, char *value)
{
    struct err err;
    if (str_equal(name, "insecure"))
        setup->options.insecure = true;
    else if (str_equal(name, "secret"))
        add_secret(setup, value);
    else if (str_equal(name, "home"))
        setup->options.credentials = (struct credential_provider){docker_home_find, value};
    else if (str_equal(name, "ca"))
        setup->ca = read_file(value);
    else if (str_equal(name, "cert"))
        setup->cert = read_file(value);
    else if (str_equal(name, "key"))
        setup->key = read_file(value);
    else if (str_equal(name, "proxy"))
        setup->proxy.url = value;
    else if (str_equal(name, "proxy-user"))
        setup->proxy.username = value;
    else if (str_equal(name, "proxy-password"))
        setup->proxy.password = value;
    else if (str_equal(name, "timeout")) {
        if (duration_parse(span_of(value), &setup->timeout_ns, &err) != 0)
            die(&err);
    } else if (str_equal(name, "retry-ms"))
        setup->limits.retry_wait_ms[0] = setup->limits.retry_wait_ms[1] = atoi(value);
    else if (str_equal(name, "tags-max"))
        setup->limits.tags_max = number(value);
    else if (str_equal(name, "pages-max"))
        setup->limits.pages_max = number(value);
    else if (str_equal(name, "listing-max"))
        setup->limits.listing_max = number(value);
    else if (str_equal(name, "count"))
        setup->count_only = true;
    else if (str_equal(name, "threads"))
        setup->threads = atoi(value) < THREADS_MAX ? atoi(value) : THREADS_MAX;
    else if (str_equal(name, "repeat"))
        setup->repeat = atoi(value);
    else if (str_equal(name, "linger"))
        setup->linger_ms = atoi(value);
}

static void setup_finish(struct setup *setup)
{
    docker_config_finish(&setup->config);
    free(setup->ca);
    free(setup->cert);
    free(setup->key);
}

static void read_options(struct setup *setup, int argc, char **argv)
{
    static const struct option options[] = {
        {"insecure", no_argument, NULL, 0},
        {"secret", required_argument, NULL, 0},
        {"home", required_argument, NULL, 0},
        {"ca", required_argument, NULL, 0},
        {"cert", required_argument, NULL, 0},
        {"key", required_argument, NULL, 0},
        {"proxy", required_argument, NULL, 0},
        {"proxy-user", required_argument, NULL, 0},
        {"proxy-password", required_argument, NULL, 0},
        {"timeout", required_argument, NULL, 0},
        {"retry-ms", required_argument, NULL, 0},
        {"tags-max", required_argument, NULL, 0},
        {"pages-max", required_argument, NULL, 0},
        {"listing-max", required_argument, NULL, 0},
        {"count", no_argument, NULL, 0},
        {"threads", required_argument, NULL, 0},
        {"repeat", required_argument, NULL, 0},
        {"linger", required_argument, NULL, 0},
        {NULL, 0, NULL, 0},
    };
    int index = 0;
    for (int answer; (answer = getopt_long(argc, argv, "", options, &index)) != -1;) {
        if (answer != 0)
            exit(2);
        set_option(setup, options[index].name, optarg);
    }
    setup->tls = (struct http_tls){.ca = setup->ca, .cert = setup->cert, .key = setup->key};
    if (setup->ca || setup->cert)
        setup->options.tls = &setup->tls;
    if (setup->proxy.url)
        setup->options.proxy = &setup->proxy;
}

int main(int argc, char **argv)
{
    struct setup setup = {.limits = REGISTRY_LIMITS_DEFAULT,
                          .config = DOCKER_CONFIG_INIT,
                          .timeout_ns = 10 * CLOCK_NS_PER_S,
                          .threads = 1,
                          .repeat = 1};
    setup.limits.retry_wait_ms[0] = setup.limits.retry_wait_ms[1] = 10;
    signal(SIGPIPE, SIG_IGN);
    read_options(&setup, argc, argv);
    if (optind + 2 != argc) {
        fprintf(stderr, "usage: registry_driver [OPTION…] list|digest IMAGE\n");
        return 2;
    }
    CLEANUP(http_client_freep) struct http_client *http = http_client_new();
    CLEANUP(registry_pool_freep)
    struct registry_pool *pool = registry_pool_new(http, clock_system(), &setup.limits);
    struct job jobs[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    for (int i = 0; i < setup.threads; i++) {
        jobs[i] = (struct job){.setup = &setup,
                               .pool = pool,
                               .verb = argv[optind],
                               .image = argv[optind + 1],
                               .quiet = i != 0};
        pthread_create(&threads[i], NULL, run_job, &jobs[i]);
    }
    const struct job *failed = NULL;
    for (int i = 0; i < setup.threads; i++) {
        pthread_join(threads[i], NULL);
        if (jobs[i].answer != 0 && !failed)
            failed = &jobs[i];
    }
    if (setup.linger_ms != 0)
        deadline_sleep_ms(NULL, setup.linger_ms, NULL);
    fflush(stdout);
    if (failed)
        fprintf(stderr, "%s: %s\n", err_class_name(failed->err.class), failed->err.text);
    setup_finish(&setup);
    return failed ? 1 : 0;
}
