/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/path.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/settings/uri.h"

/* SEGMENT as a server may understand it. */
static const char *broken_segment(const char *segment)
{
    if (!strcmp(segment, ".") || !strcmp(segment, ".."))
        return "\".\" and \"..\" lead to another path";
    if (strpbrk(segment, "/\\"))
        return "a value may not have a '/' or '\\'";
    return NULL;
}

static const char *broken_encoded(ce_slice segment)
{
    char *decoded = NULL;
    const char *broken = "it cannot be decoded";

    if (ce_uri_decode(segment, &decoded, NULL) == CE_OK)
        broken = broken_segment(decoded);
    ce_free(decoded);
    return broken;
}

static const char *broken_path(const char *path)
{
    const char *broken = NULL;

    for (const char *p = path; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return "other characters are percent-encoded";
    while (*path && !broken) {
        size_t len = strcspn(path, "/");

        broken = broken_encoded((ce_slice){ path, len });
        path += len + (path[len] == '/');
    }
    return broken;
}

static const char *broken_item(const char *item)
{
    return *item == '/' ? NULL : "a path begins with '/'";
}

/* The list is written as people read paths. */
static bool allows(const char *item, const char *path)
{
    char *decoded = NULL;
    bool allowed;

    if (ce_uri_decode(ce_slice_of(path), &decoded, NULL) != CE_OK)
        return false;
    allowed = ce_target_glob(item, decoded);
    ce_free(decoded);
    return allowed;
}

static const ce_target_rules rules = {
    .noun = "path",
    .option = "paths",
    .place = CE_IN_PATH,
    .broken = broken_path,
    .broken_item = broken_item,
    .allows = allows,
};

/* The path of the URL, as written. */
static ce_slice path_of(const ce_settings *s)
{
    const char *host = strstr(ce_settings_target(s), "://") + 3;
    const char *path = host + strcspn(host, "/?");

    return (ce_slice){ path, strcspn(path, "?") };
}

ce_status ce_http_path_open(ce_target **out, const ce_settings *s,
                            ce_error *err)
{
    const char *allowed = ce_settings_text(s, "paths");
    ce_slice path = path_of(s);
    ce_status status;
    char *text;

    *out = NULL;
    if (!allowed && !memchr(path.ptr, '{', path.len))
        return CE_OK;
    if (ce_settings_boolean(s, "webhook"))
        return ce_fail(err, CE_EINVAL,
                       "path: a webhook has one URL, without placeholders");
    if (!strcmp(ce_settings_text(s, "mode"), "batch"))
        return ce_fail(err, CE_EINVAL,
                       "path: a batch has one URL, without placeholders");
    text = ce_strndup(path.ptr, path.len);
    if (!text)
        return ce_no_memory(err);
    status = ce_target_open(out, &rules, text, allowed, err);
    ce_free(text);
    return status;
}

ce_status ce_http_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                      ce_error *err)
{
    size_t len = out->len;
    ce_status status = ce_target_tell(ce_http_path_open, s, d, out, err);
    ce_slice path = path_of(s);

    if (status != CE_OK || out->len > len)
        return status;
    if (!path.len)
        path = CE_SLICE("/");
    if (ce_buf_printf(out, "path %.*s", CE_ARG(path)) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_http_path_check(const ce_settings *s, ce_error *err)
{
    ce_target *t = NULL;
    ce_status status = ce_http_path_open(&t, s, err);

    ce_target_close(t);
    return status;
}
