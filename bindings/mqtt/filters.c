/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/filters.h"

#include <string.h>

#include "bindings/mqtt/topic.h"

const char *ce_mqtt_filters_next(const ce_mqtt_filters *f, const char *filter)
{
    if (!f->text.len)
        return NULL;
    filter = filter ? filter + strlen(filter) + 1 : f->text.ptr;
    return filter == f->text.ptr + f->text.len ? NULL : filter;
}

static const char *find(const ce_mqtt_filters *f, const char *filter)
{
    const char *at = ce_mqtt_filters_next(f, NULL);

    while (at && strcmp(at, filter) != 0)
        at = ce_mqtt_filters_next(f, at);
    return at;
}

bool ce_mqtt_filters_have(const ce_mqtt_filters *f, const char *filter)
{
    return find(f, filter) != NULL;
}

ce_status ce_mqtt_filters_add(ce_mqtt_filters *f, ce_slice filter,
                              ce_error *err)
{
    size_t before = f->text.len;

    if (ce_buf_append(&f->text, filter) == CE_OK &&
        ce_buf_byte(&f->text, '\0') == CE_OK)
        return CE_OK;
    f->text.len = before;
    return ce_no_memory(err);
}

void ce_mqtt_filters_remove(ce_mqtt_filters *f, const char *filter)
{
    char *at = (char *)(uintptr_t)find(f, filter);
    size_t size;

    if (!at)
        return;
    size = strlen(at) + 1;
    f->text.len -= size;
    memmove(at, at + size, f->text.len - (size_t)(at - f->text.ptr));
}

void ce_mqtt_filters_free(ce_mqtt_filters *f)
{
    ce_buf_free(&f->text);
}

/* --- those of a source --- */

/* It is checked where it is terminated. */
static ce_status add_checked(ce_mqtt_filters *f, ce_slice filter,
                             const char *label, ce_error *err)
{
    size_t before = f->text.len;
    const char *first, *added;
    ce_status status = ce_mqtt_filters_add(f, filter, err);

    if (status != CE_OK)
        return status;
    first = f->text.ptr;
    added = first + before;
    if (find(f, added) != added)
        return ce_fail(err, CE_EINVAL, "topics: \"%.150s\" is there twice",
                       added);
    return ce_mqtt_check_filter(added, label, err);
}

static ce_status add_topics(ce_mqtt_filters *f, const char *topics,
                            ce_error *err)
{
    for (;;) {
        size_t len = strcspn(topics, ",");
        ce_status status =
            add_checked(f, (ce_slice){ topics, len }, "topics", err);

        if (status != CE_OK || !topics[len])
            return status;
        topics += len + 1;
    }
}

ce_status ce_mqtt_filters_read(ce_mqtt_filters *f, const ce_settings *s,
                               ce_error *err)
{
    const char *path = ce_settings_path(s);
    const char *topics = ce_settings_text(s, "topics");
    ce_status status = CE_OK;

    if (*path || !topics)
        status = add_checked(f, ce_slice_of(path), ce_settings_label(s), err);
    if (status != CE_OK || !topics)
        return status;
    return add_topics(f, topics, err);
}
