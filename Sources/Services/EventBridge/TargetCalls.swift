import Documents
import Kernel
import Store

/// The call that hands an event to each kind of target.
extension EventBridgeService {
    /// - Throws: ``AWSError`` of the target's service.
    func send(_ dispatch: Dispatch, _ platform: Platform) async throws {
        let target = dispatch.target
        guard let arn = ARN(target.Arn), let kind = TargetKind(arn) else {
            throw EventsFault.notBuilt("the target \(target.Arn)").wire
        }
        let event = try JSON.parse(dispatch.event, keepsNumerals: true)
        let payload = InputTransformation(dispatch).payload(event)
        let caller = try await caller(dispatch, platform)
        let region = arn.region.isEmpty ? dispatch.region : arn.region
        func call(_ service: String, _ operation: String, _ input: Document) async throws {
            _ = try await platform.call(Call(service, operation, input, caller: caller, region: region))
        }
        switch kind {
        case .function:
            let payload = Document.blob(Array(payload.utf8))
            try await call(
                "lambda", "Invoke", ["FunctionName": .string(target.Arn), "InvocationType": "Event", "Payload": payload])
        case .queue:
            try await sendMessage(.map(try Self.message(of: dispatch)), to: target.Arn, as: caller, platform)
        case .topic:
            try await call("sns", "Publish", ["TopicArn": .string(target.Arn), "Message": .string(payload)])
        case .stream:
            let path = target.KinesisParameters.flatMap { JSONPath($0.PartitionKeyPath) }
            let found = path?.value(in: event).map { $0.string ?? JSON.text($0) } ?? ""
            let key = found.isEmpty ? event["id"]?.string ?? "" : found
            try await call(
                "kinesis", "PutRecord",
                [
                    "StreamName": .string(String(arn.resource.dropFirst("stream/".count))), "StreamARN": .string(target.Arn),
                    "Data": .blob(Array(payload.utf8)), "PartitionKey": .string(key),
                ])
        case .deliveryStream:
            let name = String(arn.resource.dropFirst("deliverystream/".count))
            try await call(
                "firehose", "PutRecord",
                ["DeliveryStreamName": .string(name), "Record": ["Data": .blob(Array(payload.utf8))]])
        case .stateMachine:
            try await call(
                "stepfunctions", "StartExecution", ["stateMachineArn": .string(target.Arn), "input": .string(payload)])
        case .logGroup: try await log(payload, to: arn, dispatch, platform)
        case .bus: try await forward(dispatch, to: arn, platform)
        case .destination: try await invoke(dispatch, payload, event, platform)
        }
    }

    /// The target's role, or EventBridge itself on behalf of the rule: then the target's own policy decides.
    func caller(_ dispatch: Dispatch, _ platform: Platform) async throws -> Caller {
        let service = Caller.service(Self.principal, account: dispatch.account, sourceARN: dispatch.ruleARN)
        guard let role = dispatch.target.RoleArn else { return service }
        return try await platform.assume(
            role, session: String(dispatch.rule.prefix(64)), as: service, region: dispatch.region)
    }

    func sendMessage(_ input: Document, to queue: String, as caller: Caller, _ platform: Platform) async throws {
        guard let arn = ARN(queue), var members = input.members else { throw EventsFault.resourceNotFound(queue).wire }
        members["QueueUrl"] = .string("\(platform.endpoint)/\(arn.account)/\(arn.resource)")
        _ = try await platform.call(Call("sqs", "SendMessage", .map(members), caller: caller, region: arn.region))
    }

    /// Log groups of the rule's own account alone. The account's resource policies for Logs decide, for a role can't be given
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions).
    private func log(_ payload: String, to arn: ARN, _ dispatch: Dispatch, _ platform: Platform) async throws {
        guard arn.account == dispatch.account else {
            throw AWSError("AccessDeniedException", 400, "The log group belongs to another account.")
        }
        var group = String(arn.resource.dropFirst("log-group:".count))
        if group.hasSuffix(":*") { group = String(group.dropLast(2)) }
        let caller = Caller.service(Self.principal, account: dispatch.account, sourceARN: dispatch.ruleARN)
        var (time, message) = (platform.clock.now().milliseconds, payload)
        if dispatch.target.InputTransformer != nil, let shaped = try? JSON.parse(payload, keepsNumerals: true),
            let text = shaped["message"]
        {
            time = shaped["timestamp"]?.integer ?? time
            message = text.string ?? JSON.text(text)
        }
        let place: Members = ["logGroupName": .string(group), "logStreamName": .string(dispatch.rule)]
        var put = place
        put["logEvents"] = [["timestamp": .integer(time), "message": .string(message)]]
        do {
            _ = try await platform.call(Call("logs", "CreateLogStream", .map(place), caller: caller, region: arn.region))
        } catch let error as AWSError where error.code == "ResourceAlreadyExistsException" {}
        _ = try await platform.call(Call("logs", "PutLogEvents", .map(put), caller: caller, region: arn.region))
    }

    /// Further than this an event does not go from bus to bus; one that came from another account or Region stays
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html).
    private static let hopsMax = 5

    private func forward(_ dispatch: Dispatch, to arn: ARN, _ platform: Platform) async throws {
        guard dispatch.hops < Self.hopsMax else { return }
        let name = String(arn.resource.dropFirst("event-bus/".count))
        let place = BusPlace(account: arn.account, region: arn.region, name: name)
        // Without a role it is the rule's account that puts the event: the other bus's policy names accounts and, by
        // `aws:SourceArn`, their rules
        // (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-restrict-rule.html).
        let hasRole = dispatch.target.RoleArn != nil
        var caller = hasRole ? try await self.caller(dispatch, platform) : Caller.root(of: dispatch.account)
        (caller.sourceARN, caller.sourceAccount) = (dispatch.ruleARN, dispatch.account)
        let context = Context(
            platform: platform, caller: caller, region: arn.region, service: Self.id, operation: "PutEvents",
            requestID: Identifier.uuid(), now: platform.clock.now())
        var event = try BusEvent(json: dispatch.event, hops: dispatch.hops + 1)
        let keys = ["source": event.document["source"]?.string, "detail-type": event.document["detail-type"]?.string]
        var conditions = keys.reduce(into: [:]) { $0["events:\($1.key)"] = [$1.value].compactMap { $0 } }
        // What was granted to an organization needs a role (API Reference, "PutTargets").
        if !hasRole { (conditions["aws:PrincipalOrgID"], conditions["aws:PrincipalOrgPaths"]) = ([], []) }
        try await platform.demand(Permission("events:PutEvents", on: place.arn, conditions: conditions), in: context)
        do { _ = try await platform.store.read { try $0.bus(place) } } catch let fault as EventsFault { throw fault.wire }
        if arn.account != dispatch.account || arn.region != dispatch.region { event.hops = Self.hopsMax }
        try await commit(try await consequences(of: event, on: place, platform), platform)
    }
}
