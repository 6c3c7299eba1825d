/*
 * The flags that say which tag is the latest, for those who make a policy and
 * for those who try one.
 */
#ifndef TIDEMARK_CLI_POLICY_FLAGS_H
#define TIDEMARK_CLI_POLICY_FLAGS_H

#include "cli/option.h"

/* Rows of an option table. */
#define POLICY_FLAGS                                                                               \
    {.name = "select-semver",                                                                      \
     .type = OPTION_STRING,                                                                        \
     .help = "choose the highest version in this range, such as 1.x.0"},                           \
        {.name = "select-alpha",                                                                   \
         .type = OPTION_STRING,                                                                    \
         .value = "asc|desc",                                                                      \
         .help = "choose the last tag in alphabetical order, \"asc\" or \"desc\""},                \
        {.name = "select-numeric",                                                                 \
         .type = OPTION_STRING,                                                                    \
         .value = "asc|desc",                                                                      \
         .help = "choose the last tag in numerical order, \"asc\" or \"desc\""},                   \
        {.name = "filter-regex",                                                                   \
         .type = OPTION_STRING,                                                                    \
         .help = "regular expression; only tags that it matches count"},                           \
    {                                                                                              \
        .name = "filter-extract", .type = OPTION_STRING,                                           \
        .help = "what of a match is compared, with $1 or $name for groups"                         \
    }

#endif
