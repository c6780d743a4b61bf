-- SPDX-License-Identifier: Apache-2.0
-- The load for wrk: binary-mode events with eight attributes and some 300 bytes
-- of JSON, of 1,000 keys. The environment asks for others: LOAD_BYTES of JSON,
-- LOAD_ATTRIBUTES, and LOAD_PATHS, which are the URI's with a number behind.
local function number(name)
  return tonumber(os.getenv(name) or "0")
end

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

local padding = number("LOAD_BYTES") - #wrk.body
if padding > 0 then
  wrk.body = wrk.body:sub(1, -3) .. string.rep("x", padding) .. '"}'
end
for i = 9, number("LOAD_ATTRIBUTES") do
  wrk.headers["ce-extension" .. i] = "value of extension " .. i
end

-- They are made before they are sent: of large ones there are fewer.
local paths = number("LOAD_PATHS")
local requests, sent = {}, 0
local count = math.max(10, math.min(1000, math.floor(1e8 / #wrk.body)))

function init()
  for i = 1, count do
    wrk.headers["ce-partitionkey"] = "customer-" .. i
    local path = paths > 0 and wrk.path .. i % paths or wrk.path
    requests[i] = wrk.format(nil, path)
  end
end

function request()
  sent = sent % count + 1
  return requests[sent]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9),
    e.connect + e.read + e.write + e.timeout + e.status))
end
