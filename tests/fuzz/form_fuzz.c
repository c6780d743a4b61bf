/* SPDX-License-Identifier: Apache-2.0 */
/* Files of events: the first byte chooses the form. Whatever a reader takes is
 * valid when nothing is found in it, and then it can be written as JSON. */
#include "bridge/forms/form.h"
#include "core/json/scan.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = { "json", "batch", "http", "protobuf-batch",
                                     "xml-batch" };
enum { COUNT = sizeof names / sizeof *names };

static ce_status count(void *arg, const ce_error *found)
{
    check(found->status != CE_OK && found->text[0]);
    ++*(unsigned *)arg;
    return CE_OK;
}

static void write_json(const ce_message *m, const ce_event *e)
{
    br_form_writer w = { .form = br_form_find("json") };
    ce_error err;

    check(br_form_write(&w, m, e, &err) == CE_OK);
    check(ce_json_is_valid(ce_buf_slice(&w.out)));
    br_form_writer_free(&w);
}

static ce_status take(void *arg, const br_place *at, const ce_message *m)
{
    ce_arena *arena = arg;
    unsigned findings = 0;
    ce_event e;
    ce_error err;

    check(at->line > 0);
    check(ce_message_findings(m, arena, &e, count, &findings) == CE_OK);
    check((ce_message_decode(m, arena, &e, &err) == CE_OK) == (findings == 0));
    if (findings == 0)
        write_json(m, &e);
    ce_arena_reset(arena);
    return CE_OK;
}

static ce_status refuse(void *arg, const br_place *at, const char *why)
{
    (void)arg;
    check(at->line > 0 && why[0]);
    return CE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    br_taker to = { take, refuse, NULL, 1 << 16 };
    const br_form *form;
    ce_status status;
    ce_error err;
    br_input in;

    if (size == 0)
        return 0;
    form = br_form_find(names[*bytes % COUNT]);
    to.arg = ce_arena_new();
    check(form && to.arg);
    check(br_input_of(&in, (ce_slice){ (const char *)bytes + 1, size - 1 },
                      "input", 1) == CE_OK);
    status = form->read(form, &in, &to, &err);
    check(status == CE_OK || status == CE_ENOTSUP);
    br_input_close(&in);
    ce_arena_free(to.arg);
    return 0;
}
