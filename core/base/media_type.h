/* SPDX-License-Identifier: Apache-2.0 */
/* Media types, compared without case. */
#ifndef CE_CORE_BASE_MEDIA_TYPE_H
#define CE_CORE_BASE_MEDIA_TYPE_H

#include <cloudevents/slice.h>

/* Returns "type/subtype", without parameters and blanks around it; a view. */
ce_slice ce_media_type_bare(ce_slice content_type);
/* Returns the value of parameter NAME without quotes; absent when there is
 * none; a view. */
ce_slice ce_media_type_parameter(ce_slice content_type, const char *name);
/* Returns whether it is a media type with its parameters (RFC 2045 5.1). */
bool ce_media_type_is_valid(ce_slice content_type);
/* Returns whether its charset is UTF-8 or a part of that, or is not named. */
bool ce_media_type_is_utf8(ce_slice content_type);
/* Returns whether the subtype is NAME or ends with "+NAME" (RFC 6839). */
bool ce_media_type_has_subtype(ce_slice content_type, ce_slice name);

#endif
