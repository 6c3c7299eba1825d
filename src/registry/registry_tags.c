#include "registry/registry_client.h"

#include <string.h>

#include "base/str.h"
#include "registry/link_header.h"
#include "registry/registry_session.h"
#include "registry/status_error.h"

/* Tags to ask for in a page. Registries have their own idea of too many; 0 lets
 * them choose. */
static const unsigned page_sizes[] = {1000, 100, 0};

/* A listing on its way. */
struct walk {
    struct registry_client *client;
    const struct registry_limits *limits;
    struct registry_listing *listing;
    tag_stream_fn *on_tag;
    void *arg;
    struct tag_stream stream; /* of the page */
    bool own_error;           /* the caller's, or that of a limit */
    bool malformed;           /* the page is no tag list */
    size_t bytes;
    char *url;        /* of the page */
    char *checkpoint; /* an earlier one, to notice a circle */
    size_t checkpoint_page;
};

static void walk_finish(struct walk *walk)
{
    free(walk->url);
    free(walk->checkpoint);
}

static int take_tag(void *arg, struct span tag, struct err *err)
{
    struct walk *walk = arg;
    int done;
    if (walk->listing->tags == walk->limits->tags_max)
        done = err_set(err, ERR_INVALID, "'%s' has more than %zu tags",
                       walk->client->options.repository, walk->limits->tags_max);
    else
        done = walk->on_tag(walk->arg, tag, err);
    walk->own_error = done != 0;
    walk->listing->tags++;
    return done;
}

static int take_piece(void *arg, const struct http_response *response, struct span piece,
                      struct err *err)
{
    (void)response;
    struct walk *walk = arg;
    walk->bytes += piece.len;
    if (walk->bytes > walk->limits->listing_max) {
        walk->own_error = true;
        return err_set(err, ERR_INVALID, "the tag list of '%s' is larger than %zu bytes",
                       walk->client->options.repository, walk->limits->listing_max);
    }
    int done = tag_stream_feed(&walk->stream, piece, err);
    walk->malformed = done != 0 && !walk->own_error;
    return done;
}

/* What came is no tag list: names the page, and what it might be instead. */
static int wrap_page_error(const struct walk *walk, const struct http_response *response,
                           struct err *err)
{
    CLEANUP(buf_finish) struct buf url = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    struct span encoding;
    struct err why = *err;
    bool is_json = why.class == ERR_UNAVAILABLE; /* but cut short */
    httpurl_print_public(&response->url, &url);
    if (http_response_header(response, "Content-Encoding", 0, &encoding) &&
        !span_is(encoding, "identity"))
        return err_set(err, ERR_UNAVAILABLE, "GET %s: not a tag list: compressed as '%.*s' unasked",
                       buf_text(&url), (int)(encoding.len < 32 ? encoding.len : 32), encoding.data);
    if (is_json)
        return err_set(err, ERR_UNAVAILABLE, "GET %s: not a tag list: %s", buf_text(&url),
                       why.text);
    return err_set(err, ERR_UNAVAILABLE,
                   "GET %s: not a tag list: %s (is '%s' a container registry?)", buf_text(&url),
                   why.text, walk->client->options.registry);
}

static void count_skipped(struct walk *walk)
{
    if (walk->listing->skipped == 0)
        memcpy(walk->listing->first_skipped, walk->stream.first_skipped,
               sizeof(walk->listing->first_skipped));
    walk->listing->skipped += walk->stream.skipped;
}

/* Asks for the page at walk->url. Returns 0 whatever the status. */
static int get_page(struct walk *walk, struct exchange_answer *answer, struct err *err)
{
    const struct exchange_request request = {.url = walk->url, .on_body = take_piece, .arg = walk};
    tag_stream_init(&walk->stream, take_tag, walk);
    walk->own_error = walk->malformed = false;
    int done = registry_session_send(walk->client, request, answer, err);
    bool good = done == 0 && answer->response.status == 200;
    if (good && tag_stream_end(&walk->stream, err) != 0)
        walk->malformed = true;
    if (walk->malformed)
        return wrap_page_error(walk, &answer->response, err);
    if (good) {
        count_skipped(walk);
        walk->listing->pages++;
    }
    return done;
}

/* The reference to the next page in the answer's headers: 1, 0 or -1. */
static int find_next(const struct http_response *response, struct span *ret, struct err *err)
{
    struct span header;
    for (size_t n = 0; http_response_header(response, "Link", n, &header); n++) {
        int found = link_header_next(header, ret, err);
        if (found != 0)
            return found;
    }
    return 0;
}

/*
 * Notices a circle: the URL that followed page 2, 4, 8, 16 … is kept, and a
 * later one that is the same closes the circle. This finds one of any length
 * after at most three times around, with the memory of one URL.
 */
static bool closes_circle(struct walk *walk, const char *next)
{
    if (str_equal(walk->checkpoint, next) || str_equal(walk->url, next))
        return true;
    if (walk->listing->pages >= 2 * walk->checkpoint_page) {
        walk->checkpoint_page = walk->listing->pages;
        str_set(&walk->checkpoint, next);
    }
    return false;
}

/* The URL of the next page, which must be on the registry itself, or on the
 * host that it redirected to. Of the URL only path and query count: a proxy in
 * front of the registry may have made it another scheme or port. */
static int resolve_next(const struct walk *walk, const struct http_response *response,
                        struct span reference, struct buf *ret, struct err *err)
{
    CLEANUP(mem_freep) char *text = span_dup(reference);
    CLEANUP(httpurl_finish) struct httpurl next = HTTPURL_INIT;
    const struct httpurl *home = &walk->client->home;
    if (httpurl_resolve(&response->url, text, &next, err) != 0)
        return err_wrap(err, "next page of tags");
    if (!str_equal(next.host, home->host) && !str_equal(next.host, response->url.host))
        return err_set(err, ERR_UNAVAILABLE,
                       "next page of tags refused: it is on '%s', not on '%s'", next.host,
                       home->host);
    struct httpurl own = *home;
    own.path = next.path;
    own.query = next.query;
    httpurl_print(&own, ret);
    return 0;
}

/* Sets walk->url to the next page: 1, 0 if there is none, or -1. */
static int go_on(struct walk *walk, const struct http_response *response, struct err *err)
{
    struct span reference;
    CLEANUP(buf_finish) struct buf next = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    int found = find_next(response, &reference, err);
    if (found == 1 && resolve_next(walk, response, reference, &next, err) != 0)
        found = -1;
    if (found < 0)
        err->class = ERR_UNAVAILABLE; /* the registry's fault, which it may mend */
    if (found != 1)
        return found;
    if (closes_circle(walk, buf_text(&next)))
        return err_set(err, ERR_UNAVAILABLE, "the pages of tags go in a circle, after %zu of them",
                       walk->listing->pages);
    if (walk->listing->pages == walk->limits->pages_max)
        return err_set(err, ERR_INVALID, "'%s' has more than %zu pages of tags",
                       walk->client->options.repository, walk->limits->pages_max);
    str_set(&walk->url, buf_text(&next));
    return 1;
}

/* Did the registry refuse the size of the page? */
static bool is_too_many(const struct exchange_answer *answer)
{
    int status = answer->response.status;
    return (status == 400 || status == 413 || status == 416 || status == 422) &&
           !status_error_has_code(buf_span(&answer->body), "NAME_INVALID");
}

/* The first page, as large as the registry allows. If it takes no size at all,
 * that was not its trouble, and what it said first counts. */
static int get_first_page(struct walk *walk, struct exchange_answer *answer, struct err *err)
{
    struct err first;
    for (size_t i = 0;; i++) {
        CLEANUP(mem_freep)
        char *rest =
            page_sizes[i] != 0 ? str_printf("tags/list?n=%u", page_sizes[i]) : str_dup("tags/list");
        free(walk->url);
        walk->url = registry_session_url(walk->client, rest);
        if (get_page(walk, answer, err) != 0)
            return -1;
        if (!is_too_many(answer))
            return 0;
        if (i == 0)
            status_error_set("GET", &answer->response, buf_span(&answer->body), &first);
        if (i + 1 == ARRAY_LEN(page_sizes)) {
            *err = first;
            return -1;
        }
    }
}

static int walk_pages(struct walk *walk, struct err *err)
{
    CLEANUP(exchange_answer_finish) struct exchange_answer answer = EXCHANGE_ANSWER_INIT;
    int done = get_first_page(walk, &answer, err);
    for (int more = 1; done == 0;) {
        if (answer.response.status != 200)
            return status_error_set("GET", &answer.response, buf_span(&answer.body), err);
        more = go_on(walk, &answer.response, err);
        if (more != 1)
            return more;
        done = get_page(walk, &answer, err);
    }
    return done;
}

int registry_client_list_tags(struct registry_client *client, tag_stream_fn *on_tag, void *arg,
                              struct registry_listing *ret, struct err *err)
{
    struct err own;
    struct registry_listing listing = {0};
    CLEANUP(walk_finish)
    struct walk walk = {.client = client,
                        .limits = &client->exchange.pool->limits,
                        .listing = &listing,
                        .on_tag = on_tag,
                        .arg = arg,
                        .checkpoint_page = 1};
    if (!err)
        err = &own;
    if (registry_session_connect(client, err) != 0 || walk_pages(&walk, err) != 0)
        return walk.own_error ? -1 : registry_session_hint(client, client->options.repository, err);
    *ret = listing;
    return 0;
}
