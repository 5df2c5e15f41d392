import Kernel
import Model

/// What is implemented, told from the same tables that dispatch requests.
public struct Coverage: Sendable {
    public struct Operation: Sendable {
        public var name: String
        /// Input members of the model that the handler's type does not name.
        public var unread: [String]
    }
    public struct Service: Sendable {
        public var id: String
        public var inModel: Int
        public var implemented: [Operation]
    }
    public var services: [Service]

    /// - Throws: ``ModelError`` when set-up has not made the models.
    public static func report(home: String) throws -> Coverage {
        let models = try Models(directory: Configuration(home: home, dataDirectory: "").modelsDirectory)
        let tokens = SessionTokens(key: [UInt8](repeating: 0, count: 32))
        let services = try allServices(tokens: tokens).map { service in
            let id = type(of: service).id
            var table = Operations()
            service.register(in: &table)
            guard let model = try models.service(id) else { throw UnknownService(id: id) }
            let implemented = try table.entries.keys.sorted().map { name in
                Operation(name: name, unread: try unread(table.entries[name], try model.operation(name)))
            }
            return Service(id: id, inModel: model.operationNames.count, implemented: implemented)
        }
        return Coverage(services: services.sorted { $0.id < $1.id })
    }

    /// A registered service without an API model.
    public struct UnknownService: Error { public let id: String }

    private static func unread(_ entry: Operations.Entry?, _ operation: OperationModel?) throws -> [String] {
        guard let type = entry?.input, let shape = operation?.input else { return [] }
        return try HandlerCheck.unreadMembers(type, shape)
    }

    public func text(withMembers: Bool) -> String {
        services.map { service in
            let head = "\(service.id): \(service.implemented.count) of \(service.inModel) operations"
            guard withMembers else { return head }
            return
                ([head]
                + service.implemented.map { operation in
                    "  \(operation.name)"
                        + (operation.unread.isEmpty ? "" : ", unread: \(operation.unread.joined(separator: " "))")
                }).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    public var markdown: String {
        let rows = services.map {
            "| \($0.id) | \($0.implemented.count) of \($0.inModel) | \($0.implemented.map(\.name).joined(separator: ", ")) |"
        }
        return (["| service | operations | implemented |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
    }
}
