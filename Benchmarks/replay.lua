-- Replays requests that were signed beforehand, in order, and starts again at the end.
-- REPLAY_FILE holds them one after the other; REPLAY_FILE.lengths their lengths, one a line.
-- wrk asks for one request beforehand, to look at it, and does not send that.
local requests, lengths, starts, count, at = "", {}, {}, 0, -1

function init(arguments)
    local path = os.getenv("REPLAY_FILE")
    local file = assert(io.open(path, "rb"))
    requests = file:read("*a")
    file:close()
    local start = 1
    for line in io.lines(path .. ".lengths") do
        count = count + 1
        starts[count] = start
        lengths[count] = tonumber(line)
        start = start + lengths[count]
    end
end

function request()
    at = at + 1
    if at > count then at = 1 end
    local this = math.max(at, 1)
    return requests:sub(starts[this], starts[this] + lengths[this] - 1)
end

-- REPLAY_ONCE: stops sending and says ANSWERED when as many answers have come as there are requests. wrk itself then
-- waits for the end of its time, or SIGINT.
if os.getenv("REPLAY_ONCE") then
    local answered = 0
    function response()
        answered = answered + 1
        if answered == count then
            io.write("ANSWERED\n")
            io.flush()
            wrk.thread:stop()
        end
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "microseconds": %d, "bytes": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
        summary.requests, summary.duration, summary.bytes, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
