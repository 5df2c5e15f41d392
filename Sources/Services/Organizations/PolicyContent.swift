import Documents
import Kernel
import Policy

/// What a policy's text must be, by its type.
enum PolicyContent {
    static let serviceControl = OrganizationDefaultPolicy.serviceControl.type
    static let resourceControl = OrganizationDefaultPolicy.resourceControl.type
    /// Policies that are documents for other services, merged along the tree, with their documents' first member.
    static let management: [String: String] = [
        "TAG_POLICY": "tags", "BACKUP_POLICY": "plans", "AISERVICES_OPT_OUT_POLICY": "services", "CHATBOT_POLICY": "chatbot",
        "DECLARATIVE_POLICY_EC2": "ec2_attributes", "SECURITYHUB_POLICY": "securityhub", "INSPECTOR_POLICY": "inspector",
    ]

    static func isKnown(_ type: String) -> Bool {
        type == serviceControl || type == resourceControl || management[type] != nil
    }

    static func attachedMax(_ type: String) -> Int { management[type] == nil ? Limit.attached : Limit.managementAttached }

    static func countMax(_ type: String) -> Int { type == serviceControl ? Limit.serviceControlPolicies : Limit.policies }

    private static func sizeMax(_ type: String) -> Int {
        switch type {
        case serviceControl, resourceControl: Limit.policySize
        case "AISERVICES_OPT_OUT_POLICY": Limit.optOutPolicySize
        default: Limit.managementPolicySize
        }
    }

    /// - Throws: `MalformedPolicyDocumentException`, `ConstraintViolationException`.
    static func check(_ content: String, _ type: String) throws {
        guard isKnown(type) else { throw OrganizationsFault.notBuilt("policies of type \(type)") }
        guard content.unicodeScalars.count <= sizeMax(type) else { throw OrganizationsFault.violation(.policyContent) }
        switch type {
        case serviceControl: try serviceControl(content)
        case resourceControl: try resourceControl(content)
        default: try management(content, type)
        }
    }

    private static func serviceControl(_ content: String) throws {
        guard (try? PolicyDocument(json: content, kind: .identity)) != nil else {
            throw OrganizationsFault.plain(.malformedPolicy)
        }
    }

    /// Denials for everybody, of the services that support the type
    /// (Organizations User Guide, "Resource control policies syntax").
    private static func resourceControl(_ content: String) throws {
        guard (try? PolicyDocument(json: content, kind: .resource)) != nil, let document = try? JSON.parse(content),
            let statement = document["Statement"]
        else { throw OrganizationsFault.plain(.malformedPolicy) }
        for statement in statement.list ?? [statement] {
            guard statement["Effect"]?.string == "Deny", statement["Principal"]?.string == "*",
                statement["NotPrincipal"] == nil, statement["NotAction"] == nil, let action = statement["Action"]
            else { throw OrganizationsFault.plain(.malformedPolicy) }
            let actions = action.list?.compactMap(\.string) ?? action.string.map { [$0] } ?? []
            // "*" alone is only in the policy that AWS gives.
            guard !actions.contains("*") else { throw OrganizationsFault.plain(.malformedPolicy) }
        }
    }

    /// An object whose first member is the type's own; what is below is merged, not understood.
    private static func management(_ content: String, _ type: String) throws {
        guard let member = management[type], let document = try? JSON.parse(Array(content.utf8), uniqueNames: true),
            let members = document.members, Array(members.keys) == [member], document[member]?.members != nil
        else { throw OrganizationsFault.plain(.malformedPolicy) }
        try EffectivePolicies.check(document)
    }
}
