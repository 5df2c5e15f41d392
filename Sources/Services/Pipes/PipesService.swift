import Documents
import EventSources
import Kernel
import Store
import Synchronization

/// Amazon EventBridge Pipes: from a queue or stream, through a filter and an enrichment, to a target
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes.html).
public final class PipesService: Service {
    public static let id = "pipes"

    /// Calls an API destination, as a caller, with the parameters of its HTTP request as they are. Given by whoever puts
    /// Pipes and EventBridge together, so that neither imports the other.
    public typealias DestinationCall =
        @Sendable (_ arn: String, _ payload: [UInt8], _ http: Document?, _ caller: Caller, _ platform: Platform) async throws ->
        [UInt8]

    private let running = Mutex<PipeRunners?>(nil)
    private let destinations: DestinationCall

    public init(destinations: @escaping DestinationCall) { self.destinations = destinations }

    /// - Throws: before ``start(_:)`` and after ``stop()``.
    func runners() throws -> PipeRunners {
        guard let runners = running.withLock({ $0 }) else { throw AWSError.internalFailure }
        return runners
    }

    public func register(in operations: inout Operations) {
        operations.on("CreatePipe", createPipe)
        operations.on("UpdatePipe", updatePipe)
        operations.on("DescribePipe", describePipe)
        operations.on("ListPipes", listPipes)
        operations.on("StartPipe", startPipe)
        operations.on("StopPipe", stopPipe)
        operations.on("DeletePipe", deletePipe)
        operations.on("TagResource", tagResource)
        operations.on("UntagResource", untagResource)
        operations.on("ListTagsForResource", listTags)
        operations.delivery("dead-letter", deliverDeadLetter)
        operations.delivery(PipeLogDelivery.name, deliverLog)
    }

    /// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgepipes.html
    public var actions: ActionMap {
        var map: ActionMap = [:]
        for name in ["CreatePipe", "UpdatePipe"] {
            map[name] = { input, context in
                let arn = context.arn("pipe/\(input["Name"]?.string ?? "")")
                var needed = [Permission("pipes:\(name)", on: arn, isCreation: name == "CreatePipe")]
                if input["Tags"]?.members?.isEmpty == false {
                    needed.append(Permission("pipes:TagResource", on: arn, isCreation: true))
                }
                if let role = input["RoleArn"]?.string {
                    needed.append(
                        Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": ["pipes.amazonaws.com"]]))
                }
                return needed
            }
        }
        for name in ["DescribePipe", "StartPipe", "StopPipe", "DeletePipe"] {
            map[name] = { input, context in
                [Permission("pipes:\(name)", on: context.arn("pipe/\(input["Name"]?.string ?? "")"))]
            }
        }
        map["ListPipes"] = { _, _ in [Permission("pipes:ListPipes", on: "*")] }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] {
            map[name] = { input, _ in [Permission("pipes:\(name)", on: input["resourceArn"]?.string ?? "*")] }
        }
        return map
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let arn = ARN(arn), arn.service == "pipes", arn.resource.hasPrefix("pipe/") else { return nil }
        let key = PipeRecord.key(arn.account, arn.region, String(arn.resource.dropFirst("pipe/".count)))
        let record = try await platform.store.read { try $0.record(PipeRecord.self, key) }
        return record.map { ResourceFacts(account: $0.account, tags: $0.tags) }
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDeniedException", 403, message) }

    public func start(_ platform: Platform) async throws {
        let runners = PipeRunners(platform: platform, destinations: destinations)
        running.withLock { $0 = runners }
        try await runners.start()
    }

    public func stop() async {
        guard let runners = running.withLock({ $0 }) else { return }
        await runners.stop()
        running.withLock { $0 = nil }
    }
}
