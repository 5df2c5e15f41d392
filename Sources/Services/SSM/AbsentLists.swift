import Documents
import Kernel

/// Of what Systems Manager manages besides parameters there is nothing here: no nodes, so no commands, sessions or inventory
/// of them, no windows, associations or operations items, and no way to make any (NotImplemented). Inventories that ask get
/// empty lists. Documents are not among these, because AWS has many of its own.
enum AbsentLists {
    /// The operations with the member that is their list.
    static let members: KeyValuePairs = [
        "DescribeInstanceInformation": "InstanceInformationList", "DescribeActivations": "ActivationList",
        "ListAssociations": "Associations", "DescribeMaintenanceWindows": "WindowIdentities", "ListCommands": "Commands",
        "ListCommandInvocations": "CommandInvocations", "DescribeSessions": "Sessions", "GetInventory": "Entities",
        "ListResourceDataSync": "ResourceDataSyncItems", "DescribeAutomationExecutions": "AutomationExecutionMetadataList",
        "ListOpsMetadata": "OpsMetadataList", "DescribeOpsItems": "OpsItemSummaries", "ListComplianceItems": "ComplianceItems",
        "ListComplianceSummaries": "ComplianceSummaryItems",
        "ListResourceComplianceSummaries": "ResourceComplianceSummaryItems", "DescribePatchGroups": "Mappings",
    ]

    static func register(in operations: inout Operations) {
        for (operation, member) in members {
            operations.on(operation) { (_: Nothing, _) -> Document in [member: []] }
        }
    }
}
