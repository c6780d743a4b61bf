/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of "attribute = template", as wraps and transformations have them. */
#include "core/template/template.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/grow.h"
#include "core/event/attr.h"

/* No event has so many; looking for one name costs as much as there are. */
enum { EDITS_MAX = 1000 };

static ce_status check_value(const ce_attr *a, ce_error *err)
{
    ce_status status = ce_attr_check(a, err);

    /* Binary mode would announce structured mode with it. */
    if (status == CE_OK && ce_slice_eq(a->name, CE_SLICE("datacontenttype")) &&
        ce_mode_of(a->text) != CE_MODE_BINARY)
        return ce_attr_fail(err, a->name, "is a media type of CloudEvents",
                            a->text);
    return status;
}

/* A text without placeholders can be judged before the first event. */
static ce_status check_literal(const ce_edit *edit, ce_error *err)
{
    ce_slice name = ce_slice_of(edit->name);
    ce_slice text = ce_template_literal(edit->value);
    ce_attr a = { name, text, ce_attr_type_of(name, CE_STRING) };

    return text.ptr ? check_value(&a, err) : CE_OK;
}

static ce_status check_name(const ce_edits *edits, const char *name,
                            ce_error *err)
{
    if (!ce_name_is_valid(ce_slice_of(name)))
        return ce_fail(err, CE_EINVAL,
                       "\"%.60s\" is not the name of an attribute: it may "
                       "only have the characters a-z and 0-9",
                       name);
    if (!strcmp(name, "specversion"))
        return ce_fail(err, CE_EINVAL, "specversion cannot be set");
    if (edits->len == EDITS_MAX)
        return ce_fail(err, CE_EINVAL,
                       "attribute \"%.60s\": there are %d already", name,
                       EDITS_MAX);
    for (unsigned i = 0; i < edits->len; i++)
        if (!strcmp(edits->at[i].name, name))
            return ce_fail(err, CE_EINVAL, "attribute \"%.60s\" is set twice",
                           name);
    return CE_OK;
}

static void free_edit(ce_edit *edit)
{
    ce_template_free(edit->value);
    ce_free(edit->name);
}

static ce_status make_edit(ce_edit *edit, const char *name, const char *value,
                           ce_error *err)
{
    ce_type type = ce_attr_type_of(ce_slice_of(name), CE_STRING);
    bool is_uri = type == CE_URI || type == CE_URI_REF;
    ce_error why;
    ce_status status = ce_template_compile(
        &edit->value, value, is_uri ? CE_IN_REFERENCE : CE_IN_TEXT, &why);

    if (status != CE_OK)
        return ce_fail(err, status, "attribute \"%.60s\": %.180s", name,
                       why.text);
    edit->name = ce_strndup(name, strlen(name));
    if (!edit->name)
        return ce_no_memory(err);
    return check_literal(edit, err);
}

ce_status ce_edits_add(ce_edits *edits, const char *name, const char *value,
                       ce_error *err)
{
    ce_edit edit = { NULL, NULL }, *grown;
    ce_status status = check_name(edits, name, err);

    if (status != CE_OK)
        return status;
    grown = ce_grow(edits->at, edits->len, sizeof *grown);
    if (!grown)
        return ce_no_memory(err);
    edits->at = grown;
    status = make_edit(&edit, name, value, err);
    if (status != CE_OK) {
        free_edit(&edit);
        return status;
    }
    edits->at[edits->len++] = edit;
    return CE_OK;
}

void ce_edits_free(ce_edits *edits)
{
    for (unsigned i = 0; i < edits->len; i++)
        free_edit(&edits->at[i]);
    ce_free(edits->at);
    *edits = (ce_edits){ NULL, 0 };
}

ce_status ce_edit_expand(const ce_edit *edit, ce_delivery *d, const ce_event *e,
                         ce_attr *out, ce_error *err)
{
    ce_error why;
    ce_status status;

    out->name = ce_slice_of(edit->name);
    out->type = ce_attr_type_of(out->name, CE_STRING);
    status = ce_template_expand(edit->value, d, e, &out->text, &why);
    if (status != CE_OK)
        return ce_fail(err, status, "attribute \"%.60s\": %.180s", edit->name,
                       why.text);
    return check_value(out, err);
}
