/* SPDX-License-Identifier: Apache-2.0 */
/* Between the start and this the secrets can be seen: files and variables are
 * the better place for them. */
#include "bridge/cli/scrub.h"

#include <string.h>

#include <cloudevents/alloc.h>

static void cover(char *from, const char *end)
{
    memset(from, 'x', (size_t)(end - from));
}

/* The value behind NAME, up to the next parameter. */
static void cover_values(char *text, const char *name)
{
    while ((text = strstr(text, name))) {
        text += strlen(name);
        cover(text, text + strcspn(text, "&"));
    }
}

/* header.NAME=VALUE: a header is often a login. */
static void cover_headers(char *text)
{
    while ((text = strstr(text, "header."))) {
        text += strcspn(text, "=&");
        if (*text == '=')
            cover(text + 1, text + strcspn(text, "&"));
    }
}

/* user:PASSWORD@host */
static void cover_userinfo(char *text)
{
    char *from = strstr(text, "://"), *at, *end;

    if (!from)
        return;
    from += 3;
    end = from + strcspn(from, "/?");
    at = memrchr(from, '@', (size_t)(end - from));
    from = at ? memchr(from, ':', (size_t)(at - from)) : NULL;
    if (from)
        cover(from + 1, at);
}

static void scrub(char *text)
{
    static const char *const names[] = { "token=", "password=", "secret=" };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        cover_values(text, names[i]);
    cover_headers(text);
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
