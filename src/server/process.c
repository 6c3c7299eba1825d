#include "server/process.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strlist.h"

enum {
    PROC_TEXT_MAX = 16 * 1024,
};

enum process_metric {
    PROCESS_CPU,
    PROCESS_RESIDENT,
    PROCESS_VIRTUAL,
    PROCESS_OPEN,
    PROCESS_MAX,
    PROCESS_START,
};

static const struct metric_def defs[] = {
    [PROCESS_CPU] = {.name = "process_cpu_seconds_total",
                     .help = "Processor time that the process has used, in seconds.",
                     .type = METRIC_COUNTER},
    [PROCESS_RESIDENT] = {.name = "process_resident_memory_bytes",
                          .help = "Memory of the process that is in RAM.",
                          .type = METRIC_GAUGE},
    [PROCESS_VIRTUAL] = {.name = "process_virtual_memory_bytes",
                         .help = "Address space that the process has mapped.",
                         .type = METRIC_GAUGE},
    [PROCESS_OPEN] = {.name = "process_open_fds",
                      .help = "Descriptors that are open.",
                      .type = METRIC_GAUGE},
    [PROCESS_MAX] = {.name = "process_max_fds",
                     .help = "Descriptors that may be open.",
                     .type = METRIC_GAUGE},
    [PROCESS_START] = {.name = "process_start_time_seconds",
                       .help = "When the process started, in seconds since 1970.",
                       .type = METRIC_GAUGE},
};

struct process {
    struct metric_registry *registry;
    struct metric *metrics[ARRAY_LEN(defs)];
};

static void show(const struct process *process, enum process_metric id, double value)
{
    metric_set(process->metrics[id], value);
}

static bool read_proc(const char *path, struct buf *ret)
{
    buf_clear(ret);
    return file_read(path, ret, NULL) == 0;
}

/* Seconds since 1970 at which the machine started. */
static double boot_time(struct buf *text)
{
    unsigned long long seconds = 0;
    const char *line = read_proc("/proc/stat", text) ? strstr(buf_text(text), "\nbtime ") : NULL;
    return line && sscanf(line, "\nbtime %llu", &seconds) == 1 ? (double)seconds : 0;
}

/* proc(5): field 14 and 15 are ticks in user and kernel mode, 22 is the start
 * in ticks since the boot, 23 and 24 are the memory, in bytes and pages. */
static void show_stat(const struct process *process, struct buf *text)
{
    unsigned long long user, kernel, start, virtual_bytes, pages;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    const char *fields = read_proc("/proc/self/stat", text) ? strrchr(buf_text(text), ')') : NULL;
    if (!fields ||
        sscanf(fields,
               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
               "%llu %llu %llu",
               &user, &kernel, &start, &virtual_bytes, &pages) != 5)
        return;
    show(process, PROCESS_CPU, (double)(user + kernel) * tick);
    show(process, PROCESS_VIRTUAL, (double)virtual_bytes);
    show(process, PROCESS_RESIDENT, (double)pages * (double)sysconf(_SC_PAGESIZE));
    show(process, PROCESS_START, boot_time(text) + (double)start * tick);
}

static void show_descriptors(const struct process *process)
{
    CLEANUP(strlist_finish) struct strlist open = STRLIST_INIT;
    struct rlimit limit;
    /* One of them is the look itself. */
    if (file_list_dir("/proc/self/fd", &open, NULL) == 0 && open.len != 0)
        show(process, PROCESS_OPEN, (double)(open.len - 1));
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        show(process, PROCESS_MAX, (double)limit.rlim_cur);
}

static void collect(void *arg)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(PROC_TEXT_MAX);
    show_stat(arg, &text);
    show_descriptors(arg);
}

struct process *process_new(struct metric_registry *metrics, const char *version)
{
    static const char *const labels[] = {"version"};
    static const struct metric_def build = {.name = "tidemark_build_info",
                                            .help = "1, with the version of the program.",
                                            .type = METRIC_GAUGE,
                                            .labels = labels,
                                            .label_count = ARRAY_LEN(labels)};
    struct process *process = mem_zalloc(sizeof(*process));
    process->registry = metrics;
    for (size_t i = 0; i < ARRAY_LEN(defs); i++)
        process->metrics[i] = metric_define(metrics, &defs[i]);
    metric_set(metric_define(metrics, &build), 1, version);
    metric_on_write(metrics, collect, process);
    return process;
}

void process_free(struct process *process)
{
    if (!process)
        return;
    metric_forget_collector(process->registry, process);
    free(process);
}
