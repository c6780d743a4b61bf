/* SPDX-License-Identifier: Apache-2.0 */
#include "core/template/target.h"

#include <string.h>

#include <cloudevents/alloc.h>

struct ce_target {
    const ce_target_rules *rules;
    ce_template *text;
    char *fixed;
    char *items; /* each with its NUL, an empty one at the end */
};

/* --- the list --- */

static ce_status check_items(const ce_target *t, ce_error *err)
{
    for (const char *i = t->items; *i; i += strlen(i) + 1) {
        const char *broken = t->rules->broken_item(i);

        if (broken)
            return ce_fail(err, CE_EINVAL, "%s: \"%.100s\": %s",
                           t->rules->option, i, broken);
    }
    return CE_OK;
}

static ce_status read_items(ce_target *t, const char *allowed, ce_error *err)
{
    size_t len = strlen(allowed);

    t->items = ce_alloc_zeroed(len + 2);
    if (!t->items)
        return ce_no_memory(err);
    memcpy(t->items, allowed, len);
    if (!len || *allowed == ',' || allowed[len - 1] == ',' ||
        strstr(allowed, ",,"))
        return ce_fail(err, CE_EINVAL, "%s: \"%.100s\" has an empty item",
                       t->rules->option, allowed);
    for (char *c = t->items; (c = strchr(c, ',')); c++)
        *c = '\0';
    return check_items(t, err);
}

static bool is_allowed(const ce_target *t, const char *target)
{
    const char *i = t->items;

    while (*i && !t->rules->allows(i, target))
        i += strlen(i) + 1;
    return *i;
}

bool ce_target_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* --- targets --- */

static ce_status check_target(const ce_target *t, ce_slice target,
                              ce_error *err)
{
    const ce_target_rules *rules = t->rules;
    const char *broken = "it has a NUL";

    if (!memchr(target.ptr, '\0', target.len))
        broken = rules->broken(target.ptr);
    if (broken)
        return ce_fail(err, CE_ENOENT, "%s \"%.100s\": %s", rules->noun,
                       target.ptr, broken);
    if (!t->items || is_allowed(t, target.ptr))
        return CE_OK;
    return ce_fail(err, CE_ENOENT, "%s \"%.100s\": \"%s\" does not allow it",
                   rules->noun, target.ptr, rules->option);
}

ce_status ce_target_of(const ce_target *t, ce_delivery *d, const char **out,
                       ce_error *err)
{
    ce_slice target;
    ce_error why;
    ce_status status;

    *out = t->fixed;
    if (t->fixed)
        return CE_OK;
    status = ce_template_expand(t->text, d, ce_delivery_event(d, NULL), &target,
                                &why);
    if (status != CE_OK)
        return ce_fail(err, status, "%s: %.200s", t->rules->noun, why.text);
    *out = target.ptr;
    return check_target(t, target, err);
}

const char *ce_target_fixed(const ce_target *t)
{
    return t->fixed;
}

/* --- life --- */

/* A text without placeholders; "{{" is one brace. */
static ce_status fix(ce_target *t, ce_error *err)
{
    ce_delivery d = { .arena = ce_arena_new() };
    ce_status status = d.arena ? CE_OK : ce_no_memory(err);
    ce_slice text;

    if (status == CE_OK)
        status = ce_template_expand(t->text, &d, NULL, &text, err);
    if (status == CE_OK)
        status = check_target(t, text, err);
    if (status == CE_OK && !(t->fixed = ce_strndup(text.ptr, text.len)))
        status = ce_no_memory(err);
    ce_arena_free(d.arena);
    return status == CE_ENOENT ? CE_EINVAL : status;
}

ce_status ce_target_open(ce_target **out, const ce_target_rules *rules,
                         const char *text, const char *allowed, ce_error *err)
{
    ce_target *t = *out = ce_alloc_zeroed(sizeof *t);
    ce_error why;
    ce_status status;

    if (!t)
        return ce_no_memory(err);
    t->rules = rules;
    status = ce_template_compile(&t->text, text, rules->place, &why);
    if (status != CE_OK)
        return ce_fail(err, CE_EINVAL, "%s: %.200s", rules->noun, why.text);
    status = allowed ? read_items(t, allowed, err) : CE_OK;
    if (status != CE_OK)
        return status;
    if (!ce_template_varies(t->text))
        return fix(t, err);
    if (allowed)
        return CE_OK;
    return ce_fail(err, CE_EINVAL,
                   "%s \"%.100s\": a template needs \"%s\", the list of what "
                   "it may become (\"{{\" stands for a brace)",
                   rules->noun, text, rules->option);
}

void ce_target_close(ce_target *t)
{
    if (!t)
        return;
    ce_template_free(t->text);
    ce_free(t->fixed);
    ce_free(t->items);
    ce_free(t);
}

static ce_status tell(const ce_target *t, ce_delivery *d, ce_buf *out,
                      ce_error *err)
{
    const char *target;
    ce_status status = ce_target_of(t, d, &target, err);

    if (status != CE_OK)
        return status;
    if (ce_buf_printf(out, "%s %s", t->rules->noun, target) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_target_tell(ce_target_open_fn *open, const ce_settings *s,
                         ce_delivery *d, ce_buf *out, ce_error *err)
{
    ce_target *t = NULL;
    ce_status status = open(&t, s, err);

    if (status == CE_OK && t)
        status = tell(t, d, out, err);
    ce_target_close(t);
    return status;
}

ce_status ce_target_check(const ce_target_rules *rules, const char *text,
                          const char *allowed, ce_error *err)
{
    ce_target *t = NULL;
    ce_status status = ce_target_open(&t, rules, text, allowed, err);

    ce_target_close(t);
    return status;
}
