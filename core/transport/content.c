/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender's options say about how events are written. */
#include <cloudevents/transport.h>

#include <string.h>

static ce_mode mode_of(const char *name)
{
    if (!strcmp(name, "binary"))
        return CE_MODE_BINARY;
    /* A batch is made of structured events. */
    return !strcmp(name, "structured") || !strcmp(name, "batch")
               ? CE_MODE_STRUCTURED
               : CE_MODE_NONE;
}

static ce_status read_format(const ce_settings *s, ce_content *out,
                             ce_error *err)
{
    const char *name = ce_settings_text(s, "format");

    if (ce_settings_has(s, "format") && out->mode != CE_MODE_STRUCTURED)
        return ce_fail(err, CE_EINVAL,
                       "format: \"%s\" needs mode=structured, and mode is "
                       "\"%s\"",
                       name, ce_settings_text(s, "mode"));
    if (strcmp(ce_settings_text(s, "mode"), "batch") == 0 &&
        strcmp(name, "json") != 0)
        return ce_fail(err, CE_EINVAL, "format: \"%s\": batches are JSON",
                       name);
    out->format = ce_format_named(ce_slice_of(name));
    if (out->format)
        return CE_OK;
    return ce_fail(err, CE_ENOTSUP, "format: this build does not have \"%s\"",
                   name);
}

ce_status ce_content_of(const ce_transport *t, const ce_settings *s,
                        ce_content *out, ce_error *err)
{
    *out = (ce_content){ CE_MODE_NONE, &ce_format_json };
    if (ce_option_find(t->sender_options, "mode"))
        out->mode = mode_of(ce_settings_text(s, "mode"));
    if (ce_option_find(t->sender_options, "format"))
        return read_format(s, out, err);
    return CE_OK;
}
