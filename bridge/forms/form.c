/* SPDX-License-Identifier: Apache-2.0 */
/* The table of forms, and those that are read as a whole. */
#include "bridge/forms/form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- documents --- */

ce_status br_form_read_all(br_input *in, size_t max_bytes, ce_error *err)
{
    while (br_input_rest(in).len <= max_bytes && br_input_more(in))
        ;
    if (in->failure)
        return ce_fail(err, CE_EIO, "%s: %s", in->name, strerror(in->failure));
    if (br_input_rest(in).len > max_bytes)
        return ce_fail(err, CE_ETOOBIG, "longer than max_event_bytes (%zu)",
                       max_bytes);
    return CE_OK;
}

ce_status br_form_read_document(const br_form *form, br_input *in,
                                const br_taker *to, ce_error *err)
{
    const br_place at = { .file = in->name, .line = 1 };
    ce_status status = br_form_read_all(in, to->max_bytes, err);
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = br_form_format(form) };

    if (status == CE_ETOOBIG)
        return to->refuse(to->arg, &at, err->text);
    if (status != CE_OK)
        return status;
    m.content_type = ce_slice_of(m.format->media_type);
    m.body = br_input_rest(in);
    return to->take(to->arg, &at, &m);
}

/* --- the table --- */

/* Each format has a form of its own name, and one of its batches if it has
 * those. The first row of a name counts: some batches are read and written
 * event by event, without being held. */
static const br_form forms[] = {
    { "json", "json", BR_FORM_LINES, br_form_read_json },
    { "http", NULL, BR_FORM_ONE, br_form_read_http },
#define CE_FORMAT(name) { #name, #name, BR_FORM_ONE, br_form_read_document },
#include "generated/formats.inc"
#undef CE_FORMAT
    { "batch", "json", BR_FORM_ARRAY, br_form_read_batch },
    { "protobuf-batch", "protobuf", BR_FORM_FRAMES, br_form_read_protobuf },
    { "xml-batch", "xml", BR_FORM_ELEMENTS, br_form_read_xml },
#define CE_FORMAT(name)                                                        \
    { #name "-batch", #name, BR_FORM_WHOLE, br_form_read_whole },
#include "generated/formats.inc"
#undef CE_FORMAT
};
enum { COUNT = sizeof forms / sizeof *forms };

const ce_format *br_form_format(const br_form *form)
{
    return form->format ? ce_format_named(ce_slice_of(form->format)) : NULL;
}

bool br_form_is_batch(const br_form *form)
{
    return form->kind != BR_FORM_ONE && form->kind != BR_FORM_LINES;
}

static bool is_built(const br_form *form)
{
    const ce_format *f = br_form_format(form);

    if (!form->format)
        return true;
    return f && (!br_form_is_batch(form) || f->batch_media_type);
}

const br_form *br_form_find(const char *name)
{
    for (unsigned i = 0; i < COUNT; i++)
        if (strcmp(forms[i].name, name) == 0)
            return is_built(&forms[i]) ? &forms[i] : NULL;
    return NULL;
}

const br_form *br_form_of_batch(const ce_format *f)
{
    const br_form *form = forms;

    while (!br_form_is_batch(form) || br_form_format(form) != f)
        form++;
    return form;
}

void br_form_names(char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < COUNT && len < size; i++)
        if (br_form_find(forms[i].name) == &forms[i])
            len += (size_t)snprintf(out + len, size - len, "%s%s",
                                    len ? ", " : "", forms[i].name);
}
