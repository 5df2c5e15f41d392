import Documents
import Kernel
import Policy
import Store

/// GenerateOrganizationsAccessReport, GetOrganizationsAccessReport: which services the accounts below a place in the
/// organization may use by its service control policies, and which they did.
enum OrganizationsAccessReport {
    struct Generate: Codable, Sendable {
        var EntityPath: String
        var OrganizationsPolicyId: String?
    }
    struct Get: Codable, Sendable {
        var JobId: String
        var MaxItems: Int?
        var Marker: String?
        var SortKey: String?
    }
    struct Output: Codable, Sendable {
        struct Detail: Codable, Sendable {
            var ServiceName: String
            var ServiceNamespace: String
            var Region: String?
            var EntityPath: String?
            var LastAuthenticatedTime: Timestamp?
            var TotalAuthenticatedEntities: Int?
        }
        var JobStatus = "COMPLETED"
        var JobCreationDate: Timestamp
        var JobCompletionDate: Timestamp
        var NumberOfServicesAccessible: Int
        var NumberOfServicesNotAccessed: Int
        var AccessDetails: [Detail]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("GenerateOrganizationsAccessReport") { (input: Generate, context) in
            try await generate(input, context)
        }
        operations.on("GetOrganizationsAccessReport") { (input: Get, context) in
            output(
                try await .find(input.JobId, context), input,
                try PageRequest(input.Marker, input.MaxItems, of: context.list(input.JobId)))
        }
    }

    private static func generate(_ input: Generate, _ context: Context) async throws -> ServiceLastAccessed.Job {
        let catalogue = try ServiceCatalogue(context.platform)
        let (levels, attempts) = try await context.store.read { snapshot in
            let place = try OrganizationPlace(input.EntityPath, policy: input.OrganizationsPolicyId, context, snapshot)
            let attempts = try place.accounts.flatMap { account, path in
                try AccessReportRecord.attempts(of: nil, in: account, by: path, context, snapshot)
            }
            return (place.levels, Dictionary(grouping: attempts, by: \.namespace))
        }
        let reach = ActionReach(try levels.map { try $0.map(ReportedEntity.document) })
        let services = catalogue.reached(by: reach).map { entry in
            AccessReportRecord.Service(entry, (attempts[entry.namespace] ?? []).map(\.attempt), withActions: false)
        }
        let report = AccessReportRecord(context, subject: input.EntityPath, services: services)
        try await report.save(context)
        return ServiceLastAccessed.Job(JobId: report.id)
    }

    private static func output(_ report: AccessReportRecord, _ input: Get, _ request: PageRequest) -> Output {
        let isDescending = input.SortKey?.hasSuffix("DESCENDING") ?? false
        let isByTime = input.SortKey?.hasPrefix("LAST_AUTHENTICATED") ?? false
        let sorted = report.services.sorted { one, other in
            let (first, second) = (one.last?.date, other.last?.date)
            if isByTime, first != second {
                // What was never used is the oldest.
                let isBefore = (first?.microseconds ?? .min) < (second?.microseconds ?? .min)
                return isBefore != isDescending
            }
            return (one.service.namespace < other.service.namespace) != (isDescending && !isByTime)
        }
        let start = request.after.flatMap { name in sorted.firstIndex { $0.service.namespace == name }.map { $0 + 1 } } ?? 0
        let page = Page(Array(sorted[start...].prefix(request.limit + 1)), request, name: \.service.namespace)
        return Output(
            JobCreationDate: report.created, JobCompletionDate: report.created,
            NumberOfServicesAccessible: report.services.count,
            NumberOfServicesNotAccessed: report.services.count { $0.last == nil },
            AccessDetails: page.items.map {
                Output.Detail(
                    ServiceName: $0.service.name, ServiceNamespace: $0.service.namespace, Region: $0.last?.region,
                    EntityPath: $0.last?.by, LastAuthenticatedTime: $0.last?.date, TotalAuthenticatedEntities: $0.count)
            },
            IsTruncated: page.isTruncated, Marker: page.marker)
    }
}

/// The root, unit or account that a path leads to: its policies, and the accounts that count.
private struct OrganizationPlace {
    /// Service control policies, as JSON, from the root downwards.
    var levels: [[String]] = []
    var accounts: [(account: String, path: String)] = []

    /// - Parameter policy: reports on this policy instead of all that apply.
    /// - Throws: ``IAMFault/invalidInput(_:)`` for a path or policy that is not there.
    init(_ text: String, policy: String?, _ context: Context, _ snapshot: Snapshot) throws {
        guard let seat = try snapshot.organizationSeat(of: context.account), seat.isManagement else {
            throw IAMFault.invalidInput("The report can be generated by the management account of an organization only.")
        }
        let organization = seat.organization
        let kind = OrganizationDefaultPolicy.serviceControl.type
        guard organization.policyTypes.contains(kind) else {
            throw IAMFault.invalidInput("Service control policies are not enabled in the root of the organization.")
        }
        let steps = text.split(separator: "/").map(String.init)
        var all: [(account: String, steps: [String])] = []
        try snapshot.scan(Key(.organizationMember)) { key, value in
            let member = try OrganizationMemberRecord(stored: value)
            guard member.organization == organization.id else { return true }
            all.append((member.account, try Self.steps(to: member.parent, organization, snapshot) + [member.account]))
            return true
        }
        guard let last = steps.last, try steps == Self.known(last, all, organization, snapshot) else {
            throw IAMFault.invalidInput("The entity path \(text) is not one of your organization.")
        }
        let isManagement = last == organization.managementAccount
        accounts = all.filter { $0.steps.starts(with: steps) && (isManagement || $0.account != organization.managementAccount) }
            .map { ($0.account, $0.steps.joined(separator: "/")) }
        func json(_ id: String) throws -> String {
            if let known = OrganizationDefaultPolicy(rawValue: id) { return known.json }
            let key = OrganizationPolicyRecord.key(organization.id, id)
            guard let record = try snapshot.record(OrganizationPolicyRecord.self, key), record.type == kind else {
                throw IAMFault.invalidInput("The policy \(id) is not a service control policy of your organization.")
            }
            return record.content
        }
        func attached(_ target: String) throws -> [String] {
            let key = OrganizationAttachments.key(organization.id, target)
            return try snapshot.record(OrganizationAttachments.self, key)?.byType[kind] ?? []
        }
        if isManagement {
            // No such policy limits it.
            levels = [[OrganizationDefaultPolicy.serviceControl.json]]
        } else if let policy {
            levels = [[try json(policy)]]
            accounts = try accounts.filter { entry in
                try entry.account != organization.managementAccount
                    && (all.first { $0.account == entry.account }?.steps.dropFirst() ?? []).contains {
                        try attached($0).contains(policy)
                    }
            }
        } else {
            levels = try steps.dropFirst().map { try attached($0).map(json) }
        }
    }

    /// `o-...`, `r-...`, and the units down to `parent`.
    private static func steps(to parent: String, _ organization: OrganizationRecord, _ snapshot: Snapshot) throws -> [String] {
        var units: [String] = []
        var next = parent
        while next != organization.root {
            guard units.count < 16,
                let unit = try snapshot.record(
                    OrganizationUnitRecord.self, OrganizationUnitRecord.key(organization.id, next))
            else { throw StoreError.corrupt("organization \(organization.id): no way from \(parent) to the root") }
            units.append(next)
            next = unit.parent
        }
        return [organization.id, organization.root] + units.reversed()
    }

    /// The way to an account, unit or root; nil for what is not in the organization.
    private static func known(
        _ id: String, _ members: [(account: String, steps: [String])], _ organization: OrganizationRecord, _ snapshot: Snapshot
    ) throws -> [String]? {
        if let member = members.first(where: { $0.account == id }) { return member.steps }
        let key = OrganizationUnitRecord.key(organization.id, id)
        guard try id == organization.root || snapshot.contains(key) else { return nil }
        return try steps(to: id, organization, snapshot)
    }
}
