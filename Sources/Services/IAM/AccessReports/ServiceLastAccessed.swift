import Documents
import Kernel
import Policy
import Store

/// GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails, GetServiceLastAccessedDetailsWithEntities (IAM User
/// Guide, "Refine permissions in AWS using last accessed information").
enum ServiceLastAccessed {
    struct Generate: Codable, Sendable {
        var Arn: String
        var Granularity: String?
    }
    struct Job: Codable, Sendable { var JobId: String }
    struct Get: Codable, Sendable {
        var JobId: String
        var MaxItems: Int?
        var Marker: String?
    }
    struct GetEntities: Codable, Sendable {
        var JobId: String
        var ServiceNamespace: String
        var MaxItems: Int?
        var Marker: String?
    }
    struct Details: Codable, Sendable {
        struct Service: Codable, Sendable {
            var ServiceName: String
            var LastAuthenticated: Timestamp?
            var ServiceNamespace: String
            var LastAuthenticatedEntity: String?
            var LastAuthenticatedRegion: String?
            var TotalAuthenticatedEntities: Int?
            var TrackedActionsLastAccessed: [Action]?
        }
        struct Action: Codable, Sendable {
            var ActionName: String
            var LastAccessedEntity: String
            var LastAccessedTime: Timestamp
            var LastAccessedRegion: String
        }
        var JobStatus = "COMPLETED"
        var JobType: String
        var JobCreationDate: Timestamp
        var ServicesLastAccessed: [Service]
        var JobCompletionDate: Timestamp
        var IsTruncated: Bool
        var Marker: String?
    }
    struct Entities: Codable, Sendable {
        struct Detail: Codable, Sendable {
            var EntityInfo: Info
            var LastAuthenticated: Timestamp?
        }
        struct Info: Codable, Sendable {
            var Arn: String
            var Name: String
            var `Type`: String
            var Id: String
            var Path: String
        }
        var JobStatus = "COMPLETED"
        var JobCreationDate: Timestamp
        var JobCompletionDate: Timestamp
        var EntityDetailsList: [Detail]
        var IsTruncated: Bool
        var Marker: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("GenerateServiceLastAccessedDetails") { (input: Generate, context) in try await generate(input, context) }
        operations.on("GetServiceLastAccessedDetails") { (input: Get, context) in
            let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.JobId))
            return details(try await .find(input.JobId, context), request)
        }
        operations.on("GetServiceLastAccessedDetailsWithEntities") { (input: GetEntities, context) in
            try await entities(input, context)
        }
    }

    private static func generate(_ input: Generate, _ context: Context) async throws -> Job {
        let catalogue = try ServiceCatalogue(context.platform)
        let (entity, attempts) = try await context.store.read { snapshot in
            let entity = try ReportedEntity(input.Arn, in: context.account, snapshot)
            let attempts = try entity.actors.flatMap {
                try AccessReportRecord.attempts(of: $0.arn, in: context.account, by: $0.arn, context, snapshot)
            }
            return (entity, Dictionary(grouping: attempts, by: \.namespace))
        }
        let reach = ActionReach([try entity.policies.map { try $0.document() }])
        let isOfActions = input.Granularity == "ACTION_LEVEL"
        let services = catalogue.reached(by: reach).map { entry in
            AccessReportRecord.Service(
                entry, (attempts[entry.namespace] ?? []).map(\.attempt), withActions: isOfActions)
        }
        let report = AccessReportRecord(context, subject: input.Arn, isOfActions: isOfActions, services: services)
        try await report.save(context)
        return Job(JobId: report.id)
    }

    private static func details(_ report: AccessReportRecord, _ request: PageRequest) -> Details {
        let page = Page(of: report.services, request, name: \.service.namespace)
        let services = page.items.map { entry in
            let actions = entry.actions.sorted { $0.key < $1.key }.map {
                Details.Action(
                    ActionName: $0.key, LastAccessedEntity: $0.value.by, LastAccessedTime: $0.value.date,
                    LastAccessedRegion: $0.value.region)
            }
            return Details.Service(
                ServiceName: entry.service.name, LastAuthenticated: entry.last?.date,
                ServiceNamespace: entry.service.namespace, LastAuthenticatedEntity: entry.last?.by,
                LastAuthenticatedRegion: entry.last?.region, TotalAuthenticatedEntities: entry.count,
                TrackedActionsLastAccessed: actions.isEmpty ? nil : actions)
        }
        return Details(
            JobType: report.isOfActions ? "ACTION_LEVEL" : "SERVICE_LEVEL", JobCreationDate: report.created,
            ServicesLastAccessed: services, JobCompletionDate: report.created, IsTruncated: page.isTruncated,
            Marker: page.marker)
    }

    /// Who could have used the permissions: as it is now, the latest use first.
    private static func entities(_ input: GetEntities, _ context: Context) async throws -> Entities {
        let request = try PageRequest(input.Marker, input.MaxItems, of: context.list(input.JobId, input.ServiceNamespace))
        let report = try await AccessReportRecord.find(input.JobId, context)
        guard report.services.contains(where: { $0.service.namespace == input.ServiceNamespace }) else {
            throw IAMFault.invalidInput("The service namespace \(input.ServiceNamespace) is not in the report.")
        }
        let found = try await context.store.read { snapshot in
            try ReportedEntity(report.subject, in: context.account, snapshot).actors.map { actor in
                let uses = try AccessReportRecord.attempts(
                    of: actor.arn, in: context.account, by: actor.arn, context, snapshot)
                return (actor, uses.filter { $0.namespace == input.ServiceNamespace }.map(\.attempt.use.date).max())
            }
        }
        // The page's order is that of its names: the time, turned so that later ones come first, and the ARN.
        let page = Page(of: found, request) { actor, date in
            let age = String(Int64.max - (date?.microseconds ?? 0))
            return String(repeating: "0", count: 19 - age.utf8.count) + age + actor.arn
        }
        let list = page.items.map { actor, date in
            Entities.Detail(
                EntityInfo: Entities.Info(
                    Arn: actor.arn, Name: actor.name, Type: actor.kind, Id: actor.id, Path: actor.path),
                LastAuthenticated: date)
        }
        return Entities(
            JobCreationDate: report.created, JobCompletionDate: report.created, EntityDetailsList: list,
            IsTruncated: page.isTruncated, Marker: page.marker)
    }
}
