/*
 * A growing buffer that must be told its cap.
 *
 * Every buffer names the most bytes that it may ever hold. What would go past
 * that is not added, and the buffer remembers: writers need not check each
 * call, whoever uses the result asks buf_overflowed() once. The bytes are
 * always followed by a NUL that does not count.
 *
 *     CLEANUP(buf_finish) struct buf text = BUF_INIT(64 * 1024);
 *     buf_addf(&text, "%s/%s", registry, repository);
 *     if (buf_overflowed(&text))
 *         return err_set(err, ERR_INVALID, "image name is too long");
 *
 * Not safe for use by several threads at once.
 */
#ifndef TIDEMARK_BASE_BUF_H
#define TIDEMARK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct buf {
    char *data; /* NULL until the first byte */
    size_t len;
    size_t cap;
    size_t max; /* most bytes it may hold, without the NUL */
    bool overflowed;
};

#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        .max = (max_bytes)                                                                         \
    }

void buf_init(struct buf *buf, size_t max_bytes);

/* Frees the content; the buffer can be used again, with the same cap. */
void buf_finish(struct buf *buf);

/* The same for a buffer with a secret: overwrites it first. What it grew out of
 * is not overwritten. */
void buf_wipe(struct buf *buf);

/* Forgets the content and an overflow; keeps the memory. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_span(struct buf *buf, struct span span);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char byte);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *buf, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for COUNT further bytes to write to directly (advance with
 * buf_added()), or NULL, and an overflow noted, if the cap forbids. */
char *buf_reserve(struct buf *buf, size_t count);
void buf_added(struct buf *buf, size_t count);

/* Cuts the content to LEN bytes, if it is longer. */
void buf_truncate(struct buf *buf, size_t len);

static inline bool buf_overflowed(const struct buf *buf)
{
    return buf->overflowed;
}

/* The content, valid until the buffer changes. */
struct span buf_span(const struct buf *buf);
/* The content as C string, never NULL; same life. */
const char *buf_text(const struct buf *buf);

/* Gives the content away as an owned, NUL-terminated string, never NULL, and
 * leaves the buffer empty. */
char *buf_take(struct buf *buf);

#endif
