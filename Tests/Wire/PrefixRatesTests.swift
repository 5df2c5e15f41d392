import Testing

@testable import Wire

struct PrefixRatesTests {
    private static func exceeds(_ rates: PrefixRates, _ operation: String, _ key: String, second: Int64 = 1, rule: Int = 1)
        -> Bool
    {
        rates.exceeds(operation, rule: rule, bucket: "lake", key: key, reads: 2, writes: 1, second: second)
    }

    @Test func aPrefixBearsSoMuchInASecond() {
        let rates = PrefixRates()
        #expect(!Self.exceeds(rates, "GetObject", "hot/a") && !Self.exceeds(rates, "HeadObject", "hot/b"))
        #expect(Self.exceeds(rates, "ListObjectsV2", "hot/"))
        // Writes, other prefixes, other rules and the next second count for themselves.
        #expect(!Self.exceeds(rates, "PutObject", "hot/a"))
        #expect(Self.exceeds(rates, "DeleteObject", "hot/z"))
        #expect(!Self.exceeds(rates, "GetObject", "hot/deeper/a") && !Self.exceeds(rates, "GetObject", "top"))
        #expect(!Self.exceeds(rates, "GetObject", "hot/a", rule: 2))
        #expect(!Self.exceeds(rates, "GetObject", "hot/a", second: 2))
    }
}
