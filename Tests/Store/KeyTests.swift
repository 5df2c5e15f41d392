import Documents
import Testing

@testable import Store

@Suite struct KeyTests {
    private static func element(_ random: inout SeededGenerator) -> KeyElement {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return .bytes(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick([0, 1, 0xFE, 0xFF]) })
        case 1:
            let alphabet: [Character] = ["\0", "a", "b", "é", "🙂", "/"]
            return .text(String((0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(alphabet) }))
        case 2:
            let edges: [Int64] = [.min, .min + 1, -65_536, -256, -255, -1, 0, 1, 255, 256, 65_535, .max]
            return .integer(
                Bool.random(using: &random)
                    ? random.pick(edges) : Int64.random(in: .min ... .max, using: &random))
        default:
            let edges = [-Double.infinity, -1.5, -Double.leastNonzeroMagnitude, 0, 1e-300, 1, Double.infinity]
            return .double(random.pick(edges))
        }
    }

    private static func rank(_ element: KeyElement) -> Int {
        switch element {
        case .bytes: 0
        case .text: 1
        case .integer: 2
        case .double: 3
        }
    }

    private static func precedes(_ left: KeyElement, _ right: KeyElement) -> Bool {
        switch (left, right) {
        case (.bytes(let left), .bytes(let right)): left.lexicographicallyPrecedes(right)
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.integer(let left), .integer(let right)): left < right
        case (.double(let left), .double(let right)): left < right
        default: rank(left) < rank(right)
        }
    }

    @Test func byteOrderIsTupleOrder() throws {
        var random = SeededGenerator(42)
        for _ in 0..<20_000 {
            let left = (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.element(&random) }
            var right = (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.element(&random) }
            if Bool.random(using: &random) { right = left.prefix(Int.random(in: 0...3, using: &random)) + right }
            let expected = left.lexicographicallyPrecedes(right, by: Self.precedes)
            #expect((Key(.timer, left) < Key(.timer, right)) == expected, "\(left) and \(right)")
        }
    }

    @Test func elementsComeBack() throws {
        var random = SeededGenerator(43)
        for _ in 0..<20_000 {
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in Self.element(&random) }
            let key = Key(.delivery, elements)
            #expect(try key.elements() == elements)
            #expect(key.space == .delivery)
            #expect(key < key.rangeEnd && key < key.successor && key.appending(0) < key.rangeEnd)
        }
    }

    @Test func strangeBytesThrowAndNothingElse() {
        var random = SeededGenerator(44)
        for _ in 0..<20_000 {
            let codes: [UInt8] = [0, 1, 2, 0x0C, 0x13, 0x14, 0x1C, 0x21, 0x7F, 0xFF]
            let key = Key(bytes: (0..<Int.random(in: 0...12, using: &random)).map { _ in codes.randomElement(using: &random)! })
            do {
                _ = try key.elements()
            } catch { #expect(error is StoreError) }
        }
    }

    @Test func noSpaceIsNumberedTwice() {
        #expect(Set(Space.allCases.map(\.rawValue)).count == Space.allCases.count)
    }

    private struct Pet: Stored, Equatable {
        static let tag: UInt8 = 2
        var name: String
        var legs: Int

        static func upgrade(from old: Document, tag: UInt8) throws -> Document {
            guard case .map(var members) = old else { throw StoreError.corrupt("pet") }
            members["legs"] = .integer(4)
            return .map(members)
        }
    }

    private struct OldPet: Stored {
        static let tag: UInt8 = 1
        var name: String
    }

    private struct NewPet: Stored {
        static let tag: UInt8 = 3
        var name: String
    }

    @Test func storedValuesNameTheirVersion() throws {
        let pet = Pet(name: "Rex", legs: 3)
        #expect(try Pet(stored: pet.stored()) == pet)
        #expect(try pet.stored().first == 2)
        #expect(try Pet(stored: OldPet(name: "Tom").stored()) == Pet(name: "Tom", legs: 4))
        #expect(throws: StoreError.newer(type: "Pet", tag: 3)) { try Pet(stored: NewPet(name: "Neo").stored()) }
        #expect(throws: StoreError.self) { try Pet(stored: []) }
        #expect(throws: StoreError.self) { try Pet(stored: [2, 0xFF, 0x00]) }
    }
}
