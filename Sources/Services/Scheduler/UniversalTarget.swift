import Documents
import Kernel
import Model

/// Any operation of any API as a target, `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html).
struct UniversalTarget {
    /// The API model's id.
    let service: String
    let operation: OperationModel

    /// Operations that only read have no use here, and AWS refuses them by how their names begin.
    private static let unsupported = [
        "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover",
        "validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration",
        "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel",
    ]
    /// Names of the AWS SDK for Java that are not those of the catalogue.
    private static let names = [
        "cloudwatchevents": "events", "sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs",
        "cognitoidentityprovider": "cognito-idp", "elasticloadbalancing": "elb", "elasticloadbalancingv2": "elbv2",
        "databasemigration": "dms", "costexplorer": "ce", "applicationautoscaling": "application-autoscaling",
    ]

    /// nil for an ARN that is not of this kind.
    /// - Throws: ``SchedulerFault/validation(_:)`` for an operation that is not there or not allowed.
    init?(_ arn: ARN, _ models: Models) throws {
        guard arn.service == "scheduler", arn.region.isEmpty, arn.account.isEmpty, arn.resource.hasPrefix("aws-sdk:") else {
            return nil
        }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let first = parts[2].first, first.isLowercase else {
            throw SchedulerFault.validation("Provided Arn is not in correct format.")
        }
        let known = Self.names[parts[1].lowercased()] ?? models.serviceID(named: parts[1])
        guard let service = known ?? (models.entries[parts[1]] == nil ? nil : parts[1]) else {
            throw SchedulerFault.validation("\(parts[1]) is not a supported service for a target.")
        }
        let name = parts[2].prefix(1).uppercased() + parts[2].dropFirst()
        guard !Self.unsupported.contains(where: { Self.begins(parts[2], with: $0) }),
            let operation = try models.service(service).operation(name)
        else {
            throw SchedulerFault.validation("\(parts[2]) is not a supported API action for a target of \(parts[1]).")
        }
        (self.service, self.operation) = (service, operation)
    }

    /// `getItem` begins with `get`, `getaway` does not.
    private static func begins(_ name: String, with verb: String) -> Bool {
        name.hasPrefix(verb) && (name.dropFirst(verb.count).first.map { $0.isUppercase || $0.isNumber } ?? true)
    }

    /// The operation's input from the target's, and the payload of operations that take one as a stream.
    /// - Throws: ``AWSError`` for what the operation does not take.
    func input(_ text: String) throws -> (Document, RequestBody) {
        guard let document = try? JSON.parse(text), case .map = document else {
            throw SchedulerFault.validation("Invalid RequestJson provided. Reason: the input is not a JSON object.").wire
        }
        guard let shape = operation.input else { return ([:], .empty) }
        var members = try Self.read(document, shape, at: "").members ?? [:]
        for member in shape.members where member.isIdempotencyToken && members[member.name] == nil {
            members[member.name] = .string(Identifier.uuid())
        }
        var body = RequestBody.empty
        if operation.isInputStreaming, let name = shape.payload, let bytes = members[name]?.blob {
            members[name] = nil
            body = RequestBody(ByteStream(bytes: bytes))
        }
        let input = Document.map(members)
        let violations = Validator.validate(input, shape: shape)
        guard violations.isEmpty else { throw SchedulerFault.validation(Validator.format(violations)).wire }
        return (input, body)
    }

    /// Looks at an input before its context attributes are filled in: its names, and what is missing.
    /// - Throws: ``SchedulerFault/validation(_:)``.
    func check(_ text: String) throws {
        guard let document = try? JSON.parse(text), case .map = document else {
            throw SchedulerFault.validation("Invalid RequestJson provided. Reason: the input is not a JSON object.")
        }
        guard let shape = operation.input else { return }
        let members = try Self.read(document, shape, at: "").members ?? [:]
        for member in shape.required where members[member.name] == nil && !member.isIdempotencyToken {
            throw Self.invalid("The required field '\(member.name)' is missing.")
        }
    }

    private static func invalid(_ reason: String) -> SchedulerFault {
        .validation("Invalid RequestJson provided. Reason: \(reason)")
    }

    /// Brings JSON into the form that handlers take: the model's names, blobs from text, timestamps.
    private static func read(_ value: Document, _ shape: Shape, at path: String) throws -> Document {
        switch (shape.kind, value) {
        case (.structure, .map(let members)):
            var output = Members()
            for (name, value) in members where value != .null {
                guard let member = member(name, of: shape) else {
                    throw invalid("The field '\(path)\(name)' is not supported.")
                }
                output[member.name] = try read(value, member.shape, at: "\(path)\(name).")
            }
            return .map(output)
        case (.list, .list(let items)):
            guard let element = shape.element?.shape else { return value }
            return .list(try items.map { try read($0, element, at: path) })
        case (.map, .map(let entries)):
            guard let element = shape.value?.shape else { return value }
            var output = Members()
            for (name, value) in entries { output[name] = try read(value, element, at: "\(path)\(name).") }
            return .map(output)
        case (.blob, .string(let text)): return .blob(Array(text.utf8))
        case (.blob, .map), (.blob, .list): return .blob(Array(JSON.text(value).utf8))
        case (.timestamp, .string(let text)):
            guard let time = Timestamp(iso8601: text) else { throw invalid("The field '\(path.dropLast())' is no timestamp.") }
            return .timestamp(time)
        case (.timestamp, .integer), (.timestamp, .double):
            guard let time = value.double.flatMap({ Timestamp(epochSeconds: $0) }) else {
                throw invalid("The field '\(path.dropLast())' is no timestamp.")
            }
            return .timestamp(time)
        case (.string, .string), (.boolean, .bool), (.integer, .integer), (.long, .integer), (.float, .integer),
            (.float, .double), (.double, .integer), (.double, .double), (.document, _):
            return value
        default: throw invalid("The field '\(path.dropLast())' is of another type.")
        }
    }

    /// Inputs write every name with a capital, whatever the model does.
    private static func member(_ name: String, of shape: Shape) -> Member? {
        if let member = shape.member(name) { return member }
        let other = name.prefix(1).lowercased() + name.dropFirst()
        return shape.member(other) ?? shape.members.first { $0.name.lowercased() == name.lowercased() }
    }
}
