/* Elections on a real API server: killed, frozen and cut-off leaders, and other
 * people's Leases. */
#include "lab.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "kube/election.h"
#include "kube/lease.h"

enum {
    LEASE_MS = 3000,
    RENEW_MS = 2000,
    RETRY_MS = 400,
    SLACK_MS = 15000, /* of a busy machine; nothing waits for it that goes well */
    PATIENT = 5,      /* times as long, where a busy machine must not look like a fault */
    SAMPLE_MS = 5,
};

static int64_t boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / CLOCK_NS_PER_MS;
}

static void pause_ms(int ms)
{
    deadline_sleep_ms(NULL, ms, NULL);
}

static struct election *stand(struct kube_client *kube, const char *identity,
                              const char *const *names, size_t name_count, int times)
{
    const struct election_config config = {
        .client = kube,
        .namespace = "flux-system",
        .names = names,
        .name_count = name_count,
        .identity = identity,
        .lease_duration_ns = times * LEASE_MS * CLOCK_NS_PER_MS,
        .renew_deadline_ns = times * RENEW_MS * CLOCK_NS_PER_MS,
        .retry_period_ns = times * RETRY_MS * CLOCK_NS_PER_MS,
        .release = true,
    };
    struct election *election = NULL;
    struct err err;
    check_ok(identity, election_new(&config, &election, &err), &err);
    return election;
}

static bool wait_held(const struct election *election, bool want, int timeout_ms)
{
    int64_t until_ms = boot_ms() + timeout_ms;
    while (election_holds(election) != want && boot_ms() < until_ms)
        pause_ms(SAMPLE_MS);
    return election_holds(election) == want;
}

/* A candidate as a process of its own, which notes when it holds the Leases. */

static volatile sig_atomic_t asked_to_end;

static void ask_to_end(int signum)
{
    (void)signum;
    asked_to_end = 1;
}

/* Lines of "<boot time in ms> <identity>" for each moment at which it held them.
 * The time is from before the question: a process that is frozen in between
 * has not written anything late. */
static int be_candidate(const char *identity, const char *path, const char *const *names,
                        size_t name_count)
{
    int log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(NULL);
    CLEANUP(election_freep)
    struct election *election = stand(client->kube, identity, names, name_count, 1);
    signal(SIGTERM, ask_to_end);
    while (!asked_to_end) {
        int64_t now_ms = boot_ms();
        if (election_holds(election))
            dprintf(log, "%lld %s\n", (long long)now_ms, identity);
        pause_ms(SAMPLE_MS);
    }
    close(log);
    return 0;
}

struct race {
    char path[64];
    pid_t pids[2];
};

static const char *const racers[] = {"alice", "bob"};
static const char *const leases[] = {"one", "two"}; /* that they race for */

static pid_t start(const char *identity, const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *const argv[] = {(char[]){"candidate"}, strdup(identity), strdup(path), NULL};
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    return pid;
}

struct sample {
    long long at_ms;
    char who[16];
};

/* The samples in order of time. */
static size_t read_samples(const char *path, struct sample *ret, size_t max)
{
    FILE *file = fopen(path, "r");
    size_t count = 0;
    while (file && count < max &&
           fscanf(file, "%lld %15s", &ret[count].at_ms, ret[count].who) == 2) {
        struct sample sample = ret[count];
        size_t at = count++;
        for (; at > 0 && ret[at - 1].at_ms > sample.at_ms; at--)
            ret[at] = ret[at - 1];
        ret[at] = sample;
    }
    if (file)
        fclose(file);
    return count;
}

enum {
    SAMPLES_MAX = 20000,
};

/* Waits until WHO is the last one to hold the Leases, and recently; returns since when. */
static int64_t wait_leader(const char *path, const char *who, int timeout_ms)
{
    CLEANUP(mem_freep) struct sample *samples = mem_calloc(SAMPLES_MAX, sizeof(*samples));
    for (int64_t until_ms = boot_ms() + timeout_ms; boot_ms() < until_ms; pause_ms(50)) {
        size_t count = read_samples(path, samples, SAMPLES_MAX);
        if (count == 0 || !str_equal(samples[count - 1].who, who))
            continue;
        size_t at = count - 1;
        while (at > 0 && str_equal(samples[at - 1].who, who))
            at--;
        return samples[at].at_ms;
    }
    fail_msg("%s does not lead", who);
    return 0;
}

/* How often the leader changed from one sample to the next. */
static int count_changes(const char *path)
{
    CLEANUP(mem_freep) struct sample *samples = mem_calloc(SAMPLES_MAX, sizeof(*samples));
    size_t count = read_samples(path, samples, SAMPLES_MAX);
    int changes = 0;
    for (size_t i = 1; i < count; i++)
        changes += !str_equal(samples[i - 1].who, samples[i].who);
    return changes;
}

static int set_up_race(void **state)
{
    struct race *race = mem_zalloc(sizeof(*race));
    static int races;
    snprintf(race->path, sizeof(race->path), "%s/race-%d", getenv("KUBE_LAB"), ++races);
    for (int i = 0; i < 2; i++) {
        race->pids[i] = start(racers[i], race->path);
        if (i == 0)
            wait_leader(race->path, racers[0], LEASE_MS + SLACK_MS + 5000);
    }
    pause_ms(2 * RETRY_MS); /* the other one has seen whose it is */
    *state = race;
    return 0;
}

static int tear_down_race(void **state)
{
    struct race *race = *state;
    for (int i = 0; i < 2; i++) {
        if (race->pids[i] == 0)
            continue;
        kill(race->pids[i], SIGCONT);
        kill(race->pids[i], SIGTERM);
        waitpid(race->pids[i], NULL, 0);
    }
    free(race);
    return 0;
}

static void takes_over_from_the_killed(void **state)
{
    struct race *race = *state;
    int64_t killed_ms = boot_ms();
    kill(race->pids[0], SIGKILL);
    waitpid(race->pids[0], NULL, 0);
    race->pids[0] = 0;
    int64_t took_ms =
        wait_leader(race->path, "bob", LEASE_MS + 2 * RETRY_MS + SLACK_MS) - killed_ms;
    print_message("# took over after %d ms\n", (int)took_ms);
    check_int("not before the lease could have run out", took_ms >= LEASE_MS - RENEW_MS, true);
    check_int("changes", count_changes(race->path), 1);
}

static void freezes_without_harm(void **state)
{
    struct race *race = *state;
    for (int i = 0; i < 2; i++) {
        kill(race->pids[i], SIGSTOP);
        wait_leader(race->path, racers[!i], LEASE_MS + 2 * RETRY_MS + SLACK_MS);
        kill(race->pids[i], SIGCONT);
        pause_ms(2 * RETRY_MS);
        check_int("changes", count_changes(race->path), i + 1);
    }
}

/* Other people's Leases. */

static int send(struct kube_client *kube, const char *method, const char *name,
                const struct json *body, struct json **ret)
{
    const struct kube_request request = {
        .method = method,
        .resource = {"coordination.k8s.io", "v1", "leases", true},
        .namespace = "flux-system",
        .name = str_equal(method, "POST") ? NULL : name,
        .body = body,
        .content_type = str_equal(method, "PATCH") ? KUBE_MERGE_PATCH : NULL,
    };
    return kube_perform(kube, &request, NULL, ret, NULL, NULL);
}

static struct json *read_lease(struct kube_client *kube, const char *name)
{
    struct json *lease = NULL;
    send(kube, NULL, name, NULL, &lease);
    return lease;
}

/* What client-go writes for HOLDER at WALL_NS. */
static void write_foreign(struct kube_client *kube, const char *name, const char *holder,
                          int64_t wall_ns)
{
    char seconds[CLOCK_TEXT_SIZE];
    CLEANUP(json_freep) struct json *lease = json_new_object();
    struct json *spec = json_ensure_object(lease, "spec");
    clock_format_utc(wall_ns, seconds);
    CLEANUP(mem_freep) char *time = str_printf("%.19s.000000Z", seconds);
    json_put_text(json_ensure_object(lease, "metadata"), "name", name);
    json_put_text(spec, "holderIdentity", holder);
    json_put_int(spec, "leaseDurationSeconds", LEASE_MS / 1000);
    json_put_int(spec, "leaseTransitions", 7);
    json_put_text(spec, "acquireTime", time);
    json_put_text(spec, "renewTime", time);
    if (send(kube, "PATCH", name, lease, NULL) != 1)
        check_int(name, send(kube, "POST", name, lease, NULL), 1);
}

static const char *spec_text(const struct json *lease, const char *key)
{
    return json_member_text(json_member(lease, "spec"), key);
}

static void releases_at_the_end(void **state)
{
    struct race *race = *state;
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(NULL);
    kill(race->pids[0], SIGTERM);
    waitpid(race->pids[0], NULL, 0);
    race->pids[0] = 0;
    for (size_t i = 0; i < ARRAY_LEN(leases); i++) {
        CLEANUP(json_freep) struct json *lease = read_lease(client->kube, leases[i]);
        const char *holder = spec_text(lease, "holderIdentity");
        check_int(leases[i], !holder || str_equal(holder, "bob"), true);
    }
    wait_leader(race->path, "bob", LEASE_MS + SLACK_MS);
    check_int("changes", count_changes(race->path), 1);
}

/* A leader whose clock is a day slow, or fast, is a leader all the same; and
 * when it renews no more, its clock does not help it. */
static void minds_no_clock_of_others(void **state)
{
    (void)state;
    static const char *const names[] = {"skewed"};
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(NULL);
    int64_t day_ns = 86400 * CLOCK_NS_PER_S, now_ns = clock_wall_ns(clock_system());
    write_foreign(client->kube, "skewed", "elsewhere", now_ns - day_ns);
    CLEANUP(election_freep) struct election *election = stand(client->kube, "me", names, 1, 1);
    for (int i = 0; i < 16; i++) {
        check_int("slow", wait_held(election, true, LEASE_MS / 8), false);
        write_foreign(client->kube, "skewed", "elsewhere", now_ns - day_ns + i * CLOCK_NS_PER_S);
    }
    int64_t renewed_ms = boot_ms();
    write_foreign(client->kube, "skewed", "elsewhere", now_ns + day_ns);
    check_int("fast", wait_held(election, true, LEASE_MS + 2 * RETRY_MS + SLACK_MS), true);
    check_int("not too early", boot_ms() - renewed_ms >= LEASE_MS, true);

    CLEANUP(json_freep) struct json *lease = read_lease(client->kube, "skewed");
    int64_t number = 0;
    check_text("holder", spec_text(lease, "holderIdentity"), "me");
    json_int(json_member(json_member(lease, "spec"), "leaseTransitions"), &number);
    check_int("transitions", number, 8);
    json_int(json_member(json_member(lease, "spec"), "leaseDurationSeconds"), &number);
    check_int("duration", number, LEASE_MS / 1000);
    check_int("acquired", strlen(spec_text(lease, "acquireTime")), 27); /* microseconds */

    election_free(MEM_STEAL(election));
    CLEANUP(json_freep) struct json *released = read_lease(client->kube, "skewed");
    check_text("released", spec_text(released, "holderIdentity"), NULL);
}

static void takes_all_or_none(void **state)
{
    (void)state;
    static const char *const names[] = {"first", "second"};
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(NULL);
    int64_t now_ns = clock_wall_ns(clock_system());
    write_foreign(client->kube, "second", "elsewhere", now_ns);
    CLEANUP(election_freep) struct election *election = stand(client->kube, "me", names, 2, 1);
    for (int i = 1; i <= 16; i++) {
        check_int("one is taken", wait_held(election, true, LEASE_MS / 8), false);
        write_foreign(client->kube, "second", "elsewhere", now_ns + i * CLOCK_NS_PER_S);
    }
    CLEANUP(json_freep) struct json *none = read_lease(client->kube, "first");
    check_int("the other is left alone", none == NULL, true);
    check_int("both", wait_held(election, true, LEASE_MS + 2 * RETRY_MS + SLACK_MS), true);
    CLEANUP(json_freep) struct json *first = read_lease(client->kube, "first");
    check_text("both", spec_text(first, "holderIdentity"), "me");

    /* Somebody takes one by force: none is held. */
    write_foreign(client->kube, "second", "elsewhere", now_ns);
    check_int("lost", wait_held(election, false, RETRY_MS + SLACK_MS), true);
}

static void knows_when_it_is_cut_off(void **state)
{
    (void)state;
    static const char *const names[] = {"cut"};
    CLEANUP(lab_proxy_freep) struct lab_proxy *proxy = lab_proxy_new();
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(lab_proxy_url(proxy));
    CLEANUP(election_freep) struct election *election = stand(client->kube, "me", names, 1, 1);
    check_int("held", wait_held(election, true, LEASE_MS + SLACK_MS), true);
    lab_proxy_block(proxy, true);
    check_int("lost", wait_held(election, false, RENEW_MS + 100), true);
    lab_proxy_block(proxy, false);
    check_int("held again", wait_held(election, true, LEASE_MS + SLACK_MS), true);
}

/* One request that fails is not a loss: the next one renews. */
static void outlives_a_cut(void **state)
{
    (void)state;
    static const char *const names[] = {"outlived"};
    CLEANUP(lab_proxy_freep) struct lab_proxy *proxy = lab_proxy_new();
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(lab_proxy_url(proxy));
    CLEANUP(election_freep)
    struct election *election = stand(client->kube, "me", names, 1, PATIENT);
    check_int("held", wait_held(election, true, LEASE_MS + SLACK_MS), true);
    lab_proxy_block(proxy, true);
    pause_ms(PATIENT * RETRY_MS + 100);
    lab_proxy_block(proxy, false);
    check_int("still held", wait_held(election, false, PATIENT * RENEW_MS), false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_over_from_the_killed, set_up_race, tear_down_race),
        cmocka_unit_test_setup_teardown(freezes_without_harm, set_up_race, tear_down_race),
        cmocka_unit_test_setup_teardown(releases_at_the_end, set_up_race, tear_down_race),
        cmocka_unit_test(minds_no_clock_of_others),
        cmocka_unit_test(takes_all_or_none),
        cmocka_unit_test(knows_when_it_is_cut_off),
        cmocka_unit_test(outlives_a_cut),
    };
    if (argc == 3)
        return be_candidate(argv[1], argv[2], leases, 2);
    return test_main("kube_election", tests);
}
