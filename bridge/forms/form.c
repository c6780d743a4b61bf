/* SPDX-License-Identifier: Apache-2.0 */
/* The table of forms, and those that are read as a whole. */
#include "bridge/forms/form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- documents --- */

ce_status ce_form_read_all(ce_input *in, size_t max_bytes, ce_error *err)
{
    while (ce_input_rest(in).len <= max_bytes && ce_input_more(in))
        ;
    if (in->failure)
        return ce_fail(err, CE_EIO, "%s: %s", in->name, strerror(in->failure));
    if (ce_input_rest(in).len > max_bytes)
        return ce_fail(err, CE_EINVAL, "longer than max_event_bytes (%zu)",
                       max_bytes);
    return CE_OK;
}

ce_status ce_form_read_document(const ce_form *form, ce_input *in,
                                const ce_taker *to, ce_error *err)
{
    const ce_place at = { .file = in->name, .line = 1 };
    ce_status status = ce_form_read_all(in, to->max_bytes, err);
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = ce_form_format(form) };

    if (status == CE_EINVAL)
        return to->refuse(to->arg, &at, err->text);
    if (status != CE_OK)
        return status;
    m.content_type = ce_slice_of(m.format->media_type);
    m.body = ce_input_rest(in);
    return to->take(to->arg, &at, &m);
}

/* --- the table --- */

static const ce_form forms[] = {
    { "json", "json", CE_FORM_LINES, ce_form_read_json },
    { "http", NULL, CE_FORM_ONE, ce_form_read_http },
    { "protobuf", "protobuf", CE_FORM_ONE, ce_form_read_document },
    { "avro", "avro", CE_FORM_ONE, ce_form_read_document },
    { "xml", "xml", CE_FORM_ONE, ce_form_read_document },
    { "batch", "json", CE_FORM_ARRAY, ce_form_read_batch },
    { "protobuf-batch", "protobuf", CE_FORM_FRAMES, ce_form_read_protobuf },
    { "xml-batch", "xml", CE_FORM_ELEMENTS, ce_form_read_xml },
};
enum { COUNT = sizeof forms / sizeof *forms };

const ce_format *ce_form_format(const ce_form *form)
{
    return form->format ? ce_format_named(ce_slice_of(form->format)) : NULL;
}

bool ce_form_is_batch(const ce_form *form)
{
    return form->kind != CE_FORM_ONE && form->kind != CE_FORM_LINES;
}

static bool is_built(const ce_form *form)
{
    return !form->format || ce_form_format(form);
}

const ce_form *ce_form_find(const char *name)
{
    for (unsigned i = 0; i < COUNT; i++)
        if (strcmp(forms[i].name, name) == 0)
            return is_built(&forms[i]) ? &forms[i] : NULL;
    return NULL;
}

const ce_form *ce_form_of_batch(const ce_format *f)
{
    const ce_form *form = forms;

    while (!ce_form_is_batch(form) || ce_form_format(form) != f)
        form++;
    return form;
}

void ce_form_names(char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < COUNT && len < size; i++)
        if (is_built(&forms[i]))
            len += (size_t)snprintf(out + len, size - len, "%s%s",
                                    len ? ", " : "", forms[i].name);
}
