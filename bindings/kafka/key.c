/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/key.h"

ce_status ce_kafka_key_open(ce_template **out, const ce_settings *s,
                            ce_error *err)
{
    const char *key = ce_settings_text(s, "key");

    *out = NULL;
    return key ? ce_template_compile(out, key, CE_IN_TEXT, err) : CE_OK;
}

/* Kafka binding 3.1: the user's template makes the key, else it stays as it
 * came. What cannot be made of this event leaves it alone. */
ce_slice ce_kafka_key_of(const ce_template *key, ce_delivery *d)
{
    ce_slice made;

    if (key && ce_template_expand(key, d, ce_delivery_event(d, NULL), &made,
                                  NULL) == CE_OK)
        return made;
    return d->message.key;
}
