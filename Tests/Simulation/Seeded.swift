import Foundation

/// A generator that gives the same numbers for the same seed (SplitMix64, https://prng.di.unimi.it/splitmix64.c).
struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func coin() -> Bool { Bool.random(using: &self) }
    mutating func chance(_ percent: Int) -> Bool { int(0...99) < percent }
    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }
}

/// The seeds that are played: a few that are always the same, or what `TARN_SEED` says (`7`, `1-500`).
enum Seeds {
    private static let chosen: [UInt64]? = {
        let text = ProcessInfo.processInfo.environment["TARN_SEED"]
        let ends = text?.split(separator: "-").compactMap { UInt64($0) } ?? []
        guard let first = ends.first, let last = ends.last, first <= last else { return nil }
        return Array(first...last)
    }()
    static var areChosen: Bool { chosen != nil }
    static let played: [UInt64] = chosen ?? [1, 2, 3]
}
