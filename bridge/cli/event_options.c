/* SPDX-License-Identifier: Apache-2.0 */
/* The event that a command line describes. */
#include "bridge/cli/event_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool read_file(const char *path, ce_buf *out)
{
    FILE *file = fopen(path, "rbe");
    size_t got = 1;
    bool fine;

    if (!file)
        return false;
    while (got > 0 && ce_buf_reserve(out, 65536) == CE_OK) {
        got = fread(out->ptr + out->len, 1, 65536, file);
        out->len += got;
    }
    fine = got == 0 && !ferror(file);
    fclose(file);
    return fine;
}

static void set_text(ce_event *e, const char *type, ce_slice data,
                     br_faults *faults)
{
    ce_error err;

    if (ce_event_set_data(e, ce_slice_of(type), data, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

static void set_file(ce_event *e, const char *type, const char *path,
                     br_faults *faults)
{
    ce_buf file = { 0 };

    if (read_file(path, &file))
        set_text(e, type, ce_buf_slice(&file), faults);
    else
        br_fault(faults, NULL, "--data: %s: %s", path, strerror(errno));
    ce_buf_free(&file);
}

/* An event without data may have a content type, too. */
static void set_data(ce_event *e, const br_args *args, br_faults *faults)
{
    const char *data = br_args_value(args, "data");
    const char *type = br_args_value(args, "content_type");
    ce_error err;

    if (data && data[0] == '@')
        set_file(e, type, data + 1, faults);
    else if (data)
        set_text(e, type, ce_slice_of(data), faults);
    else if (type && ce_event_set(e, "datacontenttype", type, &err) != CE_OK)
        br_fault(faults, NULL, "--content-type: %s", err.text);
}

static void set_extension(ce_event *e, const br_arg *a, br_faults *faults)
{
    ce_slice name;
    const char *value = br_arg_pair(a, &name, faults);
    ce_error err;

    if (value && ce_event_set_slice(e, name, ce_slice_of(value), CE_STRING,
                                    &err) != CE_OK)
        br_fault(faults, NULL, "%s: %s", a->place, err.text);
}

static void set_attributes(ce_event *e, const br_args *args, br_faults *faults)
{
    static const char *const names[] = { "type", "source", "id", "time",
                                         "subject" };
    ce_error err;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = br_args_value(args, names[i]);

        if (text && ce_event_set(e, names[i], text, &err) != CE_OK)
            br_fault(faults, NULL, "--%s: %s", names[i], err.text);
        else if (!text && i < 2)
            br_fault(faults, NULL, "--%s is missing", names[i]);
    }
    for (unsigned i = 0; i < args->count; i++)
        if (strcmp(args->options[i].name, "ext") == 0)
            set_extension(e, &args->options[i], faults);
}

ce_event *br_event_of_options(const br_args *args, br_faults *faults)
{
    ce_event *e = ce_event_new();
    ce_error err;

    if (!e) {
        br_fault(faults, NULL, "out of memory");
        return NULL;
    }
    set_attributes(e, args, faults);
    set_data(e, args, faults);
    if (!faults->count && ce_event_stamp(e, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
    return e;
}
