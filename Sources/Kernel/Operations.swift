import Documents

/// The table of what a service answers to: its API operations, its timers and its deliveries.
public struct Operations: Sendable {
    public typealias Handler = @Sendable (Document, RequestBody, Context) async throws -> Reply

    public struct Entry: Sendable {
        public let handler: Handler
        /// The handler takes the payload as a stream; nil types mean that it reads documents itself.
        public let streams: Bool
        public let input: (any (Decodable & SendableMetatype).Type)?
        public let output: (any (Encodable & SendableMetatype).Type)?
    }

    public private(set) var entries: [String: Entry] = [:]
    /// The members of each operation's input that are refused; see ``refuse(_:of:unless:)``.
    public private(set) var refused: [String: [RefusedMember]] = [:]
    public private(set) var timers: [String: @Sendable (TimerRecord, Platform) async throws -> Void] = [:]
    public private(set) var deliveries: [String: @Sendable (Delivery, Platform) async throws -> Void] = [:]

    public init() {}

    /// An ordinary operation. `Input` names just the members that the handler uses; its names and types are those of the
    /// API model (a test holds them to it).
    public mutating func on<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ operation: String, _ handler: @escaping @Sendable (Input, Context) async throws -> Output
    ) {
        entries[operation] = Entry(
            handler: { input, _, context in
                let typed = try DocumentDecoder().decode(Input.self, from: input)
                return Reply(try DocumentEncoder().encode(try await handler(typed, context)))
            }, streams: false, input: Input.self, output: Output.self)
    }

    /// An operation whose payload streams in, out or both (S3 objects, function payloads).
    public mutating func stream<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ operation: String, _ handler: @escaping @Sendable (Input, RequestBody, Context) async throws -> Streamed<Output>
    ) {
        entries[operation] = Entry(
            handler: { input, body, context in
                let typed = try DocumentDecoder().decode(Input.self, from: input)
                let answer = try await handler(typed, body, context)
                var reply = Reply(try DocumentEncoder().encode(answer.output), body: answer.body, status: answer.status)
                reply.headers = answer.headers
                return reply
            }, streams: true, input: Input.self, output: Output.self)
    }

    /// A hot operation with a streaming payload that works on documents without Codable; see ``direct(_:as:_:_:)``.
    public mutating func directStream<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ operation: String, as input: Input.Type, _ output: Output.Type,
        _ handler: @escaping @Sendable (Document, RequestBody, Context) async throws -> Reply
    ) {
        entries[operation] = Entry(handler: handler, streams: true, input: input, output: output)
    }

    /// A hot operation that works on documents without Codable; `Input` and `Output` still name its members for the
    /// coverage and model tests.
    public mutating func direct<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ operation: String, as input: Input.Type, _ output: Output.Type,
        _ handler: @escaping @Sendable (Document, Context) async throws -> Document
    ) {
        entries[operation] = Entry(
            handler: { input, _, context in Reply(try await handler(input, context)) },
            streams: false, input: input, output: output)
    }

    /// Members that are known and not carried out: where passing them over would give another answer than was asked for,
    /// the request is refused, after it was authorized and before anything is done.
    /// - Parameters:
    ///   - members: paths in the input, `Targets[].EcsParameters`; `[]` steps into a list.
    ///   - operations: registered before.
    ///   - harmless: values that say no more than leaving the member out. Empty lists, maps and null never say more.
    public mutating func refuse(_ members: [String], of operations: [String], unless harmless: Set<Document> = []) {
        for operation in operations {
            let new = members.map { RefusedMember($0, harmless) }
            refused[operation, default: []] += new
            // A test sees to it that each is registered.
            guard let entry = entries[operation] else { continue }
            let handler = entry.handler
            entries[operation] = Entry(
                handler: { input, body, context in
                    for member in new where member.isSaid(in: input) {
                        throw AWSError.notImplemented(member: member.path, context.service, context.operation)
                    }
                    return try await handler(input, body, context)
                }, streams: entry.streams, input: entry.input, output: entry.output)
        }
    }

    /// What runs when a ``TimerRecord`` of this service and `name` is due. At least once: it must bear repetition.
    public mutating func timer(_ name: String, _ handler: @escaping @Sendable (TimerRecord, Platform) async throws -> Void) {
        timers[name] = handler
    }

    /// What carries out a ``Delivery`` of this service and `name`. At least once: it must bear repetition.
    public mutating func delivery(_ name: String, _ handler: @escaping @Sendable (Delivery, Platform) async throws -> Void) {
        deliveries[name] = handler
    }
}

/// A member of an operation's input that the operation does not carry out.
public struct RefusedMember: Sendable {
    public let path: String
    private let steps: [(name: String, isList: Bool)]
    private let harmless: Set<Document>

    init(_ path: String, _ harmless: Set<Document>) {
        (self.path, self.harmless) = (path, harmless)
        steps = path.split(separator: ".").map { step in
            step.hasSuffix("[]") ? (String(step.dropLast(2)), true) : (String(step), false)
        }
    }

    /// Whether an input has it, and it says something.
    func isSaid(in input: Document) -> Bool { isSaid(steps[...], input) }

    private func isSaid(_ steps: ArraySlice<(name: String, isList: Bool)>, _ place: Document) -> Bool {
        guard let step = steps.first else { return !(place.isEmpty || harmless.contains(place)) }
        guard let value = place[step.name] else { return false }
        if step.isList { return (value.list ?? []).contains { isSaid(steps.dropFirst(), $0) } }
        return isSaid(steps.dropFirst(), value)
    }
}

extension Document {
    fileprivate var isEmpty: Bool {
        switch self {
        case .null: true
        case .list(let elements): elements.isEmpty
        case .map(let members): members.isEmpty
        default: false
        }
    }
}

/// For operations that have no output members.
public struct Nothing: Codable, Sendable {
    public init() {}
}
