/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/subscriptions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
        if (ce_buf_append(&s->filters, (ce_slice){ part, (size_t)n }) != CE_OK)
            return ce_no_memory(err);
    if (n < 0)
        return fail(s, err);
    /* Whatever was cut short is no filter. */
    while (s->filters.len && s->filters.ptr[s->filters.len - 1])
        s->filters.len--;
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

/* A file's name is on disk when its folder is. */
static bool sync_folder(const char *path)
{
    int fd, rc;
    ce_buf folder = { NULL, 0, 0 };

    if (ce_buf_printf(&folder, "%.*s", (int)(strrchr(path, '/') - path),
                      path) != CE_OK)
        return false;
    fd = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ce_buf_free(&folder);
    if (fd < 0)
        return false;
    rc = fsync(fd);
    close(fd);
    return rc == 0;
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
    if (fd < 0 || !write_all(fd, ce_buf_slice(&s->filters)) ||
        rename(path.ptr, s->path.ptr) != 0 || !sync_folder(s->path.ptr))
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

/* The one after FILTER, or the first for NULL; NULL at the end. */
static const char *next(const ce_mqtt_subscriptions *s, const char *filter)
{
    const char *end = s->filters.ptr + s->filters.len;

    if (!s->filters.len)
        return NULL;
    filter = filter ? filter + strlen(filter) + 1 : s->filters.ptr;
    return filter == end ? NULL : filter;
}

static const char *find(const ce_mqtt_subscriptions *s, const char *filter)
{
    const char *f = next(s, NULL);

    while (f && strcmp(f, filter) != 0)
        f = next(s, f);
    return f;
}

const char *ce_mqtt_subscriptions_other(const ce_mqtt_subscriptions *s,
                                        const char *filter)
{
    const char *f = next(s, NULL);

    return f && strcmp(f, filter) == 0 ? next(s, f) : f;
}

ce_status ce_mqtt_subscriptions_begin(ce_mqtt_subscriptions *s,
                                      const char *filter, bool resumed,
                                      ce_error *err)
{
    bool is_known = find(s, filter) != NULL;

    if (!s->path.len)
        return CE_OK;
    if (is_known && (resumed || !ce_mqtt_subscriptions_other(s, filter)))
        return CE_OK;
    if (!resumed)
        ce_buf_clear(&s->filters);
    if (ce_buf_append(&s->filters, (ce_slice){ filter, strlen(filter) + 1 }) !=
        CE_OK)
        return ce_no_memory(err);
    return save(s, err);
}

ce_status ce_mqtt_subscriptions_end(ce_mqtt_subscriptions *s,
                                    const char *filter, ce_error *err)
{
    char *f = (char *)(uintptr_t)find(s, filter);
    size_t size;

    if (!f)
        return CE_OK;
    size = strlen(f) + 1;
    s->filters.len -= size;
    memmove(f, f + size, s->filters.len - (size_t)(f - s->filters.ptr));
    return save(s, err);
}

void ce_mqtt_subscriptions_close(ce_mqtt_subscriptions *s)
{
    ce_buf_free(&s->path);
    ce_buf_free(&s->filters);
}
