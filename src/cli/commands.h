/*
 * The commands: each is defined in the file of its verb, cmd_<verb>.c, and
 * hangs in the tree of root.c.
 */
#ifndef TIDEMARK_CLI_COMMANDS_H
#define TIDEMARK_CLI_COMMANDS_H

#include "cli/command.h"

/* Run functions and option tables, by verb. */
extern const struct option_def create_image_repository_options[];
int create_image_repository_run(const struct cli *cli, struct err *err);
extern const struct option_def create_image_policy_options[];
int create_image_policy_run(const struct cli *cli, struct err *err);
extern const struct option_def create_image_update_options[];
int create_image_update_run(const struct cli *cli, struct err *err);
extern const struct option_def create_secret_git_options[];
int create_secret_git_run(const struct cli *cli, struct err *err);
extern const struct option_def create_secret_github_app_options[];
int create_secret_github_app_run(const struct cli *cli, struct err *err);
extern const struct option_def create_secret_oci_options[];
int create_secret_oci_run(const struct cli *cli, struct err *err);
extern const struct option_def create_secret_proxy_options[];
int create_secret_proxy_run(const struct cli *cli, struct err *err);
extern const struct option_def create_secret_tls_options[];
int create_secret_tls_run(const struct cli *cli, struct err *err);
extern const struct option_def create_source_git_options[];
int create_source_git_run(const struct cli *cli, struct err *err);

extern const struct option_def get_options[];
int get_run(const struct cli *cli, struct err *err);
int get_all_run(const struct cli *cli, struct err *err);

extern const struct option_def events_options[];
int events_run(const struct cli *cli, struct err *err);

extern const struct option_def export_options[];
int export_run(const struct cli *cli, struct err *err);

extern const struct option_def check_options[];
int check_run(const struct cli *cli, struct err *err);

int completion_run(const struct cli *cli, struct err *err);

extern const struct option_def install_options[];
int install_run(const struct cli *cli, struct err *err);

int reconcile_run(const struct cli *cli, struct err *err);

extern const struct option_def suspend_options[];
int suspend_run(const struct cli *cli, struct err *err);
extern const struct option_def resume_options[];
int resume_run(const struct cli *cli, struct err *err);

extern const struct option_def delete_options[];
int delete_run(const struct cli *cli, struct err *err);

extern const struct option_def apply_options[];
int apply_run(const struct cli *cli, struct err *err);

extern const struct option_def run_options[];
int run_run(const struct cli *cli, struct err *err);

extern const struct option_def resolve_options[];
int resolve_run(const struct cli *cli, struct err *err);
extern const struct option_def edit_options[];
int edit_run(const struct cli *cli, struct err *err);
extern const struct option_def render_options[];
int render_run(const struct cli *cli, struct err *err);

extern const struct option_def version_options[];
int version_run(const struct cli *cli, struct err *err);
/* The answer to `tidemark --version`, and the exit code. */
int version_print(void);
int help_run(const struct cli *cli, struct err *err);
int man_run(const struct cli *cli, struct err *err);

#endif
