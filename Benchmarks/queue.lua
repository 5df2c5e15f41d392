-- Sends, receives and deletes messages of one queue, each request signed when it is made: a deletion needs the receipt of
-- what was received. A message that was received is deleted first, then what was sent is received, then another is sent.
-- QUEUE_URL, QUEUE_HOST, QUEUE_DATE (yyyymmddThhmmssZ), QUEUE_BODY. libcrypto does the hashing, as it does for wrk itself.
local ffi = require("ffi")
ffi.cdef [[
    unsigned char *SHA256(const unsigned char *data, size_t size, unsigned char *digest);
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *kind, const void *key, int key_size, const unsigned char *data, size_t size,
        unsigned char *digest, unsigned int *digest_size);
]]
local crypto = ffi.load("libcrypto.so.3")
local digest, digest_size, kind = ffi.new("unsigned char[32]"), ffi.new("unsigned int[1]"), crypto.EVP_sha256()
local url, host, date, body
local scope, key, signed = "", "", "content-type;host;x-amz-date;x-amz-target"
local receipts, first, last, sent, asked = {}, 1, 0, 0, 0
accepted, refused = 0, 0

local hex = {}
for byte = 0, 255 do hex[byte] = string.format("%02x", byte) end

local function digits()
    local text = {}
    for index = 0, 31 do text[index + 1] = hex[digest[index]] end
    return table.concat(text)
end

local function sha256(text)
    crypto.SHA256(text, #text, digest)
    return digits()
end

local function hmac(with, text)
    crypto.HMAC(kind, with, #with, text, #text, digest, digest_size)
    return ffi.string(digest, 32)
end

function init(arguments)
    url, host, date, body = os.getenv("QUEUE_URL"), os.getenv("QUEUE_HOST"), os.getenv("QUEUE_DATE"), os.getenv("QUEUE_BODY")
    scope = date:sub(1, 8) .. "/us-east-1/sqs/aws4_request"
    key = hmac(hmac(hmac(hmac("AWS4test", date:sub(1, 8)), "us-east-1"), "sqs"), "aws4_request")
end

local function message(operation, text)
    local target = "AmazonSQS." .. operation
    local canonical = "POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:" .. host .. "\nx-amz-date:" .. date
        .. "\nx-amz-target:" .. target .. "\n\n" .. signed .. "\n" .. sha256(text)
    hmac(key, "AWS4-HMAC-SHA256\n" .. date .. "\n" .. scope .. "\n" .. sha256(canonical))
    return "POST / HTTP/1.1\r\nhost: " .. host .. "\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-date: " .. date
        .. "\r\nx-amz-target: " .. target .. "\r\ncontent-length: " .. #text
        .. "\r\nauthorization: AWS4-HMAC-SHA256 Credential=test/" .. scope .. ", SignedHeaders=" .. signed .. ", Signature="
        .. digits() .. "\r\n\r\n" .. text
end

-- The beginning of every request.
local queued = '{"QueueUrl":"'

function request()
    if not url then return wrk.format("GET", "/") end
    if first <= last then
        local receipt = receipts[first]
        receipts[first] = nil
        first = first + 1
        return message("DeleteMessage", queued .. url .. '","ReceiptHandle":"' .. receipt .. '"}')
    end
    if asked < sent then
        asked = asked + 1
        return message("ReceiveMessage", queued .. url .. '","MaxNumberOfMessages":1}')
    end
    sent = sent + 1
    return message("SendMessage", queued .. url .. '","MessageBody":"' .. body .. '"}')
end

function response(status, headers, answer)
    if status ~= 200 then
        refused = refused + 1
        return
    end
    local receipt = answer:match('"ReceiptHandle"%s*:%s*"(.-)"')
    if receipt then
        last = last + 1
        receipts[last] = receipt
    elseif answer:find('"MessageId"', 1, true) then
        accepted = accepted + 1
    end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency, requests)
    local count = { accepted = 0, refused = 0 }
    for _, thread in ipairs(threads) do
        for name in pairs(count) do count[name] = count[name] + thread:get(name) end
    end
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "microseconds": %d, "accepted": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
        summary.requests, summary.duration, count.accepted, count.refused + errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
