/// Which operations are carried out while only the reserve of the disk is left (``DiskSpace``): those that read, and those
/// that make room or let others make it.
enum SpaceRule {
    private static let verbs = [
        "Abort", "BatchDelete", "Cancel", "Delete", "Deregister", "Detach", "Disable", "Purge", "Remove", "Stop", "Unsubscribe",
        "Untag",
    ]
    /// A consumer must get at the messages that it is to delete.
    private static let others: [String: Set<String>] = ["sqs": ["ChangeMessageVisibility", "ChangeMessageVisibilityBatch"]]

    static func runsWithoutSpace(_ service: String, _ operation: String) -> Bool {
        AuditTables.isReadOnly(service, operation) || others[service]?.contains(operation) == true
            || verbs.contains { operation.hasPrefix($0) }
    }
}
