import Documents
import FunctionEngine
import Kernel
import Logging
import Store
import Synchronization

/// What the engine gets from the platform.
final class LambdaHost: FunctionHost {
    private let platform: Platform
    private let code: CodeStore
    /// Streams that exist already, newest last; bounded by the environments alive, see ``Limit/streams``.
    private let known = Mutex<[String]>([])
    private enum Limit {
        static let streams = 1_024
    }

    init(platform: Platform, code: CodeStore) { (self.platform, self.code) = (platform, code) }

    var endpoint: String { platform.endpoint }

    func now() -> Timestamp { platform.clock.now() }

    var clockOffset: Duration { platform.clock.offset }

    func code(of specification: FunctionSpecification) async throws -> [UInt8] {
        let record = try await record(of: specification)
        guard Hex.encode(record.codeHash) == specification.codeHash else { throw EngineFault.replaced }
        do { return try await code.read(record.code) } catch {
            // An update removes the package that it replaces, also between these two looks.
            guard try await self.record(of: specification).code == record.code else { throw EngineFault.replaced }
            throw error
        }
    }

    func session(for specification: FunctionSpecification) async throws -> RoleSession {
        let record = try await record(of: specification)
        return try await ExecutionRole.assume(
            record.role, for: record.name, arn: record.arn, account: record.account, region: record.region, on: platform)
    }

    private func record(of specification: FunctionSpecification) async throws -> FunctionRecord {
        guard let arn = ARN(specification.arn) else { throw StoreError.corrupt("function ARN") }
        let name = try FunctionName(
            specification.name, account: arn.account, region: arn.region, qualifier: specification.version)
        return try await name.find(platform)
    }

    func layer(_ archive: String) async throws -> [UInt8] {
        guard let id = BlobID(archive) else { throw StoreError.corrupt("a layer's archive") }
        return try await code.read(id)
    }

    func log(_ lines: [LogLine], group: String, stream: String, as caller: Caller, region: String) async {
        do {
            try await makeStream(group, stream, caller, region)
            // A clock that was moved while the function ran lies between two lines.
            for batch in LogWriting.batches(lines.map { ($0.time.milliseconds, $0.message.utf8.count) }) {
                let events = lines[batch].map { line -> Document in
                    ["timestamp": .integer(line.time.milliseconds), "message": .string(line.message)]
                }
                try await put(events, group, stream, caller, region)
            }
        } catch {
            // As in AWS, a role that may not log runs without a log.
            platform.log.notice(
                "a function's output was not logged",
                metadata: ["group": "\(group)", "role": "\(caller.roleARN ?? "-")", "error": "\(error)"])
        }
    }

    private func put(_ events: [Document], _ group: String, _ stream: String, _ caller: Caller, _ region: String) async throws {
        _ = try await call(
            "PutLogEvents", ["logGroupName": .string(group), "logStreamName": .string(stream), "logEvents": .list(events)],
            caller, region)
    }

    private func makeStream(_ group: String, _ stream: String, _ caller: Caller, _ region: String) async throws {
        let id = "\(caller.account) \(region) \(group) \(stream)"
        guard !known.withLock({ $0.contains(id) }) else { return }
        let input: Document = ["logGroupName": .string(group), "logStreamName": .string(stream)]
        do {
            try await unlessItExists { try await self.call("CreateLogStream", input, caller, region) }
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            try await unlessItExists { try await self.call("CreateLogGroup", ["logGroupName": .string(group)], caller, region) }
            try await unlessItExists { try await self.call("CreateLogStream", input, caller, region) }
        }
        known.withLock { known in
            known.append(id)
            if known.count > Limit.streams { known.removeFirst(known.count - Limit.streams) }
        }
    }

    private func unlessItExists(_ body: () async throws -> Reply) async throws {
        do { _ = try await body() } catch let error as AWSError where error.code == "ResourceAlreadyExistsException" {}
    }

    private func call(_ operation: String, _ input: Document, _ caller: Caller, _ region: String) async throws -> Reply {
        try await platform.call(Call("logs", operation, input, caller: caller, region: region))
    }
}
