/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of option tables: looked up, checked, and guessed at. */
#include <cloudevents/settings.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member of a family needs a name of its own behind the prefix. */
static bool is_named(const ce_option *o, const char *name)
{
    size_t len = strlen(o->name);

    if (o->type == CE_OPT_FAMILY)
        return strncmp(name, o->name, len) == 0 && name[len];
    return strcmp(name, o->name) == 0;
}

const ce_option *ce_option_find(const ce_option *table, const char *name)
{
    for (const ce_option *o = table; o && o->name; o++)
        if (is_named(o, name))
            return o;
    return NULL;
}

/* --- suggestions --- */

enum { NAME_MAX_LEN = 40 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Changes, insertions, removals and exchanges of neighbours; typists make all
 * four. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][NAME_MAX_LEN + 1];
    unsigned n = (unsigned)strlen(a), m = (unsigned)strlen(b);

    for (unsigned j = 0; j <= m; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3];
        unsigned *earlier = rows[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            now[j] = least(least(before[j], now[j - 1]) + 1,
                           before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* "attempts" is a part of "max_attempts", and "user" half of "username". */
static bool is_part(const char *known, const char *name)
{
    size_t len = strlen(name), most = strlen(known);

    return len > 3 && most > 3 &&
           (strstr(known, name) || (strstr(name, known) && 2 * most >= len));
}

const char *ce_option_nearest(const ce_option *table, const char *name)
{
    size_t len = strlen(name);
    unsigned best = 2 + (unsigned)len / 4;
    const char *found = NULL;

    if (len > NAME_MAX_LEN)
        return NULL;
    for (const ce_option *o = table; o && o->name; o++) {
        unsigned d;

        if (strlen(o->name) > NAME_MAX_LEN)
            continue;
        d = distance(name, o->name);
        if (d < best && d < len) {
            best = d;
            found = o->name;
        }
    }
    for (const ce_option *o = table; !found && o && o->name; o++)
        if (is_part(o->name, name))
            found = o->name;
    return found;
}

/* --- values --- */

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static const unit sizes[] = {
    { "B", 1 },
    { "KB", 1000 },
    { "kB", 1000 },
    { "MB", 1000 * 1000 },
    { "GB", 1000 * 1000 * 1000 },
    { "KiB", 1 << 10 },
    { "MiB", 1 << 20 },
    { "GiB", 1 << 30 },
    { NULL, 0 },
};

static const unit times[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "m", 60 * 1000 },
    { "h", 60 * 60 * 1000 },
    { "d", 24 * 60 * 60 * 1000 },
    { NULL, 0 },
};

static ce_status parse_units(const char *text, const unit *units, uint64_t *out)
{
    uint64_t n;
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return CE_ESYNTAX;
    errno = 0;
    n = strtoull(text, &end, 10);
    for (; units->name; units++)
        if (strcmp(end, units->name) == 0)
            break;
    if (errno || !units->name || n > INT64_MAX / units->factor)
        return CE_ESYNTAX;
    *out = n * units->factor;
    return CE_OK;
}

ce_status ce_parse_bytes(const char *text, uint64_t *out)
{
    return parse_units(text, sizes, out);
}

ce_status ce_parse_ms(const char *text, uint64_t *out)
{
    return parse_units(text, times, out);
}

static ce_status check_range(const ce_option *o, const char *value, int64_t n,
                             const char *unit_name, ce_error *err)
{
    if (o->min == 0 && o->max == 0)
        return CE_OK;
    if (n < o->min)
        return ce_fail(err, CE_EINVAL, "%s: %s is below %lld%s", o->name, value,
                       (long long)o->min, unit_name);
    if (n > o->max)
        return ce_fail(err, CE_EINVAL, "%s: %s is above %lld%s", o->name, value,
                       (long long)o->max, unit_name);
    return CE_OK;
}

static ce_status check_integer(const ce_option *o, const char *value,
                               ce_error *err)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(value, &end, 10);
    if (errno || end == value || *end || value[0] == ' ' || value[0] == '+')
        return ce_fail(err, CE_EINVAL, "%s: \"%s\" is not a number", o->name,
                       value);
    return check_range(o, value, n, "", err);
}

static ce_status check_size(const ce_option *o, const char *value,
                            ce_error *err)
{
    uint64_t n;

    if (ce_parse_bytes(value, &n) != CE_OK)
        return ce_fail(err, CE_EINVAL,
                       "%s: \"%s\" is not a size with a unit, such as 64KiB "
                       "or 10MB",
                       o->name, value);
    return check_range(o, value, (int64_t)n, "B", err);
}

static ce_status check_time(const ce_option *o, const char *value,
                            ce_error *err)
{
    uint64_t n;

    if (ce_parse_ms(value, &n) != CE_OK)
        return ce_fail(err, CE_EINVAL,
                       "%s: \"%s\" is not a time with a unit, such as 100ms, "
                       "30s or 5m",
                       o->name, value);
    return check_range(o, value, (int64_t)n, "ms", err);
}

static ce_status check_boolean(const ce_option *o, const char *value,
                               ce_error *err)
{
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        return CE_OK;
    return ce_fail(err, CE_EINVAL, "%s: \"%s\" is not true or false", o->name,
                   value);
}

/* Choices are few; those of formats fill CE_FORMAT_NAMES_SIZE at most. */
enum { CHOICES_MAX = 32, CHOICES_LEN = 256 };

/* Lives in COPY, if one is close. */
static const char *nearest_choice(const ce_option *o, const char *value,
                                  char copy[CHOICES_LEN])
{
    ce_option rows[CHOICES_MAX + 1] = { { .name = NULL } };
    char *rest = NULL;
    unsigned n = 0;

    snprintf(copy, CHOICES_LEN, "%s", o->choices);
    for (char *c = strtok_r(copy, "|", &rest); c && n < CHOICES_MAX;
         c = strtok_r(NULL, "|", &rest))
        rows[n++].name = c;
    return ce_option_nearest(rows, value);
}

static ce_status check_choice(const ce_option *o, const char *value,
                              ce_error *err)
{
    size_t len = strlen(value);
    char copy[CHOICES_LEN];
    const char *nearest;

    for (const char *c = o->choices; c; c = strchr(c, '|')) {
        c += c[0] == '|';
        if (strcspn(c, "|") == len && strncmp(c, value, len) == 0)
            return CE_OK;
    }
    nearest = nearest_choice(o, value, copy);
    if (nearest)
        return ce_fail(err, CE_EINVAL,
                       "%s: \"%s\" is not one of %s, did you mean \"%s\"?",
                       o->name, value, o->choices, nearest);
    return ce_fail(err, CE_EINVAL, "%s: \"%s\" is not one of %s", o->name,
                   value, o->choices);
}

ce_status ce_option_check(const ce_option *o, const char *value, ce_error *err)
{
    switch (o->type) {
    case CE_OPT_INTEGER:
        return check_integer(o, value, err);
    case CE_OPT_BOOLEAN:
        return check_boolean(o, value, err);
    case CE_OPT_SIZE:
        return check_size(o, value, err);
    case CE_OPT_TIME:
        return check_time(o, value, err);
    case CE_OPT_CHOICE:
        return check_choice(o, value, err);
    case CE_OPT_TEXT:
    case CE_OPT_LIST:
    case CE_OPT_SECRET:
    case CE_OPT_FAMILY:
        break;
    }
    return CE_OK;
}
