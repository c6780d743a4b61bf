/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends of MQTT 5 need. Only for the benchmark. */
#ifndef LIMITS_MQTT_H
#define LIMITS_MQTT_H

#include <MQTTAsync.h>

enum { QOS = 1, WINDOW = 1000 };

/* Connects. ARRIVED is called on a thread of paho; NULL where nothing does. */
MQTTAsync open_mqtt(const char *host, MQTTAsync_messageArrived *arrived);
void subscribe(MQTTAsync client, const char *filter);

#endif
