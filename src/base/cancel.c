#include "base/cancel.h"

#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
    atomic_bool requested;
    int fd;
};

struct cancel *cancel_new(void)
{
    struct cancel *cancel = mem_zalloc(sizeof(*cancel));
    cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (cancel->fd < 0)
        abort();
    return cancel;
}

void cancel_free(struct cancel *cancel)
{
    if (!cancel)
        return;
    close(cancel->fd);
    free(cancel);
}

void cancel_trigger(struct cancel *cancel)
{
    static const uint64_t one = 1;
    atomic_store(&cancel->requested, true);
    ssize_t ignored = write(cancel->fd, &one, sizeof(one));
    (void)ignored;
}

bool cancel_requested(const struct cancel *cancel)
{
    return cancel && atomic_load(&cancel->requested);
}

int cancel_fd(const struct cancel *cancel)
{
    return cancel ? cancel->fd : -1;
}

static int64_t later(int64_t now_ns, int64_t timeout_ns)
{
    int64_t at_ns;
    if (timeout_ns <= 0 || __builtin_add_overflow(now_ns, timeout_ns, &at_ns))
        return INT64_MAX;
    return at_ns;
}

struct deadline deadline_in(const struct clock *clock, int64_t timeout_ns,
                            const struct cancel *cancel)
{
    return (struct deadline){clock, later(clock_monotonic_ns(clock), timeout_ns), cancel};
}

struct deadline deadline_within(const struct deadline *outer, int64_t timeout_ns)
{
    const struct clock *clock = outer ? outer->clock : clock_system();
    struct deadline inner = deadline_in(clock, timeout_ns, outer ? outer->cancel : NULL);
    if (outer && outer->at_ns < inner.at_ns)
        inner.at_ns = outer->at_ns;
    return inner;
}

int deadline_left_ms(const struct deadline *deadline)
{
    if (!deadline || deadline->at_ns == INT64_MAX)
        return INT_MAX;
    int64_t left_ns = deadline->at_ns - clock_monotonic_ns(deadline->clock);
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns - 1) / CLOCK_NS_PER_MS + 1;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

int deadline_check(const struct deadline *deadline, struct err *err)
{
    if (!deadline)
        return 0;
    if (deadline_left_ms(deadline) == 0)
        return err_set(err, ERR_CANCELED, "context deadline exceeded");
    if (cancel_requested(deadline->cancel))
        return err_set(err, ERR_CANCELED, "canceled");
    return 0;
}

int deadline_sleep_ms(const struct deadline *deadline, int timeout_ms, struct err *err)
{
    struct pollfd stop = {.fd = deadline ? cancel_fd(deadline->cancel) : -1, .events = POLLIN};
    int left_ms = deadline_left_ms(deadline);
    poll(&stop, 1, timeout_ms < left_ms ? timeout_ms : left_ms);
    return deadline_check(deadline, err);
}
