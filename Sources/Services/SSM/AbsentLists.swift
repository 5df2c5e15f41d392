import Documents
import Kernel

/// Of what Systems Manager manages besides parameters there is nothing here: no nodes, so no commands, sessions or inventory
/// of them, no windows, associations or operations items, and no way to make any (NotImplemented). Inventories that ask get
/// empty lists. Documents are not among these, because AWS has many of its own.
enum AbsentLists {
    private struct DescribeInstanceInformation: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var InstanceId: String }
        var InstanceInformationList: [Entry] = []
    }
    private struct DescribeActivations: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var ActivationId: String }
        var ActivationList: [Entry] = []
    }
    private struct ListAssociations: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var AssociationId: String }
        var Associations: [Entry] = []
    }
    private struct DescribeMaintenanceWindows: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var WindowId: String }
        var WindowIdentities: [Entry] = []
    }
    private struct ListCommands: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var CommandId: String }
        var Commands: [Entry] = []
    }
    private struct ListCommandInvocations: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var CommandId: String }
        var CommandInvocations: [Entry] = []
    }
    private struct DescribeSessions: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var SessionId: String }
        var Sessions: [Entry] = []
    }
    private struct GetInventory: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var Id: String }
        var Entities: [Entry] = []
    }
    private struct ListResourceDataSync: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var SyncName: String }
        var ResourceDataSyncItems: [Entry] = []
    }
    private struct DescribeAutomationExecutions: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var AutomationExecutionId: String }
        var AutomationExecutionMetadataList: [Entry] = []
    }
    private struct ListOpsMetadata: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var ResourceId: String }
        var OpsMetadataList: [Entry] = []
    }
    private struct DescribeOpsItems: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var OpsItemId: String }
        var OpsItemSummaries: [Entry] = []
    }
    private struct ListComplianceItems: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var ResourceId: String }
        var ComplianceItems: [Entry] = []
    }
    private struct ListComplianceSummaries: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var ComplianceType: String }
        var ComplianceSummaryItems: [Entry] = []
    }
    private struct ListResourceComplianceSummaries: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var ResourceId: String }
        var ResourceComplianceSummaryItems: [Entry] = []
    }
    private struct DescribePatchGroups: Encodable, Sendable {
        struct Entry: Encodable, Sendable { var PatchGroup: String }
        var Mappings: [Entry] = []
    }

    static let names = [
        "DescribeInstanceInformation", "DescribeActivations", "ListAssociations", "DescribeMaintenanceWindows", "ListCommands",
        "ListCommandInvocations", "DescribeSessions", "GetInventory", "ListResourceDataSync", "DescribeAutomationExecutions",
        "ListOpsMetadata", "DescribeOpsItems", "ListComplianceItems", "ListComplianceSummaries",
        "ListResourceComplianceSummaries", "DescribePatchGroups",
    ]

    static func register(in operations: inout Operations) {
        operations.on("DescribeInstanceInformation") { (_: Nothing, _) in DescribeInstanceInformation() }
        operations.on("DescribeActivations") { (_: Nothing, _) in DescribeActivations() }
        operations.on("ListAssociations") { (_: Nothing, _) in ListAssociations() }
        operations.on("DescribeMaintenanceWindows") { (_: Nothing, _) in DescribeMaintenanceWindows() }
        operations.on("ListCommands") { (_: Nothing, _) in ListCommands() }
        operations.on("ListCommandInvocations") { (_: Nothing, _) in ListCommandInvocations() }
        operations.on("DescribeSessions") { (_: Nothing, _) in DescribeSessions() }
        operations.on("GetInventory") { (_: Nothing, _) in GetInventory() }
        operations.on("ListResourceDataSync") { (_: Nothing, _) in ListResourceDataSync() }
        operations.on("DescribeAutomationExecutions") { (_: Nothing, _) in DescribeAutomationExecutions() }
        operations.on("ListOpsMetadata") { (_: Nothing, _) in ListOpsMetadata() }
        operations.on("DescribeOpsItems") { (_: Nothing, _) in DescribeOpsItems() }
        operations.on("ListComplianceItems") { (_: Nothing, _) in ListComplianceItems() }
        operations.on("ListComplianceSummaries") { (_: Nothing, _) in ListComplianceSummaries() }
        operations.on("ListResourceComplianceSummaries") { (_: Nothing, _) in ListResourceComplianceSummaries() }
        operations.on("DescribePatchGroups") { (_: Nothing, _) in DescribePatchGroups() }
    }
}
