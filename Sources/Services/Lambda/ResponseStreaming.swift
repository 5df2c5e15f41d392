import Documents
import FunctionEngine
import Kernel

/// Responses that are passed on while the function makes them
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
extension LambdaService {
    struct StreamOutput: Encodable, Sendable {
        var StatusCode: Int
        var ExecutedVersion: String
    }

    /// InvokeWithResponseStream: an event stream of payload chunks, and how it ended.
    func invokeStreaming(_ input: InvokeInput, _ body: RequestBody, _ context: Context) async throws -> Streamed<StreamOutput> {
        let ready = try await prepare(input, body, limit: InvocationLimit.request, context)
        let output = StreamOutput(StatusCode: 200, ExecutedVersion: ready.record.versionName)
        if input.InvocationType == "DryRun" {
            return Streamed(StreamOutput(StatusCode: 204, ExecutedVersion: output.ExecutedVersion), status: 204)
        }
        let invocation = Invocation(
            requestID: context.requestID, payload: ready.payload, clientContext: ready.clientContext,
            calledARN: ready.name.qualifiedARN, trace: try trace([ready.trace], for: ready.record, context.now))
        let reader = stream(ready.record, invocation)
        // What could not be run at all is refused before anything is answered.
        let first = try await reader.next()
        let wantsLog = input.LogType == "Tail"
        let messages = EventMessages(reader: reader, first: first, wantsLog: wantsLog)
        return Streamed(
            output, body: ByteStream(length: nil) { try await messages.next() }, status: 200,
            headers: ["Content-Type": "application/vnd.amazon.eventstream"])
    }

    /// Runs a function, and gives what it answers piece by piece.
    private func stream(_ record: FunctionRecord, _ invocation: Invocation) -> PipeReader {
        let pipe = ResponsePipe()
        var piped = invocation
        piped.pipe = pipe
        let work = piped
        // The function runs to its end, whether its caller stays or not.
        Task {
            do { pipe.end(try await run(record, work)) } catch { pipe.fail(error) }
        }
        return PipeReader(pipe)
    }

    /// A function URL's answer in the mode RESPONSE_STREAM
    /// (https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html).
    func streamedAnswer(_ record: FunctionRecord, _ invocation: Invocation) async throws -> URLAnswer {
        let reader = stream(record, invocation)
        switch try await reader.next() {
        case .ended(let outcome):
            guard !outcome.isError else { return .message(502, "Internal Server Error") }
            // A runtime that does not stream has answered JSON, which goes out as it is.
            return URLAnswer(200, [("Content-Type", "application/json")], outcome.payload)
        case .bytes: return .message(502, "Internal Server Error")
        case .opened(let type):
            guard type == IntegrationPrelude.contentType else {
                var answer = URLAnswer(200, [("Content-Type", type ?? "application/octet-stream")])
                answer.stream = reader.rest(after: [])
                return answer
            }
            guard let (prelude, rest) = try await IntegrationPrelude.read(reader) else {
                return .message(502, "Internal Server Error")
            }
            var answer = URLAnswer(prelude.status, prelude.headers)
            answer.stream = reader.rest(after: rest)
            return answer
        }
    }
}

/// The one who reads a pipe. When it goes, the function is not held up.
final class PipeReader: Sendable {
    private let pipe: ResponsePipe
    init(_ pipe: ResponsePipe) { self.pipe = pipe }
    deinit { pipe.abandon() }

    func next() async throws -> ResponsePipe.Piece { try await pipe.next() }

    /// What a function failed with after it had begun to answer: too late for a status.
    struct Cut: Error {}

    /// The bytes that are still to come, after `bytes`.
    func rest(after bytes: [UInt8]) -> ByteStream {
        let begin = Once(bytes.isEmpty ? nil : bytes)
        return ByteStream(length: nil) {
            if let bytes = begin.take() { return bytes }
            while true {
                switch try await self.next() {
                case .opened: continue
                case .bytes(let bytes): return bytes
                case .ended(let outcome):
                    if outcome.isError { throw Cut() }
                    return nil
                }
            }
        }
    }
}

/// The messages of InvokeWithResponseStream's answer.
private final class EventMessages: Sendable {
    private let reader: PipeReader
    private let first: Once<ResponsePipe.Piece>
    /// Taken when the last message is given out.
    private let open = Once(true)
    private let wantsLog: Bool

    init(reader: PipeReader, first: ResponsePipe.Piece?, wantsLog: Bool) {
        (self.reader, self.first, self.wantsLog) = (reader, Once(first), wantsLog)
    }

    func next() async throws -> [UInt8]? {
        guard open.isFull else { return nil }
        while true {
            let piece: ResponsePipe.Piece
            if let first = first.take() { piece = first } else { piece = try await reader.next() }
            switch piece {
            case .opened: continue
            case .bytes(let bytes): return Self.chunk(bytes)
            case .ended(let outcome):
                _ = open.take()
                let whole = outcome.isError || outcome.payload.isEmpty ? [] : Self.chunk(outcome.payload)
                return whole + complete(outcome)
            }
        }
    }

    private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        EventStreamMessage.event("PayloadChunk", contentType: "application/octet-stream", payload: bytes).bytes
    }

    private func complete(_ outcome: InvocationOutcome) -> [UInt8] {
        var members: Members = [:]
        if outcome.isError {
            members["ErrorCode"] = "Unhandled"
            members["ErrorDetails"] = .string(String(decoding: outcome.payload, as: UTF8.self))
        }
        if wantsLog { members["LogResult"] = .string(Base64.string(outcome.logTail)) }
        return EventStreamMessage.event(
            "InvokeComplete", contentType: "application/json", payload: JSON.write(.map(members))
        ).bytes
    }
}

/// Status and headers that a streaming function puts before its body: JSON, and eight zero bytes.
struct IntegrationPrelude {
    static let contentType = "application/vnd.awslambda.http-integration-response"
    /// Bytes that a prelude may have; AWS names no limit of its own.
    private static let bytesMax = 1 << 20
    private static let delimiter = [UInt8](repeating: 0, count: 8)
    var status: Int
    var headers: [(name: String, value: String)]

    init?(_ json: ArraySlice<UInt8>) {
        guard case .map(let members)? = try? JSON.parse(Array(json)) else { return nil }
        let code = members["statusCode"]?.integer ?? 200
        guard (100...599).contains(code) else { return nil }
        status = Int(code)
        headers = URLAnswer.headers(members["headers"], cookies: members["cookies"])
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append(("Content-Type", "application/octet-stream"))
        }
    }

    /// - Returns: with what followed the prelude; nil for a response that has none of the form.
    static func read(_ reader: PipeReader) async throws -> (IntegrationPrelude, rest: [UInt8])? {
        var bytes: [UInt8] = []
        while bytes.count < bytesMax {
            guard case .bytes(let more) = try await reader.next() else { return nil }
            let from = max(0, bytes.count - delimiter.count)
            bytes += more
            guard let end = end(in: bytes, from: from) else { continue }
            guard let prelude = IntegrationPrelude(bytes[..<end]) else { return nil }
            return (prelude, Array(bytes[(end + delimiter.count)...]))
        }
        return nil
    }

    private static func end(in bytes: [UInt8], from: Int) -> Int? {
        var zeros = 0
        for index in from..<bytes.count {
            zeros = bytes[index] == 0 ? zeros + 1 : 0
            if zeros == delimiter.count { return index + 1 - delimiter.count }
        }
        return nil
    }
}
