import Documents
import EventSources
import Kernel
import Model

/// Hands events to a pipe's target, as its role.
struct PipeTarget: Sendable {
    enum Form: Sendable {
        case function, queue, topic, bus, stream, deliveryStream, logGroup, destination

        /// - Returns: nil for what is no target here.
        init?(_ arn: ARN) {
            switch arn.service {
            case "lambda" where arn.resource.hasPrefix("function:"): self = .function
            case "sqs": self = .queue
            case "sns": self = .topic
            case "events" where arn.resource.hasPrefix("event-bus/"): self = .bus
            case "events" where arn.resource.hasPrefix("api-destination/"): self = .destination
            case "kinesis" where arn.resource.hasPrefix("stream/"): self = .stream
            case "firehose" where arn.resource.hasPrefix("deliverystream/"): self = .deliveryStream
            case "logs" where arn.resource.hasPrefix("log-group:"): self = .logGroup
            default: return nil
            }
        }

        /// The member of the target's parameters that is for it.
        var parameters: String? {
            switch self {
            case .function: "LambdaFunctionParameters"
            case .queue: "SqsQueueParameters"
            case .bus: "EventBridgeEventBusParameters"
            case .stream: "KinesisStreamParameters"
            case .logGroup: "CloudWatchLogsParameters"
            case .destination: "HttpParameters"
            case .topic, .deliveryStream: nil
            }
        }
    }

    /// An event on its way out, with what it came from for parameters that are paths.
    struct Item: Sendable {
        var event: Document
        var output: Document

        /// A text goes out as it is, everything else as JSON.
        var text: String { output.string ?? JSON.text(output) }
    }

    let pipe: PipeRecord
    let platform: Platform
    let caller: Caller
    let destinations: PipesService.DestinationCall

    enum Limit {
        /// Entries of one call: SQS, SNS and EventBridge; Kinesis and Firehose.
        static let few = 10
        static let many = 500
        /// Bytes of one call.
        static let bytes = [
            "sqs": 1 << 20, "sns": 256 << 10, "events": 1 << 20, "kinesis": 10 << 20, "firehose": 4 << 20,
        ]
        /// What an entry may weigh beside its text: its keys, source and type.
        static let besides = 2 << 10
    }

    /// Calls the target's service. What paths have found is held to the API's model, as a client's request is on the wire.
    /// - Throws: ``AWSError``
    func call(_ service: String, _ operation: String, _ input: Members) async throws -> Reply {
        let arn = ARN(pipe.target)
        if let shape = try platform.models.service(service).operation(operation)?.input {
            let violations = Validator.validate(.map(input), shape: shape)
            guard violations.isEmpty else { throw PipesFault.invalid(Validator.format(violations)).wire }
        }
        return try await platform.call(
            Call(service, operation, .map(input), caller: caller, region: arn.map(\.region) ?? pipe.region))
    }

    /// - Returns: the places of items that the target has not taken; and a function's answer.
    /// - Throws: ``AWSError`` when it has taken none.
    func send(_ items: [Item]) async throws -> (failed: [Int], answer: Document?) {
        guard let arn = ARN(pipe.target), let form = Form(arn) else { throw PipesFault.notBuilt("this target").wire }
        switch form {
        case .function: return ([], try await invoke(items))
        case .queue: return (try await batches(items, Limit.few, "sqs", "SendMessageBatch", "Entries", entry: message), nil)
        case .topic:
            return (try await batches(items, Limit.few, "sns", "PublishBatch", "PublishBatchRequestEntries", entry: notice), nil)
        case .bus: return (try await batches(items, Limit.few, "events", "PutEvents", "Entries", entry: busEntry), nil)
        case .stream: return (try await batches(items, Limit.many, "kinesis", "PutRecords", "Records", entry: streamEntry), nil)
        case .deliveryStream:
            let entry: (Item, Int) -> Members = { item, _ in ["Data": .blob(Array(item.text.utf8))] }
            return (try await batches(items, Limit.many, "firehose", "PutRecordBatch", "Records", entry: entry), nil)
        case .logGroup: return (try await log(items, arn), nil)
        case .destination: return (try await post(items), nil)
        }
    }

    private func invoke(_ items: [Item]) async throws -> Document? {
        let isEvent = pipe.targetParameters?["LambdaFunctionParameters"]?["InvocationType"]?.string == "FIRE_AND_FORGET"
        let payload = JSON.write(.list(items.map(\.output)))
        return try await PipeConsumer.invoke(
            pipe.target, payload, type: isEvent ? "Event" : "RequestResponse", as: caller, region: pipe.region, platform)
    }

    /// Which items go into one request: as many as it takes, in number and in size; one that is too large by itself goes alone,
    /// for its target to say so.
    static func batches(_ sizes: [Int], size: Int, bytes: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for (place, own) in sizes.enumerated() {
            let weight = own + Limit.besides
            if place > start, place - start == size || sum + weight > bytes {
                batches.append(start..<place)
                (start, sum) = (place, 0)
            }
            sum += weight
        }
        if start < sizes.count { batches.append(start..<sizes.count) }
        return batches
    }

    /// Sends all in batches, and tells which entries were refused: by `Id`s, or by their places in the answer.
    private func batches(
        _ items: [Item], _ size: Int, _ service: String, _ operation: String, _ member: String,
        entry: (Item, Int) -> Members
    ) async throws -> [Int] {
        var failed: [Int] = []
        for places in Self.batches(items.map(\.text.utf8.count), size: size, bytes: Limit.bytes[service] ?? .max) {
            let start = places.lowerBound
            let entries = places.map { Document.map(entry(items[$0], $0)) }
            var input: Members = [member: .list(entries)]
            switch service {
            case "sqs": input["QueueUrl"] = .string(pipe.target)
            case "sns": input["TopicArn"] = .string(pipe.target)
            case "kinesis": input["StreamARN"] = .string(pipe.target)
            case "firehose":
                let name = ARN(pipe.target)?.resource.dropFirst("deliverystream/".count) ?? ""
                input["DeliveryStreamName"] = .string(String(name))
            default: break
            }
            let output: Document
            do { output = try await call(service, operation, input).output } catch {
                // What went before is out; the rest is still to be sent.
                guard start > 0 else { throw error }
                return failed + Array(start..<items.count)
            }
            for entry in output["Failed"]?.list ?? [] {
                if let id = entry["Id"]?.string.flatMap({ Int($0) }) { failed.append(id) }
            }
            let answers = (output["Entries"] ?? output["Records"] ?? output["RequestResponses"])?.list ?? []
            for (place, answer) in answers.enumerated() where answer["ErrorCode"]?.string != nil { failed.append(start + place) }
        }
        return failed
    }

    func parameter(_ group: String, _ name: String, _ item: Item) -> String? {
        pipe.targetParameters?[group]?[name]?.string.map { EventPath.resolve($0, in: item.event) }
    }

    private func message(_ item: Item, _ place: Int) -> Members {
        var entry: Members = ["Id": .string("\(place)"), "MessageBody": .string(item.text)]
        for name in ["MessageGroupId", "MessageDeduplicationId"] {
            if let value = parameter("SqsQueueParameters", name, item) { entry[name] = .string(value) }
        }
        return entry
    }

    private func notice(_ item: Item, _ place: Int) -> Members { ["Id": .string("\(place)"), "Message": .string(item.text)] }

    private func busEntry(_ item: Item, _ place: Int) -> Members {
        let group = "EventBridgeEventBusParameters"
        let kind = ARN(pipe.source)?.service ?? ""
        var entry: Members = [
            "EventBusName": .string(pipe.target), "Source": .string(parameter(group, "Source", item) ?? "Pipe \(pipe.name)"),
            "DetailType": .string(parameter(group, "DetailType", item) ?? "Event from aws:\(kind)"), "Detail": .string(item.text),
        ]
        let resources = pipe.targetParameters?[group]?["Resources"]?.list?.compactMap(\.string) ?? []
        if !resources.isEmpty { entry["Resources"] = .list(resources.map { .string(EventPath.resolve($0, in: item.event)) }) }
        if let time = parameter(group, "Time", item), let moment = Timestamp(iso8601: time) { entry["Time"] = .timestamp(moment) }
        return entry
    }

    private func streamEntry(_ item: Item, _ place: Int) -> Members {
        let key = parameter("KinesisStreamParameters", "PartitionKey", item) ?? ""
        return ["Data": .blob(Array(item.text.utf8)), "PartitionKey": .string(key)]
    }

    /// The parameters of an HTTP request, with what paths lead to in their place.
    static func resolved(_ http: Document, in event: Document) -> Document {
        switch http {
        case .string(let text): .string(EventPath.resolve(text, in: event))
        case .list(let values): .list(values.map { resolved($0, in: event) })
        case .map(let members): .map(members.mapValues { resolved($0, in: event) })
        default: http
        }
    }

    /// A request for each item; what the endpoint answers is not asked for.
    private func post(_ items: [Item]) async throws -> [Int] {
        var failed: [Int] = []
        for (place, item) in items.enumerated() {
            let http = pipe.targetParameters?["HttpParameters"].map { Self.resolved($0, in: item.event) }
            do { _ = try await destinations(pipe.target, Array(item.text.utf8), http, caller, platform) } catch {
                // What went before is out; the rest is still to be sent.
                guard place > 0 else { throw error }
                failed = Array(place..<items.count)
                break
            }
        }
        return failed
    }
}
