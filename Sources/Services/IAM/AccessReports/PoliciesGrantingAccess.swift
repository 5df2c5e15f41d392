import Kernel
import Policy

/// ListPoliciesGrantingServiceAccess.
enum PoliciesGrantingAccess {
    struct Input: Codable, Sendable {
        var Marker: String?
        var Arn: String
        var ServiceNamespaces: [String]
    }
    struct Output: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var ServiceNamespace: String
            var Policies: [Policy]
        }
        struct Policy: Codable, Sendable {
            var PolicyName: String
            var PolicyType: String
            var PolicyArn: String?
            var EntityType: String?
            var EntityName: String?
        }
        var PoliciesGrantingServiceAccess: [Entry]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("ListPoliciesGrantingServiceAccess") { (input: Input, context) in
            let request = try PageRequest(input.Marker, nil, of: context.list(input.Arn))
            guard ARN(input.Arn)?.resource.hasPrefix("policy/") != true else { throw IAMFault.invalidARN(input.Arn) }
            let catalogue = try ServiceCatalogue(context.platform)
            let entity = try await context.store.read { try ReportedEntity(input.Arn, in: context.account, $0) }
            let policies = try entity.policies.map { ($0, ActionReach([[try $0.document()]])) }
            let page = Page(of: Array(Set(input.ServiceNamespaces)), request, name: \.self)
            return Output(
                PoliciesGrantingServiceAccess: page.items.map { namespace in
                    Output.Entry(
                        ServiceNamespace: namespace,
                        Policies: policies.filter { catalogue.grants($0.1, namespace) }.map { Output.Policy($0.0) })
                },
                IsTruncated: page.isTruncated, Marker: page.marker)
        }
    }
}

extension PoliciesGrantingAccess.Output.Policy {
    fileprivate init(_ policy: ReportedEntity.Policy) {
        self.init(
            PolicyName: policy.name, PolicyType: policy.arn == nil ? "INLINE" : "MANAGED", PolicyArn: policy.arn,
            EntityType: policy.holder?.kind.uppercased(), EntityName: policy.holder?.name)
    }
}
