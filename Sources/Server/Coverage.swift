import Kernel
import Model

/// What is implemented, told from the same tables that dispatch requests.
public struct Coverage: Sendable {
    public struct Operation: Sendable {
        public var name: String
        /// Input members of the model that the handler's type does not name.
        public var unread: [String]
        /// Input members that a request may not use, because nothing is done about them.
        public var refused: [String]
        /// Members that the handler's types name and the model lacks: a mistake, held to none by a test.
        public var unknown: [String]
    }
    public struct Service: Sendable {
        public var id: String
        public var inModel: Int
        public var implemented: [Operation]
        /// Implemented operations without permissions in the action map.
        public var unmapped: [String]
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
            let model = try models.service(id)
            let implemented = try table.entries.sorted { $0.key < $1.key }.map { name, entry in
                try Self.operation(name, entry, refused: table.refused[name] ?? [], in: model)
            }
            let stray = table.refused.keys.filter { table.entries[$0] == nil }.sorted().map {
                Operation(name: $0, unread: [], refused: [], unknown: [$0])
            }
            let unmapped = table.entries.keys.filter { service.actions[$0] == nil }.sorted()
            return Service(id: id, inModel: model.operationNames.count, implemented: implemented + stray, unmapped: unmapped)
        }
        return Coverage(services: services.sorted { $0.id < $1.id })
    }

    private static func operation(
        _ name: String, _ entry: Operations.Entry, refused: [RefusedMember], in model: ServiceModel
    ) throws -> Operation {
        guard let operation = model.operation(name) else {
            return Operation(name: name, unread: [], refused: [], unknown: [name])
        }
        var (unread, unknown): ([String], [String]) = ([], [])
        if let type = entry.input, type != Nothing.self {
            if let shape = operation.input {
                unread = try HandlerCheck.unreadMembers(type, shape)
                unknown = try HandlerCheck.unknownMembers(type, shape)
            } else {
                unknown.append("\(type)")
            }
        }
        if let type = entry.output as? any Decodable.Type, type != Nothing.self {
            if let shape = operation.output {
                unknown += try HandlerCheck.unknownMembers(type, shape)
            } else {
                unknown.append("\(type)")
            }
        }
        let paths = refused.map(\.path)
        unknown += paths.filter { !unread.contains($0) }
        return Operation(name: name, unread: unread.filter { !paths.contains($0) }, refused: paths.sorted(), unknown: unknown)
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
                        + (operation.refused.isEmpty ? "" : ", refused: \(operation.refused.joined(separator: " "))")
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
