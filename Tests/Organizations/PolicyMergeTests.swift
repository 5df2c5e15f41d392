import Documents
import Testing

@testable import Organizations

/// https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
@Suite struct PolicyMergeTests {
    private func merged(_ levels: [String]...) throws -> Document? {
        var merge = PolicyMerge()
        for level in levels { merge.add(level: try level.map { try JSON.parse($0) }) }
        return merge.document
    }

    @Test func assignReplacesAppendAddsRemoveTakes() throws {
        let root = #"{"a":{"@@assign":["1","2"]},"b":{"@@assign":"x"},"c":{"@@assign":["1"]}}"#
        let unit = #"{"a":{"@@append":["2","3"],"@@remove":["1"]},"b":{"@@assign":"y"},"d":{"@@append":["4"]}}"#
        #expect(try merged([root], [unit]) == ["a": ["2", "3"], "b": "y", "c": ["1"], "d": ["4"]])
    }

    @Test func aParentBoundsItsChildrenNotItself() throws {
        let root = #"{"a":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["1"]}}"#
        let unit = #"{"a":{"@@assign":["9"],"@@append":["2"],"@@remove":["1"]}}"#
        #expect(try merged([root], [unit]) == ["a": ["1", "2"]])
        #expect(try merged([root, unit]) == ["a": ["9", "2"]])
    }

    @Test func aBoundHoldsForAllBelowAndIsNotGivenBack() throws {
        let root = #"{"a":{"@@operators_allowed_for_child_policies":["@@none"],"b":{"@@assign":"1"}}}"#
        let unit = #"{"a":{"@@operators_allowed_for_child_policies":["@@all"],"b":{"@@assign":"2"},"c":{"@@assign":"3"}}}"#
        #expect(try merged([root], [unit], [unit]) == ["a": ["b": "1"]])
    }

    @Test func keysAreToldApartWithoutCase() throws {
        #expect(try merged([#"{"Cost":{"@@assign":"1"}}"#], [#"{"cost":{"@@assign":"2"}}"#]) == ["Cost": "2"])
        #expect(try merged([#"{"a":{}}"#]) == nil)
    }

    @Test(arguments: [
        #"{"a":{"@@unknown":1}}"#, #"{"a":{"@@assign":{"b":1}}}"#, #"{"a":{"@@append":1}}"#, #"{"a":{"@@assign":1,"b":{}}}"#,
        #"{"a":{"@@operators_allowed_for_child_policies":["@@some"]}}"#,
    ])
    func malformedOperatorsAreRefused(_ text: String) throws {
        #expect(!PolicyMerge.isWellFormed(try JSON.parse(text)))
    }

    @Test func depthIsBounded() throws {
        let deep = String(repeating: #"{"a":"#, count: 30) + "1" + String(repeating: "}", count: 30)
        #expect(!PolicyMerge.isWellFormed(try JSON.parse(deep)))
    }
}
