#include "adapt/regex_re2.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

struct regex_re2 {
    re2::RE2 re;
    int groups;

    regex_re2(const re2::StringPiece &pattern, const re2::RE2::Options &options)
        : re(pattern, options), groups(std::max(re.NumberOfCapturingGroups(), 0))
    {
    }
};

namespace
{

/* Matches with so many groups need no memory from the heap. */
constexpr size_t kUsualGroups = 16;

regex_group group_of(const re2::StringPiece &text, const re2::StringPiece &piece)
{
    if (piece.data() == nullptr)
        return {-1, -1};
    ptrdiff_t begin = piece.data() - text.data();
    return {begin, begin + static_cast<ptrdiff_t>(piece.size())};
}

} // namespace

/* `noexcept` turns an exception, which can only be std::bad_alloc, into the
 * end of the process. */
regex_re2 *regex_re2_new(const char *pattern, size_t len, int64_t memory_max) noexcept
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_max);
    return new regex_re2(re2::StringPiece(pattern, len), options);
}

void regex_re2_free(regex_re2 *re2) noexcept
{
    delete re2;
}

enum regex_re2_fault regex_re2_fault(const regex_re2 *re2) noexcept
{
    switch (re2->re.error_code()) {
    case re2::RE2::NoError:
        return REGEX_RE2_OK;
    case re2::RE2::ErrorBadEscape:
        return REGEX_RE2_BAD_ESCAPE;
    case re2::RE2::ErrorBadCharClass:
        return REGEX_RE2_BAD_CLASS;
    case re2::RE2::ErrorBadCharRange:
        return REGEX_RE2_BAD_RANGE;
    case re2::RE2::ErrorMissingBracket:
        return REGEX_RE2_MISSING_BRACKET;
    case re2::RE2::ErrorMissingParen:
        return REGEX_RE2_MISSING_PAREN;
    case re2::RE2::ErrorUnexpectedParen:
        return REGEX_RE2_UNEXPECTED_PAREN;
    case re2::RE2::ErrorTrailingBackslash:
        return REGEX_RE2_TRAILING_BACKSLASH;
    case re2::RE2::ErrorRepeatArgument:
        return REGEX_RE2_REPEAT_ARGUMENT;
    case re2::RE2::ErrorRepeatSize:
        return REGEX_RE2_REPEAT_SIZE;
    case re2::RE2::ErrorRepeatOp:
        return REGEX_RE2_REPEAT_OP;
    case re2::RE2::ErrorBadPerlOp:
        return REGEX_RE2_BAD_PERL_OP;
    case re2::RE2::ErrorBadUTF8:
        return REGEX_RE2_BAD_UTF8;
    case re2::RE2::ErrorBadNamedCapture:
        return REGEX_RE2_BAD_NAME;
    case re2::RE2::ErrorPatternTooLarge:
        return REGEX_RE2_TOO_LARGE;
    case re2::RE2::ErrorInternal:
    default:
        return REGEX_RE2_INTERNAL;
    }
}

const char *regex_re2_piece(const regex_re2 *re2, size_t *ret_len) noexcept
{
    *ret_len = re2->re.error_arg().size();
    return re2->re.error_arg().data();
}

size_t regex_re2_group_count(const regex_re2 *re2) noexcept
{
    return static_cast<size_t>(re2->groups);
}

const char *regex_re2_group_name(const regex_re2 *re2, size_t group) noexcept
{
    const std::map<int, std::string> &names = re2->re.CapturingGroupNames();
    auto found = names.find(static_cast<int>(group));
    return found != names.end() ? found->second.c_str() : nullptr;
}

size_t regex_re2_size(const regex_re2 *re2) noexcept
{
    return static_cast<size_t>(std::max(re2->re.ProgramSize(), 0));
}

bool regex_re2_find(const regex_re2 *re2, const char *text, size_t len, size_t from,
                    regex_group *ret, size_t count) noexcept
{
    re2::StringPiece whole(text, len), usual[kUsualGroups], *pieces = usual;
    size_t wanted = std::min(count, regex_re2_group_count(re2) + 1);
    std::vector<re2::StringPiece> many;
    if (wanted > kUsualGroups) {
        many.resize(wanted);
        pieces = many.data();
    }
    if (!re2->re.Match(whole, from, len, re2::RE2::UNANCHORED, pieces, static_cast<int>(wanted)))
        return false;
    for (size_t i = 0; i < count; i++)
        ret[i] = i < wanted ? group_of(whole, pieces[i]) : regex_group{-1, -1};
    return true;
}
