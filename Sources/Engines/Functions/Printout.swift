/// Cuts what a function prints into the messages that become log events: a line each, or what the runtime has framed.
///
/// Runtimes that AWS manages put a frame around a log record and around an error, so that one of several lines stays one event:
/// a type (`0xa55a00` and a byte for form and level), a length, a time of eight bytes, the message; numbers are big-endian
/// (`FramedTelemetryLogSink` of AWS's runtime interface client for Python). Here the frames come between the lines that are
/// printed, on one descriptor, so that both keep their order. A frame is a piece of text that ends where it says.
struct Printout {
    enum Limit {
        /// Bytes of one event (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
        static let message = 256 << 10
    }

    private static let mark: [UInt8] = [0xa5, 0x5a, 0x00]
    private static let header = 16

    /// What has not ended yet: text, or the beginning of a frame's header.
    private var pending: [UInt8] = []
    /// How much of `pending` is known to end nothing.
    private var seen = 0
    /// Bytes of the open frame that are to come.
    private var framed: Int?

    /// - Returns: the messages that end with these bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        pending.append(contentsOf: bytes)
        var messages: [String] = []
        var start = 0
        while let end = next(from: &start, &messages) {
            emit(start..<end, &messages)
            (start, seen) = (end, end)
        }
        pending.removeSubrange(..<start)
        seen -= start
        return messages
    }

    /// - Returns: what is left, whether it has ended or not.
    mutating func close() -> [String] {
        var messages: [String] = []
        emit(0..<pending.count, &messages)
        self = Printout()
        return messages
    }

    /// Finds where the message ends that begins at `start`, which moves behind a frame's header; nil where its end is not here.
    private mutating func next(from start: inout Int, _ messages: inout [String]) -> Int? {
        if let rest = framed {
            let end = start + min(rest, Limit.message)
            guard pending.count >= end else { return nil }
            guard rest > Limit.message else {
                framed = nil
                return end
            }
            let cut = whole(start, end)
            framed = rest - (cut - start)
            return cut
        }
        while seen < pending.count {
            if pending[seen] == UInt8(ascii: "\n") { return seen + 1 }
            if pending[seen] == Self.mark[0], begins(at: seen) {
                guard let length = length(at: seen) else { return nil }
                emit(start..<seen, &messages)
                start = seen + Self.header
                (seen, framed) = (start, length)
                return next(from: &start, &messages)
            }
            seen += 1
            if seen - start > Limit.message { return whole(start, seen - 1) }
        }
        return nil
    }

    /// - Returns: where to cut before `end`, so that no character is cut in two.
    private func whole(_ start: Int, _ end: Int) -> Int {
        (max(start + 1, end - 3)...end).last { pending[$0] & 0xc0 != 0x80 } ?? end
    }

    /// A frame's type stands there, as far as it has come.
    private func begins(at index: Int) -> Bool {
        zip(pending[index...].prefix(Self.mark.count), Self.mark).allSatisfy { $0 == $1 }
    }

    /// - Returns: nil for a header that has not come whole.
    private func length(at index: Int) -> Int? {
        guard pending.count - index >= Self.header else { return nil }
        return pending[(index + 4)..<(index + 8)].reduce(0) { $0 << 8 | Int($1) }
    }

    private func emit(_ range: Range<Int>, _ messages: inout [String]) {
        if !range.isEmpty { messages.append(String(decoding: pending[range], as: UTF8.self)) }
    }
}
