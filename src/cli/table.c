#include "cli/table.h"

#include <ctype.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "cli/console.h"

struct table {
    const char *const *columns;
    size_t width;   /* columns */
    size_t *widest; /* each column's width, as it was printed last */
    char **cells;   /* row after row */
    size_t len;
    size_t cap;
};

struct table *table_new(const char *const *columns, size_t count)
{
    struct table *table = mem_zalloc(sizeof(*table));
    table->columns = columns;
    table->width = count;
    table->widest = mem_calloc(count, sizeof(*table->widest));
    return table;
}

void table_clear(struct table *table)
{
    for (size_t i = 0; i < table->len; i++)
        free(table->cells[i]);
    table->len = 0;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    table_clear(table);
    free(table->cells);
    free(table->widest);
    free(table);
}

void table_add(struct table *table, const char *const *cells)
{
    table->cells =
        mem_grow(table->cells, &table->cap, table->len + table->width, sizeof(*table->cells));
    for (size_t i = 0; i < table->width; i++)
        table->cells[table->len++] = str_dup(cells[i] ? cells[i] : "");
}

size_t table_rows(const struct table *table)
{
    return table->len / table->width;
}

/* Passes an escape sequence such as "\033[31m"; 0 if there is none. */
static size_t escape_len(struct span text)
{
    if (text.len < 2 || text.data[0] != '\033' || text.data[1] != '[')
        return 0;
    size_t at = 2;
    while (at < text.len && (text.data[at] < '@' || text.data[at] > '~'))
        at++;
    return at < text.len ? at + 1 : 0;
}

size_t table_text_width(const char *text, size_t len)
{
    struct span rest = {text, len};
    size_t width = 0;
    while (rest.len != 0) {
        uint32_t rune;
        size_t step = escape_len(rest);
        if (step == 0) {
            step = utf8_decode(rest, &rune);
            int columns = wcwidth((wchar_t)rune);
            /* Without a UTF-8 locale wcwidth() knows ASCII only. */
            width += columns >= 0 ? (size_t)columns : rune >= 0x20;
        }
        rest = span_slice(rest, step, rest.len);
    }
    return width;
}

/* Line N of a cell; empty if it has fewer. */
static struct span cell_line(const char *cell, size_t n)
{
    struct span rest = span_of(cell), line;
    for (size_t i = 0; span_next(&rest, '\n', &line); i++) {
        if (i == n)
            return line;
    }
    return (struct span){"", 0};
}

static size_t cell_lines(const char *cell)
{
    struct span rest = span_of(cell), line;
    size_t count = 0;
    while (span_next(&rest, '\n', &line))
        count++;
    return count != 0 ? count : 1;
}

static char *heading(const char *column)
{
    char *text = str_dup(column);
    for (char *c = text; *c; c++)
        *c = *c == '_' || *c == '.' ? ' ' : (char)toupper((unsigned char)*c);
    return text;
}

static void measure(struct table *table, size_t column, bool header)
{
    size_t width = table->widest[column];
    size_t heading_width = table_text_width(table->columns[column], strlen(table->columns[column]));
    if (header && heading_width > width)
        width = heading_width;
    for (size_t i = column; i < table->len; i += table->width) {
        struct span rest = span_of(table->cells[i]), line;
        while (span_next(&rest, '\n', &line)) {
            size_t wide = table_text_width(line.data, line.len);
            width = wide > width ? wide : width;
        }
    }
    table->widest[column] = width;
}

static void add_padded(struct buf *text, struct span cell, size_t width)
{
    buf_add_span(text, cell);
    for (size_t wide = table_text_width(cell.data, cell.len); wide < width; wide++)
        buf_addc(text, ' ');
}

static void print_row(const struct table *table, char *const *cells)
{
    size_t lines = 1;
    for (size_t i = 0; i < table->width; i++)
        lines = cell_lines(cells[i]) > lines ? cell_lines(cells[i]) : lines;
    for (size_t n = 0; n < lines; n++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(1024 * 1024);
        for (size_t i = 0; i < table->width; i++) {
            struct span line = cell_line(cells[i], n);
            add_padded(&text, n > 0 && line.len == 0 ? SPAN_LITERAL("  ") : line, table->widest[i]);
            buf_addc(&text, '\t');
        }
        buf_addc(&text, '\n');
        console_write(buf_span(&text));
    }
}

static void print_header(const struct table *table)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024 * 1024);
    for (size_t i = 0; i < table->width; i++) {
        CLEANUP(mem_freep) char *name = heading(table->columns[i]);
        add_padded(&text, span_of(name), table->widest[i]);
        buf_addc(&text, i + 1 < table->width ? '\t' : ' ');
    }
    buf_addc(&text, '\n');
    console_write(buf_span(&text));
}

void table_print(struct table *table, bool header)
{
    for (size_t i = 0; i < table->width; i++)
        measure(table, i, header);
    if (header)
        print_header(table);
    for (size_t i = 0; i < table->len; i += table->width)
        print_row(table, table->cells + i);
}
