#include "kube/election.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "adapt/crypto.h"
#include "base/cancel.h"
#include "base/str.h"
#include "base/strlist.h"
#include "base/thread.h"
#include "kube/lease.h"

#define NOT_HELD INT64_MIN

static const char *const lease_group = "coordination.k8s.io";

struct member {
    struct lease lease;
    int64_t renewed_ns; /* when the last renewal that succeeded was sent; or NOT_HELD */
};

struct election {
    struct election_config config; /* its strings are owned by the members below */
    char *namespace;
    char *identity;
    struct strlist names;
    struct clock boot_clock;
    struct cancel *cancel;
    pthread_t thread;

    _Atomic int64_t holds_until_ns; /* by the election's clock; NOT_HELD */

    /* The thread's own. */
    struct member members[ELECTION_LEASES_MAX];
    bool leading;
    bool failing;
};

enum claim {
    CLAIM_FAILED = -1,
    CLAIM_REFUSED, /* somebody else was first */
    CLAIM_DONE,
};

static int64_t boot_ns(void *arg)
{
    (void)arg;
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

static int64_t now_ns(const struct election *election)
{
    return clock_monotonic_ns(election->config.clock);
}

bool election_holds(const struct election *election)
{
    return now_ns(election) < atomic_load(&election->holds_until_ns);
}

/* Requests. */

/* A request may take half of the renew deadline, so that there is time for
 * another one, and no longer than a leader leads. */
static struct deadline request_deadline(const struct election *election)
{
    struct deadline deadline = deadline_in(
        election->config.clock, election->config.renew_deadline_ns / 2, election->cancel);
    int64_t until_ns = atomic_load(&election->holds_until_ns);
    if (election->leading && until_ns < deadline.at_ns)
        deadline.at_ns = until_ns;
    return deadline;
}

static int perform(const struct election *election, const struct member *member, const char *method,
                   const struct json *body, const struct deadline *deadline, struct json **ret,
                   struct err *err)
{
    bool create = str_equal(method, "POST");
    const struct kube_request request = {
        .method = method,
        .resource = {lease_group, "v1", "leases", true},
        .namespace = election->namespace,
        .name = create ? NULL : member->lease.name,
        .body = body,
    };
    int answer = kube_perform(election->config.client, &request, deadline, ret, NULL, err);
    return answer < 0 ? err_wrap(err, "lease %s/%s", election->namespace, member->lease.name)
                      : answer;
}

static void observe_take(struct election *election, struct member *member, struct json *object)
{
    const struct election_config *config = &election->config;
    if (lease_observe_take(&member->lease, object, now_ns(election)) && config->on_new_leader)
        config->on_new_leader(config->arg, member->lease.name, lease_holder(&member->lease));
}

/* Reads what the server has. */
static int refresh(struct election *election, struct member *member, struct err *err)
{
    struct deadline deadline = request_deadline(election);
    struct json *object = NULL;
    if (perform(election, member, "GET", NULL, &deadline, &object, err) < 0)
        return -1;
    observe_take(election, member, object);
    return 0;
}

/* Takes or renews the Lease as it was last seen. */
static enum claim claim(struct election *election, struct member *member, struct err *err)
{
    CLEANUP(json_freep)
    struct json *body = lease_claim(&member->lease, clock_wall_ns(election->config.clock));
    struct deadline deadline = request_deadline(election);
    struct json *object = NULL;
    struct err why;
    int64_t sent_ns = now_ns(election);
    int answer = perform(election, member, member->lease.object ? "PUT" : "POST", body, &deadline,
                         &object, &why);
    if (answer == 0 || (answer < 0 && why.class == ERR_CONFLICT))
        return CLAIM_REFUSED;
    if (answer < 0) {
        *err = why;
        return CLAIM_FAILED;
    }
    member->renewed_ns = sent_ns;
    observe_take(election, member, object);
    return CLAIM_DONE;
}

/* Renews it, also if somebody else wrote something there, or if the answer to
 * our last renewal was lost. */
static enum claim renew(struct election *election, struct member *member, struct err *err)
{
    enum claim outcome = claim(election, member, err);
    if (outcome != CLAIM_REFUSED)
        return outcome;
    if (refresh(election, member, err) != 0)
        return CLAIM_FAILED;
    const char *holder = lease_holder(&member->lease);
    bool free_or_ours = !*holder || str_equal(holder, election->identity);
    return free_or_ours ? claim(election, member, err) : CLAIM_REFUSED;
}

/* Gives it back as it was last seen: 1, 0 if it has changed meanwhile. */
static int try_give_back(struct election *election, struct member *member,
                         const struct deadline *deadline)
{
    CLEANUP(json_freep)
    struct json *body = lease_give_back(&member->lease, clock_wall_ns(election->config.clock));
    struct json *object = NULL;
    struct err err;
    int answer = perform(election, member, "PUT", body, deadline, &object, &err);
    if (answer == 1)
        observe_take(election, member, object);
    return answer < 0 && err.class == ERR_CONFLICT ? 0 : 1;
}

/* Once more if it is ours in a form that we have not seen: the answer to our
 * last renewal may have been cut off. What fails is left to run out. */
static void give_back(struct election *election, struct member *member)
{
    struct deadline deadline =
        deadline_in(election->config.clock, ELECTION_RELEASE_TIMEOUT_MS * CLOCK_NS_PER_MS, NULL);
    struct json *object = NULL;
    member->renewed_ns = NOT_HELD;
    if (try_give_back(election, member, &deadline) == 1 ||
        perform(election, member, "GET", NULL, &deadline, &object, NULL) != 1)
        return;
    observe_take(election, member, object);
    if (str_equal(lease_holder(&member->lease), election->identity))
        try_give_back(election, member, &deadline);
}

/* The election. */

static void tell_error(struct election *election, const struct err *err)
{
    if (!election->failing && election->config.on_error && !cancel_requested(election->cancel))
        election->config.on_error(election->config.arg, err);
    election->failing = true;
}

/* Until when all Leases are surely ours: others count from a moment after we
 * sent the renewal, and for longer than the renew deadline. */
static int64_t held_until_ns(const struct election *election)
{
    int64_t oldest_ns = INT64_MAX;
    for (size_t i = 0; i < election->names.len; i++) {
        int64_t renewed_ns = election->members[i].renewed_ns;
        oldest_ns = renewed_ns < oldest_ns ? renewed_ns : oldest_ns;
    }
    return oldest_ns == NOT_HELD ? NOT_HELD : oldest_ns + election->config.renew_deadline_ns;
}

static void lose(struct election *election)
{
    atomic_store(&election->holds_until_ns, NOT_HELD);
    election->leading = false;
    for (size_t i = 0; i < election->names.len; i++)
        election->members[i].renewed_ns = NOT_HELD;
    if (election->config.on_lost)
        election->config.on_lost(election->config.arg);
}

static bool all_free(struct election *election, struct err *err)
{
    for (size_t i = 0; i < election->names.len; i++) {
        if (refresh(election, &election->members[i], err) != 0) {
            tell_error(election, err);
            return false;
        }
    }
    election->failing = false;
    for (size_t i = 0; i < election->names.len; i++) {
        if (!lease_is_free(&election->members[i].lease, now_ns(election)))
            return false;
    }
    return true;
}

/* One attempt of a candidate to take all Leases. */
static void campaign(struct election *election)
{
    struct err err;
    enum claim outcome = CLAIM_DONE;
    if (!all_free(election, &err))
        return;
    for (size_t i = 0; outcome == CLAIM_DONE && i < election->names.len; i++)
        outcome = claim(election, &election->members[i], &err);
    if (outcome == CLAIM_FAILED)
        tell_error(election, &err);
    if (outcome == CLAIM_DONE) {
        election->leading = true;
        atomic_store(&election->holds_until_ns, held_until_ns(election));
        if (election->config.on_elected)
            election->config.on_elected(election->config.arg);
        return;
    }
    for (size_t i = 0; i < election->names.len; i++) {
        if (election->members[i].renewed_ns != NOT_HELD)
            give_back(election, &election->members[i]);
    }
}

/* One round of renewals of the leader. */
static void defend(struct election *election)
{
    struct err err;
    bool failed = false;
    for (size_t i = 0; i < election->names.len; i++) {
        enum claim outcome = renew(election, &election->members[i], &err);
        if (outcome == CLAIM_REFUSED) {
            lose(election);
            return;
        }
        failed |= outcome == CLAIM_FAILED;
    }
    if (failed)
        tell_error(election, &err);
    else
        election->failing = false;
    atomic_store(&election->holds_until_ns, held_until_ns(election));
}

/* How long to wait for the next round. Candidates do not come all at once. */
static int64_t pause_ns(const struct election *election)
{
    int64_t period_ns = election->config.retry_period_ns;
    if (election->leading) {
        int64_t left_ns = atomic_load(&election->holds_until_ns) - now_ns(election);
        return left_ns < period_ns ? left_ns : period_ns;
    }
    uint32_t random;
    crypto_random(&random, sizeof(random));
    return period_ns + period_ns / 5 * (random % 100) / 100;
}

static void *run(void *arg)
{
    struct election *election = arg;
    struct deadline until_canceled = deadline_in(election->config.clock, 0, election->cancel);
    while (!cancel_requested(election->cancel)) {
        if (election->leading)
            defend(election);
        else
            campaign(election);
        if (election->leading && !election_holds(election))
            lose(election);
        int64_t ns = pause_ns(election);
        if (ns > 0)
            deadline_sleep_ms(&until_canceled, (int)(ns / CLOCK_NS_PER_MS) + 1, NULL);
    }
    return NULL;
}

static int check_config(const struct election_config *config, struct err *err)
{
    if (config->name_count < 1 || config->name_count > ELECTION_LEASES_MAX)
        return err_set(err, ERR_INVALID, "an election needs one to %d leases", ELECTION_LEASES_MAX);
    if (str_empty(config->identity))
        return err_set(err, ERR_INVALID, "an election needs an identity");
    if (config->lease_duration_ns <= config->renew_deadline_ns)
        return err_set(err, ERR_INVALID, "leaseDuration must be greater than renewDeadline");
    if (config->renew_deadline_ns <= config->retry_period_ns || config->retry_period_ns <= 0)
        return err_set(err, ERR_INVALID, "renewDeadline must be greater than retryPeriod");
    return 0;
}

static void release(struct election *election)
{
    for (size_t i = 0; i < election->names.len; i++)
        lease_finish(&election->members[i].lease);
    strlist_finish(&election->names);
    cancel_free(election->cancel);
    free(election->namespace);
    free(election->identity);
    free(election);
}

int election_new(const struct election_config *config, struct election **ret, struct err *err)
{
    if (check_config(config, err) != 0)
        return -1;
    struct election *election = mem_zalloc(sizeof(*election));
    election->boot_clock = *clock_system();
    election->boot_clock.monotonic_ns = boot_ns;
    election->config = *config;
    if (!config->clock)
        election->config.clock = &election->boot_clock;
    election->namespace = str_dup(config->namespace);
    election->identity = str_dup(config->identity);
    election->cancel = cancel_new();
    atomic_store(&election->holds_until_ns, NOT_HELD);
    for (size_t i = 0; i < config->name_count; i++) {
        strlist_add(&election->names, config->names[i]);
        election->members[i] = (struct member){
            .lease = {.namespace = election->namespace,
                      .name = election->names.items[i],
                      .identity = election->identity,
                      .duration_ns = config->lease_duration_ns},
            .renewed_ns = NOT_HELD,
        };
    }
    *ret = election; /* before a call can reach its owner */
    int errnum = thread_start(&election->thread, NULL, run, election);
    if (errnum == 0)
        return 0;
    *ret = NULL;
    release(election);
    return err_set_errno(err, errnum, "cannot begin an election");
}

void election_free(struct election *election)
{
    if (!election)
        return;
    cancel_trigger(election->cancel);
    pthread_join(election->thread, NULL);
    bool held = election->leading && election_holds(election);
    atomic_store(&election->holds_until_ns, NOT_HELD);
    for (size_t i = 0; held && election->config.release && i < election->names.len; i++)
        give_back(election, &election->members[i]);
    release(election);
}
