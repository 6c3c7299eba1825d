/*
 * Errors: one object on the caller's stack, filled by whoever fails.
 *
 * A function that can fail returns 0, or -1 with its last parameter filled.
 * A look-up answers 1 (found), 0 (absent, which is not an error) or -1. On
 * success the error object is untouched. It owns no memory and needs no free.
 *
 * The class alone decides what callers do: whether to retry, which condition
 * reason to show and with which code to exit. The text is for people: lower
 * case, no full stop, one line, never a secret. Each layer puts its own object
 * in front:
 *
 *     return err_wrap(err, "cannot push branch '%s'", branch);
 *         -> cannot push branch 'main': remote end hung up
 *
 * Passing NULL for the error object is allowed where only the answer counts.
 */
#ifndef TIDEMARK_BASE_ERR_H
#define TIDEMARK_BASE_ERR_H

#include <stdarg.h>

enum {
    ERR_TEXT_SIZE = 2048, /* bytes with the NUL; longer texts end in "..." */
    ERR_SECRET_MIN = 4,   /* bytes of a secret that can be told from other text */
};

enum err_class {
    ERR_NONE = 0,
    ERR_INVALID,      /* the input is wrong; trying again cannot help */
    ERR_UNAUTHORIZED, /* credentials are missing, wrong or not sufficient */
    ERR_NOT_FOUND,    /* a thing that had to exist does not */
    ERR_CONFLICT,     /* somebody else changed it first */
    ERR_UNAVAILABLE,  /* a passing fault: network, server, disk; try again */
    ERR_CANCELED,     /* the caller's deadline passed or it asked to stop */
    ERR_INTERNAL,     /* a fault of the program or of the machine */
};

struct err {
    enum err_class class;
    char text[ERR_TEXT_SIZE];
};

/* Fills ERR and returns -1. Control bytes in the text become blanks, so that
 * an error stays one line whatever a server put into it. */
int err_set(struct err *err, enum err_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int err_setv(struct err *err, enum err_class class, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Fills ERR from an errno value: "<text>: <strerror>". The class follows the
 * value (ENOENT: not found, EACCES: unauthorized, ENOSPC: unavailable …). */
int err_set_errno(struct err *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<text>: " in front of an error that is already set; returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "***" wherever SECRET stands in the text of an error that is set: for
 * what servers repeat. One of fewer than ERR_SECRET_MIN bytes, or NULL, stays: hiding
 * every "y" would tell more of it than it hides, and spoil the text. */
void err_hide(struct err *err, const char *secret);

/* "invalid", "not-found" …: what tests and their drivers print; messages to users
 * never name a class. */
const char *err_class_name(enum err_class class);

#endif
