#include "base/log.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum {
    LINE_MAX_BYTES = 64 * 1024,
};

static _Atomic enum log_level current_level = LOG_SILENT;
static _Atomic enum log_encoding current_encoding = LOG_CONSOLE;

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_INFO] = "info", [LOG_DEBUG] = "debug", [LOG_TRACE] = "trace"};
static const char *const encoding_names[] = {[LOG_CONSOLE] = "console", [LOG_JSON] = "json"};

void log_configure(enum log_level level, enum log_encoding encoding)
{
    current_level = level;
    current_encoding = encoding;
}

static bool is_enabled(enum log_level level)
{
    return level != LOG_SILENT && level <= current_level;
}

bool log_parse_level(const char *text, enum log_level *ret)
{
    for (size_t i = LOG_ERROR; i < ARRAY_LEN(level_names); i++) {
        if (str_equal(text, level_names[i])) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_parse_encoding(const char *text, enum log_encoding *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(encoding_names); i++) {
        if (str_equal(text, encoding_names[i])) {
            *ret = (enum log_encoding)i;
            return true;
        }
    }
    return false;
}

/* What comes from outside need not be UTF-8; the log is. */
static void add_quoted(struct buf *line, const char *text)
{
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(LINE_MAX_BYTES);
    utf8_clean(span_of(text), &clean);
    buf_addc(line, '"');
    for (const char *c = buf_text(&clean); *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_addf(line, "\\%c", *c);
        else if (*c == '\n')
            buf_adds(line, "\\n");
        else if ((unsigned char)*c < 0x20 || *c == 0x7f)
            buf_addf(line, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            buf_addc(line, *c);
    }
    buf_addc(line, '"');
}

static bool is_bare(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= 0x20 || strchr("\"\\=\x7f", *c))
            return false;
    }
    return *text != '\0' && utf8_valid(span_of(text));
}

static void format_console(struct buf *line, enum log_level level, const char *time,
                           const char *message, const struct log_field *fields, size_t count)
{
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(LINE_MAX_BYTES);
    utf8_clean(span_of(message), &clean);
    buf_addf(line, "%s %-5s ", time, level_names[level]);
    for (const char *c = buf_text(&clean); *c; c++)
        buf_addc(line, (unsigned char)*c < 0x20 ? ' ' : *c);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].key || !fields[i].value)
            continue;
        buf_addf(line, " %s=", fields[i].key);
        if (is_bare(fields[i].value))
            buf_adds(line, fields[i].value);
        else
            add_quoted(line, fields[i].value);
    }
}

static void format_json(struct buf *line, enum log_level level, const char *time,
                        const char *message, const struct log_field *fields, size_t count)
{
    buf_addf(line, "{\"level\":\"%s\",\"ts\":\"%s\",\"msg\":", level_names[level], time);
    add_quoted(line, message);
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].key || !fields[i].value)
            continue;
        buf_addc(line, ',');
        add_quoted(line, fields[i].key);
        buf_addc(line, ':');
        add_quoted(line, fields[i].value);
    }
    buf_addc(line, '}');
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    if (!is_enabled(level))
        return;
    char time[CLOCK_TEXT_SIZE];
    clock_format_utc(clock_wall_ns(clock_system()), time);
    CLEANUP(buf_finish) struct buf line = BUF_INIT(LINE_MAX_BYTES);
    if (current_encoding == LOG_JSON)
        format_json(&line, level, time, message, fields, count);
    else
        format_console(&line, level, time, message, fields, count);
    line.overflowed = false;
    buf_truncate(&line, LINE_MAX_BYTES - 1);
    buf_addc(&line, '\n');
    ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
    (void)ignored;
}
