/* SPDX-License-Identifier: Apache-2.0 */
/* The list of faults, as text. */
#include "bridge/config/faults.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/printable.h"

static ce_status write_place(br_faults *f, const br_node *at)
{
    if (f->file)
        return ce_buf_printf(&f->text, "%s:%u: ", f->file,
                             at && at->line ? at->line : 1);
    if (at && at->place)
        return ce_buf_printf(&f->text, "cebridge: %s: ", at->place);
    return ce_buf_printf(&f->text, "cebridge: ");
}

/* Without memory the count still says that something is wrong. */
static void add(br_faults *f, const br_node *at, const char *before,
                const char *text)
{
    f->count++;
    if (write_place(f, at) == CE_OK)
        (void)!ce_buf_printf(&f->text, "%s%s\n", before, text);
}

void br_fault(br_faults *f, const br_node *at, const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ce_printable(line);
    add(f, at, "", line);
}

void br_fault_usage(br_faults *f, const char *usage)
{
    add(f, NULL, "usage: ", usage);
}

void br_fault_point(br_faults *f, ce_slice line, size_t column, size_t width,
                    const char *remedy)
{
    ce_status status = ce_buf_printf(&f->text, "    %.*s\n    ", CE_ARG(line));

    /* What stands below a tab is as wide. */
    for (size_t i = 0; i < column && status == CE_OK; i++)
        status = ce_buf_byte(&f->text,
                             i < line.len && line.ptr[i] == '\t' ? '\t' : ' ');
    for (size_t i = 0; i < width && status == CE_OK; i++)
        status = ce_buf_byte(&f->text, '^');
    if (status == CE_OK)
        status = ce_buf_printf(&f->text, "%s%s\n", remedy ? " " : "",
                               remedy ? remedy : "");
    if (status != CE_OK)
        f->count++;
}

void br_faults_free(br_faults *f)
{
    ce_buf_free(&f->text);
    f->count = 0;
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
