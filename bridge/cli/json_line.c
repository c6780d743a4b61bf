/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/cli/json_line.h"

#include <unistd.h>

#include "core/base/printable.h"
#include "core/json/scan.h"

static ce_status make(ce_slice json, bool is_terminal, ce_buf *line)
{
    ce_buf compact = { NULL, 0, 0 };
    ce_status status = ce_json_compact(json, &compact);

    if (status == CE_OK && is_terminal)
        status = ce_printable_json(ce_buf_slice(&compact), line);
    else if (status == CE_OK)
        status = ce_buf_append(line, ce_buf_slice(&compact));
    ce_buf_free(&compact);
    return status == CE_OK ? ce_buf_byte(line, '\n') : status;
}

ce_status br_json_line(ce_slice json, FILE *out)
{
    ce_buf line = { NULL, 0, 0 };
    ce_status status = make(json, isatty(fileno(out)), &line);

    if (status == CE_OK && fwrite(line.ptr, 1, line.len, out) != line.len)
        status = CE_EIO;
    ce_buf_free(&line);
    return status;
}
