/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends of MQTT 5 need. Only for the benchmark. */
#ifndef LIMITS_MQTT_H
#define LIMITS_MQTT_H

#include <MQTTAsync.h>

/* What paho does for a message grows with how many are on their way to the
 * broker (instructions an event from Kafka: 183,000 with 10, 186,000 with 20,
 * 196,000 with 100, 222,000 with 999); what comes from it costs the same with
 * 10 and with 1000. */
enum { QOS = 1, OUT_MAX = 20, IN_MAX = 1000 };

/* Connects. ARRIVED is called on a thread of paho; NULL where nothing does. */
MQTTAsync open_mqtt(const char *host, MQTTAsync_messageArrived *arrived);
void subscribe(MQTTAsync client, const char *filter);

#endif
