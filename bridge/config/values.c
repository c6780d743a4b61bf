/* SPDX-License-Identifier: Apache-2.0 */
/* A list of pairs: a configuration has few variables. */
#include "bridge/config/values.h"

#include <ctype.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/grow.h"

enum { LEN_MIN = 4 };

struct br_value {
    char *name, *text;
    size_t len;
};

static void forget(br_value *value)
{
    if (value->text)
        explicit_bzero(value->text, value->len);
    ce_free(value->text);
    ce_free(value->name);
}

ce_status br_values_add(br_values *v, const char *name, ce_slice value)
{
    br_value *grown;

    if (value.len < LEN_MIN)
        return CE_OK;
    grown = ce_grow(v->list, v->count, sizeof *grown);
    if (!grown)
        return CE_ENOMEM;
    v->list = grown;
    grown += v->count;
    *grown = (br_value){ .name = ce_strndup(name, strlen(name)),
                         .text = ce_strndup(value.ptr, value.len),
                         .len = value.len };
    if (grown->name && grown->text) {
        v->count++;
        return CE_OK;
    }
    forget(grown);
    return CE_ENOMEM;
}

void br_values_free(br_values *v)
{
    for (size_t i = 0; i < v->count; i++)
        forget(&v->list[i]);
    ce_free(v->list);
    *v = (br_values){ 0 };
}

/* --- what to hide --- */

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* A word does not go on at POS of TEXT. */
static bool is_border(ce_slice text, size_t pos)
{
    return pos == 0 || pos == text.len || !is_of_word(text.ptr[pos - 1]) ||
           !is_of_word(text.ptr[pos]);
}

/* Returns how many bytes of VALUE stand at POS of TEXT: all, or as many as TEXT
 * has left, or 0. */
static size_t len_at(const br_value *value, ce_slice text, size_t pos)
{
    size_t left = text.len - pos, len = value->len < left ? value->len : left;

    if (len < LEN_MIN || memcmp(text.ptr + pos, value->text, len) != 0 ||
        !is_border(text, pos) || !is_border(text, pos + len))
        return 0;
    return len;
}

static const br_value *longest_at(const br_values *v, ce_slice text, size_t pos,
                                  size_t *len)
{
    const br_value *found = NULL;

    *len = 0;
    for (size_t i = 0; i < v->count; i++) {
        size_t here = len_at(&v->list[i], text, pos);

        if (here > *len) {
            *len = here;
            found = &v->list[i];
        }
    }
    return found;
}

/* What stands in quotes that open before POS is a part of the result. */
static const br_value *part_at(const br_values *v, ce_slice text, size_t pos,
                               size_t *len)
{
    const char *begin = text.ptr + pos, *end;

    if (pos == 0 || begin[-1] != '"')
        return NULL;
    end = memchr(begin, '"', text.len - pos);
    *len = end ? (size_t)(end - begin) : text.len - pos;
    for (size_t i = 0; *len && i < v->count; i++)
        if (memmem(v->list[i].text, v->list[i].len, begin, *len))
            return &v->list[i];
    return NULL;
}

ce_status br_values_hide(const br_values *v, ce_slice text, bool parts,
                         ce_buf *out)
{
    ce_status status = CE_OK;
    size_t pos = 0, len;

    while (pos < text.len && status == CE_OK) {
        const br_value *hidden = longest_at(v, text, pos, &len);

        if (!hidden && parts)
            hidden = part_at(v, text, pos, &len);
        if (!hidden) {
            status = ce_buf_byte(out, text.ptr[pos++]);
            continue;
        }
        pos += len;
        status = ce_buf_printf(out, "${%s}", hidden->name);
    }
    return status;
}
