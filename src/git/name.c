#include "git/name.h"

#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"

static bool byte_allowed(char c)
{
    return (unsigned char)c > 0x20 && c != 0x7f && !strchr("~^:?*[\\", c);
}

static bool component_allowed(struct span part)
{
    return part.len != 0 && part.data[0] != '.' && !span_ends_with(part, ".lock");
}

/* The rules for all names, of one component or more. */
static bool well_formed(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > GIT_NAME_MAX || name[len - 1] == '/' || name[len - 1] == '.')
        return false;
    for (const char *c = name; *c; c++) {
        if (!byte_allowed(*c))
            return false;
    }
    if (strstr(name, "..") || strstr(name, "@{"))
        return false;
    for (struct span rest = span_of(name), part; span_next(&rest, '/', &part);) {
        if (!component_allowed(part))
            return false;
    }
    return true;
}

bool git_name_is_ref(const char *name)
{
    return str_starts_with(name, "refs/") && well_formed(name);
}

bool git_name_is_branch(const char *name)
{
    return git_name_is_tag(name) && strcmp(name, "HEAD") != 0;
}

bool git_name_is_tag(const char *name)
{
    return strlen(name) + strlen(GIT_HEADS) <= GIT_NAME_MAX && name[0] != '-' && well_formed(name);
}

const char *git_name_short(const char *ref)
{
    const char *slash = strchr(ref, '/');
    slash = slash ? strchr(slash + 1, '/') : NULL;
    return slash ? slash + 1 : ref;
}

/* As git_name_is_ref(), with at most one '*' in it. */
static bool is_pattern(const char *name)
{
    CLEANUP(mem_freep) char *plain = str_dup(name);
    char *star = strchr(plain, '*');
    if (star)
        *star = 'x';
    return git_name_is_ref(plain);
}

int git_refspec_parse(const char *text, struct git_refspec *ret, struct err *err)
{
    bool force = text[0] == '+';
    const char *source = text + (force ? 1 : 0);
    const char *colon = strchr(source, ':');
    if (!colon || strchr(colon + 1, ':'))
        return err_set(err, ERR_INVALID, "malformed refspec, separators are wrong");
    if (colon == source)
        return err_set(err, ERR_INVALID, "refspec '%s' has no source; it would delete the target",
                       text);
    CLEANUP(mem_freep) char *from = span_dup((struct span){source, (size_t)(colon - source)});
    if (!strchr(from, '*') != !strchr(colon + 1, '*'))
        return err_set(err, ERR_INVALID,
                       "malformed refspec, mismatched number of wildcards in '%s'", text);
    if ((strcmp(from, "HEAD") != 0 && !is_pattern(from)) || !is_pattern(colon + 1))
        return err_set(err, ERR_INVALID,
                       "refspec '%s' does not name full refs; write refs/heads/<branch>", text);
    *ret = (struct git_refspec){force, MEM_STEAL(from), str_dup(colon + 1)};
    return 0;
}

void git_refspec_finish(struct git_refspec *refspec)
{
    free(refspec->source);
    free(refspec->target);
    *refspec = (struct git_refspec){0};
}

char *git_refspec_map(const struct git_refspec *refspec, const char *ref)
{
    const char *star = strchr(refspec->source, '*');
    if (!star)
        return strcmp(refspec->source, ref) == 0 ? str_dup(refspec->target) : NULL;
    size_t before = (size_t)(star - refspec->source);
    size_t after = strlen(star + 1);
    size_t len = strlen(ref);
    if (len <= before + after || strncmp(ref, refspec->source, before) != 0 ||
        strcmp(ref + len - after, star + 1) != 0)
        return NULL;
    const char *hole = strchr(refspec->target, '*');
    return str_printf("%.*s%.*s%s", (int)(hole - refspec->target), refspec->target,
                      (int)(len - before - after), ref + before, hole + 1);
}
