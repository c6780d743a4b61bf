/* SPDX-License-Identifier: Apache-2.0 */
/* Between the start and this the secrets can be seen: files and variables are
 * the better place for them. */
#include "bridge/cli/scrub.h"

#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/transport.h>

#include "bridge/watch/admin.h"

static void cover(char *from, const char *end)
{
    memset(from, 'x', (size_t)(end - from));
}

static bool is_open(const ce_option *table, const char *name)
{
    const ce_option *o = ce_option_find(table, name);

    return o && o->type != CE_OPT_SECRET && o->type != CE_OPT_FAMILY;
}

/* Whether a table says that it is no secret. What none knows may be the key of
 * a target, or a name that is spelled with percent signs. */
static bool is_known(const char *name)
{
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        if (is_open(t->receiver_options, name) ||
            is_open(t->sender_options, name))
            return true;
    return is_open(br_admin_options, name);
}

/* A URI, such as that of a proxy, may have a login of its own. */
static bool has_login(const char *value)
{
    return strchr(value, '@') || strcasestr(value, "%40");
}

/* TEXT is one parameter, NAME=VALUE. */
static void cover_parameter(char *text)
{
    char *equals = strchr(text, '=');

    if (!equals)
        return;
    *equals = '\0';
    if (!is_known(text) || has_login(equals + 1))
        cover(equals + 1, equals + 1 + strlen(equals + 1));
    *equals = '=';
}

static void cover_parameters(char *text)
{
    char *at = strchr(text, '?');

    while (at) {
        char *end = at + 1 + strcspn(at + 1, "&");
        char mark = *end;

        *end = '\0';
        cover_parameter(at + 1);
        *end = mark;
        at = mark ? end : NULL;
    }
}

/* TOKEN@host, user:PASSWORD@host */
static void cover_userinfo(char *text)
{
    char *from = strstr(text, "://"), *at;

    if (!from)
        return;
    from += 3;
    at = memrchr(from, '@', strcspn(from, "?"));
    if (at)
        cover(from, at);
}

static void scrub(char *text)
{
    cover_parameters(text);
    cover_userinfo(text);
}

char **br_scrub(int argc, char **argv)
{
    static char **copy;
    size_t size = ((size_t)argc + 1) * sizeof *copy;
    char *text;

    for (int i = 0; i < argc; i++)
        size += strlen(argv[i]) + 1;
    copy = ce_alloc_zeroed(size);
    if (!copy)
        return argv;
    text = (char *)(copy + argc + 1);
    for (int i = 0; i < argc; i++) {
        copy[i] = text;
        text = stpcpy(text, argv[i]) + 1;
        scrub(argv[i]);
    }
    return copy;
}
