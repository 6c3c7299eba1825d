#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf)BUF_INIT(max_bytes);
}

void buf_finish(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_wipe(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf_finish(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t count)
{
    if (buf->overflowed || count > buf->max - buf->len) {
        buf->overflowed = true;
        return NULL;
    }
    buf->data = mem_grow(buf->data, &buf->cap, buf->len + count + 1, 1);
    return buf->data + buf->len;
}

void buf_added(struct buf *buf, size_t count)
{
    buf->len += count;
    buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    char *room = buf_reserve(buf, len);
    if (!room)
        return;
    if (len != 0)
        memcpy(room, data, len);
    buf_added(buf, len);
}

void buf_add_span(struct buf *buf, struct span span)
{
    buf_add(buf, span.data, span.len);
}

void buf_adds(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char byte)
{
    buf_add(buf, &byte, 1);
}

void buf_addv(struct buf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    char small[256];
    int len = vsnprintf(small, sizeof(small), fmt, args);
    if (len >= 0 && (size_t)len < sizeof(small)) {
        buf_add(buf, small, (size_t)len);
    } else if (len >= 0) {
        char *room = buf_reserve(buf, (size_t)len);
        if (room) {
            vsnprintf(room, (size_t)len + 1, fmt, again);
            buf_added(buf, (size_t)len);
        }
    }
    va_end(again);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_addv(buf, fmt, args);
    va_end(args);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
    char *text = buf->data ? MEM_STEAL(buf->data) : mem_dup("", 0);
    buf_init(buf, buf->max);
    return text;
}
