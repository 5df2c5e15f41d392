import Documents
import Kernel
import Logging
import Store
import Synchronization

/// Collects the lines of access logs, and keeps them until they are delivered. Best effort, as AWS's are: a line that comes
/// while too many wait is counted and dropped, and those of the last moments before a crash are lost
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#LogDeliveryBestEffort).
final class AccessLogs: Sendable {
    static let principal = "logging.s3.amazonaws.com"

    private struct State {
        var logged: Set<String> = []
        var pending: [ServedRequest] = []
        var dropped = 0
        var worker: Task<Void, Never>?
        /// The write that goes on, so that a delivery can wait for it.
        var writing: Task<Void, Never>?
    }
    private let state = Mutex(State())
    private let signal = Signal()

    /// Whether a request for what stands where a bucket's name does may be for a logged one.
    func wants(_ bucket: String) -> Bool {
        state.withLock { state in
            if state.logged.isEmpty { return false }
            // An access point's bucket is known to the worker.
            return state.logged.contains(bucket) || bucket.hasPrefix("arn:") || bucket.hasSuffix("-s3alias")
                || bucket.hasSuffix(".mrap") || AccessPointReference.label(bucket, region: "") != nil
        }
    }

    func set(_ bucket: String, isLogged: Bool) {
        state.withLock { state in
            if isLogged { state.logged.insert(bucket) } else { state.logged.remove(bucket) }
        }
    }

    func add(_ request: ServedRequest) {
        state.withLock { state in
            if state.pending.count < Limit.pendingLogLines { state.pending.append(request) } else { state.dropped += 1 }
        }
        signal.raise()
    }

    func start(_ service: S3Service, _ platform: Platform) async throws {
        let names = try await platform.store.read { snapshot in
            var names: Set<String> = []
            try snapshot.scan(LoggingRule.all) { key, _ in
                if case .text(let name)? = try key.elements().last { names.insert(name) }
                return true
            }
            return names
        }
        state.withLock { state in
            state.logged = names
            state.worker = Task { await self.run(service, platform) }
        }
    }

    func stop() async {
        let worker = state.withLock { $0.worker }
        worker?.cancel()
        signal.raise()
        await worker?.value
    }

    private func run(_ service: S3Service, _ platform: Platform) async {
        while !Task.isCancelled {
            do {
                try await signal.wait()
                // One write for many lines.
                try await RealTime.wait(Limit.logPause)
            } catch { break }
            await flush(service, platform)
        }
        await flush(service, platform)
    }

    /// Writes what is pending. When this returns, every request that was answered before has its line in the store.
    func flush(_ service: S3Service, _ platform: Platform) async {
        let task = state.withLock { state in
            let before = state.writing
            let task = Task {
                await before?.value
                await self.write(service, platform)
            }
            state.writing = task
            return task
        }
        await task.value
    }

    /// Lines are there; they are delivered soon.
    static func scheduleDelivery(of bucket: String, _ transaction: Transaction, _ platform: Platform) throws {
        let id = "access log \(bucket)"
        guard try transaction.timerDue(S3Service.id, id: id) == nil else { return }
        try transaction.schedule(
            TimerRecord(
                id: id, service: S3Service.id, name: "deliver access log", due: platform.clock.now() + Limit.logInterval,
                payload: ["bucket": .string(bucket)]), on: platform)
    }

    private func write(_ service: S3Service, _ platform: Platform) async {
        let (pending, dropped) = state.withLock { state in
            defer { (state.pending, state.dropped) = ([], 0) }
            return (state.pending, state.dropped)
        }
        if dropped > 0 { platform.log.warning("access log lines dropped", metadata: ["count": "\(dropped)"]) }
        guard !pending.isEmpty else { return }
        do {
            var lines: [AccessLogLineRow] = []
            for request in pending { lines += try await service.logLines(of: request, platform) }
            guard !lines.isEmpty else { return }
            let rows = lines
            try await platform.store.write { transaction in
                for row in rows { try transaction.put(row.key, Array(row.text.utf8)) }
                for bucket in Set(rows.map(\.bucket)) { try Self.scheduleDelivery(of: bucket, transaction, platform) }
            }
        } catch {
            platform.log.error("access log lines lost", metadata: ["count": "\(pending.count)", "error": "\(error)"])
        }
    }
}

/// A line on its way into the store.
struct AccessLogLineRow: Sendable {
    var bucket: String
    var time: Timestamp
    var id: String
    var text: String

    static func all(_ bucket: String) -> Key { Key(.s3AccessLog, "line", .text(bucket)) }
    var key: Key { Self.all(bucket).appending(.integer(time.microseconds), .text(id)) }
}

extension S3Service {
    /// For the front door: whether it shall tell of a request for this bucket.
    public func wantsServed(_ bucket: String) -> Bool { accessLogs.wants(bucket) }

    /// For the front door: a request was answered.
    public func served(_ request: ServedRequest) { accessLogs.add(request) }

    /// The access point that a request came through; nil for a bucket's own name, and for what is no access point of ours.
    private func loggedPoint(_ name: String, _ context: Context) async throws -> AccessPointRecord? {
        do { return try await accessPoint(name, context) } catch is any Fault { return nil }
    }

    /// The lines of a request; none where its bucket is not logged.
    fileprivate func logLines(of request: ServedRequest, _ platform: Platform) async throws -> [AccessLogLineRow] {
        let context = Context(
            platform: platform, caller: request.caller ?? .anonymous, region: "us-east-1", service: Self.id,
            operation: request.operation ?? "", requestID: request.requestID, now: request.time)
        var rows: [AccessLogLineRow] = []
        let point = try await loggedPoint(request.bucket, context)
        if let bucket = try await buckets.current(point?.bucket ?? request.bucket, in: platform.store), bucket.logging != nil {
            let line = AccessLogLine(request: request, bucket: bucket, accessPoint: point)
            for (index, text) in ([line.text] + line.more).enumerated() {
                rows.append(
                    AccessLogLineRow(bucket: bucket.name, time: request.time, id: "\(request.requestID)-\(index)", text: text))
            }
        }
        if let header = request.copySource, let source = try? CopySource(header) {
            let point = try await loggedPoint(source.bucket, context)
            if let bucket = try await buckets.current(point?.bucket ?? source.bucket, in: platform.store), bucket.logging != nil {
                var read = request
                (read.key, read.versionID, read.bytesSent) = (source.key, source.versionID, nil)
                let line = AccessLogLine(request: read, bucket: bucket, accessPoint: point)
                let operation = request.operation == "UploadPartCopy" ? "REST.COPY.PART_GET" : "REST.COPY.OBJECT_GET"
                rows.append(
                    AccessLogLineRow(
                        bucket: bucket.name, time: request.time, id: "\(request.requestID)-s",
                        text: line.line(operation: operation)))
            }
        }
        return rows
    }
}
