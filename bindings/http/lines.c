/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the two judges how lines end: the library, or the check for
 * 0.9.75. */
#include "bindings/http/lines.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/log.h>

#include "bindings/http/old_lines.h"

/* The first version with a discipline level that judges line ends. */
#define JUDGES 0x00097701

/* Level 1: as strict as RFC 9112 lets a server be. Both options take an int. */
#if MHD_VERSION >= JUDGES
enum { STRICT = MHD_OPTION_CLIENT_DISCIPLINE_LVL };
#else
enum { STRICT = MHD_OPTION_STRICT_FOR_CLIENT };
#endif

static bool checks, judged, judges_chunks;

/* The header of one version may meet the library of another at run time. */
static bool library_judges(void)
{
    unsigned part[3] = { 0 };

    if (MHD_VERSION < JUDGES || sscanf(MHD_get_version(), "%u.%u.%u", &part[0],
                                       &part[1], &part[2]) != 3)
        return false;
    return part[0] > 0 || part[1] > 9 || part[2] > 77;
}

static void open_once(void)
{
    checks = ce_http_old_lines_prove();
    judges_chunks = library_judges();
    judged = checks || judges_chunks;
    if (!judged)
        ce_log(CE_WARN,
               "http: libmicrohttpd %s lets bare line feeds, NULs and folded "
               "lines through in a request's head: use version 1.0, or put a "
               "strict proxy in front",
               MHD_get_version());
}

bool ce_http_lines_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, open_once);
    return judged;
}

bool ce_http_lines_end_with_chunks(void)
{
    return !judges_chunks;
}

struct MHD_OptionItem ce_http_lines_option(void)
{
    return (struct MHD_OptionItem){ (enum MHD_OPTION)STRICT, 1, NULL };
}

const char *ce_http_lines_look(struct MHD_Connection *c, const char *method,
                               const char *behind_target, const char *version)
{
    if (!checks)
        return NULL;
    return ce_http_old_lines_look(c, method, behind_target, version);
}
