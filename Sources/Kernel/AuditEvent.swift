import Documents
import Model

/// How a call ended, for its record.
enum AuditOutcome {
    case success(Document)
    case failure(AWSError)
}

/// One call on its way into the record: what is known of it, and the JSON for each history that it stands in.
struct AuditEvent {
    let call: Call
    let context: Context
    let outcome: AuditOutcome
    let dataType: String?
    let isReadOnly: Bool
    let source: String
    let name: String
    let resources: [AuditFacts.Resource]
    private let operation: OperationModel?
    private let sharedID = Identifier.uuid()

    init(
        _ call: Call, _ context: Context, _ outcome: AuditOutcome, dataType: String?, isReadOnly: Bool,
        resources: [AuditFacts.Resource]
    ) {
        (self.call, self.context, self.outcome) = (call, context, outcome)
        (self.dataType, self.isReadOnly, self.resources) = (dataType, isReadOnly, resources)
        let models = context.platform.models
        source = Self.source(call.service, models)
        operation = try? models.service(call.service).operation(call.operation)
        name = AuditTables.name(call.service, call.operation, uri: operation?.requestURI ?? "")
    }

    /// `monitoring.amazonaws.com` for `cloudwatch`: the name that the service signs by.
    static func source(_ service: String, _ models: Models) -> String {
        (models.entries[service]?.signingName ?? service) + ".amazonaws.com"
    }

    var isGlobal: Bool { AuditTables.globalServices.contains(call.service) }
    var region: String { isGlobal ? AuditTables.globalRegion : context.region }

    /// The accounts in whose histories the event stands: the caller's, and those that own what it touched. A service that
    /// acts by itself has no history of its own.
    var accounts: [String] {
        var accounts: [String] = []
        if context.caller.kind != .service, context.caller.account.utf8.count == 12 { accounts.append(context.caller.account) }
        for resource in resources where resource.account.utf8.count == 12 && !accounts.contains(resource.account) {
            accounts.append(resource.account)
        }
        if accounts.isEmpty, let source = context.caller.sourceAccount { accounts.append(source) }
        return accounts
    }

    func facts(_ account: String, organization: String?) -> AuditFacts {
        var errorCode: String?
        if case .failure(let error) = outcome { errorCode = error.code }
        return AuditFacts(
            account: account, region: region, isGlobal: isGlobal, organization: organization, eventSource: source,
            eventName: name, isReadOnly: isReadOnly, isData: dataType != nil, dataType: dataType, resources: resources,
            identityARN: context.caller.arn, errorCode: errorCode)
    }

    /// The event in the shape of https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    func record(for account: String, isShared: Bool, id: String) -> Document {
        let caller = context.caller
        var event: Members = [
            "eventVersion": "1.11",
            "userIdentity": AuditIdentity.element(caller, seenBy: account),
            "eventTime": .string(context.now.iso8601()),
            "eventSource": .string(source),
            "eventName": .string(name),
            "awsRegion": .string(region),
        ]
        let invoker = caller.calledVia?.last ?? (caller.kind == .service ? caller.serviceName : nil)
        event["sourceIPAddress"] = .string(invoker ?? context.http?.sourceIP ?? "AWS Internal")
        event["userAgent"] = .string(invoker ?? context.http?.headers["user-agent"] ?? "AWS Internal")
        if case .failure(let error) = outcome {
            event["errorCode"] = .string(error.code == "AccessDeniedException" ? "AccessDenied" : error.code)
            event["errorMessage"] = .string(error.message)
        }
        event["requestParameters"] = requestParameters
        event["responseElements"] = responseElements
        if let additional { event["additionalEventData"] = additional }
        event["requestID"] = .string(context.requestID)
        event["eventID"] = .string(id)
        event["readOnly"] = .bool(isReadOnly)
        if !resources.isEmpty {
            event["resources"] = .list(
                resources.map { resource in
                    var element: Members = ["type": .string(resource.type), "ARN": .string(resource.arn)]
                    if !resource.account.isEmpty { element["accountId"] = .string(resource.account) }
                    return .map(element)
                })
        }
        event["eventType"] = .string(AuditFacts.call)
        event["managementEvent"] = .bool(dataType == nil)
        event["recipientAccountId"] = .string(account)
        if isShared { event["sharedEventID"] = .string(sharedID) }
        event["eventCategory"] = dataType == nil ? "Management" : "Data"
        if let http = context.http, http.isSecure {
            event["tlsDetails"] = ["clientProvidedHostHeader": .string(http.host)]
        }
        return .map(event)
    }

    private var requestParameters: Document {
        var parameters = AuditParameters(service: call.service, isResponse: false).write(call.input, operation?.input)
        if call.service == "s3", let host = context.http?.host {
            var members = parameters.members ?? [:]
            members["Host"] = .string(host)
            parameters = .map(members)
        }
        return Self.bounded(parameters)
    }

    private var responseElements: Document {
        guard case .success(let output) = outcome, !isReadOnly || AuditTables.showsResponse(call.service, call.operation),
            call.service != "dynamodb" || dataType == nil
        else { return .null }
        return Self.bounded(AuditParameters(service: call.service, isResponse: true).write(output, operation?.output))
    }

    private static func bounded(_ parameters: Document) -> Document {
        guard parameters != .null else { return .null }
        let size = JSON.write(parameters).count
        return size <= AuditParameters.Limit.size ? parameters : ["omitted": true, "originalSize": .integer(Int64(size))]
    }

    private var additional: Document? {
        guard call.service == "s3", let http = context.http else { return nil }
        let isSigned = context.caller.kind != .anonymous
        guard isSigned else { return nil }
        let isPresigned = http.headers["authorization"] == nil
        return ["SignatureVersion": "SigV4", "AuthenticationMethod": isPresigned ? "QueryString" : "AuthHeader"]
    }
}
