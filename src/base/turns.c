#include "base/turns.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    POLL_MS = 1000, /* a test's clock may jump while the wait is real */
};

void turns_init(struct turns *turns, int count)
{
    turns->fd = eventfd((unsigned)count, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (turns->fd < 0)
        abort();
}

void turns_finish(struct turns *turns)
{
    if (turns->fd >= 0)
        close(turns->fd);
    turns->fd = -1;
}

int turns_take(const struct turns *turns, const struct deadline *deadline, struct err *err)
{
    struct pollfd on[] = {
        {.fd = turns->fd, .events = POLLIN},
        {.fd = deadline ? cancel_fd(deadline->cancel) : -1, .events = POLLIN},
    };
    for (uint64_t turn; read(turns->fd, &turn, sizeof(turn)) != sizeof(turn);) {
        if (deadline_check(deadline, err) != 0)
            return -1;
        int left_ms = deadline_left_ms(deadline);
        poll(on, ARRAY_LEN(on), left_ms < POLL_MS ? left_ms : POLL_MS);
    }
    return 0;
}

void turns_give(const struct turns *turns)
{
    static const uint64_t one = 1;
    if (write(turns->fd, &one, sizeof(one)) != sizeof(one))
        abort(); /* more are given back than were taken */
}
