/*
 * The flags of `tidemark run`: its own, and those of the two controllers that
 * it stands in for, so that the arguments of their Deployments carry over.
 * Flags that steer what tidemark does not have are accepted and do nothing.
 */
#ifndef TIDEMARK_CLI_RUN_FLAGS_H
#define TIDEMARK_CLI_RUN_FLAGS_H

#include "api/selector.h"
#include "base/err.h"
#include "cli/command.h"
#include "control/control.h"
#include "server/server.h"

/* Sets the level and the form of the log as the flags say. */
int run_flags_configure_log(const struct cli *cli, struct err *err);

/*
 * Fills the settings of CONFIG that flags decide. Class invalid, with Flux's
 * words where it has some, for a value or a feature gate that cannot be had.
 * Strings are borrowed from CLI; the selector belongs to the caller (NULL: all).
 */
int run_flags_read(const struct cli *cli, struct control_config *config,
                   struct selector **ret_selector, struct err *err);

/* The addresses to serve pages on: "0" unless a flag or the home says otherwise. */
struct server_config run_flags_server(const struct cli *cli);

#endif
