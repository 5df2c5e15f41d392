import Documents
import Kernel
import Model

/// Makes an operation's input out of a request (HTTP binding rules:
/// https://smithy.io/2.0/spec/http-bindings.html).
struct RequestDecoder {
    let plan: OperationPlan
    let wireProtocol: WireProtocol
    /// The values of the path's labels, still encoded.
    let labels: [String: String]
    let query: QueryParameters

    /// - Parameter body: nil when the payload streams, and is not part of the document.
    /// - Throws: ``WireFault``
    func decode(_ request: WireRequest, body: [UInt8]?) throws -> Document {
        guard let shape = plan.input else { return [:] }
        var input: Members
        switch wireProtocol {
        case .json, .rpcV2CBOR: input = try document(body ?? [], shape)
        case .query, .ec2:
            guard let form = QueryParameters(String(decoding: body ?? [], as: UTF8.self)) else {
                throw WireFault.serialization("The form is malformed")
            }
            var all = query
            all.append(form)
            input = try QueryReader(all, isEC2: wireProtocol == .ec2, names: .of(plan.service)).read(shape).members ?? [:]
        case .restJSON, .restXML: input = try rest(request, body, shape)
        }
        for token in plan.tokens where input[token.name] == nil { input[token.name] = .string(RequestID.uuid()) }
        return .map(input)
    }

    private func document(_ body: [UInt8], _ shape: Shape) throws -> Members {
        if body.isEmpty { return [:] }
        let value: Document
        do {
            value = try wireProtocol == .rpcV2CBOR ? CBOR.parse(body) : JSON.parse(body)
        } catch {
            throw WireFault.serialization(
                wireProtocol == .rpcV2CBOR
                    ? "The request body is not valid CBOR" : "Could not parse request body into json: \(error)")
        }
        if value == .null { return [:] }
        guard case .map(let members) = try ShapeReader(isCBOR: wireProtocol == .rpcV2CBOR).read(value, shape) else {
            throw WireFault.serialization("Start of structure expected")
        }
        return members
    }

    private func rest(_ request: WireRequest, _ body: [UInt8]?, _ shape: Shape) throws -> Members {
        // Only what the request has is looked at: S3's operations have some forty headers each, a request has a few of them.
        var places = plan.otherPlaces
        if !query.pairs.isEmpty { places += plan.queryPlaces }
        for name in request.headers.keys { if let found = plan.headerPlaces[name] { places += found } }
        var input = Members(minimumCapacity: places.count)
        for place in places.sorted() {
            let member = plan.inputBindings[place]
            if let value = try bound(member, plan.inputHeaderNames[place], request) { input[member.name] = value }
        }
        guard let body else { return input }
        if let payload = plan.inputPayload {
            switch payload.shape.kind {
            case .blob: if !body.isEmpty { input[payload.name] = .blob(body) }
            case .string:
                guard let text = String(validating: body, as: UTF8.self) else {
                    throw WireFault.serialization("The body is not UTF-8")
                }
                if !body.isEmpty { input[payload.name] = .string(text) }
            default: if !body.isEmpty { input[payload.name] = try structured(body, payload.shape, root: payload.wireName) }
            }
        } else if plan.hasInputBody, !body.isEmpty {
            let more = try structured(body, shape, root: plan.operation.inputLocationName)
            for (name, value) in more.members ?? [:] { input[name] = value }
        }
        return input
    }

    /// - Parameter root: what the document's element is called; nil where the model does not say.
    private func structured(_ body: [UInt8], _ shape: Shape, root: String?) throws -> Document {
        if wireProtocol == .restJSON {
            do { return try ShapeReader(isCBOR: false).read(try JSON.parse(body), shape) } catch let error as DocumentError {
                throw WireFault.serialization("Could not parse request body into json: \(error)")
            }
        }
        let element: XMLElement
        do { element = try XMLReader.parse(body) } catch { throw WireFault.serialization("\(error)") }
        // Another root, or one without its members: S3 calls both malformed.
        guard root == nil || element.name == root else { throw WireFault.serialization("\(element.name) is not \(root ?? "")") }
        let document = try XMLShapeReader.read(element, shape)
        if let absent = shape.required.first(where: { $0.location == .body && document[$0.name] == nil }) {
            throw WireFault.serialization("\(absent.name) is missing")
        }
        return document
    }

    private func bound(_ member: Member, _ headerName: String, _ request: WireRequest) throws -> Document? {
        switch member.location {
        case .uri:
            guard let raw = labels[member.wireName] ?? labels[member.name] else { return nil }
            guard let text = PercentEncoding.decode(raw) else { throw WireFault.invalidURI }
            return try scalar(text, member, .iso8601)
        case .querystring: return try queried(member)
        case .header: return try header(member, headerName, request)
        case .headers:
            let prefix = headerName.utf8
            var entries = Members()
            let fitting = request.headers.filter { $0.key.utf8.starts(with: prefix) }
            for (name, value) in fitting.sorted(by: { $0.key < $1.key }) {
                entries[String(Substring(name.utf8.dropFirst(prefix.count)))] = .string(value)
            }
            return entries.isEmpty ? nil : .map(entries)
        case .statusCode, .body: return nil
        }
    }

    private func queried(_ member: Member) throws -> Document? {
        switch member.shape.kind {
        case .list:
            guard let element = member.shape.element else { return nil }
            let values = query.all(member.wireName)
            return values.isEmpty ? nil : .list(try values.map { try scalar($0, element, .iso8601) })
        case .map:
            // All parameters that no other member takes.
            let taken = Set(plan.inputBindings.filter { $0.location == .querystring && $0.name != member.name }.map(\.wireName))
            var entries = Members()
            for (name, value) in query.pairs where !taken.contains(name) {
                if member.shape.value?.shape.kind == .list {
                    entries[name] = .list((entries[name]?.list ?? []) + [.string(value)])
                } else {
                    entries[name] = .string(value)
                }
            }
            return entries.isEmpty ? nil : .map(entries)
        default:
            guard !query.pairs.isEmpty, let text = query[member.wireName] else { return nil }
            // `?max-keys=` is as good as none.
            if text.isEmpty, member.shape.kind != .string { return nil }
            return try scalar(text, member, .iso8601)
        }
    }

    private func header(_ member: Member, _ name: String, _ request: WireRequest) throws -> Document? {
        guard let text = request.headers[name] else { return nil }
        guard member.shape.kind == .list, let element = member.shape.element else { return try scalar(text, member, .rfc822) }
        let parts = text.split(separator: ",").map { part in
            var part = part.drop { $0 == " " }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
        return .list(try parts.map { try scalar($0, element, .rfc822) })
    }

    private func scalar(_ text: String, _ member: Member, _ format: TimestampFormat) throws -> Document {
        let read = ScalarText.read(text, member.shape, format: member.timestampFormat ?? format, isJSONValue: member.isJSONValue)
        if let value = read { return value }
        // S3 ignores dates that it can't read (RFC 9110, section 13.1.3).
        if member.shape.kind == .timestamp, wireProtocol == .restXML { return .null }
        throw wireProtocol == .restXML
            ? WireFault.validation("Provided \(member.wireName) not an integer or within integer range")
            : WireFault.serialization(
                "'\(text.prefix(100))' can not be converted to \(member.shape.kind.rawValue) for \(member.wireName)")
    }
}

extension QueryParameters {
    mutating func append(_ more: QueryParameters) {
        for pair in more.pairs { add(pair) }
    }
}
