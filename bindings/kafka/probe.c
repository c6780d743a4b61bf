/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka says when the last broker is lost but not when one is back, and
 * asking blocks: so a worker thread asks. */
#include "bindings/kafka/probe.h"

#include <pthread.h>
#include <uv.h>

#include <cloudevents/alloc.h>

struct ce_kafka_probe {
    uv_work_t work;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    rd_kafka_t *rk; /* under the lock: NULL when it is not used any more */
    rd_kafka_topic_t *topic;
    rd_kafka_resp_err_t code;
    ce_kafka_ask_fn *ask;
    ce_kafka_probe_fn *fn; /* NULL: dropped */
    void *arg;
};

rd_kafka_resp_err_t ce_kafka_ask_metadata(rd_kafka_t *rk,
                                          rd_kafka_topic_t *topic, void *arg)
{
    const struct rd_kafka_metadata *answer;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(rk, 0, topic, &answer, CE_KAFKA_ASK_MS);

    (void)arg;
    if (code)
        return code;
    if (topic && answer->topic_cnt > 0)
        code = answer->topics[0].err;
    rd_kafka_metadata_destroy(answer);
    return code;
}

static void work(uv_work_t *w)
{
    ce_kafka_probe *p = CE_OWNER(w, ce_kafka_probe, work);
    rd_kafka_resp_err_t code = p->ask(p->rk, p->topic, p->arg);

    pthread_mutex_lock(&p->lock);
    p->code = code;
    p->rk = NULL;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
}

static void after(uv_work_t *w, int status)
{
    ce_kafka_probe *p = CE_OWNER(w, ce_kafka_probe, work);
    ce_kafka_probe_fn *fn = p->fn;
    void *arg = p->arg;
    rd_kafka_resp_err_t code = p->code;

    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->ended);
    ce_free(p);
    if (fn && status == 0)
        fn(arg, code);
}

ce_kafka_probe *ce_kafka_probe_new(ce_loop *loop, rd_kafka_t *rk,
                                   rd_kafka_topic_t *topic,
                                   ce_kafka_probe_fn *fn, void *arg)
{
    return ce_kafka_probe_with(loop, rk, topic, ce_kafka_ask_metadata, fn, arg);
}

ce_kafka_probe *ce_kafka_probe_with(ce_loop *loop, rd_kafka_t *rk,
                                    rd_kafka_topic_t *topic,
                                    ce_kafka_ask_fn *ask, ce_kafka_probe_fn *fn,
                                    void *arg)
{
    ce_kafka_probe *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return NULL;
    p->rk = rk;
    p->topic = topic;
    p->ask = ask;
    p->fn = fn;
    p->arg = arg;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->ended, NULL);
    if (uv_queue_work(ce_loop_uv(loop), &p->work, work, after) != 0) {
        pthread_mutex_destroy(&p->lock);
        pthread_cond_destroy(&p->ended);
        ce_free(p);
        return NULL;
    }
    return p;
}

void ce_kafka_probe_drop(ce_kafka_probe *p)
{
    if (!p)
        return;
    p->fn = NULL;
    /* What has not begun never will; else it is waited for. */
    if (uv_cancel((uv_req_t *)&p->work) == 0)
        return;
    pthread_mutex_lock(&p->lock);
    while (p->rk)
        pthread_cond_wait(&p->ended, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
