/* SPDX-License-Identifier: Apache-2.0 */
/* A name whose resolver never answers: what has asked for it is given up, and
 * the loop does not wait. libcurl asks in a thread of its own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tests/http/raw_client.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

/* Nobody resolves this one; it ends when the test lets it, or long after. */
#define NAME "silent.invalid"
enum { LONG_S = 30 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_asked, is_let_go, is_answered;

static bool is(const bool *flag)
{
    bool value;

    pthread_mutex_lock(&lock);
    value = *flag;
    pthread_mutex_unlock(&lock);
    return value;
}

static void wait_in_vain(void)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += LONG_S;
    pthread_mutex_lock(&lock);
    is_asked = true;
    while (!is_let_go && !pthread_cond_timedwait(&changed, &lock, &end))
        ;
    is_answered = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void let_go(void)
{
    pthread_mutex_lock(&lock);
    is_let_go = true;
    pthread_cond_broadcast(&changed);
    while (!is_answered)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* In the place of the system's, also for libraries. */
CE_API int getaddrinfo(const char *restrict name, const char *restrict service,
                       const struct addrinfo *restrict hints,
                       struct addrinfo **restrict out)
{
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);

    if (name && !strcmp(name, NAME)) {
        wait_in_vain();
        return EAI_AGAIN;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(name, service, hints, out);
}

/* --- who asks --- */

static rig now;

static void forget_the_last(void)
{
    is_asked = is_let_go = is_answered = false;
}

static void a_callback_is_given_up_at_once(void)
{
    client peer;

    forget_the_last();
    rig_open(&now);
    rig_start_receiver(
        &now, "http://127.0.0.1:0/?webhook_origins=*&webhook_callback=any");
    EXPECT_EQ(client_ask_once(&peer, &now,
                              "OPTIONS / HTTP/1.1\r\nHost: h\r\n"
                              "WebHook-Request-Origin: a.example\r\n"
                              "WebHook-Request-Callback: http://" NAME
                              "/\r\n\r\n"),
              202);
    RIG_UNTIL(&now, is(&is_asked));
    rig_close(&now);
    EXPECT(!is(&is_answered));
    let_go();
}

static void an_event_is_given_up_at_once(void)
{
    forget_the_last();
    rig_open(&now);
    rig_start_sender(&now, "http://" NAME "/");
    rig_send(&now, "1");
    RIG_UNTIL(&now, is(&is_asked));
    rig_close_sender(&now, 0);
    EXPECT(!is(&is_answered));
    let_go();
    rig_close(&now);
}

TESTS("http resolver", TEST(a_callback_is_given_up_at_once),
      TEST(an_event_is_given_up_at_once))
