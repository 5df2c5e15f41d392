import Documents
import Kernel
import Testing

@testable import Wire

/// Parsers of what strangers send, under mutated input: they refuse with their own faults or understand, never crash, keep
/// their limits, and don't care how the bytes were cut.
struct FuzzTests {
    @Test func xml() {
        var random = SeededGenerator(Fuzz.seed)
        for round in 0..<Fuzz.rounds {
            let seed = FuzzCorpus.xml[round % FuzzCorpus.xml.count]
            let bytes = round < FuzzCorpus.xml.count ? seed : Fuzz.mutated(seed, &random)
            guard let root = try? XMLReader.parse(bytes) else { continue }
            #expect(Self.depth(root) <= Limit.depth)
            #expect(Self.textSize(root) <= bytes.count * 4)
        }
    }

    @Test func writtenXMLIsReadAgain() throws {
        var random = SeededGenerator(Fuzz.seed)
        for _ in 0..<Fuzz.rounds / 10 {
            let text = Self.text(&random)
            var writer = XMLShapeWriter(.restXML)
            writer.declaration()
            writer.open("R")
            writer.leaf("K", text)
            writer.close("R")
            let root = try XMLReader.parse(writer.bytes)
            #expect(root.children.first?.text == text)
        }
    }

    @Test func chunkedBodies() throws {
        var random = SeededGenerator(Fuzz.seed)
        for round in 0..<Fuzz.rounds {
            let seed = FuzzCorpus.chunked[round % FuzzCorpus.chunked.count]
            let bytes = round < FuzzCorpus.chunked.count ? seed : Fuzz.mutated(seed, &random)
            let whole = try Self.decode([bytes])
            #expect(try Self.decode(Fuzz.pieces(bytes, &random)) == whole)
            if let whole { #expect(whole.count <= bytes.count) }
        }
    }

    @Test func forms() async throws {
        var random = SeededGenerator(Fuzz.seed)
        for round in 0..<Fuzz.rounds {
            let seed = FuzzCorpus.forms[round % FuzzCorpus.forms.count]
            let bytes = round < FuzzCorpus.forms.count ? seed : Fuzz.mutated(seed, &random)
            let whole = try await Self.form([bytes])
            let cut = try await Self.form(Fuzz.pieces(bytes, &random))
            #expect(cut == whole)
        }
    }

    @Test func aFormOfAnySizeComesThrough() async throws {
        var random = SeededGenerator(Fuzz.seed)
        for _ in 0..<50 {
            let file = (0..<Int.random(in: 0...2_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let head = "--xyzzy\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"
            let bytes = Array(head.utf8) + file + Array("\r\n--xyzzy--\r\n".utf8)
            #expect(try await Self.form(Fuzz.pieces(bytes, &random)) == .form([], "f", file))
        }
    }

    @Test func fieldsBeforeTheFileAreLimited() async throws {
        let value = [UInt8](repeating: 97, count: Limit.formFieldBytes + 1)
        let head = Array("--xyzzy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8)
        #expect(try await Self.form([head + value]) == .refused)
    }

    @Test func headers() throws {
        var random = SeededGenerator(Fuzz.seed)
        for round in 0..<Fuzz.rounds {
            let seed = FuzzCorpus.headers[round % FuzzCorpus.headers.count]
            let bytes = round < FuzzCorpus.headers.count ? seed : Fuzz.mutated(seed, &random)
            let text = String(decoding: bytes, as: UTF8.self)
            let request = WireRequest(method: "GET", target: "/b/k?\(text)", headers: ["authorization": text, "host": text])
            do {
                guard let query = QueryParameters(request.query) else { continue }
                _ = try PresentedSignature.read(request, QueryParameters())
                _ = try PresentedSignature.read(WireRequest(method: "GET", target: "/?\(text)"), query)
            } catch is AuthFault {}
            _ = HostReading(request.host) { _ in false }
            _ = ContentHash(text)
            _ = MultipartForm.parameter("boundary", of: text)
            do { _ = try PostPolicy(bytes) } catch is FormFault {}
        }
    }

    private static func depth(_ element: XMLElement) -> Int { 1 + (element.children.map(depth).max() ?? 0) }
    private static func textSize(_ element: XMLElement) -> Int {
        element.text.utf8.count + element.children.map(textSize).reduce(0, +)
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let scalars = (0..<Int.random(in: 0...30, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0x20...0xD7FF, using: &random))
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// nil for what is refused.
    private static func decode(_ pieces: [[UInt8]]) throws -> [UInt8]? {
        var decoder = ChunkedDecoder(signer: nil, isTrailed: true, trailerNames: "x-amz-checksum-crc32", decodedLength: nil)
        var output: [UInt8] = []
        do {
            for piece in pieces { output += try decoder.feed(piece) }
            try decoder.finish()
            return output
        } catch is AuthFault {
            return nil
        }
    }

    private enum Form: Equatable {
        case refused
        case form([String], String?, [UInt8])
    }

    private static func form(_ pieces: [[UInt8]]) async throws -> Form {
        guard let form = MultipartForm(contentType: "multipart/form-data; boundary=xyzzy", Fuzz.stream(pieces)) else {
            return .refused
        }
        do {
            let (fields, file) = try await form.fields()
            var bytes: [UInt8] = []
            if file != nil { while let piece = try await form.piece() { bytes += piece } }
            return .form(fields.map { "\($0.name)=\($0.value)" }, file?.name, bytes)
        } catch is FormFault {
            return .refused
        }
    }
}
