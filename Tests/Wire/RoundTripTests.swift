import Documents
import Kernel
import Model
import TestSupport
import Testing

@testable import Wire

/// For every operation of a service: what is written by the model is read back by the model as it was.
struct RoundTripTests {
    /// A value of a shape, with something in each member.
    static func sample(_ shape: Shape, depth: Int = 0, seed: Int = 1) -> Document {
        switch shape.kind {
        case .structure:
            var members = Members()
            guard depth < 5 else { return .map(members) }
            for (index, member) in shape.members.enumerated() where !member.shape.isEventStream {
                members[member.name] = sample(member.shape, depth: depth + 1, seed: seed + index)
                if shape.isUnion { break }
            }
            return .map(members)
        case .list:
            guard let element = shape.element?.shape else { return [] }
            return .list([sample(element, depth: depth + 1, seed: seed), sample(element, depth: depth + 1, seed: seed + 1)])
        case .map:
            guard let value = shape.value?.shape else { return [:] }
            return [
                "key <1>": sample(value, depth: depth + 1, seed: seed), "k2": sample(value, depth: depth + 1, seed: seed + 1),
            ]
        case .string: return .string("text & <\(seed)> \"ü\"")
        case .blob: return .blob([0, 1, UInt8(truncatingIfNeeded: seed), 255])
        case .timestamp: return .timestamp(Timestamp(seconds: 1_767_225_600 + Int64(seed)))
        case .integer, .long: return .integer(Int64(seed))
        case .float, .double: return .double(Double(seed) + 0.5)
        case .boolean: return .bool(seed % 2 == 0)
        case .document: return ["any": 1]
        }
    }

    /// The members that a body carries.
    static func body(_ document: Document, _ shape: Shape) -> Document {
        .map((document.members ?? [:]).filter { name, _ in shape.member(name)?.location == .body })
    }

    static let models = try? Models(directory: TestPlatform.home + "/.setup/models")

    @Test(arguments: ["dynamodb", "sqs", "lambda", "logs", "glue", "athena", "kinesis"])
    func json(service id: String) throws {
        let service = try #require(try Self.models?.service(id))
        for operation in service.operationNames.compactMap(service.operation) {
            for shape in [operation.output, operation.input].compactMap({ $0 }) where shape.payload == nil {
                let document = Self.sample(shape)
                var writer = JSONShapeWriter()
                writer.write(document, shape, isTop: true)
                let read = try ShapeReader(isCBOR: false).read(try JSON.parse(writer.bytes), shape)
                #expect(read == Self.body(document, shape), "\(operation.name)")
            }
        }
    }

    @Test func cbor() throws {
        let service = try #require(try Self.models?.service("cloudwatch"))
        for operation in service.operationNames.compactMap(service.operation) {
            for shape in [operation.output, operation.input].compactMap({ $0 }) {
                let document = Self.sample(shape)
                let read = try ShapeReader(isCBOR: true).read(try CBOR.parse(CBORShapeWriter.write(document, shape)), shape)
                #expect(read == document, "\(operation.name)")
            }
        }
    }

    @Test func restXML() throws {
        let service = try #require(try Self.models?.service("s3"))
        // The old notification shapes write one element from two members.
        for operation in service.operationNames.compactMap(service.operation)
        where !operation.name.hasSuffix("BucketNotification") {
            for shape in [operation.output, operation.input].compactMap({ $0 }) {
                let payload = shape.payload.flatMap { shape.member($0)?.shape }
                guard let inner = shape.payload == nil ? shape : payload, inner.kind == .structure, !inner.isEventStream else {
                    continue
                }
                let document = Self.sample(inner)
                var writer = XMLShapeWriter(.restXML)
                writer.element("Root", document, inner)
                let read = try XMLShapeReader.read(try XMLReader.parse(writer.bytes), inner)
                #expect(read == Self.body(document, inner), "\(operation.name)")
            }
        }
    }

    /// Answers of the query protocols are for clients; that they are well-formed is what can be told here.
    @Test(arguments: ["iam", "sts", "ec2", "sns", "s3", "route53"])
    func answersAreWellFormed(service id: String) throws {
        let service = try #require(try Self.models?.service(id))
        let spoken = try #require(service.metadata.protocols.first)
        for operation in service.operationNames.compactMap(service.operation) {
            let plan = OperationPlan(service, operation)
            let output = operation.output.map { Self.sample($0) } ?? [:]
            let response = ResponseEncoder(wireProtocol: spoken, requestID: "r-1").encode(Reply(output), plan)
            guard case .bytes(let bytes) = response.body, !bytes.isEmpty,
                plan.outputPayload?.shape.kind ?? .structure == .structure
            else { continue }
            #expect(throws: Never.self, "\(operation.name)") { try XMLReader.parse(bytes) }
        }
    }
}
