import Documents
import Kernel
import Model

/// Writes errors in a protocol's form.
struct ErrorEncoder {
    let wireProtocol: WireProtocol
    let service: ServiceModel?
    let operation: OperationModel?
    let requestID: String
    var isQueryJSON = false

    /// - Parameters:
    ///   - resource: the path, which S3 repeats.
    ///   - isHead: an answer to HEAD has no body.
    func encode(_ error: AWSError, resource: String, isHead: Bool) -> WireResponse {
        var response = WireResponse(status: error.status)
        ResponseEncoder(wireProtocol: wireProtocol, requestID: requestID).identify(&response, service)
        for (name, value) in error.headers.sorted(by: { $0.key < $1.key }) { response.headers.append((name, value)) }
        let shape = operation?.errors.first { $0.name == error.code || $0.error?.code == error.code }
        let (bytes, type): ([UInt8], String) =
            switch wireProtocol {
            case .json:
                (
                    json(error, shape, &response),
                    service?.metadata.jsonVersion == "1.0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"
                )
            case .restJSON: (restJSON(error, shape, &response), "application/json")
            case .rpcV2CBOR: (cbor(error, shape, &response), "application/cbor")
            case .query where isQueryJSON:
                (QueryJSON.refusal(error, code: names(error, shape).code, requestID: requestID), QueryJSON.type)
            case .query: (query(error, shape), "text/xml")
            case .ec2: (ec2(error), "text/xml;charset=UTF-8")
            case .restXML: (isOfS3 ? s3(error, resource) : restXML(error, shape), isOfS3 ? "application/xml" : "text/xml")
            }
        if error.status == 304 { return response }
        response.headers.append(("Content-Type", type))
        if !isHead { response.body = .bytes(bytes) }
        if service?.id == "dynamodb" || service?.id == "dynamodbstreams" {
            response.headers.append(("x-amz-crc32", String(CRC.crc32.update(0, bytes))))
        }
        return response
    }

    private var isOfS3: Bool { service == nil || service?.id == "s3" }

    /// The name of the error's shape and the code that clients of the query protocol know.
    private func names(_ error: AWSError, _ shape: Shape?) -> (shape: String, code: String) {
        (shape?.name ?? error.code, QueryNames.of(service)?.code(error.code) ?? shape?.error?.code ?? error.code)
    }

    private func queryCompatible(_ error: AWSError, _ code: String, _ response: inout WireResponse) {
        guard service?.metadata.isQueryCompatible == true else { return }
        response.headers.append(("x-amzn-query-error", "\(code);\(error.isSenders ? "Sender" : "Receiver")"))
    }

    private func json(_ error: AWSError, _ shape: Shape?, _ response: inout WireResponse) -> [UInt8] {
        let (name, code) = names(error, shape)
        queryCompatible(error, code, &response)
        return fields(error, shape, type: qualified(name, isModelled: shape != nil))
    }

    /// aws-json 1.0 services name errors with their namespace, 1.1 services without.
    private func qualified(_ name: String, isModelled: Bool) -> String {
        guard let metadata = service?.metadata, metadata.jsonVersion == "1.0" else { return name }
        guard isModelled else {
            return "com.amazon.coral.\(name == "ValidationException" ? "validate" : "service")#\(name)"
        }
        let parts = (metadata.targetPrefix ?? "").split(separator: "_")
        let version = parts.count == 2 && parts[1].allSatisfy(\.isNumber) ? ".v\(parts[1])" : ""
        return "com.amazonaws.\(metadata.signingName)\(version)#\(name)"
    }

    private func fields(_ error: AWSError, _ shape: Shape?, type: String?) -> [UInt8] {
        var members = Members()
        if let type { members["__type"] = .string(type) }
        let messageName = shape?.members.first { $0.name.lowercased() == "message" }?.wireName ?? "message"
        members[messageName] = .string(error.message)
        for (name, value) in error.fields where members[name] == nil {
            guard let shape, let member = shape.member(name) else {
                members[name] = value
                continue
            }
            var inner = JSONShapeWriter()
            inner.write(value, member.shape, format: member.timestampFormat)
            members[member.wireName] = (try? JSON.parse(inner.bytes)) ?? value
        }
        return JSON.write(.map(members))
    }

    private func restJSON(_ error: AWSError, _ shape: Shape?, _ response: inout WireResponse) -> [UInt8] {
        response.headers.append(("x-amzn-ErrorType", names(error, shape).shape))
        return fields(error, shape, type: nil)
    }

    private func cbor(_ error: AWSError, _ shape: Shape?, _ response: inout WireResponse) -> [UInt8] {
        let (name, code) = names(error, shape)
        queryCompatible(error, code, &response)
        var members: Members = ["__type": .string(name), "message": .string(error.message)]
        for (name, value) in error.fields { members[name] = value }
        return CBOR.write(.map(members))
    }

    private func query(_ error: AWSError, _ shape: Shape?) -> [UInt8] {
        let names = QueryNames.of(service)
        var writer = XMLShapeWriter(.query, names: names)
        writer.open("ErrorResponse", namespace: names?.namespace ?? service?.metadata.xmlNamespace)
        self.error(error, shape, &writer)
        writer.leaf("RequestId", requestID)
        writer.close("ErrorResponse")
        return writer.bytes
    }

    private func error(_ error: AWSError, _ shape: Shape?, _ writer: inout XMLShapeWriter) {
        writer.open("Error")
        writer.leaf("Type", error.isSenders ? "Sender" : "Receiver")
        writer.leaf("Code", names(error, shape).code)
        writer.leaf("Message", error.message)
        if let shape { writer.members(.map(error.fields), shape) }
        writer.close("Error")
    }

    private func restXML(_ error: AWSError, _ shape: Shape?) -> [UInt8] {
        var writer = XMLShapeWriter(.restXML)
        writer.declaration()
        writer.open("ErrorResponse", namespace: service?.metadata.xmlNamespace)
        self.error(error, shape, &writer)
        writer.leaf("RequestId", requestID)
        writer.close("ErrorResponse")
        return writer.bytes
    }

    private func ec2(_ error: AWSError) -> [UInt8] {
        var writer = XMLShapeWriter(.ec2)
        writer.declaration()
        writer.open("Response")
        writer.open("Errors")
        writer.open("Error")
        writer.leaf("Code", error.code)
        writer.leaf("Message", error.message)
        writer.close("Error")
        writer.close("Errors")
        writer.leaf("RequestID", requestID)
        writer.close("Response")
        return writer.bytes
    }

    private func s3(_ error: AWSError, _ resource: String) -> [UInt8] {
        var writer = XMLShapeWriter(.restXML)
        writer.declaration()
        writer.open("Error")
        writer.leaf("Code", error.code)
        writer.leaf("Message", error.message)
        for (name, value) in error.fields {
            let text: String? =
                switch value {
                case .string(let text): text
                case .integer(let number): String(number)
                case .bool(let flag): flag ? "true" : "false"
                case .double(let number): ScalarText.number(number)
                case .timestamp(let moment): moment.iso8601(milliseconds: true)
                default: nil
                }
            if let text { writer.leaf(name, text) }
        }
        if error.fields["Resource"] == nil { writer.leaf("Resource", PercentEncoding.decode(resource) ?? resource) }
        writer.leaf("RequestId", requestID)
        writer.leaf("HostId", Identifier.host)
        writer.close("Error")
        return writer.bytes
    }
}
