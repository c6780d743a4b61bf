/* SPDX-License-Identifier: Apache-2.0 */
/* Batches in XML, event by event: this finds where the elements in the root
 * begin and end, and gives each to the format in a batch of its own, with the
 * start tag of the root around it, which declares its namespaces. */
#include "bridge/forms/form.h"

#include <string.h>

typedef enum markup {
    OPEN,  /* <a> */
    EMPTY, /* <a/> */
    CLOSE, /* </a> */
    ASIDE, /* comments, CDATA, processing instructions, the declaration */
    DOCTYPE,
    NO_MARKUP /* the text ends too early */
} markup;

typedef struct xml_batch {
    const br_form *form;
    br_input *in;
    const br_taker *to;
    br_place at;
    ce_error *err;
    ce_buf head; /* the declaration and the start tag of the root */
    ce_buf one;  /* a batch of one */
    ce_slice name;
    ce_arena *arena;
    bool ended; /* by the taker */
} xml_batch;

/* --- markup --- */

static char at(br_input *in, size_t i)
{
    return br_input_has(in, i + 1) ? br_input_rest(in).ptr[i] : '\0';
}

static bool stands(br_input *in, size_t i, ce_slice text)
{
    return br_input_has(in, i + text.len) &&
           memcmp(br_input_rest(in).ptr + i, text.ptr, text.len) == 0;
}

/* Behind the next TEXT from I on, or 0. */
static size_t behind(const xml_batch *x, size_t i, ce_slice text)
{
    for (; i <= x->to->max_bytes && br_input_has(x->in, i + text.len); i++)
        if (stands(x->in, i, text))
            return i + text.len;
    return 0;
}

/* Behind the end of the tag at I, or 0. A '>' may stand in a quoted value
 * (XML 1.0 2.4). */
static size_t behind_tag(const xml_batch *x, size_t i)
{
    char quote = 0, c;

    for (; i <= x->to->max_bytes && (c = at(x->in, i)); i++) {
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

/* The markup at I, where there is a '<'; *END is behind it. */
static markup read_markup(const xml_batch *x, size_t i, size_t *end)
{
    markup kind = ASIDE;

    if (stands(x->in, i, CE_SLICE("<!--"))) {
        *end = behind(x, i + 4, CE_SLICE("-->"));
    } else if (stands(x->in, i, CE_SLICE("<![CDATA["))) {
        *end = behind(x, i + 9, CE_SLICE("]]>"));
    } else if (stands(x->in, i, CE_SLICE("<?"))) {
        *end = behind(x, i + 2, CE_SLICE("?>"));
    } else if (at(x->in, i + 1) == '!') {
        return DOCTYPE;
    } else {
        *end = behind_tag(x, i);
        kind = OPEN;
        if (at(x->in, i + 1) == '/')
            kind = CLOSE;
        else if (*end && br_input_rest(x->in).ptr[*end - 2] == '/')
            kind = EMPTY;
    }
    return *end ? kind : NO_MARKUP;
}

/* To the next '<' from I on, or the end. */
static size_t to_markup(const xml_batch *x, size_t i)
{
    char c;

    while (i <= x->to->max_bytes && (c = at(x->in, i)) && c != '<')
        i++;
    return i;
}

/* Behind the element whose start tag ends at END, or 0. */
static size_t behind_element(const xml_batch *x, size_t end)
{
    for (unsigned depth = 1; depth > 0;) {
        size_t i = to_markup(x, end);

        if (at(x->in, i) != '<' || i > x->to->max_bytes)
            return 0;
        switch (read_markup(x, i, &end)) {
        case OPEN:
            depth++;
            break;
        case CLOSE:
            depth--;
            break;
        case EMPTY:
        case ASIDE:
            break;
        case DOCTYPE:
        case NO_MARKUP:
            return 0;
        }
    }
    return end;
}

/* --- events --- */

static ce_status take(void *arg, const ce_event *e, ce_slice body)
{
    xml_batch *x = arg;
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = br_form_format(x->form),
                     .body = body };
    ce_status status = x->to->take(x->to->arg, &x->at, &m);

    (void)e;
    x->ended = status != CE_OK;
    return status;
}

static ce_status refuse(xml_batch *x, const char *why)
{
    static const char first[] = "event 0: ";

    if (x->in->failure)
        return ce_fail(x->err, CE_EIO, "%s: %s", x->in->name,
                       strerror(x->in->failure));
    if (strncmp(why, first, sizeof first - 1) == 0)
        why += sizeof first - 1;
    return x->to->refuse(x->to->arg, &x->at, why);
}

/* What comes behind a fault outside an element cannot be told. */
static ce_status give_up(xml_batch *x, const char *why)
{
    x->in->at_end = true;
    br_input_drop(x->in, br_input_rest(x->in).len);
    return refuse(x, why);
}

/* LEN bytes as a batch. */
static ce_status decode(xml_batch *x, size_t len)
{
    ce_slice text = { br_input_rest(x->in).ptr, len };
    ce_status status;

    ce_buf_clear(&x->one);
    if (ce_buf_append(&x->one, ce_buf_slice(&x->head)) != CE_OK ||
        ce_buf_append(&x->one, text) != CE_OK ||
        ce_buf_printf(&x->one, "</%.*s>", CE_ARG(x->name)) != CE_OK)
        return ce_no_memory(x->err);
    status = br_form_format(x->form)->decode_batch(ce_buf_slice(&x->one),
                                                   x->arena, take, x, x->err);
    ce_arena_reset(x->arena);
    br_input_drop(x->in, len);
    if (status == CE_OK || status == CE_ENOMEM || x->ended)
        return status;
    return refuse(x, x->err->text);
}

/* Whether the end tag of LEN bytes that begins here is the root's. */
static bool is_end_of(const xml_batch *x, size_t len)
{
    ce_slice name = { br_input_rest(x->in).ptr + 2, len - 3 };

    while (name.len > 0 && strchr(" \t\r\n", name.ptr[name.len - 1]))
        name.len--;
    return ce_slice_eq(name, x->name);
}

/* The next thing in the root. False at its end. */
static bool read_next(xml_batch *x, ce_status *status)
{
    bool is_there = br_input_skip_space(x->in);
    size_t end;

    x->at.line = x->in->line;
    if (!is_there) {
        *status = give_up(x, "XML: the batch does not end");
        return false;
    }
    if (at(x->in, 0) != '<') {
        *status = give_up(x, "XML: text between events");
        return false;
    }
    switch (read_markup(x, 0, &end)) {
    case OPEN:
        end = behind_element(x, end);
        if (!end)
            break;
        *status = decode(x, end);
        return *status == CE_OK;
    case EMPTY:
        *status = decode(x, end);
        return *status == CE_OK;
    case ASIDE:
        br_input_drop(x->in, end);
        return true;
    case CLOSE:
        if (!is_end_of(x, end))
            break;
        br_input_drop(x->in, end);
        return false;
    case DOCTYPE:
    case NO_MARKUP:
        break;
    }
    *status = give_up(x, "XML: an element does not end, or is too large");
    return false;
}

/* --- the root --- */

static ce_slice name_in(ce_slice tag)
{
    size_t n = 1;

    while (n < tag.len && !strchr(" \t\r\n/>", tag.ptr[n]))
        n++;
    return (ce_slice){ tag.ptr + 1, n - 1 };
}

/* Keeps the start tag as that of an element that has content. */
static ce_status keep_root(xml_batch *x, size_t end, bool is_empty)
{
    ce_slice tag = { br_input_rest(x->in).ptr, end };
    size_t before = x->head.len;

    if (is_empty)
        tag.len -= 2;
    if (ce_buf_append(&x->head, tag) != CE_OK ||
        (is_empty && ce_buf_byte(&x->head, '>') != CE_OK))
        return ce_no_memory(x->err);
    br_input_drop(x->in, end);
    x->name = name_in((ce_slice){ x->head.ptr + before, x->head.len - before });
    return CE_OK;
}

/* The declaration matters, comments do not. */
static ce_status skip_aside(xml_batch *x, size_t end)
{
    ce_slice text = { br_input_rest(x->in).ptr, end };
    ce_status status = CE_OK;

    if (ce_slice_starts(text, CE_SLICE("<?xml ")))
        status = ce_buf_append(&x->head, text);
    br_input_drop(x->in, end);
    return status;
}

/* To the first markup that is not aside; *END is behind it. */
static ce_status skip_asides(xml_batch *x, markup *kind, size_t *end)
{
    for (;;) {
        bool is_there = br_input_skip_space(x->in) && at(x->in, 0) == '<';
        ce_status status;

        x->at.line = x->in->line;
        *kind = is_there ? read_markup(x, 0, end) : NO_MARKUP;
        if (*kind != ASIDE)
            return CE_OK;
        status = skip_aside(x, *end);
        if (status != CE_OK)
            return status;
    }
}

/* To the content of the root; *MORE says whether it has one. */
static ce_status read_root(xml_batch *x, bool *more)
{
    ce_status status;
    markup kind;
    size_t end;

    *more = false;
    if (stands(x->in, 0, CE_SLICE("\xEF\xBB\xBF")))
        br_input_drop(x->in, 3);
    status = skip_asides(x, &kind, &end);
    if (status != CE_OK)
        return status;
    /* Entities of a document type can unfold without end. */
    if (kind == DOCTYPE)
        return give_up(x, "XML: a document type is not allowed");
    if (kind != OPEN && kind != EMPTY)
        return give_up(x, "XML: an element is expected");
    *more = kind == OPEN;
    status = keep_root(x, end, kind == EMPTY);
    /* The format says whether it is that of a batch. */
    if (status != CE_OK)
        return status;
    return decode(x, 0);
}

static ce_status read_batch(xml_batch *x)
{
    bool more;
    ce_status status = read_root(x, &more);

    while (more && status == CE_OK && read_next(x, &status))
        ;
    while (status == CE_OK && br_input_skip_space(x->in)) {
        size_t end;

        x->at.line = x->in->line;
        if (at(x->in, 0) != '<' || read_markup(x, 0, &end) != ASIDE)
            return give_up(x, "XML: something follows the batch");
        br_input_drop(x->in, end);
    }
    return status;
}

ce_status br_form_read_xml(const br_form *form, br_input *in,
                           const br_taker *to, ce_error *err)
{
    xml_batch x = { .form = form, .in = in, .to = to, .err = err };
    ce_status status;

    x.at = (br_place){ .file = in->name, .line = 1, .batch = 1 };
    x.arena = ce_arena_new();
    status = x.arena ? read_batch(&x) : ce_no_memory(err);
    ce_arena_free(x.arena);
    ce_buf_free(&x.head);
    ce_buf_free(&x.one);
    if (status == CE_OK && in->failure)
        return ce_fail(err, CE_EIO, "%s: %s", in->name, strerror(in->failure));
    return status;
}
