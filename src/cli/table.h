/*
 * Tables as Flux's CLI prints them: columns padded to their widest cell and
 * separated by one tab. Whoever parses that output today can go on.
 */
#ifndef TIDEMARK_CLI_TABLE_H
#define TIDEMARK_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct table;

/* COLUMNS names the columns; they are printed in upper case. Borrowed. */
struct table *table_new(const char *const *columns, size_t count);
void table_free(struct table *table);
MEM_DEFINE_FREEP(struct table, table_free)

/* Adds one row of as many cells as there are columns; they are copied. */
void table_add(struct table *table, const char *const *cells);
size_t table_rows(const struct table *table);

/* Prints on stdout. Columns are as wide as their widest cell, and never
 * narrower than this table printed them before. */
void table_print(struct table *table, bool header);

/* Forgets the rows: for a table that goes on, such as that of a watch. */
void table_clear(struct table *table);

/* The columns that TEXT takes on a terminal. Public for its test. */
size_t table_text_width(const char *text, size_t len);

#endif
