/* SPDX-License-Identifier: Apache-2.0 */
/* The list of faults, as text. */
#include "bridge/config/faults.h"

#include <stdarg.h>
#include <stdio.h>

#include <cloudevents/alloc.h>

#include "core/base/grow.h"
#include "core/base/printable.h"

static unsigned line_of(const br_node *at)
{
    return at && at->line ? at->line : 1;
}

static ce_status write_place(br_faults *f, const br_node *at)
{
    const char *program = f->is_for_log ? "" : "cebridge: ";

    if (f->file)
        return ce_buf_printf(&f->text, "%s:%u: ", f->file, line_of(at));
    if (at && at->place)
        return ce_buf_printf(&f->text, "%s%s: ", program, at->place);
    return ce_buf_printf(&f->text, "%s", program);
}

/* What was written since BEGIN, but for the end of the line. */
static br_fault_part part_from(const br_faults *f, size_t begin)
{
    return (br_fault_part){ begin, f->text.len - 1 - begin };
}

static void note_place(br_faults *f, const br_node *at, size_t begin)
{
    br_fault_place *grown = ce_grow(f->places, f->place_count, sizeof *grown);

    if (!grown)
        return;
    f->places = grown;
    grown[f->place_count++] =
        (br_fault_place){ .line = f->file ? line_of(at) : 0,
                          .message = part_from(f, begin) };
}

/* Without memory the count still says that something is wrong. */
static void add(br_faults *f, const br_node *at, const char *before,
                const char *text)
{
    size_t begin;

    f->count++;
    if (write_place(f, at) != CE_OK)
        return;
    begin = f->text.len;
    if (ce_buf_printf(&f->text, "%s%s\n", before, text) == CE_OK)
        note_place(f, at, begin);
}

void br_fault(br_faults *f, const br_node *at, const char *fmt, ...)
{
    char line[512];
    ce_buf shown = { 0 };
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (br_values_hide(&f->values, ce_slice_of(line), at && at->is_expanded,
                       &shown) == CE_OK &&
        ce_buf_byte(&shown, '\0') == CE_OK) {
        ce_printable(shown.ptr);
        add(f, at, "", shown.ptr);
    } else {
        f->count++;
    }
    ce_buf_free(&shown);
}

void br_fault_usage(br_faults *f, const char *usage)
{
    add(f, NULL, "usage: ", usage);
}

/* Returns the place of the fault that was added last. */
static br_fault_place *last_place(br_faults *f)
{
    static br_fault_place none;

    return f->place_count ? &f->places[f->place_count - 1] : &none;
}

static ce_status point(br_faults *f, ce_slice line, size_t column, size_t width)
{
    ce_status status = ce_buf_append(&f->text, CE_SLICE("    "));

    /* What stands below a tab is as wide. */
    for (size_t i = 0; i < column && status == CE_OK; i++)
        status = ce_buf_byte(&f->text,
                             i < line.len && line.ptr[i] == '\t' ? '\t' : ' ');
    for (size_t i = 0; i < width && status == CE_OK; i++)
        status = ce_buf_byte(&f->text, '^');
    return status;
}

void br_fault_point(br_faults *f, ce_slice line, size_t column, size_t width,
                    const char *remedy)
{
    br_fault_place *place = last_place(f);
    size_t begin = f->text.len + 4;
    ce_status status = ce_buf_printf(&f->text, "    %.*s\n", CE_ARG(line));

    if (status == CE_OK) {
        place->excerpt = part_from(f, begin);
        place->column = (unsigned)column + 1;
        status = point(f, line, column, width);
    }
    begin = f->text.len + 1;
    if (status == CE_OK)
        status = ce_buf_printf(&f->text, "%s%s\n", remedy ? " " : "",
                               remedy ? remedy : "");
    if (status != CE_OK)
        f->count++;
    else if (remedy)
        place->remedy = part_from(f, begin);
}

void br_faults_free(br_faults *f)
{
    ce_buf_free(&f->text);
    br_values_free(&f->values);
    ce_free(f->places);
    f->places = NULL;
    f->count = f->place_count = 0;
}

bool br_faults_show(const br_faults *f)
{
    ce_buf shown = { NULL, 0, 0 };

    /* Names of files and lines of theirs, too. */
    if (f->text.len &&
        ce_printable_add(ce_buf_slice(&f->text), "\n\t", &shown) == CE_OK)
        fwrite(shown.ptr, 1, shown.len, stderr);
    fflush(stderr);
    ce_buf_free(&shown);
    return f->count > 0;
}
