import Documents
import Kernel
import Model

/// The call that a target stands for
/// (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html).
struct TargetCall {
    let invocation: Invocation
    let input: String
    let caller: Caller

    init(_ invocation: Invocation, input: String, caller: Caller) {
        (self.invocation, self.input, self.caller) = (invocation, input, caller)
    }

    /// - Throws: ``AWSError`` of the target's service.
    func make(on platform: Platform) async throws {
        let target = invocation.target
        guard let arn = ARN(target.Arn) else { throw SchedulerFault.validation("Provided Arn is not in correct format.").wire }
        if let universal = try UniversalTarget(arn, platform.models) {
            let (document, body) = try universal.input(input)
            _ = try await platform.call(
                Call(
                    universal.service, universal.operation.name, document, body: body, caller: caller,
                    region: invocation.region))
            return
        }
        guard let kind = TemplatedTarget(arn) else {
            throw SchedulerFault.notBuilt("the target \(target.Arn)").wire
        }
        let (service, operation, document) = try call(kind, arn, platform)
        let region = arn.region.isEmpty ? invocation.region : arn.region
        let output = try await platform.call(Call(service, operation, document, caller: caller, region: region)).output
        // A bus refuses single events in an answer that is no error.
        if kind == .bus, let refusal = output["Entries"]?.list?.first, let code = refusal["ErrorCode"]?.string {
            throw AWSError(code, 400, refusal["ErrorMessage"]?.string ?? "")
        }
    }

    private func call(
        _ kind: TemplatedTarget, _ arn: ARN, _ platform: Platform
    ) throws -> (service: String, operation: String, input: Document) {
        let (target, text) = (invocation.target, Document.string(input))
        let bytes = Document.blob(Array(input.utf8))
        switch kind {
        case .function:
            return (
                "lambda", "Invoke", ["FunctionName": .string(target.Arn), "InvocationType": "Event", "Payload": bytes]
            )
        case .queue:
            var message: Members = [
                "QueueUrl": .string("\(platform.endpoint)/\(arn.account)/\(arn.resource)"), "MessageBody": text,
            ]
            if let group = target.SqsParameters?.MessageGroupId { message["MessageGroupId"] = .string(group) }
            return ("sqs", "SendMessage", .map(message))
        case .topic: return ("sns", "Publish", ["TopicArn": .string(target.Arn), "Message": text])
        case .bus:
            guard let event = target.EventBridgeParameters else {
                throw SchedulerFault.validation("EventBridgeParameters must be set.").wire
            }
            return (
                "events", "PutEvents",
                [
                    "Entries": [
                        [
                            "EventBusName": .string(target.Arn), "Source": .string(event.Source),
                            "DetailType": .string(event.DetailType), "Detail": text,
                            "Time": .timestamp(invocation.turn),
                        ]
                    ]
                ]
            )
        case .stream:
            return (
                "kinesis", "PutRecord",
                [
                    "StreamName": .string(String(arn.resource.dropFirst("stream/".count))), "StreamARN": .string(target.Arn),
                    "Data": bytes, "PartitionKey": .string(target.KinesisParameters?.PartitionKey ?? invocation.name),
                ]
            )
        case .deliveryStream:
            return (
                "firehose", "PutRecord",
                [
                    "DeliveryStreamName": .string(String(arn.resource.dropFirst("deliverystream/".count))),
                    "Record": ["Data": bytes],
                ]
            )
        case .stateMachine:
            return ("stepfunctions", "StartExecution", ["stateMachineArn": .string(target.Arn), "input": text])
        case .cluster:
            var task = target.EcsParameters?.members ?? [:]
            task["cluster"] = .string(target.Arn)
            return ("ecs", "RunTask", .map(task))
        case .pipeline:
            return (
                "sagemaker", "StartPipelineExecution",
                [
                    "PipelineName": .string(target.Arn),
                    "PipelineParameters": target.SageMakerPipelineParameters?["PipelineParameterList"] ?? [],
                ]
            )
        case .project:
            return ("codebuild", "StartBuild", ["projectName": .string(String(arn.resource.dropFirst("project/".count)))])
        case .delivery: return ("codepipeline", "StartPipelineExecution", ["name": .string(arn.resource)])
        }
    }
}

/// The kinds of targets that have parameters of their own.
enum TemplatedTarget: Sendable {
    case function, queue, topic, bus, stream, deliveryStream, stateMachine, cluster, pipeline, project, delivery

    init?(_ arn: ARN) {
        switch arn.service {
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "sqs": self = .queue
        case "sns": self = .topic
        case "events" where arn.resource.hasPrefix("event-bus/"): self = .bus
        case "kinesis" where arn.resource.hasPrefix("stream/"): self = .stream
        case "firehose" where arn.resource.hasPrefix("deliverystream/"): self = .deliveryStream
        case "states" where arn.resource.hasPrefix("stateMachine:"): self = .stateMachine
        case "ecs" where arn.resource.hasPrefix("cluster/"): self = .cluster
        case "sagemaker" where arn.resource.hasPrefix("pipeline/"): self = .pipeline
        case "codebuild" where arn.resource.hasPrefix("project/"): self = .project
        case "codepipeline": self = .delivery
        default: return nil
        }
    }

    /// Those whose input must be JSON.
    var wantsJSON: Bool {
        switch self {
        case .function, .bus, .stateMachine: true
        default: false
        }
    }
}
