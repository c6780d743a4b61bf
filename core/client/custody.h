/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox of a client whose source has to be answered at once. */
#ifndef CE_CORE_CLIENT_CUSTODY_H
#define CE_CORE_CLIENT_CUSTODY_H

#include <cloudevents/transport.h>

typedef struct ce_custody {
    ce_inbox *inbox;     /* NULL: none */
    ce_receiver *replay; /* of the inbox */
    char name[48];       /* stable and unique for its directory; or empty */
} ce_custody;

/* Opens an inbox if T needs one and the options of S want it: in DIR, else in
 * the first directory of the state that no other process has. */
ce_status ce_custody_open(ce_custody *y, const ce_transport *t, ce_settings *s,
                          const char *dir, ce_loop *l, ce_error *err);
/* The replay is stopped and settled. */
void ce_custody_close(ce_custody *y);

#endif
