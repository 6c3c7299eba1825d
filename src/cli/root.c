/* The tree of commands. */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/kube_flags.h"

static const struct option_def global_options[] = {
    {.name = "namespace",
     .letter = 'n',
     .type = OPTION_STRING,
     .fallback = "flux-system",
     .help = "the namespace of the objects"},
    {.name = "store",
     .type = OPTION_STRING,
     .value = "sqlite:PATH|kubernetes",
     .help = "where the objects live; by default $TIDEMARK_STORE, else a file below "
             "$XDG_STATE_HOME"},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .fallback = "5m0s",
     .help = "longest time for the whole command"},
    {.name = "verbose", .type = OPTION_BOOL, .help = "accepted; changes nothing"},
    {.name = NULL},
};

const struct option_def *const command_global_tables[COMMAND_GLOBAL_TABLES + 1] = {
    global_options, kube_flags_options, NULL};

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct command create_image[] = {
    {.name = "repository",
     .operands = "[name]",
     .summary = "Create or update an ImageRepository",
     .about = "Creates or updates an ImageRepository: an image repository whose tags are scanned.",
     .examples = "# Scan a public image every ten minutes\n"
                 "tidemark create image repository web --image=ghcr.io/acme/web --interval=10m\n"
                 "\n"
                 "# Scan a registry on this machine that speaks plain HTTP\n"
                 "tidemark create image repository web --image=127.0.0.1:5000/web --insecure",
     .options = create_image_repository_options,
     .shared = create_options,
     .kind = API_IMAGE_REPOSITORY,
     .run = create_image_repository_run},
    {.name = "policy",
     .operands = "[name]",
     .summary = "Create or update an ImagePolicy",
     .about = "Creates or updates an ImagePolicy: which of a repository's tags is the latest.",
     .examples = "# The highest 1.x version\n"
                 "tidemark create image policy web --image-ref=web --select-semver=1.x\n"
                 "\n"
                 "# The newest build of the main branch, by the time in its tag\n"
                 "tidemark create image policy web --image-ref=web --select-numeric=asc \\\n"
                 "  --filter-regex='^main-[a-f0-9]+-(?P<ts>[0-9]+)$' --filter-extract='$ts'",
     .options = create_image_policy_options,
     .shared = create_options,
     .kind = API_IMAGE_POLICY,
     .run = create_image_policy_run},
    {.name = "update",
     .operands = "[name]",
     .summary = "Create or update an ImageUpdateAutomation",
     .about = "Creates or updates an ImageUpdateAutomation: which repository's manifests are kept "
              "at the latest images, and how the commits look.",
     .examples = "tidemark create image update apps --git-repo-ref=apps --git-repo-path=./prod \\\n"
                 "  --checkout-branch=main --author-name=bot --author-email=bot@example.com \\\n"
                 "  --commit-template='{{range .Changed.Changes}}{{println .NewValue}}{{end}}'",
     .options = create_image_update_options,
     .shared = create_options,
     .kind = API_IMAGE_UPDATE_AUTOMATION,
     .run = create_image_update_run},
    END,
};

static const struct command create_source[] = {
    {.name = "git",
     .operands = "[name]",
     .summary = "Create or update a GitRepository",
     .about = "Creates or updates a GitRepository: where the manifests are.",
     .examples = "tidemark create source git apps --url=https://git.example.com/apps --branch=main",
     .options = create_source_git_options,
     .shared = create_options,
     .kind = API_GIT_REPOSITORY,
     .run = create_source_git_run},
    END,
};

#define SECRET(word, fn, what, text, example)                                                      \
    {                                                                                              \
        .name = (word), .operands = "[name]", .summary = "Create or update a Secret for " what,    \
        .about = "Creates or updates a Secret for " what ". " text, .examples = (example),         \
        .options = create_secret_##fn##_options, .shared = create_options, .kind = API_SECRET,     \
        .run = create_secret_##fn##_run                                                            \
    }

static const struct command create_secret[] = {
    SECRET("git", git, "a Git server",
           "For ssh a key is made, unless one is given, and the server's host keys are asked for.",
           "# Name and token for https\n"
           "tidemark create secret git apps-login --url=https://git.example.com/apps -u bot -p - "
           "<token\n"
           "\n"
           "# A new key for ssh; register the deploy key that it prints with the server\n"
           "tidemark create secret git apps-key --url=ssh://git@git.example.com/apps"),
    SECRET("githubapp", github_app, "a GitHub App",
           "Exactly one of --app-installation-owner and --app-installation-id says where it is "
           "installed.",
           NULL),
    SECRET("oci", oci, "an image registry", "It is of the type that `docker login` keeps.",
           "tidemark create secret oci pull --url=ghcr.io -u bot -p - <token"),
    SECRET("proxy", proxy, "a proxy", "A proxySecretRef names it.",
           "tidemark create secret proxy proxy --address=http://proxy.example.com:3128"),
    SECRET("tls", tls, "TLS",
           "A certSecretRef names it: a CA, a client's certificate with its key, or all three.",
           "tidemark create secret tls registry-ca --ca-crt-file=ca.crt"),
    END,
};

static const struct command create_groups[] = {
    {.name = "image",
     .summary = "Create image repositories, policies and update automations",
     .children = create_image},
    {.name = "secret",
     .summary = "Create Secrets with credentials and certificates",
     .children = create_secret},
    {.name = "source", .summary = "Create sources", .children = create_source},
    END,
};

/* The same verb for the three image kinds, and for sources. */
#define IMAGE_KINDS(text, run_fn, option_table, more)                                              \
    {.name = "repository",                                                                         \
     .operands = "[name]" more,                                                                    \
     .summary = text " ImageRepository objects",                                                   \
     .options = (option_table),                                                                    \
     .kind = API_IMAGE_REPOSITORY,                                                                 \
     .takes_names = true,                                                                          \
     .run = (run_fn)},                                                                             \
        {.name = "policy",                                                                         \
         .operands = "[name]" more,                                                                \
         .summary = text " ImagePolicy objects",                                                   \
         .options = (option_table),                                                                \
         .kind = API_IMAGE_POLICY,                                                                 \
         .takes_names = true,                                                                      \
         .run = (run_fn)},                                                                         \
    {                                                                                              \
        .name = "update", .operands = "[name]" more,                                               \
        .summary = text " ImageUpdateAutomation objects", .options = (option_table),               \
        .kind = API_IMAGE_UPDATE_AUTOMATION, .takes_names = true, .run = (run_fn)                  \
    }

#define GIT_KIND(text, run_fn, option_table, more)                                                 \
    {                                                                                              \
        .name = "git", .operands = "[name]" more, .summary = text " GitRepository objects",        \
        .options = (option_table), .takes_names = true, .kind = API_GIT_REPOSITORY,                \
        .run = (run_fn)                                                                            \
    }

static const struct command get_image[] = {
    IMAGE_KINDS("Show", get_run, get_options, ""),
    {.name = "all",
     .operands = "[name]",
     .summary = "Show all image objects",
     .options = get_options,
     .run = get_all_run},
    END,
};
static const struct command get_source[] = {GIT_KIND("Show", get_run, get_options, ""), END};
static const struct command get_groups[] = {
    {.name = "image",
     .alias = "images",
     .summary = "Show image repositories, policies and update automations",
     .children = get_image},
    {.name = "source", .alias = "sources", .summary = "Show sources", .children = get_source},
    END,
};

static const struct command export_image[] = {
    IMAGE_KINDS("Print the YAML of", export_run, export_options, ""), END};
static const struct command export_source[] = {
    GIT_KIND("Print the YAML of", export_run, export_options, ""), END};
static const struct command export_groups[] = {
    {.name = "image", .summary = "Print image objects", .children = export_image},
    {.name = "source", .summary = "Print sources", .children = export_source},
    END,
};

static const struct command reconcile_image[] = {
    IMAGE_KINDS("Reconcile now", reconcile_run, NULL, ""), END};
static const struct command reconcile_source[] = {
    GIT_KIND("Reconcile now", reconcile_run, NULL, ""), END};
static const struct command reconcile_groups[] = {
    {.name = "image", .summary = "Reconcile an image object now", .children = reconcile_image},
    {.name = "source", .summary = "Reconcile a source now", .children = reconcile_source},
    END,
};

static const struct command suspend_image[] = {
    IMAGE_KINDS("Suspend", suspend_run, suspend_options, "..."), END};
static const struct command suspend_source[] = {
    GIT_KIND("Suspend", suspend_run, suspend_options, "..."), END};
static const struct command suspend_groups[] = {
    {.name = "image", .summary = "Suspend image objects", .children = suspend_image},
    {.name = "source", .summary = "Suspend sources", .children = suspend_source},
    END,
};

static const struct command resume_image[] = {
    IMAGE_KINDS("Resume", resume_run, resume_options, "..."), END};
static const struct command resume_source[] = {
    GIT_KIND("Resume", resume_run, resume_options, "..."), END};
static const struct command resume_groups[] = {
    {.name = "image", .summary = "Resume image objects", .children = resume_image},
    {.name = "source", .summary = "Resume sources", .children = resume_source},
    END,
};

static const struct command delete_image[] = {IMAGE_KINDS("Delete", delete_run, delete_options, ""),
                                              END};
static const struct command delete_source[] = {GIT_KIND("Delete", delete_run, delete_options, ""),
                                               END};
static const struct command delete_groups[] = {
    {.name = "image", .summary = "Delete an image object", .children = delete_image},
    {.name = "source", .summary = "Delete a source", .children = delete_source},
    END,
};

#define SHELL(shell, load)                                                                         \
    {                                                                                              \
        .name = (shell), .no_operands = true, .summary = "Print the completion script for " shell, \
        .about = "Prints a script that completes commands, flags and names of objects in " shell   \
                 ". To load it: " load,                                                            \
        .run = completion_run                                                                      \
    }

static const struct command completion_shells[] = {
    SHELL("bash", "source <(tidemark completion bash)"),
    SHELL("fish", "tidemark completion fish | source"),
    SHELL("powershell", "tidemark completion powershell | Out-String | Invoke-Expression"),
    SHELL("zsh", "source <(tidemark completion zsh), after compinit"),
    END,
};

static const struct command commands[] = {
    {.name = "apply",
     .summary = "Create or update objects from manifests",
     .about = "Creates or updates the objects of YAML or JSON manifests: GitRepository, "
              "ImageRepository, ImagePolicy, ImageUpdateAutomation, Secret. All are read and "
              "judged before the first is stored; unknown fields are refused by name. In a cluster "
              "this is a server-side apply by the manager tidemark: what other managers set stays, "
              "and what they hold with another value is a conflict. In the embedded home spec and "
              "labels are replaced.",
     .examples = "tidemark apply -f tidemark/\nkubectl get imagepolicies -A -o yaml | tidemark "
                 "apply -f -",
     .options = apply_options,
     .no_operands = true,
     .run = apply_run},
    {.name = "check",
     .summary = "Check that all is there that tidemark needs",
     .about = "Checks the home that the command works on. In the embedded home: git, ssh, and "
              "whether the store can be read. In a cluster: the API server's version, the "
              "controller's Deployment, the definitions of the kinds, and what of deploy/rbac.yaml "
              "the caller may not do; with --as=system:serviceaccount:flux-system:tidemark, "
              "what the controller may not. Exits with 1 if something is missing.",
     .examples = "tidemark check",
     .options = check_options,
     .no_operands = true,
     .run = check_run},
    {.name = "completion",
     .summary = "Print the completion script for a shell",
     .children = completion_shells},
    {.name = "create", .summary = "Create or update an object", .children = create_groups},
    {.name = "delete", .summary = "Delete an object", .children = delete_groups},
    {.name = "edit",
     .operands = "PATH...",
     .summary = "Edit the marked fields of files and folders",
     .about = "Sets the marked fields of manifests to the given images, in place and byte for "
              "byte: nothing but the marked scalars changes. Needs no store, no network and no "
              "Git. Prints the names of the files that changed, or, with --dry-run, a diff.",
     .examples = "tidemark edit --policy flux-system:web=ghcr.io/acme/web:1.4.2 --dry-run apps/",
     .options = edit_options,
     .run = edit_run},
    {.name = "events",
     .summary = "Show what happened to the objects",
     .about = "Shows the events of the objects, the oldest first: scans, new images, commits and "
              "failures, each once for as long as it stays the same.",
     .examples = "# Failures in all namespaces\n"
                 "tidemark events -A --types=Warning\n"
                 "\n"
                 "# What happened to a policy and to its repository\n"
                 "tidemark events --for=ImagePolicy/web",
     .options = events_options,
     .no_operands = true,
     .run = events_run},
    {.name = "export", .summary = "Print objects as YAML", .children = export_groups},
    {.name = "get", .summary = "Show objects and their status", .children = get_groups},
    {.name = "help",
     .operands = "[command]",
     .summary = "Show the help of a command",
     .run = help_run},
    {.name = "install",
     .summary = "Print what runs tidemark in a Kubernetes cluster",
     .about = "Prints the manifests that run tidemark in a Kubernetes cluster, in place of Flux's "
              "image-reflector-controller and image-automation-controller: the definitions of the "
              "image kinds, a Deployment, and a service account with the rights that it needs.",
     .examples = "tidemark install --export --image=registry.example.com/tidemark:1.0 | kubectl "
                 "apply --server-side -f -",
     .options = install_options,
     .no_operands = true,
     .run = install_run},
    {.name = "reconcile", .summary = "Reconcile an object now", .children = reconcile_groups},
    {.name = "render",
     .summary = "Render a commit-message template",
     .about = "Renders a template of a commit message (Go text/template with Sprig's text "
              "functions), with a JSON value as its dot. Needs no store, no network and no Git.",
     .examples = "tidemark render --template '{{range .}}{{println .}}{{end}}' --data tags.json",
     .options = render_options,
     .no_operands = true,
     .run = render_run},
    {.name = "resolve",
     .summary = "Choose a tag by a policy",
     .about = "Chooses the latest of a list of tags by a policy, without a store and without Git: "
              "from a file or stdin with one tag a line, or from the registry with --image. "
              "Prints the tag; exits with 1 if there is none.",
     .examples =
         "printf '%s\\n' 1.0.0 1.1.0 2.0.0 | tidemark resolve --select-semver 1.x --tags -\n"
         "tidemark resolve --select-semver '>=1.25' --image docker.io/library/nginx",
     .options = resolve_options,
     .no_operands = true,
     .run = resolve_run},
    {.name = "resume", .summary = "Resume suspended objects", .children = resume_groups},
    {.name = "run",
     .summary = "Reconcile objects: once, or as a daemon",
     .about = "Keeps the repositories at the latest images: as a daemon that follows intervals "
              "and changes until SIGTERM, or, with --once, a single time whatever the intervals "
              "say, for cron and CI jobs.",
     .examples = "# From cron or CI, with the objects in a folder of the repository\n"
                 "tidemark run --once -f tidemark/",
     .options = run_options,
     .no_operands = true,
     .run = run_run},
    {.name = "suspend", .summary = "Suspend objects", .children = suspend_groups},
    {.name = "version",
     .summary = "Print the version",
     .options = version_options,
     .no_operands = true,
     .run = version_run},
    {.name = "man",
     .summary = "Print the source of the man page",
     .no_operands = true,
     .hidden = true,
     .run = man_run},
    END,
};

static const struct option_def root_options[] = {
    {.name = "version", .letter = 'v', .type = OPTION_BOOL, .help = "print the version"},
    {.name = NULL},
};

const struct command command_root = {
    .name = "tidemark",
    .summary = "keeps the image tags in Git in step with what registries hold",
    .about = "tidemark notices new container images, decides by policy which is wanted, writes "
             "it into the marked fields of manifests in Git, byte for byte, and pushes.",
    .options = root_options,
    .children = commands,
};
