/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/subscriptions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/folder.h"

/* --- the file --- */

static ce_status fail(const ce_mqtt_subscriptions *s, ce_error *err)
{
    return ce_fail(err, CE_EIO, "%s: %s", s->path.ptr, strerror(errno));
}

static ce_status read_all(ce_mqtt_subscriptions *s, int fd, ce_error *err)
{
    char part[4096];
    ssize_t n;

    while ((n = read(fd, part, sizeof part)) > 0)
        if (ce_buf_append(&s->filters.text, (ce_slice){ part, (size_t)n }) !=
            CE_OK)
            return ce_no_memory(err);
    if (n < 0)
        return fail(s, err);
    /* Whatever was cut short is no filter. */
    while (s->filters.text.len && s->filters.text.ptr[s->filters.text.len - 1])
        s->filters.text.len--;
    return CE_OK;
}

static bool write_all(int fd, ce_slice text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0)
            return false;
        text.ptr += n;
        text.len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* The new file takes the old one's place when all of it is on disk. */
static ce_status save(const ce_mqtt_subscriptions *s, ce_error *err)
{
    ce_buf path = { NULL, 0, 0 };
    ce_status status = CE_OK;
    int fd;

    if (ce_buf_printf(&path, "%s.new", s->path.ptr) != CE_OK)
        return ce_no_memory(err);
    fd = open(path.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || !write_all(fd, ce_buf_slice(&s->filters.text)) ||
        rename(path.ptr, s->path.ptr) != 0 ||
        ce_folder_flush_of(s->path.ptr) != 0)
        status = fail(s, err);
    if (fd >= 0)
        close(fd);
    ce_buf_free(&path);
    return status;
}

ce_status ce_mqtt_subscriptions_open(ce_mqtt_subscriptions *s, const char *dir,
                                     const char *name, ce_error *err)
{
    ce_status status;
    int fd;

    if (ce_buf_printf(&s->path, "%s/%s.subscriptions", dir, name) != CE_OK)
        return ce_no_memory(err);
    fd = open(s->path.ptr, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? CE_OK : fail(s, err);
    status = read_all(s, fd, err);
    close(fd);
    return status;
}

/* --- the filters --- */

const char *ce_mqtt_subscriptions_other(const ce_mqtt_subscriptions *s,
                                        const ce_mqtt_filters *wanted)
{
    const char *f = ce_mqtt_filters_next(&s->filters, NULL);

    while (f && ce_mqtt_filters_have(wanted, f))
        f = ce_mqtt_filters_next(&s->filters, f);
    return f;
}

static ce_status add_missing(ce_mqtt_filters *to, const ce_mqtt_filters *from,
                             ce_error *err)
{
    ce_status status = CE_OK;

    for (const char *f = ce_mqtt_filters_next(from, NULL); f && status == CE_OK;
         f = ce_mqtt_filters_next(from, f))
        if (!ce_mqtt_filters_have(to, f))
            status = ce_mqtt_filters_add(to, ce_slice_of(f), err);
    return status;
}

ce_status ce_mqtt_subscriptions_begin(ce_mqtt_subscriptions *s,
                                      const ce_mqtt_filters *wanted,
                                      bool resumed, ce_error *err)
{
    size_t before = s->filters.text.len;
    ce_status status;

    if (!s->path.len)
        return CE_OK;
    if (!resumed && ce_mqtt_subscriptions_other(s, wanted)) {
        ce_buf_clear(&s->filters.text);
        before = 0;
    }
    status = add_missing(&s->filters, wanted, err);
    if (status != CE_OK || s->filters.text.len == before)
        return status;
    return save(s, err);
}

ce_status ce_mqtt_subscriptions_end(ce_mqtt_subscriptions *s,
                                    const char *filter, ce_error *err)
{
    if (!ce_mqtt_filters_have(&s->filters, filter))
        return CE_OK;
    ce_mqtt_filters_remove(&s->filters, filter);
    return save(s, err);
}

void ce_mqtt_subscriptions_close(ce_mqtt_subscriptions *s)
{
    ce_buf_free(&s->path);
    ce_mqtt_filters_free(&s->filters);
}
