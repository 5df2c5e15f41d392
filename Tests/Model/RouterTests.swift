import Model
import Testing

extension OperationRouter {
    /// A request without a query is found the same whether the router is told that it has none or asks.
    fileprivate func find(_ method: String, _ path: String, _ query: [String: String] = [:], headers: Set<String> = []) -> Match?
    {
        let match = match(method: method, path: path, query: { query[$0] }, hasHeader: headers.contains)
        if query.isEmpty {
            let told = self.match(method: method, path: path, hasQuery: false, query: { _ in nil }, hasHeader: headers.contains)
            #expect(told?.operation.name == match?.operation.name && told?.labels == match?.labels)
        }
        return match
    }
}

@Suite struct RouterTests {
    @Test func mostSpecificWins() throws {
        let router = try fixture().router
        #expect(router.find("PUT", "/things/abc")?.operation.name == "PutThing")
        #expect(router.find("PUT", "/things/special")?.operation.name == "Special")
        #expect(router.find("PUT", "/things/abc", ["number": "1"])?.operation.name == "PutPart")
        #expect(router.find("PUT", "/things/abc", headers: ["x-source"])?.operation.name == "CopyThing")
        #expect(router.find("PUT", "/things/abc", ["tags": ""])?.operation.name == "Tag")
        #expect(router.find("GET", "/files", ["list-type": "2"])?.operation.name == "ListV2")
        #expect(router.find("GET", "/files/", ["list-type": "1"])?.operation.name == "List")
    }

    @Test func labelsStayRaw() throws {
        let router = try fixture().router
        #expect(router.find("PUT", "/things/a%2Fb/")?.labels == ["Name": "a%2Fb"])
        #expect(router.find("GET", "/files/a/b%20c//d/")?.labels == ["Path": "a/b%20c//d/"])
        #expect(router.find("GET", "/files//a")?.labels == ["Path": "/a"])
        #expect(router.find("GET", "/files/a/b/policy")?.operation.name == "GetPolicy")
        #expect(router.find("GET", "/files/a/b/policy")?.labels == ["Path": "a/b"])
    }

    @Test func nothingFits() throws {
        let router = try fixture().router
        #expect(router.find("PUT", "/things") == nil)
        #expect(router.find("PUT", "/things//") == nil)
        #expect(router.find("PATCH", "/things/abc") == nil)
        #expect(router.find("GET", "/") == nil)
        #expect(router.methods(path: "/things/abc") == ["PUT"])
    }

    @Test(.enabled(if: realModels != nil)) func s3() throws {
        let router = try #require(realModels).service("s3").router
        func name(_ method: String, _ path: String, _ query: [String: String] = [:], headers: Set<String> = []) -> String? {
            router.find(method, path, query, headers: headers)?.operation.name
        }
        let copy: Set = ["x-amz-copy-source"]
        #expect(name("GET", "/") == "ListBuckets")
        #expect(name("GET", "/b") == "ListObjects")
        #expect(name("GET", "/b/") == "ListObjects")
        #expect(name("GET", "/b", ["list-type": "2"]) == "ListObjectsV2")
        #expect(name("GET", "/b/k") == "GetObject")
        #expect(name("GET", "/b/k/", ["x-id": "GetObject"]) == "GetObject")
        #expect(name("GET", "/b/k", ["uploadId": "u"]) == "ListParts")
        #expect(name("GET", "/b/k", ["tagging": ""]) == "GetObjectTagging")
        #expect(name("PUT", "/b/k") == "PutObject")
        #expect(name("PUT", "/b/k", headers: copy) == "CopyObject")
        #expect(name("PUT", "/b/k", ["uploadId": "u", "partNumber": "1"]) == "UploadPart")
        #expect(name("PUT", "/b/k", ["uploadId": "u", "partNumber": "1"], headers: copy) == "UploadPartCopy")
        // Half an UploadPart is no PutObject, and attributes that name none are no GetObject.
        #expect(name("PUT", "/b/k", ["partNumber": "1"]) == "UploadPart")
        #expect(name("PUT", "/b/k", ["uploadId": "u"], headers: copy) == "UploadPartCopy")
        #expect(name("GET", "/b/k", ["attributes": ""]) == "GetObjectAttributes")
        #expect(name("GET", "/b/k", ["partNumber": "1"]) == "GetObject")
        #expect(name("POST", "/b/k", ["uploads": ""]) == "CreateMultipartUpload")
        #expect(name("POST", "/b/k", ["uploadId": "u"]) == "CompleteMultipartUpload")
        #expect(name("DELETE", "/b/k", ["uploadId": "u"]) == "AbortMultipartUpload")
        #expect(name("DELETE", "/b/k") == "DeleteObject")
        #expect(name("GET", "/b", ["analytics": ""]) == "ListBucketAnalyticsConfigurations")
        #expect(name("GET", "/b", ["analytics": "", "id": "1"]) == "GetBucketAnalyticsConfiguration")
        #expect(name("GET", "/b", ["lifecycle": ""]) == "GetBucketLifecycleConfiguration")
        #expect(name("PUT", "/b", ["notification": ""]) == "PutBucketNotificationConfiguration")
        #expect(name("POST", "/b", ["delete": ""]) == "DeleteObjects")
        #expect(router.find("GET", "/b/a//b%2F/")?.labels == ["Bucket": "b", "Key": "a//b%2F/"])
    }

    /// Operations that another of the same service hides: no request tells them apart, in AWS's models either.
    private static let hidden: [String: String] = [
        "s3.GetBucketLifecycle": "replaced by GetBucketLifecycleConfiguration, same URI",
        "s3.PutBucketLifecycle": "replaced by PutBucketLifecycleConfiguration, same URI",
        "s3.GetBucketNotification": "replaced by GetBucketNotificationConfiguration, same URI",
        "s3.PutBucketNotification": "replaced by PutBucketNotificationConfiguration, same URI",
        "s3.ListDirectoryBuckets": "ListBuckets on the host of S3 Express's control plane",
    ]

    @Test(.enabled(if: realModels != nil)) func everyRESTOperationIsFoundByItsOwnRequest() throws {
        let models = try #require(realModels)
        var tried = 0
        for id in models.serviceIDs {
            let service = try models.service(id)
            guard service.metadata.protocols.contains(where: { $0 == .restJSON || $0 == .restXML }) else { continue }
            let router = service.router
            for name in service.operationNames {
                let operation = try #require(service.operation(name))
                let (path, query, headers) = request(operation)
                for path in [path, path + "/"]
                where path == "/" || !(path.hasSuffix("//") || operation.requestURI.hasPrefix("/?")) {
                    let found = router.find(operation.httpMethod, path, query, headers: headers)?.operation.name
                    let expected = Self.hidden["\(id).\(name)"] == nil
                    #expect(
                        (found == name) == expected, "\(id).\(name): \(operation.httpMethod) \(path) found \(found ?? "none")")
                }
                tried += 1
            }
        }
        #expect(tried > 8_000)
    }

    private func request(_ operation: OperationModel) -> (path: String, query: [String: String], headers: Set<String>) {
        let halves = operation.requestURI.split(separator: "#")[0].split(separator: "?", maxSplits: 1)
        let path = (halves.first ?? "/").split(separator: "/").map { segment in
            segment.hasSuffix("+}") ? "q1/q2" : segment.hasPrefix("{") ? "q0" : String(segment)
        }.joined(separator: "/")
        var query: [String: String] = [:]
        for part in (halves.count > 1 ? halves[1] : "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            query[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        let required = operation.input?.required ?? []
        for member in required where member.location == .querystring && query[member.wireName] == nil {
            query[member.wireName] = "1"
        }
        return ("/" + path, query, Set(required.filter { $0.location == .header }.map { $0.wireName.lowercased() }))
    }
}
