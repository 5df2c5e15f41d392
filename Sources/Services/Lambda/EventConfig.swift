import Documents
import FunctionEngine
import Kernel
import Store

/// How asynchronous invocations of a function, version or alias are treated.
struct EventConfig: Stored {
    static let tag: UInt8 = 1
    var account: String
    var region: String
    var function: String
    /// `$LATEST`, a version or an alias.
    var qualifier: String
    var retries: Int?
    /// Seconds.
    var age: Int?
    var onSuccess: String?
    var onFailure: String?
    var modified: Timestamp

    static func all(_ account: String, _ region: String, _ function: String) -> Key {
        Key(.lambdaEventConfig, .text(account), .text(region), .text(function))
    }
    static func key(_ account: String, _ region: String, _ function: String, _ qualifier: String) -> Key {
        all(account, region, function).appending(.text(qualifier))
    }
    var key: Key { Self.key(account, region, function, qualifier) }
    var arn: String { ARN("lambda", region: region, account: account, "function:\(function):\(qualifier)").description }
}

/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
extension LambdaService {
    struct EventConfigInput: Decodable, Sendable {
        var FunctionName: String
        var Qualifier: String?
        var MaximumRetryAttempts: Int?
        var MaximumEventAgeInSeconds: Int?
        var DestinationConfig: DestinationSettings?
    }

    struct EventConfigOutput: Encodable, Sendable {
        var LastModified: Timestamp
        var FunctionArn: String
        var MaximumRetryAttempts: Int?
        var MaximumEventAgeInSeconds: Int?
        var DestinationConfig: DestinationSettings

        init(_ config: EventConfig) {
            (LastModified, FunctionArn) = (config.modified, config.arn)
            (MaximumRetryAttempts, MaximumEventAgeInSeconds) = (config.retries, config.age)
            DestinationConfig = DestinationSettings(
                OnSuccess: .init(Destination: config.onSuccess), OnFailure: .init(Destination: config.onFailure))
        }
    }

    func putEventConfig(_ input: EventConfigInput, _ context: Context) async throws -> EventConfigOutput {
        try await setEventConfig(input, context, keeps: false)
    }

    func updateEventConfig(_ input: EventConfigInput, _ context: Context) async throws -> EventConfigOutput {
        try await setEventConfig(input, context, keeps: true)
    }

    private func setEventConfig(_ input: EventConfigInput, _ context: Context, keeps: Bool) async throws -> EventConfigOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let function = try await name.find(context.platform)
        @Sendable func given(_ target: DestinationSettings.Target?) -> String? {
            target?.Destination.flatMap { $0.isEmpty ? nil : $0 }
        }
        let config = input.DestinationConfig
        guard input.MaximumRetryAttempts != nil || input.MaximumEventAgeInSeconds != nil || config != nil else {
            throw LambdaFault.invalidParameter("You must specify at least one of error handling or destination setting.")
        }
        // A bucket takes failures alone (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
        let kinds: [DestinationKind] = [.queue, .topic, .function, .bus]
        let destinations = [(given(config?.OnSuccess), kinds), (given(config?.OnFailure), kinds + [.bucket])]
        for case (let destination?, let kinds) in destinations {
            try await checkDestination(destination, of: function, kinds: kinds, context.platform)
            guard try functionName(destination, context)?.arn != name.arn else {
                throw LambdaFault.invalidParameter("You can't specify the function as a destination for itself.")
            }
            try await demandPresent(destination, context)
        }
        let now = context.now
        let kept = try await context.store.write { transaction in
            let key = EventConfig.key(name.account, name.region, name.name, name.qualifier ?? "$LATEST")
            let present = try transaction.record(EventConfig.self, key)
            if keeps, present == nil { throw LambdaFault.eventConfigNotFound(arn: name.latestARN) }
            let old = keeps ? present : nil
            let new = EventConfig(
                account: name.account, region: name.region, function: name.name, qualifier: name.qualifier ?? "$LATEST",
                retries: input.MaximumRetryAttempts ?? old?.retries, age: input.MaximumEventAgeInSeconds ?? old?.age,
                onSuccess: config?.OnSuccess == nil ? old?.onSuccess : given(config?.OnSuccess),
                onFailure: config?.OnFailure == nil ? old?.onFailure : given(config?.OnFailure), modified: now)
            try transaction.put(key, new)
            return new
        }
        return EventConfigOutput(kept)
    }

    /// A destination must be there when it is set.
    /// - Throws: ``LambdaFault/invalidParameter(_:)``
    private func demandPresent(_ destination: String, _ context: Context) async throws {
        guard let kind = DestinationKind(destination) else { return }
        let isPresent: Bool
        switch kind {
        case .bucket: return
        case .function:
            let name = try functionName(destination, context)
            isPresent = try await context.store.read { try name?.found(in: $0) } != nil
        case .queue, .topic, .bus:
            let service = context.platform.services[kind.action.service]
            isPresent = try await service?.resource(destination, in: context.platform) != nil
        }
        guard isPresent else { throw LambdaFault.invalidParameter("The destination ARN \(destination) is invalid.") }
    }

    private func functionName(_ arn: String, _ context: Context) throws -> FunctionName? {
        guard case .function? = DestinationKind(arn) else { return nil }
        return try FunctionName(arn, context)
    }

    func getEventConfig(_ input: NameInput, _ context: Context) async throws -> EventConfigOutput {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let key = EventConfig.key(name.account, name.region, name.name, name.qualifier ?? "$LATEST")
        guard let config = try await context.store.read({ try $0.record(EventConfig.self, key) }) else {
            throw LambdaFault.eventConfigNotFound(arn: name.latestARN)
        }
        return EventConfigOutput(config)
    }

    func deleteEventConfig(_ input: NameInput, _ context: Context) async throws -> Nothing {
        let name = try FunctionName(input.FunctionName, context, qualifier: input.Qualifier)
        let key = EventConfig.key(name.account, name.region, name.name, name.qualifier ?? "$LATEST")
        try await context.store.write { transaction in
            guard try transaction.contains(key) else { throw LambdaFault.eventConfigNotFound(arn: name.latestARN) }
            try transaction.delete(key)
        }
        return Nothing()
    }

    struct ListEventConfigsInput: Decodable, Sendable {
        var FunctionName: String
        var Marker: String?
        var MaxItems: Int?
    }

    struct ListEventConfigsOutput: Encodable, Sendable {
        var FunctionEventInvokeConfigs: [EventConfigOutput]
        var NextMarker: String?
    }

    func listEventConfigs(_ input: ListEventConfigsInput, _ context: Context) async throws -> ListEventConfigsOutput {
        let name = try FunctionName(input.FunctionName, context)
        let count = FunctionLimit.page(input.MaxItems)
        let found = try await context.store.read { snapshot in
            _ = try name.latest(in: snapshot)
            let prefix = EventConfig.all(name.account, name.region, name.name)
            let after = try PageMarker.read(input.Marker, of: name.arn, in: context).map { prefix.appending(.text($0)) }
            return try snapshot.all(EventConfig.self, prefix, after: after, limit: count + 1)
        }
        let page = found.prefix(count)
        return ListEventConfigsOutput(
            FunctionEventInvokeConfigs: page.map { EventConfigOutput($0) },
            NextMarker: PageMarker.write(found.count > count ? page.last?.qualifier : nil, of: name.arn, in: context))
    }
}

extension FunctionName {
    /// The ARN with `$LATEST` where no other qualifier is named.
    var latestARN: String { "\(arn):\(qualifier ?? "$LATEST")" }
}
