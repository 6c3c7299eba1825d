/*
 * The log: one line an event on stderr, structured.
 *
 * As console text:  2026-01-02T03:04:05Z info  scanned registry object=apps/web tags=42
 * As JSON:          {"level":"info","ts":"2026-01-02T03:04:05.123Z","msg":"scanned …","object":…}
 *
 * Only control, server and cli log above debug; every layer below returns its
 * error instead. A function either logs or returns an error, never both.
 * Nothing secret may be passed in. Usable from all threads; a line is written
 * with one write, so lines never mix.
 */
#ifndef TIDEMARK_BASE_LOG_H
#define TIDEMARK_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_SILENT, /* nothing is written at this level: it switches the log off */
    LOG_ERROR,
    LOG_INFO,
    LOG_DEBUG,
    LOG_TRACE,
};

enum log_encoding {
    LOG_CONSOLE,
    LOG_JSON,
};

struct log_field {
    const char *key;
    const char *value; /* NULL leaves the field out */
};

/* The only mutable global of the program. Set it before threads start. The
 * defaults are silent and console. */
void log_configure(enum log_level level, enum log_encoding encoding);

/* "error", "info", "debug", "trace"; false for another text. */
bool log_parse_level(const char *text, enum log_level *ret);
bool log_parse_encoding(const char *text, enum log_encoding *ret);

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

/* log_write(LOG_INFO, "scanned registry", {"object", key}, {"tags", count}); */
#define log_write(level, message, ...)                                                             \
    log_fields((level), (message), (const struct log_field[]){{NULL, NULL}, ##__VA_ARGS__},        \
               sizeof((const struct log_field[]){{NULL, NULL}, ##__VA_ARGS__}) /                   \
                   sizeof(struct log_field))

#endif
