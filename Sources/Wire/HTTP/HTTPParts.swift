import HTTPTypes
import Kernel

/// Between HTTP/2's types and ours.
enum HTTPParts {
    static func request(_ head: HTTPRequest, body: ByteStream, sourceIP: String, isSecure: Bool) -> WireRequest {
        var headers = [String: String](minimumCapacity: head.headerFields.count + 1)
        for field in head.headerFields {
            let name = field.name.canonicalName
            if let before = headers[name] { headers[name] = before + "," + field.value } else { headers[name] = field.value }
        }
        if let authority = head.authority, headers["host"] == nil { headers["host"] = authority }
        return WireRequest(
            method: head.method.rawValue, target: head.path ?? "/", headers: headers, body: body, sourceIP: sourceIP,
            isSecure: isSecure)
    }

    static func head(_ response: WireResponse) -> HTTPResponse {
        var fields = HTTPFields()
        fields.reserveCapacity(response.headers.count + 2)
        for (name, value) in response.headers {
            if let name = commonNames[name] ?? HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        if fields[.contentLength] == nil, response.status != 204, response.status != 304 {
            switch response.body {
            case .bytes(let bytes): fields[.contentLength] = String(bytes.count)
            case .stream(let stream): if let length = stream.length { fields[.contentLength] = String(length) }
            }
        }
        return HTTPResponse(status: .init(code: response.status), headerFields: fields)
    }

    /// Names of response headers that nearly every answer has: checking a name's characters takes longer than finding it.
    private static let commonNames: [String: HTTPField.Name] = {
        let names = [
            "x-amz-request-id", "x-amz-id-2", "x-amzn-RequestId", "Server", "Date", "Content-Type", "Content-Length", "ETag",
            "Last-Modified", "accept-ranges", "x-amz-checksum-crc32", "x-amz-checksum-crc64nvme", "x-amz-checksum-type",
            "x-amz-version-id", "x-amz-crc32",
        ]
        return Dictionary(
            names.compactMap { name in HTTPField.Name(name).map { (name, $0) } }, uniquingKeysWith: { first, _ in first })
    }()
}
