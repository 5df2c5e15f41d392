import Documents
import Model
import Testing

@Suite struct ServiceModelTests {
    @Test func metadataAndOperations() throws {
        let model = try fixture()
        #expect(model.metadata.protocols == [.restJSON])
        #expect(model.metadata.serviceID == "Shop Front")
        #expect(model.operationNames.first == "PutThing")
        let operation = try #require(model.operation("PutThing"))
        #expect(operation.responseCode == 201)
        #expect(operation.input === model.shape("Thing"))
        #expect(operation.errors.first?.error == model.shape("Gone")?.error)
        #expect(operation.errors.first?.error?.code == "GoneForEver")
        #expect(operation.errors.first?.error?.httpStatusCode == 410)
        #expect(model.operation("Nothing") == nil)
    }

    @Test func shapesReferToThemselves() throws {
        let thing = try #require(try fixture().shape("Thing"))
        #expect(thing.members.map(\.name).prefix(3) == ["Name", "Kind", "Count"])
        #expect(thing.member("Children")?.shape.element?.shape === thing)
        #expect(thing.member("ByName")?.shape.value?.shape === thing)
        #expect(thing.member("Name")?.location == .uri)
        #expect(thing.member("When")?.timestampFormat == .unixTimestamp)
        #expect(thing.member("Any")?.shape.kind == .document)
        #expect(thing.required.map(\.name) == ["Name", "Kind"])
        #expect(thing.member("Big")?.shape.max == .integer(9_223_372_036_854_775_806))
    }

    @Test func soundAndBrokenModels() throws {
        #expect(try fixture().danglingShapes().isEmpty)
        let broken = try ServiceModel(
            id: "x",
            json: #"{"metadata":{},"operations":{},"shapes":{"A":{"type":"structure","members":{"B":{"shape":"C"}}}}}"#)
        #expect(broken.danglingShapes() == ["C"])
        #expect(broken.shape("A")?.member("B")?.shape.kind == .document)
        for text in ["", "[]", "{", #"{"shapes":{"A":"#, #"{"metadata":{"a":"b}}"#, "{}"] {
            #expect(throws: ModelError.self) { try ServiceModel(id: "x", json: text) }
        }
    }

    @Test func missingDirectory() {
        #expect(throws: ModelError.self) { try Models(directory: "/nonexistent") }
    }
}

@Suite(.enabled(if: realModels != nil)) struct RealModelsTests {
    @Test func lookUps() throws {
        let models = try #require(realModels)
        #expect(models.serviceIDs.count > 400)
        #expect(models.serviceID(targetPrefix: "DynamoDB_20120810") == "dynamodb")
        #expect(models.serviceIDs(signingName: "lambda").contains("lambda"))
        #expect(models.serviceIDs(endpointPrefix: "logs") == ["logs"])
        #expect(models.serviceIDs(signingName: "rds").contains("neptune"))
        #expect(models.serviceID(named: "CloudWatch Logs") == "logs")
        #expect(models.serviceID(rpcName: "GraniteServiceVersion20100801") == "cloudwatch")
        #expect(try models.service("s3") === models.service("s3"))
        #expect(throws: ModelError.unknownService("nope")) { try models.service("nope") }
        #expect(throws: ModelError.unknownService("../index")) { try models.service("../index") }
    }

    @Test func everyModelIsSound() throws {
        let models = try #require(realModels)
        for id in models.serviceIDs {
            let service = try models.service(id)
            #expect(!service.metadata.protocols.isEmpty, "\(id)")
            #expect(service.danglingShapes().isEmpty, "\(id)")
            #expect(service.metadata.targetPrefix == models.entries[id]?.targetPrefix, "\(id)")
        }
    }

    @Test func s3Traits() throws {
        let s3 = try #require(realModels).service("s3")
        let put = try #require(s3.operation("PutObject"))
        #expect(put.isInputStreaming)
        #expect(put.checksum?.requestAlgorithmMember == "ChecksumAlgorithm")
        #expect(put.input?.payload == "Body")
        #expect(put.input?.member("Metadata")?.location == .headers)
        #expect(put.input?.member("Metadata")?.wireName == "x-amz-meta-")
        #expect(s3.operation("DeleteObjects")?.checksum?.isRequestRequired == true)
        #expect(s3.operation("SelectObjectContent")?.isOutputStreaming == true)
        #expect(s3.operation("GetObject")?.isInputStreaming == false)
    }
}
