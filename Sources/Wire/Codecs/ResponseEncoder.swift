import Documents
import Kernel
import Model

/// Makes an HTTP response out of an operation's answer.
struct ResponseEncoder {
    let wireProtocol: WireProtocol
    let requestID: String
    /// The query protocol's answers are to be JSON.
    var isQueryJSON = false

    func encode(_ reply: Reply, _ plan: OperationPlan) -> WireResponse {
        var response = WireResponse(status: reply.status ?? plan.operation.responseCode)
        let (status, isREST) = (response.status, wireProtocol == .restJSON || wireProtocol == .restXML)
        identify(&response, plan.service)
        if isREST, let shape = plan.output { bind(reply.output, plan, shape, &response) }
        if !reply.headers.isEmpty {
            for (name, value) in reply.headers.sorted(by: { $0.key < $1.key }) { response.headers.append((name, value)) }
        }
        if status == 304 || status == 204 { return response }
        if let stream = reply.body {
            if response.header("content-type") == nil { response.headers.append(("Content-Type", "application/octet-stream")) }
            response.body = .stream(stream)
            return response
        }
        let (bytes, contentType) = body(reply.output, plan)
        response.body = .bytes(bytes)
        if let contentType, response.header("content-type") == nil { response.headers.append(("Content-Type", contentType)) }
        if plan.service.id == "dynamodb" || plan.service.id == "dynamodbstreams" {
            response.headers.append(("x-amz-crc32", String(CRC.crc32.update(0, bytes))))
        }
        return response
    }

    func identify(_ response: inout WireResponse, _ service: ServiceModel?) {
        if wireProtocol == .restXML, service == nil || service?.id == "s3" || service?.id == "s3control" {
            response.headers.append(("x-amz-request-id", requestID))
            response.headers.append(("x-amz-id-2", Identifier.host))
            response.headers.append(("Server", "AmazonS3"))
        } else {
            response.headers.append(("x-amzn-RequestId", requestID))
        }
        if wireProtocol == .rpcV2CBOR { response.headers.append(("smithy-protocol", "rpc-v2-cbor")) }
    }

    private func body(_ output: Document, _ plan: OperationPlan) -> ([UInt8], String?) {
        switch wireProtocol {
        case .json:
            var writer = JSONShapeWriter()
            if let shape = plan.output { writer.write(output, shape) }
            let bytes = plan.output == nil ? (plan.service.metadata.jsonVersion == "1.0" ? Array("{}".utf8) : []) : writer.bytes
            return (bytes, jsonType(plan.service))
        case .rpcV2CBOR:
            guard let shape = plan.output else { return ([0xA0], "application/cbor") }
            return (CBORShapeWriter.write(output, shape), "application/cbor")
        case .query:
            if isQueryJSON { return (QueryJSON.answer(output, plan, requestID: requestID), QueryJSON.type) }
            return (query(output, plan), "text/xml")
        case .ec2: return (ec2(output, plan), "text/xml;charset=UTF-8")
        case .restJSON:
            if let payload = plan.outputPayload { return self.payload(output[payload.name], payload, plan) }
            guard plan.hasOutputBody, let shape = plan.output else {
                return plan.output == nil ? ([], nil) : (Array("{}".utf8), "application/json")
            }
            var writer = JSONShapeWriter()
            writer.write(output, shape, isTop: true)
            return (writer.bytes, "application/json")
        case .restXML:
            if let payload = plan.outputPayload { return self.payload(output[payload.name], payload, plan) }
            guard plan.hasOutputBody, let shape = plan.output else { return ([], nil) }
            return (xml(output, shape, plan), "application/xml")
        }
    }

    private func jsonType(_ service: ServiceModel) -> String {
        service.metadata.jsonVersion == "1.0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"
    }

    private func payload(_ value: Document?, _ member: Member, _ plan: OperationPlan) -> ([UInt8], String?) {
        switch (member.shape.kind, value) {
        case (_, nil): return ([], nil)
        case (_, .blob(let bytes)): return (bytes, "application/octet-stream")
        case (_, .string(let text)): return (Array(text.utf8), plan.service.id == "s3" ? "application/json" : "text/plain")
        case (_, let value?):
            if wireProtocol == .restJSON {
                var writer = JSONShapeWriter()
                writer.write(value, member.shape)
                return (writer.bytes, "application/json")
            }
            var writer = XMLShapeWriter(.restXML)
            writer.declaration()
            let name = S3Names.root(plan.operation.name) ?? member.locationName ?? member.shape.locationName ?? member.shape.name
            let namespace =
                member.xmlNamespace ?? plan.service.metadata.xmlNamespace
                ?? (plan.service.id == "s3" ? XMLNamespace(uri: S3Names.namespace) : nil)
            writer.element(name, value, member.shape, namespace: namespace)
            return (writer.bytes, "application/xml")
        }
    }

    private func xml(_ output: Document, _ shape: Shape, _ plan: OperationPlan) -> [UInt8] {
        var writer = XMLShapeWriter(.restXML)
        writer.declaration()
        let isS3 = plan.service.id == "s3"
        let namespace =
            shape.xmlNamespace ?? plan.service.metadata.xmlNamespace ?? (isS3 ? XMLNamespace(uri: S3Names.namespace) : nil)
        let name = (isS3 ? S3Names.root(plan.operation.name) : nil) ?? shape.locationName ?? shape.name
        writer.open(name, namespace: namespace)
        if isS3, plan.operation.name == "GetBucketLocation" {
            // The one answer whose root is its only member.
            writer.text(output["LocationConstraint"]?.string ?? "")
        } else {
            writer.root(output, shape)
        }
        writer.close(name)
        return writer.bytes
    }

    private func query(_ output: Document, _ plan: OperationPlan) -> [UInt8] {
        let name = plan.operation.name
        let names = QueryNames.of(plan.service)
        var writer = XMLShapeWriter(.query, names: names)
        writer.open("\(name)Response", namespace: names?.namespace ?? plan.service.metadata.xmlNamespace)
        if let shape = plan.output {
            let result = plan.operation.resultWrapper ?? "\(name)Result"
            writer.open(result)
            writer.members(output, shape)
            writer.close(result)
        }
        writer.open("ResponseMetadata")
        writer.leaf("RequestId", requestID)
        writer.close("ResponseMetadata")
        writer.close("\(name)Response")
        return writer.bytes
    }

    private func ec2(_ output: Document, _ plan: OperationPlan) -> [UInt8] {
        let name = "\(plan.operation.name)Response"
        var writer = XMLShapeWriter(.ec2)
        writer.declaration()
        writer.open(name, namespace: plan.service.metadata.xmlNamespace)
        writer.leaf("requestId", requestID)
        if let shape = plan.output { writer.members(output, shape) }
        writer.close(name)
        return writer.bytes
    }

    /// Status and header members.
    private func bind(_ output: Document, _ plan: OperationPlan, _ shape: Shape, _ response: inout WireResponse) {
        guard case .map(let members) = output else { return }
        var bound: [(place: Int, value: Document)] = []
        bound.reserveCapacity(members.count)
        for (name, value) in members where value != .null {
            if let place = plan.outputPlaces[name] { bound.append((place, value)) }
        }
        bound.sort { $0.place < $1.place }
        for (place, value) in bound {
            let member = plan.outputBindings[place]
            switch member.location {
            case .statusCode: if let code = value.integer { response.status = Int(code) }
            case .header:
                if let text = headerText(value, member) { response.headers.append((member.wireName, text)) }
            case .headers:
                for (name, value) in value.members ?? [:] {
                    if let text = value.string { response.headers.append((member.wireName + name, text)) }
                }
            case .uri, .querystring, .body: break
            }
        }
    }

    private func headerText(_ value: Document, _ member: Member) -> String? {
        if case .list(let items) = value {
            guard let element = member.shape.element else { return nil }
            return items.compactMap { ScalarText.write($0, element.shape, format: .rfc822) }.joined(separator: ",")
        }
        if member.isJSONValue, let text = value.string { return Base64.string(Array(text.utf8)) }
        return ScalarText.write(value, member.shape, format: member.timestampFormat ?? .rfc822)
    }
}
