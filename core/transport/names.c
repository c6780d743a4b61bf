/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transport/names.h"

#include <string.h>

#include <cloudevents/event.h>

ce_names ce_names_of(const ce_settings *s)
{
    const char *wish = ce_settings_text(s, "names");

    if (strcmp(wish, "lower") == 0)
        return CE_NAMES_LOWER;
    return strcmp(wish, "drop") == 0 ? CE_NAMES_DROP : CE_NAMES_EXACT;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static ce_status make_lower(ce_slice *name, ce_arena *arena)
{
    char *to = ce_arena_alloc(arena, name->len + 1);
    size_t len = 0;

    if (!to)
        return CE_ENOMEM;
    for (size_t i = 0; i < name->len; i++) {
        char c = lower(name->ptr[i]);

        if (is_allowed(c))
            to[len++] = c;
    }
    *name = (ce_slice){ len ? to : NULL, len };
    return CE_OK;
}

ce_status ce_names_apply(ce_names rule, ce_slice *name, ce_arena *arena,
                         bool *changed)
{
    if (rule == CE_NAMES_EXACT || ce_name_is_valid(*name))
        return CE_OK;
    *changed = true;
    if (rule == CE_NAMES_LOWER)
        return make_lower(name, arena);
    *name = (ce_slice){ NULL, 0 };
    return CE_OK;
}
