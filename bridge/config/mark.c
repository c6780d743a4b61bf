/* SPDX-License-Identifier: Apache-2.0 */
/* A sum over the tree of a route and over the files that it names. */
#include "bridge/config/mark.h"

#include <string.h>
#include <sys/stat.h>

#include <cloudevents/slice.h>

#include "core/settings/uri.h"

/* FNV-1a, 64 bits. */
static uint64_t add_bytes(uint64_t sum, const void *ptr, size_t len)
{
    const unsigned char *at = ptr;

    for (size_t i = 0; i < len; i++)
        sum = (sum ^ at[i]) * 0x100000001B3u;
    return sum;
}

static uint64_t add_number(uint64_t sum, uint64_t number)
{
    return add_bytes(sum, &number, sizeof number);
}

static uint64_t add_text(uint64_t sum, const char *text)
{
    return text ? add_bytes(sum, text, strlen(text) + 1) : sum;
}

/* The route writes it itself. */
static bool is_own_file(ce_slice option)
{
    return ce_slice_eq(option, CE_SLICE("position"));
}

/* A secret that is written anew has another time or another inode. */
static uint64_t add_file(uint64_t sum, ce_slice option, const char *path)
{
    struct stat file;

    if (is_own_file(option) || stat(path, &file) || !S_ISREG(file.st_mode))
        return sum;
    sum = add_number(sum, file.st_ino);
    sum = add_number(sum, (uint64_t)file.st_size);
    sum = add_number(sum, (uint64_t)file.st_mtim.tv_sec);
    return add_number(sum, (uint64_t)file.st_mtim.tv_nsec);
}

/* Variables stand percent-encoded in a URI. */
static uint64_t add_value(uint64_t sum, ce_slice name, ce_slice value)
{
    char *path = NULL;

    if (ce_uri_decode(value, &path, NULL) != CE_OK)
        return sum;
    sum = add_file(sum, name, path);
    ce_wipe(path);
    return sum;
}

/* The values of the options in a URI. */
static uint64_t add_values(uint64_t sum, const char *uri)
{
    const char *at = strchr(uri, '?');

    while (at) {
        const char *equals = strpbrk(at + 1, "=&");

        if (equals && *equals == '=') {
            ce_slice name = { at + 1, (size_t)(equals - at - 1) };
            ce_slice value = { equals + 1, strcspn(equals + 1, "&") };

            sum = add_value(sum, name, value);
        }
        at = strchr(at + 1, '&');
    }
    return sum;
}

static uint64_t add_scalar(uint64_t sum, const br_node *n)
{
    sum = add_text(sum, n->text);
    sum = add_file(sum, ce_slice_of(n->key ? n->key : ""), n->text);
    return add_values(sum, n->text);
}

/* Configurations are a few levels deep; the reader limits them. */
static uint64_t add_node(uint64_t sum, const br_node *n)
{
    sum = add_number(sum, (uint64_t)n->kind);
    sum = add_text(sum, n->key);
    if (n->kind == BR_NODE_SCALAR)
        return add_scalar(sum, n);
    for (const br_node *i = n->first; i; i = i->next)
        sum = add_node(sum, i);
    return add_number(sum, 0);
}

uint64_t br_config_mark(const br_node *route)
{
    return add_node(0xCBF29CE484222325u, route);
}
