import Documents
import Kernel
import SQLEngine
import Synchronization

extension S3Service {
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html
    /// What the statement or the data is refused for within ``Limit/selectPause`` is an HTTP error; later it is one in the
    /// stream, which has begun by then.
    func selectObjectContent(_ input: SelectObjectContentInput, _ payload: RequestBody, _ context: Context) async throws
        -> Streamed<Nothing>
    {
        guard let engine else { throw SelectFault.notBuilt }
        let object = try await find(
            bucket: input.bucket, key: input.key, version: nil, owner: input.expectedBucketOwner, for: context)
        try object.record.checkReadable(at: context.now)
        let request = try SelectRequest(input, size: object.record.size)
        let cipher = try await cipher(of: object.record.encryption, in: object.bucket, given: input.customerKey(), context)
        let files = try SelectFiles(context.platform)
        try await files.write(try stream(object, 0..<object.record.size, cipher, context.platform))
        var members = request.members
        (members["path"], members["resultPath"]) = (.string(files.source), .string(files.result))
        let wanted = members
        let ending = Ending()
        let work = Task { () -> SelectResult in
            defer { ending.tell() }
            do { return try await engine.select(wanted, on: context.platform) } catch let fault as SQLFault {
                throw SelectFault.of(fault, request.format, context.platform)
            }
        }
        let answer = SelectAnswer(work: work, ending: ending, files: files, showsProgress: input.requestProgress?.enabled == true)
        try await answer.begin()
        return Streamed(
            Nothing(), body: ByteStream(length: nil) { try await answer.next() },
            headers: ["Content-Type": "application/octet-stream"])
    }
}

extension SelectFault {
    static func of(_ fault: SQLFault, _ format: Format, _ platform: Platform) -> SelectFault {
        switch fault {
        case .refused(let code, let text): return .refused(code, text, format)
        case .saturated, .stopping: return .busy
        case .crashed, .notInstalled, .lineTooLong, .malformed:
            platform.log.error("select failed", metadata: ["error": "\(fault)"])
            return .failed
        }
    }
}

/// That a statement has ended, for whoever waits for it only a while.
private final class Ending: Sendable {
    let signal = Signal()
    private let isTold = Atomic(false)

    var isOver: Bool { isTold.load(ordering: .acquiring) }

    func tell() {
        isTold.store(true, ordering: .releasing)
        signal.raise()
    }
}

/// The events of a Select in their order: Cont while it works, Records, Progress if asked for, Stats, End.
private actor SelectAnswer {
    private enum Stage { case working, records, progress, stats, end, over }

    private let work: Task<SelectResult, any Error>
    private let ending: Ending
    private let files: SelectFiles
    private let showsProgress: Bool
    private var stage = Stage.working
    private var result: SelectResult?
    private var offset: Int64 = 0

    init(work: Task<SelectResult, any Error>, ending: Ending, files: SelectFiles, showsProgress: Bool) {
        (self.work, self.ending, self.files, self.showsProgress) = (work, ending, files, showsProgress)
    }

    /// A client that has gone away ends the statement.
    deinit { work.cancel() }

    /// Waits for a while, so that a refusal can be an HTTP error.
    func begin() async throws {
        do { try await wait() } catch is CancellationError { throw SelectFault.failed }
    }

    /// Waits for the result, but not for long.
    private func wait() async throws {
        guard result == nil else { return }
        let ending = ending
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ending.signal.wait() }
            group.addTask { try await RealTime.wait(Limit.selectPause) }
            defer { group.cancelAll() }
            try await group.next()
        }
        guard ending.isOver else { return }
        (result, stage) = (try await work.value, .records)
    }

    func next() async throws -> [UInt8]? {
        switch stage {
        case .working:
            do { try await wait() } catch let fault as any Fault {
                stage = .over
                return Self.error(fault.wire).bytes
            }
            return stage == .working ? EventStreamMessage.event("Cont", contentType: nil).bytes : try await next()
        case .records:
            let piece = try files.read(Limit.recordsSize, at: offset)
            guard !piece.isEmpty else {
                stage = showsProgress ? .progress : .stats
                return try await next()
            }
            offset += Int64(piece.count)
            return EventStreamMessage.event("Records", contentType: "application/octet-stream", payload: piece).bytes
        case .progress:
            stage = .stats
            return counts("Progress")
        case .stats:
            stage = .end
            return counts("Stats")
        case .end:
            stage = .over
            return EventStreamMessage.event("End", contentType: nil).bytes
        case .over: return nil
        }
    }

    private func counts(_ name: String) -> [UInt8] {
        let xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><\(name)><BytesScanned>\(result?.bytesScanned ?? 0)</BytesScanned>"
            + "<BytesProcessed>\(result?.bytesProcessed ?? 0)</BytesProcessed><BytesReturned>\(offset)</BytesReturned></\(name)>"
        return EventStreamMessage.event(name, contentType: "text/xml", payload: Array(xml.utf8)).bytes
    }

    private static func error(_ error: AWSError) -> EventStreamMessage {
        EventStreamMessage(
            headers: [
                .init(":message-type", .string("error")), .init(":error-code", .string(error.code)),
                .init(":error-message", .string(error.message)),
            ], payload: [])
    }
}
