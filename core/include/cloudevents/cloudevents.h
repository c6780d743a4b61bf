/* SPDX-License-Identifier: Apache-2.0 */
/* Everything of this library's public interface. */
#ifndef CLOUDEVENTS_CLOUDEVENTS_H
#define CLOUDEVENTS_CLOUDEVENTS_H

#include <cloudevents/alloc.h>
#include <cloudevents/cesql.h>
#include <cloudevents/client.h>
#include <cloudevents/data.h>
#include <cloudevents/delivery.h>
#include <cloudevents/error.h>
#include <cloudevents/event.h>
#include <cloudevents/extensions.h>
#include <cloudevents/format.h>
#include <cloudevents/log.h>
#include <cloudevents/loop.h>
#include <cloudevents/message.h>
#include <cloudevents/pipeline.h>
#include <cloudevents/queue.h>
#include <cloudevents/result.h>
#include <cloudevents/server.h>
#include <cloudevents/settings.h>
#include <cloudevents/slice.h>
#include <cloudevents/transport.h>

#endif
