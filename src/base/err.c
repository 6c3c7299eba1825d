#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void text_cut(struct err *err, int wanted)
{
    static const char dots[] = "...";
    if (wanted >= (int)sizeof(err->text))
        memcpy(err->text + sizeof(err->text) - sizeof(dots), dots, sizeof(dots));
}

static void text_one_line(struct err *err)
{
    for (char *c = err->text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    }
}

int err_setv(struct err *err, enum err_class class, const char *fmt, va_list args)
{
    if (!err)
        return -1;
    err->class = class;
    text_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, args));
    text_one_line(err);
    return -1;
}

int err_set(struct err *err, enum err_class class, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(err, class, fmt, args);
    va_end(args);
    return -1;
}

static enum err_class class_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_UNAUTHORIZED;
    case EEXIST:
        return ERR_CONFLICT;
    case EINVAL:
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
        return ERR_INVALID;
    case ECANCELED:
        return ERR_CANCELED;
    default:
        return ERR_UNAVAILABLE;
    }
}

int err_set_errno(struct err *err, int errnum, const char *fmt, ...)
{
    if (!err)
        return -1;
    char what[ERR_TEXT_SIZE];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    char why[128];
    return err_set(err, class_of_errno(errnum), "%s: %s", what,
                   strerror_r(errnum, why, sizeof(why)));
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    struct err inner = *err;
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof(err->text)) {
        size_t room = sizeof(err->text) - (size_t)len;
        int more = snprintf(err->text + len, room, ": %s", inner.text);
        len = more < 0 ? len : len + more;
    }
    text_cut(err, len);
    text_one_line(err);
    return -1;
}

/* Puts the first LEN bytes of MORE behind the text. */
static void append(struct err *err, const char *more, size_t len)
{
    const struct err before = *err;
    err_set(err, before.class, "%s%.*s", before.text, (int)len, more);
}

void err_hide(struct err *err, const char *secret)
{
    const size_t len = secret ? strlen(secret) : 0;
    const struct err bare = *err;
    const char *rest = bare.text, *found;
    if (len < ERR_SECRET_MIN)
        return;
    err->text[0] = '\0';
    for (; (found = strstr(rest, secret)); rest = found + len) {
        append(err, rest, (size_t)(found - rest));
        append(err, "***", 3);
    }
    append(err, rest, strlen(rest));
}

const char *err_class_name(enum err_class class)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",
        [ERR_INVALID] = "invalid",
        [ERR_UNAUTHORIZED] = "unauthorized",
        [ERR_NOT_FOUND] = "not-found",
        [ERR_CONFLICT] = "conflict",
        [ERR_UNAVAILABLE] = "unavailable",
        [ERR_CANCELED] = "canceled",
        [ERR_INTERNAL] = "internal",
    };
    return names[class];
}
