/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors of the process. */
#ifndef CE_CORE_BASE_DESCRIPTORS_H
#define CE_CORE_BASE_DESCRIPTORS_H

/* Raises how many the process may have to what it is allowed at most: the soft
 * limit is often 1024. Returns how many it may have now; ULONG_MAX: nobody
 * knows. */
unsigned long ce_descriptors_raise(void);

#endif
