/* SPDX-License-Identifier: Apache-2.0 */
/* Reads small files. */
#include "bindings/http/file_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

enum { LARGEST = 1 << 20 };

ce_status ce_http_file_text(const char *path, char **out, ce_error *err)
{
    FILE *f = fopen(path, "re");
    char *text = f ? ce_alloc(LARGEST + 1) : NULL;
    size_t len;

    if (!f)
        return ce_fail(err, CE_EIO, "cannot read %s: %s", path,
                       strerror(errno));
    if (!text) {
        fclose(f);
        return ce_no_memory(err);
    }
    len = fread(text, 1, LARGEST + 1, f);
    fclose(f);
    *out = len <= LARGEST ? ce_strndup(text, len) : NULL;
    ce_free(text);
    if (len > LARGEST)
        return ce_fail(err, CE_EIO, "cannot read %s: it is too large", path);
    return *out ? CE_OK : ce_no_memory(err);
}
