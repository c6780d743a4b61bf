-- SPDX-License-Identifier: Apache-2.0
-- The load for wrk: binary-mode events with eight attributes and some 300 bytes
-- of JSON, of 1,000 keys.
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["ce-specversion"] = "1.0"
wrk.headers["ce-type"] = "com.example.order.created"
wrk.headers["ce-source"] = "/shops/eu-west-1/checkout"
wrk.headers["ce-id"] = "b3a1c2d4-77aa-4c0e-9f51-1d2e3f405162"
wrk.headers["ce-time"] = "2024-05-01T12:34:56.789Z"
wrk.headers["ce-subject"] = "order/123456"
wrk.headers["ce-dataschema"] = "https://example.com/schemas/order.json"
wrk.body = [[{"orderId":123456,"customer":{"id":98765,"name":"Jane Example",]]
  .. [["email":"jane@example.com"},"items":[{"sku":"A-100","qty":2,]]
  .. [["price":19.99},{"sku":"B-200","qty":1,"price":5.49},]]
  .. [[{"sku":"C-300","qty":7,"price":0.99}],"currency":"EUR",]]
  .. [["total":52.40,"paid":true,"note":"please leave at the door"}]]

local requests, sent = {}, 0

function init()
  for i = 1, 1000 do
    wrk.headers["ce-partitionkey"] = "customer-" .. i
    requests[i] = wrk.format()
  end
end

function request()
  sent = sent % 1000 + 1
  return requests[sent]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9),
    e.connect + e.read + e.write + e.timeout + e.status))
end
