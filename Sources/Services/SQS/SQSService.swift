import Documents
import Kernel
import Store

/// Amazon SQS: standard and FIFO queues.
public struct SQSService: Service {
    public static let id = "sqs"
    let queues = QueueCache()
    let gauge = FlightGauge()
    let vault = MessageVault()

    public init() {}

    public func register(in operations: inout Operations) {
        operations.direct("SendMessage", as: SendMessageInput.self, SendMessageOutput.self, send)
        operations.direct("SendMessageBatch", as: SendBatchInput.self, SendBatchOutput.self, sendBatch)
        operations.direct("ReceiveMessage", as: ReceiveInput.self, ReceiveOutput.self, receive)
        operations.direct("DeleteMessage", as: DeleteMessageInput.self, Nothing.self, delete)
        operations.direct("DeleteMessageBatch", as: DeleteBatchInput.self, BatchOutput.self, deleteBatch)
        operations.direct("ChangeMessageVisibility", as: ChangeVisibilityInput.self, Nothing.self, changeVisibility)
        operations.direct(
            "ChangeMessageVisibilityBatch", as: ChangeVisibilityBatchInput.self, BatchOutput.self, changeVisibilityBatch)
        operations.direct("CreateQueue", as: CreateQueueInput.self, QueueURLOutput.self, createQueue)
        operations.direct("GetQueueUrl", as: GetQueueURLInput.self, QueueURLOutput.self, getURL)
        operations.direct("ListQueues", as: ListQueuesInput.self, ListQueuesOutput.self, listQueues)
        operations.direct("DeleteQueue", as: QueueInput.self, Nothing.self, deleteQueue)
        operations.timer("forget", forget)
        operations.delivery("sweep", sweep)
        operations.direct("PurgeQueue", as: QueueInput.self, Nothing.self, purge)
        operations.direct("GetQueueAttributes", as: GetAttributesInput.self, AttributesOutput.self, getAttributes)
        operations.direct("SetQueueAttributes", as: SetAttributesInput.self, Nothing.self, setAttributes)
        operations.direct("TagQueue", as: TagQueueInput.self, Nothing.self, tag)
        operations.direct("UntagQueue", as: UntagQueueInput.self, Nothing.self, untag)
        operations.direct("ListQueueTags", as: QueueInput.self, TagsOutput.self, listTags)
        operations.direct("AddPermission", as: AddPermissionInput.self, Nothing.self, addPermission)
        operations.direct("RemovePermission", as: RemovePermissionInput.self, Nothing.self, removePermission)
        operations.direct("ListDeadLetterSourceQueues", as: ListSourcesInput.self, ListSourcesOutput.self, listSources)
        operations.direct("StartMessageMoveTask", as: StartMoveInput.self, StartMoveOutput.self, startMove)
        operations.direct("CancelMessageMoveTask", as: CancelMoveInput.self, CancelMoveOutput.self, cancelMove)
        operations.direct("ListMessageMoveTasks", as: ListMovesInput.self, ListMovesOutput.self, listMoves)
        operations.delivery("move", move)
    }

    public func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard let name = QueueName(arn: arn) else { return nil }
        let queue = try await platform.store.read { try queues.find(name, in: $0) }
        return queue.map {
            ResourceFacts(account: $0.name.account, policy: $0.record.attributes["Policy"], tags: $0.record.tags)
        }
    }

    public func denied(_ message: String) -> AWSError { AWSError("AccessDeniedException", 403, message) }

    /// - Throws: ``SQSFault/queueDoesNotExist``
    func queue(_ name: QueueName, _ context: Context) async throws -> Queue {
        try await context.store.read { try queues.queue(name, in: $0) }
    }

    /// For operations that no other account may be given
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html).
    func ownName(_ input: Document, _ context: Context) throws -> QueueName {
        let name = try QueueAddress.name(input, context)
        try own(name, context)
        return name
    }

    func own(_ name: QueueName, _ context: Context) throws {
        guard name.account == context.account else {
            throw SQSFault.accessDenied("Access to the resource \(name.arn) is denied.")
        }
    }
}
