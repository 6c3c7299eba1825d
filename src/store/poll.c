#include "store/poll.h"

#include <pthread.h>

#include "base/cancel.h"
#include "base/thread.h"

struct poll {
    struct db *db;
    struct watch_hub *hub;
    struct cancel *ending;
    pthread_t thread;
    int64_t version; /* the thread's own */
};

static void *run(void *arg)
{
    struct poll *poll = arg;
    const struct deadline until = deadline_in(clock_system(), 0, poll->ending);
    while (deadline_sleep_ms(&until, POLL_INTERVAL_MS, NULL) == 0) {
        int64_t now = 0;
        /* A database that cannot be read makes the watches look, too: they
         * know whom to tell. */
        if (db_data_version(poll->db, &now, NULL) == 0 && now == poll->version)
            continue;
        poll->version = now;
        watch_hub_signal(poll->hub);
    }
    return NULL;
}

int poll_new(struct db *db, struct watch_hub *hub, struct poll **ret, struct err *err)
{
    int64_t version = 0;
    if (db_data_version(db, &version, err) != 0)
        return -1;
    struct poll *poll = mem_zalloc(sizeof(*poll));
    poll->db = db;
    poll->hub = hub;
    poll->version = version;
    poll->ending = cancel_new();
    int errnum = thread_start(&poll->thread, NULL, run, poll);
    if (errnum == 0) {
        *ret = poll;
        return 0;
    }
    cancel_free(poll->ending);
    free(poll);
    return err_set_errno(err, errnum, "cannot begin to watch database '%s'", db_path(db));
}

void poll_free(struct poll *poll)
{
    if (!poll)
        return;
    cancel_trigger(poll->ending);
    pthread_join(poll->thread, NULL);
    cancel_free(poll->ending);
    free(poll);
}
