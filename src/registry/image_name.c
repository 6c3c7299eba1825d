#include "registry/image_name.h"

#include <string.h>

#include "base/imageref.h"
#include "base/mem.h"
#include "base/str.h"

void image_name_finish(struct image_name *name)
{
    free(name->registry);
    free(name->repository);
    *name = (struct image_name)IMAGE_NAME_INIT;
}

/* The registry may have a port; what follows it may not have a colon. */
static int check_no_tag(const char *image, const char *registry, struct err *err)
{
    const char *rest = str_starts_with(image, registry) ? image + strlen(registry) : image;
    const char *colon = strchr(rest, ':');
    if (!colon)
        return 0;
    int len = (int)strcspn(colon + 1, ":");
    return err_set(err, ERR_INVALID, "image '%s' should not include a tag; remove ':%.*s'", image,
                   len, colon + 1);
}

int image_name_parse(const char *image, struct image_name *ret, struct err *err)
{
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    const char *scheme_end = strstr(image, "://");
    if (scheme_end)
        return err_set(err, ERR_INVALID,
                       "image '%s' should not include URL scheme; remove '%.*s://'", image,
                       (int)(scheme_end - image), image);
    if (imageref_parse(image, &ref, err) != 0 || check_no_tag(image, ref.registry, err) != 0)
        return -1;
    ret->registry = MEM_STEAL(ref.registry);
    ret->repository = MEM_STEAL(ref.repository);
    return 0;
}

char *image_name_canonical(const struct image_name *name)
{
    return str_printf("%s/%s", name->registry, name->repository);
}
