import Documents
import Kernel

/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
extension SQSService {
    /// The name of an action of SQS's own.
    static func isKnown(action: String) -> Bool { actionNames.contains(action) }

    private static let actionNames: Set<String> = [
        "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListDeadLetterSourceQueues",
        "ListMessageMoveTasks", "ListQueueTags", "ListQueues", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask",
        "TagQueue", "UntagQueue",
    ]

    public var actions: ActionMap {
        var map: ActionMap = [:]
        let byURL = [
            "SendMessage": "SendMessage", "SendMessageBatch": "SendMessage", "ReceiveMessage": "ReceiveMessage",
            "DeleteMessage": "DeleteMessage", "DeleteMessageBatch": "DeleteMessage",
            "ChangeMessageVisibility": "ChangeMessageVisibility", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
            "DeleteQueue": "DeleteQueue", "PurgeQueue": "PurgeQueue", "GetQueueAttributes": "GetQueueAttributes",
            "SetQueueAttributes": "SetQueueAttributes", "TagQueue": "TagQueue", "UntagQueue": "UntagQueue",
            "ListQueueTags": "ListQueueTags", "AddPermission": "AddPermission", "RemovePermission": "RemovePermission",
            "ListDeadLetterSourceQueues": "ListDeadLetterSourceQueues",
        ]
        for (operation, action) in byURL {
            let permission = "sqs:\(action)"
            map[operation] = { input, context in [Permission(permission, on: try QueueAddress.name(input, context).arn)] }
        }
        map["ListQueues"] = { _, context in [Permission("sqs:ListQueues", on: context.arn("*"), spelledAlso: ["*"])] }
        map["CreateQueue"] = { input, context in
            let arn = context.arn(input["QueueName"]?.string ?? "")
            var needed = [Permission("sqs:CreateQueue", on: arn, isCreation: true)]
            if input["tags"]?.members?.isEmpty == false {
                needed.append(Permission("sqs:TagQueue", on: arn, isCreation: true))
            }
            return needed
        }
        map["GetQueueUrl"] = { input, context in
            let name = QueueName(
                region: context.region, account: input["QueueOwnerAWSAccountId"]?.string ?? context.account,
                name: input["QueueName"]?.string ?? "")
            return [Permission("sqs:GetQueueUrl", on: name.arn)]
        }
        for operation in ["StartMessageMoveTask", "ListMessageMoveTasks"] {
            map[operation] = { input, _ in
                guard let arn = input["SourceArn"]?.string else { throw SQSFault.missing("SourceArn") }
                return [Permission("sqs:\(operation)", on: arn)]
            }
        }
        map["CancelMessageMoveTask"] = { input, _ in
            [Permission("sqs:CancelMessageMoveTask", on: try MoveTask.source(ofHandle: input["TaskHandle"]?.string).arn)]
        }
        return map
    }
}
